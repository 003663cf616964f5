package correlate

import (
	"errors"
	"fmt"
	"math"
	"slices"

	"github.com/egret-hunt/egret/internal/ir"
)

// plan is a prepared correlation. Bases that name the same rule count as one, the first of them.
type plan struct {
	*ir.Correlation
	index int // in the list passed to New
	rank  uint16
	// steps has one entry for each of the correlation's rules, in order: the first base that names the rule.
	steps []uint16
	// distinct is the number of different rules.
	distinct int
	// outer are the bases that this correlation's bursts feed.
	outer []slot
	// ranged reports whether some base leaves out events by their time.
	ranged bool
	// chained reports whether some base is a correlation.
	chained bool
	// numeric reports whether the correlation reads numbers.
	numeric bool
	// chainNotes counts the records of chained findings, beyond the first of each finding.
	chainNotes int
	measure    measure
	// bindings is for ir.Bindings, which has no measure.
	bindings *bindingPlan
}

// slot is a base of a correlation that a query or another correlation feeds.
type slot struct {
	plan *plan
	base uint16
}

// newPlan checks a correlation and merges bases that name the same rule.
func newPlan(c *ir.Correlation, index, total int, numbers *numberReader) (*plan, error) {
	p := &plan{Correlation: c, index: index}
	switch {
	case len(c.Bases) == 0:
		return nil, errors.New("the correlation names no rules")
	case len(c.Bases) > maxBases:
		return nil, fmt.Errorf("the correlation names %d rules, more than %d", len(c.Bases), maxBases)
	case c.Timespan < 0:
		return nil, fmt.Errorf("the timespan %v is negative", c.Timespan)
	}
	type baseKey struct {
		reference ir.Reference
		ranged    bool
		times     ir.TimeRange
	}
	first := map[baseKey]uint16{}
	for i := range c.Bases {
		b := &c.Bases[i]
		if b.Index < 0 || (b.Correlation && b.Index >= total) {
			return nil, fmt.Errorf("base %d refers to %d, which does not exist", i, b.Index)
		}
		if len(b.GroupBy) != len(c.GroupBy) {
			return nil, fmt.Errorf("base %d has %d fields for %d group-by names", i, len(b.GroupBy), len(c.GroupBy))
		}
		t := baseKey{reference: b.Reference}
		if b.Range != nil {
			p.ranged, t.ranged, t.times = true, true, *b.Range
		}
		if _, ok := first[t]; !ok {
			first[t] = uint16(i)
			p.distinct++
		}
		p.steps = append(p.steps, first[t])
		p.chained = p.chained || b.Correlation
	}
	if c.Spans {
		if err := checkSpans(p); err != nil {
			return nil, err
		}
	}
	if c.Type == ir.Bindings {
		if !c.Spans || p.chained || len(c.Bounds) > 0 {
			return nil, errors.New("a binding has spans, counts no correlations and has no bounds")
		}
		var err error
		p.bindings, err = newBindingPlan(p)
		return p, err
	}
	p.numeric = c.Type == ir.ValueSum || c.Type == ir.ValueAvg || c.Type == ir.ValuePercentile || c.Type == ir.ValueMedian
	var err error
	p.measure, err = newMeasure(p, numbers)
	return p, err
}

// oldest returns the first time in the window of time t.
func (p *plan) oldest(t int64) int64 {
	if p.Timespan != ir.NoLimit && t > math.MinInt64+int64(p.Timespan) {
		return t - int64(p.Timespan)
	}
	return math.MinInt64
}

// Check returns the error with which New would reject a correlation on its own, nil if it would accept it. It does not
// check that the bases exist.
func Check(c *ir.Correlation) error {
	_, err := newPlan(c, 0, math.MaxInt, nil)
	return err
}

// eachRule calls yield once for every different rule of the correlation.
func (p *plan) eachRule(yield func(base uint16)) {
	for i, step := range p.steps {
		if int(step) == i {
			yield(step)
		}
	}
}

// order ranks the plans: each comes after those that it is based on, otherwise in the order of the list.
func order(plans []*plan) ([]*plan, error) {
	waits := make([]int, len(plans))
	for i, p := range plans {
		p.eachRule(func(base uint16) {
			if b := p.Bases[base]; b.Correlation {
				waits[i]++
				inner := plans[b.Index]
				inner.outer = append(inner.outer, slot{p, base})
			}
		})
	}
	var ranked []*plan
	for len(ranked) < len(plans) {
		next := slices.Index(waits, 0)
		if next < 0 {
			return nil, errors.New("correlations refer to one another in a circle")
		}
		waits[next] = -1
		plans[next].rank = uint16(len(ranked))
		ranked = append(ranked, plans[next])
		for _, s := range plans[next].outer {
			waits[s.plan.index]--
		}
	}
	return ranked, nil
}
