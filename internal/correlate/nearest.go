package correlate

import (
	"cmp"
	"slices"
	"strconv"

	"github.com/egret-hunt/egret/internal/ir"
)

// Group reports how near the events of one group came to a burst.
type Group struct {
	// Group has a text for each of the correlation's group-by names; nil without group-by.
	Group []string
	// Events is the number of events of the group, Bursts the number of its bursts.
	Events, Bursts int
	// Value is the value of the window that came nearest: number of events or distinct values, sum and so on; for a
	// condition over rules the number of rules with an event. Valued is false if no window had a value. First and Last
	// are the times of that window's first and last event, in nanoseconds since 1970.
	Value       string
	Valued      bool
	First, Last int64

	value float64
}

// Groups is a summary of the groups of one correlation.
type Groups struct {
	// Nearest lists groups with bursts, then those that came nearest to one; at most Options.Groups.
	Nearest []Group
	// Total is the number of groups, Firing the number of groups with bursts, Events the number of events of all
	// groups.
	Total, Firing, Events int
}

// Groups returns the groups of a correlation, by its index in the list passed to New. Call it after Finish. The result
// is empty without Options.Groups.
func (e *Engine) Groups(correlation int) Groups {
	g := e.groups[e.plans[correlation].rank]
	if g == nil {
		return Groups{}
	}
	return *g
}

// nearest records the best window of the current group.
type nearest struct {
	Group
	lowerIsNearer bool // lower values are nearer
}

// consider compares a window with the best one so far.
func (n *nearest) consider(m measure, first, last int64) {
	value, ok := m.now()
	if !ok || n.Valued && (n.lowerIsNearer && value >= n.value || !n.lowerIsNearer && value <= n.value) {
		return
	}
	n.Valued, n.value, n.First, n.Last = true, value, first, last
}

// lowerIsNearer reports whether lower values are nearer to a burst: the correlation tests its bounds at each event and has
// upper bounds only.
func (p *plan) lowerIsNearer() bool {
	if p.Type != ir.ValueAvg && p.Type != ir.ValuePercentile && p.Type != ir.ValueMedian {
		return false
	}
	return !slices.ContainsFunc(p.Bounds, func(b ir.Bound) bool { return b.Op != ir.BoundLess && b.Op != ir.BoundLessEqual })
}

// noteGroup records a group if it is among the nearest.
func (e *Engine) noteGroup(s *groupScan) error {
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
		if s.nearest.lowerIsNearer {
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

// now returns the value of the current window; ok is false if it has none.
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

// now returns the number of rules that have an event in the window.
func (m *extended) now() (value float64, ok bool) {
	for _, n := range m.present {
		if n > 0 {
			value++
		}
	}
	return value, true
}
