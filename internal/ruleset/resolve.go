package ruleset

import (
	"fmt"
	"strings"

	"github.com/egret-hunt/egret/diag"
	"github.com/egret-hunt/egret/internal/lower"
	"github.com/egret-hunt/egret/sigma"
	"github.com/egret-hunt/egret/source"
)

// resolve ties a correlation to what it names, depth first, so that cycles are found and order gets its order.
func (l *linker) resolve(index int) {
	e := l.entries[index]
	if e.correlation == nil || e.state != unvisited {
		return
	}
	if e.reason != "" {
		e.state = visited
		l.silence(e)
		return
	}
	e.state = visiting
	lowered, list := lower.Correlation(e.correlation, func(reference string) (lower.Target, bool) {
		i, ok := l.lookup(reference)
		return lower.Target{Index: i, Correlation: ok && l.entries[i].correlation != nil}, ok
	})
	l.list.Add(list...)
	if lowered != nil && l.opt.CheckCorrelation != nil {
		if err := l.opt.CheckCorrelation(lowered); err != nil {
			l.list.Add(diag.Diagnostic{Code: "correlation-limits", Span: placeOf(e.info.Meta), Message: err.Error()})
			lowered = nil
		}
	}
	if lowered == nil {
		e.reason = Invalid
		l.set.Failed++
		e.state = visited
		l.silence(e)
		return
	}
	e.lowered = lowered
	for _, base := range lowered.Bases {
		target := l.entries[base.Index]
		target.named = true
		target.generate = target.generate || e.correlation.Generate
		if target.state == visiting {
			l.list.Add(diag.Diagnostic{
				Code: "correlation-cycle", Span: placeOf(e.info.Meta),
				Message: fmt.Sprintf("the correlation counts itself by way of %q", target.info.Title),
				Labels:  []diag.Label{{Span: placeOf(target.info.Meta), Text: "part of the cycle"}},
			})
			e.reason, e.detail = Invalid, "cycle"
			l.set.Failed++
			continue
		}
		l.resolve(base.Index)
		if target.reason != "" && e.reason == "" {
			e.reason, e.detail = BaseSkipped, fmt.Sprintf("%s: %s", target.info.Title, target.reason)
		}
	}
	e.state = visited
	l.order = append(l.order, index)
	if e.reason != "" {
		l.silence(e)
	}
}

// broken is a correlation that does not run because of a fault, or of its rules'.
type broken struct {
	title string
	span  source.Span
	rules []int // entries that it names
}

// silence notes what a correlation that cannot run names. These rules were written to count, so they stay silent.
func (l *linker) silence(e *entry) {
	l.silenceRules(e.correlation.Rules, e.correlation.Generate, e.info.Title, placeOf(e.info.Meta))
}

func (l *linker) silenceRules(rules []sigma.Text, generate bool, title string, span source.Span) {
	b := broken{title: title, span: span}
	for _, reference := range rules {
		if i, ok := l.lookup(reference.Value); ok {
			l.entries[i].named = true
			l.entries[i].generate = l.entries[i].generate || generate
			b.rules = append(b.rules, i)
		}
	}
	l.broken = append(l.broken, b)
}

// maxSilencedNamed is how many rules one diagnostic names.
const maxSilencedNamed = 5

// tellSilenced says which rules report nothing because their correlation cannot run.
func (l *linker) tellSilenced() {
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
			Message: "this correlation cannot run, so its rules report nothing: " + strings.Join(names, ", ") + more,
			Help:    "correct the correlation, or add generate: true to it so that its rules report on their own",
		})
	}
}
