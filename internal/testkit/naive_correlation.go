package testkit

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"math/big"
	"slices"
	"strings"
	"time"

	"github.com/egret-hunt/egret/sigma"
)

// This file, naive_group.go and naive_window.go follow the table of correlations in docs/meaning.md. Where the table
// leaves a choice, they use these interpretations:
//
//   - Of events with the same id only the first counts; input order never matters.
//   - A group-by name is resolved for each base rule separately: the alias's field for that rule, else the field of
//     that name. A field with several leaves puts the event into the group of every leaf. Group values are strings: 1
//     and "1" are one group, 1 and 1.0 are two. An event without a leaf for some name does not count for that rule.
//   - An event in a group counts for the rules through which it joined the group, and is counted once.
//   - The lower bound is gt and gte together. Without either it is 1; for value_sum, where 1 would depend on the unit,
//     it is one numeric value in the window. gt, gte and neq are tested at each event, lt, lte and eq on the peak. For
//     value_avg, value_percentile and value_median all are tested at each event.
//   - An event without a usable value is still an event of its group: its window is tested and it is evidence.
//   - The value of temporal is the number of different rules in the window; that of temporal_ordered is the length of
//     the longest ordered selection of steps. Without a condition all rules, or all steps, are required.
//   - temporal_ordered_extended: some selection of steps, matched in the order of `rules` by different events, makes
//     the condition true. A plain name requires its step in the selection, and a negated name requires that the window
//     has no event of its rule.
//   - A gap of exactly the timespan does not end a burst.
//   - With spans, the window of an event that begins at t has the events that begin at or before t and end at or after
//     t − timespan. These are all sets of events of which some instants are within the timespan, up to one that begins at
//     t. Events of two steps are in order unless that of the second ends before that of the first begins. A gap
//     is the time from the latest end of all earlier events. The last time of a burst is the latest end of its evidence.
//   - For a finding that is an event of a chained correlation, a group-by name is resolved from the finding's group
//     first, else from all its evidence.
//   - `first` of a chained finding is the time of its earliest finding, which is that finding's `last`; its ids are
//     those of the original events.

// BaseEvent is an event with the base rules that it matched, after filters.
type BaseEvent struct {
	ID    string
	Time  time.Time
	Last  time.Time // only with Options.Spans
	Event *Event
	Rules []*sigma.Rule
}

// A Burst is one finding of a correlation.
type Burst struct {
	// Group has the group-by names as written; empty without group-by.
	Group       map[string]string `json:"group"`
	First, Last time.Time         `json:"-"`
	// Count is the number of different events in IDs, which are in order of time and id.
	Count int      `json:"count"`
	IDs   []string `json:"ids"`

	evidence []BaseEvent
}

// key identifies and orders bursts: by last, first, group and ids.
func (b Burst) key() string {
	group, _ := json.Marshal(b.Group) // json.Marshal sorts the keys of the map
	const sortable = "2006-01-02T15:04:05.000000000"
	return b.Last.UTC().Format(sortable) + b.First.UTC().Format(sortable) + string(group) + strings.Join(b.IDs, " ")
}

// member is an event of a correlation: a base event, or a finding of a correlation that it is chained to.
type member struct {
	time     time.Time
	last     time.Time // equals time without spans
	key      string    // identifies members of one correlation, and orders those of equal time
	serves   []any     // the *sigma.Rule and *sigma.Correlation whose event it is
	leaves   func(field string) []*node
	evidence []BaseEvent
}

// Correlations evaluates the correlations of a collection over a set of events.
type Correlations struct {
	collection *sigma.Collection
	events     []BaseEvent
	options    Options
	running    map[*sigma.Correlation]bool
}

// NewCorrelations takes the rules, which correlations reference by id or name, and the events in any order. Repeated
// ids count once.
func NewCorrelations(collection *sigma.Collection, events []BaseEvent, options Options) *Correlations {
	c := &Correlations{collection: collection, options: options, running: map[*sigma.Correlation]bool{}}
	seen := map[string]bool{}
	for _, e := range events {
		if !seen[e.ID] {
			seen[e.ID] = true
			c.events = append(c.events, e)
		}
	}
	sortEvents(c.events)
	return c
}

func sortEvents(events []BaseEvent) {
	slices.SortFunc(events, func(a, b BaseEvent) int {
		return cmp.Or(a.Time.Compare(b.Time), cmp.Compare(a.ID, b.ID))
	})
}

// Bursts returns the findings of a correlation in the order of Burst's key. It returns an error for an unknown
// reference and for a cycle.
func (c *Correlations) Bursts(correlation *sigma.Correlation) ([]Burst, error) {
	if c.running[correlation] {
		return nil, fmt.Errorf("correlation %q references itself", correlation.Title)
	}
	c.running[correlation] = true
	defer delete(c.running, correlation)

	steps, err := c.steps(correlation)
	if err != nil {
		return nil, err
	}
	members, err := c.members(steps)
	if err != nil {
		return nil, err
	}
	test, err := c.newTest(correlation, steps)
	if err != nil {
		return nil, err
	}
	var bursts []Burst
	for _, group := range groupsOf(correlation, steps, members) {
		found, err := group.bursts(correlation.Timespan, test)
		if err != nil {
			return nil, err
		}
		bursts = append(bursts, found...)
	}
	slices.SortFunc(bursts, func(a, b Burst) int { return cmp.Compare(a.key(), b.key()) })
	return bursts, nil
}

