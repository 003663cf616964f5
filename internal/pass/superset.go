package pass

import (
	"math"
	"slices"
	"strings"
	"unicode"

	"github.com/egret-hunt/egret/internal/ir"
)

// Superset is an expression that holds for every event for which e holds, and maybe for more. It is made of nothing but
// predicates that an engine computes at next to no cost: a field equals one of some texts, or begins with one, both
// ignoring case, joined by Or. The constant true says that there is no such expression, false that e holds never.
//
// cheap says of a field whether such predicates may be asked of it, and how few events one of its values has: 0 for a
// field that may not be asked, and the higher the rarer. Of operands that must all hold the rarest is kept and the others
// are left to whoever looks at the events afterwards; an Or has a superset only if each operand has one. A negation is
// pushed down to the leaves, where it leaves nothing: all that such predicates let out is a missing field or one value.
//
// Truth is two-valued, so that pushing Not down is allowed. A field with several values, none, or null is no special
// case: the leaves kept here are those of e, or hold for each value for which those of e do.
//
// The result is the same for the same input, and Superset of it is itself.
func Superset(e ir.Expr, cheap func(*ir.Field) int) ir.Expr {
	s := superset{cheap}
	w := s.of(e, false)
	return w.expr(e)
}

type superset struct{ cheap func(*ir.Field) int }

// wide is a superset on its way: the leaves of an Or. No leaves: nothing ever holds, unless all is set.
type wide struct {
	all    bool
	leaves []*ir.StringExpr
	// score is that of the worst leaf: the fewer events hold, the higher.
	score int
}

var (
	everything = wide{all: true}
	nothing    = wide{score: math.MaxInt}
)

// of finds the superset of an expression or, where negated is set, of its negation.
func (s superset) of(e ir.Expr, negated bool) wide {
	switch e := e.(type) {
	case *ir.AndExpr:
		if negated {
			return s.union(e.Operands, true)
		}
		return s.best(e.Operands, false)
	case *ir.OrExpr:
		if negated {
			return s.best(e.Operands, true)
		}
		return s.union(e.Operands, false)
	case *ir.NotExpr:
		return s.of(e.Operand, !negated)
	case *ir.ConstExpr:
		if e.Value == negated {
			return nothing
		}
		return everything
	case *ir.StringExpr:
		if !negated {
			return s.leaf(e)
		}
	case *ir.BoolExpr:
		// It holds for the boolean and for its text in any case, and string predicates see the boolean as that text.
		if !negated {
			pattern := ir.Pattern{{Kind: ir.Literal, Text: "false"}}
			if e.Value {
				pattern[0].Text = "true"
			}
			return s.leaf(&ir.StringExpr{Field: e.Field, Pattern: pattern, Span: e.Span})
		}
	}
	return everything
}

// best is the rarest of operands that must all hold.
func (s superset) best(operands []ir.Expr, negated bool) wide {
	best := everything
	for _, operand := range operands {
		w := s.of(operand, negated)
		if w.all {
			continue
		}
		if best.all || w.score > best.score || w.score == best.score && len(w.leaves) < len(best.leaves) {
			best = w
		}
	}
	return best
}

// union joins operands of which any may hold.
func (s superset) union(operands []ir.Expr, negated bool) wide {
	u := nothing
	for _, operand := range operands {
		w := s.of(operand, negated)
		if w.all {
			return everything
		}
		u.leaves = append(u.leaves, w.leaves...)
		u.score = min(u.score, w.score)
	}
	return u
}

// A value of a field is worth fullScore times its rank, a beginning of one as many times as it has characters, up to half.
const fullScore = 16

// leaf is the superset of a string predicate: its text where it has no wildcards, else what every match begins with.
func (s superset) leaf(e *ir.StringExpr) wide {
	rank := s.cheap(&e.Field)
	if rank <= 0 || e.Op != ir.Equal && e.Op != ir.StartsWith {
		return everything
	}
	op, score := ir.Equal, fullScore*rank
	pattern := e.Pattern
	if len(pattern) > 1 || len(pattern) == 1 && pattern[0].Kind != ir.Literal || e.Op == ir.StartsWith {
		if len(pattern) == 0 || pattern[0].Kind != ir.Literal {
			return everything
		}
		op, pattern = ir.StartsWith, pattern[:1]
		score = rank * min(len(pattern[0].Text), fullScore/2)
	}
	// Cased predicates become uncased ones: whatever is equal stays equal in lower case, and they gather with the others.
	return wide{leaves: []*ir.StringExpr{{Field: e.Field, Op: op, Pattern: lowered(pattern), Span: e.Span}}, score: score}
}

// lowered puts a pattern in lower case as matching does, one code point at a time.
func lowered(p ir.Pattern) ir.Pattern {
	out := slices.Clone(p)
	for i := range out {
		out[i].Text = strings.Map(unicode.ToLower, out[i].Text)
	}
	return out
}

// expr is the superset as an expression, each leaf once, without those that others include.
func (w wide) expr(of ir.Expr) ir.Expr {
	if w.all || len(w.leaves) == 0 {
		return &ir.ConstExpr{Value: w.all, Span: of.Pos()}
	}
	type key struct {
		field string
		op    ir.StringOp
		text  string
	}
	text := func(e *ir.StringExpr) string {
		if len(e.Pattern) == 0 {
			return ""
		}
		return e.Pattern[0].Text
	}
	known := map[key]bool{}
	longest := 0 // of the beginnings
	for _, leaf := range w.leaves {
		if leaf.Op == ir.StartsWith {
			known[key{leaf.Field.Name, leaf.Op, text(leaf)}] = true
			longest = max(longest, len(text(leaf)))
		}
	}
	included := func(leaf *ir.StringExpr) bool {
		t := text(leaf)
		end := min(len(t), longest)
		if leaf.Op == ir.StartsWith {
			end = min(len(t)-1, longest)
		}
		for n := 1; n <= end; n++ {
			if known[key{leaf.Field.Name, ir.StartsWith, t[:n]}] {
				return true
			}
		}
		return false
	}
	seen := map[key]bool{}
	var operands []ir.Expr
	for _, leaf := range w.leaves {
		k := key{leaf.Field.Name, leaf.Op, text(leaf)}
		if seen[k] || included(leaf) {
			continue
		}
		seen[k] = true
		operands = append(operands, leaf)
	}
	if len(operands) == 1 {
		return operands[0]
	}
	return &ir.OrExpr{Operands: operands, Span: of.Pos()}
}
