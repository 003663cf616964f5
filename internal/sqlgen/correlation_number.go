package sqlgen

import (
	"math/big"
	"slices"

	"github.com/egret-hunt/egret/internal/ir"
	"github.com/egret-hunt/egret/internal/sqlgen/sqlnumber"
	"github.com/egret-hunt/egret/internal/sqlgen/sqltree"
)

// Numbers are stored in two columns, so that sums are exact: whole has the digits before the decimal point, part those after it,
// both with the number's sign. A number that does not fit makes the statement fail instead of changing the result.
const (
	wholeType = "DECIMAL(38, 0)"
	partType  = "DECIMAL(38, 24)"
	// partDigits is how many digits a part has.
	partDigits = 24
)

// farExponent is the maximum distance between a number's decimal point and its first digit. Beyond it a text is no number.
const farExponent = 400

// numbers gives each numeric leaf of a member a row with its whole and part, and each member one row more, where v1 and
// whole are NULL.
func (c *correlation) numbers() {
	var lists sqltree.List
	for i := range c.fields {
		var served []sqltree.Expr
		for j := range c.targets {
			if c.valueOf(j, &c.fields[i]) {
				served = append(served, nth("s", j))
			}
		}
		switch {
		case len(served) == len(c.targets):
			lists = append(lists, nth("f", i))
		case len(served) > 0:
			lists = append(lists, sqltree.If(anyOf(served), nth("f", i), sqltree.List{}))
		}
	}
	all := lists[0]
	if len(lists) > 1 {
		all = sqltree.Fn("flatten", lists)
	}
	s := &sqltree.Select{From: c.from(), Columns: append(c.groupColumns(), sqltree.Column{Of: ts}, sqltree.Column{Of: sqltree.Name{"id"}}, sqltree.Column{Of: sqltree.Name{"v1"}})}
	if c.nested {
		s.Columns = append(s.Columns, sqltree.Column{Of: sqltree.Name{"evidence"}})
	}
	null := sqltree.List{sqltree.Cast{Of: sqltree.Null{}, Type: c.d.TextType, Try: false}}
	s.Joins = []sqltree.Source{{Unnest: []sqltree.Expr{sqltree.Concat(all, null)}, As: "value1", Columns: []string{"v1"}}}
	c.step("values", s)
	c.more("decimals", sqltree.Column{Of: decimalText(c.d, sqltree.Name{"v1"}), As: "digits"})

	digits := sqltree.Name{"digits"}
	behind := sqltree.Fn("NULLIF", c.d.RegexExtract(digits, `\.([0-9]*[1-9])0*$`, 1), sqltree.Text(""))
	sign := sqltree.If(sqltree.Fn("starts_with", digits, sqltree.Text("-")), sqltree.Text("-0."), sqltree.Text("0."))
	// A text that is too long becomes one that is no number, so that the cast fails and shows it.
	long := sqltree.If(sqltree.Compare(">", sqltree.Fn("length", behind), sqltree.Int(partDigits)), sqltree.Text(" has more than 24 digits"), sqltree.Text(""))
	c.more("numbers",
		sqltree.Column{Of: sqltree.Cast{Of: c.d.RegexExtract(digits, `^-?[0-9]+`, 0), Type: wholeType, Try: false}, As: "whole"},
		sqltree.Column{Of: sqltree.Coalesce(sqltree.Cast{Of: sqltree.Concat(sign, behind, long), Type: partType, Try: false}, sqltree.Number("0")), As: "part"})
}

// valueOf reports whether a target has values of a field.
func (c *correlation) valueOf(at int, field *ir.Field) bool {
	return slices.ContainsFunc(c.bases[at].Values, func(f ir.Field) bool { return f.Name == field.Name })
}

// decimalText returns the number in a text as digits and a decimal point, NULL if there is none.
func decimalText(d *sqltree.Dialect, text sqltree.Expr) sqltree.Expr {
	group := func(pattern string) sqltree.Expr {
		return sqltree.Coalesce(d.RegexExtract(text, pattern, 1), sqltree.Text(""))
	}
	exponent := sqltree.Coalesce(sqltree.Cast{Of: d.RegexExtract(text, `[eE]\+?(-?[0-9]+)$`, 1), Type: d.IntegerType, Try: true}, sqltree.Int(1_000_000))
	first := sqltree.If(d.Regex(text, `^-?0`), sqltree.Minus(sqltree.Number("0"), sqltree.Fn("length", group(`^-?0\.(0*)`))), sqltree.Fn("length", group(`^-?([0-9]+)`)))
	return sqltree.Case{Whens: []sqltree.When{
		{If: sqltree.Coalesce(sqltree.Not{Of: d.Regex(text, sqlnumber.Form)}, sqltree.Bool(true)), Then: sqltree.Null{}},
		{If: sqltree.Not{Of: d.Regex(text, `[eE]`)}, Then: text},
		{If: d.Regex(text, `^-?0(\.0+)?[eE]`), Then: sqltree.Text("0")},
		{If: sqltree.Compare("<=", sqltree.Fn("abs", sqltree.Plus(exponent, first)), sqltree.Int(farExponent)), Then: sqlnumber.WithoutExponent(d, text)},
	}}
}

