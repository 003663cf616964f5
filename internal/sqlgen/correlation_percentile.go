package sqlgen

import (
	"math/big"
	"strconv"
	"strings"

	"github.com/egret-hunt/egret/internal/ir"
)

// maxRankDigits is how many digits a percentile may have behind its point.
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
	whole, part := Name{"whole"}, Name{"part"}
	pairType := "ROW(whole " + wholeType + ", part " + partType + ")"
	pair := Cast{call("ROW", whole, part), pairType, false}
	columns := []Column{{Of: call("count", whole), As: "numbers"}}
	for i, mark := range marks {
		w, p := split(mark)
		relate := func(op string) Expr {
			return Or{compare(op[:1], whole, wholeLiteral(w)), And{compare("=", whole, wholeLiteral(w)), compare(op, part, partLiteral(p))}}
		}
		columns = append(columns,
			Column{Of: countIf(relate("<")), As: numbered("below", i)}, Column{Of: countIf(relate("<=")), As: numbered("upto", i)},
			Column{Of: call("max", ifThen(relate("<"), pair, nil)), As: numbered("low", i)},
			Column{Of: call("min", ifThen(relate(">"), pair, nil)), As: numbered("high", i)})
	}
	c.moments(IsNull{Of: Name{"v1"}}, columns...)

	count := func(name string) Expr { return Cast{c.inWindow(Name{name}), c.d.IntegerType, false} }
	columns = []Column{{Of: count("numbers"), As: "n"}}
	for i := range marks {
		columns = append(columns, Column{Of: count(numbered("below", i)), As: numbered("a", i)}, Column{Of: count(numbered("upto", i)), As: numbered("b", i)})
	}
	c.more("windows", columns...)

	// place is the percentile's index among the sorted numbers, from 0 on, times the denominator.
	q := Number(share.Denom().String())
	n, place, left := Name{"n"}, Name{"place"}, Name{"rest"}
	index := times(Number(share.Num().String()), minus(n, Number("1")))
	c.more("places", Column{Of: index, As: "place"}, Column{Of: Binary{"%", index, q}, As: "rest"})

	// The number at an index is below the bound if so many numbers are.
	low := func(letter string, i int) Expr { return compare("<", place, times(nth(letter, i), q)) }
	high := func(letter string, i int) Expr { return compare("<", plus(place, q), times(nth(letter, i), q)) }
	exact := compare("=", left, Number("0"))
	columns = nil
	for i := range marks {
		between := And{compare(">", n, Number("0")), compare(">", left, Number("0")), low("a", i), Not{high("b", i)}}
		columns = append(columns, Column{Of: between, As: numbered("between", i)})
	}
	c.more("betweens", columns...)
	columns = nil
	for i := range marks {
		columns = append(columns, Column{Of: ifThen(nth("between", i), nanos(c.Timespan), Number("0")), As: numbered("back", i)})
	}
	c.more("backs", columns...)
	columns = nil
	for i := range marks {
		near := func(fn, letter string) Expr {
			return c.over(fn, []Expr{nth(letter, i)}, Frame{"RANGE BETWEEN", nth("back", i)}, Frame{Text: "PRECEDING AND CURRENT ROW"})
		}
		columns = append(columns, Column{Of: near("max", "low"), As: numbered("nearest_low", i)}, Column{Of: near("min", "high"), As: numbered("nearest_high", i)})
	}
	c.more("neighbours", columns...)

	t := c.tested(func(op ir.BoundOp, number *big.Rat) Expr {
		i := at[number.String()]
		w, p := split(number)
		mixed := func(member string, bound Expr) Expr {
			below, above := Member{nth("nearest_low", i), member}, Member{nth("nearest_high", i), member}
			return minus(plus(times(below, minus(q, left)), times(above, left)), times(bound, q))
		}
		between := func(op ir.BoundOp) Expr {
			return And{nth("between", i), sign(mixed("whole", wholeLiteral(w)), mixed("part", partLiteral(p)), op)}
		}
		less := Or{And{low("a", i), Or{exact, high("b", i)}}, between(ir.BoundLess)}
		upto := Or{And{exact, low("b", i)}, And{Not{exact}, high("b", i)}, between(ir.BoundLessEqual)}
		switch op {
		case ir.BoundLess:
			return less
		case ir.BoundLessEqual:
			return upto
		case ir.BoundGreater:
			return Not{upto}
		case ir.BoundGreaterEqual:
			return Not{less}
		case ir.BoundEqual:
			return And{upto, Not{less}}
		case ir.BoundNotEqual:
		}
		return Or{less, Not{upto}}
	}, true, 0)
	if t == nil {
		return nil
	}
	t.holds = numeric(n, t.holds)
	return t
}
