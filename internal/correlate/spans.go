package correlate

import (
	"errors"
	"fmt"
	"math"
	"time"

	"github.com/egret-hunt/egret/internal/ir"
)

// checkSpans returns an error if the engine cannot evaluate a correlation over events with a first and a last time.
func checkSpans(p *plan) error {
	if p.Type == ir.Bindings {
		return nil
	}
	ordered := p.Type == ir.TemporalOrdered
	switch {
	case p.Type != ir.EventCount && p.Type != ir.Temporal && p.Type != ir.TemporalExtended && !ordered || ordered && p.Extended != nil:
		return fmt.Errorf("events with a first and a last time cannot be used in a condition of type %s", p.Type)
	case ordered && p.Strict:
		return errors.New("events with a first and a last time cannot be at increasing times")
	case ordered && len(p.steps) > maxSpanSteps:
		return fmt.Errorf("an ordered correlation of %d rules over events with a first and a last time, more than %d", len(p.steps), maxSpanSteps)
	}
	return nil
}

// contains reports whether the record of a cursor between the burst's positions belongs to its evidence. Without spans all do.
func (b *Burst) contains(c *cursor) bool {
	if b.chosen != nil {
		_, chosen := b.chosen[c.at]
		return chosen
	}
	return !b.plan.Spans || c.record.last() >= b.since
}

// event returns the event that a record belongs to.
func (b *Burst) event(r *record) Event {
	e := r.event()
	if b.plan.Spans {
		// A longer duration than time.Duration can express is cut off.
		if e.Duration = time.Duration(r.last() - e.Time); e.Duration < 0 {
			e.Duration = math.MaxInt64
		}
	}
	return e
}

// runSpans is run for events with a first and a last time. They enter the window in the order of their first times,
// and leave it in the order of their last times.
func (s *groupScan) runSpans(first, end int) error {
	m, ctx, checked := s.plan.measure, s.engine.ctx, first
	if err := m.begin(&s.engine.sequence, first, end); err != nil {
		return err
	}
	// All events before trail have left the window.
	lead, trail := s.engine.sequence.cursor(first, end), s.engine.sequence.cursor(first, end)
	var window expiries
	var expired record // what a measure needs to remove a record
	events, latest := 0, int64(math.MinInt64)
	for lead.record != nil {
		t := lead.record.time
		oldest := s.plan.oldest(t)
		if s.open && latest < oldest { // no earlier event is in the window
			if err := s.close(); err != nil {
				return err
			}
		}
		for ; lead.record != nil && lead.record.time == t; lead.advance() {
			window.push(expiry{last: lead.record.last(), base: lead.record.base, head: lead.head})
			latest = max(latest, lead.record.last())
			m.add(lead.record, lead.head)
			if lead.head {
				events++
			}
			if lead.at-checked >= checkEvery {
				if checked = lead.at; ctx.Err() != nil {
					return ctx.Err()
				}
			}
		}
		for window[0].last < oldest {
			x := window.pop()
			expired.base = x.base
			m.remove(&expired, x.head)
			if x.head {
				events--
			}
		}
		for trail.record != nil && trail.record.last() < oldest {
			trail.advance()
		}
		if lead.err != nil || trail.err != nil {
			break
		}
		m.settle(t, oldest)
		holds := m.holds()
		if s.engine.options.Groups > 0 {
			s.nearest.consider(m, trail.record.time, latest)
		}
		if s.open && !holds {
			if err := s.close(); err != nil {
				return err
			}
		}
		if holds {
			fresh := !s.open
			if fresh {
				s.open, s.first, s.begins, s.since, s.heads = true, trail.at, trail.record.time, oldest, lead.heads-events
			}
			// The event with the latest end is in the window, so it belongs to the evidence.
			s.last, s.end, s.stop = latest, lead.at, lead.heads
			m.raisePeak(fresh)
		}
	}
	for _, err := range []error{lead.err, trail.err, ctx.Err()} {
		if err != nil {
			return err
		}
	}
	s.nearest.Events = lead.heads
	if s.open {
		return s.close()
	}
	return nil
}

// expiry is a record in a window of spans.
type expiry struct {
	last  int64
	event int // with ir.Bindings
	base  uint16
	head  bool
}

// expiries is a heap with the earliest last time at its top.
type expiries []expiry

func (h *expiries) push(x expiry) {
	*h = append(*h, x)
	list := *h
	for i := len(list) - 1; i > 0; {
		parent := (i - 1) / 2
		if list[parent].last <= list[i].last {
			break
		}
		list[i], list[parent] = list[parent], list[i]
		i = parent
	}
}

func (h *expiries) pop() expiry {
	list := *h
	top := list[0]
	list[0] = list[len(list)-1]
	list = list[:len(list)-1]
	*h = list
	for i := 0; ; {
		least := i
		for child := 2*i + 1; child <= 2*i+2 && child < len(list); child++ {
			if list[child].last < list[least].last {
				least = child
			}
		}
		if least == i {
			return top
		}
		list[i], list[least] = list[least], list[i]
		i = least
	}
}
