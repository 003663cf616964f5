package hunt

import (
	"context"

	"golang.org/x/sync/errgroup"

	"github.com/egret-hunt/egret/internal/evidence"
	"github.com/egret-hunt/egret/internal/finding"
)

// assembly builds findings from entries on several goroutines and returns them in order.
type assembly struct {
	finished chan *assembled // in order; the reader waits for each to be done
	keys     []*evidence.Sorter
	running  *errgroup.Group
	cancel   context.CancelFunc
}

// assembled is a chunk of findings under construction.
type assembled struct {
	entries  []entry
	findings []finding.Finding
	err      error
	done     chan struct{}
}

const (
	assembledAtOnce = 64   // findings in a chunk
	largeBurst      = 1000 // bursts with this many events are a chunk of their own, so that few are in memory
)

func newAssembly(ctx context.Context, r *Result) *assembly {
	threads := r.hunt.options.Threads
	a := &assembly{finished: make(chan *assembled, threads)}
	ctx, a.cancel = context.WithCancel(ctx)
	a.running, ctx = errgroup.WithContext(ctx)
	r.counting.Lock()
	counted := r.counted
	r.counting.Unlock()
	work := make(chan *assembled)
	for range threads {
		b := &builder{hunt: r.hunt, bursts: r.bursts, reader: newStoredReader(r.hunt), examiner: newExaminer(r.hunt)}
		if !counted && r.hunt.options.MinLevel == finding.Informational {
			b.events = evidence.NewSorter(r.hunt.spool)
			a.keys = append(a.keys, b.events)
		}
		a.running.Go(func() error {
			for chunk := range work {
				if chunk.err == nil {
					chunk.err = b.buildAll(ctx, chunk)
				}
				close(chunk.done)
			}
			if b.events != nil {
				b.events.Sort() // sort here, while other goroutines still work
			}
			return nil // errors are returned in the order of the findings
		})
	}
	a.running.Go(func() error {
		defer close(a.finished)
		defer close(work)
		return r.distribute(ctx, work, a.finished)
	})
	return a
}

// distribute sends chunks of entries to the workers and, in order, to the reader. It returns the context's error.
func (r *Result) distribute(ctx context.Context, work, finished chan<- *assembled) error {
	hand := func(chunk *assembled) error {
		for _, to := range []chan<- *assembled{work, finished} {
			select {
			case to <- chunk:
			case <-ctx.Done():
				return ctx.Err()
			}
		}
		return nil
	}
	chunk := &assembled{done: make(chan struct{})}
	for e, err := range r.entries.all() {
		if err != nil {
			chunk.err = err // the builder leaves the error in place
			break
		}
		chunk.entries = append(chunk.entries, e)
		if len(chunk.entries) == assembledAtOnce || e.burst >= 0 && r.bursts[e.burst].Count >= largeBurst {
			if err := hand(chunk); err != nil {
				return err
			}
			chunk = &assembled{done: make(chan struct{})}
		}
	}
	if len(chunk.entries) > 0 || chunk.err != nil {
		return hand(chunk)
	}
	return nil
}

// close ends the work, early or after all of it, and waits until no goroutine reads the evidence, which Result.Close
// removes. It returns the context's error if that ended the work. It may be called again.
func (a *assembly) close() error {
	a.cancel()
	return a.running.Wait()
}
