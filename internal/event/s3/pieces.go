package s3

import (
	"context"
	"io"
	"sync"

	"github.com/egret-hunt/egret/internal/event"
)

const (
	// pieceSize is how much of a large object one connection brings, in bytes.
	pieceSize = 8 << 20
	// ahead is how many pieces of an object are under way or waiting, that which is being read included: one connection
	// alone is slower than a processor reads logs.
	ahead = 3
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

// advance asks for more pieces, the first of them into the buffer of the current one, and makes the next the current.
func (r *pieces) advance() error {
	var buf []byte
	if r.current != nil {
		buf, r.current = r.current.data, nil
	}
	for len(r.queue) < ahead && r.next < r.file.Size {
		r.ask(buf)
		buf = nil
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

// ask begins to fetch the next piece, into a buffer if there is one.
func (r *pieces) ask(buf []byte) {
	begin := r.next
	r.next = min(begin+pieceSize, r.file.Size)
	end := r.next
	p := &piece{done: make(chan struct{})}
	r.queue = append(r.queue, p)
	r.wait.Go(func() {
		defer close(p.done)
		if buf == nil {
			buf = make([]byte, pieceSize)
		}
		p.data = buf[:end-begin]
		from := newBody(r.ctx, r.b, r.key, r.file, begin, end)
		defer from.disconnect()
		_, p.err = io.ReadFull(from, p.data)
	})
}

// Close gives up what is under way and waits for it to end.
func (r *pieces) Close() error {
	r.cancel()
	r.wait.Wait()
	return nil
}
