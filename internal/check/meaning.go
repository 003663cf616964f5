package check

import (
	"fmt"
	"strings"

	"github.com/egret-hunt/egret/internal/ir"
	"github.com/egret-hunt/egret/internal/pass"
	"github.com/egret-hunt/egret/internal/ruleset"
	"github.com/egret-hunt/egret/internal/schema"
)

// meaningChecks are about what a rule finds.
func meaningChecks() []*Check {
	return []*Check{
		{
			ID: "always-false", Level: High, Group: Meaning, kinds: rules, document: alwaysFalse,
			Title: "a condition is never true", Why: "The rule finds nothing: what one part asks for, another excludes.",
		},
		{
			ID: "always-true", Level: High, Group: Meaning, kinds: rules, document: alwaysTrue,
			Title: "a condition is always true", Why: "The rule reports every event of its log source.",
		},
		{
			ID: "useless-part", Level: Medium, Group: Meaning, kinds: rules, document: uselessParts,
			Title: "an excluded part of a condition excludes nothing", Why: "What \"and not\" excludes, the rest never matches, so a filter has no effect.",
		},
		{
			ID: "filter-without-effect", Level: High, Group: Meaning, set: idleFilters,
			Title: "a filter excludes no event of any rule", Why: "Its rules, log source or condition do not fit the rules that it is for.",
		},
		{
			ID: "equal-rules", Level: Medium, Group: Meaning, set: equalRules,
			Title: "two rules match the same events", Why: "Each event gives two findings. Names, order and spelling of conditions do not count.",
		},
		{
			ID: "contained-rule", Level: Informational, Group: Meaning, set: containedRules,
			Title: "every event of a rule is one of another rule too", Why: "That may be meant, as with rules of different levels.",
		},
		{
			ID: "unknown-rule", Level: Error, Group: Specification, set: unknownRules,
			Title: "a correlation or filter names a rule that does not exist", Why: "The correlation does not run, and the filter excludes nothing. Check the rules together with those that they name.",
		},
		{
			ID: "correlation-never-fires", Level: High, Group: Meaning, set: silentCorrelations,
			Title: "a correlation can never report", Why: "Its condition contradicts itself, or a rule that it needs matches nothing.",
		},
		{
			ID: "correlation-cycle", Level: Error, Group: Specification, set: cycles,
			Title: "correlations refer to each other in a cycle", Why: "None of them can run.",
		},
		{
			ID: "slow-regex", Level: Medium, Group: Meaning, kinds: detections, item: slowRegex,
			Title: "a regular expression takes exponential time in engines that try alternatives one by one",
			Why:   "A value that nearly matches keeps such an engine (Java, .NET, Python, PCRE) busy for minutes; an attacker may send one on purpose.",
		},
		{
			ID: "unknown-field", Level: Medium, Group: Meaning, kinds: rules, document: unknownFields,
			Title: "the log source is not documented to have a field", Why: "A field that no event has makes its condition false.",
		},
		{
			ID: "never-matches", Level: High, Group: Meaning, kinds: rules, document: neverMatches,
			Title: "a rule asks for a field or a value that its log source never has", Why: "That part of the rule is never true.",
		},
		{
			ID: "unknown-event", Level: High, Group: Meaning, kinds: rules, document: unknownEvents,
			Title: "AWS has no such eventName for the eventSource", Why: "The name or the source is misspelt, so the condition is never true.",
		},
	}
}

func alwaysFalse(r *reporter, d *Document) {
	if d.where != nil && newProver().never(pass.Simplify(d.where)) {
		r.report(d.detection.Conditions[0].Span, "the condition is never true").Help = "what one part asks for, another excludes"
	}
}

func alwaysTrue(r *reporter, d *Document) {
	if d.where != nil && newProver().always(pass.Simplify(d.where)) {
		r.report(d.detection.Conditions[0].Span, "the condition is always true")
	}
}

