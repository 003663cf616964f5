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

// ownError is an error of this machine, such as a full disk: no other query would fare better.
type ownError struct{ error }

func (e *ownError) Unwrap() error { return e.error }

// stopWithin is how long stopping a query may take when the hunt is over.
const stopWithin = 10 * time.Second

// attempt runs the query of a task once, or goes on with one that was started before, and puts its rows into the journal.
func (r *runner) attempt(t *task, known *journal.Task) error {
	q, err := r.start(t, known)
	if err != nil {
		return err
	}
	writer, err := r.opt.Journal.Write(t.key)
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
		}
		switch {
		case r.ctx.Err() != nil:
			if ended || !r.info.Attaches { // nobody will ask again what it cost
				if err := r.opt.Journal.Failed(t.key, "stopped", cost); err != nil {
					return &ownError{err}
				}
			}
			return err
		case rows.broken:
			return &ownError{err}
		case r.lives(q, err):
			known.State, known.Query = journal.Started, q.ID()
			return err // the next attempt reads its result again, and pays nothing
		}
		*known = journal.Task{Attempts: known.Attempts}
		if err := r.opt.Journal.Failed(t.key, err.Error(), cost); err != nil {
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

// lives tells whether a query, whose result could not be read, may be read again, now or by a later run of the hunt. Without
// network or credentials nobody can tell: it is taken to live, so that it is not paid for twice.
func (r *runner) lives(q engine.Query, err error) bool {
	if !r.info.Attaches || !outside(err) {
		return false
	}
	status, err := q.Status(r.ctx)
	if err != nil {
		return outside(err)
	}
	return status.State != engine.Failed && status.State != engine.Stopped
}

// outside tells errors that may lie between here and the query from those of the query itself.
func outside(err error) bool {
	switch engine.KindOf(err) {
	case engine.Transient, engine.Expired, engine.Denied:
		return true
	case engine.Other, engine.TooComplex, engine.Missing, engine.Misconfigured, engine.Invalid, engine.OverLimit, engine.Cancelled, engine.BadValue:
	}
	return false
}

// start starts the query of a task, or finds the one that an earlier run of the hunt has started.
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
		// The token is on disk before the query runs. Whoever cannot tell whether it was started, for want of an answer or
		// after a kill, starts it again with the same token, which gives the same query.
		*known = journal.Task{State: journal.Started, Token: r.token(t.key, known.Attempts), Attempts: known.Attempts + 1}
		if err := r.opt.Journal.Started(t.key, "", known.Token); err != nil {
			return nil, &ownError{err}
		}
	}
	limit, _ := r.remaining()
	q, err := r.launch(engine.Statement{SQL: t.statement.SQL(t.slice), Token: known.Token, MaxBytes: limit})
	if err != nil {
		return nil, err
	}
	r.count(func(c *totals) { c.Queries++ })
	known.Query = q.ID()
	if err := r.opt.Journal.Started(t.key, q.ID(), known.Token); err != nil {
		r.stop(q)
		return nil, &ownError{err}
	}
	return q, nil
}

// startWithin is how long a start that is under way may take when the hunt is over.
const startWithin = 3 * time.Second

// launch hands a statement to the engine. When the hunt is stopped meanwhile it waits a little for the answer: a query whose
// id is not known cannot be stopped.
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

// token names an attempt: the same one from run to run.
func (r *runner) token(key string, attempt int) string {
	sum := sha256.Sum256([]byte(r.opt.Journal.ID() + "\x00" + key + "\x00" + strconv.Itoa(attempt)))
	return hex.EncodeToString(sum[:])
}

// stop ends a query on the server, also when the run is over, and reports whether that worked.
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

