package stixhunt

import (
	"slices"
	"sync/atomic"
	"time"

	"github.com/egret-hunt/egret/internal/ir"
	"github.com/egret-hunt/egret/internal/ruleset"
	"github.com/egret-hunt/egret/internal/schema"
	"github.com/egret-hunt/egret/internal/stixmap"
	"github.com/egret-hunt/egret/internal/stixmatch"
	"github.com/egret-hunt/egret/internal/value"
)

// A decider decides about the events of the rules of patterns. It is not changed once its rules are made.
type decider struct {
	mappings []*stixmap.Mapping
	items    []item
	// tooMany counts the events that have too many objects for a pattern, invalid those outside of the time in which their indicator is
	// valid.
	tooMany, invalid atomic.Int64
}

// An item is what one rule asks of an event.
type item struct {
	mapping *stixmap.Mapping
	pattern *stixmatch.Pattern
	choices []choice
	// valid is the range in which the indicator is valid, nil for always.
	valid *ir.TimeRange
	// pack is the table of values of several indicators, nil for an item of its own. A member of a pack has only valid.
	pack *pack
}

// For implements ruleset.Decider.
func (d *decider) For(s *schema.Schema) ruleset.EventDecider {
	return &eventDecider{decider: d, schema: s, builders: map[*stixmap.Mapping]*stixmap.Builder{}}
}

// eventDecider decides about the events of one schema.
type eventDecider struct {
	*decider
	schema   *schema.Schema
	builders map[*stixmap.Mapping]*stixmap.Builder

	doc     *value.Doc
	built   bool
	mapping *stixmap.Mapping // of the event; nil if there is none
	seen    *stixmatch.Observation
	full    *stixmatch.Observation // by Mapping.Full, nil until it is needed
	timed   bool
	// packs are those that the event was looked up in: a pack may have several rules.
	packs []*pack
}

// Begin implements ruleset.EventDecider.
func (e *eventDecider) Begin(doc *value.Doc) { e.doc, e.built, e.packs = doc, false, e.packs[:0] }

// build makes the observation of the event, once.
func (e *eventDecider) build() {
	if e.built {
		return
	}
	e.built, e.seen, e.full, e.timed = true, nil, nil, false
	if e.mapping = stixmap.For(e.mappings, e.schema, e.doc); e.mapping == nil {
		return
	}
	e.seen, e.timed = e.builder(e.mapping).Build(e.doc)
}

func (e *eventDecider) builder(m *stixmap.Mapping) *stixmap.Builder {
	b := e.builders[m]
	if b == nil {
		b = stixmap.NewBuilder(m, e.schema)
		e.builders[m] = b
	}
	return b
}

// observation returns the observation by a mapping, nil if it is not that of the event.
func (e *eventDecider) observation(m *stixmap.Mapping) *stixmatch.Observation {
	switch {
	case e.mapping == nil:
		return nil
	case m == e.mapping:
		return e.seen
	case m != e.mapping.Full:
		return nil
	}
	if e.full == nil {
		e.full, _ = e.builder(m).Build(e.doc)
	}
	return e.full
}

// Decide implements ruleset.EventDecider.
func (e *eventDecider) Decide(dst []int, n int) []int {
	e.build()
	it := &e.items[n]
	seen := e.observation(it.mapping)
	if seen == nil {
		return dst
	}
	if it.pack != nil {
		if slices.Contains(e.packs, it.pack) {
			return dst
		}
		e.packs = append(e.packs, it.pack)
		return it.pack.find(dst, e, seen)
	}
	for _, c := range it.choices {
		if slices.ContainsFunc(c.within, func(r ir.TimeRange) bool { return !e.in(&r) }) {
			continue
		}
		holds, err := it.pattern.Holds(c.bracket, seen)
		if err != nil {
			e.tooMany.Add(1)
		}
		if !holds {
			continue
		}
		if !e.in(it.valid) {
			e.invalid.Add(1)
			return dst
		}
		return append(dst, n)
	}
	return dst
}

// in reports whether the event overlaps a range.
func (e *eventDecider) in(within *ir.TimeRange) bool {
	if within == nil {
		return true
	}
	return e.timed && within.Overlaps(clamp(e.seen.First), clamp(e.seen.Last))
}

// Span implements ruleset.EventDecider.
func (e *eventDecider) Span() (first, last, number int64, ok bool) {
	e.build()
	if e.seen == nil || !e.timed {
		return 0, 0, 0, false
	}
	return clamp(e.seen.First), clamp(e.seen.Last), int64(e.seen.Number), true
}

// clamp returns a time in nanoseconds since 1970; years outside 1678 to 2261 become the nearest limit.
func clamp(t time.Time) int64 {
	switch {
	case t.Year() < 1678:
		return -1 << 63
	case t.Year() > 2261:
		return 1<<63 - 1
	}
	return t.UnixNano()
}
