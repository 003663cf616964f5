package sqlgen

import (
	"math/big"
	"strconv"
	"strings"

	"github.com/egret-hunt/egret/internal/ir"
	"github.com/egret-hunt/egret/internal/sqlgen/sqltree"
)

// maxRankDigits is the maximum number of digits of a percentile after the decimal point.
const maxRankDigits = 8

// rank is the share of the numbers below the percentile, as a fraction; false if it is refused.
func (c *correlation) rank() (share *big.Rat, ok bool) {
	if c.Type == ir.ValueMedian {
		return big.NewRat(1, 2), true
	}
	// The rank is the decimal that the rule wrote: the shortest one that reads as this float.
	text := strconv.FormatFloat(c.Percentile, 'f', -1, 64)
	if !(c.Percentile >= 0 && c.Percentile <= 100) {
		c.declinef(c.Correlation, "", "the percentile %s is not between 0 and 100", text)
		return nil, false
	}
	if _, digits, _ := strings.Cut(text, "."); len(digits) > maxRankDigits {
		c.declinef(c.Correlation, "", "the percentile %s has more than %d digits behind the point", text, maxRankDigits)
		return nil, false
	}
	share, ok = new(big.Rat).SetString(text)
	return share.Quo(share, big.NewRat(100, 1)), ok
}

