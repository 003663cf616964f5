//go:build duckdb && cgo

package cli_test

import (
	"database/sql"

	"github.com/rogpeppe/go-internal/testscript"
)

// hasDuckDB says that this build has the engine.
const hasDuckDB = true

// runDuckDB FILE STATEMENT… runs statements on a database file, in the working folder of the script; they may write Parquet.
func runDuckDB(ts *testscript.TestScript, _ bool, args []string) {
	db, err := sql.Open("duckdb", ts.MkAbs(args[0]))
	ts.Check(err)
	defer func() { ts.Check(db.Close()) }()
	_, err = db.Exec("SET file_search_path = '" + ts.MkAbs(".") + "'")
	ts.Check(err)
	for _, statement := range args[1:] {
		_, err := db.Exec(statement)
		ts.Check(err)
	}
}
