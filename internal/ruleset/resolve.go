package ruleset

import (
	"fmt"
	"slices"
	"strings"

	"github.com/egret-hunt/egret/diag"
	"github.com/egret-hunt/egret/source"
)

// resolve lowers a correlation and resolves the rules that it counts, depth first. It detects cycles and appends to l.order.
func (l *linker) resolve(index int) {
	e := l.entries[index]
	if e.lower == nil || e.state != unvisited {
		return
	}
	if e.reason != "" {
		e.state = visited
		l.silence(e.broken())
		return
	}
	e.state = visiting
	lowered, list := e.lower(l)
	l.list.Add(list...)
	if lowered != nil && l.opt.CheckCorrelation != nil {
		if err := l.opt.CheckCorrelation(lowered); err != nil {
			l.list.Add(diag.Diagnostic{Code: "correlation-limits", Span: e.info.Origin.Place(), Message: err.Error()})
			lowered = nil
		}
	}
	if lowered == nil {
		e.reason = Invalid
		l.set.Failed++
		e.state = visited
		l.silence(e.broken())
		return
	}
	e.lowered = lowered
	for _, base := range lowered.Bases {
		target := l.entries[base.Index]
		target.named = true
		target.generate = target.generate || e.generates
		if target.state == visiting {
			l.list.Add(diag.Diagnostic{
				Code: "correlation-cycle", Span: e.info.Origin.Place(),
				Message: fmt.Sprintf("the correlation counts itself through %q", target.info.Title),
				Labels:  []diag.Label{{Span: target.info.Origin.Place(), Text: "part of the cycle"}},
			})
			e.reason, e.detail = Invalid, "cycle"
			l.set.Failed++
			continue
		}
		l.resolve(base.Index)
		if target.reason != "" && e.reason == "" {
			e.reason, e.detail = BaseSkipped, fmt.Sprintf("%s: %s", target.info.Title, target.reason)
			if target.reason == OtherLogSource {
				e.reason, e.detail = OtherLogSource, target.detail
			}
		}
	}
	e.state = visited
	l.order = append(l.order, index)
	if e.reason != "" {
		l.silence(e.broken())
	}
}

// A brokenCorrelation is a correlation that does not run because of a fault in it or in its rules.
type brokenCorrelation struct {
	title      string
	references []string
	counts     []int
	generates  bool
	span       source.Span
}

// broken returns a correlation entry as a brokenCorrelation.
func (e *entry) broken() brokenCorrelation {
	return brokenCorrelation{title: e.info.Title, references: e.references, counts: e.counts, generates: e.generates, span: e.info.Origin.Place()}
}

// silenced is a correlation that does not run, with the indexes of the entries that it names.
type silenced struct {
	title string
	span  source.Span
	rules []int
}

// silence records the rules of a correlation that cannot run. They have no findings, since their author wrote them for the
// correlation.
func (l *linker) silence(b brokenCorrelation) {
	s := silenced{title: b.title, span: b.span, rules: slices.Clone(b.counts)}
	for _, reference := range b.references {
		if i, ok := l.lookup(reference); ok {
			s.rules = append(s.rules, i)
		}
	}
	for _, i := range s.rules {
		l.entries[i].named = true
		l.entries[i].generate = l.entries[i].generate || b.generates
	}
	l.broken = append(l.broken, s)
}

// maxSilencedNamed is the maximum number of rules that a diagnostic names.
const maxSilencedNamed = 5

// reportSilenced reports rules that have no findings because their correlation cannot run.
func (l *linker) reportSilenced() {
	for _, b := range l.broken {
		var names []string
		for _, i := range b.rules {
			e := l.entries[i]
			if e.reason == BaseOnly && e.detail == "" {
				e.detail = fmt.Sprintf("correlation %q cannot run", b.title)
				names = append(names, fmt.Sprintf("%q", e.info.Title))
			}
		}
		if len(names) == 0 {
			continue
		}
		more := ""
		if n := len(names) - maxSilencedNamed; n > 0 {
			names, more = names[:maxSilencedNamed], fmt.Sprintf(" and %d more", n)
		}
		l.list.Add(diag.Diagnostic{
			Code: "silent-base-rules", Severity: diag.Warning, Span: b.span,
			Message: "this correlation cannot run, so these rules have no findings: " + strings.Join(names, ", ") + more,
			Help:    "correct the correlation, or add generate: true so that its rules have their own findings",
		})
	}
}
