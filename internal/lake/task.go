package lake

import (
	"cmp"
	"slices"
	"sync/atomic"
	"time"

	"github.com/egret-hunt/egret/internal/plan"
)

// task is a statement over a slice.
type task struct {
	statement *statement
	slice     plan.Slice
	// key names it in the journal. It depends on the text too: what is looked up differs from run to run.
	key string
	// open counts the batches of its rows that were not taken yet, and the delivery itself while it is under way; lost says
	// that some never will be.
	open atomic.Int64
	lost atomic.Bool
}

func newTask(s *statement, slice plan.Slice) *task {
	return &task{statement: s, slice: slice, key: s.name + "/" + slice.Key() + "/" + s.hash}
}

// String names a task for people.
func (t *task) String() string {
	return t.statement.table.Name + ", " + t.slice.String() + ", " + t.statement.Label()
}

// tasks are those of some statements, newest slice first.
func (l *Lake) tasks(statements []*statement) []*task {
	var list []*task
	for _, s := range statements {
		for _, slice := range l.slices(s) {
			list = append(list, newTask(s, slice))
		}
	}
	slices.SortStableFunc(list, func(a, b *task) int { return cmp.Compare(newest(b.slice), newest(a.slice)) })
	return list
}

// newest is the end of a slice, as a number to sort by. Slices without an end come first.
func newest(s plan.Slice) int64 {
	end := s.To
	if !s.PartitionTo.IsZero() {
		end = s.PartitionTo
	}
	if end.IsZero() {
		return 1<<63 - 1
	}
	return end.Unix()
}

// all are the statements that begin the hunt, of all tables.
func (l *Lake) all() []*statement {
	var list []*statement
	for _, t := range l.tables {
		list = append(list, t.statements...)
	}
	return list
}

// split makes two tasks of one that the engine finds too complex; false if it cannot be split.
func (l *Lake) split(t *task) ([]*task, bool) {
	s := t.statement
	first, second, ok := s.table.plan.Split(s.Statement)
	if !ok {
		return nil, false
	}
	l.mutex.Lock()
	defer l.mutex.Unlock()
	if s.halves == nil {
		s.halves = []*statement{l.admit(s.table, first, s.name+".1"), l.admit(s.table, second, s.name+".2")}
	}
	var list []*task
	for _, half := range s.halves {
		list = append(list, newTask(half, t.slice))
	}
	return list, true
}

// wait is how long to wait before a further attempt: it doubles, up to a minute, and is shortened by up to a half at
// random, so that clients who failed together do not come back together.
func (l *Lake) wait(attempt int) time.Duration {
	d := min(l.opt.Backoff<<min(attempt, 10), max(backoffLimit, l.opt.Backoff))
	l.random.Lock()
	defer l.random.Unlock()
	return d - time.Duration(l.rand()*float64(d)/2)
}
