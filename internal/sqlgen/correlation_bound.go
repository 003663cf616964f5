package sqlgen

import (
	"math/big"
	"strconv"
	"strings"

	"github.com/egret-hunt/egret/internal/ir"
	"github.com/egret-hunt/egret/internal/lazyre"
	"github.com/egret-hunt/egret/internal/sqlgen/sqltree"
	"github.com/egret-hunt/egret/internal/value"
)

// limit is a bound of a correlation.
type limit struct {
	op    ir.BoundOp
	value *big.Rat
}

// tests describes how the condition of a correlation is tested at a moment.
type tests struct {
	// holds must be true at each moment of a burst; never NULL.
	holds sqltree.Expr
	// The bounds are on the peak of a burst. A burst is kept if every expression of within is true at all of its moments, and every
	// expression of any is true at one or more. A peak is below a number if all values are. It equals the number if no value is above
	// it and one equals it.
	within, any []sqltree.Expr
	// value is for people, nil for none.
	value sqltree.Expr
}

// comparison is how a value of a moment compares with a number: an expression that is never NULL.
type comparison func(op ir.BoundOp, number *big.Rat) sqltree.Expr

// boundDigits is far above what SQL supports, so that a bound with more digits is refused below.
const boundDigits = 100

// boundText is a number that bounds may have: one with more digits before the point may not fit once it is multiplied.
var boundText = lazyre.New(`^-?[0-9]{1,30}\.`)

// limits returns the bounds. It returns false if one is refused.
func (c *correlation) limits() ([]limit, bool) {
	var out []limit
	for _, b := range c.Bounds {
		d, ok := value.ParseDecimal([]byte(b.Text))
		var number *big.Rat
		if ok {
			number, ok = d.Rat(boundDigits)
		}
		if !ok || !boundText.MatchString(number.FloatString(partDigits)) || !exactly(number) {
			c.declinef(c.Correlation, "30 digits before the point and 24 behind it are the most", "the bound %s has too many digits", b.Text)
			return nil, false
		}
		out = append(out, limit{b.Op, number})
	}
	return out, true
}

// exactly reports whether a part has all digits after the decimal point.
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
	var each []sqltree.Expr
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
		each = append([]sqltree.Expr{compare(ir.BoundGreaterEqual, big.NewRat(least, 1))}, each...)
	}
	t.holds = allOf(each)
	return t
}

// boundWords maps operators to SQL.
var boundWords = map[ir.BoundOp]string{
	ir.BoundGreater: ">", ir.BoundGreaterEqual: ">=", ir.BoundLess: "<", ir.BoundLessEqual: "<=",
	ir.BoundEqual: "=", ir.BoundNotEqual: "<>",
}

// wholeComparison compares a column of whole numbers, of which none has more than 18 digits.
func wholeComparison(column string) comparison {
	return func(op ir.BoundOp, number *big.Rat) sqltree.Expr {
		below := floor(number)
		if !number.IsInt() { // whole numbers are on either side of it
			switch op {
			case ir.BoundEqual:
				return sqltree.Bool(false)
			case ir.BoundNotEqual:
				return sqltree.Bool(true)
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
				return sqltree.Bool(!positive)
			case ir.BoundLess, ir.BoundLessEqual:
				return sqltree.Bool(positive)
			case ir.BoundEqual, ir.BoundNotEqual:
			}
			return sqltree.Bool(op == ir.BoundNotEqual)
		}
		return sqltree.Compare(boundWords[op], sqltree.Name{column}, sqltree.Number(strconv.FormatInt(below.Int64(), 10)))
	}
}

// floor returns the greatest integer that is not greater than the number.
func floor(number *big.Rat) *big.Int {
	return new(big.Int).Div(number.Num(), number.Denom()) // Euclidean: rounds down, since a denominator is positive
}
