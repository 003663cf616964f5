package correlate

import (
	"context"
	"fmt"
	"math"
	"math/bits"
)

// maxSteps limits the rules of an ordered correlation: a set of steps is one word.
const maxSteps = 64

// never is a start time before any window.
const never = math.MinInt64

// chain finds the longest run of steps that different events of the window match in order, at times that do not
// decrease.
//
// For each number of steps among the first i it keeps the latest possible start time of such a run. A later start is
// always at least as good, so nothing else about the past matters, and nothing is removed as the window slides: a run
// is in the window as long as its start is.
type chain struct {
	// best[i][k] is the latest start of k steps among the first i; never if there is none. best[i][0] is not used.
	best, next [][]int64
	// strict lets the events of one time match only one step, because times must increase.
	strict  bool
	classes []class
	ctx     context.Context // nil: it cannot be stopped
}

// class is a set of steps that some events of one time can match, with the number of those events.
type class struct {
	steps uint64
	count int
	// Used by advanceTied: the steps matched to events of the class, and whether augment has visited it.
	taken   uint64
	visited bool
}

func newChain(steps int, strict bool) *chain {
	c := &chain{strict: strict}
	for range steps + 1 {
		c.best, c.next = append(c.best, make([]int64, steps+1)), append(c.next, make([]int64, steps+1))
	}
	return c
}

func (c *chain) begin() {
	for _, row := range c.best {
		for k := range row {
			row[k] = never
		}
	}
}

// length returns the number of steps.
func (c *chain) length() int { return len(c.best) - 1 }

// advance adds the events of time t.
func (c *chain) advance(t int64, classes []class) {
	events, together, union := 0, 0, uint64(0)
	for _, class := range classes {
		events += class.count
		together += bits.OnesCount64(class.steps)
		union |= class.steps
		if class.count < bits.OnesCount64(class.steps) {
			together = math.MaxInt32 // not every step can have its own event
		}
	}
	switch {
	case union == 0:
	case events == 1 || c.strict:
		// Go from the last step down: a single event, or the events of one time if the order is strict, match only one
		// step, so no step may use another's new start.
		for left := union; left != 0; {
			i := bits.Len64(left)
			left &^= 1 << (i - 1)
			c.step(i, t)
		}
	case together == bits.OnesCount64(union):
		// Every step has its own event, so the steps can follow one another.
		for left := union; left != 0; left &= left - 1 {
			c.step(bits.TrailingZeros64(left)+1, t)
		}
	default:
		c.advanceTied(t, classes)
	}
}

// step lets an event of time t match step i, counted from 1.
func (c *chain) step(i int, t int64) {
	for k := i; k >= 1; k-- {
		start := t
		if k > 1 {
			start = c.best[i-1][k-1]
		}
		for j := i; j < len(c.best) && c.best[j][k] < start; j++ {
			c.best[j][k] = start
		}
	}
}

// advanceTied adds events of one time that compete for steps: between any two steps the longest run is a maximum
// matching of the steps between them to different events.
func (c *chain) advanceTied(t int64, classes []class) {
	c.classes = append(c.classes[:0], classes...)
	steps := c.length()
	for i := range c.best {
		copy(c.next[i], c.best[i])
	}
	for from := range steps {
		if c.ctx != nil && c.ctx.Err() != nil {
			break // many classes take seconds; the caller checks the context too
		}
		for i := range c.classes {
			c.classes[i].taken = 0
		}
		matched := 0
		for to := from + 1; to <= steps; to++ {
			for i := range c.classes {
				c.classes[i].visited = false
			}
			if c.augment(to - 1) {
				matched++
			}
			for k := 1; k <= to; k++ {
				start := t
				switch before := k - matched; {
				case matched == 0:
					continue
				case before > 0:
					start = c.best[from][before]
				}
				c.next[to][k] = max(c.next[to][k], start)
			}
		}
	}
	c.best, c.next = c.next, c.best
}

// augment finds an event for a step, moving other steps to other events if that helps.
func (c *chain) augment(step int) bool {
	bit := uint64(1) << step
	for i := range c.classes {
		class := &c.classes[i]
		if class.steps&bit == 0 || class.visited {
			continue
		}
		class.visited = true
		if bits.OnesCount64(class.taken) < class.count {
			class.taken |= bit
			return true
		}
		for others := class.taken; others != 0; others &= others - 1 {
			if c.augment(bits.TrailingZeros64(others)) {
				class.taken = class.taken&^(others&-others) | bit
				return true
			}
		}
	}
	return false
}

// longest returns the largest number of steps whose start is not before oldest.
func (c *chain) longest(oldest int64) int {
	row := c.best[c.length()]
	for k := c.length(); k >= 1; k-- {
		if row[k] != never && row[k] >= oldest {
			return k
		}
	}
	return 0
}

// peers collects the events of one time by the steps that they can match.
type peers struct {
	ofBase  []uint64 // steps of each base
	open    uint64   // steps of the event being read
	reading bool
	classes []class
	index   map[uint64]int // of classes, once there are many
}

const fewClasses = 8

func newPeers(p *plan) (*peers, error) {
	if len(p.steps) > maxSteps {
		return nil, fmt.Errorf("an ordered correlation of %d rules, more than %d", len(p.steps), maxSteps)
	}
	e := &peers{ofBase: make([]uint64, len(p.Bases)), index: map[uint64]int{}}
	for i, base := range p.steps {
		e.ofBase[base] |= 1 << i
	}
	return e, nil
}

func (e *peers) add(r *record, head bool) {
	if head {
		e.close()
		e.reading = true
	}
	if r.base != noBase {
		e.open |= e.ofBase[r.base]
	}
}

// close completes the event being read.
func (e *peers) close() {
	if !e.reading {
		return
	}
	steps := e.open
	e.open, e.reading = 0, false
	if len(e.classes) <= fewClasses {
		for i := range e.classes {
			if e.classes[i].steps == steps {
				e.classes[i].count++
				return
			}
		}
	} else {
		if len(e.index) == 0 {
			for i := range e.classes {
				e.index[e.classes[i].steps] = i
			}
		}
		if i, ok := e.index[steps]; ok {
			e.classes[i].count++
			return
		}
		e.index[steps] = len(e.classes)
	}
	e.classes = append(e.classes, class{steps: steps, count: 1})
}

// reset drops the events.
func (e *peers) reset() {
	e.open, e.reading, e.classes = 0, false, e.classes[:0]
	if len(e.index) > 0 {
		clear(e.index)
	}
}

// ordered measures the number of steps of the longest chain.
type ordered struct {
	counted
	peers *peers
	chain *chain
}

func newOrdered(p *plan, l limits) (measure, error) {
	e, err := newPeers(p)
	if err != nil {
		return nil, err
	}
	if p.Spans {
		return &orderedSpans{counted: counted{limits: l}, ofBase: e.ofBase, found: make([][]ends, 1<<len(p.steps))}, nil
	}
	return &ordered{counted: counted{limits: l}, peers: e, chain: newChain(len(p.steps), p.Strict)}, nil
}

func (m *ordered) begin(s *sequence, _, _ int) error {
	m.peers.reset()
	m.chain.ctx = s.ctx
	m.chain.begin()
	return nil
}

func (m *ordered) add(r *record, head bool) { m.peers.add(r, head) }

func (m *ordered) remove(*record, bool) {}

func (m *ordered) settle(t, oldest int64) {
	m.peers.close()
	m.chain.advance(t, m.peers.classes)
	m.peers.reset()
	m.value = int64(m.chain.longest(oldest))
}
