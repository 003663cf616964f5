package ruleset

import "github.com/egret-hunt/egret/internal/ir"

// Only returns a set of the given rules and correlations of s, and of the rules and correlations that they count. Only the
// given ones have findings.
func (s *Set) Only(rules []*Rule, correlations []*Correlation) *Set {
	wantedRules, wantedCorrelations := map[int]bool{}, map[int]bool{} // from index to Reports
	for i, rule := range s.Rules {
		for _, wanted := range rules {
			if wanted == rule {
				wantedRules[i] = true
			}
		}
	}
	var need func(index int, reports bool)
	need = func(index int, reports bool) {
		before, seen := wantedCorrelations[index]
		wantedCorrelations[index] = before || reports
		if seen {
			return
		}
		for _, base := range s.Correlations[index].IR.Bases {
			if base.Correlation {
				need(base.Index, false)
			} else if _, ok := wantedRules[base.Index]; !ok {
				wantedRules[base.Index] = false
			}
		}
	}
	for i, c := range s.Correlations {
		for _, wanted := range correlations {
			if wanted == c {
				need(i, true)
			}
		}
	}
	out := &Set{Files: s.Files}
	newRule, newCorrelation := map[int]int{}, map[int]int{} // from indexes in s to indexes in the new set
	for i, rule := range s.Rules {
		if reports, ok := wantedRules[i]; ok {
			newRule[i] = len(out.Rules)
			changed := *rule
			changed.Reports = reports
			out.Rules = append(out.Rules, &changed)
		}
	}
	for i, c := range s.Correlations { // a correlation comes after those that it counts
		reports, ok := wantedCorrelations[i]
		if !ok {
			continue
		}
		newCorrelation[i] = len(out.Correlations)
		changed, query := *c, *c.IR
		query.Bases = make([]ir.Base, len(c.IR.Bases))
		for j, base := range c.IR.Bases {
			if base.Correlation {
				base.Index = newCorrelation[base.Index]
			} else {
				base.Index = newRule[base.Index]
			}
			query.Bases[j] = base
		}
		changed.Reports, changed.IR = reports, &query
		out.Correlations = append(out.Correlations, &changed)
	}
	return out
}
