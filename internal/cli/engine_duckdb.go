package cli

import (
	"context"
	"time"

	"github.com/egret-hunt/egret/internal/engine"
	"github.com/egret-hunt/egret/internal/engine/duckdb"
	"github.com/egret-hunt/egret/internal/schema"
)

// openDuckDB opens DuckDB on the files of a lake.
func openDuckDB(ctx context.Context, l *foundLake) (engine.Engine, error) {
	s := &l.settings.DuckDB
	opt := duckdb.Options{
		Database: l.path(s.Database.Value), Attach: map[string]string{}, Tables: map[string]*schema.Profile{},
		Memory: s.Memory, Threads: s.Threads, Now: time.Now,
	}
	for _, a := range s.Attach {
		opt.Attach[a.Name.Value] = l.path(a.Value.Value)
	}
	for _, t := range l.tables {
		opt.Tables[t.Table] = t.Profile
	}
	e, err := duckdb.Open(ctx, opt)
	if err != nil {
		return nil, err
	}
	return e, nil
}
