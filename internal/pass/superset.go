package pass

import (
	"math"
	"slices"
	"strings"
	"unicode"

	"github.com/egret-hunt/egret/internal/ir"
)

// Superset returns an expression that is true for every event for which e is true, and perhaps for more. It consists only
// of predicates that cost an engine next to nothing: a field equals one of some texts or starts with one, ignoring case,
// joined by Or. The result is the constant true if there is no such expression, and false if e is never true.
//
// cheap ranks fields: the higher the rank, the rarer a typical value of the field. Fields of rank 0 are not used. Of the
// operands of an And, Superset keeps the rarest; the caller must evaluate the rest of the rule on the events that it
// gets. An Or has a superset only if each operand has one. Negations are pushed down to the leaves. A negated leaf has no
// useful superset, since it excludes only events without the field or with one value.
//
// Pushing Not down is correct since logic is two-valued. Fields with several values, with none or with null need no
// special case: each leaf of the result is a leaf of e or true for every value for which that leaf is true.
//
// Superset is deterministic and idempotent.
func Superset(e ir.Expr, cheap func(*ir.Field) int) ir.Expr {
	s := superset{cheap}
	w := s.of(e, false)
	return w.expr(e)
}

type superset struct{ cheap func(*ir.Field) int }

// union is a superset under construction.
type union struct {
	// all marks the constant true.
	all bool
	// leaves are the operands of the Or. Without leaves and all the union is false.
	leaves []*ir.StringExpr
	// score is the score of the least selective leaf. A higher score means fewer events.
	score int
}

var (
	everything = union{all: true}
	nothing    = union{score: math.MaxInt}
)

// of returns the superset of an expression or, if negated is set, of its negation.
func (s superset) of(e ir.Expr, negated bool) union {
	switch e := e.(type) {
	case *ir.AndExpr:
		if negated {
			return s.join(e.Operands, true)
		}
		return s.best(e.Operands, false)
	case *ir.OrExpr:
		if negated {
			return s.best(e.Operands, true)
		}
		return s.join(e.Operands, false)
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
		// A BoolExpr is true for the boolean and for its text in any case. String predicates compare a boolean as its text.
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

// best returns the superset of an And: that of its rarest operand.
func (s superset) best(operands []ir.Expr, negated bool) union {
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

// join returns the superset of an Or.
func (s superset) join(operands []ir.Expr, negated bool) union {
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

// fullScore is the score, per rank of the field, of a predicate that compares a whole value. A prefix scores its length in
// bytes, at most half of fullScore.
const fullScore = 16

// leaf returns the superset of a string predicate: the whole text if it has no wildcards, else the text before the first
// wildcard as a prefix.
func (s superset) leaf(e *ir.StringExpr) union {
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
	// Case-sensitive predicates become case-insensitive: equal texts are also equal in lower case, and the result can be
	// merged with the other leaves.
	return union{leaves: []*ir.StringExpr{{Field: e.Field, Op: op, Pattern: toLower(pattern), Span: e.Span}}, score: score}
}

// toLower converts a pattern to lower case one code point at a time, as the matcher does.
func toLower(p ir.Pattern) ir.Pattern {
	out := slices.Clone(p)
	for i := range out {
		out[i].Text = strings.Map(unicode.ToLower, out[i].Text)
	}
	return out
}

// expr returns the union as an expression, without duplicate leaves and leaves that another leaf includes.
func (u union) expr(of ir.Expr) ir.Expr {
	if u.all || len(u.leaves) == 0 {
		return &ir.ConstExpr{Value: u.all, Span: of.Pos()}
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
	longest := 0 // length of the longest prefix, in bytes
	for _, leaf := range u.leaves {
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
	for _, leaf := range u.leaves {
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