// step is an entry of `rules` with its target.
type step struct {
	name   string // as the correlation writes it
	target any    // *sigma.Rule or *sigma.Correlation
}

func (c *Correlations) steps(correlation *sigma.Correlation) ([]step, error) {
	var names []string
	for _, rule := range correlation.Rules {
		names = append(names, rule.Value)
	}
	if len(names) == 0 && correlation.Extended != nil {
		names = conditionNames(correlation.Extended.Expr)
	}
	var steps []step
	for _, name := range names {
		target := Resolve(c.collection, name)
		if target == nil {
			return nil, fmt.Errorf("no rule has the id or name %q", name)
		}
		steps = append(steps, step{name: name, target: target})
	}
	if len(steps) == 0 {
		return nil, fmt.Errorf("correlation %q names no rules", correlation.Title)
	}
	return steps, nil
}

// Resolve returns the *sigma.Rule or *sigma.Correlation with an id or a name, or nil.
func Resolve(collection *sigma.Collection, reference string) any {
	for _, rule := range collection.Rules {
		if reference != "" && (rule.ID == reference || rule.Name == reference) {
			return rule
		}
	}
	for _, correlation := range collection.Correlations {
		if reference != "" && (correlation.ID == reference || correlation.Name == reference) {
			return correlation
		}
	}
	return nil
}

// members returns the events for the steps: base events, and findings of the correlations among the steps.
func (c *Correlations) members(steps []step) ([]*member, error) {
	var members []*member
	for _, e := range c.events {
		m := &member{time: e.Time, last: e.Time, key: "event " + e.ID, evidence: []BaseEvent{e}}
		if c.options.Spans {
			m.last = e.Last
		}
		m.leaves = func(field string) []*node { return e.Event.lookup(field, c.options.JSONField) }
		for _, s := range steps {
			if rule, ok := s.target.(*sigma.Rule); ok && slices.Contains(e.Rules, rule) && !slices.Contains(m.serves, any(rule)) {
				m.serves = append(m.serves, rule)
			}
		}
		if len(m.serves) > 0 {
			members = append(members, m)
		}
	}
	done := map[any]bool{}
	for _, s := range steps {
		inner, ok := s.target.(*sigma.Correlation)
		if !ok || done[inner] {
			continue
		}
		done[inner] = true
		bursts, err := c.Bursts(inner)
		if err != nil {
			return nil, err
		}
		for i, burst := range bursts {
			members = append(members, &member{
				time: burst.Last, last: burst.Last, key: fmt.Sprintf("finding %s %s %06d", inner.Name, inner.ID, i), serves: []any{inner},
				evidence: burst.evidence, leaves: c.findingLeaves(burst),
			})
		}
	}
	slices.SortFunc(members, func(a, b *member) int {
		return cmp.Or(a.time.Compare(b.time), cmp.Compare(a.key, b.key))
	})
	return members, nil
}

// findingLeaves resolves the fields of a finding in a chain: from its group, else from its evidence.
func (c *Correlations) findingLeaves(burst Burst) func(string) []*node {
	return func(field string) []*node {
		if text, ok := burst.Group[field]; ok {
			return []*node{{kind: stringNode, text: text}}
		}
		var leaves []*node
		for _, e := range burst.evidence {
			leaves = append(leaves, e.Event.lookup(field, c.options.JSONField)...)
		}
		return leaves
	}
}

// bursts finds the bursts of one group.
func (g *group) bursts(timespan time.Duration, test *test) ([]Burst, error) {
	var out []Burst
	var run []*served
	var windows [][]*served
	var peak *big.Rat
	var latest time.Time // end of the earlier events
	end := func() {
		if len(run) > 0 && test.peakHolds(peak) {
			out = append(out, g.burst(windows))
		}
		run, windows, peak = nil, nil, nil
	}
	for _, e := range g.events {
		var window []*served
		for _, other := range g.events {
			if !other.last.Before(e.time.Add(-timespan)) && !other.time.After(e.time) {
				window = append(window, other)
			}
		}
		value, holds := test.at(window)
		if len(run) > 0 && e.time.Sub(latest) > timespan {
			end()
		}
		if e.last.After(latest) {
			latest = e.last
		}
		if !holds {
			end()
			continue
		}
		run, windows = append(run, e), append(windows, window)
		if value != nil && (peak == nil || value.Cmp(peak) > 0) {
			peak = value
		}
	}
	end()
	return out, nil
}

// burst returns the finding of a run: the union of its windows.
func (g *group) burst(windows [][]*served) Burst {
	evidence := map[string]BaseEvent{}
	b := Burst{Group: g.values, First: windows[0][0].time}
	for _, window := range windows {
		for _, e := range window {
			if e.last.After(b.Last) {
				b.Last = e.last
			}
			for _, base := range e.evidence {
				evidence[base.ID] = base
			}
		}
	}
	b.Count = len(evidence)
	b.evidence = slices.Collect(maps.Values(evidence))
	sortEvents(b.evidence)
	for _, e := range b.evidence {
		b.IDs = append(b.IDs, e.ID)
	}
	return b
}
