package correlate

import (
	"cmp"
	"slices"
	"strconv"

	"github.com/egret-hunt/egret/internal/ir"
)

// Group says how near the events of one group came to a burst.
type Group struct {
	// Group has a text for each of the correlation's group-by names; nil without group-by.
	Group []string
	// Events is the number of events of the group, Bursts how many bursts it has.
	Events, Bursts int
	// Value is the value of the window that came nearest: events, different values, sum and so on, for a condition over
	// rules the number of rules with an event. Valued is false where no window had one. First and Last are the times of that
	// window's first and last event, in nanoseconds since 1970.
	Value       string
	Valued      bool
	First, Last int64

	value float64
}

// Groups are the groups of one correlation.
type Groups struct {
	// Nearest are those with bursts, then those that came nearest to one; at most Options.Groups.
	Nearest []Group
	// Total is the number of groups, Firing of those with bursts, Events the events of all groups together.
	Total, Firing, Events int
}

// Groups are the groups of a correlation, by its index in the list given to New, after Finish. It is empty without
// Options.Groups.
func (e *Engine) Groups(correlation int) Groups {
	g := e.groups[e.plans[correlation].rank]
	if g == nil {
		return Groups{}
	}
	return *g
}

// nearest notes the best window of the group at hand.
type nearest struct {
	Group
	fewest bool // the less the nearer
}

// see looks at a window.
func (n *nearest) see(m measure, first, last int64) {
	value, ok := m.now()
	if !ok || n.Valued && (n.fewest && value >= n.value || !n.fewest && value <= n.value) {
		return
	}
	n.Valued, n.value, n.First, n.Last = true, value, first, last
}

// fewest tells whether a correlation waits for its value to fall: it has upper bounds only, and tests them at each event.
func (p *plan) fewest() bool {
	if p.Type != ir.ValueAvg && p.Type != ir.ValuePercentile && p.Type != ir.ValueMedian {
		return false
	}
	return !slices.ContainsFunc(p.Bounds, func(b ir.Bound) bool { return b.Op != ir.BoundLess && b.Op != ir.BoundLessEqual })
}

// noteGroup keeps a group if it is among the nearest.
func (e *Engine) noteGroup(s *sweep) error {
	all := e.groups[s.plan.rank]
	if all == nil {
		all = &Groups{}
		e.groups[s.plan.rank] = all
	}
	g := &s.nearest.Group
	all.Total++
	all.Events += g.Events
	if g.Bursts > 0 {
		all.Firing++
	}
	order := func(a, b Group) int {
		distance := cmp.Compare(b.value, a.value)
		if s.nearest.fewest {
			distance = -distance
		}
		return cmp.Or(-cmp.Compare(min(a.Bursts, 1), min(b.Bursts, 1)), -compareBool(a.Valued, b.Valued), distance,
			cmp.Compare(a.First, b.First), slices.Compare(a.Group, b.Group))
	}
	at, _ := slices.BinarySearchFunc(all.Nearest, *g, order)
	if at == e.options.Groups {
		return nil
	}
	if len(s.plan.GroupBy) > 0 {
		if err := s.readGroup(); err != nil {
			return err
		}
		g.Group = s.group
		at, _ = slices.BinarySearchFunc(all.Nearest, *g, order)
	}
	g.Value = strconv.FormatFloat(g.value, 'g', 15, 64)
	all.Nearest = slices.Insert(all.Nearest, at, *g)
	all.Nearest = all.Nearest[:min(len(all.Nearest), e.options.Groups)]
	return nil
}

func compareBool(a, b bool) int {
	switch {
	case a == b:
		return 0
	case a:
		return 1
	}
	return -1
}

// now is the value of the window at hand; ok is false where it has none.
func (c *counted) now() (value float64, ok bool) { return float64(c.value), true }

func (m *valueSum) now() (value float64, ok bool) { return m.sum.value().float(), m.sum.n > 0 }

func (m *valueAvg) now() (value float64, ok bool) {
	if m.sum.n == 0 {
		return 0, false
	}
	return m.sum.value().float() / float64(m.sum.n), true
}

func (m *percentile) now() (value float64, ok bool) {
	if m.n == 0 {
		return 0, false
	}
	value, _ = m.near()
	return value, true
}

// now is the number of rules that have an event in the window.
func (m *extended) now() (value float64, ok bool) {
	for _, n := range m.present {
		if n > 0 {
			value++
		}
	}
	return value, true
}
