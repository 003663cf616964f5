package lake

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/egret-hunt/egret/internal/engine"
	"github.com/egret-hunt/egret/internal/hunt/journal"
	"github.com/egret-hunt/egret/internal/plan"
	"github.com/egret-hunt/egret/internal/value"
)

// ownError is an error of this machine, such as a full disk: other queries would fail too.
type ownError struct{ error }

func (e *ownError) Unwrap() error { return e.error }

// stopWithin is how long stopping a query may take after the hunt has ended.
const stopWithin = 10 * time.Second

// attempt runs the query of a task once, or resumes one that was started before, and writes its rows to the journal.
func (r *runner) attempt(t *task, known *journal.Task) error {
	q, err := r.start(t, known)
	if err != nil {
		return err
	}
	writer, err := r.journal.Write(t.key)
	if err != nil {
		r.stop(q)
		return &ownError{err}
	}
	rows := r.receiver(t.statement, writer)
	stats, err := q.Read(r.ctx, engine.Result{Row: rows.row})
	if err == nil {
		err = rows.close()
	}
	cost := r.spend(q.ID(), stats)
	if err != nil {
		writer.Abort()
		ended := false
		if r.ctx.Err() != nil || rows.broken || rows.refused {
			ended = r.stop(q)
			cost = r.afterStop(r.ctx, q, cost)
		}
		switch {
		case r.ctx.Err() != nil:
			if ended || !r.info.Attaches { // no later run will ask what it cost
				if err := r.journal.Failed(t.key, "stopped", cost); err != nil {
					return &ownError{err}
				}
			}
			return err
		case rows.broken:
			return &ownError{err}
		case r.canBeReadAgain(q, err):
			known.State, known.Query = journal.Started, q.ID()
			return err // the next attempt reads its result again, at no cost
		}
		*known = journal.Task{Attempts: known.Attempts}
		if err := r.journal.Failed(t.key, err.Error(), cost); err != nil {
			return &ownError{err}
		}
		return err
	}
	r.count(func(c *totals) {
		c.Rows += rows.count
		c.ReturnedBytes += rows.bytes
	})
	if err := writer.Commit(cost); err != nil {
		return &ownError{err}
	}
	return nil
}

// canBeReadAgain reports whether a query whose result could not be read can be read again, now or by a later run of the hunt.
// If that is unknown, for lack of network or credentials, it reports true, so that the query is not paid for twice.
func (r *runner) canBeReadAgain(q engine.Query, err error) bool {
	if !r.info.Attaches || !isAccessError(err) {
		return false
	}
	if engine.Retried(err) {
		return true // checking would take as long again
	}
	status, err := q.Status(r.ctx)
	if err != nil {
		return isAccessError(err)
	}
	return status.State != engine.Failed && status.State != engine.Stopped
}

// isAccessError reports whether an error may lie in access to the query rather than in the query itself.
func isAccessError(err error) bool {
	switch engine.KindOf(err) {
	case engine.Transient, engine.Expired, engine.Denied:
		return true
	case engine.Other, engine.TooComplex, engine.Missing, engine.Misconfigured, engine.Invalid, engine.OverLimit, engine.Cancelled, engine.BadValue:
	}
	return false
}

// start starts the query of a task, or finds the one that an earlier run of the hunt started.
func (r *runner) start(t *task, known *journal.Task) (engine.Query, error) {
	if known.State == journal.Started && known.Query != "" {
		if r.info.Attaches {
			q, err := r.opt.Engine.Attach(r.ctx, known.Query)
			if err == nil {
				r.count(func(c *totals) { c.Attached++ })
				return q, nil
			}
			if engine.KindOf(err) != engine.Missing {
				return nil, err
			}
		}
		*known = journal.Task{Attempts: known.Attempts}
	}
	if known.State != journal.Started {
		// If it is unknown whether the query was started, because the answer was lost or the process was killed, it is
		// started again with the same token, which yields the same query: the token is computed from what is on disk.
		*known = journal.Task{State: journal.Started, Token: r.token(t.key, known.Attempts), Attempts: known.Attempts + 1}
	}
	limit, _ := r.remaining()
	q, err := r.launch(engine.Statement{SQL: t.statement.SQL(t.chunk), Token: known.Token, MaxBytes: limit})
	if err != nil {
		return nil, err
	}
	r.count(func(c *totals) { c.Queries++ })
	known.Query = q.ID()
	if err := r.journal.Started(t.key, q.ID(), known.Token); err != nil {
		r.stop(q)
		return nil, &ownError{err}
	}
	return q, nil
}

// startWithin is how long a running start may take after the hunt has ended.
const startWithin = 3 * time.Second

// launch passes a statement to the engine. If the hunt is stopped meanwhile, launch waits briefly for the answer,
// because a query without a known id cannot be stopped.
func (r *runner) launch(s engine.Statement) (engine.Query, error) {
	if err := r.ctx.Err(); err != nil {
		return nil, err
	}
	ctx, cancel := context.WithCancel(context.WithoutCancel(r.ctx))
	defer cancel()
	unhook := context.AfterFunc(r.ctx, func() {
		select {
		case <-time.After(startWithin):
			cancel()
		case <-ctx.Done():
		}
	})
	defer unhook()
	return r.opt.Engine.Start(ctx, s)
}

// token returns the token of an attempt, which is the same in each run.
func (r *runner) token(key string, attempt int) string {
	sum := sha256.Sum256([]byte(r.journal.ID() + "\x00" + key + "\x00" + strconv.Itoa(attempt)))
	return hex.EncodeToString(sum[:])
}

