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

// This file and its two neighbours follow the design's table of correlations. Where the table leaves a choice, these
// readings were taken:
//
//   - An event that arrives twice (same id) is the first of the two; input order never matters.
//   - A group-by name is looked up for each base rule by itself: the alias's field for that rule, else the name as a
//     field. A field with several leaves puts the event into the group of every leaf. Group values are texts: 1 and "1"
//     are one group, 1 and 1.0 are two. An event without a leaf for some name takes no part through that rule.
//   - An event in a group serves the rules through which it got there, and counts once.
//   - The lower bound is gt and gte together. Without either it is 1; for value_sum, whose 1 would be a matter of units,
//     it is one numeric value in the window. gt, gte and neq are tested at each event, lt, lte and eq on the peak.
//     For value_avg, value_percentile and value_median all are tested at each event.
//   - An event without a usable value stays an event of its group: its window is tested and it is evidence.
//   - The value of temporal is the number of different rules in the window; that of temporal_ordered is the length of
//     the longest ordered choice of steps. Without a condition all rules, or all steps, are asked for.
//   - temporal_ordered_extended: some choice of steps, served in the order of `rules` by different events, makes the
//     condition true, where a plain name asks for its step in the choice, and a negated name for no event of its rule
//     in the window.
//   - A gap of exactly the timespan does not end a burst.
//   - A finding as an event of a chain answers a group-by name from its own group first, else from all its evidence.
//   - `first` of a chain's finding is the time of its earliest finding, so that finding's `last`; its ids are those of
//     the events at the bottom.

// BaseEvent is an event with the base rules that it matched, filters applied.
type BaseEvent struct {
	ID    string
	Time  time.Time
	Event *Event
	Rules []*sigma.Rule
}

// Burst is one finding of a correlation.
type Burst struct {
	// Group has the group-by names as written; empty without group-by.
	Group       map[string]string `json:"group"`
	First, Last time.Time         `json:"-"`
	// Count is the number of different events in IDs, which are in order of time and id.
	Count int      `json:"count"`
	IDs   []string `json:"ids"`

	evidence []BaseEvent
}

// key orders bursts and tells them apart: by last, first, group and ids.
func (b Burst) key() string {
	group, _ := json.Marshal(b.Group) // sorts the keys of the map
	const sortable = "2006-01-02T15:04:05.000000000"
	return b.Last.UTC().Format(sortable) + b.First.UTC().Format(sortable) + string(group) + strings.Join(b.IDs, " ")
}

// member is an event of a correlation: a base event, or the finding of a correlation below it in a chain.
type member struct {
	time     time.Time
	key      string // tells members of one correlation apart and orders peers
	serves   []any  // the *sigma.Rule and *sigma.Correlation that it is an event of
	leaves   func(field string) []*node
	evidence []BaseEvent
}

// Correlations evaluates the correlations of one collection over one set of events.
type Correlations struct {
	collection *sigma.Collection
	events     []BaseEvent
	options    Options
	running    map[*sigma.Correlation]bool
}

// NewCorrelations takes the rules, which correlations name by id or name, and the events in any order. Repeated ids
// count once.
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

// Bursts lists the findings of a correlation in the order of Burst's key. It fails on a reference that names nothing
// and on a cycle.
func (c *Correlations) Bursts(correlation *sigma.Correlation) ([]Burst, error) {
	if c.running[correlation] {
		return nil, fmt.Errorf("correlation %q names itself", correlation.Title)
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

// step is an entry of `rules` with what it names.
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
			return nil, fmt.Errorf("no rule is called %q", name)
		}
		steps = append(steps, step{name: name, target: target})
	}
	if len(steps) == 0 {
		return nil, fmt.Errorf("correlation %q names no rules", correlation.Title)
	}
	return steps, nil
}

// Resolve finds the *sigma.Rule or *sigma.Correlation of an id or a name, nil without one.
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

// members lists what the steps are served by: base events, and findings of the correlations among the steps.
func (c *Correlations) members(steps []step) ([]*member, error) {
	var members []*member
	for _, e := range c.events {
		m := &member{time: e.Time, key: "event " + e.ID, evidence: []BaseEvent{e}}
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
				time: burst.Last, key: fmt.Sprintf("finding %s %s %06d", inner.Name, inner.ID, i), serves: []any{inner},
				evidence: burst.evidence, leaves: c.findingLeaves(burst),
			})
		}
	}
	slices.SortFunc(members, func(a, b *member) int {
		return cmp.Or(a.time.Compare(b.time), cmp.Compare(a.key, b.key))
	})
	return members, nil
}

// findingLeaves answers for a finding in a chain: what it was grouped by, else what its evidence holds.
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

// bursts finds the runs of one group.
func (g *group) bursts(timespan time.Duration, test *test) ([]Burst, error) {
	var out []Burst
	var run []*served
	var windows [][]*served
	var peak *big.Rat
	end := func() {
		if len(run) > 0 && test.stands(peak) {
			out = append(out, g.burst(run, windows))
		}
		run, windows, peak = nil, nil, nil
	}
	for _, e := range g.events {
		var window []*served
		for _, other := range g.events {
			if !other.time.Before(e.time.Add(-timespan)) && !other.time.After(e.time) {
				window = append(window, other)
			}
		}
		value, holds := test.at(window)
		if len(run) > 0 && e.time.Sub(run[len(run)-1].time) > timespan {
			end()
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

// burst makes the finding of a run: the union of its windows.
func (g *group) burst(run []*served, windows [][]*served) Burst {
	evidence := map[string]BaseEvent{}
	for _, window := range windows {
		for _, e := range window {
			for _, base := range e.evidence {
				evidence[base.ID] = base
			}
		}
	}
	b := Burst{Group: g.values, First: windows[0][0].time, Last: run[len(run)-1].time, Count: len(evidence)}
	b.evidence = slices.Collect(maps.Values(evidence))
	sortEvents(b.evidence)
	for _, e := range b.evidence {
		b.IDs = append(b.IDs, e.ID)
	}
	return b
}
