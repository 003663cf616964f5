package tally

import "container/heap"

// rows are values of one kind by name, within a limit of their total weight. If that is exceeded, those with the largest hashes
// are left out: what is kept does not depend on the order in which they came. Their events are counted.
type rows[T any] struct {
	byName map[string]*row[T]
	order  rowHeap[T] // the largest hash first
	limit  int
	weight int
	closed bool
	least  uint64
	rest   int64
}

type row[T any] struct {
	name   string
	hash   uint64
	weight int
	events int64
	value  T
}

func newRows[T any](limit int) *rows[T] { return &rows[T]{byName: map[string]*row[T]{}, limit: limit} }

// get returns the row of a name, nil if it is left out; the caller then counts its events in rest.
func (r *rows[T]) get(name []byte) *row[T] {
	if have := r.byName[string(name)]; have != nil {
		return have
	}
	hash := hashOf(name)
	if r.closed && hash >= r.least {
		return nil
	}
	added := &row[T]{name: string(name), hash: hash}
	r.byName[added.name] = added
	heap.Push(&r.order, added)
	r.grow(added, 1)
	if r.byName[added.name] == nil {
		return nil
	}
	return added
}

// grow adds to the weight of a row, which may leave out rows, also that one.
func (r *rows[T]) grow(of *row[T], weight int) {
	of.weight += weight
	r.weight += weight
	for r.weight > r.limit && len(r.order) > 1 {
		r.drop()
	}
}

// drop leaves out the row with the largest hash.
func (r *rows[T]) drop() {
	out, _ := heap.Pop(&r.order).(*row[T])
	delete(r.byName, out.name)
	r.weight -= out.weight
	r.rest += out.events
	r.closed, r.least = true, out.hash
}

// closeAt leaves out all rows with hashes from least on.
func (r *rows[T]) closeAt(least uint64) {
	for len(r.order) > 0 && r.order[0].hash >= least {
		r.drop()
	}
	if !r.closed || least < r.least {
		r.closed, r.least = true, least
	}
}

// rowHeap implements heap.Interface.
type rowHeap[T any] []*row[T]

// Len is the number of rows.
func (h rowHeap[T]) Len() int { return len(h) }

// Less puts the largest hash first.
func (h rowHeap[T]) Less(i, j int) bool { return h[i].hash > h[j].hash }

// Swap exchanges two rows.
func (h rowHeap[T]) Swap(i, j int) { h[i], h[j] = h[j], h[i] }

// Push appends a row.
func (h *rowHeap[T]) Push(v any) {
	added, _ := v.(*row[T])
	*h = append(*h, added)
}

// Pop removes the last row.
func (h *rowHeap[T]) Pop() any {
	old := *h
	last := old[len(old)-1]
	*h = old[:len(old)-1]
	return last
}