// stop stops a query on the server, even after the run has ended, and reports whether that succeeded.
func (r *runner) stop(q engine.Query) bool {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(r.ctx), stopWithin)
	defer cancel()
	if err := q.Stop(ctx); err != nil {
		r.count(func(c *totals) { c.NotStopped.Add("no answer", q.ID()+": "+err.Error()) })
		return false
	}
	r.count(func(c *totals) { c.Stopped++ })
	return true
}

// afterStop asks what a query that was stopped has cost: engines charge for what it had read. It returns the cost that was known before
// if there is no answer.
func (l *Lake) afterStop(ctx context.Context, q engine.Query, before cost) cost {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopWithin)
	defer cancel()
	status, err := q.Status(ctx)
	if err != nil || status.Stats.ScannedBytes < max(0, before.Scanned) {
		return before
	}
	status.Stats.Rows = before.Rows
	return l.spend(q.ID(), status.Stats)
}

// receiver converts the engine's rows to those of the journal.
type receiver struct {
	write   func(row []byte) error
	rebuild *plan.Rebuilder
	counts  bool  // rows begin with their pair and a cell that reports whether they are complete
	pairs   []int // of the statement
	keys    int   // columns that identify events, which follow the pair in a counted row
	width   int   // columns of the statement
	numbers int   // number of values that the pair column may have

	pendingRow      []any // the current counted row, without its pair
	pendingPairs    []int // its pairs
	pendingComplete bool  // one of its rows is complete
	buf             []byte
	text            []byte
	count           int64
	bytes           int64
	broken          bool // writing the journal failed
	// refused reports that the result does not have the statement's form.
	refused bool
}

func (r *runner) receiver(s *statement, w *journal.Writer) *receiver {
	into := &receiver{
		write: w.Append, rebuild: plan.NewRebuilder(s.Columns), counts: s.Kind == plan.Counts || s.Kind == plan.Both, pairs: s.pairs,
		keys: s.Keys, width: len(s.Columns), numbers: len(s.pairs),
	}
	if s.Kind == plan.Both {
		into.numbers++
	}
	return into
}

// row takes a row from the engine.
func (r *receiver) row(row []any) error {
	r.count++
	for _, cell := range row {
		r.bytes += sizeOf(cell)
	}
	if !r.counts {
		return r.event(nil, row, true)
	}
	if len(row) < 2 {
		r.refused = true
		return fmt.Errorf("got a row of %d cells, expected its pair and whether it is complete", len(row))
	}
	pair, err := pairOf(row[0], r.numbers)
	if err != nil {
		r.refused = true
		return err
	}
	complete := isOne(row[1])
	row = row[2:]
	if pair == len(r.pairs) {
		return r.event(nil, row, true) // for all rules
	}
	// An event has one row for each of its pairs, in succession.
	if len(r.pendingPairs) > 0 && r.same(row) {
		r.pendingPairs = append(r.pendingPairs, r.pairs[pair])
		r.pendingComplete = r.pendingComplete || complete
		for i, cell := range row {
			if r.pendingRow[i] == nil {
				r.pendingRow[i] = cell
			}
		}
		return nil
	}
	if err := r.close(); err != nil {
		return err
	}
	r.pendingRow = append(r.pendingRow[:0], row...)
	r.pendingPairs = append(r.pendingPairs[:0], r.pairs[pair])
	r.pendingComplete = complete
	return nil
}

// same reports whether a counted row belongs to the current event. Events without an id are never the same.
func (r *receiver) same(row []any) bool {
	if len(row) != len(r.pendingRow) || r.keys > len(row) {
		return false
	}
	named := false
	for i := range r.keys {
		if row[i] != r.pendingRow[i] {
			return false
		}
		named = named || row[i] != nil
	}
	return named && row[0] != nil
}

// close writes the current event.
func (r *receiver) close() error {
	if len(r.pendingPairs) == 0 {
		return nil
	}
	slices.Sort(r.pendingPairs)
	err := r.event(slices.Compact(r.pendingPairs), r.pendingRow, r.pendingComplete)
	r.pendingPairs = r.pendingPairs[:0]
	return err
}

// maxFault limits the message about a row that cannot be converted to an event, in bytes.
const maxFault = 300

func (r *receiver) event(pairs []int, row []any, complete bool) error {
	var err error
	if r.text, err = r.rebuild.Append(r.text[:0], row); err != nil {
		if len(row) != r.width {
			r.refused = true
			return err
		}
		// One bad row does not invalidate the others. The worker that evaluates it counts it.
		fault := err.Error()
		r.text = value.AppendQuoted(r.text[:0], []byte(fault[:min(len(fault), maxFault)]))
	}
	when, _ := r.rebuild.Time(row)
	r.buf = appendRow(r.buf[:0], Row{Text: r.text, Pairs: pairs, Time: when, Complete: complete})
	if err := r.write(r.buf); err != nil {
		r.broken = true
		return err
	}
	return nil
}

// pairOf returns the index of a pair, which the engine counts from 1.
func pairOf(cell any, n int) (int, error) {
	var pair int64
	switch cell := cell.(type) {
	case int64:
		pair = cell
	case string:
		pair, _ = strconv.ParseInt(cell, 10, 64)
	}
	if pair < 1 || pair > int64(n) {
		return 0, fmt.Errorf("the row names pair %v of %d", cell, n)
	}
	return int(pair - 1), nil
}

// isOne reports whether a cell contains the integer 1, as a number or, in Athena's results, as text.
func isOne(cell any) bool {
	switch cell := cell.(type) {
	case int64:
		return cell == 1
	case string:
		return cell == "1"
	}
	return false
}

// sizeOf returns the number of bytes that a cell takes in transfer.
func sizeOf(cell any) int64 {
	switch cell := cell.(type) {
	case nil:
		return 0
	case string:
		return int64(len(cell))
	}
	return 8
}