// split returns the whole and part of a number, rounded towards zero.
func split(n *big.Rat) (whole *big.Int, part *big.Rat) {
	whole = new(big.Int).Quo(n.Num(), n.Denom())
	return whole, new(big.Rat).Sub(n, new(big.Rat).SetInt(whole))
}

func wholeLiteral(n *big.Int) sqltree.Expr {
	return sqltree.Cast{Of: sqltree.Text(n.String()), Type: wholeType, Try: false}
}

func partLiteral(n *big.Rat) sqltree.Expr {
	return sqltree.Cast{Of: sqltree.Text(n.FloatString(partDigits)), Type: partType, Try: false}
}

// sign compares a number, given as a whole and a part that may have grown beyond 1 or have another sign, with 0.
func sign(whole, part sqltree.Expr, op ir.BoundOp) sqltree.Expr {
	below := sqltree.Plus(whole, sqltree.Fn("floor", part)) // the greatest whole number that is not above it
	zero := sqltree.Number("0")
	above := sqltree.Or{sqltree.Compare(">", below, zero), sqltree.And{sqltree.Compare("=", below, zero), sqltree.Compare(">", part, sqltree.Fn("floor", part))}}
	equal := sqltree.And{sqltree.Compare("=", below, zero), sqltree.Compare("=", part, sqltree.Fn("floor", part))}
	switch op {
	case ir.BoundGreater:
		return above
	case ir.BoundLessEqual:
		return sqltree.Not{Of: above}
	case ir.BoundEqual:
		return equal
	case ir.BoundNotEqual:
		return sqltree.Not{Of: equal}
	case ir.BoundGreaterEqual, ir.BoundLess:
	}
	return sqltree.Compare(boundWords[op], below, zero)
}

// totals adds the numbers of the window, for sums and averages. Engines add up a running total once, but would add up each
// window anew: so the sum is the running total less what it was when the window began.
func (c *correlation) totals() *tests {
	if c.noValues() {
		return nil
	}
	c.numbers()
	sum := func(name string) sqltree.Expr {
		return sqltree.Coalesce(sqltree.Fn("sum", sqltree.Name{name}), sqltree.Number("0"))
	}
	c.moments(sqltree.IsNull{Of: sqltree.Name{"v1"}}, sqltree.Column{Of: sqltree.Fn("count", sqltree.Name{"whole"}), As: "numbers"},
		sqltree.Column{Of: sum("whole"), As: "whole"}, sqltree.Column{Of: sum("part"), As: "part"})
	c.more("running", sqltree.Column{Of: c.over("sum", []sqltree.Expr{sqltree.Name{"whole"}}), As: "all_whole"}, sqltree.Column{Of: c.over("sum", []sqltree.Expr{sqltree.Name{"part"}}), As: "all_part"})
	c.more("windows", sqltree.Column{Of: sqltree.Cast{Of: c.inWindow(sqltree.Name{"numbers"}), Type: c.d.IntegerType, Try: false}, As: "n"},
		sqltree.Column{Of: sqltree.Minus(sqltree.Name{"all_whole"}, c.before("all_whole")), As: "sum_whole"},
		sqltree.Column{Of: sqltree.Minus(sqltree.Name{"all_part"}, c.before("all_part")), As: "sum_part"})
	n, whole, part := sqltree.Name{"n"}, sqltree.Name{"sum_whole"}, sqltree.Name{"sum_part"}
	average := c.Type == ir.ValueAvg
	t := c.tested(func(op ir.BoundOp, number *big.Rat) sqltree.Expr {
		w, p := split(number)
		boundWhole, boundPart := wholeLiteral(w), partLiteral(p)
		if average { // the sum is compared with the bound times the count, so that nothing is divided
			boundWhole, boundPart = sqltree.Times(boundWhole, n), sqltree.Times(boundPart, n)
		}
		rest := sqltree.Minus(part, boundPart)
		if p.Sign() == 0 {
			rest = part
		}
		return sign(sqltree.Minus(whole, boundWhole), rest, op)
	}, average, 0)
	if t == nil {
		return nil
	}
	t.holds = numeric(n, t.holds)
	double := func(e sqltree.Expr) sqltree.Expr { return sqltree.Cast{Of: e, Type: c.d.DoubleType, Try: false} }
	t.value = sqltree.Plus(double(whole), double(part))
	if average {
		t.value = sqltree.Binary{Op: "/", Left: t.value, Right: double(sqltree.Fn("NULLIF", n, sqltree.Number("0")))}
	}
	return t
}

// numeric adds to a condition that the window contains a number.
func numeric(n, condition sqltree.Expr) sqltree.Expr {
	some := sqltree.Compare(">", n, sqltree.Number("0"))
	if and, ok := condition.(sqltree.And); ok {
		return append(sqltree.And{some}, and...)
	}
	return sqltree.And{some, condition}
}

// noValues refuses a correlation that reads no field.
func (c *correlation) noValues() bool {
	for _, base := range c.bases {
		if len(base.Values) == 0 {
			c.declinef(c.Correlation, "", "it reads the values of no field")
			return true
		}
	}
	return false
}
