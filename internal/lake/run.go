package lake

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"github.com/egret-hunt/egret/internal/backoff"
	"github.com/egret-hunt/egret/internal/engine"
	"github.com/egret-hunt/egret/internal/hunt/journal"
)

// Run runs the statements of the plans and passes batches of rows to handle, from up to workers goroutines at a time;
// batches with the same worker number never overlap. handle must process every row of a batch.
//
// Run returns the first error of handle or of the journal, whatever else ended the run, otherwise the context's error.
// After an error of handle rows are lost: the hunt has failed, and Account reports that. Errors of the engine that
// ended the hunt or failed single tasks are only reported by Account.
func (l *Lake) Run(ctx context.Context, workers int, handle func(worker int, b *Batch) error) error {
	return l.run(ctx, l.tasks(l.all()), workers, handle)
}

// runner processes the tasks of one pass.
type runner struct {
	*Lake
	ctx     context.Context
	cancel  context.CancelCauseFunc
	batches chan *Batch
	spare   sync.Pool // batches that have been handled
	pending int       // tasks queued or running; guarded by Lake.mutex
	failing int       // tasks that failed in succession; guarded by Lake.mutex
	// lastAnswer is when a query last succeeded; guarded by Lake.mutex.
	lastAnswer time.Time
	broken     error // error of handle or of the journal; guarded by Lake.mutex
	wake       *sync.Cond
}

// fail ends the run with a local error. The first one is kept.
func (r *runner) fail(err error) {
	r.mutex.Lock()
	if r.broken == nil {
		r.broken = err
	}
	r.mutex.Unlock()
	r.cancel(err)
}

func (l *Lake) run(ctx context.Context, tasks []*task, workers int, handle func(worker int, b *Batch) error) error {
	r := &runner{Lake: l, batches: make(chan *Batch, workers), wake: sync.NewCond(&l.mutex)}
	r.ctx, r.cancel = context.WithCancelCause(ctx)
	defer r.cancel(nil)
	l.mutex.Lock()
	l.queue = append(l.queue[:0], tasks...)
	r.pending = len(tasks)
	l.total.Tasks += len(tasks)
	l.mutex.Unlock()
	stop := context.AfterFunc(r.ctx, func() { //nolint:contextcheck // r.ctx derives from ctx above
		l.mutex.Lock()
		defer l.mutex.Unlock()
		r.wake.Broadcast()
	})
	defer stop()
	var queries, deciders sync.WaitGroup
	var failed atomic.Bool // rows that arrived before the hunt was stopped are still handled, unless handle failed
	for range l.opt.InFlight {
		queries.Go(r.work)
	}
	for id := range max(1, workers) {
		deciders.Go(func() {
			for b := range r.batches {
				delivered := b.task
				if failed.Load() {
					r.lose(delivered)
					continue
				}
				err := handle(id, b)
				if err == nil {
					err = b.fail
				}
				if err != nil {
					failed.Store(true)
					r.lose(delivered)
					r.fail(err)
				}
				r.handled(delivered)
				r.spare.Put(b)
			}
		})
	}
	queries.Wait()
	close(r.batches)
	deciders.Wait()
	for _, t := range r.queue { // empty unless the hunt was stopped
		r.skip(t, "not reached", nil)
	}
	if r.broken != nil {
		l.mutex.Lock()
		defer l.mutex.Unlock()
		l.broken = r.broken
		return r.broken
	}
	return context.Cause(r.ctx) //nolint:contextcheck // r.ctx derives from ctx above
}

// handled counts a task as done once all of its rows have been handled.
func (r *runner) handled(t *task) {
	if t.open.Add(-1) == 0 && !t.lost.Load() {
		r.count(func(c *totals) { c.Done++ })
	}
}

// lose counts a task whose rows were not all handled, once.
func (r *runner) lose(t *task) {
	if !t.lost.Swap(true) {
		r.skip(t, "not evaluated", nil)
	}
}

// work runs tasks until there are none left.
func (r *runner) work() {
	for {
		t := r.next()
		if t == nil {
			return
		}
		more, err := r.task(t)
		if err != nil {
			if !t.lost.Swap(true) {
				r.skip(t, "stopped", nil)
			}
			if r.ctx.Err() == nil || !errors.Is(err, context.Cause(r.ctx)) {
				r.fail(err)
			}
		}
		r.mutex.Lock()
		r.queue = append(more, r.queue...)
		r.pending += len(more) - 1
		r.wake.Broadcast()
		r.mutex.Unlock()
	}
}

