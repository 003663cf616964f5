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
	// begin turns to another group, whose records run from first to end.
	begin(s *sequence, first, end int) error
	// add takes a record into the window; head marks the first record of an event.
	add(r *record, head bool)
	// remove takes the oldest record out.
	remove(r *record, head bool)
	// settle is called when the window of time t is complete; nothing in it is older than oldest.
	settle(t, oldest int64)
	// holds tests what is tested at each event.
	holds() bool
	// raise notes the value for the peak of a burst; fresh begins another burst.
	raise(fresh bool)
	// stands tests the peak of a burst.
	stands() bool
	// now is the value of the window at hand, near enough for people; ok is false where it has none.
	now() (value float64, ok bool)
	// peak is the peak as text, "" where the type has no value.
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
			return nil, errors.New("a count without bounds")
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
			return nil, errors.New("a calculation without bounds")
		}
		return newNumeric(p, numbers)
	}
	return nil, fmt.Errorf("unknown type %d", p.Type)
}

// temporalLimits are the bounds over the number of rules, all of them where there is no condition.
func temporalLimits(p *plan, all int) (limits, error) {
	least := number{small: 1}
	if len(p.Bounds) == 0 {
		least.small = int64(all)
	}
	return newLimits(p.Bounds, false, &least)
}

// counted is the part of a measure whose value is a whole number.
type counted struct {
	limits
	value   int64
	highest int64
}

func (c *counted) settle(_, _ int64) {}

func (c *counted) holds() bool { return allAccept(c.limits.each, number{small: c.value}) }

func (c *counted) raise(fresh bool) {
	if fresh || c.value > c.highest {
		c.highest = c.value
	}
}

func (c *counted) stands() bool { return allAccept(c.limits.peak, number{small: c.highest}) }

func (c *counted) peak() string { return strconv.FormatInt(c.highest, 10) }

// eventCount counts events.
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

// valueCount counts different values.
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

// temporal counts the different rules that have an event in the window.
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
