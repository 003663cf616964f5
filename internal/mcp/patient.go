package mcp

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"sync"
	"time"
)

// pending counts requests without an answer, so that a client that ends its input still gets all answers.
type pending struct {
	mutex   sync.Mutex
	count   int
	changed chan struct{}
}

func (p *pending) add(n int) {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	p.count += n
	close(p.changed)
	p.changed = make(chan struct{})
}

// wait waits until all requests are answered, the context ends, or the time is over.
func (p *pending) wait(ctx context.Context, most time.Duration) {
	timer := time.NewTimer(most)
	defer timer.Stop()
	for {
		p.mutex.Lock()
		count, changed := p.count, p.changed
		p.mutex.Unlock()
		if count <= 0 {
			return
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return
		case <-timer.C:
			return
		}
	}
}

// lines calls a function for each complete message of a stream. Longer ones than maxRequest are left out.
type lines struct {
	part []byte
	each func(request, answer bool)
}

func (l *lines) add(text []byte) {
	for len(text) > 0 {
		line, rest, whole := bytes.Cut(text, []byte("\n"))
		if len(l.part)+len(line) <= maxRequest {
			l.part = append(l.part, line...)
		}
		if !whole {
			return
		}
		var message struct {
			ID     json.RawMessage `json:"id"`
			Method string          `json:"method"`
		}
		if json.Unmarshal(l.part, &message) == nil && message.ID != nil {
			l.each(message.Method != "", message.Method == "")
		}
		l.part, text = l.part[:0], rest
	}
}

// patientReader holds back the end of its input until the requests in it are answered.
type patientReader struct {
	io.ReadCloser

	ctx     context.Context
	most    time.Duration
	pending *pending
	lines   lines
}

func (r *patientReader) Read(b []byte) (int, error) {
	n, err := r.ReadCloser.Read(b)
	r.lines.add(b[:n])
	if n == 0 && errors.Is(err, io.EOF) {
		r.pending.wait(r.ctx, r.most)
	}
	if n > 0 && errors.Is(err, io.EOF) {
		err = nil // the next call returns it
	}
	return n, err
}

// watchedWriter sees which requests are answered. It stays open.
type watchedWriter struct {
	io.Writer

	lines lines
}

func (w *watchedWriter) Write(text []byte) (int, error) {
	n, err := w.Writer.Write(text)
	w.lines.add(text[:n])
	return n, err
}

func (*watchedWriter) Close() error { return nil }

// patient returns the two streams of a client that may end its input before it has all answers.
func patient(ctx context.Context, in io.ReadCloser, out io.Writer, most time.Duration) (io.ReadCloser, io.WriteCloser) {
	p := &pending{changed: make(chan struct{})}
	reader := &patientReader{ReadCloser: in, ctx: ctx, most: most, pending: p}
	reader.lines.each = func(request, _ bool) {
		if request {
			p.add(1)
		}
	}
	writer := &watchedWriter{Writer: out}
	writer.lines.each = func(_, answer bool) {
		if answer {
			p.add(-1)
		}
	}
	return reader, writer
}
