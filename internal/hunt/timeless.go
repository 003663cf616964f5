package hunt

import (
	"cmp"
	"slices"
	"strings"

	"github.com/egret-hunt/egret/internal/finding"
	"github.com/egret-hunt/egret/internal/plan"
)

// unseenBy notes an event without a time at which rules hold: the correlations that count one of these rules, directly or
// through other correlations, cannot see it.
func (w *worker) unseenBy(s *schemaWork, found []int) {
	w.unseeing = w.unseeing[:0]
	for _, query := range found {
		for _, use := range s.plan.compiled.Uses[query] {
			if !w.hunt.countedInLake(use.Correlation) {
				w.unseen(use.Correlation)
			}
		}
	}
	w.countUnseeing()
}

// unseenInPairs is unseenBy for an event of the pairs of correlations and rules that the lake counts.
func (w *worker) unseenInPairs(pairs []int) {
	w.unseeing = w.unseeing[:0]
	all := w.hunt.options.Lake.Pairs()
	for _, p := range pairs {
		w.unseen(all[p].Correlation)
	}
	w.countUnseeing()
}

// countedInLake tells of a correlation whose events come as pairs.
func (h *hunt) countedInLake(correlation int) bool {
	return h.options.Lake != nil && slices.ContainsFunc(h.options.Lake.Pairs(), func(p plan.Pair) bool { return p.Correlation == correlation })
}

func (w *worker) countUnseeing() {
	for _, c := range w.unseeing {
		if w.blind == nil {
			w.blind = map[int]int64{}
		}
		w.blind[c]++
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

// accountUnseen lists the correlations that report and could not see records for want of a time.
func (h *hunt) accountUnseen(c *finding.RecordCounts) {
	c.Unseen = []finding.Unseen{}
	counts := map[int]int64{}
	for _, w := range h.workers {
		for correlation, n := range w.blind {
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
