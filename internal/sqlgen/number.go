package sqlgen

import (
	"slices"
	"strings"

	"github.com/egret-hunt/egret/internal/ir"
	"github.com/egret-hunt/egret/internal/schema"
	"github.com/egret-hunt/egret/internal/sqlgen/sqlnumber"
	"github.com/egret-hunt/egret/internal/sqlgen/sqltree"
)

// The functions of engines read a JSON number as a double and write it anew, so that 1.50 becomes 1.5 and 1e3 becomes
// 1000.0. Where a predicate could tell the difference, the numbers of the JSON text are first turned into strings that
// keep the text, with a mark in front: U+0001 and N. A string of the log that begins with U+0001 gets U+0001 and S
// instead, so that none can be taken for a number.
const mark = "\x01"

// untag removes the mark from a text, and from the numbers inside the JSON text of an object.
func untag(d *sqltree.Dialect, text sqltree.Expr) sqltree.Expr {
	x := sqltree.Name{"u"}
	return d.Let(text, "u", sqltree.Case{
		Whens: []sqltree.When{
			{If: sqltree.Fn("starts_with", x, sqltree.Text(mark+"N")), Then: sqltree.Fn("substr", x, sqltree.Number("3"))},
			{If: sqltree.Fn("starts_with", x, sqltree.Text(mark+"S")), Then: sqltree.Concat(sqltree.Text(mark), sqltree.Fn("substr", x, sqltree.Number("3")))},
		}, Else: x,
	})
}

// seesNumbers reports whether a pattern could match a number other than an integer in one way of writing it and not in
// another, be it the whole text or a part of the JSON text of an object: whether one of its literals has a run of the
// characters of numbers that could be one end of a number.
func seesNumbers(p ir.Pattern) bool {
	const alphabet = "0123456789+-.eE"
	for _, part := range p {
		text := part.Text
		if part.Kind == ir.AnyOne || seesEscapes(text) {
			return true
		}
		for i := 0; i < len(text); {
			if strings.IndexByte(alphabet, text[i]) < 0 {
				i++
				continue
			}
			end := i
			for end < len(text) && strings.IndexByte(alphabet, text[end]) >= 0 {
				end++
			}
			opens := i == 0 || strings.IndexByte(",:[", text[i-1]) >= 0
			closes := end == len(text) || strings.IndexByte(",]}", text[end]) >= 0
			if opens && closes {
				return true
			}
			i = end
		}
	}
	return false
}

// seesEscapes reports whether a literal could be found in the escapes of a character beyond the first plane, which some
// engines write into the JSON text of an object, or is such a character, or one that stands for half of such a character.
func seesEscapes(text string) bool {
	return strings.Trim(text, "uU0123456789abcdefABCDEF") == "" && text != "" ||
		strings.ContainsFunc(text, func(r rune) bool { return r == '\\' || r == '?' || r == '\ufffd' || r > 0xffff })
}

// onlyWildcards reports whether a pattern has no literal: it may match numbers by their length.
func onlyWildcards(p ir.Pattern) bool {
	for _, part := range p {
		if part.Kind == ir.Literal {
			return false
		}
	}
	return true
}

// comparisons maps the operators of numbers to SQL.
var comparisons = map[ir.NumberOp]string{
	ir.NumberEqual: "=", ir.Greater: ">", ir.GreaterEqual: ">=", ir.Less: "<", ir.LessEqual: "<=",
}

// oneOfNumbers returns the condition that a field has one of the numbers that nodes compare it with.
func (e *emitter) oneOfNumbers(l leaves, nodes []*ir.NumberExpr) sqltree.Expr {
	var values []string
	var literals []sqltree.Expr
	for _, node := range nodes {
		if !e.readable(l.kind, node) {
			return sqltree.Bool(false)
		}
		if !slices.Contains(values, node.Text) {
			values, literals = append(values, node.Text), append(literals, sqlnumber.Literal(e.d, node.Text))
		}
	}
	switch numeric := l.kind == schema.Integer || l.kind == schema.Double; {
	case !numeric:
		return sqlnumber.Equals(e.d, e.text(l), values)
	case len(literals) == 1:
		return sqltree.Compare("=", l.one, literals[0])
	}
	return sqltree.In{Of: l.one, List: literals}
}

// sameNumbers returns the leading operands that compare the same field with a number for equality.
func sameNumbers(operands []ir.Expr) []*ir.NumberExpr {
	var nodes []*ir.NumberExpr
	for _, operand := range operands {
		node, ok := operand.(*ir.NumberExpr)
		if !ok || node.Op != ir.NumberEqual || len(nodes) > 0 && node.Field.Name != nodes[0].Field.Name {
			break
		}
		nodes = append(nodes, node)
	}
	return nodes
}
