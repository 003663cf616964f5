package tally

import (
	"cmp"
	"slices"
	"strings"
	"unicode/utf8"
)

// hashOf is FNV-1a: the same in every run, so that limits leave out the same values.
func hashOf(name []byte) uint64 {
	hash := uint64(14695981039346656037)
	for _, c := range name {
		hash = (hash ^ uint64(c)) * 1099511628211
	}
	return hash
}

// bounded returns a value, or if it is too long a copy that is cut and ends in an ellipsis.
func bounded(name []byte) []byte {
	if len(name) <= maxName {
		return name
	}
	cut := maxName - len("…")
	for cut > 0 && !utf8.RuneStart(name[cut]) {
		cut--
	}
	return append(slices.Clone(name[:cut]), "…"...)
}

// A bag counts values. It keeps at most limit of them, those with the smallest hashes, which makes what it keeps independent
// of the order of values; their counts are exact.
type bag struct {
	list  []item
	index map[string]int32 // nil while the list is short
	// closed means that values with hashes from least on are left out. rest is the sum of their counts.
	closed bool
	least  uint64
	rest   int64
}

// item is a value with its count, and what else is counted with it.
type item struct {
	name string
	hash uint64
	n    int64
	sub  *bag
}

const (
	// shortBag is up to how many values a bag is searched from the beginning.
	shortBag = 12
	// maxName is the maximum length of a value in bytes; a longer one is cut.
	maxName = 512
)

// find returns the position of a value, or -1.
func (b *bag) find(name []byte) int {
	if b.index != nil {
		if i, ok := b.index[string(name)]; ok {
			return int(i)
		}
		return -1
	}
	for i := range b.list {
		if b.list[i].name == string(name) {
			return i
		}
	}
	return -1
}

// add counts a value n times. It returns its item, nil if it is left out, and how many values the bag holds more than before.
func (b *bag) add(name []byte, n int64, limit int) (*item, int) {
	name = bounded(name)
	if i := b.find(name); i >= 0 {
		b.list[i].n += n
		return &b.list[i], 0
	}
	hash := hashOf(name)
	if b.closed && hash >= b.least {
		b.rest += n
		return nil, 0
	}
	added := item{name: string(name), hash: hash, n: n}
	at, grown := len(b.list), 1
	if at < limit {
		b.list = append(b.list, added)
	} else {
		at = b.largest()
		if b.list[at].hash <= hash {
			b.close(hash)
			b.rest += n
			return nil, 0
		}
		out := &b.list[at]
		b.close(out.hash)
		b.rest += out.n
		grown -= 1 + out.sub.size()
		delete(b.index, out.name)
		b.list[at] = added
	}
	switch {
	case b.index != nil:
		b.index[added.name] = int32(at)
	case len(b.list) > shortBag:
		b.index = make(map[string]int32, 2*len(b.list))
		for i := range b.list {
			b.index[b.list[i].name] = int32(i)
		}
	}
	return &b.list[at], grown
}

func (b *bag) close(hash uint64) {
	if !b.closed || hash < b.least {
		b.closed, b.least = true, hash
	}
}

// largest returns the position of the value with the largest hash.
func (b *bag) largest() int {
	most := 0
	for i := range b.list {
		if b.list[i].hash > b.list[most].hash {
			most = i
		}
	}
	return most
}

// size is the number of values in a bag and in the bags of its items; 0 for nil.
func (b *bag) size() int {
	if b == nil {
		return 0
	}
	n := len(b.list)
	for i := range b.list {
		n += b.list[i].sub.size()
	}
	return n
}

// merge adds another bag of the same limits; subLimit is that of the items' bags.
func (b *bag) merge(o *bag, limit, subLimit int) {
	if o.closed {
		b.close(o.least)
		b.rest += o.rest
		b.prune()
	}
	for i := range o.list {
		in := &o.list[i]
		to, _ := b.add([]byte(in.name), in.n, limit)
		if to != nil && in.sub != nil {
			if to.sub == nil {
				to.sub = &bag{}
			}
			to.sub.merge(in.sub, subLimit, 0)
		}
	}
}

// prune leaves out the values that are beyond the limit of hashes.
func (b *bag) prune() {
	kept := b.list[:0]
	for _, in := range b.list {
		if in.hash >= b.least {
			b.rest += in.n
		} else {
			kept = append(kept, in)
		}
	}
	b.list, b.index = kept, nil
	if len(kept) > shortBag {
		b.index = make(map[string]int32, 2*len(kept))
		for i := range kept {
			b.index[kept[i].name] = int32(i)
		}
	}
}

// Count is a value with the number of its events.
type Count struct {
	Name  string `json:"name"`
	Count int64  `json:"count"`
}

// counts returns the values, the most frequent first.
func (b *bag) counts() []Count {
	list := make([]Count, len(b.list))
	for i := range b.list {
		list[i] = Count{b.list[i].name, b.list[i].n}
	}
	sortCounts(list)
	return list
}

func sortCounts(list []Count) {
	slices.SortFunc(list, func(a, b Count) int { return cmp.Or(cmp.Compare(b.Count, a.Count), strings.Compare(a.Name, b.Name)) })
}

// Sorted returns counts by name as a list, the largest first.
func Sorted(counts map[string]int64) []Count {
	list := make([]Count, 0, len(counts))
	// Iteration order does not matter: the list is sorted afterwards.
	for name, n := range counts {
		list = append(list, Count{name, n})
	}
	sortCounts(list)
	return list
}
