package plan

import (
	"cmp"
	"slices"
	"strconv"

	"github.com/egret-hunt/egret/internal/ir"
	"github.com/egret-hunt/egret/internal/schema"
)

// judge finds what cannot run, in the set's order, rules first: rules that lack something, and correlations that lack one of
// their rules or a field that they ask for.
func (b *builder) judge() []CannotRun {
	var list []CannotRun
	for i := range b.set.Rules {
		if fault, ok := b.cannot[i]; ok {
			list = append(list, fault)
		}
	}
	refused := map[int]CannotRun{}
	for i, c := range b.set.Correlations { // those that are counted come before those that count them
		for _, base := range c.IR.Bases {
			fault, bad := b.lacks(base, refused)
			if bad {
				fault.Rule, fault.Correlation = i, true
				refused[i] = fault
				list = append(list, fault)
				break
			}
		}
	}
	return list
}

// lacks says what a base of a correlation cannot have here. Rules of other log sources lack nothing.
func (b *builder) lacks(base ir.Base, refused map[int]CannotRun) (fault CannotRun, bad bool) {
	fields := slices.Concat(base.GroupBy, base.Values)
	if base.Correlation {
		if fault, bad = refused[base.Index]; bad || !b.serves(base) {
			return fault, bad
		}
		fields = b.askedOf(base)
	} else if fault, bad = b.cannot[base.Index]; bad || b.rules[base.Index] == nil {
		return fault, bad
	}
	for i := range fields {
		if _, fault, ok := b.home(&fields[i]); !ok {
			return fault, true
		}
	}
	return CannotRun{}, false
}

// serves tells whether the table has events for a base, or for one below it.
func (b *builder) serves(base ir.Base) bool {
	if !base.Correlation {
		return b.rules[base.Index] != nil
	}
	return b.served[base.Index]
}

// askedOf are the fields that a correlation asks of the events of another one that it counts. A finding answers a field of
// its own group by itself, any other with the values of its evidence.
func (b *builder) askedOf(base ir.Base) []ir.Field {
	inner := b.set.Correlations[base.Index].IR
	return slices.DeleteFunc(slices.Concat(base.GroupBy, base.Values), func(f ir.Field) bool { return slices.Contains(inner.GroupBy, f.Name) })
}

// running are the correlations that have events here, and that no table refuses.
func (b *builder) running(refused map[int]bool) []int {
	var runs []int
	for i, c := range b.set.Correlations {
		if !refused[i] && slices.ContainsFunc(c.IR.Bases, b.serves) {
			runs = append(runs, i)
		}
	}
	return runs
}

// learnAsked passes on what correlations ask of the events of those that they count, down to the last.
func (b *builder) learnAsked(runs []int) {
	for _, i := range slices.Backward(runs) {
		for _, base := range b.set.Correlations[i].IR.Bases {
			if !base.Correlation {
				continue
			}
			for _, f := range slices.Concat(b.askedOf(base), b.asked[i]) {
				if !slices.ContainsFunc(b.asked[base.Index], func(g ir.Field) bool { return g.Name == f.Name }) {
					b.asked[base.Index] = append(b.asked[base.Index], f)
				}
			}
		}
	}
}

// fields are those that a correlation, and those that count it, ask of the events of one of its rules.
func (b *builder) fields(correlation int, base ir.Base) []ir.Field {
	return slices.Concat(base.GroupBy, base.Values, b.asked[correlation])
}

// need marks the rules whose events come as rows: those that report, and those that a correlation counts natively.
func (b *builder) need(runs, hits []int) {
	// Any order: each rule is looked at by itself.
	for i, r := range b.rules {
		r.needed = b.set.Rules[i].Reports
	}
	for _, c := range runs {
		for _, base := range b.set.Correlations[c].IR.Bases {
			r := b.rules[base.Index]
			if base.Correlation || r == nil {
				continue
			}
			if !slices.Contains(hits, c) {
				r.needed = true
			}
			r.risk = max(r.risk, counted)
			for _, f := range b.fields(c, base) {
				if columns, _, ok := b.home(&f); ok {
					r.columns = append(r.columns, columns...)
				}
			}
		}
	}
}

