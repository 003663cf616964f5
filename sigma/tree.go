package sigma

import (
	"fmt"
	"slices"
)

// Clone returns a deep copy of the collection. Spans are kept. Values of unknown keys are shared and must not be
// changed. A correlation's FromRule points to the copy of its rule.
func (c *Collection) Clone() *Collection {
	out := &Collection{Refused: slices.Clone(c.Refused)}
	copies := make(map[*Rule]*Rule, len(c.Rules))
	for _, rule := range c.Rules {
		copies[rule] = rule.Clone()
		out.Rules = append(out.Rules, copies[rule])
	}
	for _, correlation := range c.Correlations {
		copied := correlation.Clone()
		if rule := copies[correlation.FromRule]; rule != nil {
			copied.FromRule = rule
		}
		out.Correlations = append(out.Correlations, copied)
	}
	for _, filter := range c.Filters {
		out.Filters = append(out.Filters, filter.Clone())
	}
	return out
}

// Clone returns a deep copy; see Collection.Clone.
func (r *Rule) Clone() *Rule {
	out := *r
	out.Meta, out.LogSource, out.Detection = r.Meta.clone(), r.LogSource.clone(), r.Detection.Clone()
	return &out
}

// Clone returns a deep copy that shares only FromRule; see Collection.Clone.
func (c *Correlation) Clone() *Correlation {
	out := *c
	out.Meta = c.Meta.clone()
	out.Rules, out.GroupBy, out.Extra = slices.Clone(c.Rules), slices.Clone(c.GroupBy), slices.Clone(c.Extra)
	if c.Condition != nil {
		condition := *c.Condition
		condition.Bounds, condition.Fields = slices.Clone(condition.Bounds), slices.Clone(condition.Fields)
		out.Condition = &condition
	}
	if c.Extended != nil {
		extended := *c.Extended
		extended.Expr = CloneCondition(extended.Expr)
		out.Extended = &extended
	}
	out.Aliases = slices.Clone(c.Aliases)
	for i := range out.Aliases {
		alias := &out.Aliases[i]
		alias.Rules, alias.Fields = slices.Clone(alias.Rules), slices.Clone(alias.Fields)
	}
	return &out
}

// Clone returns a deep copy; see Collection.Clone.
func (f *Filter) Clone() *Filter {
	out := *f
	out.Meta, out.LogSource, out.Detection = f.Meta.clone(), f.LogSource.clone(), f.Detection.Clone()
	out.Rules = slices.Clone(f.Rules)
	return &out
}

func (m *Meta) clone() Meta {
	out := *m
	out.Related, out.Unknown = slices.Clone(m.Related), slices.Clone(m.Unknown)
	for _, list := range []*[]string{&out.References, &out.Fields, &out.FalsePositives, &out.Tags, &out.Scope, &out.Applied} {
		*list = slices.Clone(*list)
	}
	return out
}

func (l *LogSource) clone() LogSource {
	out := *l
	out.Unknown = slices.Clone(l.Unknown)
	return out
}

// Clone returns a deep copy.
func (d *Detection) Clone() Detection {
	out := *d
	out.Searches = make([]*Search, len(d.Searches))
	for i, search := range d.Searches {
		copied := *search
		copied.Expr = CloneSearch(search.Expr)
		out.Searches[i] = &copied
	}
	out.Conditions = make([]*Condition, len(d.Conditions))
	for i, condition := range d.Conditions {
		copied := *condition
		copied.Expr = CloneCondition(condition.Expr)
		out.Conditions[i] = &copied
	}
	return out
}

// CloneSearch returns a deep copy of a search; nil for nil.
func CloneSearch(e SearchExpr) SearchExpr {
	switch e := e.(type) {
	case nil:
		return nil
	case *AnyOf:
		return &AnyOf{Exprs: cloneAll(e.Exprs, CloneSearch), Span: e.Span}
	case *AllOf:
		return &AllOf{Exprs: cloneAll(e.Exprs, CloneSearch), Span: e.Span}
	case *Item:
		return e.Clone()
	}
	panic(fmt.Sprintf("egret bug: search %T", e))
}

// Clone returns a deep copy.
func (item *Item) Clone() *Item {
	out := *item
	out.Modifiers, out.Values, out.Applied = slices.Clone(item.Modifiers), slices.Clone(item.Values), slices.Clone(item.Applied)
	return &out
}

