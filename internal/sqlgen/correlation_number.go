package sqlgen

import (
	"math/big"
	"slices"

	"github.com/egret-hunt/egret/internal/ir"
)

// Numbers are kept in two columns, so that they are added exactly: whole has what stands before the point, part what stands
// behind it, both with the number's sign. A number that does not fit makes the statement fail, rather than give another
// result.
const (
	wholeType = "DECIMAL(38, 0)"
	partType  = "DECIMAL(38, 24)"
	// partDigits is how many digits a part has.
	partDigits = 24
)

// farExponent is where numbers end: one whose point is further than this from its first digit counts as no number.
const farExponent = 400

// numbers gives each numeric leaf of a member a row with its whole and part, and each member one row more, where v1 and
// whole are NULL.
func (c *correlation) numbers() {
	var lists List
	for i := range c.fields {
		var served []Expr
		for j := range c.targets {
			if c.valueOf(j, &c.fields[i]) {
				served = append(served, nth("s", j))
			}
		}
		switch {
		case len(served) == len(c.targets):
			lists = append(lists, nth("f", i))
		case len(served) > 0:
			lists = append(lists, ifThen(anyOf(served), nth("f", i), List{}))
		}
	}
	all := lists[0]
	if len(lists) > 1 {
		all = call("flatten", lists)
	}
	s := &Select{From: c.from(), Columns: append(c.groupColumns(), Column{Of: ts}, Column{Of: Name{"id"}}, Column{Of: Name{"v1"}})}
	if c.nested {
		s.Columns = append(s.Columns, Column{Of: Name{"evidence"}})
	}
	null := List{Cast{Null{}, c.d.TextType, false}}
	s.Joins = []Source{{Unnest: []Expr{concat(all, null)}, As: "value1", Columns: []string{"v1"}}}
	c.step("values", s)
	c.more("decimals", Column{Of: c.d.decimalText(Name{"v1"}), As: "digits"})

	digits := Name{"digits"}
	behind := call("NULLIF", c.d.regexExtract(digits, `\.([0-9]*[1-9])0*$`, 1), Text(""))
	sign := ifThen(call("starts_with", digits, Text("-")), Text("-0."), Text("0."))
	// What is too long is made a text that is no number, so that the cast fails and shows it.
	long := ifThen(compare(">", call("length", behind), number(partDigits)), Text(" has more than 24 digits"), Text(""))
	c.more("numbers",
		Column{Of: Cast{c.d.regexExtract(digits, `^-?[0-9]+`, 0), wholeType, false}, As: "whole"},
		Column{Of: coalesce(Cast{concat(sign, behind, long), partType, false}, Number("0")), As: "part"})
}

// valueOf tells whether a field is among those whose values a target gives.
func (c *correlation) valueOf(at int, field *ir.Field) bool {
	return slices.ContainsFunc(c.bases[at].Values, func(f ir.Field) bool { return f.Name == field.Name })
}

// decimalText is the number that a text holds as digits and a point, NULL where it holds none.
func (d *Dialect) decimalText(text Expr) Expr {
	group := func(pattern string) Expr { return coalesce(d.regexExtract(text, pattern, 1), Text("")) }
	exponent := coalesce(Cast{d.regexExtract(text, `[eE]\+?(-?[0-9]+)$`, 1), d.IntegerType, true}, number(1_000_000))
	first := ifThen(d.regex(text, `^-?0`), minus(Number("0"), call("length", group(`^-?0\.(0*)`))), call("length", group(`^-?([0-9]+)`)))
	return Case{Whens: []When{
		{coalesce(Not{d.regex(text, numberForm)}, Bool(true)), Null{}},
		{Not{d.regex(text, `[eE]`)}, text},
		{d.regex(text, `^-?0(\.0+)?[eE]`), Text("0")},
		{compare("<=", call("abs", plus(exponent, first)), number(farExponent)), d.withoutExponent(text)},
	}}
}

// split is a number as whole and part, rounded towards zero.
func split(n *big.Rat) (whole *big.Int, part *big.Rat) {
	whole = new(big.Int).Quo(n.Num(), n.Denom())
	return whole, new(big.Rat).Sub(n, new(big.Rat).SetInt(whole))
}

func wholeLiteral(n *big.Int) Expr { return Cast{Text(n.String()), wholeType, false} }

func partLiteral(n *big.Rat) Expr { return Cast{Text(n.FloatString(partDigits)), partType, false} }

// sign compares a number, given as a whole and a part that may have grown beyond 1 or have another sign, with 0.
func sign(whole, part Expr, op ir.BoundOp) Expr {
	below := plus(whole, call("floor", part)) // the greatest whole number that is not above it
	zero := Number("0")
	above := Or{compare(">", below, zero), And{compare("=", below, zero), compare(">", part, call("floor", part))}}
	equal := And{compare("=", below, zero), compare("=", part, call("floor", part))}
	switch op {
	case ir.BoundGreater:
		return above
	case ir.BoundLessEqual:
		return Not{above}
	case ir.BoundEqual:
		return equal
	case ir.BoundNotEqual:
		return Not{equal}
	case ir.BoundGreaterEqual, ir.BoundLess:
	}
	return compare(boundWords[op], below, zero)
}

// totals adds the numbers of the window, for sums and averages. Engines add up a running total once, but would add up each
// window anew: so the sum is the running total less what it was when the window began.
func (c *correlation) totals() *tests {
	if c.noValues() {
		return nil
	}
	c.numbers()
	sum := func(name string) Expr { return coalesce(call("sum", Name{name}), Number("0")) }
	c.moments(IsNull{Of: Name{"v1"}}, Column{Of: call("count", Name{"whole"}), As: "numbers"},
		Column{Of: sum("whole"), As: "whole"}, Column{Of: sum("part"), As: "part"})
	c.more("running", Column{Of: c.over("sum", []Expr{Name{"whole"}}), As: "all_whole"}, Column{Of: c.over("sum", []Expr{Name{"part"}}), As: "all_part"})
	c.more("windows", Column{Of: Cast{c.inWindow(Name{"numbers"}), c.d.IntegerType, false}, As: "n"},
		Column{Of: minus(Name{"all_whole"}, c.before("all_whole")), As: "sum_whole"},
		Column{Of: minus(Name{"all_part"}, c.before("all_part")), As: "sum_part"})
	n, whole, part := Name{"n"}, Name{"sum_whole"}, Name{"sum_part"}
	average := c.Type == ir.ValueAvg
	t := c.tested(func(op ir.BoundOp, number *big.Rat) Expr {
		w, p := split(number)
		boundWhole, boundPart := wholeLiteral(w), partLiteral(p)
		if average { // the sum is compared with the bound times the count, so that nothing is divided
			boundWhole, boundPart = times(boundWhole, n), times(boundPart, n)
		}
		rest := minus(part, boundPart)
		if p.Sign() == 0 {
			rest = part
		}
		return sign(minus(whole, boundWhole), rest, op)
	}, average, 0)
	if t == nil {
		return nil
	}
	t.holds = numeric(n, t.holds)
	double := func(e Expr) Expr { return Cast{e, c.d.DoubleType, false} }
	t.value = plus(double(whole), double(part))
	if average {
		t.value = Binary{"/", t.value, double(call("NULLIF", n, Number("0")))}
	}
	return t
}

// numeric asks for a number in the window beside a condition.
func numeric(n, condition Expr) Expr {
	some := compare(">", n, Number("0"))
	if and, ok := condition.(And); ok {
		return append(And{some}, and...)
	}
	return And{some, condition}
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
