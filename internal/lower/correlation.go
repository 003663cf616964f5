package lower

import (
	"fmt"

	"github.com/egret-hunt/egret/diag"
	"github.com/egret-hunt/egret/internal/ir"
	"github.com/egret-hunt/egret/sigma"
	"github.com/egret-hunt/egret/source"
)

// Correlation lowers a correlation. resolve finds a rule or correlation by id or name. The result is nil if the list
// contains an error.
func Correlation(c *sigma.Correlation, resolve func(reference string) (ir.Reference, bool)) (*ir.Correlation, diag.List) {
	l := &correlationLowerer{c: c, resolve: resolve}
	l.resolveAliases()
	kind, ok := ir.ParseCorrelationType(c.Type)
	if !ok {
		panic("egret bug: correlation type " + c.Type)
	}
	out := &ir.Correlation{Rule: c.ID, Title: c.Title, Type: kind, Timespan: c.Timespan, TimespanText: c.TimespanText, Span: c.Span}
	for _, name := range c.GroupBy {
		out.GroupBy = append(out.GroupBy, name.Value)
	}
	fields := len(c.GroupBy)
	if c.Condition != nil {
		fields += len(c.Condition.Fields)
	}
	if len(c.Rules)*fields > maxBaseFields {
		l.list.Add(tooManyBaseFields(c.Span, len(c.Rules), fields))
		return nil, l.list
	}
	for i, reference := range c.Rules {
		target, ok := l.target(reference)
		if !ok {
			continue
		}
		if _, known := l.first[target]; !known {
			l.first[target] = i
		}
		base := ir.Base{Reference: target}
		for _, name := range c.GroupBy {
			base.GroupBy = append(base.GroupBy, l.field(name, target))
		}
		if c.Condition != nil {
			for _, name := range c.Condition.Fields {
				base.Values = append(base.Values, l.field(name, target))
			}
		}
		out.Bases = append(out.Bases, base)
	}
	if c.Condition != nil {
		for _, bound := range c.Condition.Bounds {
			op, ok := ir.ParseBoundOp(bound.Op)
			if !ok {
				panic("egret bug: bound " + bound.Op)
			}
			out.Bounds = append(out.Bounds, ir.Bound{Op: op, Text: bound.Value, Span: bound.Span})
		}
		out.Percentile = c.Condition.Percentile
	}
	if c.Extended != nil {
		out.Extended = l.extended(c.Extended.Expr)
	}
	if l.list.HasErrors() {
		return nil, l.list
	}
	return out, l.list
}

type correlationLowerer struct {
	c       *sigma.Correlation
	resolve func(string) (ir.Reference, bool)
	list    diag.List
	// aliases maps an alias and a rule to the field in the rule's events.
	aliases map[string]map[ir.Reference]ir.Field
	// first maps a rule to the index of its first occurrence in Rules.
	first map[ir.Reference]int
}

// maxBaseFields is the maximum number of fields of a correlation, summed over its rules.
const maxBaseFields = 100_000

func tooManyBaseFields(span source.Span, rules, fields int) diag.Diagnostic {
	return diag.Diagnostic{
		Code: "correlation-limits", Span: span,
		Message: fmt.Sprintf("%d rules with %d fields each exceed the limit of %d fields", rules, fields, maxBaseFields),
		Help:    "group by fewer fields, or count fewer rules",
	}
}

// resolveAliases resolves the rules of aliases. If an alias names a rule twice, the first field counts.
func (l *correlationLowerer) resolveAliases() {
	l.aliases, l.first = map[string]map[ir.Reference]ir.Field{}, map[ir.Reference]int{}
	for _, alias := range l.c.Aliases {
		fields := l.aliases[alias.Name]
		if fields == nil {
			fields = map[ir.Reference]ir.Field{}
			l.aliases[alias.Name] = fields
		}
		for i, rule := range alias.Rules {
			if target, ok := l.resolve(rule.Value); ok {
				if _, known := fields[target]; !known {
					fields[target] = ir.Field{Name: alias.Fields[i].Value, Span: alias.Fields[i].Span}
				}
			}
		}
	}
}

func (l *correlationLowerer) target(reference sigma.Text) (ir.Reference, bool) {
	target, ok := l.resolve(reference.Value)
	if !ok {
		l.list.Add(diag.Diagnostic{
			Code: "unknown-rule", Span: reference.Span,
			Message: fmt.Sprintf("no loaded rule has the id or name %q", reference.Value),
			Help:    "load the rule together with the correlation; a rule with an error is not loaded",
		})
	}
	return target, ok
}

// field resolves a group-by name or value field for the events of a base.
func (l *correlationLowerer) field(name sigma.Text, base ir.Reference) ir.Field {
	if field, ok := l.aliases[name.Value][base]; ok {
		return field
	}
	return ir.Field{Name: name.Value, Span: name.Span}
}

func (l *correlationLowerer) extended(expr sigma.ConditionExpr) ir.Expr {
	switch e := expr.(type) {
	case *sigma.AndExpr:
		return &ir.AndExpr{Operands: l.extendedAll(e.Operands), Span: e.Span}
	case *sigma.OrExpr:
		return &ir.OrExpr{Operands: l.extendedAll(e.Operands), Span: e.Span}
	case *sigma.NotExpr:
		return &ir.NotExpr{Operand: l.extended(e.Operand), Span: e.Span}
	case *sigma.IdentifierExpr:
		return l.base(sigma.Text{Value: e.Name, Span: e.Span})
	case *sigma.SelectorExpr:
		var matched []ir.Expr
		for _, rule := range l.c.Rules {
			if sigma.Selects(e.Pattern, rule.Value) {
				matched = append(matched, l.base(sigma.Text{Value: rule.Value, Span: e.Span}))
			}
		}
		if selected, ok := choose(matched, e); ok && len(matched) > 0 {
			return selected
		}
		l.list.Add(diag.Diagnostic{Code: "unknown-rule", Span: e.Span, Message: fmt.Sprintf("no rule of the correlation matches %q", e.Pattern)})
		return &ir.ConstExpr{Span: e.Span}
	}
	panic(fmt.Sprintf("egret bug: condition node %T", expr))
}

func (l *correlationLowerer) extendedAll(exprs []sigma.ConditionExpr) []ir.Expr {
	lowered := make([]ir.Expr, len(exprs))
	for i, expr := range exprs {
		lowered[i] = l.extended(expr)
	}
	return lowered
}

// base returns the leaf for a rule in the condition. It reports a rule that the correlation does not list.
func (l *correlationLowerer) base(name sigma.Text) ir.Expr {
	target, ok := l.target(name)
	if !ok {
		return &ir.ConstExpr{Span: name.Span}
	}
	if i, ok := l.first[target]; ok {
		return &ir.BaseExpr{Index: i, Span: name.Span}
	}
	l.list.Add(diag.Diagnostic{
		Code: "unknown-rule", Span: name.Span,
		Message: fmt.Sprintf("%q is not among the rules of the correlation", name.Value),
	})
	return &ir.ConstExpr{Span: name.Span}
}
