package trino

import (
	"os"
	"testing"

	"github.com/egret-hunt/egret/internal/engine"
	"github.com/egret-hunt/egret/internal/schema"
	"github.com/egret-hunt/egret/internal/testkit/enginesuite"
	"github.com/egret-hunt/egret/internal/testkit/sqltest"
)

// onServer is an engine on the real server.
func onServer(t *testing.T) *Engine {
	t.Helper()
	address := os.Getenv("EGRET_TRINO")
	if address == "" {
		t.Skip("EGRET_TRINO is not set: expected the address of a Trino server, as make integration sets it")
	}
	e, err := Open(t.Context(), Options{URL: address, User: "egret"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { e.Close() })
	return e
}

// TestSuiteIntegration runs what every engine must pass on the real server.
func TestSuiteIntegration(t *testing.T) {
	tables := sqltest.Trino(t)
	schemaOf := ""
	enginesuite.Run(t, func(t *testing.T) engine.Engine { return onServer(t) }, enginesuite.Fixture{
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
