package hunt

import (
	"cmp"
	"slices"
	"strings"

	"github.com/egret-hunt/egret/internal/correlate"
	"github.com/egret-hunt/egret/internal/finding"
)

// unseenBy records an event without a time that rules match: correlations that count one of these rules, directly or
// through other correlations, cannot count it.
func (w *worker) unseenBy(s *schemaWork, found []int) {
	w.unseeing = w.unseeing[:0]
	for _, query := range found {
		for _, use := range s.plan.compiled.Uses[query] {
			if !w.hunt.direct[use.Correlation] {
				w.unseen(use.Correlation)
			}
		}
	}
	w.countUnseeing()
}

// unseenDirect does the same for an event of direct bases.
func (w *worker) unseenDirect(bases []correlate.Base) {
	w.unseeing = w.unseeing[:0]
	for _, b := range bases {
		w.unseen(b.Correlation)
	}
	w.countUnseeing()
}

func (w *worker) countUnseeing() {
	for _, c := range w.unseeing {
		if w.uncounted == nil {
			w.uncounted = map[int]int64{}
		}
		w.uncounted[c]++
	}
}

func (w *worker) unseen(correlation int) {
	if slices.Contains(w.unseeing, correlation) {
		return
	}
	w.unseeing = append(w.unseeing, correlation)
	for i, c := range w.hunt.options.Set.Correlations {
		for _, base := range c.IR.Bases {
			if base.Correlation && base.Index == correlation {
				w.unseen(i)
			}
		}
	}
}

// accountUnseen lists the reporting correlations that could not count some records because these have no time.
func (h *hunt) accountUnseen(c *finding.RecordCounts) {
	c.Unseen = []finding.Unseen{}
	counts := map[int]int64{}
	for _, w := range h.workers {
		for correlation, n := range w.uncounted {
			counts[correlation] += n
		}
	}
	for i := range h.options.Set.Correlations {
		rule := &h.rules[len(h.options.Set.Rules)+i]
		if counts[i] > 0 && rule.reports {
			c.Unseen = append(c.Unseen, finding.Unseen{RuleID: rule.rule.ID, Title: rule.rule.Title, Records: counts[i]})
		}
	}
	slices.SortFunc(c.Unseen, func(a, b finding.Unseen) int {
		return cmp.Or(strings.Compare(a.RuleID, b.RuleID), strings.Compare(a.Title, b.Title))
	})
}
