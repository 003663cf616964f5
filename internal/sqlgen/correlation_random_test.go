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
	"github.com/egret-hunt/egret/internal/testkit"
	"github.com/egret-hunt/egret/internal/testkit/sqltest"
	"github.com/egret-hunt/egret/internal/value"
	"github.com/egret-hunt/egret/sigma"
	"github.com/egret-hunt/egret/source"
)

// correlationCase is a set of rules with what the naive evaluator finds in a stream of events.
type correlationCase struct {
	name         string
	collection   *sigma.Collection
	correlations []*ir.Correlation
	deliveries   []testkit.Delivery
	outcome      *testkit.Outcome
}

func newCorrelationCase(t testing.TB, name string, collection *sigma.Collection, deliveries []testkit.Delivery) *correlationCase {
	t.Helper()
	c := &correlationCase{name: name, collection: collection, deliveries: deliveries}
	outcome, err := testkit.Hunt(collection, deliveries, testkit.Options{})
	if err != nil {
		t.Fatal(err)
	}
	c.outcome = outcome
	for _, correlation := range collection.Correlations {
		lowered, list := lowering.Correlation(correlation, c.resolve)
		if lowered == nil {
			t.Fatalf("%s: %v", name, list)
		}
		c.correlations = append(c.correlations, lowered)
	}
	return c
}

func (c *correlationCase) resolve(reference string) (lowering.Target, bool) {
	switch found := testkit.Resolve(c.collection, reference).(type) {
	case *sigma.Rule:
		return lowering.Target{Index: slices.Index(c.collection.Rules, found)}, true
	case *sigma.Correlation:
		return lowering.Target{Index: slices.Index(c.collection.Correlations, found), Correlation: true}, true
	}
	return lowering.Target{}, false
}

// streamFields are the fields of testkit.RandomStream that correlations ask for.
var streamFields = []string{"user", "host", "other", "n"}

// load fills the table events with the events of all cases.
func loadCorrelationCases(t testing.TB, engine sqltest.Engine, cases []*correlationCase, fields []string, rules int) {
	t.Helper()
	text := schema.Type{Kind: schema.Text}
	columns := []schema.Column{{Name: "nr", Type: schema.Type{Kind: schema.Integer}}, {Name: "id", Type: text}, {Name: "ts", Type: schema.Type{Kind: schema.Integer}}}
	for i := range rules {
		columns = append(columns, schema.Column{Name: fmt.Sprint("rule", i), Type: schema.Type{Kind: schema.Boolean}})
	}
	for _, field := range fields {
		columns = append(columns, schema.Column{Name: "field_" + field, Type: schema.Type{Kind: schema.Array, Element: &text}})
	}
	var rows [][]any
	var parser value.Parser
	var walker value.Walker
	for nr, c := range cases {
		for _, d := range c.deliveries {
			row := []any{int64(nr), d.ID, d.Time.UnixNano()}
			for i := range rules {
				row = append(row, i < len(c.collection.Rules) && slices.Contains(c.outcome.Matches[c.collection.Rules[i]], d.ID))
			}
			doc, err := parser.Parse([]byte(d.Text))
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

// source reads the table of loadCorrelationCases.
func caseRows(nr int, known []string) rowSource {
	return func(queries []int, fields []ir.Field) *Select {
		s := &Select{From: Source{Table: []string{"events"}}, Where: compare("=", Name{"nr"}, number(nr))}
		s.Columns = []Column{{Of: Name{"id"}}, {Of: Name{"ts"}}}
		for i, query := range queries {
			s.Columns = append(s.Columns, Column{Of: Name{fmt.Sprint("rule", query)}, As: numbered("b", i)})
		}
		for i, field := range fields {
			var list Expr = Name{"field_" + field.Name}
			if !slices.Contains(known, field.Name) {
				list = List{Cast{Null{}, "varchar", false}}
			}
			s.Columns = append(s.Columns, Column{Of: list, As: numbered("f", i)})
		}
		return s
	}
}

// findings runs a statement and describes its rows.
func (c *correlationCase) findings(engine sqltest.Engine, text string, groups []string) ([]string, error) {
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
	dialect := DialectByName(engine.Dialect())
	for i, correlation := range c.collection.Correlations {
		s, list := correlationSelect(dialect, c.correlations, i, caseRows(nr, fields), "events")
		if s == nil {
			t.Fatalf("%s: refused: %v", c.name, list)
		}
		text := dialect.Print(s)
		got, err := c.findings(engine, text, c.correlations[i].GroupBy)
		if err != nil {
			t.Fatalf("%s: %s: %v\n%s", engine.Name(), c.name, err, text)
		}
		want := []string{}
		for _, b := range c.outcome.Bursts[correlation] {
			want = append(want, describeFinding(b.Group, b.First, b.Last, b.Count, b.IDs))
		}
		found += len(want)
		slices.Sort(got)
		slices.Sort(want)
		if !slices.Equal(got, want) {
			var events strings.Builder
			for _, d := range c.deliveries {
				fmt.Fprintln(&events, d.Time.Format(time.RFC3339Nano), d.Text)
			}
			t.Fatalf("%s: %s: correlation %d %s\n%+v\n%s\n%s\ngot  %s\nwant %s", engine.Name(), c.name, i, correlation.Type,
				*c.correlations[i], events.String(), text, strings.Join(got, "\n     "), strings.Join(want, "\n     "))
		}
	}
	return found
}

func randomCorrelationCases(t testing.TB, rounds int, seed uint64) []*correlationCase {
	var cases []*correlationCase
	for round := range rounds {
		rng := rand.New(rand.NewPCG(uint64(round), seed))
		text := testkit.RandomCorrelation(rng)
		collection, list := sigma.Parse(source.NewFile("random.yml", text))
		if list.HasErrors() {
			t.Fatalf("%v\n%s", list, text)
		}
		cases = append(cases, newCorrelationCase(t, fmt.Sprintf("round %d\n%s", round, text), collection, testkit.RandomStream(rng)))
	}
	return cases
}

func randomCorrelations(t *testing.T, engine sqltest.Engine, rounds int) {
	cases := randomCorrelationCases(t, rounds, 11)
	loadCorrelationCases(t, engine, cases, streamFields, 3)
	found := 0
	for nr, c := range cases {
		found += c.check(t, engine, nr, streamFields)
	}
	t.Logf("%s: %d findings", engine.Name(), found)
	if found < rounds/2 {
		t.Errorf("only %d findings in %d rounds: the generator is too tame", found, rounds)
	}
}

func TestCorrelationsOnDuckDB(t *testing.T) { randomCorrelations(t, sqltest.DuckDB(t), 300) }

func TestCorrelationsOnTrino(t *testing.T) { randomCorrelations(t, sqltest.Trino(t), 40) }
