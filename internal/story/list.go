package story

import (
	"cmp"
	"math"
	"slices"
	"strings"

	"github.com/egret-hunt/egret/internal/finding"
	"github.com/egret-hunt/egret/internal/value"
)

// seen is a bounded set of texts with the times at which each came first. Beyond its limit it counts further texts, those
// that come several times several times.
type seen struct {
	first map[string]int64
	more  int
}

// add adds a text of an event at a time; "" is left out.
func (s *seen) add(text string, nanos int64, limit int) {
	if text == "" {
		return
	}
	if have, ok := s.first[text]; ok {
		s.first[text] = min(have, nanos)
		return
	}
	if len(s.first) >= limit {
		s.more++
		return
	}
	if s.first == nil {
		s.first = map[string]int64{}
	}
	s.first[strings.Clone(text)] = nanos
}

func (s *seen) has(text string) bool {
	_, ok := s.first[text]
	return ok
}

// merge adds the texts of another set.
func (s *seen) merge(o *seen, limit int) {
	for _, text := range o.sorted() {
		s.add(text, o.first[text], limit)
	}
	s.more += o.more
}

// sorted returns the texts in the order in which they came first.
func (s *seen) sorted() []string {
	list := make([]string, 0, len(s.first))
	// Iteration order does not matter: the list is sorted.
	for text := range s.first {
		list = append(list, text)
	}
	slices.SortFunc(list, func(a, b string) int {
		return cmp.Or(cmp.Compare(s.first[a], s.first[b]), strings.Compare(a, b))
	})
	return list
}

// texts returns the first texts and the number of the others.
func (s *seen) texts() Texts { return bounded(s.sorted(), maxShown, s.more) }

// bounded returns the first elements of a list as Texts.
func bounded(list []string, limit, more int) Texts {
	if len(list) > limit {
		return Texts{List: list[:limit], More: more + len(list) - limit}
	}
	return Texts{List: list, More: more}
}

// period is a time range. The zero period is empty.
type period struct {
	first, last value.Time
	known       bool
}

// widen includes a time; NoTime is left out.
func (p *period) widen(t value.Time) {
	switch {
	case t == finding.NoTime:
	case !p.known:
		p.first, p.last, p.known = t, t, true
	default:
		if t.Nanos < p.first.Nanos {
			p.first = t
		}
		if t.Nanos > p.last.Nanos {
			p.last = t
		}
	}
}

func (p *period) merge(o period) {
	if o.known {
		p.widen(o.first)
		p.widen(o.last)
	}
}

// ends returns the ends, NoTime if there are none.
func (p *period) ends() (first, last value.Time) {
	if !p.known {
		return finding.NoTime, finding.NoTime
	}
	return p.first, p.last
}

// near reports whether two periods are within days of each other; one without times is near every other.
func (p *period) near(o period) bool {
	if !p.known || !o.known {
		return true
	}
	return minus(o.first.Nanos, p.last.Nanos) <= maxPause && minus(p.first.Nanos, o.last.Nanos) <= maxPause
}

// minus subtracts without overflow.
func minus(a, b int64) int64 {
	d := a - b
	switch {
	case a >= 0 && b < 0 && d < 0:
		return math.MaxInt64
	case a < 0 && b >= 0 && d >= 0:
		return math.MinInt64
	}
	return d
}
