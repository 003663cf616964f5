package jinja

import (
	"math"
	"math/big"
)

// maxBits is the size of the largest integer.
const maxBits = 8192

var zero = new(big.Int)

// number is an int (i) or a float.
type number struct {
	i *big.Int
	f float64
}

// asNumber returns the number of an int, float or bool.
func asNumber(v any) (number, bool) {
	switch v := v.(type) {
	case int64:
		return number{i: big.NewInt(v)}, true
	case int:
		return number{i: big.NewInt(int64(v))}, true
	case *big.Int:
		return number{i: v}, true
	case bool:
		if v {
			return number{i: big.NewInt(1)}, true
		}
		return number{i: zero}, true
	case float64:
		return number{f: v}, true
	}
	return number{}, false
}

// integer returns the value of an int or bool that fits into 64 bits.
func integer(v any) (int64, bool) {
	switch v := v.(type) {
	case int64:
		return v, true
	case int:
		return int64(v), true
	case bool:
		if v {
			return 1, true
		}
		return 0, true
	}
	return 0, false
}

// small returns an int64 where the number fits.
func small(n *big.Int) any {
	if n.IsInt64() {
		return n.Int64()
	}
	return n
}

func (n number) value() any {
	if n.i != nil {
		return small(n.i)
	}
	return n.f
}

func (n number) float() float64 {
	if n.i == nil {
		return n.f
	}
	f, _ := new(big.Float).SetInt(n.i).Float64()
	return f
}

func (n number) sign() int {
	if n.i != nil {
		return n.i.Sign()
	}
	if n.f != 0 {
		return 1
	}
	return 0
}

// compare returns -1, 0, 1, or unordered for NaN. An int and a float are compared exactly.
func (n number) compare(m number) int {
	if n.i != nil && m.i != nil {
		return n.i.Cmp(m.i)
	}
	a, b := n.float(), m.float()
	if math.IsNaN(a) || math.IsNaN(b) {
		return unordered
	}
	if n.i == nil && m.i == nil || math.IsInf(a, 0) || math.IsInf(b, 0) {
		switch {
		case a < b:
			return -1
		case a > b:
			return 1
		}
		return 0
	}
	return n.exact().Cmp(m.exact())
}

func (n number) exact() *big.Float {
	if n.i != nil {
		return new(big.Float).SetPrec(maxBits + 64).SetInt(n.i)
	}
	return new(big.Float).SetFloat64(n.f)
}

// arithmetic applies an operator to two numbers.
func (r *run) arithmetic(op string, a, b number) any {
	if (op == "/" || op == "//" || op == "%") && b.sign() == 0 {
		r.failf("division by zero")
	}
	if a.i == nil || b.i == nil || op == "/" || op == "**" && b.i.Sign() < 0 {
		return r.floats(op, a.float(), b.float())
	}
	out := new(big.Int)
	switch op {
	case "+":
		out.Add(a.i, b.i)
	case "-":
		out.Sub(a.i, b.i)
	case "*":
		out.Mul(a.i, b.i)
	case "//", "%":
		quotient, rest := new(big.Int).QuoRem(a.i, b.i, new(big.Int))
		// Python rounds towards minus infinity.
		if rest.Sign() != 0 && rest.Sign() != b.i.Sign() {
			quotient.Sub(quotient, big.NewInt(1))
			rest.Add(rest, b.i)
		}
		out = quotient
		if op == "%" {
			out = rest
		}
	case "**":
		if a.i.BitLen() > 1 && (!b.i.IsInt64() || b.i.Int64()*int64(a.i.BitLen()) > 2*maxBits || b.i.Int64() > 2*maxBits) {
			r.faultf(Limit, "a number has more than %d bits", maxBits)
		}
		exponent := b.i
		if a.i.BitLen() <= 1 {
			// 0, 1 and -1 do not grow; only the parity of the exponent matters, and whether it is 0.
			exponent = new(big.Int).And(b.i, big.NewInt(1))
			if exponent.Sign() == 0 && b.i.Sign() > 0 {
				exponent = big.NewInt(2)
			}
		}
		out.Exp(a.i, exponent, nil)
	}
	if out.BitLen() > maxBits {
		r.faultf(Limit, "a number has more than %d bits", maxBits)
	}
	return small(out)
}

func (r *run) floats(op string, a, b float64) any {
	switch op {
	case "+":
		return a + b
	case "-":
		return a - b
	case "*":
		return a * b
	case "/":
		return a / b
	case "//":
		return math.Floor(a / b)
	case "%":
		m := math.Mod(a, b)
		if m != 0 && (m < 0) != (b < 0) {
			m += b
		}
		return m
	}
	if a == 0 && b < 0 {
		r.failf("0.0 cannot be raised to a negative power")
	}
	v := math.Pow(a, b)
	if math.IsNaN(v) && !math.IsNaN(a) && !math.IsNaN(b) {
		r.failf("the power of a negative number is not a real number")
	}
	if math.IsInf(v, 0) && !math.IsInf(a, 0) && !math.IsInf(b, 0) {
		r.failf("the result is too large")
	}
	return v
}

// toInt returns int(v) for a number or a text in decimal.
func toInt(v any, base int) (any, bool) {
	if n, ok := asNumber(v); ok {
		if n.i != nil {
			return small(n.i), true
		}
		if math.IsNaN(n.f) || math.IsInf(n.f, 0) {
			return nil, false
		}
		whole, _ := big.NewFloat(n.f).Int(nil)
		return small(whole), true
	}
	s, ok := plain(v)
	if !ok {
		return nil, false
	}
	n, ok := parseInt(s, base)
	if !ok || n.BitLen() > maxBits {
		return nil, false
	}
	return small(n), true
}
