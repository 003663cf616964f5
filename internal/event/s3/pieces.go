package s3

import (
	"context"
	"io"
	"sync"

	"github.com/egret-hunt/egret/internal/event"
)

const (
	// wholeSize is the size up to which an object comes over one connection, in bytes: the reader fetches those ahead.
	wholeSize = 8 << 20
	// pieceSize is how much of a larger one a connection brings, in bytes.
	pieceSize = 4 << 20
	// ahead is how many pieces of an object are under way or waiting, that which is being read included: one connection
	// alone is slower than a processor reads logs.
	ahead = 4
)

// pieces reads a large object in pieces, a few of them ahead.
type pieces struct {
	ctx    context.Context
	cancel context.CancelFunc
	b      *bucket
	key    string
	file   event.RemoteFile
	next   int64 // where the next piece to be asked for begins
	wait   sync.WaitGroup

	queue   []*piece // under way, in the order of the object
	current *piece   // nil before the first
	rest    []byte   // what is not read of current
}

// piece is some bytes of an object. data and err are there once done is closed.
type piece struct {
	room *[pieceSize]byte
	data []byte
	err  error
	done chan struct{}
}

// newPieces waits for the first piece, so that an object that is not to be had gives its error here.
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

// advance gives up the current piece, asks for more, and makes the next the current.
func (r *pieces) advance() error {
	if r.current != nil {
		r.b.store.buffers.Put(r.current.room)
		r.current = nil
	}
	for len(r.queue) < ahead && r.next < r.file.Size {
		r.ask()
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

// ask begins to fetch the next piece.
func (r *pieces) ask() {
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

// Close gives up what is under way and waits for it to end.
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
