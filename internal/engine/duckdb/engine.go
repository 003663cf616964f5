//go:build duckdb && cgo

package duckdb

import (
	"context"
	"errors"
	"strconv"
	"sync"
	"sync/atomic"

	"github.com/egret-hunt/egret/internal/engine"
	"github.com/egret-hunt/egret/internal/schema"
	"github.com/egret-hunt/egret/internal/scratch"
)

// Built reports whether DuckDB is built in.
const Built = true

// Engine runs statements with DuckDB. It is safe for concurrent use.
type Engine struct {
	opt     Options
	tempDir string
	ownTemp *scratch.Folder // nil if the caller set the folder

	// describing serializes Describe, because each call may reopen the database.
	describing sync.Mutex

	mutex   sync.Mutex
	current *instance // nil once closed
}

var _ engine.Engine = (*Engine)(nil)

// Open opens the database files, and allows the files of the tables in Options. If files do not exist, are not
// databases or are locked by other programs, the error has kind Missing or Misconfigured and names them.
func Open(ctx context.Context, opt Options) (*Engine, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	e := &Engine{opt: opt, tempDir: opt.TempDir}
	if e.tempDir == "" {
		dir, err := scratch.NewFolder("duckdb")
		if err != nil {
			return nil, &engine.Error{Kind: engine.Misconfigured, Engine: name, Thing: "folder for temporary files", Err: err}
		}
		e.tempDir, e.ownTemp = dir.Path, dir
	}
	found, err := e.findAll()
	if err == nil {
		e.current, err = e.newInstance(found)
	}
	if err != nil {
		return nil, errors.Join(err, e.removeTemp())
	}
	return e, nil
}

// layout returns the layout of a table in the options, nil if there is none.
func (e *Engine) layout(table string) *schema.Layout { return e.opt.Tables[table] }

// Info reports that the engine is local and free. One query already uses all processors.
func (e *Engine) Info() engine.Info {
	return engine.Info{Name: name, Dialect: "duckdb", JSONIsText: true, InFlight: 1}
}

// use returns the current database, which the caller must release.
func (e *Engine) use(ctx context.Context) (*instance, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	e.mutex.Lock()
	defer e.mutex.Unlock()
	if e.current == nil || !e.current.acquire() {
		return nil, &engine.Error{Engine: name, Err: errClosed}
	}
	return e.current, nil
}

// Ping runs the smallest possible statement.
func (e *Engine) Ping(ctx context.Context) error {
	in, err := e.use(ctx)
	if err != nil {
		return err
	}
	defer in.release()
	c, err := in.connect()
	if err != nil {
		return err
	}
	defer c.close()
	return c.rows("SELECT 1", func([]any) error { return nil })
}

var lastID atomic.Int64

// Start checks nothing: Read does all the work. The token is not used, because queries do not outlive the process.
func (e *Engine) Start(ctx context.Context, s engine.Statement) (engine.Query, error) {
	in, err := e.use(ctx)
	if err != nil {
		return nil, err
	}
	in.release()
	return &query{
		engine: e, id: "duckdb-" + strconv.FormatInt(lastID.Add(1), 10), sql: s.SQL, state: engine.Queued, stop: make(chan struct{}),
	}, nil
}

// Attach finds nothing: queries end with their process.
func (e *Engine) Attach(ctx context.Context, id string) (engine.Query, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	return nil, &engine.Error{
		Kind: engine.Missing, Engine: name, Query: id, Err: errors.New("queries of DuckDB end with the process that started them"),
	}
}

// Close closes the database once the running queries have ended.
func (e *Engine) Close() error {
	e.mutex.Lock()
	in := e.current
	e.current = nil
	e.mutex.Unlock()
	if in == nil {
		return nil
	}
	in.close()
	return e.removeTemp()
}

func (e *Engine) removeTemp() error {
	if err := e.ownTemp.Remove(); err != nil {
		return &engine.Error{Engine: name, Thing: "folder for temporary files", Err: err}
	}
	return nil
}
