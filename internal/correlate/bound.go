package correlate

import (
	"fmt"
	"math"
	"strconv"

	"github.com/egret-hunt/egret/internal/ir"
)

// bound is one comparison of a condition.
type bound struct {
	op    ir.BoundOp
	value number
	float float64 // approximates value
}

func newBound(b ir.Bound) (bound, error) {
	n, ok := parseNumber([]byte(b.Text))
	if !ok {
		return bound{}, fmt.Errorf("bound %q is not a number", b.Text)
	}
	return bound{op: b.Op, value: n, float: n.float()}, nil
}

// accepts reports whether a value satisfies the bound, given the order of value and bound: negative, 0 or positive.
func (b *bound) accepts(order int) bool {
	switch b.op {
	case ir.BoundGreater:
		return order > 0
	case ir.BoundGreaterEqual:
		return order >= 0
	case ir.BoundLess:
		return order < 0
	case ir.BoundLessEqual:
		return order <= 0
	case ir.BoundEqual:
		return order == 0
	case ir.BoundNotEqual:
		return order != 0
	}
	panic("egret bug: unknown bound operator " + strconv.Itoa(int(b.op)))
}

// limits are the bounds of a correlation, by when they are tested.
type limits struct {
	each []bound // at each event
	peak []bound // on the greatest value of a burst
}

// newLimits sorts the bounds of a correlation. Statistics have no peak. least is the lower bound of a correlation
// without one; nil means none.
func newLimits(bounds []ir.Bound, statistic bool, least *number) (limits, error) {
	var l limits
	for _, written := range bounds {
		b, err := newBound(written)
		if err != nil {
			return limits{}, err
		}
		switch {
		case statistic || b.op == ir.BoundNotEqual:
			l.each = append(l.each, b)
		case b.op == ir.BoundGreater || b.op == ir.BoundGreaterEqual:
			least = nil
			l.each = append(l.each, b)
		default:
			l.peak = append(l.peak, b)
		}
	}
	if least != nil {
		l.each = append(l.each, bound{op: ir.BoundGreaterEqual, value: *least, float: least.float()})
	}
	return l, nil
}

// allAccept reports whether a number satisfies all bounds.
func allAccept(bounds []bound, n number) bool {
	for i := range bounds {
		if !bounds[i].accepts(compareNumbers(n, bounds[i].value)) {
			return false
		}
	}
	return true
}

// roundingShare is far above the relative error of a few float64 operations and far below any difference that matters:
// values whose difference is below this share of their size are compared exactly.
const roundingShare = 1e-12

// smallestPrecise is well above the size at which float64 loses precision.
const smallestPrecise = 1e-290

// compareNear compares two numbers by their float64 approximations; size is the magnitude of the numbers they were
// computed from. It reports false if they are too close to decide.
func compareNear(a, b, size float64) (int, bool) {
	difference := a - b
	if !(math.Abs(difference) > roundingShare*size) || math.IsInf(size, 0) || size < smallestPrecise {
		return 0, false
	}
	if difference < 0 {
		return -1, true
	}
	return 1, true
}
