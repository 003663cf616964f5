package query

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/egret-hunt/egret/internal/config"
	"github.com/egret-hunt/egret/internal/engine"
	"github.com/egret-hunt/egret/internal/setup"
)

// lister is an engine that answers every statement with the same rows and does not keep queries.
type lister struct {
	engine.Engine
	rows    [][]any
	err     error
	stopped *int // counts stopped queries
}

func (lister) Info() engine.Info { return engine.Info{Name: "duckdb"} }

func (l lister) Start(context.Context, engine.Statement) (engine.Query, error) {
	return &listed{lister: l}, nil
}

// listed is a query of a lister.
type listed struct {
	engine.Query
	lister
}

func (q *listed) ID() string { return "1" }

func (q *listed) Stop(context.Context) error {
	*q.stopped++
	return nil
}

func (q *listed) Read(_ context.Context, r engine.Result) (engine.Stats, error) {
	if q.err != nil {
		return engine.Stats{}, q.err
	}
	if err := r.Columns([]engine.Column{{Name: "n", Type: "bigint"}, {Name: "s", Type: "varchar"}}); err != nil {
		return engine.Stats{}, err
	}
	for _, row := range q.rows {
		if err := r.Row(row); err != nil {
			return engine.Stats{}, err
		}
	}
	return engine.Stats{ScannedBytes: 12, Rows: int64(len(q.rows)), Ran: 3 * time.Millisecond}, nil
}

// lake returns a DuckDB lake with a name.
func lake(name string) *setup.Lake {
	return &setup.Lake{Settings: &config.Lake{Name: config.Text{Value: name}, Engine: config.Text{Value: "duckdb"}}}
}

// TestStoredQueriesKeepTheirRows checks that a query that the engine does not keep is found by its id, and only in
// its own lake.
func TestStoredQueriesKeepTheirRows(t *testing.T) {
	ctx, folder, l := t.Context(), t.TempDir(), lake("a")
	e := lister{rows: [][]any{{int64(9007199254740993), "x"}, {nil, "\u202e"}}}
	started, err := Start(ctx, l, e, engine.Statement{SQL: "SELECT 1"}, folder, "test", time.Now())
	if err != nil || started.State != engine.Succeeded || !started.Ended || *started.Rows != 2 || *started.ScannedBytes != 12 || started.RanMS != 3 {
		t.Fatalf("got %+v, %v", started, err)
	}
	if _, err := Find(ctx, lake("b"), folder, started.ID); engine.KindOf(err) != engine.Missing {
		t.Errorf("of another lake: got %v, want a not-found error", err)
	}
	if _, err := Find(ctx, l, folder, "../"+started.ID); engine.KindOf(err) != engine.Missing {
		t.Errorf("by a path: got %v, want a not-found error", err)
	}
	q, err := Find(ctx, l, folder, started.ID)
	if err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	p := NewPrinter("jsonl", &out, started.ID, 0)
	if err := q.Read(ctx, engine.Result{Columns: p.Columns, Row: p.Row}); err != nil {
		t.Fatal(err)
	}
	want := `{"n":9007199254740993,"s":"x"}` + "\n" + `{"n":null,"s":"\u202e"}` + "\n"
	if out.String() != want {
		t.Errorf("rows: got %s, want %s", out.String(), want)
	}
	q.Close()
	list, err := List(ctx, folder, l)
	if err != nil || len(list) != 1 || list[0].ID != started.ID {
		t.Errorf("list: got %+v, %v", list, err)
	}
	if other, err := List(ctx, folder, lake("b")); err != nil || other == nil || len(other) > 0 {
		t.Errorf("list of another lake: got %+v, %v", other, err)
	}
	if kept := KeptQueries(folder, ""); len(kept) != 1 || kept[0].Lake != "a" {
		t.Errorf("kept: got %+v", kept)
	}
	if q, err = Find(ctx, l, folder, started.ID); err != nil {
		t.Fatal(err)
	}
	if err := q.Remove(ctx); err != nil {
		t.Fatal(err)
	}
	if _, err := Find(ctx, l, folder, started.ID); engine.KindOf(err) != engine.Missing {
		t.Errorf("after Remove: got %v, want a not-found error", err)
	}
}

