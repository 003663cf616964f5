package ruleset

import (
	"slices"

	"github.com/egret-hunt/egret/diag"
	"github.com/egret-hunt/egret/internal/ir"
)

// Lowered holds rules of a front end that lowers them itself. Load does not modify it.
//
// A rule needs a title, a LogSource and a Query with unbound fields; a correlation needs a title and its IR. The rest of Info
// is optional: an empty ID is derived from Path and Title, an unknown Level becomes medium, Attack and Tactics are set from
// Tags, and Reports is set unless a correlation counts the rule.
type Lowered struct {
	Rules []*Rule
	// Correlations count Rules and Correlations of the same Lowered: the bases of their IR are indexes in these lists. A
	// counted rule or correlation has no findings itself.
	Correlations []*Correlation
}

// entries returns the rules and correlations for the linker. first is the linker's index of the first entry.
func (lo *Lowered) entries(first int) []*entry {
	entries := make([]*entry, 0, len(lo.Rules)+len(lo.Correlations))
	for _, rule := range lo.Rules {
		own := *rule
		entries = append(entries, &entry{info: rule.Info, inFolder: rule.Path, rule: &own})
	}
	for _, c := range lo.Correlations {
		bases := slices.Clone(c.IR.Bases)
		e := &entry{info: c.Info, inFolder: c.Path}
		for i := range bases {
			if bases[i].Correlation {
				bases[i].Index += len(lo.Rules)
			}
			bases[i].Index += first
			e.counts = append(e.counts, bases[i].Index)
		}
		e.lower = func(*linker) (*ir.Correlation, diag.List) {
			own := *c.IR
			own.Bases = bases
			return &own, nil
		}
		entries = append(entries, e)
	}
	return entries
}