// CloneCondition returns a deep copy of a condition; nil for nil.
func CloneCondition(e ConditionExpr) ConditionExpr {
	switch e := e.(type) {
	case nil:
		return nil
	case *AndExpr:
		return &AndExpr{Operands: cloneAll(e.Operands, CloneCondition), Span: e.Span}
	case *OrExpr:
		return &OrExpr{Operands: cloneAll(e.Operands, CloneCondition), Span: e.Span}
	case *NotExpr:
		return &NotExpr{Operand: CloneCondition(e.Operand), Span: e.Span}
	case *IdentifierExpr:
		out := *e
		return &out
	case *SelectorExpr:
		out := *e
		return &out
	}
	panic(fmt.Sprintf("egret bug: condition %T", e))
}

func cloneAll[T any](list []T, clone func(T) T) []T {
	if list == nil {
		return nil
	}
	out := make([]T, len(list))
	for i, e := range list {
		out[i] = clone(e)
	}
	return out
}

// WalkSearch calls visit for a search and, if visit returns true, for its operands, in order.
func WalkSearch(e SearchExpr, visit func(SearchExpr) bool) {
	if !visit(e) {
		return
	}
	for _, operand := range searchOperands(e) {
		WalkSearch(operand, visit)
	}
}

// searchOperands returns the operands of AnyOf and AllOf, nil for an item.
func searchOperands(e SearchExpr) []SearchExpr {
	switch e := e.(type) {
	case *AnyOf:
		return e.Exprs
	case *AllOf:
		return e.Exprs
	}
	return nil
}

// WalkCondition calls visit for a condition and, if visit returns true, for its operands, in order.
func WalkCondition(e ConditionExpr, visit func(ConditionExpr) bool) {
	if !visit(e) {
		return
	}
	for _, operand := range conditionOperands(e) {
		WalkCondition(operand, visit)
	}
}

// conditionOperands returns the operands of And, Or and Not, nil for names and selectors.
func conditionOperands(e ConditionExpr) []ConditionExpr {
	switch e := e.(type) {
	case *AndExpr:
		return e.Operands
	case *OrExpr:
		return e.Operands
	case *NotExpr:
		return []ConditionExpr{e.Operand}
	}
	return nil
}

// RewriteSearch changes a search in place, bottom-up. change gets each node with its operands already rewritten and
// returns its replacement, nil to remove it. An AnyOf or AllOf that loses its last operand is removed too, without a
// call of change. The result is nil if nothing is left. The replacement of an item should keep its Applied.
func RewriteSearch(e SearchExpr, change func(SearchExpr) SearchExpr) SearchExpr {
	rewriteAll := func(exprs []SearchExpr) []SearchExpr {
		out := exprs[:0]
		for _, operand := range exprs {
			if operand = RewriteSearch(operand, change); operand != nil {
				out = append(out, operand)
			}
		}
		clear(exprs[len(out):])
		return out
	}
	switch e := e.(type) {
	case *AnyOf:
		if e.Exprs = rewriteAll(e.Exprs); len(e.Exprs) == 0 {
			return nil
		}
	case *AllOf:
		if e.Exprs = rewriteAll(e.Exprs); len(e.Exprs) == 0 {
			return nil
		}
	}
	return change(e)
}

// RewriteCondition changes a condition in place, bottom-up. change gets each node with its operands already rewritten
// and returns its replacement, never nil.
func RewriteCondition(e ConditionExpr, change func(ConditionExpr) ConditionExpr) ConditionExpr {
	switch e := e.(type) {
	case *AndExpr:
		for i := range e.Operands {
			e.Operands[i] = RewriteCondition(e.Operands[i], change)
		}
	case *OrExpr:
		for i := range e.Operands {
			e.Operands[i] = RewriteCondition(e.Operands[i], change)
		}
	case *NotExpr:
		e.Operand = RewriteCondition(e.Operand, change)
	}
	return change(e)
}

// MarkApplied records that a transformation changed an item or document: it appends the id to a list such as
// Item.Applied unless the list contains it.
func MarkApplied(applied *[]string, id string) {
	if !slices.Contains(*applied, id) {
		*applied = append(*applied, id)
	}
}
