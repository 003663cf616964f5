package sqlgen

import (
	"math/big"
	"regexp"
	"strconv"
	"strings"

	"github.com/egret-hunt/egret/internal/ir"
)

// limit is a bound of a correlation.
type limit struct {
	op    ir.BoundOp
	value *big.Rat
}

// tests say how a correlation's condition is tested at a moment.
type tests struct {
	// holds must be true at each moment of a burst; never NULL.
	holds Expr
	// within must be true at each moment of a burst for the burst to stand, and any at one of them: the peak of a burst is
	// below a bound if every value is, and equals it if no value is above it and one equals it.
	within, any []Expr
	// value is for people, nil for none.
	value Expr
}

// comparison is how a value of a moment compares with a number: an expression that is never NULL.
type comparison func(op ir.BoundOp, number *big.Rat) Expr

// boundText is a number that bounds may have: one with more digits before the point may not fit once it is multiplied.
var boundText = regexp.MustCompile(`^-?[0-9]{1,30}\.`)

// limits reads the bounds, false if one is refused.
func (c *correlation) limits() ([]limit, bool) {
	var out []limit
	for _, b := range c.Bounds {
		value, ok := new(big.Rat), false
		if len(b.Text) < 100 {
			if i := strings.IndexAny(b.Text, "eE"); i < 0 || len(b.Text)-i <= 4 {
				value, ok = value.SetString(b.Text)
			}
		}
		if !ok || !boundText.MatchString(value.FloatString(partDigits)) || !exactly(value) {
			c.declinef(c.Correlation, "30 digits before the point and 24 behind it are the most", "the bound %s has too many digits", b.Text)
			return nil, false
		}
		out = append(out, limit{b.Op, value})
	}
	return out, true
}

// exactly tells whether a part says all that stands behind the point.
func exactly(value *big.Rat) bool {
	text, ok := new(big.Rat).SetString(value.FloatString(partDigits))
	return ok && text.Cmp(value) == 0
}

// tested sorts the bounds by the moment at which they are tested. statistic: all are tested at each moment. least is the
// lower bound where the correlation has none, 0 for none.
func (c *correlation) tested(compare comparison, statistic bool, least int64) *tests {
	limits, ok := c.limits()
	if !ok {
		return nil
	}
	t := &tests{}
	var each []Expr
	for _, l := range limits {
		switch {
		case statistic || l.op == ir.BoundNotEqual:
			each = append(each, compare(l.op, l.value))
		case l.op == ir.BoundGreater || l.op == ir.BoundGreaterEqual:
			least = 0
			each = append(each, compare(l.op, l.value))
		case l.op == ir.BoundEqual:
			t.within = append(t.within, compare(ir.BoundLessEqual, l.value))
			t.any = append(t.any, compare(ir.BoundEqual, l.value))
		default:
			t.within = append(t.within, compare(l.op, l.value))
		}
	}
	if least > 0 {
		each = append([]Expr{compare(ir.BoundGreaterEqual, big.NewRat(least, 1))}, each...)
	}
	t.holds = allOf(each)
	return t
}

// boundWords are the operators in SQL.
var boundWords = map[ir.BoundOp]string{
	ir.BoundGreater: ">", ir.BoundGreaterEqual: ">=", ir.BoundLess: "<", ir.BoundLessEqual: "<=",
	ir.BoundEqual: "=", ir.BoundNotEqual: "<>",
}

// wholeComparison compares a column of whole numbers, of which none has more than 18 digits.
func wholeComparison(column string) comparison {
	return func(op ir.BoundOp, number *big.Rat) Expr {
		below := floor(number)
		if !number.IsInt() { // whole numbers are on either side of it
			switch op {
			case ir.BoundEqual:
				return Bool(false)
			case ir.BoundNotEqual:
				return Bool(true)
			case ir.BoundGreaterEqual:
				op = ir.BoundGreater
			case ir.BoundLess:
				op = ir.BoundLessEqual
			case ir.BoundGreater, ir.BoundLessEqual:
			}
		}
		if !below.IsInt64() || len(strings.TrimPrefix(below.String(), "-")) > 18 {
			positive := below.Sign() > 0
			switch op {
			case ir.BoundGreater, ir.BoundGreaterEqual:
				return Bool(!positive)
			case ir.BoundLess, ir.BoundLessEqual:
				return Bool(positive)
			case ir.BoundEqual, ir.BoundNotEqual:
			}
			return Bool(op == ir.BoundNotEqual)
		}
		return compare(boundWords[op], Name{column}, Number(strconv.FormatInt(below.Int64(), 10)))
	}
}

// floor is the greatest whole number that is not above the number.
func floor(number *big.Rat) *big.Int {
	return new(big.Int).Div(number.Num(), number.Denom()) // Euclidean: rounds down, since a denominator is positive
}
