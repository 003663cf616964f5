package correlate

import (
	"bytes"
	"cmp"
	"math"
	"math/big"
	"math/bits"
	"strconv"
	"strings"

	"github.com/egret-hunt/egret/internal/value"
)

// number is an exact decimal, mantissa × 10^exponent. Equal numbers may have different forms: compare them with
// compareNumbers.
type number struct {
	small    int64    // the mantissa, where big is nil
	big      *big.Int // the mantissa if it has more than 64 bits; never changed once it is in a number
	exponent int
}

// maxExponent limits the size of numbers: a text beyond 0.1 × 10^±400 is not a number, so that a log cannot cause sums
// with a thousand million digits.
const maxExponent = 400

// maxSmallDigits is how many digits always fit a mantissa of 64 bits.
const maxSmallDigits = 18

var pow10 = func() (table [maxSmallDigits + 1]int64) {
	table[0] = 1
	for i := 1; i < len(table); i++ {
		table[i] = 10 * table[i-1]
	}
	return table
}()

// parseNumber reads the text of a JSON number.
func parseNumber(text []byte) (number, bool) {
	d, ok := value.ParseDecimal(text)
	if !ok {
		return number{}, false
	}
	if n, ok := d.Int(); ok {
		return number{small: n}, true
	}
	if m := d.Magnitude(); m > maxExponent || m < -maxExponent {
		return number{}, false
	}
	var buf [48]byte
	mantissa, exponent := d.AppendMantissa(buf[:0])
	n := number{exponent: int(exponent)}
	if len(bytes.TrimPrefix(mantissa, []byte("-"))) <= maxSmallDigits {
		var err error
		n.small, err = strconv.ParseInt(string(mantissa), 10, 64)
		return n, err == nil
	}
	n.big, ok = new(big.Int).SetString(string(mantissa), 10)
	return n, ok
}

// multiply returns a × b. It reports false if the product has more than 63 bits.
func multiply(a, b int64) (int64, bool) {
	high, low := bits.Mul64(magnitude(a), magnitude(b))
	if high != 0 || low > math.MaxInt64 {
		return 0, false
	}
	if (a < 0) != (b < 0) {
		return -int64(low), true
	}
	return int64(low), true
}

func magnitude(a int64) uint64 {
	if a < 0 {
		return -uint64(a)
	}
	return uint64(a)
}

// compareNumbers returns -1, 0 or 1.
func compareNumbers(a, b number) int {
	if a.big == nil && b.big == nil {
		if a.exponent < b.exponent {
			return -compareNumbers(b, a)
		}
		return compareSmall(a.small, a.exponent-b.exponent, b.small)
	}
	exponent := min(a.exponent, b.exponent)
	return a.scaled(exponent).Cmp(b.scaled(exponent))
}

// compareSmall compares a × 10^power with b.
func compareSmall(a int64, power int, b int64) int {
	if power == 0 || a == 0 {
		return cmp.Compare(a, b)
	}
	if power <= maxSmallDigits {
		if product, ok := multiply(a, pow10[power]); ok {
			return cmp.Compare(product, b)
		}
	}
	return cmp.Compare(a, 0) // the product is larger than any b
}

// mantissa returns the mantissa as a big integer, which must not be changed.
func (n number) mantissa() *big.Int {
	if n.big != nil {
		return n.big
	}
	return big.NewInt(n.small)
}

// scaled returns the mantissa for an exponent that is not greater than the number's.
func (n number) scaled(exponent int) *big.Int {
	m := n.mantissa()
	if n.exponent == exponent {
		return m
	}
	return new(big.Int).Mul(m, power(n.exponent-exponent))
}

func power(n int) *big.Int {
	if n <= maxSmallDigits {
		return big.NewInt(pow10[n])
	}
	return new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(n)), nil)
}

