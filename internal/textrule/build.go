package textrule

import (
	"fmt"

	"github.com/egret-hunt/egret/diag"
	"github.com/egret-hunt/egret/internal/ir"
	"github.com/egret-hunt/egret/sigma"
	"github.com/egret-hunt/egret/source"
)

// Options configure reading. The zero value is ready to use.
type Options struct {
	// Placeholders maps the name of a placeholder, without percent signs, to its values, which are Sigma strings.
	Placeholders map[string][]string
	// Expressions are the parts of queries that pipelines put for placeholders, by their name. A value with such a placeholder
	// consists of nothing else.
	Expressions map[string]Query
}

// maxNodes limits the comparisons of one rule. Public rules have up to 4,000.
const maxNodes = 200_000

// FromRule reads a rule. The result is nil if the list contains an error. State is not set.
func FromRule(rule *sigma.Rule, opt Options) (*Rule, diag.List) {
	b := &builder{opt: opt, detection: &rule.Detection}
	out := &Rule{
		Info: InfoOf(&rule.Meta), Fields: rule.Fields,
		LogSource: LogSource{Category: rule.LogSource.Category, Product: rule.LogSource.Product, Service: rule.LogSource.Service},
	}
	for _, unknown := range rule.Unknown {
		if out.Attributes == nil {
			out.Attributes = map[string]any{}
		}
		out.Attributes[unknown.Key] = unknown.Value
	}
	for _, condition := range rule.Detection.Conditions {
		out.Conditions = append(out.Conditions, b.condition(condition.Expr, under{}))
	}
	if b.list.HasErrors() {
		return nil, b.list
	}
	return out, b.list
}

// InfoOf returns the metadata of a document.
func InfoOf(m *sigma.Meta) Info {
	span := m.TitleSpan
	if span.IsZero() {
		span = m.Span
	}
	return Info{
		ID: m.ID, Name: m.Name, Title: m.Title, Description: m.Description, Author: m.Author, License: m.License, Status: m.Status,
		Level: m.Level, Date: m.Date, Modified: m.Modified, Tags: m.Tags, References: m.References, FalsePositives: m.FalsePositives, Span: span,
	}
}

type builder struct {
	opt       Options
	detection *sigma.Detection
	list      diag.List
	nodes     int
	full      bool
}

// under says which operators of the rule contain a part of it.
type under struct{ or, not bool }

func (u under) inOr() under  { return under{true, u.not} }
func (u under) inNot() under { return under{u.or, true} }

func (b *builder) errorf(code string, span source.Span, help, format string, args ...any) {
	b.list.Add(diag.Diagnostic{Code: code, Span: span, Help: help, Message: fmt.Sprintf(format, args...)})
}

// spend counts a comparison. It reports once that a rule has too many.
func (b *builder) spend(span source.Span) bool {
	if b.nodes++; b.nodes > maxNodes {
		if !b.full {
			b.full = true
			b.errorf("condition-too-wide", span, "refer to each search identifier only once", "the rule has more than %d comparisons", maxNodes)
		}
		return false
	}
	return true
}

func (b *builder) condition(expr sigma.ConditionExpr, u under) Node {
	switch e := expr.(type) {
	case *sigma.AndExpr:
		return and(b.conditions(e.Operands, u), e.Span)
	case *sigma.OrExpr:
		return or(b.conditions(e.Operands, u.inOr()), e.Span)
	case *sigma.NotExpr:
		return not(b.condition(e.Operand, u.inNot()), e.Span)
	case *sigma.IdentifierExpr:
		for _, search := range b.detection.Searches {
			if search.Name == e.Name {
				return b.search(search.Expr, u)
			}
		}
		b.errorf("unknown-identifier", e.Span, "", "no search identifier is named %q", e.Name)
		return nil
	case *sigma.SelectorExpr:
		return b.selector(e, u)
	}
	panic(fmt.Sprintf("egret bug: condition node %T", expr))
}

func (b *builder) conditions(exprs []sigma.ConditionExpr, u under) []Node {
	nodes := make([]Node, len(exprs))
	for i, expr := range exprs {
		nodes[i] = b.condition(expr, u)
	}
	return nodes
}

func (b *builder) selector(e *sigma.SelectorExpr, u under) Node {
	if !e.All {
		u = u.inOr()
	}
	selected := b.detection.Select(e.Pattern)
	if len(selected) == 0 {
		return &Never{e.Span} // "all of" without members is an error of the parser
	}
	count := e.Count
	if e.All {
		count = len(selected)
	}
	nodes := make([]Node, len(selected))
	for i, search := range selected {
		nodes[i] = b.search(search.Expr, u)
	}
	switch {
	case e.All || count == len(nodes):
		return and(nodes, e.Span)
	case count <= 1:
		return or(nodes, e.Span)
	case count > len(nodes):
		return &Never{e.Span}
	}
	return b.choose(nodes, count, e.Span)
}

