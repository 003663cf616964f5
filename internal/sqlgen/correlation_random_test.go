package sqlgen

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/egret-hunt/egret/internal/ir"
	lowering "github.com/egret-hunt/egret/internal/lower"
	"github.com/egret-hunt/egret/internal/schema"
	"github.com/egret-hunt/egret/internal/sqlgen/sqltree"
	"github.com/egret-hunt/egret/internal/testkit"
	"github.com/egret-hunt/egret/internal/testkit/sqltest"
	"github.com/egret-hunt/egret/internal/value"
	"github.com/egret-hunt/egret/sigma"
	"github.com/egret-hunt/egret/source"
)

// correlationCase is a set of rules with events, of which it is known which rules match.
type correlationCase struct {
	name         string
	collection   *sigma.Collection
	correlations []*ir.Correlation
	events       []caseEvent
	// want are the findings of each correlation as the naive evaluator has them, sorted.
	want [][]string
}

type caseEvent struct {
	id    string
	time  time.Time
	text  string
	rules []int // of the collection, that match it
}

// newCorrelationCase lowers the correlations and runs the naive evaluator.
func newCorrelationCase(t testing.TB, name string, collection *sigma.Collection, events []caseEvent) *correlationCase {
	t.Helper()
	c := &correlationCase{name: name, collection: collection, events: events}
	var base []testkit.BaseEvent
	for _, e := range events {
		decoded, err := testkit.DecodeEvent(e.text)
		if err != nil {
			t.Fatal(err)
		}
		b := testkit.BaseEvent{ID: e.id, Time: e.time, Event: decoded}
		for _, rule := range e.rules {
			b.Rules = append(b.Rules, collection.Rules[rule])
		}
		base = append(base, b)
	}
	naive := testkit.NewCorrelations(collection, base, testkit.Options{})
	for _, correlation := range collection.Correlations {
		lowered, list := lowering.Correlation(correlation, c.resolve)
		if lowered == nil {
			t.Fatalf("%s: %v", name, list)
		}
		c.correlations = append(c.correlations, lowered)
		bursts, err := naive.Bursts(correlation)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		want := []string{}
		for _, b := range bursts {
			want = append(want, describeFinding(b.Group, b.First, b.Last, b.Count, b.IDs))
		}
		slices.Sort(want)
		c.want = append(c.want, want)
	}
	return c
}

func (c *correlationCase) resolve(reference string) (ir.Reference, bool) {
	switch found := testkit.Resolve(c.collection, reference).(type) {
	case *sigma.Rule:
		return ir.Reference{Index: slices.Index(c.collection.Rules, found)}, true
	case *sigma.Correlation:
		return ir.Reference{Index: slices.Index(c.collection.Correlations, found), Correlation: true}, true
	}
	return ir.Reference{}, false
}

// maxCaseRules is how many rules a case has at most.
const maxCaseRules = maxSteps

// loadCorrelationCases fills the table events with the events of all cases.
func loadCorrelationCases(t testing.TB, engine sqltest.Engine, cases []*correlationCase, fields []string) {
	t.Helper()
	text := schema.Type{Kind: schema.Text}
	columns := []schema.Column{{Name: "nr", Type: schema.Type{Kind: schema.Integer}}, {Name: "id", Type: text}, {Name: "ts", Type: schema.Type{Kind: schema.Integer}}}
	for i := range maxCaseRules {
		columns = append(columns, schema.Column{Name: fmt.Sprint("rule", i), Type: schema.Type{Kind: schema.Boolean}})
	}
	for _, field := range fields {
		columns = append(columns, schema.Column{Name: "field_" + field, Type: schema.Type{Kind: schema.Array, Element: &text}})
	}
	var rows [][]any
	var parser value.Parser
	var walker value.Walker
	for nr, c := range cases {
		for _, e := range c.events {
			row := []any{int64(nr), e.id, e.time.UnixNano()}
			for i := range maxCaseRules {
				row = append(row, slices.Contains(e.rules, i))
			}
			doc, err := parser.Parse([]byte(e.text))
			if err != nil {
				t.Fatal(err)
			}
			for _, field := range fields {
				list := []any{}
				for _, leaf := range walker.Leaves(nil, doc, 0, &value.Path{Text: field}) {
					list = append(list, string(leaf.Doc.AppendText(nil, leaf.Node)))
				}
				row = append(row, list)
			}
			rows = append(rows, row)
		}
	}
	if err := engine.Load(context.Background(), "events", columns, rows); err != nil {
		t.Fatal(err)
	}
}

// caseRows reads the events of a case from that table.
func caseRows(nr int, known []string) rowSource {
	return func(queries []int, fields []ir.Field) (*sqltree.Select, int) {
		s := &sqltree.Select{From: sqltree.Source{Table: []string{"events"}}, Where: sqltree.Compare("=", sqltree.Name{"nr"}, sqltree.Int(nr))}
		s.Columns = []sqltree.Column{{Of: sqltree.Name{"id"}}, {Of: sqltree.Name{"ts"}}}
		for i, query := range queries {
			s.Columns = append(s.Columns, sqltree.Column{Of: sqltree.Name{fmt.Sprint("rule", query)}, As: numbered("b", i)})
		}
		for i, field := range fields {
			var list sqltree.Expr = sqltree.Name{"field_" + field.Name}
			if !slices.Contains(known, field.Name) { // the field of an alias that has none for a rule
				list = sqltree.List{sqltree.Cast{Of: sqltree.Null{}, Type: "varchar", Try: false}}
			}
			s.Columns = append(s.Columns, sqltree.Column{Of: list, As: numbered("f", i)})
		}
		return s, 0
	}
}

