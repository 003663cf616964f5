package match

import (
	"encoding/binary"
	"math/bits"
	"slices"

	"github.com/egret-hunt/egret/internal/value"
)

// recentTexts caches the queries for recent values of an anchored field, or whether they are in a list. Such fields, for example the action or the client, have
// few distinct values in a log.
type recentTexts [recentSize]recentText

type recentText struct {
	known   bool
	text    []byte
	queries []int
	listed  bool
}

const (
	recentBits = 6
	recentSize = 1 << recentBits
	// maxRecent is the maximum length in bytes of a cached text.
	maxRecent = 256
)

// of returns the cache slot of a text, which may contain another text.
func (r *recentTexts) of(text []byte) *recentText {
	var first, last uint64
	if len(text) >= 8 {
		first, last = binary.LittleEndian.Uint64(text), binary.LittleEndian.Uint64(text[len(text)-8:])
	} else {
		for _, c := range text {
			first = first<<8 | uint64(c)
		}
	}
	hash := (first ^ bits.RotateLeft64(last, 23) ^ uint64(len(text))) * 0x9e3779b97f4a7c15
	return &r[hash>>(64-recentBits)]
}

// recall marks the queries for the given values of the anchored field with this index. It returns false if one of the values
// cannot be cached; some queries may be marked then.
func (m *Matcher) recall(anchored int, leaves []value.Leaf) bool {
	for _, leaf := range leaves {
		if !leaf.Doc.Simple(leaf.Node) {
			return false
		}
		text := leaf.Doc.Raw(leaf.Node)
		if len(text) > maxRecent {
			return false
		}
		r := m.recent[anchored].of(text)
		if !r.known || string(r.text) != string(text) {
			m.remember(r, &m.program.anchored[anchored], text)
		}
		m.mark(r.queries)
	}
	return true
}

// remember finds the queries for a text and stores them in its cache slot.
func (m *Matcher) remember(r *recentText, a *anchoredSlot, text []byte) {
	r.known, r.text, r.queries = true, append(r.text[:0], text...), r.queries[:0]
	m.scratch = appendLower(m.scratch[:0], text)
	collect := func(queries []int) { r.queries = append(r.queries, queries...) }
	collect(a.exact.queries(m.scratch))
	if a.literals != nil {
		a.literals.search(m.scratch, collect)
	}
	a.numberQueries(text, collect)
	slices.Sort(r.queries)
	r.queries = slices.Compact(r.queries)
}
