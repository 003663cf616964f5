//go:build !duckdb || !cgo

package sqltest

import "testing"

// DuckDB opens an empty database in memory. This build has none, so the test is skipped.
func DuckDB(t testing.TB) Engine {
	t.Helper()
	t.Skip("DuckDB is not built in: run the tests with -tags duckdb and cgo, as make test does")
	return nil
}