// maxCombinations limits the combinations that `3 of them` is written as.
const maxCombinations = 1000

// choose returns the OR of all combinations of count nodes.
func (b *builder) choose(nodes []Node, count int, span source.Span) Node {
	var all []Node
	var pick func(from int, chosen []Node)
	pick = func(from int, chosen []Node) {
		if len(all) > maxCombinations {
			return
		}
		if len(chosen) == count {
			all = append(all, and(append([]Node(nil), chosen...), span))
			return
		}
		for i := from; i <= len(nodes)-(count-len(chosen)); i++ {
			pick(i+1, append(chosen, nodes[i]))
		}
	}
	pick(0, nil)
	if len(all) > maxCombinations {
		b.errorf("selector-too-wide", span, "write the relevant combinations explicitly",
			"%d of %d search identifiers have more than %d combinations", count, len(nodes), maxCombinations)
		return nil
	}
	return or(all, span)
}

func (b *builder) search(expr sigma.SearchExpr, u under) Node {
	switch e := expr.(type) {
	case *sigma.AnyOf:
		if len(e.Exprs) == 1 {
			return b.search(e.Exprs[0], u)
		}
		var nodes []Node
		for _, sub := range e.Exprs {
			if item, ok := sub.(*sigma.Item); ok && item.Field == "" && len(item.Values) > 1 && len(item.Modifiers) == 0 {
				// The parser joins consecutive keywords of a list; each of them is an alternative of the list.
				for _, v := range item.Values {
					nodes = append(nodes, b.item(&sigma.Item{Values: []sigma.Value{v}, Span: v.Span}, u.inOr()))
				}
				continue
			}
			nodes = append(nodes, b.search(sub, u.inOr()))
		}
		return or(nodes, e.Span)
	case *sigma.AllOf:
		if len(e.Exprs) == 1 {
			return b.search(e.Exprs[0], u)
		}
		nodes := make([]Node, len(e.Exprs))
		for i, sub := range e.Exprs {
			nodes[i] = b.search(sub, u)
		}
		return and(nodes, e.Span)
	case *sigma.Item:
		return b.item(e, u)
	}
	panic(fmt.Sprintf("egret bug: search node %T", expr))
}

// and returns the conjunction of nodes. One node stands for itself, and nil stands for none. Parts that always hold (a negated
// Never) are left out.
func and(nodes []Node, span source.Span) Node {
	nodes, always := drop(nodes, isAlways)
	switch {
	case len(nodes) == 1:
		return nodes[0]
	case len(nodes) == 0 && always:
		return &Not{Arg: &Never{span}, Span: span}
	case len(nodes) == 0:
		return nil
	}
	for _, n := range nodes {
		if _, never := n.(*Never); never {
			return n
		}
	}
	return &And{nodes, span}
}

// or returns the disjunction of nodes, as and does.
func or(nodes []Node, span source.Span) Node {
	nodes, never := drop(nodes, isNever)
	switch {
	case len(nodes) == 1:
		return nodes[0]
	case len(nodes) == 0 && never:
		return &Never{span}
	case len(nodes) == 0:
		return nil
	}
	for _, n := range nodes {
		if isAlways(n) {
			return n
		}
	}
	return &Or{nodes, span}
}

func not(arg Node, span source.Span) Node {
	if arg == nil {
		return nil
	}
	if isAlways(arg) {
		return &Never{span}
	}
	return &Not{arg, span}
}

func isNever(n Node) bool {
	_, ok := n.(*Never)
	return ok
}

func isAlways(n Node) bool {
	negated, ok := n.(*Not)
	return ok && isNever(negated.Arg)
}

// drop removes nil nodes and those that unneeded reports. dropped is set if there were any of the latter.
func drop(nodes []Node, unneeded func(Node) bool) (rest []Node, dropped bool) {
	for i, n := range nodes {
		if n == nil || unneeded(n) {
			rest = append([]Node(nil), nodes[:i]...)
			for _, n := range nodes[i:] {
				switch {
				case n == nil:
				case unneeded(n):
					dropped = true
				default:
					rest = append(rest, n)
				}
			}
			return rest, dropped
		}
	}
	return nodes, false
}

// Any returns the comparisons of a field with alternatives as an OR, or as a single comparison. They count as written alone:
// no operator of the rule contains them.
func Any(field string, keyword bool, values []Value, span source.Span) Node {
	nodes := make([]Node, len(values))
	for i, v := range values {
		nodes[i] = &Match{Field: field, Keyword: keyword, Value: v, Span: span}
	}
	if len(nodes) == 1 {
		return nodes[0]
	}
	return &Or{nodes, span}
}

// literal returns a pattern that is a text without wildcards.
func literal(text string) ir.Pattern {
	if text == "" {
		return nil
	}
	return ir.Pattern{{Kind: ir.Literal, Text: text}}
}
