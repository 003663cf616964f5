package lake

import (
	"cmp"
	"slices"
	"sync/atomic"

	"github.com/egret-hunt/egret/internal/plan"
)

// task is a statement over one chunk.
type task struct {
	statement *statement
	chunk     plan.Chunk
	// key is its name in the journal. It depends on the text too, because looked-up ids differ from run to run.
	key string
	// open counts the batches of its rows that are not handled yet, plus one while delivery is running; lost reports
	// that some batches never will be.
	open atomic.Int64
	lost atomic.Bool
}

func newTask(s *statement, chunk plan.Chunk) *task {
	return &task{statement: s, chunk: chunk, key: s.name + "/" + chunk.Key() + "/" + s.hash}
}

// String returns a description of the task for messages.
func (t *task) String() string {
	return t.statement.table.Name + ", " + t.chunk.String() + ", " + t.statement.Label()
}

// tasks returns the tasks of some statements, newest chunk first.
func (l *Lake) tasks(statements []*statement) []*task {
	var list []*task
	for _, s := range statements {
		for _, chunk := range l.chunks(s) {
			list = append(list, newTask(s, chunk))
		}
	}
	slices.SortStableFunc(list, func(a, b *task) int { return cmp.Compare(newest(b.chunk), newest(a.chunk)) })
	return list
}

// newest returns the end of a chunk as a sort key. Chunks without an end come first.
func newest(s plan.Chunk) int64 {
	end := s.To
	if !s.PartitionTo.IsZero() {
		end = s.PartitionTo
	}
	if end.IsZero() {
		return 1<<63 - 1
	}
	return end.Unix()
}

// all returns the statements that begin the hunt, of all tables.
func (l *Lake) all() []*statement {
	var list []*statement
	for _, t := range l.tables {
		list = append(list, t.statements...)
	}
	return list
}

// split splits a task that is too complex for the engine into two. It reports false if that is impossible.
func (l *Lake) split(t *task) ([]*task, bool) {
	s := t.statement
	first, second, ok := s.table.plan.Split(s.Statement)
	if !ok {
		return nil, false
	}
	l.mutex.Lock()
	defer l.mutex.Unlock()
	if s.halves == nil {
		s.halves = []*statement{l.addStatement(s.table, first, s.name+".1"), l.addStatement(s.table, second, s.name+".2")}
	}
	var list []*task
	for _, half := range s.halves {
		list = append(list, newTask(half, t.chunk))
	}
	return list, true
}
