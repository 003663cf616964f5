package correlate

import (
	"errors"

	"github.com/egret-hunt/egret/internal/evidence"
	"github.com/egret-hunt/egret/internal/ir"
)

// groupScan slides the window over one group and collects its bursts.
type groupScan struct {
	engine *Engine
	plan   *plan
	texts  evidence.Ref
	group  []string
	found  bool

	// The current run of events.
	open        bool
	first, end  int // records of its evidence
	begins      int64
	last        int64
	since       int64 // with spans: what ended earlier is not evidence
	heads, stop int   // events before first and before end

	nearest nearest // only with Options.Groups
}

// checkEvery is the number of records between checks of the context.
const checkEvery = 1 << 14

// run processes the records from first to end.
func (s *groupScan) run(first, end int) error {
	m, ctx, checked := s.plan.measure, s.engine.ctx, first
	if err := m.begin(&s.engine.sequence, first, end); err != nil {
		return err
	}
	lead, trail := s.engine.sequence.cursor(first, end), s.engine.sequence.cursor(first, end)
	for lead.record != nil {
		t := lead.record.time
		oldest := s.plan.oldest(t)
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
			s.nearest.consider(m, trail.record.time, t)
		}
		// The difference of two times fits 64 bits only as an unsigned number.
		gap := s.plan.Timespan != ir.NoLimit && uint64(t)-uint64(s.last) > uint64(s.plan.Timespan)
		if s.open && (!holds || gap) {
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
			m.raisePeak(fresh)
		}
	}
	// After an error the value of a measure is undefined.
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

// readGroup reads the texts of the group, at most once.
func (s *groupScan) readGroup() error {
	if s.group != nil || len(s.plan.GroupBy) == 0 {
		return nil
	}
	texts, err := s.engine.texts.Get(s.texts)
	if err == nil {
		s.group = splitTexts(texts.Raw, len(s.plan.GroupBy))
	}
	return err
}

// close ends the run, which is a burst if its peak satisfies the upper bounds.
func (s *groupScan) close() error {
	s.open = false
	m := s.plan.measure
	if !m.acceptsPeak() {
		return nil
	}
	if err := s.readGroup(); err != nil {
		return err
	}
	b := &Burst{
		Correlation: s.plan.index, Group: s.group, First: s.begins, Last: s.last, Count: s.stop - s.heads, Peak: m.peak(),
		engine: s.engine, plan: s.plan, first: s.first, end: s.end, since: s.since,
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
