package trino

import (
	"context"
	"errors"
	"net/http"
	"net/url"

	"github.com/egret-hunt/egret/internal/engine"
)

// Read passes on the rows, page by page. It may be called only once.
func (q *query) Read(ctx context.Context, result engine.Result) (engine.Stats, error) {
	err := q.readOnce(ctx, result)
	status, _ := q.known()
	return status.Stats, err
}

func (q *query) readOnce(ctx context.Context, result engine.Result) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	select {
	case q.turn <- struct{}{}:
		defer func() { <-q.turn }()
	case <-ctx.Done():
		return ctx.Err()
	}
	if q.read {
		return &engine.Error{Engine: name, Query: q.id, Err: errors.New("its result has already been read")}
	}
	q.read = true
	inner, cancel := context.WithCancel(ctx)
	defer cancel()
	q.mutex.Lock()
	q.interrupt = cancel
	q.mutex.Unlock()

	h := &resultReader{q: q, result: result}
	err := h.pages(inner)
	q.mutex.Lock()
	defer q.mutex.Unlock()
	q.interrupt = nil
	switch {
	case err == nil || h.refused:
		return err
	case ctx.Err() != nil:
		return ctx.Err()
	case q.stopped:
		return q.cancelled()
	}
	return err
}

// resultReader is one reading of a result.
type resultReader struct {
	q      *query
	result engine.Result
	// reader is nil until the columns are known.
	reader *reader
	// refused reports that the caller's function returned an error, which is returned unchanged.
	refused bool
}

// pages passes on the rows fetched by Status, and then page after page.
func (h *resultReader) pages(ctx context.Context) error {
	fetched := h.q.fetched
	h.q.fetched = nil
	for _, data := range fetched {
		if err := h.rows(ctx, data); err != nil {
			return err
		}
	}
	var p page
	for {
		more, err := h.q.advance(ctx, &p)
		if err != nil {
			return err
		}
		if !more {
			break
		}
		if err := h.head(); err != nil {
			return err
		}
		if p.empty() {
			continue
		}
		if err := h.rows(ctx, p.Data); err != nil {
			return err
		}
	}
	h.q.mutex.Lock()
	failure, columns := h.q.failure, h.q.columns
	if columns == nil {
		h.q.columns = []column{} // for statements without a result
	}
	h.q.mutex.Unlock()
	if failure != nil {
		return failure
	}
	return h.head()
}

// head passes on the columns, once they are known.
func (h *resultReader) head() error {
	h.q.mutex.Lock()
	columns := h.q.columns
	h.q.mutex.Unlock()
	if h.reader != nil || columns == nil {
		return nil
	}
	h.reader = newReader(columns)
	if h.result.Columns == nil {
		return nil
	}
	list := make([]engine.Column, len(columns))
	for i, c := range columns {
		list[i] = engine.Column{Name: c.Name, Type: c.Type}
	}
	err := h.result.Columns(list)
	h.refused = err != nil
	return err
}

// rows passes on the rows of a page.
func (h *resultReader) rows(ctx context.Context, data []byte) error {
	if err := h.head(); err != nil {
		return err
	}
	if h.reader == nil {
		return &engine.Error{Engine: name, Query: h.q.id, Err: errors.New("the server returned rows without columns")}
	}
	rows := int64(0)
	err := h.reader.each(data, func(row []any) error {
		if err := ctx.Err(); err != nil {
			return err
		}
		rows++
		err := h.result.Row(row)
		h.refused = err != nil
		return err
	})
	h.q.mutex.Lock()
	h.q.status.Stats.Rows += rows
	h.q.mutex.Unlock()
	if err != nil && !h.refused && ctx.Err() == nil {
		err = &engine.Error{Engine: name, Query: h.q.id, Err: errors.New("the server's rows cannot be read: " + safeText(err.Error()))}
	}
	return err
}

// Stop ends the query on the server, by its next page and, if that fails, by its id.
func (q *query) Stop(ctx context.Context) error {
	q.mutex.Lock()
	next, ended := q.next, q.status.State.Ended()
	if !ended {
		q.stopped = true
		if q.interrupt != nil {
			q.interrupt()
		}
	}
	q.mutex.Unlock()
	if ended {
		return nil
	}
	r := request{method: http.MethodDelete, url: next, query: q.id, asks: "stopping a query", gone: true}
	_, err := q.e.client.call(ctx, r)
	if err != nil && ctx.Err() == nil {
		r.url = q.e.client.base.String() + "/v1/query/" + url.PathEscape(q.id)
		if _, other := q.e.client.call(ctx, r); other == nil {
			err = nil
		}
	}
	if err != nil {
		return err
	}
	q.mutex.Lock()
	defer q.mutex.Unlock()
	q.next = ""
	q.status.State, q.status.Reason = engine.Stopped, ""
	if q.failure == nil {
		q.failure = q.cancelled()
	}
	return nil
}