// percentile compares the interpolated percentile of the window's numbers with each bound, without sorting them: it is
// enough to count the numbers of the window below and up to the bound. Only where the percentile lies between two
// neighbours on either side of the bound are these two needed: the greatest below and the least above it.
func (c *correlation) percentile() *tests {
	share, ok := c.rank()
	if !ok || c.noValues() {
		return nil
	}
	c.numbers()

	var marks []*big.Rat // the different bounds
	limits, ok := c.limits()
	if !ok {
		return nil
	}
	at := map[string]int{}
	for _, l := range limits {
		if _, ok := at[l.value.String()]; !ok {
			at[l.value.String()] = len(marks)
			marks = append(marks, l.value)
		}
	}
	whole, part := sqltree.Name{"whole"}, sqltree.Name{"part"}
	pairType := "ROW(whole " + wholeType + ", part " + partType + ")"
	pair := sqltree.Cast{Of: sqltree.Fn("ROW", whole, part), Type: pairType, Try: false}
	columns := []sqltree.Column{{Of: sqltree.Fn("count", whole), As: "numbers"}}
	for i, mark := range marks {
		w, p := split(mark)
		relate := func(op string) sqltree.Expr {
			return sqltree.Or{sqltree.Compare(op[:1], whole, wholeLiteral(w)), sqltree.And{sqltree.Compare("=", whole, wholeLiteral(w)), sqltree.Compare(op, part, partLiteral(p))}}
		}
		columns = append(columns,
			sqltree.Column{Of: countIf(relate("<")), As: numbered("below", i)}, sqltree.Column{Of: countIf(relate("<=")), As: numbered("upto", i)},
			sqltree.Column{Of: sqltree.Fn("max", sqltree.If(relate("<"), pair, nil)), As: numbered("low", i)},
			sqltree.Column{Of: sqltree.Fn("min", sqltree.If(relate(">"), pair, nil)), As: numbered("high", i)})
	}
	c.moments(sqltree.IsNull{Of: sqltree.Name{"v1"}}, columns...)

	count := func(name string) sqltree.Expr {
		return sqltree.Cast{Of: c.inWindow(sqltree.Name{name}), Type: c.d.IntegerType, Try: false}
	}
	columns = []sqltree.Column{{Of: count("numbers"), As: "n"}}
	for i := range marks {
		columns = append(columns, sqltree.Column{Of: count(numbered("below", i)), As: numbered("a", i)}, sqltree.Column{Of: count(numbered("upto", i)), As: numbered("b", i)})
	}
	c.more("windows", columns...)

	// place is the percentile's index among the sorted numbers, from 0 on, times the denominator.
	q := sqltree.Number(share.Denom().String())
	n, place, left := sqltree.Name{"n"}, sqltree.Name{"place"}, sqltree.Name{"rest"}
	index := sqltree.Times(sqltree.Number(share.Num().String()), sqltree.Minus(n, sqltree.Number("1")))
	c.more("places", sqltree.Column{Of: index, As: "place"}, sqltree.Column{Of: sqltree.Binary{Op: "%", Left: index, Right: q}, As: "rest"})

	// The number at an index is below the bound if so many numbers are.
	low := func(letter string, i int) sqltree.Expr {
		return sqltree.Compare("<", place, sqltree.Times(nth(letter, i), q))
	}
	high := func(letter string, i int) sqltree.Expr {
		return sqltree.Compare("<", sqltree.Plus(place, q), sqltree.Times(nth(letter, i), q))
	}
	exact := sqltree.Compare("=", left, sqltree.Number("0"))
	columns = nil
	for i := range marks {
		between := sqltree.And{sqltree.Compare(">", n, sqltree.Number("0")), sqltree.Compare(">", left, sqltree.Number("0")), low("a", i), sqltree.Not{Of: high("b", i)}}
		columns = append(columns, sqltree.Column{Of: between, As: numbered("between", i)})
	}
	c.more("betweens", columns...)
	columns = nil
	for i := range marks {
		columns = append(columns, sqltree.Column{Of: sqltree.If(nth("between", i), nanos(c.Timespan), sqltree.Number("0")), As: numbered("back", i)})
	}
	c.more("backs", columns...)
	columns = nil
	for i := range marks {
		near := func(fn, letter string) sqltree.Expr {
			return c.over(fn, []sqltree.Expr{nth(letter, i)}, sqltree.Frame{Text: "RANGE BETWEEN", Value: nth("back", i)}, sqltree.Frame{Text: "PRECEDING AND CURRENT ROW"})
		}
		columns = append(columns, sqltree.Column{Of: near("max", "low"), As: numbered("nearest_low", i)}, sqltree.Column{Of: near("min", "high"), As: numbered("nearest_high", i)})
	}
	c.more("neighbours", columns...)

	t := c.tested(func(op ir.BoundOp, number *big.Rat) sqltree.Expr {
		i := at[number.String()]
		w, p := split(number)
		mixed := func(member string, bound sqltree.Expr) sqltree.Expr {
			below, above := sqltree.Member{Of: nth("nearest_low", i), Name: member}, sqltree.Member{Of: nth("nearest_high", i), Name: member}
			return sqltree.Minus(sqltree.Plus(sqltree.Times(below, sqltree.Minus(q, left)), sqltree.Times(above, left)), sqltree.Times(bound, q))
		}
		between := func(op ir.BoundOp) sqltree.Expr {
			return sqltree.And{nth("between", i), sign(mixed("whole", wholeLiteral(w)), mixed("part", partLiteral(p)), op)}
		}
		less := sqltree.Or{sqltree.And{low("a", i), sqltree.Or{exact, high("b", i)}}, between(ir.BoundLess)}
		upto := sqltree.Or{sqltree.And{exact, low("b", i)}, sqltree.And{sqltree.Not{Of: exact}, high("b", i)}, between(ir.BoundLessEqual)}
		switch op {
		case ir.BoundLess:
			return less
		case ir.BoundLessEqual:
			return upto
		case ir.BoundGreater:
			return sqltree.Not{Of: upto}
		case ir.BoundGreaterEqual:
			return sqltree.Not{Of: less}
		case ir.BoundEqual:
			return sqltree.And{upto, sqltree.Not{Of: less}}
		case ir.BoundNotEqual:
		}
		return sqltree.Or{less, sqltree.Not{Of: upto}}
	}, true, 0)
	if t == nil {
		return nil
	}
	t.holds = numeric(n, t.holds)
	return t
}
