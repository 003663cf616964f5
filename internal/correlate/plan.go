package correlate

import (
	"errors"
	"fmt"
	"math"
	"slices"

	"github.com/egret-hunt/egret/internal/ir"
)

// plan is a correlation made ready. Bases that name the same rule are one, the first of them.
type plan struct {
	*ir.Correlation
	index int // in the list given to New
	rank  uint16
	// steps are the bases in the order of the correlation's rules, each as the first base of its rule.
	steps []uint16
	// distinct is the number of different rules.
	distinct int
	// outer are the bases that this correlation's bursts feed.
	outer []slot
	// chained tells that a base is a correlation.
	chained bool
	// numeric tells that the correlation reads numbers.
	numeric bool
	// chainNotes are the records of findings that it counts, beyond the first of each.
	chainNotes int
	measure    measure
}

// slot is a base of a correlation that a query or another correlation feeds.
type slot struct {
	plan *plan
	base uint16
}

// newPlan checks a correlation and resolves its repeated bases.
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
	type target struct {
		index       int
		correlation bool
	}
	first := map[target]uint16{}
	for i := range c.Bases {
		b := &c.Bases[i]
		if b.Index < 0 || (b.Correlation && b.Index >= total) {
			return nil, fmt.Errorf("base %d refers to %d, which is not there", i, b.Index)
		}
		if len(b.GroupBy) != len(c.GroupBy) {
			return nil, fmt.Errorf("base %d has %d fields for %d group-by names", i, len(b.GroupBy), len(c.GroupBy))
		}
		t := target{b.Index, b.Correlation}
		if _, ok := first[t]; !ok {
			first[t] = uint16(i)
			p.distinct++
		}
		p.steps = append(p.steps, first[t])
		p.chained = p.chained || b.Correlation
	}
	p.numeric = c.Type == ir.ValueSum || c.Type == ir.ValueAvg || c.Type == ir.ValuePercentile || c.Type == ir.ValueMedian
	var err error
	p.measure, err = newMeasure(p, numbers)
	return p, err
}

// Check tells why New would refuse a correlation for itself, nil if it would not. Whether its bases are there it cannot
// tell.
func Check(c *ir.Correlation) error {
	_, err := newPlan(c, 0, math.MaxInt, nil)
	return err
}

// targets calls yield once for every different rule of the correlation.
func (p *plan) targets(yield func(base uint16)) {
	for i, step := range p.steps {
		if int(step) == i {
			yield(step)
		}
	}
}

// order ranks the plans so that each comes after those it is fed by, else in the order of the list.
func order(plans []*plan) ([]*plan, error) {
	waits := make([]int, len(plans))
	for i, p := range plans {
		p.targets(func(base uint16) {
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
			return nil, errors.New("correlations name one another in a circle")
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
