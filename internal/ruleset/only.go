package ruleset

import "github.com/egret-hunt/egret/internal/ir"

// Only is a set of nothing but some rules and correlations of this one, which report, and what the correlations count,
// which does not.
func (s *Set) Only(rules []*Rule, correlations []*Correlation) *Set {
	wantedRules, wantedCorrelations := map[int]bool{}, map[int]bool{} // by index; true: reports
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
	place := [2]map[int]int{{}, {}} // of rules and of correlations in the new set
	for i, rule := range s.Rules {
		if reports, ok := wantedRules[i]; ok {
			place[0][i] = len(out.Rules)
			changed := *rule
			changed.Reports = reports
			out.Rules = append(out.Rules, &changed)
		}
	}
	for i, c := range s.Correlations { // one that counts another stands after it
		reports, ok := wantedCorrelations[i]
		if !ok {
			continue
		}
		place[1][i] = len(out.Correlations)
		changed, query := *c, *c.IR
		query.Bases = make([]ir.Base, len(c.IR.Bases))
		for j, base := range c.IR.Bases {
			if base.Correlation {
				base.Index = place[1][base.Index]
			} else {
				base.Index = place[0][base.Index]
			}
			query.Bases[j] = base
		}
		changed.Reports, changed.IR = reports, &query
		out.Correlations = append(out.Correlations, &changed)
	}
	return out
}
