package ruletest_test

import (
	"context"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/egret-hunt/egret/internal/engine"
	"github.com/egret-hunt/egret/internal/engine/duckdb"
	"github.com/egret-hunt/egret/internal/ruletest"
	"github.com/egret-hunt/egret/internal/schema"
	"github.com/egret-hunt/egret/internal/testkit"
)

func openDuckDB(ctx context.Context, tables map[string]*schema.Layout) (engine.Engine, error) {
	return duckdb.Open(ctx, duckdb.Options{Tables: tables, Threads: 1})
}

// TestSQLAgrees runs the tests of the starter pack and SigmaHQ's regression tests in DuckDB too.
func TestSQLAgrees(t *testing.T) {
	if !duckdb.Built {
		t.Skip("DuckDB is not built in")
	}
	for _, folder := range []string{filepath.Join("..", "rulepack", "data"), testkit.Shared(t, "data/sigmahq/rules/windows")} {
		set, tests := loaded(t, folder)
		report, err := ruletest.Run(t.Context(), set, tests.Cases, ruletest.Options{Schemas: schema.All(), SQL: openDuckDB})
		if err != nil {
			t.Fatal(err)
		}
		for _, res := range report.Results {
			for _, f := range res.Failures {
				t.Errorf("%s: %s: %s", res.Path, res.Name, f.Message)
			}
		}
		if n := len(report.SQL.Refused); n > 10 || report.SQL.Rules < 80 {
			t.Errorf("%s: compared %d rules, %d were refused: %v", folder, report.SQL.Rules, n, report.SQL.Refused)
		}
	}
}

// liar is an engine that answers with one row, whatever it is asked.
type liar struct {
	engine.Engine

	row  []any
	fail error
}

func (l *liar) Info() engine.Info { return engine.Info{Name: "liar", Dialect: "duckdb"} }
func (l *liar) Close() error      { return nil }
func (l *liar) Describe(context.Context, string) (*engine.Table, error) {
	return &engine.Table{Name: "events"}, nil
}
func (l *liar) Start(context.Context, engine.Statement) (engine.Query, error) {
	return &lie{liar: l}, l.fail
}

type lie struct {
	engine.Query

	liar *liar
}

func (l *lie) Read(_ context.Context, result engine.Result) (engine.Stats, error) {
	if l.liar.row == nil {
		return engine.Stats{}, nil
	}
	return engine.Stats{}, result.Row(l.liar.row)
}

// TestSQLThatDiffersFails checks that a test fails if the engine matches another event, none, or cannot answer.
func TestSQLThatDiffersFails(t *testing.T) {
	set, tests := loaded(t, written(t, "root.test.yaml", "tests:\n- {name: a, event: {eventName: ConsoleLogin}, match: true}\n- {name: b, event: {eventName: Other}, match: false}\n"))
	for _, c := range []struct {
		engine *liar
		want   []string
	}{
		{&liar{row: []any{"0", int64(0)}}, nil},
		{&liar{row: []any{"0", int64(1)}}, []string{`^the rule "Root login" matches an event of the test, its SQL in liar does not$`, `^the SQL of "Root login" in liar matches an event of the test, the rule does not$`}},
		{&liar{}, []string{"its SQL in liar does not$", ""}},
		{&liar{row: []any{"0", int64(7)}}, []string{"liar cannot answer: liar returned row 7 of 2", "liar cannot answer"}},
		{&liar{fail: &engine.Error{Engine: "liar", Err: context.DeadlineExceeded}}, []string{"liar cannot answer: ", "liar cannot answer: "}},
	} {
		open := func(context.Context, map[string]*schema.Layout) (engine.Engine, error) { return c.engine, nil }
		report, err := ruletest.Run(t.Context(), set, tests.Cases, ruletest.Options{Schemas: schema.All(), SQL: open})
		if err != nil {
			t.Fatal(err)
		}
		for i, res := range report.Results {
			var got []string
			for _, f := range res.Failures {
				got = append(got, f.Message)
			}
			want := ""
			if c.want != nil {
				want = c.want[i]
			}
			if (want == "") != (len(got) == 0) || want != "" && !regexp.MustCompile(want).MatchString(strings.Join(got, "\n")) {
				t.Errorf("%v, test %s: got %q, want %q", c.engine.row, res.Name, got, want)
			}
		}
		if c.engine.fail == nil && !slices.Equal([]int{report.SQL.Rules, report.SQL.Events, report.SQL.Statements}, []int{1, 2, 1}) {
			t.Errorf("got %+v, want one rule, two events, one statement", report.SQL)
		}
	}
}
