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

// Whole asks for events by their ids and hands over what is found; batches come one at a time. At first it looks where events are
// that were filed on their day; with late set, for those that were not there, where late ones are too, in the tables that
// file by day. Errors are as in Run.
func (l *Lake) Whole(ctx context.Context, list []Wanted, late bool, handle func(b *Batch) error) error {
	var spans []span
	for _, w := range list {
		if !late || l.filesLate(w.Schema) {
			spans = append(spans, spanOf(w.Schema, w.ID, w.Time, w.Time))
		}
	}
	if len(spans) == 0 {
		return nil
	}
	ask := func(p *plan.Plan, ids []string, from, to time.Time) []*plan.Statement {
		list := p.Lookup(ids, from, to)
		for i := range list {
			if !late {
				list[i] = list[i].Prompt()
			}
		}
		return list
	}
	return l.run(ctx, l.around(spans, ask), 1, func(_ int, b *Batch) error { return handle(b) })
}

// filesLate tells of a log that some table files by days, maybe later than its events took place.
func (l *Lake) filesLate(s *schema.Schema) bool {
	return slices.ContainsFunc(l.tables, func(t *table) bool { return t.Profile.Schema == s && t.late() > 0 })
}

// late is how many days later a table's events may be filed.
func (t *table) late() int {
	late := 0
	for _, p := range t.Profile.Partitions {
		late = max(late, p.LateDays)
	}
	return late
}

// span is something to look for, in a half-open range of time.
type span struct {
	schema   *schema.Schema
	what     string
	from, to time.Time
}

// spanOf holds all whole seconds from one time up to another: engines read some times of events to the millisecond only, so
// that bounds which are finer would leave events out.
func spanOf(s *schema.Schema, what string, from, to time.Time) span {
	return span{s, what, from.Truncate(time.Second), to.Truncate(time.Second).Add(time.Second)}
}

// around are the tasks that look for things in all tables, each in those of its log.
func (l *Lake) around(list []span, ask func(p *plan.Plan, what []string, from, to time.Time) []*plan.Statement) []*task {
	slices.SortFunc(list, func(a, b span) int { return cmp.Or(a.from.Compare(b.from), strings.Compare(a.what, b.what)) })
	var tasks []*task
	for n, t := range l.tables {
		rest := slices.DeleteFunc(slices.Clone(list), func(s span) bool { return s.schema != t.Profile.Schema })
		for i := 0; len(rest) > 0; {
			what, from, to, near := t.near(rest)
			rest = rest[near:]
			for _, s := range ask(t.plan, what, from, to) {
				l.mutex.Lock()
				admitted := l.admit(t, s, fmt.Sprintf("%d-%s/%s-%d", n, t.Profile.Schema.Name, s.Kind, i))
				l.mutex.Unlock()
				tasks = append(tasks, l.tasks([]*statement{admitted})...)
				i++
			}
		}
	}
	return tasks
}

// near are the first things of a list, which are asked for together: those so near one another that asking for them apart
// would read a partition twice. Days without any are not read. Of a table that is read whole anyway they are all.
func (t *table) near(list []span) (what []string, from, to time.Time, n int) {
	apart := time.Duration(t.late()+1) * 24 * time.Hour
	from, to = list[0].from, list[0].to
	for n < len(list) && (t.unpruned || list[n].from.Sub(to) <= apart) {
		what = append(what, list[n].what)
		if list[n].to.After(to) {
			to = list[n].to
		}
		n++
	}
	slices.Sort(what)
	return slices.Compact(what), from, to, n
}

// Principal is somebody whose events are asked for, in a half-open range of time; one may be asked for several times.
type Principal struct {
	Schema   *schema.Schema
	Name     string
	From, To time.Time
}

// Around asks for what principals did and hands it over; the rows hold more than was asked for. Errors are as in Run.
func (l *Lake) Around(ctx context.Context, list []Principal, workers int, handle func(worker int, b *Batch) error) error {
	var spans []span
	for _, p := range list {
		spans = append(spans, spanOf(p.Schema, p.Name, p.From, p.To))
	}
	return l.run(ctx, l.around(spans, (*plan.Plan).Context), workers, handle)
}
