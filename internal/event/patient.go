package event

import (
	"context"
	"errors"
	"io"
	"os"
	"syscall"
)

// patient reads from something that may wait for ever, such as a terminal or a pipe, and gives up when the context ends.
// Its goroutine then stays until the call that it waits for returns.
type patient struct {
	ctx   context.Context
	next  chan struct{}
	ready chan patientRead
	rest  patientRead
}

type patientRead struct {
	bytes []byte
	err   error
}

// Patient reads from something that may wait for ever. Its Read returns the error of the context as soon as that ends; the
// read that it waits for goes on in the background.
func Patient(ctx context.Context, from io.Reader) io.Reader {
	return newPatient(ctx, func() (io.ReadCloser, error) { return io.NopCloser(from), nil })
}

// PatientFile reads a file whose opening may wait for ever too, as that of a named pipe waits for a writer. The file is
// closed at its end. Errors of opening come from the first Read.
func PatientFile(ctx context.Context, path string) io.Reader {
	return newPatient(ctx, func() (io.ReadCloser, error) {
		file, err := os.Open(path)
		if err != nil {
			return nil, errors.New(pathFault(err))
		}
		return file, nil
	})
}

func newPatient(ctx context.Context, open func() (io.ReadCloser, error)) *patient {
	p := &patient{ctx: ctx, next: make(chan struct{}, 1), ready: make(chan patientRead, 1)}
	go p.run(open)
	return p
}

// run reads ahead, until the end of the file or of the context.
func (p *patient) run(open func() (io.ReadCloser, error)) {
	from, err := open()
	if err != nil {
		p.ready <- patientRead{nil, err}
		return
	}
	defer from.Close()
	// Two buffers in turn: one is read from while the other is filled.
	buffers := [2][]byte{make([]byte, 256<<10), make([]byte, 256<<10)}
	for i := 0; ; i++ {
		buf := buffers[i%2]
		n, err := from.Read(buf)
		select {
		case p.ready <- patientRead{buf[:n], err}:
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

// Read returns what has come, or the error of the context.
func (p *patient) Read(buf []byte) (int, error) {
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

// openRegular opens a file that was regular when it was found, or says why not. One that has become a pipe since is not
// waited for.
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
		return nil, "is no regular file any more"
	}
	return file, ""
}
