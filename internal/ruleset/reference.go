package ruleset

import (
	"slices"
	"strings"

	"github.com/egret-hunt/egret/internal/ir"
)

// Info returns the Info of a rule or correlation of the set.
func (s *Set) Info(r ir.Reference) *Info {
	if r.Correlation {
		return &s.Correlations[r.Index].Info
	}
	return &s.Rules[r.Index].Info
}

// References returns the references of all rules and correlations, rules first, in the order of the set.
func (s *Set) References() []ir.Reference {
	all := make([]ir.Reference, 0, len(s.Rules)+len(s.Correlations))
	for i := range s.Rules {
		all = append(all, ir.Reference{Index: i})
	}
	for i := range s.Correlations {
		all = append(all, ir.Reference{Index: i, Correlation: true})
	}
	return all
}

// Shown returns the fields of events that the author of a rule wants to show, as written and each once. For a correlation
// they include those of the rules that it counts.
func (s *Set) Shown(r ir.Reference) []string {
	if !r.Correlation {
		return s.Rules[r.Index].Fields
	}
	var fields []string
	seen := map[ir.Reference]bool{} // a correlation may count another one in many ways
	var visit func(r ir.Reference)
	visit = func(r ir.Reference) {
		if seen[r] {
			return
		}
		seen[r] = true
		add := func(list []string) {
			for _, field := range list {
				if !slices.Contains(fields, field) {
					fields = append(fields, field)
				}
			}
		}
		if !r.Correlation {
			add(s.Rules[r.Index].Fields)
			return
		}
		add(s.Correlations[r.Index].Fields)
		for _, base := range s.Correlations[r.Index].IR.Bases {
			visit(base.Reference)
		}
	}
	visit(r)
	return fields
}

// IsNamed reports whether a text is the rule's id, ignoring case, or its name. Correlations, filters and users refer to rules
// this way.
func (info *Info) IsNamed(text string) bool {
	return isNamed(info.ID, info.Name, text)
}

func isNamed(id, name, text string) bool {
	return strings.EqualFold(text, id) || name != "" && text == name
}

// IsTitled reports whether a text is the rule's id, name or title, ignoring case except in the name.
func (info *Info) IsTitled(text string) bool {
	return info.IsNamed(text) || strings.EqualFold(info.Title, text)
}
