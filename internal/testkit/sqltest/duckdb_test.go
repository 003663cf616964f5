//go:build duckdb && cgo

package sqltest_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/egret-hunt/egret/internal/testkit/sqltest"
)

// TestDuckDBNeedsNoNetwork checks that egret's SQL needs only linked extensions, and that no others are downloaded.
func TestDuckDBNeedsNoNetwork(t *testing.T) {
	e := sqltest.DuckDB(t)
	_, rows, err := e.Query(t.Context(), `SELECT extension_name FROM duckdb_extensions()
		WHERE installed AND loaded AND install_mode = 'STATICALLY_LINKED' AND extension_name IN ('json', 'icu', 'parquet') ORDER BY 1`)
	if diff := cmp.Diff([][]any{{"icu"}, {"json"}, {"parquet"}}, rows); err != nil || diff != "" {
		t.Errorf("error %v, extensions (-want +got):\n%s", err, diff)
	}
	_, rows, err = e.Query(t.Context(), `SELECT current_setting('autoinstall_known_extensions'), current_setting('autoload_known_extensions'),
		current_setting('threads'), current_setting('TimeZone')`)
	if diff := cmp.Diff([][]any{{false, false, int64(1), "UTC"}}, rows); err != nil || diff != "" {
		t.Errorf("error %v, settings (-want +got):\n%s", err, diff)
	}
}

// TestDuckDBGivesNoDecodedJSON: the driver would convert 9007199254740993 to a float.
func TestDuckDBGivesNoDecodedJSON(t *testing.T) {
	e := sqltest.DuckDB(t)
	if _, rows, err := e.Query(t.Context(), "SELECT '9007199254740993'::JSON"); err == nil {
		t.Errorf("got %v without an error", rows)
	}
}
