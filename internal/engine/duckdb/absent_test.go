//go:build !duckdb || !cgo

package duckdb

import (
	"strings"
	"testing"

	"github.com/egret-hunt/egret/internal/engine"
)

func TestErrorWithoutDuckDBHasHelp(t *testing.T) {
	e, err := Open(t.Context(), Options{})
	if e != nil || engine.KindOf(err) != engine.Misconfigured {
		t.Fatalf("got %v (error %v)", e, err)
	}
	if !strings.Contains(err.Error(), "make build TAGS=duckdb") {
		t.Errorf("got error %v, want the command to build with DuckDB", err)
	}
}
