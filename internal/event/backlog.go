package event

import (
	"context"
	"encoding/binary"
	"sync"
	"time"
)

// backlog is an unbounded queue, so that listing files never waits for reading them. The number and size of the files
// are known early, and a stopped run can report what it did not reach.
type backlog struct {
	mu      sync.Mutex
	changed sync.Cond
	waiting []backlogItem
	closed  bool
}

// backlogItem is one input, or a batch of packed files.
type backlogItem struct {
	found  *found
	packed *packedPaths
}

// packedPaths holds local files that wait to be read. It stores of each path only the part that differs from the
// previous path, and the size of the file.
type packedPaths struct {
	data    []byte
	in, out string // the last path that was added, and the last one taken
}

// packedSize is the size in bytes at which a packedPaths is full.
const packedSize = 64 << 10

func (p *packedPaths) add(path string, size int64) {
	shared := 0
	for shared < min(len(p.in), len(path)) && p.in[shared] == path[shared] {
		shared++
	}
	p.data = binary.AppendUvarint(p.data, uint64(shared))
	p.data = binary.AppendUvarint(p.data, uint64(len(path)-shared))
	p.data = append(p.data, path[shared:]...)
	p.data = binary.AppendUvarint(p.data, uint64(size))
	p.in = path
}

func (p *packedPaths) take() *found {
	number := func() int {
		n, width := binary.Uvarint(p.data)
		p.data = p.data[width:]
		return int(n)
	}
	shared := number()
	length := number()
	p.out = p.out[:shared] + string(p.data[:length])
	p.data = p.data[length:]
	in := &found{file: &File{Path: p.out, Bucket: parseBucket(p.out)}, open: p.out, size: int64(number()), regular: true}
	in.file.open.Store(1)
	return in
}

func newBacklog() *backlog {
	b := &backlog{}
	b.changed.L = &b.mu
	return b
}

// add queues an input. It never blocks.
func (b *backlog) add(in *found) {
	b.mu.Lock()
	switch n := len(b.waiting); {
	case !in.packs:
		b.waiting = append(b.waiting, backlogItem{found: in})
	case n > 0 && b.waiting[n-1].packed != nil && len(b.waiting[n-1].packed.data) < packedSize:
		b.waiting[n-1].packed.add(in.open, in.size)
	default:
		packed := &packedPaths{}
		packed.add(in.open, in.size)
		b.waiting = append(b.waiting, backlogItem{packed: packed})
	}
	b.mu.Unlock()
	b.changed.Signal()
}

// take returns the next input, or nil if none is waiting.
func (b *backlog) take() *found {
	for len(b.waiting) > 0 {
		first := b.waiting[0]
		if first.packed != nil && len(first.packed.data) > 0 {
			return first.packed.take()
		}
		b.waiting[0] = backlogItem{}
		b.waiting = b.waiting[1:]
		if first.found != nil {
			return first.found
		}
	}
	return nil
}

// rest returns an input that is left after the run has ended, or nil if there is none.
func (b *backlog) rest() *found {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.take()
}

// next blocks until there is an input. It returns nil if the backlog is closed and empty, or if the run has ended.
func (b *backlog) next(run context.Context) *found {
	b.mu.Lock()
	defer b.mu.Unlock()
	for {
		if run.Err() != nil {
			return nil
		}
		if in := b.take(); in != nil || b.closed {
			return in
		}
		b.changed.Wait()
	}
}

// close marks the end of the inputs.
func (b *backlog) close() {
	b.mu.Lock()
	b.closed = true
	b.mu.Unlock()
	b.changed.Broadcast()
}

// listingGrace is how long listing continues after a run was stopped: long enough to list most trees, and short enough
// not to annoy.
const listingGrace = 500 * time.Millisecond

// listing returns a context that ends listingGrace after the run's. The returned function releases it.
func listing(run context.Context) (context.Context, func()) {
	ctx, cancel := context.WithCancel(context.WithoutCancel(run))
	stop := context.AfterFunc(run, func() { time.AfterFunc(listingGrace, cancel) })
	return ctx, func() {
		stop()
		cancel()
	}
}
