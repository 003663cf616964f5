package s3

import (
	"context"
	"io"
	"sync"

	"github.com/egret-hunt/egret/internal/event"
)

const (
	// wholeSize is the size in bytes up to which an object is read over one connection: the reader prefetches those.
	wholeSize = 8 << 20
	// pieceSize is the size of a piece of a larger object in bytes.
	pieceSize = 4 << 20
	// ahead is how many pieces of an object are in progress or waiting, including the one that is being read: a single
	// connection is slower than the processor reads logs.
	ahead = 4
)

// pieces reads a large object in pieces and fetches a few of them ahead.
type pieces struct {
	ctx    context.Context
	cancel context.CancelFunc
	b      *bucket
	key    string
	file   event.RemoteFile
	next   int64 // where the next piece to request begins
	wait   sync.WaitGroup

	queue   []*piece // in progress, in the order of the object
	current *piece   // nil before the first
	rest    []byte   // the unread part of current
}

// piece is a part of an object. data and err are valid once done is closed.
type piece struct {
	room *[pieceSize]byte
	data []byte
	err  error
	done chan struct{}
}

// newPieces waits for the first piece, so that it returns the error of an object that cannot be read.
func newPieces(ctx context.Context, b *bucket, key string, file event.RemoteFile) (*pieces, error) {
	r := &pieces{b: b, key: key, file: file}
	r.ctx, r.cancel = context.WithCancel(ctx)
	if err := r.advance(); err != nil {
		_ = r.Close()
		return nil, err
	}
	return r, nil
}

// Read reads from the current piece, or from the next.
func (r *pieces) Read(p []byte) (int, error) {
	if len(r.rest) == 0 {
		if err := r.advance(); err != nil {
			return 0, err
		}
	}
	n := copy(p, r.rest)
	r.rest = r.rest[n:]
	return n, nil
}

// advance releases the current piece, requests more, and waits for the next one.
func (r *pieces) advance() error {
	if r.current != nil {
		r.b.store.buffers.Put(r.current.room)
		r.current = nil
	}
	for len(r.queue) < ahead && r.next < r.file.Size {
		r.request()
	}
	if len(r.queue) == 0 {
		return io.EOF
	}
	p := r.queue[0]
	select {
	case <-p.done:
	case <-r.ctx.Done():
		return r.ctx.Err()
	}
	if p.err != nil {
		return p.err
	}
	r.queue = r.queue[1:]
	r.current, r.rest = p, p.data
	return nil
}

// request starts to fetch the next piece.
func (r *pieces) request() {
	begin := r.next
	r.next = min(begin+pieceSize, r.file.Size)
	end := r.next
	p := &piece{done: make(chan struct{})}
	if p.room, _ = r.b.store.buffers.Get().(*[pieceSize]byte); p.room == nil {
		p.room = new([pieceSize]byte)
	}
	r.queue = append(r.queue, p)
	r.wait.Go(func() {
		defer close(p.done)
		p.data = p.room[:end-begin]
		from := newBody(r.ctx, r.b, r.key, r.file, begin, end)
		defer from.disconnect()
		_, p.err = io.ReadFull(from, p.data)
	})
}

// Close cancels the requests in progress and waits until they end.
func (r *pieces) Close() error {
	r.cancel()
	r.wait.Wait()
	if r.current != nil {
		r.queue = append(r.queue, r.current)
	}
	for _, p := range r.queue {
		r.b.store.buffers.Put(p.room)
	}
	r.queue, r.current, r.rest = nil, nil, nil
	return nil
}
