package event

import (
	"context"
	"sync"
	"time"
)

// backlog is a queue without a limit, so that listing files never waits for reading them: the number of files and their
// size are soon known, and a run that is stopped can tell what it did not reach.
type backlog struct {
	mu      sync.Mutex
	changed sync.Cond
	waiting []*found
	closed  bool
}

func newBacklog() *backlog {
	b := &backlog{}
	b.changed.L = &b.mu
	return b
}

// add queues an input. It never blocks.
func (b *backlog) add(in *found) {
	b.mu.Lock()
	b.waiting = append(b.waiting, in)
	b.mu.Unlock()
	b.changed.Signal()
}

// next blocks until there is an input. It returns nil when the backlog is closed and empty, or when the run has ended.
func (b *backlog) next(run context.Context) *found {
	b.mu.Lock()
	defer b.mu.Unlock()
	for len(b.waiting) == 0 && !b.closed {
		b.changed.Wait()
	}
	if len(b.waiting) == 0 || run.Err() != nil {
		return nil
	}
	in := b.waiting[0]
	b.waiting[0] = nil
	b.waiting = b.waiting[1:]
	return in
}

// close says that no more inputs come.
func (b *backlog) close() {
	b.mu.Lock()
	b.closed = true
	b.mu.Unlock()
	b.changed.Broadcast()
}

// listingGrace is how long folders are still listed after a run was stopped: long enough for most trees, and too short to
// be waited for.
const listingGrace = 500 * time.Millisecond

// listing is a context that outlives the run's by listingGrace. The returned function releases it.
func listing(run context.Context) (context.Context, func()) {
	ctx, cancel := context.WithCancel(context.WithoutCancel(run))
	stop := context.AfterFunc(run, func() { time.AfterFunc(listingGrace, cancel) })
	return ctx, func() {
		stop()
		cancel()
	}
}
