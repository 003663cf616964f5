//go:build !duckdb || !cgo

package cli_test

import "github.com/rogpeppe/go-internal/testscript"

const hasDuckDB = false

func runDuckDB(ts *testscript.TestScript, _ bool, _ []string) {
	ts.Fatalf("this build has no DuckDB")
}
