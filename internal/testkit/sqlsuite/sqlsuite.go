// Package sqlsuite has the tests that every SQL engine must pass: SQL returns exactly the events that docs/meaning.md
// defines. The functions take an engine, so that another one needs only one more call.
//
// Events are in a table with one column of JSON text, so the JSON functions of an engine handle every path, type and
// array. Tables with typed columns are tested with CloudTrail's own.
package sqlsuite

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/egret-hunt/egret/internal/ir"
	"github.com/egret-hunt/egret/internal/lower"
	"github.com/egret-hunt/egret/internal/pass"
	"github.com/egret-hunt/egret/internal/schema"
	"github.com/egret-hunt/egret/internal/sqlgen"
	"github.com/egret-hunt/egret/internal/testkit"
	"github.com/egret-hunt/egret/internal/testkit/sqltest"
	"github.com/egret-hunt/egret/sigma"
	"github.com/egret-hunt/egret/source"
)

// lines is the log source of the case archive, stored as JSON text in one column.
const lines = `
name: lines
title: Events of tests
logsource:
  products: [test]
detect:
  - has: [id, time]
roots: [""]
time: [time]
id:
  - [id]
layouts:
  - name: lines
    title: JSON text
    table: events
    columns:
      event: json
    fields:
      "*": event
    time: {column: event.time, format: text}
`

// Lines returns the layout of the table for the log source lines.
func Lines(t testing.TB) *schema.Layout {
	t.Helper()
	s, err := schema.Load([]byte(lines))
	if err != nil {
		t.Fatal(err)
	}
	return s.Layouts()[0]
}

// Text returns an event as a table stores it: as in the log, with U+FFFD for each byte of invalid UTF-8.
func Text(event string) string {
	var b strings.Builder
	for _, r := range event { // the loop yields U+FFFD for an invalid byte
		b.WriteRune(r)
	}
	return b.String()
}

// suite is one engine with its dialect.
type suite struct {
	sqltest.Engine
	dialect *sqlgen.Dialect
	// refusals are the diagnostics with which the dialect may reject a rule.
	refusals []string
	layout   *schema.Layout
}

func newSuite(t testing.TB, engine sqltest.Engine) *suite {
	t.Helper()
	dialect := sqlgen.DialectByName(engine.Dialect())
	if dialect == nil {
		t.Fatalf("no dialect %q", engine.Dialect())
	}
	return &suite{Engine: engine, dialect: dialect, layout: Lines(t)}
}

// query lowers the first rule of a collection to a query for the table; it returns nil and a reason if the rule is
// rejected.
func query(rule *sigma.Rule, placeholders map[string][]string) (*ir.Query, string) {
	q, list := lower.Rule(rule, lower.Options{Placeholders: placeholders})
	if q == nil {
		return nil, fmt.Sprint(list)
	}
	q.Where = pass.Simplify(pass.Bind(q.Where, testkit.CasePaths))
	return q, ""
}

// errRefused is the error for a rule that the dialect may reject.
var errRefused = errors.New("refused")

// ids runs a query on a table and returns the sorted ids of the resulting events.
func (s *suite) ids(ctx context.Context, q *ir.Query, table string) (ids []string, text string, err error) {
	statement, list := sqlgen.Detection(q, []sqlgen.Output{{Field: ir.Field{Name: "id", Paths: testkit.CasePaths("id")}}},
		sqlgen.Options{Dialect: s.dialect, Layout: s.layout, Table: table})
	if statement.Select == nil {
		for _, d := range list {
			if slices.Contains(s.refusals, d.Code) {
				return nil, "", errRefused
			}
		}
		return nil, "", fmt.Errorf("refused: %v", list)
	}
	text = s.dialect.Print(statement.Select)
	_, rows, err := s.Query(ctx, text)
	if err != nil {
		return nil, text, err
	}
	for _, row := range rows {
		ids = append(ids, fmt.Sprint(row[0]))
	}
	slices.Sort(ids)
	return ids, text, nil
}