// uselessParts reports an "and not x" whose x shares no event with the rest: both compare one field with different texts.
func uselessParts(r *reporter, d *Document) {
	if d.where == nil {
		return
	}
	and, ok := pass.Simplify(d.where).(*ir.AndExpr)
	if !ok {
		return
	}
	p := newProver()
	for i, operand := range and.Operands {
		not, ok := operand.(*ir.NotExpr)
		if ok && p.apart(&ir.AndExpr{Operands: without(and.Operands, i)}, not.Operand) && !p.never(not.Operand) {
			r.report(not.Span, "what is excluded here is never matched by the rest").Help = "the rest asks for another value of the same field"
		}
	}
}

// apart reports whether no event with one value of each field is proved to match both expressions.
func (p *prover) apart(a, b ir.Expr) bool {
	if p.budget--; p.budget < 0 {
		return false
	}
	switch x := a.(type) {
	case *ir.OrExpr:
		return len(x.Operands) > 0 && every(x.Operands, func(e ir.Expr) bool { return p.apart(e, b) })
	case *ir.AndExpr:
		return some(x.Operands, func(e ir.Expr) bool { return p.apart(e, b) })
	}
	switch y := b.(type) {
	case *ir.OrExpr:
		return len(y.Operands) > 0 && every(y.Operands, func(e ir.Expr) bool { return p.apart(a, e) })
	case *ir.AndExpr:
		return some(y.Operands, func(e ir.Expr) bool { return p.apart(a, e) })
	}
	field, x, ok1 := exact(a)
	other, y, ok2 := exact(b)
	return ok1 && ok2 && field == other && x != y
}

// exact returns the field and the value of a leaf that asks for one value.
func exact(e ir.Expr) (field, text string, ok bool) {
	switch e := e.(type) {
	case *ir.StringExpr:
		text, ok = literal(e.Pattern)
		return e.Field.Name, strings.ToLower(text), ok && e.Op == ir.Equal
	case *ir.NumberExpr:
		return e.Field.Name, e.Text, e.Op == ir.NumberEqual
	}
	return "", "", false
}

// query returns a document as a rule of a set.
func (d *Document) query() *ruleset.Set {
	log := schema.LogSource{Product: d.logSource.Product, Service: d.logSource.Service, Category: d.logSource.Category, Span: d.logSource.Span}
	return &ruleset.Set{Rules: []*ruleset.Rule{{LogSource: log, Query: &ir.Query{Where: d.where}}}}
}

// serving returns the log sources of which a document's fields should be: that of Options.Schema, else those that serve its own.
func (r *reporter) serving(d *Document) []*schema.Schema {
	if d.where == nil {
		return nil
	}
	log := schema.LogSource{Product: d.logSource.Product, Service: d.logSource.Service, Category: d.logSource.Category}
	var list []*schema.Schema
	for _, s := range r.run.Schemas {
		if s.Serves(log) && (r.run.Schema == nil || s == r.run.Schema) {
			list = append(list, s)
		}
	}
	return list
}

func unknownFields(r *reporter, d *Document) {
	if s := r.run.Schema; s != nil && d.where != nil {
		seen := map[string]bool{}
		ir.Walk(d.where, func(e ir.Expr) bool {
			for _, f := range ir.Fields(e) {
				if near, unknown := s.Unknown(f.Name); unknown && !seen[f.Name] {
					seen[f.Name] = true
					out := r.report(f.Span, fmt.Sprintf("%s has no field %q", s.Title, f.Name))
					if near == "" {
						near = s.Near(f.Name)
					}
					if near != "" {
						out.Help = "the nearest is " + near
					}
				}
			}
			return true
		})
		return
	}
	if list := r.serving(d); list != nil {
		for _, f := range ruleset.UnknownFields(d.query(), list, nil, 0) {
			r.report(f.Span, f.Message).Help = f.Help
		}
	}
}

func neverMatches(r *reporter, d *Document) {
	if list := r.serving(d); list != nil {
		for _, f := range ruleset.NeverMatching(d.query(), list, nil, 0) {
			r.report(f.Span, f.Message).Help = f.Help
		}
	}
}