// runFindings runs a statement and describes its rows.
func runFindings(engine sqltest.Engine, text string, groups []string) ([]string, error) {
	columns, rows, err := engine.Query(context.Background(), text)
	if err != nil {
		return nil, err
	}
	out := []string{}
	for _, row := range rows {
		group := map[string]string{}
		for i, name := range groups {
			group[name] = row[i].(string)
		}
		cells := map[string]any{}
		for i := len(groups); i < len(columns); i++ {
			cells[columns[i]] = row[i]
		}
		var ids []string
		for _, id := range cells["ids"].([]any) {
			ids = append(ids, id.(string))
		}
		out = append(out, describeFinding(group, cells["first"].(time.Time), cells["last"].(time.Time), int(cells["count"].(int64)), ids))
	}
	return out, nil
}

func describeFinding(group map[string]string, first, last time.Time, count int, ids []string) string {
	return fmt.Sprintf("%s..%s %q %d [%s]", first.UTC().Format(time.RFC3339Nano), last.UTC().Format(time.RFC3339Nano), group, count, strings.Join(ids, " "))
}

// check runs all correlations of a case on an engine.
func (c *correlationCase) check(t *testing.T, engine sqltest.Engine, nr int, fields []string) (found int) {
	t.Helper()
	dialect := sqltree.DialectByName(engine.Dialect())
	for i, correlation := range c.correlations {
		s, list := correlationSelect(dialect, c.correlations, i, caseRows(nr, fields), "events")
		if s == nil {
			t.Fatalf("%s: refused: %v", c.name, list)
		}
		text := dialect.Print(s)
		got, err := runFindings(engine, text, correlation.GroupBy)
		if err != nil {
			t.Fatalf("%s: %s: %v\n%s", engine.Name(), c.name, err, text)
		}
		slices.Sort(got)
		found += len(got)
		if !slices.Equal(got, c.want[i]) {
			var events strings.Builder
			for _, e := range c.events {
				fmt.Fprintln(&events, e.id, e.time.Format(time.RFC3339Nano), e.rules, e.text)
			}
			t.Fatalf("%s: %s: correlation %d %v\n%+v\n%s\n%s\ngot  %s\nwant %s", engine.Name(), c.name, i, c.collection.Correlations[i].Type,
				*correlation, events.String(), text, strings.Join(got, "\n     "), strings.Join(c.want[i], "\n     "))
		}
	}
	return found
}

// checkAll loads and checks cases.
func checkAll(t *testing.T, engine sqltest.Engine, cases []*correlationCase, fields []string) {
	t.Helper()
	loadCorrelationCases(t, engine, cases, fields)
	found := 0
	for nr, c := range cases {
		found += c.check(t, engine, nr, fields)
	}
	t.Logf("%s: %d cases, %d findings", engine.Name(), len(cases), found)
	if found < len(cases)/2 {
		t.Errorf("only %d findings in %d cases: the generator is too tame", found, len(cases))
	}
}

// streamFields are the fields of testkit.RandomStream that correlations ask for.
var streamFields = []string{"user", "host", "other", "n"}

// streamCases are settings of testkit's generators: rules as text, filters, streams with copies.
func streamCases(t testing.TB, rounds int, seed uint64) []*correlationCase {
	t.Helper()
	var cases []*correlationCase
	for round := range rounds {
		rng := rand.New(rand.NewPCG(uint64(round), seed))
		text := testkit.RandomCorrelation(rng)
		collection, list := sigma.Parse(source.NewFile("random.yml", text))
		if list.HasErrors() {
			t.Fatalf("%v\n%s", list, text)
		}
		deliveries := testkit.RandomStream(rng)
		outcome, err := testkit.Hunt(collection, deliveries, testkit.Options{})
		if err != nil {
			t.Fatal(err)
		}
		var events []caseEvent
		for _, d := range deliveries {
			e := caseEvent{id: d.ID, time: d.Time, text: d.Text}
			for i, rule := range collection.Rules {
				if slices.Contains(outcome.Matches[rule], d.ID) {
					e.rules = append(e.rules, i)
				}
			}
			events = append(events, e)
		}
		cases = append(cases, newCorrelationCase(t, fmt.Sprintf("round %d\n%s", round, text), collection, events))
	}
	return cases
}

func TestCorrelationsOfStreamsOnDuckDB(t *testing.T) {
	checkAll(t, sqltest.DuckDB(t), streamCases(t, testkit.Rounds(15, 30, 250), 11), streamFields)
}

func TestCorrelationsOfStreamsOnTrinoIntegration(t *testing.T) {
	checkAll(t, sqltest.Trino(t), streamCases(t, fewer(t, 40), 12), streamFields)
}

// fewer is a number of rounds, less in short tests.
func fewer(t testing.TB, rounds int) int {
	t.Helper()
	if testing.Short() {
		return rounds / 10
	}
	return rounds
}
