package correlate

import (
	"bytes"
	"cmp"
	"iter"
	"slices"
)

// Burst is one finding of a correlation.
type Burst struct {
	// Correlation is the index in the list passed to New.
	Correlation int
	// Group has a text for each of the correlation's group-by names; nil without group-by.
	Group []string
	// First and Last are times in nanoseconds since 1970-01-01T00:00:00Z.
	First, Last int64
	// Count is the number of different events in the evidence. In a chain these are the events of base rules, too.
	Count int
	// Peak is the greatest value of the burst as a decimal: number of events, distinct values, rules or steps, or the
	// sum. Averages, percentiles and medians have 15 digits. It is "" for a condition over rules.
	Peak string

	engine     *Engine
	plan       *plan
	first, end int // positions of the evidence in the sequence
	since      int64
	// chosen are the positions of the evidence, with ir.Bindings; nil for other types.
	chosen map[int]struct{}
}

// compareBursts orders bursts by Last, First, correlation, group and position. Only with spans do two bursts of a group
// have the same times, because of an event in both.
func compareBursts(a, b *Burst) int {
	return cmp.Or(cmp.Compare(a.Last, b.Last), cmp.Compare(a.First, b.First),
		cmp.Compare(a.Correlation, b.Correlation), slices.Compare(a.Group, b.Group), cmp.Compare(a.end, b.end))
}

// Events iterates over the evidence by time and id, each event once. It reads as it goes, so a burst of a million
// events takes no memory; only the evidence of chains and the events of one time are collected first. The iteration
// ends after an error, which means that a temporary file could not be read. It can be repeated until the Engine is
// closed.
func (b *Burst) Events() iter.Seq2[Event, error] {
	return func(yield func(Event, error) bool) {
		if b.plan.chained {
			events, err := b.gather()
			if err == nil {
				err = b.engine.sortPeers(events)
			}
			if err != nil {
				yield(Event{}, err)
				return
			}
			for _, e := range events {
				if !yield(e, nil) {
					return
				}
			}
			return
		}
		var peers []Event
		for e, err := range b.members() {
			if err == nil && len(peers) > 0 && e.Time == peers[0].Time {
				peers = append(peers, e)
				continue
			}
			if !b.yieldEvents(peers, yield) {
				return
			}
			if err != nil {
				yield(Event{}, err)
				return
			}
			peers = append(peers[:0], e)
		}
		b.yieldEvents(peers, yield)
	}
}

// yieldEvents yields the events of one time. It reports false when the iteration is over.
func (b *Burst) yieldEvents(peers []Event, yield func(Event, error) bool) bool {
	if err := b.engine.sortPeers(peers); err != nil {
		yield(Event{}, err)
		return false
	}
	for _, e := range peers {
		if !yield(e, nil) {
			return false
		}
	}
	return true
}

// members iterates over the evidence in the order of time and key. In a chain it includes findings.
func (b *Burst) members() iter.Seq2[Event, error] {
	return func(yield func(Event, error) bool) {
		c := b.engine.sequence.cursor(b.first, b.end)
		for ; c.record != nil; c.advance() {
			if c.head && b.contains(c) && !yield(b.event(c.record), nil) {
				return
			}
		}
		if c.err != nil {
			yield(Event{}, c.err)
		}
	}
}

// gather returns the events at the bottom of a chain by time and key, each once.
func (b *Burst) gather() ([]Event, error) {
	g := evidenceWalk{engine: b.engine}
	if err := g.visit(b); err != nil {
		return nil, err
	}
	slices.SortFunc(g.events, func(x, y Event) int {
		return cmp.Or(cmp.Compare(x.Time, y.Time), x.Key.Compare(y.Key), cmp.Compare(x.Order, y.Order))
	})
	return slices.CompactFunc(g.events, func(x, y Event) bool { return x.Time == y.Time && x.Key == y.Key }), nil
}

// evidenceWalk walks the findings below a burst, each once, even if several correlations lead to it.
type evidenceWalk struct {
	engine *Engine
	seen   map[*Burst]bool
	events []Event
}

// visit adds the events of a burst and of the findings in its evidence.
func (g *evidenceWalk) visit(b *Burst) error {
	c := g.engine.sequence.cursor(b.first, b.end)
	for ; c.record != nil; c.advance() {
		if !c.head || !b.contains(c) {
			continue
		}
		if err := g.engine.spendChain(1); err != nil {
			return err
		}
		// The first record of an event always has a base.
		base := b.plan.Bases[c.record.base]
		if !base.Correlation {
			g.events = append(g.events, b.event(c.record))
			continue
		}
		inner := g.engine.found[g.engine.plans[base.Index].rank][c.record.ref]
		if g.seen[inner] {
			continue
		}
		if g.seen == nil {
			g.seen = map[*Burst]bool{}
		}
		g.seen[inner] = true
		if err := g.visit(inner); err != nil {
			return err
		}
	}
	return c.err
}

// sortPeers sorts events, which are in order of time and key, by time and id, and events with the same id by content.
// The order of keys equals that of ids where both ids are different UUIDs.
func (e *Engine) sortPeers(events []Event) error {
	for first := 0; first < len(events); {
		end, unsorted := first, false
		for ; end < len(events) && events[end].Time == events[first].Time; end++ {
			unsorted = unsorted || events[end].Key.IsHash() || end > first && events[end].Key.ID == events[end-1].Key.ID
		}
		if unsorted && end-first > 1 && e.options.Evidence != nil {
			if err := e.sortByID(events[first:end]); err != nil {
				return err
			}
		}
		first = end
	}
	return nil
}

func (e *Engine) sortByID(events []Event) error {
	type named struct {
		id, text []byte // text only where several events have the same id
		event    Event
	}
	list := make([]named, 0, len(events))
	ids := map[[16]byte]int{}
	for _, event := range events {
		id, err := e.options.Evidence.ID(event.Key, event.Ref)
		if err != nil {
			return err
		}
		list = append(list, named{id: bytes.Clone(id), event: event})
		ids[event.Key.ID]++
	}
	for i := range list {
		if n := &list[i]; ids[n.event.Key.ID] > 1 {
			stored, err := e.options.Evidence.Get(n.event.Ref)
			if err != nil {
				return err
			}
			n.text = bytes.Clone(stored.Raw)
			if content := e.options.Content; content != nil {
				if n.text, err = content(stored); err != nil {
					return err
				}
			}
		}
	}
	slices.SortFunc(list, func(a, b named) int { return cmp.Or(bytes.Compare(a.id, b.id), bytes.Compare(a.text, b.text)) })
	for i := range list {
		events[i] = list[i].event
	}
	return nil
}
