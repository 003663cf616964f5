package correlate

import (
	"context"
	"math"
	"math/bits"
	"slices"
	"sort"
)

// seenEvent is an event of a group, in the order of first times.
type seenEvent struct {
	first, last int64
	classes     uint64
	number      int64
	at          int  // position of its first record
	takes       bool // it is in a set that satisfies the condition
}

const (
	// maxSeen limits the events of a group that are searched; further ones do not count, and Clipped tells.
	maxSeen = 4 << 20
	// maxStepsOne limits the search for a set with one event, and maxStepsAll that of a group.
	maxStepsOne, maxStepsAll = 200_000, 100_000_000
)

// runBindings finds the events of the sets that satisfy the binding.
func (s *groupScan) runBindings(first, end int) error {
	b := bindingSearch{ctx: s.engine.ctx, plan: s.plan.bindings}
	c := s.engine.sequence.cursor(first, end)
	for ; c.record != nil; c.advance() {
		if c.head {
			if len(b.events) == maxSeen {
				s.engine.clipped.Add(1)
				break
			}
			b.events = append(b.events, seenEvent{first: c.record.time, last: c.record.last(), number: max(1, int64(c.record.value[1])), at: c.at})
		}
		if c.record.base != noBase {
			b.events[len(b.events)-1].classes |= b.plan.ofBase[c.record.base]
		}
		if c.at%checkEvery == 0 && b.ctx.Err() != nil {
			return b.ctx.Err()
		}
	}
	if c.err != nil {
		return c.err
	}
	s.nearest.Events = len(b.events)
	for i := range b.plan.alternatives {
		b.search(&b.plan.alternatives[i])
	}
	if err := b.ctx.Err(); err != nil {
		return err
	}
	if b.undecided > 0 {
		s.engine.clipped.Add(b.undecided)
	}
	return s.closeBindings(b.events, end)
}

// closeBindings makes bursts of the events that take part. Where a limit holds for all sets, a longer gap ends a burst.
func (s *groupScan) closeBindings(events []seenEvent, end int) error {
	var b *Burst
	finish := func(next int) {
		if b != nil {
			b.end = next
			s.found = true
			s.nearest.Bursts++
			s.engine.found[s.plan.rank] = append(s.engine.found[s.plan.rank], b)
		}
		b = nil
	}
	if err := s.readGroup(); err != nil {
		return err
	}
	for i := range events {
		e := &events[i]
		if !e.takes {
			continue
		}
		if b != nil && s.plan.bindings.longest != math.MaxInt64 && earlier(e.first, s.plan.bindings.longest) > b.Last {
			finish(e.at)
		}
		if b == nil {
			b = &Burst{
				Correlation: s.plan.index, Group: s.group, First: e.first, Last: e.last, engine: s.engine, plan: s.plan, first: e.at,
				since: math.MinInt64, chosen: map[int]struct{}{},
			}
		}
		b.First, b.Last = min(b.First, e.first), max(b.Last, e.last)
		b.Count++
		b.chosen[e.at] = struct{}{}
	}
	finish(end)
	return nil
}

// bindingSearch searches the sets of one group.
type bindingSearch struct {
	ctx    context.Context
	plan   *bindingPlan
	events []seenEvent
	// ofClass are the events of each class, in order.
	ofClass [][]int
	// duration is the longest duration of an event.
	duration int64

	alternative *alternative
	chosen      [][]int // events by slot
	used        map[int]int64
	first       int // the slot of the event with which the search began
	steps, all  int
	undecided   int64
}

// search marks the events of all sets that satisfy an alternative.
func (b *bindingSearch) search(a *alternative) {
	if b.ofClass == nil {
		b.ofClass = make([][]int, len(b.plan.classes))
		for i := range b.events {
			e := &b.events[i]
			b.duration = max(b.duration, e.last-e.first)
			for left := e.classes; left != 0; left &= left - 1 {
				class := bits.TrailingZeros64(left)
				b.ofClass[class] = append(b.ofClass[class], i)
			}
		}
	}
	for _, slot := range a.slots {
		if !b.enough(slot) {
			return
		}
	}
	if limit, ok := a.single(); ok {
		b.count(a.slots[0], limit)
		return
	}
	b.alternative, b.chosen, b.used = a, make([][]int, len(a.slots)), map[int]int64{}
	for slot := range a.slots {
		for _, e := range b.ofClass[a.slots[slot].class] {
			if b.events[e].takes || b.ctx.Err() != nil {
				continue
			}
			b.steps, b.first = 0, slot
			b.choose(slot, e)
			if b.complete() {
				b.mark()
			} else if b.steps >= maxStepsOne || b.all >= maxStepsAll {
				b.undecided++
			}
			b.clear()
		}
	}
}

