//go:build !duckdb || !cgo

package duckdb

import (
	"strings"
	"testing"

	"github.com/egret-hunt/egret/internal/engine"
)

func TestBuildWithoutDuckDBSaysHowToGetIt(t *testing.T) {
	e, err := Open(t.Context(), Options{})
	if e != nil || engine.KindOf(err) != engine.Misconfigured {
		t.Fatalf("found %v, %v", e, err)
	}
	if !strings.Contains(err.Error(), "make build TAGS=duckdb") {
		t.Errorf("the error does not say how: %v", err)
	}
}
