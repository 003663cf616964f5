//go:build duckdb && cgo

package duckdb_test

import (
	"strings"
	"testing"

	"github.com/egret-hunt/egret/internal/engine"
	"github.com/egret-hunt/egret/internal/engine/duckdb"
)

// TestLongStatementsAreWrapped checks that a statement of many lines whose columns become text can be run: DuckDB limits the
// depth of expressions.
func TestLongStatementsAreWrapped(t *testing.T) {
	e := open(t, duckdb.Options{})
	q, err := e.Start(t.Context(), engine.Statement{SQL: "SELECT {'a': 1} AS s, 2 AS n" + strings.Repeat(" -- it's\n", 3000) + ";"})
	if err != nil {
		t.Fatal(err)
	}
	var got []any
	if _, err := q.Read(t.Context(), engine.Result{Row: func(row []any) error { got = append(got, row...); return nil }}); err != nil {
		t.Fatal(err)
	}
	if len(got) != 2 || got[0] != `{"a":1}` || got[1] != int64(2) {
		t.Errorf("got %v", got)
	}
}
