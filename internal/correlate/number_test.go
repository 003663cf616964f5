package correlate

import (
	"math/big"
	"math/rand/v2"
	"strconv"
	"testing"
)

// rational reads a decimal with the standard library.
func rational(t *testing.T, text string) *big.Rat {
	t.Helper()
	r, ok := new(big.Rat).SetString(text)
	if !ok {
		t.Fatalf("%q is no number", text)
	}
	return r
}

func TestParseNumberRefuses(t *testing.T) {
	for _, text := range []string{"", "x", "01", "+1", "1.", ".5", "0x1", "1e", " 1", "1e400", "1e-402", "-1e999999999999", "NaN", "true"} {
		if n, ok := parseNumber([]byte(text)); ok {
			t.Errorf("%q is read as %v", text, n)
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
			t.Errorf("%q is written %q, want %q", text, n, want)
		}
	}
}

// randomNumber makes decimals that lie near the limits of the small form.
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
			t.Fatalf("%q or %q is not read", a, b)
		}
		exact, other := rational(t, a), rational(t, b)
		if got, want := compareNumbers(x, y), exact.Cmp(other); got != want {
			t.Fatalf("%s against %s: %d, want %d", a, b, got, want)
		}
		if got := rational(t, x.String()); got.Cmp(exact) != 0 {
			t.Fatalf("%s is written %s", a, x)
		}
		factor := pick(r, r.Int64(), int64(r.IntN(1000)))
		product := new(big.Rat).Mul(exact, new(big.Rat).SetInt64(factor))
		if got := rational(t, x.times(factor).String()); got.Cmp(product) != 0 {
			t.Fatalf("%s times %d is %s", a, factor, got)
		}
		if near, _ := exact.Float64(); near != 0 && (x.float()/near < 1-1e-15 || x.float()/near > 1+1e-15) {
			t.Fatalf("%s is near %v, not %v", a, near, x.float())
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
				t.Fatalf("the sum of %v is %s over %d", in, s.value(), s.n)
			}
			if s.n == 0 && s.own != nil {
				t.Fatal("an empty sum is not small")
			}
		}
	}
}
