package value

import (
	"math"
	"math/big"
)

// A Decimal is a decimal number in a text, exact at any size. The zero Decimal is 0. It points into the text that it was parsed
// from.
type Decimal struct {
	negative bool
	whole    []byte // digits before the point
	fraction []byte // digits after the point
	lead     int    // leading zeros of whole+fraction
	scale    int64  // power of ten of the first digit that is not zero, plus one
}

// ParseDecimal reads a JSON number (RFC 8259, section 6; no white space, no leading zeros, no plus sign). It reports
// false for any other text. It also rejects exponents beyond ±2^40, which logs do not use.
func ParseDecimal(text []byte) (Decimal, bool) {
	if len(text) == 0 || (text[0] != '-' && text[0]-'0' > 9) || ScanNumber(text, 0) != len(text) {
		return Decimal{}, false
	}
	var d Decimal
	i := 0
	if text[0] == '-' {
		d.negative = true
		i++
	}
	end := digits(text, i)
	d.whole = text[i:end]
	i = end
	if i < len(text) && text[i] == '.' {
		end = digits(text, i+1)
		d.fraction = text[i+1 : end]
		i = end
	}
	var exponent int64
	if i < len(text) {
		i++
		negative := text[i] == '-'
		if negative || text[i] == '+' {
			i++
		}
		for ; i < len(text); i++ {
			if exponent = exponent*10 + int64(text[i]-'0'); exponent > 1<<40 {
				return Decimal{}, false
			}
		}
		if negative {
			exponent = -exponent
		}
	}
	total := len(d.whole) + len(d.fraction)
	for d.lead < total && d.digit(d.lead) == '0' {
		d.lead++
	}
	if d.lead == total {
		return Decimal{}, true
	}
	d.scale = int64(len(d.whole)-d.lead) + exponent
	return d, true
}

// digit is the i-th digit of whole and fraction taken together, '0' past their end.
func (d *Decimal) digit(i int) byte {
	if i < len(d.whole) {
		return d.whole[i]
	}
	if i -= len(d.whole); i < len(d.fraction) {
		return d.fraction[i]
	}
	return '0'
}

func (d *Decimal) size() int    { return len(d.whole) + len(d.fraction) - d.lead }
func (d *Decimal) isZero() bool { return d.size() <= 0 }

// Compare returns -1, 0 or 1 if d is less than, equal to or greater than e.
func (d *Decimal) Compare(e *Decimal) int {
	switch {
	case d.isZero() && e.isZero():
		return 0
	case d.isZero():
		return sign(e.negative)
	case e.isZero():
		return -sign(d.negative)
	case d.negative != e.negative:
		return -sign(d.negative)
	}
	result := d.compareSize(e)
	if d.negative {
		return -result
	}
	return result
}

// sign is what zero compares as against a number of that sign: greater than a negative one.
func sign(negative bool) int {
	if negative {
		return 1
	}
	return -1
}

func (d *Decimal) compareSize(e *Decimal) int {
	if d.scale != e.scale {
		if d.scale < e.scale {
			return -1
		}
		return 1
	}
	for i := range max(d.size(), e.size()) {
		if x, y := d.digit(d.lead+i), e.digit(e.lead+i); x != y {
			if x < y {
				return -1
			}
			return 1
		}
	}
	return 0
}

// AppendCanonical appends a text that is the same for equal numbers and only for them: sign, digits without zeros at
// either end, and the power of ten.
func (d *Decimal) AppendCanonical(dst []byte) []byte {
	if d.isZero() {
		return append(dst, '0')
	}
	dst, _ = d.AppendMantissa(dst)
	dst = append(dst, 'e')
	return appendInt(dst, d.scale)
}

// AppendMantissa appends the number's sign and its digits, without zeros at either end; the number is that integer times ten to
// the power of exponent. Zero is 0 and 0.
func (d *Decimal) AppendMantissa(dst []byte) (mantissa []byte, exponent int64) {
	if d.isZero() {
		return append(dst, '0'), 0
	}
	if d.negative {
		dst = append(dst, '-')
	}
	last := d.size() - 1
	for last > 0 && d.digit(d.lead+last) == '0' {
		last--
	}
	for i := 0; i <= last; i++ {
		dst = append(dst, d.digit(d.lead+i))
	}
	return dst, d.scale - int64(last) - 1
}

// Magnitude returns the m for which 0.1 × 10^m ≤ |d| < 10^m. It is 0 for zero.
func (d *Decimal) Magnitude() int64 { return d.scale }

// Rat returns the number as a fraction. To bound its size, it returns false if the number has more than the given number of
// digits or a Magnitude beyond ±digits.
func (d *Decimal) Rat(digits int) (*big.Rat, bool) {
	mantissa, exponent := d.AppendMantissa(nil)
	if len(mantissa) > digits+1 || d.scale > int64(digits) || d.scale < -int64(digits) {
		return nil, false
	}
	whole, ok := new(big.Int).SetString(string(mantissa), 10)
	power := new(big.Int).Exp(big.NewInt(10), big.NewInt(max(exponent, -exponent)), nil)
	if exponent < 0 {
		return new(big.Rat).SetFrac(whole, power), ok
	}
	return new(big.Rat).SetInt(whole.Mul(whole, power)), ok
}

func appendInt(dst []byte, v int64) []byte {
	if v < 0 {
		dst = append(dst, '-')
		v = -v
	}
	if v >= 10 {
		dst = appendInt(dst, v/10)
	}
	return append(dst, byte('0'+v%10))
}

// Int returns the value as an integer. It returns false if the value is not an integer or does not fit into 64 bits.
func (d *Decimal) Int() (int64, bool) {
	if d.isZero() {
		return 0, true
	}
	if d.scale < 1 || d.scale > 19 {
		return 0, false
	}
	var v uint64
	for i := range int(d.scale) {
		v = v*10 + uint64(d.digit(d.lead+i)-'0') // at most 19 digits, which fit
	}
	for i := int(d.scale); i < d.size(); i++ {
		if d.digit(d.lead+i) != '0' {
			return 0, false
		}
	}
	if d.negative {
		if v > 1<<63 {
			return 0, false
		}
		return -int64(v), true
	}
	if v > math.MaxInt64 {
		return 0, false
	}
	return int64(v), true
}
