//go:build !duckdb || !cgo

package duckdb

import (
	"context"
	"errors"

	"github.com/egret-hunt/egret/internal/engine"
)

// Engine is what this build does not have.
type Engine struct{ engine.Engine }

// Open tells how to get a build with DuckDB.
func Open(context.Context, Options) (*Engine, error) {
	return nil, &engine.Error{
		Kind: engine.Misconfigured, Engine: name, Thing: "this build of egret",
		Help: "take a released binary, or build with a C compiler: make build, or CGO_ENABLED=1 go build -tags duckdb ./cmd/egret",
		Err:  errors.New("DuckDB is not built in; it needs cgo and the build tag duckdb (make build TAGS=duckdb)"),
	}
}
