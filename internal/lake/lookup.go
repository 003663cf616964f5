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

// Wanted is an event to look up by its id.
type Wanted struct {
	Schema *schema.Schema
	ID     string
	Time   time.Time
}

// Whole looks up events by their ids and passes on those it finds; batches come one at a time. Without late it reads
// the partitions of the events' own days. With late, for events that were not found, it also reads partitions in which
// late events may be, of tables with partitions by day. Errors are as in Run.
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
	return l.run(ctx, l.lookupTasks(spans, ask), 1, func(_ int, b *Batch) error { return handle(b) })
}

// filesLate reports whether some table of the log has partitions by day that may contain earlier events.
func (l *Lake) filesLate(s *schema.Schema) bool {
	return slices.ContainsFunc(l.tables, func(t *table) bool { return t.Layout.Schema == s && t.late() > 0 })
}

// late returns how many days after an event its partition may be dated.
func (t *table) late() int {
	late := 0
	for _, p := range t.Layout.Partitions {
		late = max(late, p.LateDays)
	}
	return late
}

// span is something to look up, in a half-open time range.
type span struct {
	schema   *schema.Schema
	what     string
	from, to time.Time
}

// spanOf returns a span of all whole seconds from one time to another: engines read some event times only to the
// millisecond, so finer bounds would miss events.
func spanOf(s *schema.Schema, what string, from, to time.Time) span {
	return span{s, what, from.Truncate(time.Second), to.Truncate(time.Second).Add(time.Second)}
}

// lookupTasks returns the tasks that look up a list of spans, each in the tables of its log.
func (l *Lake) lookupTasks(list []span, ask func(p *plan.Plan, what []string, from, to time.Time) []*plan.Statement) []*task {
	slices.SortFunc(list, func(a, b span) int { return cmp.Or(a.from.Compare(b.from), strings.Compare(a.what, b.what)) })
	var tasks []*task
	for n, t := range l.tables {
		rest := slices.DeleteFunc(slices.Clone(list), func(s span) bool { return s.schema != t.Layout.Schema })
		for i := 0; len(rest) > 0; {
			what, from, to, near := t.near(rest)
			rest = rest[near:]
			for _, s := range ask(t.plan, what, from, to) {
				l.mutex.Lock()
				added := l.addStatement(t, s, fmt.Sprintf("%d-%s/%s-%d", n, t.Layout.Schema.Name, s.Kind, i))
				l.mutex.Unlock()
				tasks = append(tasks, l.tasks([]*statement{added})...)
				i++
			}
		}
	}
	return tasks
}

// near returns the first items of a list that one query looks up together: those so close in time that separate
// queries would read a partition twice. Days without items are not read. For an unpruned table it returns all items.
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

// Principal is a principal whose events are looked up, in a half-open time range. A list may contain one several
// times.
type Principal struct {
	Schema   *schema.Schema
	Name     string
	From, To time.Time
}

// Around looks up what principals did and passes it on; the rows include other events too. Errors are as in Run.
func (l *Lake) Around(ctx context.Context, list []Principal, workers int, handle func(worker int, b *Batch) error) error {
	var spans []span
	for _, p := range list {
		spans = append(spans, spanOf(p.Schema, p.Name, p.From, p.To))
	}
	return l.run(ctx, l.lookupTasks(spans, (*plan.Plan).Context), workers, handle)
}
