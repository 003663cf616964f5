package trino

import (
	"os"
	"testing"

	"github.com/egret-hunt/egret/internal/engine"
	"github.com/egret-hunt/egret/internal/schema"
	"github.com/egret-hunt/egret/internal/testkit/enginesuite"
	"github.com/egret-hunt/egret/internal/testkit/sqltest"
)

// onServer returns an engine on the real server.
func onServer(t *testing.T) *Engine {
	t.Helper()
	address := os.Getenv("EGRET_TRINO")
	if address == "" {
		t.Skip("EGRET_TRINO is not set to the address of a Trino server; make integration sets it")
	}
	e, err := Open(t.Context(), Options{URL: address, User: "egret"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { e.Close() })
	return e
}

// TestSuiteIntegration runs the conformance suite on the real server.
func TestSuiteIntegration(t *testing.T) {
	tables := sqltest.Trino(t)
	schemaOf := ""
	e := onServer(t)
	partitioned := lake(t, e, "hive") + ".trail"
	exec(t, e, "CREATE TABLE "+partitioned+" (eventname varchar, region varchar, day date) WITH (partitioned_by = ARRAY['region', 'day'])")
	enginesuite.Run(t, func(t *testing.T) engine.Engine { return onServer(t) }, enginesuite.Fixture{
		Partitioned: &enginesuite.Partitioned{Table: partitioned, Columns: []string{"eventname", "region", "day"}, By: []string{"region", "day"}},
		Load: func(t *testing.T, table string, columns []schema.Column, rows [][]any) string {
			t.Helper()
			if err := tables.Load(t.Context(), table, columns, rows); err != nil {
				t.Fatal(err)
			}
			if schemaOf == "" {
				_, found, err := tables.Query(t.Context(), "SELECT current_catalog || '.' || current_schema")
				if err != nil {
					t.Fatal(err)
				}
				schemaOf = found[0][0].(string)
			}
			return schemaOf + "." + table
		},
	})
}

// TestPasswordIntegration checks that a server without passwords rejects one, and that the error does not contain it.
func TestPasswordIntegration(t *testing.T) {
	opt := Options{URL: onServer(t).opt.URL, User: "hunter", Password: "pass-word-1"}
	e, err := Open(t.Context(), opt)
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	if err = e.Ping(t.Context()); engine.KindOf(err) != engine.Expired {
		t.Errorf("got error %v, want invalid credentials", err)
	}
	noSecret(t, opt, err)
}
