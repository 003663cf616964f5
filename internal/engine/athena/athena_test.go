package athena_test

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/egret-hunt/egret/internal/athenatest"
	"github.com/egret-hunt/egret/internal/engine"
	"github.com/egret-hunt/egret/internal/engine/athena"
)

// quick returns options with short pauses.
func quick(o athena.Options) athena.Options {
	o.MaxBackoff, o.Poll = 8*time.Millisecond, time.Millisecond
	return o
}

// open opens an engine on a fake endpoint.
func open(t *testing.T, lake *athenatest.Server, o athena.Options) *athena.Engine {
	t.Helper()
	lake.SetEnv(t)
	e, err := athena.Open(t.Context(), quick(o))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { e.Close() })
	return e
}

// fixed returns a backend with one result for all statements.
func fixed(columns []athenatest.Column, rows ...[]any) athenatest.Backend {
	return athenatest.BackendFunc(func(context.Context, string) ([]athenatest.Column, athenatest.Rows, error) {
		return columns, athenatest.Slice(rows...), nil
	})
}

var two = []athenatest.Column{{Name: "n", Type: "bigint"}, {Name: "txt", Type: "varchar"}}

// read runs a statement and returns its result.
func read(t *testing.T, e engine.Engine, s engine.Statement) (columns []engine.Column, rows [][]any, stats engine.Stats, err error) {
	t.Helper()
	q, err := e.Start(t.Context(), s)
	if err != nil {
		return nil, nil, stats, err
	}
	stats, err = q.Read(t.Context(), engine.Result{
		Columns: func(c []engine.Column) error { columns = slices.Clone(c); return nil },
		Row:     func(r []any) error { rows = append(rows, slices.Clone(r)); return nil },
	})
	return columns, rows, stats, err
}

// run runs a statement and returns its error.
func run(t *testing.T, e engine.Engine, sql string) error {
	t.Helper()
	_, _, _, err := read(t, e, engine.Statement{SQL: sql}) //nolint:dogsled // only the error is needed
	return err
}

func TestStatementRunsToItsRows(t *testing.T) {
	lake := athenatest.Start(t, athenatest.Options{Backend: fixed(two, []any{int64(1), "a"}, []any{int64(2), nil}, []any{int64(3), ""}),
		Scanned: func(string) int64 { return 25 << 20 }, QueuedPolls: 1, RunningPolls: 2})
	e := open(t, lake, athena.Options{})
	if err := e.Ping(t.Context()); err != nil {
		t.Fatal(err)
	}
	columns, rows, stats, err := read(t, e, engine.Statement{SQL: "SELECT * FROM t"})
	if err != nil {
		t.Fatal(err)
	}
	if want := []engine.Column{{Name: "n", Type: "bigint"}, {Name: "txt", Type: "varchar"}}; !slices.Equal(columns, want) {
		t.Errorf("got columns %v, want %v", columns, want)
	}
	want := [][]any{{"1", "a"}, {"2", nil}, {"3", ""}}
	if len(rows) != 3 {
		t.Fatalf("got rows %v, want 3", rows)
	}
	for i := range want {
		if !slices.Equal(rows[i], want[i]) {
			t.Errorf("row %d: got %#v, want %#v", i, rows[i], want[i])
		}
	}
	if stats.ScannedBytes != 25<<20 || stats.BilledBytes != 25<<20 || stats.Rows != 3 {
		t.Errorf("got stats %+v, want 25 MiB and 3 rows", stats)
	}
	if n := lake.Count("s3:GetObject"); n != 0 {
		t.Errorf("got %d reads of S3 for three rows, want none", n)
	}
}
