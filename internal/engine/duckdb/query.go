//go:build duckdb && cgo

package duckdb

import (
	"context"
	"errors"
	"sync"
	"time"

	duck "github.com/duckdb/duckdb-go-bindings"

	"github.com/egret-hunt/egret/internal/engine"
)

// query is a statement. It uses the database only in Read.
type query struct {
	engine *Engine
	id     string
	sql    string
	// stop is closed by Stop.
	stop chan struct{}

	mutex   sync.Mutex
	state   engine.State
	reason  string
	stats   engine.Stats
	reading bool
	stopped bool
}

// ID returns an id that is unique within the process.
func (q *query) ID() string { return q.id }

// Status returns the state of Read.
func (q *query) Status(ctx context.Context) (engine.Status, error) {
	if err := ctx.Err(); err != nil {
		return engine.Status{}, err
	}
	q.mutex.Lock()
	defer q.mutex.Unlock()
	return engine.Status{State: q.state, Reason: q.reason, Stats: q.stats}, nil
}

// Stop interrupts Read, or prevents it from starting.
func (q *query) Stop(context.Context) error {
	q.mutex.Lock()
	defer q.mutex.Unlock()
	if q.stopped || q.state.Ended() {
		return nil
	}
	q.stopped = true
	close(q.stop)
	if !q.reading {
		q.state, q.reason = engine.Stopped, "stopped before it was read"
	}
	return nil
}

// begin marks the query as being read.
func (q *query) begin() error {
	q.mutex.Lock()
	defer q.mutex.Unlock()
	switch {
	case q.state == engine.Stopped:
		return &engine.Error{Kind: engine.Cancelled, Engine: name, Query: q.id, Err: errStopped}
	case q.reading:
		return &engine.Error{Engine: name, Query: q.id, Err: errors.New("its result has already been read; start the statement again")}
	}
	q.reading, q.state = true, engine.Running
	return nil
}

var errStopped = errors.New("the query was stopped")

// Read runs the statement and passes on its rows while they are computed. It may be called once.
func (q *query) Read(ctx context.Context, result engine.Result) (engine.Stats, error) {
	if err := ctx.Err(); err != nil {
		return engine.Stats{ScannedBytes: -1}, err
	}
	if err := q.begin(); err != nil {
		return engine.Stats{ScannedBytes: -1}, err
	}
	stats := engine.Stats{ScannedBytes: -1}
	var began time.Time
	if now := q.engine.opt.Now; now != nil {
		began = now()
	}
	rows, err := q.run(ctx, result)
	stats.Rows = rows
	if now := q.engine.opt.Now; now != nil {
		stats.Ran = now().Sub(began)
	}
	q.mutex.Lock()
	defer q.mutex.Unlock()
	q.stats = stats
	switch {
	case err == nil:
		q.state = engine.Succeeded
	case engine.KindOf(err) == engine.Cancelled || ctx.Err() != nil:
		q.state, q.reason = engine.Stopped, err.Error()
	default:
		q.state, q.reason = engine.Failed, err.Error()
	}
	return stats, err
}

// interruptEvery is how often an interrupt is repeated: DuckDB ignores interrupts between two of its steps.
const interruptEvery = 5 * time.Millisecond

// interrupt ends what the connection does as soon as the context ends or stop is closed. The caller must call the
// returned function when the connection is done.
func (c *connection) interrupt(ctx context.Context, stop <-chan struct{}) (done func()) {
	quit, left := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(left)
		select {
		case <-quit:
			return
		case <-ctx.Done():
		case <-stop:
		}
		tick := time.NewTicker(interruptEvery)
		defer tick.Stop()
		for {
			duck.Interrupt(c.handle)
			select {
			case <-quit:
				return
			case <-tick.C:
			}
		}
	}()
	return func() {
		close(quit)
		<-left
	}
}

// over returns an error if the query was stopped or the context has ended.
func (q *query) over(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	select {
	case <-q.stop:
		return &engine.Error{Kind: engine.Cancelled, Engine: name, Query: q.id, Err: errStopped}
	default:
		return nil
	}
}

func (q *query) run(ctx context.Context, result engine.Result) (rows int64, err error) {
	in, err := q.engine.use(ctx)
	if err != nil {
		return 0, err
	}
	defer in.release()
	c, err := in.connect()
	if err != nil {
		return 0, err
	}
	defer c.close()
	defer func() {
		// The reason for the interrupt is a better error than the interrupt itself.
		if engine.KindOf(err) == engine.Cancelled {
			if over := q.over(ctx); over != nil {
				err = over
			}
		}
	}()
	defer c.interrupt(ctx, q.stop)()

	stmt, err := c.prepare(q.id, q.sql)
	if err != nil {
		return 0, err
	}
	defer func() { duck.DestroyPrepare(&stmt) }()
	columns := columnsOf(stmt)
	types := typesOf(stmt)
	if text, needed := plainSQL(q.sql, types); needed {
		plain, err := c.prepare(q.id, text)
		if err != nil {
			return 0, err
		}
		duck.DestroyPrepare(&stmt)
		stmt, types = plain, typesOf(plain)
	}
	if result.Columns != nil {
		if err := result.Columns(columns); err != nil {
			return 0, err
		}
	}
	return c.stream(q.id, stmt, types, func() error { return q.over(ctx) }, result.Row)
}
