package correlate

import (
	"math"
	"math/big"
	"math/rand/v2"
	"strconv"
	"testing"
)

// rational parses a decimal with the standard library.
func rational(t *testing.T, text string) *big.Rat {
	t.Helper()
	r, ok := new(big.Rat).SetString(text)
	if !ok {
		t.Fatalf("%q is not a number", text)
	}
	return r
}

func TestParseNumberRejectsInvalidText(t *testing.T) {
	for _, text := range []string{"", "x", "01", "+1", "1.", ".5", "0x1", "1e", " 1", "1e400", "1e-402", "-1e999999999999", "NaN", "true"} {
		if n, ok := parseNumber([]byte(text)); ok {
			t.Errorf("parseNumber(%q): got %v, want an error", text, n)
		}
	}
}

func TestNumberString(t *testing.T) {
	for text, want := range map[string]string{
		"0": "0", "-0": "0", "0.0e5": "0", "1": "1", "-1.50": "-1.5", "1e3": "1000", "25e-1": "2.5", "1e-3": "0.001", "-12e-5": "-0.00012",
		"123456789012345678901234567890": "123456789012345678901234567890", "1234567890123456789012.5": "1234567890123456789012.5",
		"1e20": "100000000000000000000", "9223372036854775807": "9223372036854775807", "-9223372036854775808": "-9223372036854775808",
	} {
		n, ok := parseNumber([]byte(text))
		if !ok || n.String() != want {
			t.Errorf("String of %q: got %q, want %q", text, n, want)
		}
	}
}

// randomNumber returns decimals near the limits of the small form.
func randomNumber(r *rand.Rand) string {
	text := strconv.FormatInt(pick(r, int64(r.IntN(20)), r.Int64(), 9223372036854775807, 9007199254740993, int64(r.IntN(1e9))), 10)
	if r.IntN(2) == 0 {
		text = "-" + text
	}
	if r.IntN(3) == 0 {
		text += "." + strconv.Itoa(r.IntN(1000))
	}
	if r.IntN(3) == 0 {
		text += "e" + strconv.Itoa(r.IntN(60)-30)
	}
	return text
}

func TestNumbersAgreeWithRationals(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	for range 50_000 {
		a, b := randomNumber(r), randomNumber(r)
		x, ok := parseNumber([]byte(a))
		y, fine := parseNumber([]byte(b))
		if !ok || !fine {
			t.Fatalf("parseNumber fails for %q or %q", a, b)
		}
		exact, other := rational(t, a), rational(t, b)
		if got, want := compareNumbers(x, y), exact.Cmp(other); got != want {
			t.Fatalf("comparing %s and %s: got %d, want %d", a, b, got, want)
		}
		if got := rational(t, x.String()); got.Cmp(exact) != 0 {
			t.Fatalf("String: got %s, want %s", x, a)
		}
		factor := pick(r, r.Int64(), int64(r.IntN(1000)))
		product := new(big.Rat).Mul(exact, new(big.Rat).SetInt64(factor))
		if got := rational(t, x.times(factor).String()); got.Cmp(product) != 0 {
			t.Fatalf("%s times %d: got %s, want %s", a, factor, got, product)
		}
		if near, _ := exact.Float64(); near != 0 && (x.float()/near < 1-1e-15 || x.float()/near > 1+1e-15) {
			t.Fatalf("float of %s: got %v, want about %v", a, x.float(), near)
		}
	}
}

func TestSumAgreesWithRationals(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	for range 3000 {
		var s sum
		var in []string
		exact := new(big.Rat)
		for range r.IntN(40) {
			if len(in) > 0 && r.IntN(2) == 0 {
				n, _ := parseNumber([]byte(in[0]))
				s.remove(n)
				exact.Sub(exact, rational(t, in[0]))
				in = in[1:]
			} else {
				text := randomNumber(r)
				n, _ := parseNumber([]byte(text))
				s.add(n)
				exact.Add(exact, rational(t, text))
				in = append(in, text)
			}
			if got := rational(t, s.value().String()); got.Cmp(exact) != 0 || s.n != len(in) {
				t.Fatalf("sum of %v: got %s over %d numbers, want %s", in, s.value(), s.n, exact)
			}
			if s.n == 0 && s.own != nil {
				t.Fatal("an empty sum still has its large form")
			}
		}
	}
}

// Numbers that floats may round to one another, or away, are left to the exact comparison.
func TestCompareNearLeavesCloseNumbersOpen(t *testing.T) {
	for _, c := range []struct {
		a, b, size float64
		want       int
		decided    bool
	}{
		{1, 2, 2, -1, true}, {2, 1, 2, 1, true}, {1, 1, 1, 0, false},
		{1, 1 + 1e-13, 1, 0, false}, {1, 1 + 1e-9, 1, -1, true},
		{1e16, 1e16 + 2, 1e16, 0, false}, // a sum of this size is rounded to even numbers
		{0, 5e-324, 5e-324, 0, false}, {math.Inf(1), 1, math.Inf(1), 0, false},
	} {
		if got, decided := compareNear(c.a, c.b, c.size); got != c.want || decided != c.decided {
			t.Errorf("compareNear(%g, %g, %g): got %d, %t", c.a, c.b, c.size, got, decided)
		}
	}
}
