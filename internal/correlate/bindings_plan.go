package correlate

import (
	"errors"
	"fmt"
	"math"
	"slices"

	"github.com/egret-hunt/egret/internal/ir"
)

// A bindingPlan is the condition of a correlation of type ir.Bindings as alternatives of slots.
type bindingPlan struct {
	// classes are the sets of bases that slots take events of, as bits of bases.
	classes []class64
	// ofBase has the classes of each base as bits.
	ofBase       []uint64
	alternatives []alternative
	// longest is the time that no set of events exceeds, math.MaxInt64 if there is none.
	longest int64
}

// class64 is a sorted set of bases.
type class64 []int

// A slot takes count different events of a class.
type slotOf struct {
	class int
	count int
}

// An alternative is a conjunction: a set of events satisfies it if each slot gets its events, no event is used more often than it was
// seen, and the limits hold.
type alternative struct {
	slots []slotOf
	// before has the pairs of slots whose events must not begin after the other's end.
	before [][2]int
	limits []withinLimit
}

// A withinLimit limits the time from the first end to the last begin of some slots.
type withinLimit struct {
	slots []int
	limit int64
}

const (
	maxClasses      = 64
	maxAlternatives = 256
	maxSlots        = 64
)

// newBindingPlan checks and prepares a binding.
func newBindingPlan(p *plan) (*bindingPlan, error) {
	b := &bindingPlan{ofBase: make([]uint64, len(p.Bases)), longest: longestTime(p.Binding)}
	if p.Binding == nil {
		return nil, errors.New("the correlation has no binding")
	}
	var err error
	b.alternatives, err = b.expand(p, p.Binding)
	if err != nil {
		return nil, err
	}
	for i, class := range b.classes {
		for _, base := range class {
			b.ofBase[base] |= 1 << i
		}
	}
	return b, nil
}

// longestTime returns the limit on the time of any set, math.MaxInt64 without one.
func longestTime(b *ir.Binding) int64 {
	if b == nil {
		return math.MaxInt64
	}
	switch b.Op {
	case ir.BindBase:
		return 0
	case ir.BindWithin:
		return min(int64(b.Within), longestTime(b.Of[0]))
	case ir.BindOr:
		longest := int64(0)
		for _, of := range b.Of {
			longest = max(longest, longestTime(of))
		}
		return longest
	case ir.BindAnd, ir.BindFollowed, ir.BindRepeats:
	}
	return math.MaxInt64
}

// bases returns the bases of an expression that one event satisfies, false if it is another one.
func bases(p *plan, b *ir.Binding) ([]int, bool) {
	switch b.Op {
	case ir.BindBase:
		return []int{int(p.steps[b.Base])}, true
	case ir.BindOr:
		var list []int
		for _, of := range b.Of {
			more, ok := bases(p, of)
			if !ok {
				return nil, false
			}
			list = append(list, more...)
		}
		slices.Sort(list)
		return slices.Compact(list), true
	case ir.BindAnd, ir.BindFollowed, ir.BindWithin, ir.BindRepeats:
	}
	return nil, false
}

func (b *bindingPlan) expand(p *plan, of *ir.Binding) ([]alternative, error) {
	if list, ok := bases(p, of); ok {
		if len(list) == 0 {
			return nil, nil
		}
		class := slices.IndexFunc(b.classes, func(c class64) bool { return slices.Equal(c, list) })
		if class < 0 {
			if class = len(b.classes); class == maxClasses {
				return nil, fmt.Errorf("the pattern has more than %d different conditions", maxClasses)
			}
			b.classes = append(b.classes, list)
		}
		return []alternative{{slots: []slotOf{{class, 1}}}}, nil
	}
	switch of.Op {
	case ir.BindOr:
		var all []alternative
		for _, operand := range of.Of {
			list, err := b.expand(p, operand)
			if err != nil {
				return nil, err
			}
			if all = append(all, list...); len(all) > maxAlternatives {
				return nil, errTooManyAlternatives
			}
		}
		return all, nil
	case ir.BindAnd, ir.BindFollowed:
		all := []alternative{{}}
		for _, operand := range of.Of {
			list, err := b.expand(p, operand)
			if err != nil {
				return nil, err
			}
			if all, err = product(all, list, of.Op == ir.BindFollowed); err != nil {
				return nil, err
			}
		}
		return all, nil
	case ir.BindWithin:
		list, err := b.expand(p, of.Of[0])
		for i := range list {
			list[i].limits = append(list[i].limits, withinLimit{slots: numbers(len(list[i].slots)), limit: int64(of.Within)})
		}
		return list, err
	case ir.BindRepeats:
		list, err := b.expand(p, of.Of[0])
		if err != nil {
			return nil, err
		}
		return repeated(list, of.Times)
	case ir.BindBase:
	}
	return nil, fmt.Errorf("unknown operator %d", of.Op)
}

var errTooManyAlternatives = fmt.Errorf("the pattern has more than %d alternatives of observations", maxAlternatives)

func numbers(n int) []int {
	list := make([]int, n)
	for i := range list {
		list[i] = i
	}
	return list
}

// product returns the alternatives of both operands.
func product(left, right []alternative, followed bool) ([]alternative, error) {
	if len(left)*len(right) > maxAlternatives {
		return nil, errTooManyAlternatives
	}
	var all []alternative
	for i := range left {
		for j := range right {
			a := left[i].with(&right[j])
			if followed {
				for x := range left[i].slots {
					for y := range right[j].slots {
						a.before = append(a.before, [2]int{x, len(left[i].slots) + y})
					}
				}
			}
			if len(a.slots) > maxSlots {
				return nil, fmt.Errorf("the pattern has more than %d observations", maxSlots)
			}
			all = append(all, a)
		}
	}
	return all, nil
}

// with returns the conjunction of two alternatives.
func (a *alternative) with(other *alternative) alternative {
	n := len(a.slots)
	out := alternative{slots: slices.Concat(a.slots, other.slots), before: slices.Clone(a.before), limits: slices.Clone(a.limits)}
	for _, pair := range other.before {
		out.before = append(out.before, [2]int{pair[0] + n, pair[1] + n})
	}
	for _, l := range other.limits {
		moved := withinLimit{limit: l.limit}
		for _, slot := range l.slots {
			moved.slots = append(moved.slots, slot+n)
		}
		out.limits = append(out.limits, moved)
	}
	return out
}

// repeated returns the alternatives of times sets. A single slot without a limit takes more events; else there are copies.
func repeated(list []alternative, times int) ([]alternative, error) {
	if len(list) == 1 && len(list[0].slots) == 1 && len(list[0].limits) == 0 && list[0].slots[0].count == 1 {
		return []alternative{{slots: []slotOf{{list[0].slots[0].class, times}}}}, nil
	}
	all := []alternative{{}}
	for range times {
		var err error
		if all, err = product(all, list, false); err != nil {
			return nil, err
		}
		if len(list) == 0 {
			return nil, nil
		}
	}
	return all, nil
}

// single returns the limit of an alternative with one slot, false for others.
func (a *alternative) single() (limit int64, ok bool) {
	limit = math.MaxInt64
	for _, l := range a.limits {
		limit = min(limit, l.limit)
	}
	return limit, len(a.slots) == 1
}

// later returns a time plus a duration, at most the greatest.
func later(t, d int64) int64 {
	if d > 0 && t > math.MaxInt64-d {
		return math.MaxInt64
	}
	return t + d
}

// earlier returns a time minus a duration, at least the smallest.
func earlier(t, d int64) int64 {
	if d > 0 && t < math.MinInt64+d {
		return math.MinInt64
	}
	return t - d
}