// times returns the number multiplied by factor.
func (n number) times(factor int64) number {
	if n.big == nil {
		if product, ok := multiply(n.small, factor); ok {
			return number{small: product, exponent: n.exponent}
		}
	}
	return number{big: new(big.Int).Mul(n.mantissa(), big.NewInt(factor)), exponent: n.exponent}
}

// float returns an approximation of the number: within a few parts in 10^16, infinite or zero beyond the range of
// float64.
func (n number) float() float64 {
	if n.big == nil && n.exponent == 0 {
		return float64(n.small)
	}
	f, _ := strconv.ParseFloat(n.mantissa().String()+"e"+strconv.Itoa(n.exponent), 64) // ±Inf beyond the range
	return f
}

// String returns the number as a plain decimal.
func (n number) String() string {
	digits := n.mantissa().String()
	if digits == "0" {
		return digits
	}
	if n.exponent >= 0 {
		return digits + strings.Repeat("0", n.exponent)
	}
	sign := ""
	if digits[0] == '-' {
		sign, digits = "-", digits[1:]
	}
	if missing := 1 - n.exponent - len(digits); missing > 0 {
		digits = strings.Repeat("0", missing) + digits
	}
	point := len(digits) + n.exponent
	fraction := strings.TrimRight(digits[point:], "0")
	if fraction == "" {
		return sign + digits[:point]
	}
	return sign + digits[:point] + "." + fraction
}

// sum adds and subtracts numbers exactly. The zero sum is empty.
type sum struct {
	n     int // numbers in the sum
	total number
	own   *big.Int // equals total.big while the sum is large; changed in place
}

// add adds a number.
func (s *sum) add(n number) {
	s.n++
	s.apply(n, false)
}

// remove subtracts a number that was added before.
func (s *sum) remove(n number) {
	s.n--
	if s.n == 0 {
		*s = sum{} // drop the large form
		return
	}
	s.apply(n, true)
}

func (s *sum) apply(n number, negate bool) {
	if s.own == nil && n.big == nil && s.applySmall(n.small, n.exponent, negate) {
		return
	}
	if s.own == nil {
		s.own = new(big.Int).Set(s.total.mantissa())
		s.total.big, s.total.small = s.own, 0
	}
	if n.exponent < s.total.exponent {
		s.own.Mul(s.own, power(s.total.exponent-n.exponent))
		s.total.exponent = n.exponent
	}
	if m := n.scaled(s.total.exponent); negate {
		s.own.Sub(s.own, m)
	} else {
		s.own.Add(s.own, m)
	}
}

// applySmall adds within 64 bits. It reports false on overflow; then only the form of the total may have changed.
func (s *sum) applySmall(mantissa int64, exponent int, negate bool) bool {
	ok := true
	switch t := &s.total; {
	case t.small == 0:
		t.exponent = exponent
	case mantissa == 0:
		return true
	case exponent > t.exponent:
		if exponent-t.exponent > maxSmallDigits {
			return false
		}
		mantissa, ok = multiply(mantissa, pow10[exponent-t.exponent])
	case exponent < t.exponent:
		if t.exponent-exponent > maxSmallDigits {
			return false
		}
		var scaled int64
		if scaled, ok = multiply(t.small, pow10[t.exponent-exponent]); ok {
			t.small, t.exponent = scaled, exponent
		}
	}
	if !ok || mantissa == math.MinInt64 {
		return false
	}
	if negate {
		mantissa = -mantissa
	}
	total := s.total.small + mantissa
	if (total > s.total.small) != (mantissa > 0) && mantissa != 0 {
		return false
	}
	s.total.small = total
	return true
}

// value returns the total. Later changes of the sum may change it: use snapshot for a copy.
func (s *sum) value() number { return s.total }

// snapshot returns a copy of the total that later changes of the sum do not affect.
func (s *sum) snapshot() number {
	n := s.total
	if n.big != nil {
		n.big = new(big.Int).Set(n.big)
	}
	return n
}
