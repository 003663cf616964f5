package lake

import (
	"context"
	"fmt"
	"time"

	"github.com/egret-hunt/egret/internal/plan"
	"github.com/egret-hunt/egret/internal/schema"
)

// Follow looks up the events of a log that tie identities together, or that make or remove something, and have one of the
// traits; the rows include other events too. They begin at a time, zero for that of the hunt, and reach to the end of the
// hunt's range. round tells apart the look-ups of one hunt. done reports whether all tables were read completely. Errors
// are as in Run.
func (l *Lake) Follow(ctx context.Context, round int, s *schema.Schema, traits []plan.Trait, from time.Time, workers int, handle func(worker int, b *Batch) error) (done bool, err error) {
	if from = from.Truncate(time.Second); !l.opt.From.IsZero() && from.Before(l.opt.From) {
		from = time.Time{}
	}
	done = true
	var tasks []*task
	for n, t := range l.tables {
		if t.Layout.Schema != s {
			continue
		}
		list := t.plan.Follow(traits, from, time.Time{})
		done = done && (list != nil || len(traits) == 0)
		for i, of := range list {
			l.mutex.Lock()
			added := l.addStatement(t, of, fmt.Sprintf("%d-%s/%s-%d-%d", n, s.Name, of.Kind, round, i))
			l.mutex.Unlock()
			tasks = append(tasks, l.tasks([]*statement{added})...)
		}
	}
	open := func() int {
		l.mutex.Lock()
		defer l.mutex.Unlock()
		return l.total.Tasks - l.total.Done
	}
	before := open()
	err = l.run(ctx, tasks, workers, handle)
	return done && open() == before, err
}
