package duckdb

import (
	"context"
	"time"

	"github.com/egret-hunt/egret/diag"
	"github.com/egret-hunt/egret/internal/config"
	"github.com/egret-hunt/egret/internal/engine"
)

// Driver returns the engine's entry in the registry, in every build.
func Driver() engine.Driver {
	return engine.Driver{
		Name: name, Title: "DuckDB within egret: Parquet, JSON and database files", Needs: "cgo and the build tag duckdb",
		ByFlags: true, TakesFiles: true,
		Flags: []engine.Flag{{Name: "database", Usage: "database `FILE`", File: true, Set: func(s engine.Settings, value string) {
			if own, ok := s.(*Settings); ok {
				own.Database = config.Text{Value: value}
			}
		}}},
		New: func() engine.Settings { return &Settings{} },
	}
}

// Settings are the keys of a lake in DuckDB. Relative paths start at the folder of egret.yaml.
type Settings struct {
	// Database is a database file, "" for one in memory; Attach are more databases by name, in the order of the file.
	Database config.Text
	Attach   []config.Pair
	// Memory limits what a statement keeps in memory, in bytes; 0 means the default. Threads 0 means one for each
	// processor.
	Memory  int64
	Threads int
}

// maxThreads is the maximum in egret.yaml.
const maxThreads = 4096

// Keys returns the keys of egret.yaml, in the order in which to document them.
func (s *Settings) Keys() []config.Key {
	return []config.Key{
		config.TextKey("database", &s.Database, "a database file"),
		config.PairsKey("attach", &s.Attach, "name: a database file"),
		config.BytesKey("memory", &s.Memory),
		config.CountKey("threads", &s.Threads, maxThreads),
	}
}

// Check finds nothing: the keys are independent.
func (s *Settings) Check() diag.List { return nil }

// Open opens DuckDB on the files of the lake.
func (s *Settings) Open(ctx context.Context, o engine.Opening) (engine.Engine, error) {
	opt := Options{
		Database: o.Path(s.Database.Value), Attach: map[string]string{}, Tables: o.Tables, Memory: s.Memory, Threads: s.Threads,
		Now: time.Now, //nolint:forbidigo // how long a query ran; no result depends on it
	}
	for _, a := range s.Attach {
		opt.Attach[a.Name.Value] = o.Path(a.Value.Value)
	}
	e, err := Open(ctx, opt)
	if err != nil {
		return nil, err
	}
	return e, nil
}

// Address is empty: the engine runs in this process.
func (s *Settings) Address() engine.Address { return engine.Address{} }
