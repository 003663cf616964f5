package testkit

import (
	"math/big"
	"regexp"
	"strconv"
	"strings"
)

// jsonNumber is the number grammar of RFC 8259, section 6.
var jsonNumber = regexp.MustCompile(`^-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?$`)

// decimal is a number as sign, digits and exponent: 0.digits × 10^exponent. Digits have no zero at either end, and zero
// has no digits, so equal numbers have equal decimals. Powers of ten are never expanded: a log can contain 1e999999999.
type decimal struct {
	sign     int // -1, 0, 1
	digits   string
	exponent *big.Int
}

// parseDecimal parses a JSON number.
func parseDecimal(text string) (decimal, bool) {
	if !jsonNumber.MatchString(text) {
		return decimal{}, false
	}
	sign := 1
	if text[0] == '-' {
		sign, text = -1, text[1:]
	}
	exponent := new(big.Int)
	if i := strings.IndexAny(text, "eE"); i >= 0 {
		exponent.SetString(strings.TrimPrefix(text[i+1:], "+"), 10)
		text = text[:i]
	}
	whole, fraction, _ := strings.Cut(text, ".")
	exponent.Add(exponent, big.NewInt(int64(len(whole))))
	digits := whole + fraction
	for strings.HasPrefix(digits, "0") {
		digits = digits[1:]
		exponent.Sub(exponent, big.NewInt(1))
	}
	digits = strings.TrimRight(digits, "0")
	if digits == "" {
		return decimal{exponent: new(big.Int)}, true
	}
	return decimal{sign: sign, digits: digits, exponent: exponent}, true
}

// compare orders two decimals: -1, 0 or 1.
func (d decimal) compare(other decimal) int {
	if d.sign != other.sign {
		if d.sign < other.sign {
			return -1
		}
		return 1
	}
	// Without leading zeros the exponent decides first, then the digits as text.
	order := d.exponent.Cmp(other.exponent)
	if order == 0 {
		order = strings.Compare(d.digits, other.digits)
	}
	return order * d.sign
}

// number returns the number of a leaf: a JSON number, or a string that is the text of a JSON number.
func (n *node) number() (decimal, bool) {
	if n.kind != numberNode && n.kind != stringNode {
		return decimal{}, false
	}
	return parseDecimal(n.text)
}

// maxExponent limits the numbers in sums, averages and percentiles; a larger number does not count as numeric.
const maxExponent = 400

// rat returns the number as a fraction, or false if its exponent exceeds the limit.
func (d decimal) rat() (*big.Rat, bool) {
	if d.sign == 0 {
		return new(big.Rat), true
	}
	if d.exponent.CmpAbs(big.NewInt(maxExponent)) > 0 {
		return nil, false
	}
	text := "0." + d.digits + "e" + strconv.FormatInt(d.exponent.Int64(), 10)
	r, ok := new(big.Rat).SetString(text)
	if ok && d.sign < 0 {
		r.Neg(r)
	}
	return r, ok
}
