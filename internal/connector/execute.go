package connector

import (
	"context"

	"github.com/egret-hunt/egret/internal/backoff"
	"github.com/egret-hunt/egret/internal/pyprint"
)

// Execute translates a pattern, runs its queries one after the other, and returns at most rows rows of each as a bundle. Progress, if not
// nil, gets the service and the state of its query whenever that was asked.
func (s *Session) Execute(ctx context.Context, identity map[string]any, pattern string, dialects []string, rows int, progress func(service, state string)) Answer {
	queries, err := translate(pattern, s.Connection.Options, dialects, s.Now())
	if err != nil {
		return Refuse(err)
	}
	observer, err := NewObserver(s.Connection.Options, dialects, s.Now)
	if err != nil {
		return Refuse(err)
	}
	var all []any
	for _, q := range queries {
		service, _ := q.Entries()[0].Key.(string)
		found, answer := s.run(ctx, q, service, rows, progress)
		if answer.Failed() {
			return answer
		}
		for _, row := range found {
			all = append(all, pyprint.NewDict(service, row))
		}
	}
	return observer.Bundle(identity, all)
}

// run starts a query, waits for it and returns its rows, or the answer of the call that failed.
func (s *Session) run(ctx context.Context, q *pyprint.Dict, service string, rows int, progress func(service, state string)) ([]any, Answer) {
	started := s.start(ctx, q)
	d, ok := started.value.(*pyprint.Dict)
	if !ok || started.Failed() {
		return nil, started
	}
	v, _ := d.Get("search_id")
	id, _ := v.(string)
	for {
		status := s.Status(ctx, id)
		d, ok := status.value.(*pyprint.Dict)
		if !ok || status.Failed() {
			return nil, status
		}
		v, _ := d.Get("status")
		state, _ := v.(string)
		if progress != nil {
			progress(service, state)
		}
		if state == "COMPLETED" {
			break
		}
		if state != "RUNNING" {
			reason, _ := d.Get("message")
			return nil, Refuse(faultf(codeParameter, "the query of %s ended as %s: %s", service, state, text(reason)))
		}
		if err := backoff.Sleep(ctx, pause); err != nil {
			return nil, Refuse(err)
		}
	}
	page, answer := s.page(ctx, id, text(int64(rows)), "")
	if page == nil {
		return nil, answer
	}
	return page.rows.Items, Answer{}
}