// receiver turns rows into those of the journal.
type receiver struct {
	write   func(row []byte) error
	rebuild *plan.Rebuilder
	hits    bool
	pairs   []int // of the statement
	keys    int   // columns that tell events apart, which begin a row of hits behind the pair
	width   int   // columns of the statement
	numbers int   // how many numbers the column pair may have

	held   []any // the row of hits at hand, without its pair
	holds  []int // its pairs
	buf    []byte
	text   []byte
	count  int64
	bytes  int64
	broken bool // the journal cannot be written
	// refused says that the result is not what the statement asked for.
	refused bool
}

func (r *runner) receiver(s *statement, w *journal.Writer) *receiver {
	into := &receiver{
		write: w.Append, rebuild: plan.NewRebuilder(s.Columns), hits: s.Kind == plan.Hits || s.Kind == plan.Both, pairs: s.pairs,
		keys: s.Keys, width: len(s.Columns), numbers: len(s.pairs),
	}
	if s.Kind == plan.Both {
		into.numbers++
	}
	return into
}

// row takes a row of the engine.
func (r *receiver) row(row []any) error {
	r.count++
	for _, cell := range row {
		r.bytes += sizeOf(cell)
	}
	if !r.hits {
		return r.event(nil, row)
	}
	if len(row) == 0 {
		r.refused = true
		return fmt.Errorf("a row without cells")
	}
	pair, err := pairOf(row[0], r.numbers)
	if err != nil {
		r.refused = true
		return err
	}
	row = row[1:]
	if pair == len(r.pairs) {
		return r.event(nil, row) // for all rules
	}
	// An event comes in as many rows as it has pairs; they follow each other.
	if len(r.holds) > 0 && r.same(row) {
		r.holds = append(r.holds, r.pairs[pair])
		for i, cell := range row {
			if r.held[i] == nil {
				r.held[i] = cell
			}
		}
		return nil
	}
	if err := r.close(); err != nil {
		return err
	}
	r.held = append(r.held[:0], row...)
	r.holds = append(r.holds[:0], r.pairs[pair])
	return nil
}

// same tells whether a row of hits is of the event at hand. Events without id are each their own.
func (r *receiver) same(row []any) bool {
	if len(row) != len(r.held) || r.keys > len(row) {
		return false
	}
	named := false
	for i := range r.keys {
		if row[i] != r.held[i] {
			return false
		}
		named = named || row[i] != nil
	}
	return named && row[0] != nil
}

// close writes the event at hand.
func (r *receiver) close() error {
	if len(r.holds) == 0 {
		return nil
	}
	slices.Sort(r.holds)
	err := r.event(slices.Compact(r.holds), r.held)
	r.holds = r.holds[:0]
	return err
}

// maxFault is how much is told of a row of which no event can be made, in bytes.
const maxFault = 300

func (r *receiver) event(pairs []int, row []any) error {
	var err error
	if r.text, err = r.rebuild.Append(r.text[:0], row); err != nil {
		if len(row) != r.width {
			r.refused = true
			return err
		}
		// One bad row is no reason to go without the others. Whoever evaluates it counts it.
		fault := err.Error()
		r.text = value.AppendQuoted(r.text[:0], []byte(fault[:min(len(fault), maxFault)]))
	}
	when, _ := r.rebuild.Time(row)
	r.buf = appendRow(r.buf[:0], Row{Text: r.text, Pairs: pairs, Time: when})
	if err := r.write(r.buf); err != nil {
		r.broken = true
		return err
	}
	return nil
}

// pairOf is the place of a pair, which the engine counts from 1.
func pairOf(cell any, n int) (int, error) {
	var pair int64
	switch cell := cell.(type) {
	case int64:
		pair = cell
	case string:
		pair, _ = strconv.ParseInt(cell, 10, 64)
	}
	if pair < 1 || pair > int64(n) {
		return 0, fmt.Errorf("a row names the pair %v of %d", cell, n)
	}
	return int(pair - 1), nil
}

// sizeOf is what a cell weighs on the way.
func sizeOf(cell any) int64 {
	switch cell := cell.(type) {
	case nil:
		return 0
	case string:
		return int64(len(cell))
	}
	return 8
}