// next returns the next task. If the queue is empty it waits for running tasks, which may be split. It returns nil at
// the end.
func (r *runner) next() *task {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	for {
		if r.ctx.Err() != nil || r.pending == 0 {
			return nil
		}
		if len(r.queue) > 0 {
			t := r.queue[0]
			r.queue = r.queue[1:]
			return t
		}
		r.wake.Wait()
	}
}

// task runs a task: from the journal if it is done, otherwise by a query. It returns the tasks that replace it, if
// any. An error ends the hunt.
func (r *runner) task(t *task) ([]*task, error) {
	known := r.journal.Task(t.key)
	switch known.State {
	case journal.Done:
		err := r.deliver(t)
		if !errors.Is(err, journal.ErrDamaged) {
			r.count(func(c *totals) { c.Resumed++ })
			return nil, err
		}
		known.State = journal.Started // the engine may still have the result
	case journal.Split:
		if halves, ok := r.split(t); ok {
			r.count(func(c *totals) { c.Tasks++ })
			return halves, nil
		}
	case journal.New, journal.Started, journal.Failed:
	}
	if r.splits(t.statement) { // too complex in one chunk is too complex in all
		if halves, ok := r.split(t); ok {
			r.count(func(c *totals) { c.Tasks++ })
			return halves, r.journal.Split(t.key)
		}
	}
	if reason := r.unable(t); reason != "" {
		r.skip(t, reason, nil)
		return nil, nil
	}
	return r.query(t, known)
}

// unable returns the reason not to start a task, "" if there is none.
func (r *runner) unable(t *task) string {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	switch {
	case r.fault != nil:
		return "not reached"
	case r.overBudget():
		r.total.BudgetUsed = true
		return "over the budget"
	}
	return t.statement.unrunnable
}

func (r *runner) splits(s *statement) bool {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	return s.halves != nil
}

// skip counts a task that is not done.
func (r *runner) skip(t *task, reason string, err error) {
	example := t.String()
	if rule := r.onlyRule(t.statement); rule != "" {
		example += " (" + rule + ")"
	}
	if err != nil {
		example += ": " + err.Error()
	}
	r.count(func(c *totals) { c.Left.Add(reason, example) })
}

// maxAttempts is how often a query is run while the engine reports transient errors.
const maxAttempts = 9

// maxPause is the longest pause between two runs.
const maxPause = time.Minute

