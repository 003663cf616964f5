package lake

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/egret-hunt/egret/internal/plan"
	"github.com/egret-hunt/egret/internal/schema"
)

// Wanted is an event that is asked for by its id.
type Wanted struct {
	Schema *schema.Schema
	ID     string
	Time   time.Time
}

// Whole asks for events by their ids and hands over what is found; batches come one at a time. Errors are as in Run.
func (l *Lake) Whole(ctx context.Context, list []Wanted, handle func(b *Batch) error) error {
	var tasks []*task
	for n, t := range l.tables {
		var ids []string
		var from, to time.Time
		for _, w := range list {
			if w.Schema != t.Profile.Schema {
				continue
			}
			ids = append(ids, w.ID)
			if from.IsZero() || w.Time.Before(from) {
				from = w.Time
			}
			if to.IsZero() || w.Time.After(to) {
				to = w.Time
			}
		}
		slices.Sort(ids)
		for i, s := range t.plan.Lookup(slices.Compact(ids), from, to.Add(time.Second)) {
			tasks = append(tasks, l.further(n, t, s, i)...)
		}
	}
	return l.run(ctx, tasks, 1, func(_ int, b *Batch) error { return handle(b) })
}

// Principal is somebody whose events are asked for, in a half-open range of time.
type Principal struct {
	Schema   *schema.Schema
	Name     string
	From, To time.Time
}

// Around asks for what principals did and hands it over; the rows hold more than was asked for. Errors are as in Run.
func (l *Lake) Around(ctx context.Context, list []Principal, workers int, handle func(worker int, b *Batch) error) error {
	var tasks []*task
	for n, t := range l.tables {
		var names []string
		var from, to time.Time
		for _, p := range list {
			if p.Schema != t.Profile.Schema {
				continue
			}
			names = append(names, p.Name)
			if from.IsZero() || p.From.Before(from) {
				from = p.From
			}
			if p.To.After(to) {
				to = p.To
			}
		}
		slices.Sort(names)
		for i, s := range t.plan.Context(slices.Compact(names), from, to) {
			tasks = append(tasks, l.further(n, t, s, i)...)
		}
	}
	return l.run(ctx, tasks, workers, handle)
}

// further are the tasks of a statement that was made for what a hunt has found.
func (l *Lake) further(n int, t *table, s *plan.Statement, i int) []*task {
	l.mutex.Lock()
	admitted := l.admit(t, s, fmt.Sprintf("%d-%s/%s-%d", n, t.Profile.Schema.Name, s.Kind, i))
	l.mutex.Unlock()
	return l.tasks([]*statement{admitted})
}
