package event

import (
	"context"
	"errors"
	"io"
	"os"
	"syscall"
)

// cancellable reads from something that may block forever, such as a terminal or a pipe, and gives up when the context
// ends. Its goroutine stays until the blocked call returns.
type cancellable struct {
	ctx   context.Context
	next  chan struct{}
	ready chan cancellableRead
	rest  cancellableRead
}

type cancellableRead struct {
	bytes []byte
	err   error
}

// Patient returns a reader that may block forever in from without blocking its caller: Read returns the error of the
// context as soon as that ends, while the pending read continues in the background.
func Patient(ctx context.Context, from io.Reader) io.Reader {
	return newCancellable(ctx, func() (io.ReadCloser, error) { return io.NopCloser(from), nil })
}

// PatientFile is like Patient for a file whose opening may block too, such as a named pipe without a writer. The file
// is closed at its end. The first Read returns errors of opening.
func PatientFile(ctx context.Context, path string) io.Reader {
	return newCancellable(ctx, func() (io.ReadCloser, error) {
		file, err := os.Open(path)
		if err != nil {
			return nil, errors.New(pathFault(err))
		}
		return file, nil
	})
}

func newCancellable(ctx context.Context, open func() (io.ReadCloser, error)) *cancellable {
	p := &cancellable{ctx: ctx, next: make(chan struct{}, 1), ready: make(chan cancellableRead, 1)}
	go p.run(open)
	return p
}

// run reads ahead until the end of the file or of the context.
func (p *cancellable) run(open func() (io.ReadCloser, error)) {
	from, err := open()
	if err != nil {
		p.ready <- cancellableRead{nil, err}
		return
	}
	defer from.Close()
	// Two buffers alternate: one is consumed while the other is filled.
	buffers := [2][]byte{make([]byte, 256<<10), make([]byte, 256<<10)}
	for i := 0; ; i++ {
		buf := buffers[i%2]
		n, err := from.Read(buf)
		select {
		case p.ready <- cancellableRead{buf[:n], err}:
		case <-p.ctx.Done():
			return
		}
		if err != nil {
			return
		}
		select {
		case <-p.next:
		case <-p.ctx.Done():
			return
		}
	}
}

// Read returns available data, or the error of the context.
func (p *cancellable) Read(buf []byte) (int, error) {
	if len(p.rest.bytes) == 0 && p.rest.err == nil {
		select {
		case p.rest = <-p.ready:
			p.next <- struct{}{}
		case <-p.ctx.Done():
			return 0, p.ctx.Err()
		}
	}
	n := copy(buf, p.rest.bytes)
	p.rest.bytes = p.rest.bytes[n:]
	if len(p.rest.bytes) == 0 {
		return n, p.rest.err
	}
	return n, nil
}

// openRegular opens a file that was regular when it was listed, or returns why it cannot. It does not block if the file
// has become a pipe since.
func openRegular(path string) (*os.File, string) {
	file, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, pathFault(err)
	}
	info, err := file.Stat()
	switch {
	case err != nil:
		_ = file.Close()
		return nil, pathFault(err)
	case !info.Mode().IsRegular():
		_ = file.Close()
		return nil, "is no longer a regular file"
	}
	return file, ""
}
