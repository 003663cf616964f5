package check

import (
	"strings"

	"github.com/egret-hunt/egret/internal/ir"
)

// A prover decides whether one query implies another, by their structure: what it proves is true, but it does not prove everything
// that is true. budget limits its steps; when it is used up, nothing more is proved.
type prover struct {
	budget int
	lines  map[ir.Expr]string
	// lowered is set if texts whose case does not count are in lower case.
	lowered bool
}

// proofSteps is the budget for one rule or one pair of rules.
const proofSteps = 4000

func newProver() *prover { return &prover{budget: proofSteps, lines: map[ir.Expr]string{}} }

// key returns a text that is equal for equal leaves.
func (p *prover) key(e ir.Expr) string {
	if s, ok := p.lines[e]; ok {
		return s
	}
	s := strings.ToLower(ir.Line(e))
	if cased(e) {
		s = ir.Line(e)
	}
	p.lines[e] = s
	return s
}

func cased(e ir.Expr) bool {
	switch e := e.(type) {
	case *ir.StringExpr:
		return e.Cased
	case *ir.KeywordExpr:
		return e.Cased
	case *ir.RegexExpr, *ir.FieldRefExpr, *ir.TextOrderExpr, *ir.ListExpr:
		return true
	}
	return false
}

// implies reports whether every event that a matches is proved to match b.
func (p *prover) implies(a, b ir.Expr) bool {
	if p.budget--; p.budget < 0 {
		return false
	}
	if a == b {
		return true
	}
	if not, ok := a.(*ir.NotExpr); ok {
		if other, ok := b.(*ir.NotExpr); ok {
			return p.implies(other.Operand, not.Operand)
		}
	}
	if or, ok := a.(*ir.OrExpr); ok {
		return every(or.Operands, func(x ir.Expr) bool { return p.implies(x, b) })
	}
	if and, ok := b.(*ir.AndExpr); ok {
		return every(and.Operands, func(x ir.Expr) bool { return p.implies(a, x) })
	}
	if and, ok := a.(*ir.AndExpr); ok && some(and.Operands, func(x ir.Expr) bool { return p.implies(x, b) }) {
		return true
	}
	if or, ok := b.(*ir.OrExpr); ok {
		return some(or.Operands, func(x ir.Expr) bool { return p.implies(a, x) })
	}
	return p.leaf(a, b)
}

func every(list []ir.Expr, holds func(ir.Expr) bool) bool {
	for _, e := range list {
		if !holds(e) {
			return false
		}
	}
	return true
}

func some(list []ir.Expr, holds func(ir.Expr) bool) bool {
	for _, e := range list {
		if holds(e) {
			return true
		}
	}
	return false
}

// leaf is implies for two leaves.
func (p *prover) leaf(a, b ir.Expr) bool {
	switch a := a.(type) {
	case *ir.ConstExpr:
		return !a.Value
	case *ir.AndExpr, *ir.OrExpr, *ir.NotExpr:
		return false
	case *ir.StringExpr:
		if exists, ok := b.(*ir.ExistsExpr); ok {
			return exists.Field.Name == a.Field.Name
		}
		if s, ok := b.(*ir.StringExpr); ok && s.Field.Name == a.Field.Name {
			x, plainA := literal(a.Pattern)
			y, plainB := literal(s.Pattern)
			if plainA && plainB && (!s.Cased || a.Cased) {
				if !s.Cased && (!p.lowered || a.Cased) {
					x, y = strings.ToLower(x), strings.ToLower(y)
				}
				return textImplies(a.Op, x, s.Op, y)
			}
		}
	case *ir.KeywordExpr:
		if k, ok := b.(*ir.KeywordExpr); ok && !k.Cased {
			x, plainA := literal(a.Pattern)
			y, plainB := literal(k.Pattern)
			if plainA && plainB {
				return strings.Contains(strings.ToLower(x), strings.ToLower(y))
			}
		}
	}
	switch b := b.(type) {
	case *ir.ConstExpr:
		return b.Value
	case *ir.StringExpr:
		if s, ok := a.(*ir.StringExpr); ok {
			_, plainA := literal(s.Pattern)
			_, plainB := literal(b.Pattern)
			if plainA || plainB {
				return false // texts without wildcards were compared above
			}
		}
	case *ir.AndExpr, *ir.OrExpr, *ir.NotExpr:
		return false
	}
	return fieldOf(a) == fieldOf(b) && p.key(a) == p.key(b)
}

// fieldOf returns the field of a leaf, "" for keywords.
func fieldOf(e ir.Expr) string {
	switch e := e.(type) {
	case *ir.StringExpr:
		return e.Field.Name
	case *ir.NumberExpr:
		return e.Field.Name
	case *ir.KeywordExpr:
		return ""
	}
	if fields := ir.Fields(e); len(fields) > 0 {
		return fields[0].Name
	}
	return ""
}

// literal returns the text of a pattern without wildcards.
func literal(p ir.Pattern) (string, bool) {
	switch {
	case len(p) == 0:
		return "", true
	case len(p) == 1 && p[0].Kind == ir.Literal:
		return p[0].Text, true
	}
	return "", false
}

// textImplies reports whether a text that compares with x by one operator also compares with y by another.
func textImplies(op ir.StringOp, x string, other ir.StringOp, y string) bool {
	switch other {
	case ir.Contains:
		return strings.Contains(x, y)
	case ir.StartsWith:
		return (op == ir.Equal || op == ir.StartsWith) && strings.HasPrefix(x, y)
	case ir.EndsWith:
		return (op == ir.Equal || op == ir.EndsWith) && strings.HasSuffix(x, y)
	case ir.Equal:
	}
	return op == ir.Equal && x == y
}

// never reports whether an expression is proved to match no event.
func (p *prover) never(e ir.Expr) bool {
	if p.budget--; p.budget < 0 {
		return false
	}
	switch e := e.(type) {
	case *ir.ConstExpr:
		return !e.Value
	case *ir.OrExpr:
		return every(e.Operands, p.never)
	case *ir.NotExpr:
		return p.always(e.Operand)
	case *ir.AndExpr:
		if some(e.Operands, p.never) {
			return true
		}
		for i, operand := range e.Operands {
			var other ir.Expr // what the rest must not imply
			switch o := operand.(type) {
			case *ir.NotExpr:
				other = o.Operand
			case *ir.NullExpr:
				other = &ir.ExistsExpr{Field: o.Field}
			default:
				continue
			}
			if rest := without(e.Operands, i); len(rest) > 0 && p.implies(&ir.AndExpr{Operands: rest}, other) {
				return true
			}
		}
	}
	return false
}

// always reports whether an expression is proved to match every event.
func (p *prover) always(e ir.Expr) bool {
	if p.budget--; p.budget < 0 {
		return false
	}
	switch e := e.(type) {
	case *ir.ConstExpr:
		return e.Value
	case *ir.AndExpr:
		return every(e.Operands, p.always)
	case *ir.NotExpr:
		return p.never(e.Operand)
	case *ir.OrExpr:
		if some(e.Operands, p.always) {
			return true
		}
		for i, operand := range e.Operands {
			if not, ok := operand.(*ir.NotExpr); ok {
				if rest := without(e.Operands, i); len(rest) > 0 && p.implies(not.Operand, &ir.OrExpr{Operands: rest}) {
					return true
				}
			}
		}
	}
	return false
}

func without(list []ir.Expr, i int) []ir.Expr {
	rest := make([]ir.Expr, 0, len(list)-1)
	return append(append(rest, list[:i]...), list[i+1:]...)
}