// learnCommon takes for common what correlations want many of: nobody counts to fifty what is rare. The authors of the
// rules know what a log is full of.
func (b *builder) learnCommon(runs []int) {
	// How many events a correlation wants is passed on to its rules and to the correlations that it counts, which stand
	// before it.
	bounds := make([]int, len(b.set.Correlations))
	for _, c := range runs {
		bounds[c], _ = lowerBound(b.set.Correlations[c].IR)
	}
	for c, bound := range slices.Backward(bounds) {
		for _, base := range b.set.Correlations[c].IR.Bases {
			if base.Correlation {
				bounds[base.Index] = max(bounds[base.Index], bound)
			} else if r := b.rules[base.Index]; r != nil {
				r.weight = max(r.weight, bound)
			}
		}
	}
	// Any order: a set is made.
	for _, r := range b.rules {
		if r.weight < cmp.Or(max(b.opt.CountFrom, 0), defaultCountFrom) {
			continue
		}
		ir.Walk(r.superset, func(e ir.Expr) bool {
			if s, ok := e.(*ir.StringExpr); ok && s.Op == ir.Equal && len(s.Pattern) > 0 && b.isAction(&s.Field) {
				b.common[s.Pattern[0].Text] = true
			}
			return true
		})
	}
	// Any order: each rule is looked at by itself.
	for _, r := range b.rules {
		r.risk = b.risk(r.superset)
	}
}

// countable are the correlations, of those that can run, that are better counted in SQL: their bases are broad, or they
// want so many events that these are; SQL can say each base exactly, has all of its events in this table, and no base is
// wanted as rows anyway; and their condition has a lower bound that fewer events never reach.
func (b *builder) countable(runs []int) []int {
	if b.opt.CountFrom < 0 || len(b.profile.ID) == 0 || !b.tells() {
		return nil
	}
	wanted := map[int]bool{} // rules whose rows come anyway
	for i := range b.rules {
		wanted[i] = b.set.Rules[i].Reports
	}
	var hits []int
	pairs := 0
	for _, i := range runs {
		c := b.set.Correlations[i].IR
		bound, ok := lowerBound(c)
		broad := bound >= b.opt.CountFrom
		for _, base := range c.Bases {
			r := b.rules[base.Index]
			if base.Correlation || r == nil || b.elsewhere(base.Index) {
				ok = false
				break
			}
			broad = broad || r.risk >= common
		}
		if ok && broad && bound > 1 && pairs+len(c.Bases) <= b.opt.MaxExact && b.sayable(i) {
			hits = append(hits, i)
			pairs += len(c.Bases)
			continue
		}
		for _, base := range c.Bases {
			wanted[base.Index] = wanted[base.Index] || !base.Correlation
		}
	}
	// One whose bases all come as rows has nothing to gain.
	hits = slices.DeleteFunc(hits, func(i int) bool {
		return !slices.ContainsFunc(b.set.Correlations[i].IR.Bases, func(base ir.Base) bool { return !wanted[base.Index] })
	})
	return hits
}

// lowerBound is how many different things must be counted in a window before a correlation's condition can hold: events,
// values, rules or steps. false where there is no such number.
func lowerBound(c *ir.Correlation) (int, bool) {
	switch c.Type {
	case ir.EventCount, ir.ValueCount:
	case ir.TemporalOrdered:
		if len(c.Bounds) == 0 {
			return len(c.Bases), true
		}
	case ir.Temporal:
		if len(c.Bounds) == 0 {
			different := map[int]bool{}
			for _, base := range c.Bases {
				different[base.Index] = true
			}
			return len(different), true
		}
	case ir.ValueSum, ir.ValueAvg, ir.ValuePercentile, ir.ValueMedian, ir.TemporalExtended, ir.TemporalOrderedExtended:
		return 0, false
	}
	bound := 1
	for _, limit := range c.Bounds {
		n, err := strconv.Atoi(limit.Text)
		if err != nil || limit.Op == ir.BoundNotEqual {
			return 0, false
		}
		switch limit.Op {
		case ir.BoundGreater:
			bound = max(bound, n+1)
		case ir.BoundGreaterEqual:
			bound = max(bound, n)
		case ir.BoundEqual, ir.BoundLess, ir.BoundLessEqual, ir.BoundNotEqual: // the lower bound of these alone is 1
		}
	}
	return bound, true
}

// tells reports whether the table has the id and the time of events.
func (b *builder) tells() bool {
	if len(b.profile.Schema.Time) == 0 {
		return false
	}
	for _, paths := range append([]schema.Paths{b.profile.Schema.Time}, b.profile.Schema.ID...) {
		if _, _, ok := b.home(&ir.Field{Paths: paths}); !ok {
			return false
		}
	}
	return true
}
