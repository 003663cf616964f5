package stixhunt

import (
	"slices"

	"github.com/egret-hunt/egret/diag"
	"github.com/egret-hunt/egret/internal/ir"
	"github.com/egret-hunt/egret/internal/ruleset"
	"github.com/egret-hunt/egret/internal/stixmap"
	"github.com/egret-hunt/egret/internal/stixmatch"
	"github.com/egret-hunt/egret/stix"
)

// several makes the rules and the correlation of a pattern that several events satisfy together.
func (m *maker) several(i *Indicator, p *stixmatch.Pattern, number map[*stix.Observation]int) bool {
	brackets := p.Brackets()
	// ofBracket are the rules for each pair of brackets, one for each log source that can answer it.
	ofBracket := make([][]int, len(brackets))
	within := make([][]ir.TimeRange, len(brackets))
	ranges(p.Expr(), nil, func(expr *stix.Observation, list []ir.TimeRange) { within[number[expr]] = list })
	var lacks []*stix.Path
	for n, b := range brackets {
		for _, t := range m.targets {
			mapping := t.of(brackets[n : n+1])
			e, without := mapping.Lower(b.Comparison, m.options.Loose)
			if lacks = append(lacks, without...); e == nil {
				continue
			}
			info := m.info(i, t.name()+"\x00"+string(rune('0'+n)))
			info.Title += " · " + b.Span.Text()
			rule := m.rule(info, t, e, item{mapping: mapping, pattern: p, choices: []choice{{n, within[n]}}, valid: i.valid()})
			ofBracket[n] = append(ofBracket[n], rule)
		}
	}
	c := &ir.Correlation{Type: ir.Bindings, Timespan: ir.NoLimit, Spans: true, Span: p.Expr().At()}
	c.Binding = binding(p.Expr(), func(expr *stix.Observation) *ir.Binding {
		either := &ir.Binding{Op: ir.BindOr, Span: expr.Span}
		for _, rule := range ofBracket[number[expr]] {
			c.Bases = append(c.Bases, ir.Base{Reference: ir.Reference{Index: rule}})
			either.Of = append(either.Of, &ir.Binding{Op: ir.BindBase, Base: len(c.Bases) - 1, Span: expr.Span})
		}
		return either
	})
	if len(c.Bases) == 0 {
		m.unanswered(i, lacks)
		return false
	}
	info := m.info(i, "")
	c.Rule, c.Title = info.ID, info.Title
	m.rules.Lowered.Correlations = append(m.rules.Lowered.Correlations, &ruleset.Correlation{Info: info, IR: c})
	return true
}

// unknownPaths adds warnings for the paths that no mapping has, if there is one with a similar name, and for comparisons of references.
func (m *maker) unknownPaths(brackets []*stix.Observation) {
	for _, b := range brackets {
		eachPath(b.Comparison, func(p *stix.Path, compares bool) {
			has := slices.Contains(m.answers(p), true)
			reference := has && compares && m.endsAtReference(p)
			switch {
			case reference:
				m.diags.Add(diag.Diagnostic{
					Code: "stix-path", Severity: diag.Warning, Span: p.Span, Message: "a reference has no value that a pattern could know",
					Help: "compare a property of the object: " + stixmap.PathText(p) + ".value",
				})
			case !has:
				m.nearPath(p)
			}
		})
	}
}

// endsAtReference reports whether a path leads to a reference in any mapping.
func (m *maker) endsAtReference(p *stix.Path) bool {
	text := stixmap.PathText(p)
	ends, ok := m.references[text]
	if !ok {
		ends = slices.ContainsFunc(m.targets, func(t *target) bool { return t.mapping.EndsAtReference(p) })
		m.references[text] = ends
	}
	return ends
}

func eachPath(expr stix.ComparisonExpr, visit func(p *stix.Path, compares bool)) {
	switch expr := expr.(type) {
	case *stix.ComparisonOperator:
		for _, operand := range expr.Operands {
			eachPath(operand, visit)
		}
	case *stix.Comparison:
		visit(&expr.Path, true)
	case *stix.Exists:
		visit(&expr.Path, false)
	}
}

// nearPath warns of a path that no mapping has if there is a similar one. The pattern may be for other data, so this is no error.
func (m *maker) nearPath(p *stix.Path) {
	text := stixmap.PathText(p)
	if m.near == nil {
		m.near = map[string]bool{}
		for _, t := range m.targets {
			m.names = append(m.names, t.mapping.Paths()...)
		}
		slices.Sort(m.names)
		m.names = slices.Compact(m.names)
	}
	if m.near[text] {
		return // it was said before
	}
	m.near[text] = true
	if near := diag.Near(text, m.names); near != "" {
		m.diags.Add(diag.Diagnostic{
			Code: "stix-path", Severity: diag.Warning, Span: p.Span, Message: "no log source has " + text, Help: "the nearest path is " + near,
		})
	}
}
