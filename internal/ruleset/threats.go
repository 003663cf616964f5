package ruleset

import (
	"fmt"
	"slices"
	"strings"

	"github.com/egret-hunt/egret/diag"
	"github.com/egret-hunt/egret/internal/threat"
	"github.com/egret-hunt/egret/sigma"
)

// threats attaches the threats of all files to their rules: to those that their documents made, and to those of other files that
// they name. Of several documents with the same id the first one counts.
func (l *linker) threats(files []*loadedFile) {
	known := map[string]*threat.Threat{}
	for _, f := range files {
		for _, t := range f.threats {
			if first := known[t.ID]; first != nil {
				l.list.Add(repeatedThreat(t, first))
				continue // its rules have the ids of those of the first one and are skipped
			}
			known[t.ID] = t
			l.set.Threats = append(l.set.Threats, t)
			l.attach(t)
		}
	}
}

// attach attaches a threat to its rules.
func (l *linker) attach(t *threat.Threat) {
	made := slices.Clone(t.Made)
	for i := range t.Vendors {
		made = append(made, t.Vendors[i].Made...)
	}
	for _, id := range made {
		if i, ok := l.byName[strings.ToLower(id)]; ok {
			l.entries[i].info.Threat = t
		}
	}
	for i := range t.Vendors {
		for _, reference := range t.Vendors[i].Rules {
			at, ok := l.lookup(reference.Value)
			switch {
			case !ok:
				l.list.Add(unknownThreatRule(t, reference))
			case l.entries[at].info.Threat != nil && l.entries[at].info.Threat != t:
				l.list.Add(sharedThreatRule(reference, l.entries[at].info.Threat))
			default:
				l.entries[at].info.Threat = t
			}
		}
	}
}

func repeatedThreat(t, first *threat.Threat) diag.Diagnostic {
	return diag.Diagnostic{
		Code: "threat-rule", Severity: diag.Warning, Span: t.Span,
		Message: fmt.Sprintf("the threat %q is already described; this document is skipped", t.ID),
		Labels:  []diag.Label{{Span: first.Span, Text: "the first document"}},
	}
}

func unknownThreatRule(t *threat.Threat, reference sigma.Text) diag.Diagnostic {
	return diag.Diagnostic{
		Code: "threat-rule", Severity: diag.Warning, Span: reference.Span,
		Message: fmt.Sprintf("no loaded rule has the id or name %q, so none reports under %q", reference.Value, t.Title),
		Help:    "load the rule together with the threat; a rule with an error is not loaded",
	}
}

func sharedThreatRule(reference sigma.Text, first *threat.Threat) diag.Diagnostic {
	return diag.Diagnostic{
		Code: "threat-rule", Severity: diag.Warning, Span: reference.Span,
		Message: fmt.Sprintf("the rule %q already belongs to the threat %q", reference.Value, first.ID),
		Labels:  []diag.Label{{Span: first.Span, Text: "this threat"}},
	}
}
