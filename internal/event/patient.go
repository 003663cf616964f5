package event

import (
	"context"
	"io"
)

// patient reads from something that may wait for ever, such as a terminal or a pipe, and gives up when the context ends.
// Its goroutine then stays until the read that it waits for returns.
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

func newPatient(ctx context.Context, from io.Reader) *patient {
	p := &patient{ctx: ctx, next: make(chan struct{}, 1), ready: make(chan patientRead, 1)}
	go func() {
		// Two buffers in turn: one is read from while the other is filled.
		buffers := [2][]byte{make([]byte, 256<<10), make([]byte, 256<<10)}
		for i := 0; ; i++ {
			buf := buffers[i%2]
			n, err := from.Read(buf)
			select {
			case p.ready <- patientRead{buf[:n], err}:
			case <-ctx.Done():
				return
			}
			if err != nil {
				return
			}
			select {
			case <-p.next:
			case <-ctx.Done():
				return
			}
		}
	}()
	return p
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
