package lake

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"github.com/egret-hunt/egret/internal/engine"
	"github.com/egret-hunt/egret/internal/hunt/journal"
)

// Run runs the statements of the plans and passes batches of rows to handle, from up to that many goroutines at a time;
// batches with the same worker number never overlap. handle must take every row of a batch.
//
// The error is the first that handle returned or that of the journal, whatever else ended the run, else that of the context.
// After an error of handle rows are lost: the hunt has failed, and Account says so. What ended the hunt on the engine's side,
// or failed in single tasks, is told by Account alone.
func (l *Lake) Run(ctx context.Context, workers int, handle func(worker int, b *Batch) error) error {
	return l.run(ctx, l.tasks(l.all()), workers, handle)
}

// runner works off the tasks of one pass.
type runner struct {
	*Lake
	ctx     context.Context
	cancel  context.CancelCauseFunc
	batches chan *Batch
	spare   sync.Pool // batches that were handed over
	pending int       // tasks in the queue or under way; guarded by Lake.mutex
	failing int       // tasks that failed one after the other; guarded by Lake.mutex
	// lastAnswer is when a query last worked; guarded by Lake.mutex.
	lastAnswer time.Time
	broken     error // what failed on this side: handle or the journal; guarded by Lake.mutex
	wake       *sync.Cond
}

// fail ends the run for an error on this side. The first one counts.
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
	stop := context.AfterFunc(r.ctx, func() { //nolint:contextcheck // the run's own, made of ctx above
		l.mutex.Lock()
		defer l.mutex.Unlock()
		r.wake.Broadcast()
	})
	defer stop()
	var queries, deciders sync.WaitGroup
	var failed atomic.Bool // what came before a hunt was stopped is evaluated, unless that is what failed
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
	for _, t := range r.queue { // none, unless the hunt was stopped
		r.leave(t, "not reached", nil)
	}
	if r.broken != nil {
		l.mutex.Lock()
		defer l.mutex.Unlock()
		l.broken = r.broken
		return r.broken
	}
	return context.Cause(r.ctx) //nolint:contextcheck // the run's own, made of ctx above
}

// handled counts a task as done once all of its rows were taken.
func (r *runner) handled(t *task) {
	if t.open.Add(-1) == 0 && !t.lost.Load() {
		r.count(func(c *totals) { c.Done++ })
	}
}

// lose counts a task of which rows were not taken, once.
func (r *runner) lose(t *task) {
	if !t.lost.Swap(true) {
		r.leave(t, "not evaluated", nil)
	}
}

