package match

import (
	"github.com/egret-hunt/egret/internal/ir"
	"github.com/egret-hunt/egret/internal/value"
)

// A Judge determines how close events are to matching a bound expression. It is not safe for concurrent use.
type Judge struct {
	expr       ir.Expr
	predicates int
	matcher    *Matcher
	held       []bool
	next       int // of the predicates, in the order of a walk
}

// NewJudge compiles the predicates of an expression, once for all events.
func NewJudge(expr ir.Expr) *Judge {
	var leaves []ir.Expr
	var walk func(e ir.Expr)
	walk = func(e ir.Expr) {
		if operands, inner := parts(e); inner {
			for _, operand := range operands {
				walk(operand)
			}
			return
		}
		leaves = append(leaves, e)
	}
	walk(expr)
	return &Judge{expr: expr, predicates: len(leaves), matcher: Compile(leaves, nil).NewMatcher(), held: make([]bool, len(leaves))}
}

// parts returns the operands of and, or and not. inner is false for a predicate.
func parts(e ir.Expr) (operands []ir.Expr, inner bool) {
	switch e := e.(type) {
	case *ir.AndExpr:
		return e.Operands, true
	case *ir.OrExpr:
		return e.Operands, true
	case *ir.NotExpr:
		return []ir.Expr{e.Operand}, true
	}
	return nil, false
}

// Predicates returns the number of predicates of the expression.
func (j *Judge) Predicates() int { return j.predicates }

// unreachable is the distance if no change of predicates suffices, for example for an empty list of alternatives.
const unreachable = 1 << 20

// Missing returns the smallest number of predicates whose result would have to change for the event to match. It is 0 if the
// event matches.
func (j *Judge) Missing(doc *value.Doc) int {
	clear(j.held)
	for _, i := range j.matcher.Match(doc) {
		j.held[i] = true
	}
	j.next = 0
	missing, _ := j.distance(j.expr)
	return min(missing, unreachable)
}

// distance returns the number of predicates that would have to change to make an expression true, and to make it false.
func (j *Judge) distance(e ir.Expr) (toTrue, toFalse int) {
	operands, inner := parts(e)
	if !inner {
		held := j.held[j.next]
		j.next++
		if held {
			return 0, 1
		}
		return 1, 0
	}
	switch e.(type) {
	case *ir.NotExpr:
		toTrue, toFalse = j.distance(operands[0])
		return toFalse, toTrue
	case *ir.AndExpr:
		toFalse = unreachable
		for _, operand := range operands {
			t, f := j.distance(operand)
			toTrue, toFalse = toTrue+t, min(toFalse, f)
		}
	default:
		toTrue = unreachable
		for _, operand := range operands {
			t, f := j.distance(operand)
			toTrue, toFalse = min(toTrue, t), toFalse+f
		}
	}
	return toTrue, toFalse
}