// enough reports whether there are as many sightings as a slot needs.
func (b *bindingSearch) enough(slot slotOf) bool {
	left := int64(slot.count)
	for _, e := range b.ofClass[slot.class] {
		if left -= b.events[e].number; left <= 0 {
			return true
		}
	}
	return left <= 0
}

// count marks the events of a single slot: those in a window with enough of them.
func (b *bindingSearch) count(slot slotOf, limit int64) {
	list := b.ofClass[slot.class]
	var window expiries
	var sum int64
	var good []int64 // begins of the last events of windows with enough
	for i := 0; i < len(list); {
		t := b.events[list[i]].first
		for ; i < len(list) && b.events[list[i]].first == t; i++ {
			e := &b.events[list[i]]
			sum += e.number
			window.push(expiry{last: e.last, event: list[i]})
		}
		for len(window) > 0 && window[0].last < earlier(t, limit) {
			sum -= b.events[window.pop().event].number
		}
		if sum >= int64(slot.count) {
			good = append(good, t)
		}
	}
	for _, n := range list {
		e := &b.events[n]
		i := sort.Search(len(good), func(i int) bool { return good[i] >= e.first })
		e.takes = e.takes || i < len(good) && good[i] <= later(e.last, limit)
	}
}

func (b *bindingSearch) choose(slot, event int) {
	b.chosen[slot] = append(b.chosen[slot], event)
	b.used[event]++
}

func (b *bindingSearch) undo(slot int) {
	last := len(b.chosen[slot]) - 1
	event := b.chosen[slot][last]
	b.chosen[slot] = b.chosen[slot][:last]
	if b.used[event]--; b.used[event] == 0 {
		delete(b.used, event)
	}
}

// mark marks the chosen events.
func (b *bindingSearch) mark() {
	for _, list := range b.chosen {
		for _, e := range list {
			b.events[e].takes = true
		}
	}
}

// clear forgets the chosen events.
func (b *bindingSearch) clear() {
	for slot := range b.chosen {
		b.chosen[slot] = b.chosen[slot][:0]
	}
	clear(b.used)
}

// room returns the range of events that a slot may take next: they begin at most at begin, and end at least at end.
func (b *bindingSearch) room(slot int) (begin, end int64) {
	begin, end = math.MaxInt64, math.MinInt64
	a := b.alternative
	for _, pair := range a.before {
		switch slot {
		case pair[0]:
			for _, e := range b.chosen[pair[1]] {
				begin = min(begin, b.events[e].last)
			}
		case pair[1]:
			for _, e := range b.chosen[pair[0]] {
				end = max(end, b.events[e].first)
			}
		}
	}
	for i := range a.limits {
		l := &a.limits[i]
		if !slices.Contains(l.slots, slot) {
			continue
		}
		for _, other := range l.slots {
			for _, e := range b.chosen[other] {
				begin = min(begin, later(b.events[e].last, l.limit))
				end = max(end, earlier(b.events[e].first, l.limit))
			}
		}
	}
	return begin, end
}

// between returns the range of a class's events among which those are that begin by begin and end from end on.
func (b *bindingSearch) between(class int, begin, end int64) (from, to int) {
	list := b.ofClass[class]
	to = sort.Search(len(list), func(i int) bool { return b.events[list[i]].first > begin })
	oldest := earlier(end, b.duration)
	from = sort.Search(len(list), func(i int) bool { return b.events[list[i]].first >= oldest })
	return from, max(from, to)
}

// complete chooses events for all slots that lack any, the slot with the fewest candidates first.
func (b *bindingSearch) complete() bool {
	best, fewest := -1, math.MaxInt
	var from, to int
	var end int64
	for slot := range b.alternative.slots {
		want := &b.alternative.slots[slot]
		if len(b.chosen[slot]) >= want.count {
			continue
		}
		begin, oldest := b.room(slot)
		lower, upper := b.between(want.class, begin, oldest)
		if n := upper - lower; n < fewest {
			best, fewest, from, to, end = slot, n, lower, upper, oldest
		}
	}
	if best < 0 {
		return true
	}
	list := b.ofClass[b.alternative.slots[best].class]
	for i := to - 1; i >= from; i-- {
		b.steps++
		b.all++
		if b.steps >= maxStepsOne || b.all >= maxStepsAll || b.steps%1024 == 0 && b.ctx.Err() != nil {
			return false
		}
		e := list[i]
		if b.events[e].last < end || b.used[e] >= b.events[e].number || b.repeats(best, e) {
			continue
		}
		b.choose(best, e)
		if b.complete() {
			return true
		}
		b.undo(best)
	}
	return false
}

// repeats reports whether the search has tried the events of a slot in another order: after the first, they come later and later back.
func (b *bindingSearch) repeats(slot, event int) bool {
	list := b.chosen[slot]
	from := 0
	if len(list) > 0 && b.first == slot {
		from = 1
	}
	return len(list) > from && event > list[len(list)-1]
}
