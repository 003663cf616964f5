package correlate

import (
	"errors"
	"math"

	"github.com/egret-hunt/egret/internal/evidence"
)

// sweep slides the window over one group and gathers its bursts.
type sweep struct {
	engine *Engine
	plan   *plan
	texts  evidence.Ref
	group  []string
	found  bool

	// The run of events at hand.
	open        bool
	first, end  int // records of its evidence
	begins      int64
	last        int64
	heads, stop int // events before first and before end

	nearest nearest // only with Options.Groups
}

// checkEvery is after how many records the context is looked at.
const checkEvery = 1 << 14

// run visits the records from first to end.
func (s *sweep) run(first, end int) error {
	m, ctx, checked := s.plan.measure, s.engine.ctx, first
	if err := m.begin(&s.engine.sequence, first, end); err != nil {
		return err
	}
	lead, trail := s.engine.sequence.cursor(first, end), s.engine.sequence.cursor(first, end)
	for lead.record != nil {
		t := lead.record.time
		oldest := int64(math.MinInt64)
		if t > math.MinInt64+int64(s.plan.Timespan) {
			oldest = t - int64(s.plan.Timespan)
		}
		for ; lead.record != nil && lead.record.time == t; lead.advance() {
			m.add(lead.record, lead.head)
			if lead.at-checked >= checkEvery {
				if checked = lead.at; ctx.Err() != nil {
					return ctx.Err()
				}
			}
		}
		for ; trail.record != nil && trail.record.time < oldest; trail.advance() {
			m.remove(trail.record, trail.head)
		}
		if lead.err != nil || trail.err != nil {
			break
		}
		m.settle(t, oldest)
		holds := m.holds()
		if s.engine.options.Groups > 0 {
			s.nearest.see(m, trail.record.time, t)
		}
		// The difference of two times fits 64 bits only without a sign.
		if s.open && (!holds || uint64(t)-uint64(s.last) > uint64(s.plan.Timespan)) {
			if err := s.close(); err != nil {
				return err
			}
		}
		if holds {
			fresh := !s.open
			if fresh {
				s.open, s.first, s.begins, s.heads = true, trail.at, trail.record.time, trail.heads
			}
			s.last, s.end, s.stop = t, lead.at, lead.heads
			m.raise(fresh)
		}
	}
	// A measure that was stopped gives any value.
	for _, err := range []error{lead.err, trail.err, s.engine.numbers.err, ctx.Err()} {
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

// readGroup reads the texts of the group, once.
func (s *sweep) readGroup() error {
	if s.group != nil || len(s.plan.GroupBy) == 0 {
		return nil
	}
	texts, err := s.engine.texts.Get(s.texts)
	if err == nil {
		s.group = splitTexts(texts.Raw, len(s.plan.GroupBy))
	}
	return err
}

// close ends the run. It is a burst if its peak is within the upper bounds.
func (s *sweep) close() error {
	s.open = false
	m := s.plan.measure
	if !m.stands() {
		return nil
	}
	if err := s.readGroup(); err != nil {
		return err
	}
	b := &Burst{
		Correlation: s.plan.index, Group: s.group, First: s.begins, Last: s.last, Count: s.stop - s.heads, Peak: m.peak(),
		engine: s.engine, plan: s.plan, first: s.first, end: s.end,
	}
	if s.plan.chained {
		events, err := b.gather()
		if errors.Is(err, errChainWork) {
			s.engine.dropped++
			return nil
		}
		if err != nil {
			return err
		}
		b.Count = len(events)
	}
	s.found = true
	s.nearest.Bursts++
	s.engine.found[s.plan.rank] = append(s.engine.found[s.plan.rank], b)
	return nil
}
