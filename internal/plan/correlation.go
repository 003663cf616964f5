package plan

import (
	"cmp"
	"slices"
	"strconv"

	"github.com/egret-hunt/egret/internal/ir"
	"github.com/egret-hunt/egret/internal/schema"
)

// correlations are those that can run, by index; the others go into the plan with their reason.
func (b *builder) correlations(p *Plan, cannot map[int]CannotRun) []int {
	var runs []int
	refused := map[int]CannotRun{}
next:
	for i, c := range b.set.Correlations {
		served := false
		for _, base := range c.IR.Bases {
			var fault CannotRun
			var bad bool
			if base.Correlation {
				fault, bad = refused[base.Index]
				served = served || bad || slices.Contains(runs, base.Index)
			} else {
				fault, bad = cannot[base.Index]
				served = served || bad || b.rules[base.Index] != nil
			}
			for _, f := range slices.Concat(base.GroupBy, base.Values) {
				if !bad && !base.Correlation && b.rules[base.Index] != nil {
					_, fault, bad = b.home(&f)
					bad = !bad
				}
			}
			if bad {
				fault.Rule, fault.Correlation = i, true
				refused[i] = fault
				p.CannotRun = append(p.CannotRun, fault)
				continue next
			}
		}
		if served {
			runs = append(runs, i)
		}
	}
	return runs
}

// need marks the rules whose events come as rows: those that report, and those that a correlation counts natively.
func (b *builder) need(runs, hits []int) {
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
			for _, f := range slices.Concat(base.GroupBy, base.Values) {
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
	for _, c := range runs {
		bound, _ := lowerBound(b.set.Correlations[c].IR)
		b.weigh(c, bound)
	}
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
	for _, r := range b.rules {
		r.risk = b.risk(r.superset)
	}
}

// weigh passes on how many events a correlation wants, to its rules and to those of the correlations that it counts.
func (b *builder) weigh(c, bound int) {
	for _, base := range b.set.Correlations[c].IR.Bases {
		if base.Correlation {
			b.weigh(base.Index, bound)
		} else if r := b.rules[base.Index]; r != nil {
			r.weight = max(r.weight, bound)
		}
	}
}

// countable are the correlations, of those that can run, that are better counted in SQL: their bases are broad, or they
// want so many events that these are; SQL can say each base exactly and no base is wanted as rows anyway; and their
// condition has a lower bound that fewer events never reach.
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
			if base.Correlation || r == nil || !r.exact {
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
// values or rules. false where there is no such number.
func lowerBound(c *ir.Correlation) (int, bool) {
	switch c.Type {
	case ir.EventCount, ir.ValueCount:
	case ir.Temporal, ir.TemporalOrdered:
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