// query runs a task by queries. An error ends the run.
func (r *runner) query(t *task, known journal.Task) ([]*task, error) {
	var last error
	// The query of an earlier run may have been cancelled or its result deleted, or its cause of failure may be fixed:
	// if it fails, run a new query.
	earlier, begun := known.State == journal.Started && known.Query != "", known.Attempts
	var failing time.Time // since when
	pauses := backoff.Policy{First: r.opt.Backoff, Max: maxPause}
	for attempt := range maxAttempts {
		if attempt > 0 {
			pause := pauses.Pause(attempt)
			if time.Since(failing)+pause > r.opt.RetryFor {
				r.endIfSilent(failing, last)
				break
			}
			if r.opt.OnPause != nil {
				r.opt.OnPause(last, pause)
			}
			if backoff.Sleep(r.ctx, pause) != nil {
				return nil, context.Cause(r.ctx)
			}
			// Reading a result again costs nothing, but another query does, and the hunt may have ended meanwhile.
			if reason := r.unable(t); reason != "" && known.Query == "" {
				r.skip(t, reason, last)
				return nil, nil
			}
			r.count(func(c *totals) { c.Retried++ })
		}
		began := time.Now() //nolint:forbidigo // how long an outage lasts; no result depends on it
		last = r.attempt(t, &known)
		if last == nil {
			r.outage(nil)
			r.answered(time.Now()) //nolint:forbidigo // as above
			r.worked(t.statement.table)
			return nil, r.deliver(t)
		}
		if r.ctx.Err() != nil {
			return nil, context.Cause(r.ctx)
		}
		if failing.IsZero() {
			failing = time.Now() //nolint:forbidigo // as above
		}
		var own *ownError
		if errors.As(last, &own) {
			return nil, own.error
		}
		kind := engine.KindOf(last)
		if earlier && known.Attempts == begun && known.Query == "" && kind != engine.Transient && kind != engine.TooComplex {
			earlier = false
			continue
		}
		switch kind {
		case engine.Transient:
			if !engine.Retried(last) {
				continue
			}
			r.endIfSilent(began, last)
		case engine.TooComplex:
			if halves, ok := r.split(t); ok {
				r.count(func(c *totals) { c.Tasks++; c.Split++ })
				return halves, r.journal.Split(t.key)
			}
		case engine.Denied, engine.Expired, engine.Missing, engine.Misconfigured:
			r.end(last)
		case engine.Invalid, engine.BadValue:
			if halves, ok := r.narrow(t); ok {
				r.count(func(c *totals) { c.Tasks++; c.Split++ })
				return halves, r.journal.Split(t.key)
			}
			if kind == engine.Invalid { // it is invalid in all chunks
				r.mutex.Lock()
				t.statement.unrunnable = "the engine does not understand the statement"
				r.mutex.Unlock()
			}
		case engine.OverLimit:
			r.endAtLimit(last)
		case engine.Cancelled, engine.Other:
		}
		break
	}
	if engine.KindOf(last) == engine.Transient {
		r.outage(last)
	}
	reported := last
	if errors.Is(last, r.Fault()) {
		reported = nil // already reported as what ended the hunt
	}
	r.skip(t, "failed", reported)
	if isAccessError(last) && known.State == journal.Started {
		return nil, nil // a query may be running or have a result: the next run of the hunt looks for it
	}
	return nil, r.journal.Failed(t.key, last.Error(), nil)
}

// maxOutage is how many tasks may fail in succession with transient errors before the engine counts as unreachable.
const maxOutage = 3

// outage counts tasks that failed with transient errors, and ends the hunt when there are too many: it can be resumed,
// and each further task would wait for minutes. err is nil for a task that succeeded.
func (r *runner) outage(err error) {
	r.mutex.Lock()
	if r.failing++; err == nil {
		r.failing = 0
	}
	over := r.failing >= maxOutage
	r.mutex.Unlock()
	if over {
		r.end(err)
	}
}

// endIfSilent ends the hunt if no query has succeeded since a task began that has now used up its retries: the other tasks
// would wait as long.
func (r *runner) endIfSilent(since time.Time, err error) {
	r.mutex.Lock()
	quiet := r.lastAnswer.Before(since)
	r.mutex.Unlock()
	if quiet {
		r.end(err)
	}
}

func (r *runner) answered(at time.Time) {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	r.lastAnswer = at
}

// endAtLimit ends the hunt after a query exceeded a limit: other chunks are hardly smaller, and each would be billed up
// to that limit. On local engines, which bill nobody, the hunt continues.
func (r *runner) endAtLimit(err error) {
	r.mutex.Lock()
	used := r.overBudget()
	r.total.BudgetUsed = r.total.BudgetUsed || used
	r.mutex.Unlock()
	if !used && r.info.Remote {
		r.end(err)
	}
}

// end ends the hunt: no further task starts.
func (r *runner) end(err error) {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	if r.fault == nil {
		r.fault = err
	}
}

// deliver passes on the rows of a finished task.
func (r *runner) deliver(t *task) error {
	fresh := func() *Batch {
		b, ok := r.spare.Get().(*Batch)
		if !ok {
			b = &Batch{data: make([]byte, 0, batchBytes+batchBytes/4)}
		}
		b.reset(t)
		return b
	}
	t.open.Store(1) // for the delivery itself
	b := fresh()
	err := r.journal.Rows(t.key, func(row []byte) error {
		if !b.add(row) {
			return nil
		}
		full := b
		b = fresh()
		return r.send(full)
	})
	if err == nil && len(b.ends) > 0 {
		err = r.send(b)
	}
	if err == nil {
		r.handled(t)
	}
	return err
}

func (r *runner) send(b *Batch) error {
	b.task.open.Add(1)
	select {
	case r.batches <- b:
		return nil
	case <-r.ctx.Done():
		return context.Cause(r.ctx)
	}
}
