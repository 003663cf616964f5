package ruleset

import (
	"cmp"
	"slices"

	"github.com/egret-hunt/egret/diag"
	"github.com/egret-hunt/egret/internal/ir"
	"github.com/egret-hunt/egret/internal/schema"
	"github.com/egret-hunt/egret/source"
)

// A loadedFilter is a filter of a rule file.
type loadedFilter struct {
	info      Info
	inFolder  string
	logSource schema.LogSource
	anyRule   bool     // it applies to all rules of its log source
	rules     []string // the ids or names of the rules that it applies to
	where     ir.Expr
	span      source.Span // the span of its detection
}

// apply adds the condition of a filter to the rules that it applies to.
func (l *linker) apply(filter *loadedFilter) {
	applied := Filter{Info: filter.info}
	l.complete(&applied.Info, filter.inFolder)
	for _, e := range l.entries {
		if e.rule == nil || e.rule.Query == nil || e.reason == DuplicateID || !filter.appliesTo(e) {
			continue
		}
		applied.Rules = append(applied.Rules, e.info.ID)
		query := e.rule.Query
		e.rule.Query = &ir.Query{
			Rule: query.Rule, Title: query.Title,
			Where: &ir.AndExpr{Operands: []ir.Expr{query.Where, filter.where}, Span: filter.span},
		}
	}
	if len(applied.Rules) == 0 {
		l.list.Add(diag.Diagnostic{
			Code: "filter-without-effect", Severity: diag.Warning, Span: filter.info.Origin.Place(),
			Message: "the filter applies to no loaded rule",
			Help:    "name loaded rules of the same log source by id or name, or write `any`",
		})
		return
	}
	l.set.Filters = append(l.set.Filters, applied)
}

// appliesTo reports whether the filter applies to a rule: it names the rule or any, and the filter's log source includes the
// rule's.
func (f *loadedFilter) appliesTo(e *entry) bool {
	if !f.logSource.Includes(e.rule.LogSource) {
		return false
	}
	return f.anyRule || slices.ContainsFunc(f.rules, func(text string) bool { return isNamed(cmp.Or(e.filterID, e.info.ID), e.info.Name, text) })
}
