package hunt

import (
	"fmt"
	"math"

	"github.com/egret-hunt/egret/internal/evidence"
	"github.com/egret-hunt/egret/internal/finding"
	"github.com/egret-hunt/egret/internal/gaps"
	"github.com/egret-hunt/egret/internal/term"
	"github.com/egret-hunt/egret/internal/value"
)

// account fills in the ledger's part about files and records.
func (h *hunt) account(r *Result, stopped bool) error {
	l := &r.Ledger
	l.Partial, l.Notes = stopped, append([]string{}, l.Notes...)
	l.From, l.To = momentOf(h.from, minNanos), momentOf(h.to, maxNanos)
	h.accountRecords(l)
	l.Notes = append(l.Notes, h.firstSeen.Notes(l.First, l.Last)...)
	if err := h.input.account(r); err != nil {
		return err
	}
	l.Records.Failed.Sort()
	l.Records.Skipped.Sort()
	if l.Gaps == nil {
		l.Gaps = []finding.Gap{}
	}
	if len(l.Gaps) == gaps.MaxGaps {
		l.Notes = append(l.Notes, fmt.Sprintf("there are more gaps than the %d listed", gaps.MaxGaps))
	}
	uncovered := int64(0)
	for _, w := range h.workers {
		uncovered += w.uncovered
	}
	if uncovered > 0 {
		l.Notes = append(l.Notes, fmt.Sprintf("records left out of the search for gaps, because of too many accounts, regions or hours: %d", uncovered))
	}
	if n := h.engine.Clipped(); n > 0 {
		l.Notes = append(l.Notes, term.Plural(n, "time")+" an event had too many groups or values for a correlation to count them all")
	}
	if n := h.engine.Dropped(); n > 0 {
		l.Notes = append(l.Notes, fmt.Sprintf("findings of chained correlations that were left out because their combined evidence is too large: %d", n))
	}
	if n := h.engine.Unevaluated(); n > 0 {
		l.Notes = append(l.Notes, fmt.Sprintf("correlations that were not evaluated before the hunt was stopped: %d of %d", n, len(h.options.Set.Correlations)))
	}
	return nil
}

// momentOf returns an end of the time range, NoTime if it is open.
func momentOf(nanos, open int64) finding.Moment {
	if nanos == open {
		return finding.Moment{Time: finding.NoTime}
	}
	return finding.Moment{Time: value.Time{Nanos: nanos}}
}

func (h *hunt) accountRecords(l *finding.Ledger) {
	c := &l.Records
	c.Schemas = map[string]int64{}
	first, last := int64(math.MaxInt64), int64(math.MinInt64)
	for _, w := range h.workers {
		c.Evaluated += w.evaluated
		c.Duplicate += w.duplicate
		c.OutOfRange += w.outside
		c.WithoutTime += w.timeless
		first, last = min(first, w.first), max(last, w.latest)
		for i, s := range w.schemas {
			if s != nil && s.evaluated > 0 {
				c.Schemas[h.schemas[i].schema.Name] += s.evaluated
				if len(s.plan.compiled.Rules) == 0 {
					c.WithoutRule += s.evaluated
				}
			}
		}
	}
	h.accountUnseen(c)
	l.Notes = append(l.Notes, h.tableNotes()...)
	c.AtLeast = h.full || h.bulk.Load() > h.bulkLimit()
	if h.bulk.Load() > h.bulkLimit() {
		l.Notes = append(l.Notes, fmt.Sprintf("more than %d events of logs without ids of their own: beyond them only copies of matched"+
			" events were recognized", h.bulkLimit()))
	}
	if h.full {
		l.Notes = append(l.Notes, fmt.Sprintf("more than %s event ids: beyond them only copies of matched events were recognized",
			fmt.Sprint(evidence.DefaultSeenLimit)))
	}
	l.First, l.Last = finding.Moment{Time: finding.NoTime}, finding.Moment{Time: finding.NoTime}
	if first <= last {
		l.First, l.Last = finding.Moment{Time: value.Time{Nanos: first}}, finding.Moment{Time: value.Time{Nanos: last}}
	}
}
