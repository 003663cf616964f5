//go:build duckdb && cgo

package duckdb_test

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"path/filepath"
	"strings"
	"testing"

	driverduckdb "github.com/duckdb/duckdb-go/v2"

	"github.com/egret-hunt/egret/internal/engine"
	"github.com/egret-hunt/egret/internal/engine/duckdb"
	"github.com/egret-hunt/egret/internal/schema"
	"github.com/egret-hunt/egret/internal/testkit/enginesuite"
)

// kindWords are DuckDB's types for the columns of the suite.
var kindWords = map[schema.Kind]string{
	schema.Integer: "BIGINT", schema.Text: "VARCHAR", schema.Double: "DOUBLE", schema.Boolean: "BOOLEAN", schema.Timestamp: "TIMESTAMP",
}

// writer opens a database file that a test fills, with the driver for database/sql and without the engine.
func writer(t *testing.T, path string) *sql.DB {
	t.Helper()
	db, err := sql.Open("duckdb", path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return db
}

// exec runs a statement of the test.
func exec(t *testing.T, db *sql.DB, text string) {
	t.Helper()
	if _, err := db.ExecContext(t.Context(), text); err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
}

func load(t *testing.T, path, table string, columns []schema.Column, rows [][]any) {
	t.Helper()
	db := writer(t, path)
	defer db.Close()
	var list []string
	for _, c := range columns {
		list = append(list, `"`+c.Name+`" `+kindWords[c.Type.Kind])
	}
	exec(t, db, "CREATE TABLE "+table+" ("+strings.Join(list, ", ")+")")
	conn, err := db.Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	err = conn.Raw(func(raw any) error {
		appender, err := driverduckdb.NewAppenderFromConn(raw.(driver.Conn), "", table)
		if err != nil {
			return err
		}
		for _, row := range rows {
			cells := make([]driver.Value, len(row))
			for i := range row {
				cells[i] = row[i]
			}
			if err := appender.AppendRow(cells...); err != nil {
				return err
			}
		}
		return appender.Close()
	})
	if err != nil {
		t.Fatal(err)
	}
}

func open(t *testing.T, opt duckdb.Options) *duckdb.Engine {
	t.Helper()
	e, err := duckdb.Open(context.WithoutCancel(t.Context()), opt)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { e.Close() })
	return e
}

// TestEngineSuite runs the conformance suite with an attached database and with the main one.
func TestEngineSuite(t *testing.T) {
	for name, prefix := range map[string]string{"main": "", "attached": `"it's".main.`} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "lake.duckdb")
			opt := duckdb.Options{Database: path}
			if prefix != "" {
				opt = duckdb.Options{Attach: map[string]string{"it's": path}}
			}
			enginesuite.Run(t, func(t *testing.T) engine.Engine { return open(t, opt) }, enginesuite.Fixture{
				Load: func(t *testing.T, table string, columns []schema.Column, rows [][]any) string {
					load(t, path, table, columns, rows)
					return prefix + table
				},
			})
		})
	}
}
