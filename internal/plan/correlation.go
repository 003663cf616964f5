package plan

import (
	"cmp"
	"slices"
	"strconv"

	"github.com/egret-hunt/egret/internal/ir"
	"github.com/egret-hunt/egret/internal/schema"
)

// cannotRun returns the rules and then the correlations that cannot run, in the set's order: rules without a column that they
// need, and correlations without one of their rules or fields.
func (b *builder) cannotRun() []CannotRun {
	var list []CannotRun
	for i := range b.set.Rules {
		if fault, ok := b.cannot[i]; ok {
			list = append(list, fault)
		}
	}
	refused := map[int]CannotRun{}
	for i, c := range b.set.Correlations { // counted correlations come before those that count them
		// A binding takes what the log sources can give of it.
		some := c.IR.Type == ir.Bindings && slices.ContainsFunc(c.IR.Bases, func(base ir.Base) bool { return b.serves(base) || b.elsewhere(base.Index) })
		for _, base := range c.IR.Bases {
			fault, bad := b.lacks(base, refused)
			if bad && !some {
				fault.Reference = ir.Reference{Index: i, Correlation: true}
				refused[i] = fault
				list = append(list, fault)
				break
			}
		}
	}
	return list
}

// lacks returns the reason why a base of a correlation cannot run on the table. Rules of other log sources have none.
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
		if _, fault, ok := b.columnsOf(&fields[i]); !ok {
			return fault, true
		}
	}
	return CannotRun{}, false
}

// serves reports whether the table has events for a base, directly or through counted correlations.
func (b *builder) serves(base ir.Base) bool {
	if !base.Correlation {
		return b.rules[base.Index] != nil
	}
	return b.served[base.Index]
}

// askedOf returns the fields that a correlation reads from the events of another one that it counts. The group fields of the
// inner correlation are not among them: its findings have their values.
func (b *builder) askedOf(base ir.Base) []ir.Field {
	inner := b.set.Correlations[base.Index].IR
	return slices.DeleteFunc(slices.Concat(base.GroupBy, base.Values), func(f ir.Field) bool { return slices.Contains(inner.GroupBy, f.Name) })
}

// running returns the correlations that have events in this table and that no table refuses.
func (b *builder) running(refused map[int]bool) []int {
	var runs []int
	for i, c := range b.set.Correlations {
		if !refused[i] && slices.ContainsFunc(c.IR.Bases, b.serves) {
			runs = append(runs, i)
		}
	}
	return runs
}

// learnAsked sets asked. It passes fields from correlations down to those that they count.
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

// fields returns the fields that a correlation, and those that count it, read from the events of one of its rules.
func (b *builder) fields(correlation int, base ir.Base) []ir.Field {
	return slices.Concat(base.GroupBy, base.Values, b.asked[correlation])
}

// need marks the rules whose events are returned as rows: those with findings, and those that a correlation counts natively.
func (b *builder) need(runs, counts []int) {
	// Iteration order does not matter: rules are independent.
	for i, r := range b.rules {
		r.needed = b.set.Rules[i].Reports
	}
	for _, c := range runs {
		for _, base := range b.set.Correlations[c].IR.Bases {
			r := b.rules[base.Index]
			if base.Correlation || r == nil {
				continue
			}
			if !slices.Contains(counts, c) {
				r.needed = true
			}
			r.risk = max(r.risk, counted)
			for _, f := range b.fields(c, base) {
				if columns, _, ok := b.columnsOf(&f); ok {
					r.columns = append(r.columns, columns...)
				}
			}
		}
	}
}

// learnCommon marks actions as common if a correlation with a high lower bound counts them: authors count to fifty only what
// is frequent in a log.
func (b *builder) learnCommon(runs []int) {
	// Pass the lower bound of a correlation to its rules and to the correlations that it counts, which come before it.
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
	// Iteration order does not matter: the loop adds to a set.
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
	// Iteration order does not matter: rules are independent.
	for _, r := range b.rules {
		r.risk = b.risk(r.superset)
	}
}

// countable returns the correlations of runs that SQL should count: a base matches many events or the lower bound is high;
// SQL can express the bases; all events are in this table; the condition has a lower bound above 1; and at least one base is
// not returned as rows anyway.
func (b *builder) countable(runs []int) []int {
	if b.opt.CountFrom < 0 || len(b.layout.ID) == 0 || !b.hasIDAndTime() || b.layout.Schema.Splits() {
		return nil
	}
	wanted := map[int]bool{} // rules whose events are returned as rows anyway
	for i := range b.rules {
		wanted[i] = b.set.Rules[i].Reports
	}
	var counts []int
	pairs := 0
	for _, i := range runs {
		c := b.set.Correlations[i].IR
		bound, ok := lowerBound(c)
		ok = ok && c.Timespan != ir.NoLimit
		broad := bound >= b.opt.CountFrom
		for _, base := range c.Bases {
			r := b.rules[base.Index]
			if base.Correlation || base.Range != nil || r == nil || b.elsewhere(base.Index) {
				ok = false
				break
			}
			broad = broad || r.risk >= common
		}
		if ok && broad && bound > 1 && pairs+len(c.Bases) <= b.opt.MaxExact && b.canCount(i) {
			counts = append(counts, i)
			pairs += len(c.Bases)
			continue
		}
		for _, base := range c.Bases {
			wanted[base.Index] = wanted[base.Index] || !base.Correlation
		}
	}
	// Counting in SQL saves nothing if all bases are returned as rows.
	counts = slices.DeleteFunc(counts, func(i int) bool {
		return !slices.ContainsFunc(b.set.Correlations[i].IR.Bases, func(base ir.Base) bool { return !wanted[base.Index] })
	})
	return counts
}

// lowerBound returns the number of events, values, rules or steps that a window needs at least to satisfy a correlation's
// condition. It returns false if there is no such number.
func lowerBound(c *ir.Correlation) (int, bool) {
	switch c.Type {
	case ir.EventCount, ir.ValueCount, ir.Bindings:
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

// hasIDAndTime reports whether the table has the id and the time of events.
func (b *builder) hasIDAndTime() bool {
	if len(b.layout.Schema.Time) == 0 {
		return false
	}
	for _, paths := range append([]schema.Paths{b.layout.Schema.Time}, b.layout.Schema.ID...) {
		if _, _, ok := b.columnsOf(&ir.Field{Paths: paths}); !ok {
			return false
		}
	}
	return true
}
