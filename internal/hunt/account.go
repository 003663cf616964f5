package hunt

import (
	"fmt"
	"math"

	"github.com/egret-hunt/egret/internal/evidence"
	"github.com/egret-hunt/egret/internal/finding"
	"github.com/egret-hunt/egret/internal/value"
)

// account fills in the ledger's part about files and records.
func (h *hunt) account(r *Result, stopped bool) error {
	l := &r.Ledger
	l.Partial, l.Notes = stopped, append([]string{}, l.Notes...)
	l.From, l.To = momentOf(h.from, minNanos), momentOf(h.to, maxNanos)
	h.accountRecords(l)
	if h.options.Lake != nil {
		h.accountLake(r)
	} else {
		if err := h.accountFiles(r); err != nil {
			return err
		}
		l.Gaps = h.gaps()
	}
	if l.Gaps == nil {
		l.Gaps = []finding.Gap{}
	}
	if len(l.Gaps) == maxGaps {
		l.Notes = append(l.Notes, fmt.Sprintf("there are more gaps than the %d listed", maxGaps))
	}
	uncovered := int64(0)
	for _, w := range h.workers {
		uncovered += w.uncovered
	}
	if uncovered > 0 {
		l.Notes = append(l.Notes, fmt.Sprintf("records left out of the search for gaps, as of too many accounts, regions or hours: %d", uncovered))
	}
	if n := h.engine.Clipped(); n > 0 {
		l.Notes = append(l.Notes, fmt.Sprintf("%d times an event had too many groups or values for a correlation to count them all", n))
	}
	if n := h.engine.Dropped(); n > 0 {
		l.Notes = append(l.Notes, fmt.Sprintf("findings of chained correlations that were left out, since the evidence of all of them is too large: %d", n))
	}
	if n := h.engine.Unevaluated(); n > 0 {
		l.Notes = append(l.Notes, fmt.Sprintf("correlations that were not evaluated before the hunt was stopped: %d of %d", n, len(h.options.Set.Correlations)))
	}
	return nil
}

// momentOf is a bound of the asked range, NoTime where it is open.
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
	c.Paths = h.paths
	c.AtLeast = h.full
	if c.AtLeast {
		l.Notes = append(l.Notes, fmt.Sprintf("more than %s event ids: beyond them only copies of matched events were told apart",
			fmt.Sprint(evidence.DefaultSeenLimit)))
	}
	l.First, l.Last = finding.Moment{Time: finding.NoTime}, finding.Moment{Time: finding.NoTime}
	if first <= last {
		l.First, l.Last = finding.Moment{Time: value.Time{Nanos: first}}, finding.Moment{Time: value.Time{Nanos: last}}
	}
	c.In += h.files.in
	c.Failed.Merge(h.files.failedRecords)
	c.Skipped.Merge(h.files.otherRecords)
	c.Failed.Sort()
	c.Skipped.Sort()
}

func (h *hunt) accountFiles(r *Result) error {
	failed, err := h.files.finish(&r.Ledger.Files, r.Ledger.Partial)
	if err != nil {
		return err
	}
	r.InputFailed = failed
	if r.Ledger.Partial {
		return nil
	}
	ranged := h.from != minNanos || h.to != maxNanos
	switch records := &r.Ledger.Records; {
	case records.In == 0:
		r.InputFailed = true
		note := "no records were found in the input"
		if ranged {
			note += " of the time range"
		}
		r.Ledger.Notes = append(r.Ledger.Notes, note)
	case records.Evaluated == 0 && records.OutOfRange > 0:
		r.Ledger.Notes = append(r.Ledger.Notes, "no record that could be read lies in the time range")
	}
	return nil
}

// gaps finds where logs are missing: by the names of files where CloudTrail delivered them, else by records.
func (h *hunt) gaps() []finding.Gap {
	if byName := h.files.byName; len(byName) > 0 {
		return byName.gaps("files")
	}
	byRecord := coverage{}
	for _, w := range h.workers {
		// Any order: sets are made.
		for account, regions := range w.coverage.accounts {
			// Any order: sets are made.
			for region, slot := range regions {
				// Any order: sets are made.
				for hour := range slot.hours {
					byRecord.add(stream{account, region}, hour)
				}
			}
		}
	}
	return byRecord.gaps("records")
}
