//go:build !duckdb || !cgo

package sqltest

import (
	"context"
	"errors"
	"testing"
)

const absent = "DuckDB is not built in: run the tests with -tags duckdb and cgo, as make test does"

// DuckDB skips the test: this build does not contain DuckDB.
func DuckDB(t testing.TB) Engine {
	t.Helper()
	t.Skip(absent)
	return nil
}

// OpenDuckDB fails: this build does not contain DuckDB.
func OpenDuckDB(context.Context) (Engine, error) { return nil, errors.New(absent) }