func TestFailedQueryIsNotKept(t *testing.T) {
	folder, broken, stopped := t.TempDir(), errors.New("broken"), 0
	if _, err := Start(t.Context(), lake("a"), lister{err: broken, stopped: &stopped}, engine.Statement{}, folder, "test", time.Now()); !errors.Is(err, broken) {
		t.Errorf("got %v, want %v", err, broken)
	}
	if kept := KeptQueries(folder, ""); len(kept) > 0 || stopped != 1 {
		t.Errorf("kept: %+v, %d queries stopped, want none and 1", kept, stopped)
	}
}

func TestPrinterWritesPages(t *testing.T) {
	columns := []engine.Column{{Name: "a", Type: "varchar"}, {Name: "s", Type: "row(x bigint)"}}
	rows := [][]any{{"=1+1", `[1]`}, {nil, nil}}
	for format, want := range map[string]string{
		"json": `{"id":"q","columns":[{"name":"a","type":"varchar"},{"name":"s","type":"row(x bigint)"}],"offset":5,` +
			`"rows":[{"a":"=1+1","s":"{\"x\":1}"},{"a":null,"s":null}],"length":2,"more":true}` + "\n",
		"jsonl": `{"a":"=1+1","s":"{\"x\":1}"}` + "\n" + `{"a":null,"s":null}` + "\n",
		"csv":   "a,s\n'=1+1,\"{\"\"x\"\":1}\"\n,\n",
	} {
		var out strings.Builder
		p := NewPrinter(format, &out, "q", 5)
		err := p.Columns(columns)
		for _, row := range rows {
			err = errors.Join(err, p.Row(slices.Clone(row)))
		}
		if err = errors.Join(err, p.End(2, true, nil)); err != nil || out.String() != want {
			t.Errorf("%s: got %s (%v), want %s", format, out.String(), err, want)
		}
	}
}

// TestFillTablesReplacesOnlyCode checks that literals, quoted names and comments stay unchanged.
func TestFillTablesReplacesOnlyCode(t *testing.T) {
	l := lake("a")
	l.Tables = []setup.Table{{Source: "cloudtrail", Name: "security.logs"}}
	e := describer{}
	for sql, want := range map[string]string{
		"SELECT * FROM {cloudtrail}":                         `SELECT * FROM "security"."logs"`,
		"SELECT '{cloudtrail}' FROM {cloudtrail}":            `SELECT '{cloudtrail}' FROM "security"."logs"`,
		`SELECT "{cloudtrail}" -- {cloudtrail}`:              `SELECT "{cloudtrail}" -- {cloudtrail}`,
		"SELECT /* {cloudtrail} */ {x} FROM {cloudtrail}":    `SELECT /* {cloudtrail} */ {x} FROM "security"."logs"`,
		"SELECT DATE'2026-01-01' FROM {cloudtrail}":          `SELECT DATE'2026-01-01' FROM "security"."logs"`,
		`SELECT DATE'\', a FROM {cloudtrail}`:                `SELECT DATE'\', a FROM "security"."logs"`,
		"SELECT a$b$ FROM {cloudtrail}, c$b$":                `SELECT a$b$ FROM "security"."logs", c$b$`,
		"SELECT $a$ {cloudtrail} $a$, a$b FROM {cloudtrail}": `SELECT $a$ {cloudtrail} $a$, a$b FROM "security"."logs"`,
	} {
		if got, err := FillTables(t.Context(), l, e, sql); err != nil || got != want {
			t.Errorf("%s: got %s, %v; want %s", sql, got, err, want)
		}
	}
	if _, err := FillTables(t.Context(), l, e, "FROM {vpcflow}"); err == nil || !strings.Contains(err.Error(), "has no table of it") {
		t.Errorf("a source without a table: got %v", err)
	}
}

// describer is an engine that describes any table under the requested name.
type describer struct{ engine.Engine }

func (describer) Describe(_ context.Context, name string) (*engine.Table, error) {
	return &engine.Table{Name: name}, nil
}
