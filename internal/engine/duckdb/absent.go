//go:build !duckdb || !cgo

package duckdb

import (
	"context"
	"errors"

	"github.com/egret-hunt/egret/internal/engine"
)

// Built reports whether DuckDB is built in.
const Built = false

// Engine is a placeholder in builds without DuckDB.
type Engine struct{ engine.Engine }

// Open returns an error that says how to get a build with DuckDB.
func Open(context.Context, Options) (*Engine, error) {
	return nil, &engine.Error{
		Kind: engine.Misconfigured, Engine: name, Thing: "this build of egret",
		Help: "use a released binary, or build with a C compiler: make build, or CGO_ENABLED=1 go build -tags duckdb ./cmd/egret",
		Err:  errors.New("DuckDB is not built in; it needs cgo and the build tag duckdb (make build TAGS=duckdb)"),
	}
}