// Cases runs the detection rules of the case archive. refusals are codes of diagnostics with which the dialect may reject
// a rule.
func Cases(t *testing.T, engine sqltest.Engine, refusals ...string) {
	s := newSuite(t, engine)
	s.refusals = refusals
	ran, rejected := 0, 0
	ctx := context.Background()
	cases := testkit.Cases(t)
	var rows [][]any
	for i, c := range cases {
		for _, event := range c.Events {
			rows = append(rows, []any{int64(i), Text(event.Text)})
		}
	}
	columns := []schema.Column{{Name: "nr", Type: schema.Type{Kind: schema.Integer}}, {Name: "event", Type: schema.Type{Kind: schema.JSON}}}
	if err := s.Load(ctx, "cases", columns, rows); err != nil {
		t.Fatal(err)
	}
	for i, c := range cases {
		collection, _ := sigma.Parse(c.Rule)
		if c.Refused != "" || len(collection.Rules) != 1 || len(collection.Correlations)+len(collection.Filters) > 0 || c.Topic == "log-source" {
			continue // skip rejected rules, and collections with more than one query
		}
		t.Run(c.Topic+"/"+c.Name, func(t *testing.T) {
			q, refused := query(collection.Rules[0], c.Options.Placeholders)
			if q == nil {
				t.Fatal(refused)
			}
			table := fmt.Sprintf("case_%d", i)
			if err := s.Exec(ctx, fmt.Sprintf("CREATE VIEW %s AS SELECT event FROM cases WHERE nr = %d", table, i)); err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() {
				if err := s.Exec(ctx, "DROP VIEW "+table); err != nil {
					t.Error(err)
				}
			})
			got, text, err := s.ids(ctx, q, table)
			if errors.Is(err, errRefused) {
				rejected++
				return
			}
			ran++
			if err != nil {
				t.Fatalf("%v\n%s", err, text)
			}
			if !slices.Equal(got, c.WantIDs) {
				t.Errorf("%s\nfound %s, want %s\n%s", c.Comment, strings.Join(got, " "), strings.Join(c.WantIDs, " "), text)
			}
		})
	}
	t.Logf("%s: %d cases ran, %d rejected", s.Name(), ran, rejected)
	if ran < rejected {
		t.Error("too many cases rejected for a meaningful test")
	}
}

// Size is the size of a random test.
type Size struct {
	// Rounds have Rules random rules and Events random events each; every rule runs on every event.
	Rounds, Rules, Events int
	Seed                  uint64
}

// Random compares random rules on random events with the naive evaluator. refusals are as for Cases.
func Random(t *testing.T, engine sqltest.Engine, size Size, refusals ...string) {
	s := newSuite(t, engine)
	s.refusals = refusals
	held, pairs := 0, 0
	for round := range size.Rounds {
		h, p := s.round(t, rand.New(rand.NewPCG(uint64(round), size.Seed)), size)
		held, pairs = held+h, pairs+p
		if t.Failed() {
			return
		}
	}
	t.Logf("%s: %d pairs, of which %d match", s.Name(), pairs, held)
	if held*50 < pairs {
		t.Errorf("only %d of %d pairs match, too few for a meaningful test", held, pairs)
	}
}

// round creates one table of events and runs rules on it.
func (s *suite) round(t *testing.T, rng *rand.Rand, size Size) (held, pairs int) {
	ctx := context.Background()
	texts := make([]string, size.Events)
	events := make([]*testkit.Event, size.Events)
	rows := make([][]any, size.Events)
	for i := range events {
		texts[i] = Text(strings.Replace(testkit.RandomEvent(rng), "{", fmt.Sprintf(`{"id":"%d",`, i), 1))
		var err error
		if events[i], err = testkit.DecodeEvent(texts[i]); err != nil {
			t.Fatal(err)
		}
		rows[i] = []any{texts[i]}
	}
	if err := s.Load(ctx, "random", []schema.Column{{Name: "event", Type: schema.Type{Kind: schema.JSON}}}, rows); err != nil {
		t.Fatal(err)
	}
	for range size.Rules {
		rule := testkit.RandomRule(rng)
		collection, _ := sigma.Parse(source.NewFile("random.yml", rule))
		q, _ := query(collection.Rules[0], testkit.RandomPlaceholders)
		if q == nil {
			continue // base64offset of one byte
		}
		naive, err := testkit.CompileNaive(collection.Rules[0], testkit.RandomOptions())
		if err != nil {
			t.Fatal(err)
		}
		found, text, err := s.ids(ctx, q, "random")
		if errors.Is(err, errRefused) {
			continue
		}
		if err != nil {
			t.Errorf("%v\n%s\n%s", err, rule, text)
			return held, pairs
		}
		for i, event := range events {
			pairs++
			want := naive.Match(event)
			if want {
				held++
			}
			if _, got := slices.BinarySearch(found, fmt.Sprint(i)); got != want {
				t.Errorf("naive gives %v, %s gives %v\n%s\n%s\n%s", want, s.Name(), got, rule, texts[i], text)
				return held, pairs
			}
		}
	}
	return held, pairs
}
