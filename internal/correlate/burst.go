package correlate

import (
	"bytes"
	"cmp"
	"iter"
	"slices"
)

// Burst is one finding of a correlation.
type Burst struct {
	// Correlation is the index in the list given to New.
	Correlation int
	// Group has a text for each of the correlation's group-by names; nil without group-by.
	Group []string
	// First and Last are times in nanoseconds since 1970-01-01T00:00:00Z.
	First, Last int64
	// Count is the number of different events in the evidence, of base rules even in a chain.
	Count int
	// Peak is the greatest value of the burst as a decimal: events, different values, sum, rules or steps. Averages,
	// percentiles and medians have 15 digits here. "" for a condition over rules.
	Peak string

	engine     *Engine
	plan       *plan
	first, end int // of the evidence in the sequence
}

// compareBursts orders bursts by Last, First, correlation and group. No two are equal: a group has one burst at a time.
func compareBursts(a, b *Burst) int {
	return cmp.Or(cmp.Compare(a.Last, b.Last), cmp.Compare(a.First, b.First),
		cmp.Compare(a.Correlation, b.Correlation), slices.Compare(a.Group, b.Group))
}

// Events walks the evidence by time and id, each event once. It reads as it goes, so a burst of a million events takes no
// memory of its own, but a chain's evidence and the events of one time are gathered first. After an error, which is a
// failure to read a temporary file, the walk ends. The walk can be repeated, until the Engine is closed.
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
			if !b.give(peers, yield) {
				return
			}
			if err != nil {
				yield(Event{}, err)
				return
			}
			peers = append(peers[:0], e)
		}
		b.give(peers, yield)
	}
}

// give yields the events of one time, false if the walk is over.
func (b *Burst) give(peers []Event, yield func(Event, error) bool) bool {
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

// members walks the evidence in the order of time and key. In a chain findings are among it.
func (b *Burst) members() iter.Seq2[Event, error] {
	return func(yield func(Event, error) bool) {
		c := b.engine.sequence.cursor(b.first, b.end)
		for ; c.record != nil; c.advance() {
			if c.head && !yield(c.record.event(), nil) {
				return
			}
		}
		if c.err != nil {
			yield(Event{}, c.err)
		}
	}
}

// gather lists the events at the bottom of a chain by time and key, each once.
func (b *Burst) gather() ([]Event, error) {
	g := gathering{engine: b.engine}
	if err := g.visit(b); err != nil {
		return nil, err
	}
	slices.SortFunc(g.events, func(x, y Event) int {
		return cmp.Or(cmp.Compare(x.Time, y.Time), x.Key.Compare(y.Key), cmp.Compare(x.Order, y.Order))
	})
	return slices.CompactFunc(g.events, func(x, y Event) bool { return x.Time == y.Time && x.Key == y.Key }), nil
}

// gathering walks the findings below a burst, each once, by whatever ways correlations lead there.
type gathering struct {
	engine *Engine
	seen   map[*Burst]bool
	events []Event
}

// visit takes the events of a burst, and of the findings among its evidence.
func (g *gathering) visit(b *Burst) error {
	c := g.engine.sequence.cursor(b.first, b.end)
	for ; c.record != nil; c.advance() {
		if !c.head {
			continue
		}
		if err := g.engine.spendChain(1); err != nil {
			return err
		}
		// The first record of an event always has a base.
		base := b.plan.Bases[c.record.base]
		if !base.Correlation {
			g.events = append(g.events, c.record.event())
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

// sortPeers puts events that are in order of time and key in order of time and id, and events of one id by what tells
// them apart. The order of keys is that of ids where both are UUIDs, and different.
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
		id, text []byte // text only where events have the same id
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
