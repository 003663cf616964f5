package trino

import (
	"context"
	"errors"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/egret-hunt/egret/internal/engine"
)

// stopTimeout is how long stopping one of the engine's own queries may take after an error.
const stopTimeout = 10 * time.Second

// maxFetched limits the bytes of rows that Status fetches before Read is called.
const maxFetched = 8 << 20

// query is a submitted statement.
type query struct {
	e  *Engine
	id string
	// turn is held while requesting pages: by Read, or before it by Status.
	turn chan struct{}
	// fetched are the rows of pages that Status fetched, for Read; guarded by turn.
	fetched [][]byte
	// read reports that Read was called; guarded by turn.
	read bool

	mutex sync.Mutex
	// next is the address of the next page, "" after the last.
	next    string
	stopped bool
	columns []column
	status  engine.Status
	// failure is the error with which the query ended.
	failure error
	// interrupt ends Read; nil while Read is not running.
	interrupt context.CancelFunc
}

// Start submits a statement. The query runs once its first page is requested, by Read or Status, and must be read to
// its end or stopped. Token is not used: a query that is submitted twice costs nothing until it is read.
func (e *Engine) Start(ctx context.Context, s engine.Statement) (engine.Query, error) {
	q, err := e.start(ctx, s.SQL, nil, s.MaxBytes)
	if err != nil {
		return nil, err
	}
	return q, nil
}

// start submits a statement with additional session properties.
func (e *Engine) start(ctx context.Context, sql string, session map[string]string, maxBytes int64) (*query, error) {
	if e.closed.Load() {
		return nil, errClosed()
	}
	if strings.TrimSpace(sql) == "" {
		return nil, &engine.Error{Kind: engine.Invalid, Engine: name, Err: errors.New("the statement is empty")}
	}
	properties := e.opt.session(maxBytes)
	maps.Copy(properties, session)
	r := request{method: http.MethodPost, url: e.client.base.String() + "/v1/statement", body: sql, asks: "submitting a query", header: http.Header{
		"Content-Type":   {"text/plain; charset=utf-8"},
		"X-Trino-Source": {source}, "X-Trino-Time-Zone": {"UTC"},
		// Without it times are rounded to milliseconds.
		"X-Trino-Client-Capabilities": {"PARAMETRIC_DATETIME"},
	}}
	for _, key := range slices.Sorted(maps.Keys(properties)) {
		r.header.Add("X-Trino-Session", key+"="+url.QueryEscape(properties[key]))
	}
	if e.opt.Catalog != "" {
		r.header.Set("X-Trino-Catalog", e.opt.Catalog)
	}
	if e.opt.Schema != "" {
		r.header.Set("X-Trino-Schema", e.opt.Schema)
	}
	text, err := e.client.call(ctx, r)
	if err != nil {
		return nil, err
	}
	q := &query{e: e, turn: make(chan struct{}, 1)}
	var p page
	if err := p.parse(text); err != nil {
		return nil, e.client.fault(r, engine.Misconfigured, err)
	}
	q.id = p.ID
	if err := q.take(r, &p); err != nil {
		return nil, err
	}
	if !p.empty() {
		q.fetched = append(q.fetched, p.Data)
	}
	return q, nil
}

// ID returns Trino's id of the query.
func (q *query) ID() string { return q.id }

// take updates the query's state from a page. The error is the query's, or one of the page.
func (q *query) take(r request, p *page) error {
	r.query = q.id
	if p.ID != q.id {
		return q.e.client.fault(r, engine.Other, errors.New("the server answered with another query"))
	}
	next, err := q.e.client.next(r, p.NextURI)
	if err != nil {
		return err
	}
	q.mutex.Lock()
	defer q.mutex.Unlock()
	if q.columns == nil && p.Columns != nil {
		q.columns = p.Columns
	}
	q.next = next
	if q.stopped {
		return q.cancelled()
	}
	rows := q.status.Stats.Rows
	q.status = engine.Status{State: p.state(), Stats: p.stats()}
	q.status.Stats.Rows = rows
	if p.Error != nil {
		q.next = ""
		failed := q.e.client.failed(q.id, p.Error)
		q.status.Reason, q.failure = failed.Err.Error(), failed
	} else if q.status.State == engine.Queued {
		q.status.Reason = strings.ToLower(strings.ReplaceAll(safeText(p.Stats.State), "_", " "))
	}
	return q.failure
}

// cancelled returns the error of a query that Stop ended.
func (q *query) cancelled() error {
	return &engine.Error{Kind: engine.Cancelled, Engine: name, Query: q.id, Err: errors.New("it was stopped")}
}

// known returns the state after the last page.
func (q *query) known() (status engine.Status, next string) {
	q.mutex.Lock()
	defer q.mutex.Unlock()
	return q.status, q.next
}

// advance requests the next page; the caller must hold the turn. more is false after the last page.
func (q *query) advance(ctx context.Context, p *page) (more bool, err error) {
	_, next := q.known()
	if next == "" {
		return false, nil
	}
	r := request{method: http.MethodGet, url: next, query: q.id, asks: "reading the result"}
	for try := 1; ; try++ {
		text, err := q.e.client.call(ctx, r)
		if err != nil {
			return false, err
		}
		if err = p.parse(text); err == nil {
			return true, q.take(r, p)
		}
		// The page was truncated or changed on the way: the next try may return it complete.
		if try == firstTries {
			return false, q.e.client.fault(r, engine.Transient, err)
		}
	}
}

// Status returns the state after the last page. If Read is not running, it requests the next page first, which keeps
// the query alive and takes up to a second; few users may read the server's own list of queries.
func (q *query) Status(ctx context.Context) (engine.Status, error) {
	select {
	case q.turn <- struct{}{}:
		defer func() { <-q.turn }()
		size := 0
		for _, data := range q.fetched {
			size += len(data)
		}
		if q.read || size >= maxFetched {
			break
		}
		var p page
		if _, err := q.advance(ctx, &p); err != nil {
			if status, _ := q.known(); status.State.Ended() {
				return status, nil
			}
			return engine.Status{}, err
		}
		if !p.empty() {
			q.fetched = append(q.fetched, p.Data)
		}
	default: // Read keeps the state up to date
	}
	status, _ := q.known()
	return status, nil
}
