package sqlgen_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/egret-hunt/egret/internal/ir"
	"github.com/egret-hunt/egret/internal/pass"
	"github.com/egret-hunt/egret/internal/ruleset"
	"github.com/egret-hunt/egret/internal/schema"
	"github.com/egret-hunt/egret/internal/sqlgen"
	"github.com/egret-hunt/egret/internal/testkit"
	"github.com/egret-hunt/egret/internal/testkit/sqlsuite"
	"github.com/egret-hunt/egret/internal/testkit/sqltest"
)

func TestCorrelationCasesOnDuckDB(t *testing.T) { correlationCases(t, sqltest.DuckDB(t)) }

func TestCorrelationCasesOnTrinoIntegration(t *testing.T) { correlationCases(t, sqltest.Trino(t)) }

// correlationCases runs every case of the archive that has a correlation, from its text to the findings of an engine.
func correlationCases(t *testing.T, engine sqltest.Engine) {
	ctx := context.Background()
	var cases []testkit.Case
	var rows [][]any
	for _, c := range testkit.Cases(t) {
		if c.Refused != "" || !strings.Contains(c.Rule.Text, "correlation:") {
			continue
		}
		for _, e := range c.Events {
			rows = append(rows, []any{int64(len(cases)), sqlsuite.Text(e.Text)})
		}
		cases = append(cases, c)
	}
	if len(cases) < 40 {
		t.Fatalf("only %d cases", len(cases))
	}
	columns := []schema.Column{{Name: "nr", Type: schema.Type{Kind: schema.Integer}}, {Name: "event", Type: schema.Type{Kind: schema.JSON}}}
	if err := engine.Load(ctx, "correlation_cases", columns, rows); err != nil {
		t.Fatal(err)
	}
	layout := sqlsuite.Lines(t)
	for nr, c := range cases {
		t.Run(c.Topic+"/"+c.Name, func(t *testing.T) {
			set, list, err := ruleset.Load(ctx, []ruleset.Folder{{FS: fstest.MapFS{"rule.yml": {Data: []byte(c.Rule.Text)}}}},
				ruleset.Options{Placeholders: c.Options.Placeholders, Schemas: []*schema.Schema{caseSchema(t)}})
			if err != nil || list.HasErrors() {
				t.Fatal(err, list)
			}
			// A step of the statement is called events, too.
			if err := engine.Exec(ctx, fmt.Sprintf("CREATE OR REPLACE VIEW events AS SELECT event FROM correlation_cases WHERE nr = %d", nr)); err != nil {
				t.Fatal(err)
			}
			want, got := []string{}, []string{}
			for _, b := range c.WantBursts {
				want = append(want, b.String())
			}
			for i := range set.Correlations {
				if set.Correlations[i].Reports {
					got = append(got, caseBursts(ctx, t, engine, set, i, layout)...)
				}
			}
			slices.Sort(want)
			slices.Sort(got)
			if diff := cmp.Diff(strings.Join(want, "\n"), strings.Join(got, "\n")); diff != "" {
				t.Errorf("%s\n%s (-want +got):\n%s", engine.Name(), c.Comment, diff)
			}
		})
	}
	if err := engine.Exec(ctx, "DROP VIEW IF EXISTS events"); err != nil {
		t.Error(err)
	}
}

// caseSchema is the log source of all cases, whatever service they name.
func caseSchema(t *testing.T) *schema.Schema {
	t.Helper()
	s, err := schema.Load([]byte(`{name: case, title: Case, logsource: {products: [test], services: {web: []}}, detect: [{has: [id]}],
		roots: [""], time: [time], id: [[id]]}`))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// caseBursts are the findings of one correlation of a set.
func caseBursts(ctx context.Context, t *testing.T, engine sqltest.Engine, set *ruleset.Set, at int, layout *schema.Layout) []string {
	t.Helper()
	var queries []*ir.Query
	for _, rule := range set.Rules {
		queries = append(queries, &ir.Query{Rule: rule.ID, Title: rule.Title, Where: pass.Native(rule.Query.Where, testkit.CasePaths)})
	}
	var correlations []*ir.Correlation
	for _, c := range set.Correlations {
		bound := *c.IR
		bound.Bases = slices.Clone(bound.Bases)
		for i, base := range bound.Bases {
			for _, fields := range []*[]ir.Field{&base.GroupBy, &base.Values} {
				*fields = slices.Clone(*fields)
				for j := range *fields {
					pass.BindField(&(*fields)[j], testkit.CasePaths)
				}
			}
			bound.Bases[i] = base
		}
		correlations = append(correlations, &bound)
	}
	dialect := sqlgen.DialectByName(engine.Dialect())
	statement, list := sqlgen.Correlation(correlations, at, queries, sqlgen.Options{Dialect: dialect, Layout: layout})
	if statement.Select == nil {
		t.Fatalf("refused: %v", list)
	}
	text := dialect.Print(statement.Select)
	columns, rows, err := engine.Query(ctx, text)
	if err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	var out []string
	for _, row := range rows {
		b := testkit.Burst{Group: map[string]string{}}
		groups := len(correlations[at].GroupBy)
		for i, name := range columns {
			switch {
			case i < groups:
				b.Group[correlations[at].GroupBy[i]] = row[i].(string)
			case name == "first":
				b.First = row[i].(time.Time)
			case name == "last":
				b.Last = row[i].(time.Time)
			case name == "count":
				b.Count = int(row[i].(int64))
			case name == "ids":
				for _, id := range row[i].([]any) {
					b.IDs = append(b.IDs, id.(string))
				}
			}
		}
		out = append(out, b.String())
	}
	return out
}
