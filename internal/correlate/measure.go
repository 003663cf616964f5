package correlate

import (
	"errors"
	"fmt"
	"strconv"

	"github.com/egret-hunt/egret/internal/ir"
)

// measure computes a correlation's value over a sliding window and tests its bounds. One measure serves all groups of its
// correlation, one after the other.
type measure interface {
	// begin starts another group, whose records run from first to end.
	begin(s *sequence, first, end int) error
	// add adds a record to the window; head marks the first record of an event.
	add(r *record, head bool)
	// remove removes the oldest record from the window.
	remove(r *record, head bool)
	// settle is called when the window of time t is complete; no record in it is older than oldest.
	settle(t, oldest int64)
	// holds tests the bounds that apply at each event.
	holds() bool
	// raisePeak updates the peak of a burst with the current value; fresh begins another burst.
	raisePeak(fresh bool)
	// acceptsPeak tests the bounds on the peak of a burst.
	acceptsPeak() bool
	// now returns the approximate value of the current window; ok is false if it has none.
	now() (value float64, ok bool)
	// peak returns the peak as text, "" for types without a value.
	peak() string
}

func newMeasure(p *plan, numbers *numberReader) (measure, error) {
	one := number{small: 1}
	if p.Extended != nil {
		return newExtended(p)
	}
	switch p.Type {
	case ir.EventCount, ir.ValueCount:
		if len(p.Bounds) == 0 {
			return nil, errors.New("the count has no bounds")
		}
		l, err := newLimits(p.Bounds, false, &one)
		if p.Type == ir.EventCount {
			return &eventCount{counted{limits: l}}, err
		}
		return &valueCount{counted: counted{limits: l}, seen: map[[2]uint64]int{}}, err
	case ir.Temporal, ir.TemporalExtended:
		l, err := temporalLimits(p, p.distinct)
		return &temporal{counted: counted{limits: l}, present: make([]int, len(p.Bases))}, err
	case ir.TemporalOrdered, ir.TemporalOrderedExtended:
		l, err := temporalLimits(p, len(p.steps))
		if err != nil {
			return nil, err
		}
		return newOrdered(p, l)
	case ir.ValueSum, ir.ValueAvg, ir.ValuePercentile, ir.ValueMedian:
		if len(p.Bounds) == 0 {
			return nil, errors.New("the calculation has no bounds")
		}
		return newNumeric(p, numbers)
	case ir.Bindings: // runBindings evaluates them without a measure
	}
	return nil, fmt.Errorf("unknown type %d", p.Type)
}

// temporalLimits returns the bounds on the number of rules: all rules if there is no condition.
func temporalLimits(p *plan, all int) (limits, error) {
	least := number{small: 1}
	if len(p.Bounds) == 0 {
		least.small = int64(all)
	}
	return newLimits(p.Bounds, false, &least)
}

// counted is the part of a measure whose value is an integer.
type counted struct {
	limits
	value   int64
	highest int64
}

func (c *counted) settle(_, _ int64) {}

func (c *counted) holds() bool { return allAccept(c.limits.each, number{small: c.value}) }

func (c *counted) raisePeak(fresh bool) {
	if fresh || c.value > c.highest {
		c.highest = c.value
	}
}

func (c *counted) acceptsPeak() bool { return allAccept(c.limits.peak, number{small: c.highest}) }

func (c *counted) peak() string { return strconv.FormatInt(c.highest, 10) }

// eventCount measures the number of events.
type eventCount struct{ counted }

func (m *eventCount) begin(*sequence, int, int) error {
	m.value = 0
	return nil
}

func (m *eventCount) add(_ *record, head bool) {
	if head {
		m.value++
	}
}

func (m *eventCount) remove(_ *record, head bool) {
	if head {
		m.value--
	}
}

// valueCount measures the number of different values.
type valueCount struct {
	counted
	seen map[[2]uint64]int
}

func (m *valueCount) begin(*sequence, int, int) error {
	clear(m.seen)
	m.value = 0
	return nil
}

func (m *valueCount) add(r *record, _ bool) {
	if r.kind() == hashValue {
		m.seen[r.value]++
		m.value = int64(len(m.seen))
	}
}

func (m *valueCount) remove(r *record, _ bool) {
	if r.kind() != hashValue {
		return
	}
	if n := m.seen[r.value]; n > 1 {
		m.seen[r.value] = n - 1
	} else {
		delete(m.seen, r.value)
		m.value = int64(len(m.seen))
	}
}

// temporal measures the number of different rules that have an event in the window.
type temporal struct {
	counted
	present []int // events by base
}

func (m *temporal) begin(*sequence, int, int) error {
	clear(m.present)
	m.value = 0
	return nil
}

func (m *temporal) add(r *record, _ bool) {
	if r.base == noBase {
		return
	}
	if m.present[r.base]++; m.present[r.base] == 1 {
		m.value++
	}
}

func (m *temporal) remove(r *record, _ bool) {
	if r.base == noBase {
		return
	}
	if m.present[r.base]--; m.present[r.base] == 0 {
		m.value--
	}
}
