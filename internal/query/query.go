// Package query runs single SQL queries on a lake: it starts them, finds them by id, and writes their rows.
//
// Its input is a lake (package setup) and a statement, or a rule to convert to one. Its output is the state of the
// query and its rows as JSON, JSON lines or CSV. Some engines keep queries, which are found there. For other engines
// Start runs the query to its end and stores its rows in a local folder. Errors are *engine.Error or *setup.Error.
// The package does not evaluate rules.
package query

import (
	"context"
	"errors"
	"time"

	"github.com/egret-hunt/egret/internal/engine"
	"github.com/egret-hunt/egret/internal/setup"
)

// Query is a started query, kept by its engine or stored in the state folder.
type Query interface {
	// Status returns the state of the query; counted reports whether the number of rows is known.
	Status(ctx context.Context) (status engine.Status, counted bool, err error)
	// Read passes the rows to its callback. It waits for a query that is still running.
	Read(ctx context.Context, r engine.Result) error
	// Remove stops the query and deletes it.
	Remove(ctx context.Context) error
	// Close releases what Find opened.
	Close()
}

// Find returns a query of a lake by its id. For state see Folder. The caller closes the query.
func Find(ctx context.Context, l *setup.Lake, state, id string) (Query, error) {
	if !l.Driver().Attaches {
		folder, err := Folder(state)
		if err != nil {
			return nil, err
		}
		return openStored(folder, id, l)
	}
	e, err := l.Open(ctx)
	if err != nil {
		return nil, err
	}
	q, err := e.Attach(ctx, id)
	if err != nil {
		return nil, errors.Join(err, e.Close())
	}
	return &attached{query: q, engine: e}, nil
}

// Start starts a statement and returns its id and state. If the engine does not keep queries, Start runs the
// statement to its end and stores its rows in the state folder. version is the version of egret and now the current
// time, both for the record.
func Start(ctx context.Context, l *setup.Lake, e engine.Engine, s engine.Statement, state, version string, now time.Time) (Answer, error) {
	if !e.Info().Attaches {
		folder, err := Folder(state)
		if err != nil {
			return Answer{}, err
		}
		q, err := store(ctx, l, folder, e, s, version, now)
		if err != nil {
			return Answer{}, err
		}
		defer q.Close()
		status, counted, err := q.Status(ctx)
		return AnswerOf(q.id, status, counted), err
	}
	q, err := e.Start(ctx, s)
	if err != nil {
		return Answer{}, err
	}
	return AnswerOf(q.ID(), engine.Status{State: engine.Queued, Stats: engine.Stats{ScannedBytes: -1}}, false), nil
}

// Attached returns a query that runs on an open engine. Its Close does not close the engine.
func Attached(q engine.Query) Query { return &attached{query: q} }

// attached is a query that the engine keeps.
type attached struct {
	query  engine.Query
	engine engine.Engine // closed with the query; nil if there is nothing to close
}

func (q *attached) Status(ctx context.Context) (engine.Status, bool, error) {
	s, err := q.query.Status(ctx)
	return s, false, err
}

func (q *attached) Read(ctx context.Context, r engine.Result) error {
	_, err := q.query.Read(ctx, r)
	return err
}

func (q *attached) Remove(ctx context.Context) error { return q.query.Stop(ctx) }

func (q *attached) Close() {
	if q.engine != nil {
		_ = q.engine.Close() // all requests are answered by then
	}
}

// stopWithin limits the time for ending a query after the caller was stopped.
const stopWithin = 10 * time.Second

// Stop ends a query whose rows are no longer needed, even after ctx has ended. It ignores errors, which would hide
// the reason for stopping.
func Stop(ctx context.Context, q engine.Query) {
	stopping, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopWithin)
	defer cancel()
	_ = q.Stop(stopping)
}

// Answer is the JSON form of a query's state.
type Answer struct {
	ID    string       `json:"id"`
	State engine.State `json:"state"`
	// Ended is true if the state will not change any more.
	Ended  bool   `json:"ended"`
	Reason string `json:"reason,omitempty"`
	// ScannedBytes and Rows are null if unknown.
	ScannedBytes *int64 `json:"scanned_bytes"`
	BilledBytes  int64  `json:"billed_bytes"`
	Rows         *int64 `json:"rows"`
	QueuedMS     int64  `json:"queued_ms"`
	RanMS        int64  `json:"ran_ms"`
	Reused       bool   `json:"reused"`
}

// AnswerOf converts a status for printing. counted is true if all rows were read.
func AnswerOf(id string, s engine.Status, counted bool) Answer {
	answer := Answer{
		ID: id, State: s.State, Ended: s.State.Ended(), Reason: s.Reason, BilledBytes: s.Stats.BilledBytes,
		QueuedMS: s.Stats.Queued.Milliseconds(), RanMS: s.Stats.Ran.Milliseconds(), Reused: s.Stats.Reused,
	}
	if s.Stats.ScannedBytes >= 0 {
		answer.ScannedBytes = &s.Stats.ScannedBytes
	}
	if counted {
		answer.Rows = &s.Stats.Rows
	}
	return answer
}