// work takes tasks until there are none.
func (r *runner) work() {
	for {
		t := r.next()
		if t == nil {
			return
		}
		more, err := r.task(t)
		if err != nil {
			if !t.lost.Swap(true) {
				r.leave(t, "stopped", nil)
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

// next is the next task to run. Where there is none it waits for those under way, which may be split; nil at the end.
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

// task does a task: from the journal if it is done, else by a query. What it gives are tasks in its stead. The error ends
// the hunt.
func (r *runner) task(t *task) ([]*task, error) {
	known := r.opt.Journal.Task(t.key)
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
	if r.splits(t.statement) { // too complex in one slice is so in all
		if halves, ok := r.split(t); ok {
			r.count(func(c *totals) { c.Tasks++ })
			return halves, r.opt.Journal.Split(t.key)
		}
	}
	if reason := r.unable(t); reason != "" {
		r.leave(t, reason, nil)
		return nil, nil
	}
	return r.query(t, known)
}

// unable says why a task is not begun, "" if it is.
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
	return t.statement.hopeless
}

func (r *runner) splits(s *statement) bool {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	return s.halves != nil
}

// leave counts a task that is not done.
func (r *runner) leave(t *task, reason string, err error) {
	example := t.String()
	if rule := r.about(t.statement); rule != "" {
		example += " (" + rule + ")"
	}
	if err != nil {
		example += ": " + err.Error()
	}
	r.count(func(c *totals) { c.Left.Add(reason, example) })
}

// maxAttempts is how often a task is tried while its errors may be gone at the next try.
const maxAttempts = 9

// query does a task by queries. The error ends the run.
func (r *runner) query(t *task, known journal.Task) ([]*task, error) {
	var last error
	// The query of an earlier run may have been ended, its result removed, what it lacked put right: that it gives nothing is
	// no reason to go without it now.
	earlier, begun := known.State == journal.Started && known.Query != "", known.Attempts
	var failing time.Time // since when
	for attempt := range maxAttempts {
		if attempt > 0 {
			pause := r.wait(attempt - 1)
			if time.Since(failing)+pause > r.opt.RetryFor {
				r.silent(failing, last)
				break
			}
			if r.opt.Waits != nil {
				r.opt.Waits(last, pause)
			}
			select {
			case <-time.After(pause):
			case <-r.ctx.Done():
				return nil, context.Cause(r.ctx)
			}
			// To read a result again costs nothing; another query does, and the hunt may have come to its end meanwhile.
			if reason := r.unable(t); reason != "" && known.Query == "" {
				r.leave(t, reason, last)
				return nil, nil
			}
			r.count(func(c *totals) { c.Retried++ })
		}
		last = r.attempt(t, &known)
		if last == nil {
			r.outage(nil)
			r.answered(time.Now()) //nolint:forbidigo // how long an outage lasts; no result depends on it
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
			continue
		case engine.TooComplex:
			if halves, ok := r.split(t); ok {
				r.count(func(c *totals) { c.Tasks++; c.Split++ })
				return halves, r.opt.Journal.Split(t.key)
			}
		case engine.Denied, engine.Expired, engine.Missing, engine.Misconfigured:
			r.end(last)
		case engine.Invalid, engine.BadValue:
			if halves, ok := r.narrow(t); ok {
				r.count(func(c *totals) { c.Tasks++; c.Split++ })
				return halves, r.opt.Journal.Split(t.key)
			}
			if kind == engine.Invalid { // it is so in all slices
				r.mutex.Lock()
				t.statement.hopeless = "the engine does not understand the statement"
				r.mutex.Unlock()
			}
		case engine.OverLimit:
			r.limited(last)
		case engine.Cancelled, engine.Other:
		}
		break
	}
	if engine.KindOf(last) == engine.Transient {
		r.outage(last)
	}
	told := last
	if errors.Is(last, r.Fault()) {
		told = nil // as what ended the hunt
	}
	r.leave(t, "failed", told)
	if outside(last) && known.State == journal.Started {
		return nil, nil // a query may run, or have a result: the next run of the hunt looks for it
	}
	return nil, r.opt.Journal.Failed(t.key, last.Error(), nil)
}

// maxOutage is how many tasks may fail one after the other, each after all its attempts, before the engine is taken to be
// out of reach.
const maxOutage = 3

// outage counts the tasks that failed for what may be gone later, and ends the hunt where nothing works any more: it can be
// resumed, and each further task would wait for minutes. nil is a task that worked.
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

// silent ends the hunt where no query has worked since a task began to fail that was tried for as long as it may be: the others would
// wait as long.
func (r *runner) silent(since time.Time, err error) {
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

// limited ends the hunt where a query was ended at a limit: other slices are hardly smaller, and each would be paid for up
// to that limit. Where nobody else pays or waits the rest goes on.
func (r *runner) limited(err error) {
	r.mutex.Lock()
	used := r.overBudget()
	r.total.BudgetUsed = r.total.BudgetUsed || used
	r.mutex.Unlock()
	if !used && r.info.Remote {
		r.end(err)
	}
}

// end ends the hunt: no further task begins.
func (r *runner) end(err error) {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	if r.fault == nil {
		r.fault = err
	}
}

// deliver hands over the rows of a task that is done.
func (r *runner) deliver(t *task) error {
	fresh := func() *Batch {
		b, ok := r.spare.Get().(*Batch)
		if !ok {
			b = &Batch{data: make([]byte, 0, batchBytes+batchBytes/4)}
		}
		b.again(t)
		return b
	}
	t.open.Store(1) // the delivery itself
	b := fresh()
	err := r.opt.Journal.Rows(t.key, func(row []byte) error {
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
