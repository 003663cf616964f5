package correlate

import (
	"context"
	"math"
	"math/bits"
	"slices"
)

// maxSpanSteps limits the rules of an ordered correlation over spans, because the work for an event grows with the
// number of ways to match events to steps.
const maxSpanSteps = 6

// ends has for each step the last time of the event that matches it; MaxInt64 if none does.
type ends [maxSpanSteps]int64

var noEnds = ends{math.MaxInt64, math.MaxInt64, math.MaxInt64, math.MaxInt64, math.MaxInt64, math.MaxInt64}

// covers reports whether no end is earlier than in other. What is possible after other is then possible after e.
func (e *ends) covers(other *ends) bool {
	for i := range e {
		if e[i] < other[i] {
			return false
		}
	}
	return true
}

// orderedSpans measures the largest number of steps that different events of the window match in order: no event ends
// before the event of an earlier step begins.
//
// Events come by their first times. So an event can match a step if the events of later steps have not ended when it
// begins; it cannot conflict with those of earlier steps. Later ends are always at least as good, here and for staying
// in the window, so for each set of steps only the ends that no others cover are kept.
type orderedSpans struct {
	counted
	ctx    context.Context
	ofBase []uint64 // steps of each base
	found  [][]ends // by set of steps

	// The event being read.
	reading     bool
	steps       uint64
	first, last int64
}

func (m *orderedSpans) begin(s *sequence, _, _ int) error {
	m.ctx, m.reading, m.steps = s.ctx, false, 0
	for i := range m.found {
		m.found[i] = m.found[i][:0]
	}
	m.found[0] = append(m.found[0], noEnds)
	return nil
}

func (m *orderedSpans) add(r *record, head bool) {
	if head {
		m.finishEvent()
		m.reading, m.first, m.last = true, r.time, r.last()
	}
	if r.base != noBase {
		m.steps |= m.ofBase[r.base]
	}
}

func (m *orderedSpans) remove(*record, bool) {}

// finishEvent lets the event being read match one more step.
func (m *orderedSpans) finishEvent() {
	steps := m.steps
	reading := m.reading
	m.reading, m.steps = false, 0
	if !reading || m.ctx != nil && m.ctx.Err() != nil { // the caller checks the context too
		return
	}
	// A step is added to smaller sets only, so going down lets the event match one step.
	for set := len(m.found) - 1; set >= 0; set-- {
		for left := steps &^ uint64(set); left != 0; left &= left - 1 {
			step := bits.TrailingZeros64(left)
			for i := range m.found[set] {
				e := m.found[set][i]
				if slices.Min(e[step:]) >= m.first {
					e[step] = m.last
					m.keep(set|1<<step, &e)
				}
			}
		}
	}
}

// keep adds ends to a set of steps, unless others cover them, and drops those that they cover.
func (m *orderedSpans) keep(set int, e *ends) {
	list := m.found[set]
	if slices.ContainsFunc(list, func(other ends) bool { return other.covers(e) }) {
		return
	}
	list = slices.DeleteFunc(list, func(other ends) bool { return e.covers(&other) })
	m.found[set] = append(list, *e)
}

func (m *orderedSpans) settle(_, oldest int64) {
	m.finishEvent()
	m.value = 0
	for set := 1; set < len(m.found); set++ {
		m.found[set] = slices.DeleteFunc(m.found[set], func(e ends) bool { return slices.Min(e[:]) < oldest })
		if n := int64(bits.OnesCount(uint(set))); n > m.value && len(m.found[set]) > 0 {
			m.value = n
		}
	}
}
