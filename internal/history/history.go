// Package history remembers when each of many things happened first, in bounded memory.
//
// A thing is a hash of 64 bits, for example of a principal with an address; what the hash stands for is not kept. Several
// goroutines write to tables of their own, and the History of all tables is read when they are done. Beyond its limit a
// History knows nothing rather than something wrong.
package history

import (
	"hash/maphash"
	"math"
	"math/bits"
)

// DefaultLimit is the number of things that each table holds.
const DefaultLimit = 1 << 20

// A History is a number of tables with a common seed.
type History struct {
	seed   maphash.Seed
	tables []*Table
	limit  int
}

// New returns a history; limit is the number of things in each table, 0 for DefaultLimit.
func New(limit int) *History {
	if limit <= 0 {
		limit = DefaultLimit
	}
	return &History{seed: maphash.MakeSeed(), limit: limit}
}

// Hash returns the hash of a text. Nobody can craft texts whose hashes collide, since the seed differs in each process.
func (h *History) Hash(text []byte) uint64 { return maphash.Bytes(h.seed, text) }

// Join returns the hash of a thing that consists of two others, in this order, and a kind.
func Join(a, b uint64, kind uint8) uint64 {
	high, low := bits.Mul64(a^0x9e3779b97f4a7c15, bits.RotateLeft64(b, 32)^uint64(kind)*0xd6e8feb86659fd93|1)
	return (high ^ low) * 0x9e3779b97f4a7c15
}

// NewTable returns a table of the history. It must not be called concurrently.
func (h *History) NewTable() *Table {
	t := &Table{limit: h.limit}
	h.tables = append(h.tables, t)
	return t
}

// Full reports whether a table could not hold everything. Then First finds nothing.
func (h *History) Full() bool {
	for _, t := range h.tables {
		if t.full {
			return true
		}
	}
	return false
}

// First returns the earliest time of a thing in all tables, false if it is in none or the history is full. It must not run
// concurrently with Note.
func (h *History) First(thing uint64) (int64, bool) {
	first, found := int64(math.MaxInt64), false
	for _, t := range h.tables {
		if t.full {
			return 0, false
		}
		if at, ok := t.find(thing); ok {
			first, found = min(first, t.slots[at].first), true
		}
	}
	return first, found
}

// A Table belongs to one goroutine. It takes 16 bytes for each slot, of which at most three quarters are used.
type Table struct {
	limit int
	used  int
	full  bool
	slots []slot
}

type slot struct {
	thing uint64
	first int64
}

// smallest is the number of slots at first.
const smallest = 1024

// Note notes a thing at a time, and reports whether it is new in the table or earlier than before.
func (t *Table) Note(thing uint64, nanos int64) bool {
	if thing == 0 {
		thing = 1
	}
	at, ok := t.find(thing)
	switch {
	case ok:
		if t.slots[at].first <= nanos {
			return false
		}
		t.slots[at].first = nanos
		return true
	case t.full:
		return false
	case t.used >= t.limit:
		t.full = true
		return false
	}
	if t.used >= len(t.slots)-len(t.slots)/4 {
		t.grow()
		at, _ = t.find(thing)
	}
	t.slots[at] = slot{thing, nanos}
	t.used++
	return true
}

// find returns the slot of a thing, or the free slot for it.
func (t *Table) find(thing uint64) (int, bool) {
	if thing == 0 {
		thing = 1
	}
	if len(t.slots) == 0 {
		return 0, false
	}
	mask := len(t.slots) - 1
	for at := int(thing) & mask; ; at = (at + 1) & mask {
		switch t.slots[at].thing {
		case thing:
			return at, true
		case 0:
			return at, false
		}
	}
}

func (t *Table) grow() {
	old := t.slots
	t.slots = make([]slot, max(smallest, 2*len(old)))
	for _, s := range old {
		if s.thing != 0 {
			at, _ := t.find(s.thing)
			t.slots[at] = s
		}
	}
}
