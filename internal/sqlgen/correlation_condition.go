package sqlgen

import (
	"slices"
	"strings"

	"github.com/egret-hunt/egret/internal/ir"
	"github.com/egret-hunt/egret/internal/sqlgen/sqltree"
)

// term is one way to make an ordered condition true: a chain of the wanted steps, and no event of the unwanted targets.
type term struct {
	wanted   []int // sorted
	unwanted []int // sorted
}

// maxTerms bounds how far a condition is multiplied out in SQL, maxProducts the terms that are made for it, of which long
// conditions make many.
const (
	maxTerms    = 64
	maxProducts = 100_000
)

// orderedCondition tests a condition over rules, where the wanted ones must be served in their order.
func (c *correlation) orderedCondition(e ir.Expr) *tests {
	terms, ok := c.multiply(e, false)
	if !ok {
		return nil
	}
	return c.orderedTerms(terms)
}

// multiply converts the condition, or its negation, to terms of which one must hold. It returns false if it is refused.
func (c *correlation) multiply(e ir.Expr, negated bool) ([]term, bool) {
	switch e := e.(type) {
	case *ir.NotExpr:
		return c.multiply(e.Operand, !negated)
	case *ir.AndExpr:
		return c.join(e.Operands, negated, !negated)
	case *ir.OrExpr:
		return c.join(e.Operands, negated, negated)
	case *ir.ConstExpr:
		if e.Value != negated {
			return []term{{}}, true
		}
		return nil, true
	case *ir.BaseExpr:
		if e.Index < 0 || e.Index >= len(c.steps) {
			break
		}
		if negated {
			return []term{{unwanted: []int{c.steps[e.Index]}}}, true
		}
		var terms []term // any step of the rule will do
		for i, step := range c.steps {
			if step == c.steps[e.Index] {
				terms = append(terms, term{wanted: []int{i}})
			}
		}
		return terms, true
	}
	c.declinef(c.Correlation, "", "its condition is over something else than its rules")
	return nil, false
}

// join combines the terms of operands of which all, or one, must hold.
func (c *correlation) join(operands []ir.Expr, negated, all bool) ([]term, bool) {
	var terms []term
	if all {
		terms = []term{{}}
	}
	for _, operand := range operands {
		more, ok := c.multiply(operand, negated)
		if !ok {
			return nil, false
		}
		if all {
			var products []term
			for _, a := range terms {
				for _, b := range more {
					products = append(products, term{union(a.wanted, b.wanted), union(a.unwanted, b.unwanted)})
				}
			}
			terms = products
			c.products += len(products)
		} else {
			terms = append(terms, more...)
		}
		terms = leastTerms(terms)
		if len(terms) > maxTerms || c.products > maxProducts {
			c.declinef(c.Correlation, "the native engine takes up to 1,024", "its condition has more than %d alternatives when multiplied out", maxTerms)
			return nil, false
		}
	}
	return terms, true
}

func union(a, b []int) []int {
	out := slices.Concat(a, b)
	slices.Sort(out)
	return slices.Compact(out)
}

// leastTerms drops duplicates, and terms that require more than another one.
func leastTerms(terms []term) []term {
	slices.SortStableFunc(terms, func(a, b term) int { return len(a.wanted) + len(a.unwanted) - len(b.wanted) - len(b.unwanted) })
	var out []term
	for _, t := range terms {
		covered := slices.ContainsFunc(out, func(o term) bool { return subset(o.wanted, t.wanted) && subset(o.unwanted, t.unwanted) })
		if !covered {
			out = append(out, t)
		}
	}
	return out
}

func subset(part, of []int) bool {
	return !slices.ContainsFunc(part, func(i int) bool { return !slices.Contains(of, i) })
}

// maxChains is the maximum number of different chain prefixes in a statement.
const maxChains = 100

// orderedTerms tests whether one of the terms holds. Terms share the prefixes of their chains.
func (c *correlation) orderedTerms(terms []term) *tests {
	h := c.newChains()
	if h == nil {
		return nil
	}
	name := func(steps []int) string {
		var b strings.Builder
		b.WriteString("begin")
		for _, step := range steps {
			b.WriteString(numbered("_", step))
		}
		return b.String()
	}
	levels := make([][]sqltree.Column, len(c.steps)+1) // by the length of the chain
	follow := map[string]bool{}
	var unwanted []int
	var holds sqltree.Or
	for _, t := range terms {
		var and sqltree.And
		for length := 1; length <= len(t.wanted); length++ {
			steps := t.wanted[:length]
			if length < len(t.wanted) && !follow[name(steps)] {
				follow[name(steps)] = true
				levels[length] = append(levels[length], sqltree.Column{Of: h.earlier(h.ways(steps, name)), As: name(steps)})
			}
		}
		if n := len(t.wanted); n > 0 {
			end := name(t.wanted) + "_now"
			if !follow[end] {
				follow[end] = true
				levels[n] = append(levels[n], sqltree.Column{Of: sqltree.Coalesce(h.running(h.ways(t.wanted, name)), never), As: end})
			}
			and = append(and, h.recent(sqltree.Name{end}))
		}
		for _, target := range t.unwanted {
			unwanted = union(unwanted, []int{target})
			and = append(and, sqltree.Compare("=", nth("w", target), sqltree.Number("0")))
		}
		holds = append(holds, and)
	}
	if len(follow) > maxChains {
		c.declinef(c.Correlation, "", "its condition asks for more than %d chains of rules", maxChains)
		return nil
	}
	var served, windows []sqltree.Column
	for _, target := range unwanted {
		served = append(served, sqltree.Column{Of: countIf(nth("s", target)), As: numbered("n", target)})
		windows = append(windows, sqltree.Column{Of: c.inWindow(nth("n", target)), As: numbered("w", target)})
	}
	h.begin(served...)
	if len(windows) > 0 {
		c.more("windows", windows...)
	}
	for length, columns := range levels {
		if len(columns) > 0 {
			c.more(numbered("chains", length-1), columns...)
		}
	}
	return &tests{holds: holds}
}

// ways is the latest begin of a chain of the steps that ends at a moment: its last steps are served there, those before
// by a chain that ended earlier.
func (h *chains) ways(steps []int, name func([]int) string) sqltree.Expr {
	var ways []sqltree.Expr
	for before := range steps {
		var begin sqltree.Expr = ts
		if before > 0 {
			begin = sqltree.Name{name(steps[:before])}
		}
		ways = append(ways, sqltree.If(h.together(steps[before:]), begin, never))
	}
	return greatest(ways)
}
