package lake

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
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
		var spans []span
		for _, w := range list {
			if w.Schema == t.Profile.Schema {
				spans = append(spans, spanOf(w.ID, w.Time, w.Time))
			}
		}
		tasks = append(tasks, l.around(n, t, spans, t.plan.Lookup)...)
	}
	return l.run(ctx, tasks, 1, func(_ int, b *Batch) error { return handle(b) })
}

// span is something to look for, in a half-open range of time.
type span struct {
	what     string
	from, to time.Time
}

// spanOf holds all whole seconds from one time up to another: engines read some times of events to the millisecond only, so
// that bounds which are finer would leave events out.
func spanOf(what string, from, to time.Time) span {
	return span{what, from.Truncate(time.Second), to.Truncate(time.Second).Add(time.Second)}
}

// around are the tasks that look for things in one table. Those near one another are asked for together, since asking for
// them apart would read a partition twice; days without any are not read.
func (l *Lake) around(n int, t *table, list []span, ask func(what []string, from, to time.Time) []*plan.Statement) []*task {
	slices.SortFunc(list, func(a, b span) int { return cmp.Or(a.from.Compare(b.from), strings.Compare(a.what, b.what)) })
	late := 0
	for _, p := range t.Profile.Partitions {
		late = max(late, p.LateDays)
	}
	apart := time.Duration(late+1) * 24 * time.Hour
	var tasks []*task
	for i := 0; len(list) > 0; {
		from, to := list[0].from, list[0].to
		var what []string
		for len(list) > 0 && list[0].from.Sub(to) <= apart {
			what = append(what, list[0].what)
			if list[0].to.After(to) {
				to = list[0].to
			}
			list = list[1:]
		}
		slices.Sort(what)
		for _, s := range ask(slices.Compact(what), from, to) {
			l.mutex.Lock()
			admitted := l.admit(t, s, fmt.Sprintf("%d-%s/%s-%d", n, t.Profile.Schema.Name, s.Kind, i))
			l.mutex.Unlock()
			tasks = append(tasks, l.tasks([]*statement{admitted})...)
			i++
		}
	}
	return tasks
}

// Principal is somebody whose events are asked for, in a half-open range of time; one may be asked for several times.
type Principal struct {
	Schema   *schema.Schema
	Name     string
	From, To time.Time
}

// Around asks for what principals did and hands it over; the rows hold more than was asked for. Errors are as in Run.
func (l *Lake) Around(ctx context.Context, list []Principal, workers int, handle func(worker int, b *Batch) error) error {
	var tasks []*task
	for n, t := range l.tables {
		var spans []span
		for _, p := range list {
			if p.Schema == t.Profile.Schema {
				spans = append(spans, spanOf(p.Name, p.From, p.To))
			}
		}
		tasks = append(tasks, l.around(n, t, spans, t.plan.Context)...)
	}
	return l.run(ctx, tasks, workers, handle)
}
