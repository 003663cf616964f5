package pyprint

import (
	"errors"
	"fmt"
	"math"
	"math/big"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"
)

// MaxWidth is the largest width and precision in a format specification.
const MaxWidth = 1000

// spec is a format specification of Python: [[fill]align][sign][z][#][0][width][grouping][.precision][type].
type spec struct {
	fill      rune
	align     byte
	sign      byte
	alternate bool
	// zero is set if the alignment comes from a 0 before the width, which a text may have too.
	zero bool
	// noMinusZero is the option z: no sign before a rounded zero.
	noMinusZero bool
	width       int
	grouping    byte
	precision   int
	kind        byte
}

var specSyntax = regexp.MustCompile(`^([-+ ]?)(z?)(#?)(0?)([0-9]*)([,_]?)(?:\.([0-9]+))?([bcdeEfFgGnosxX%]?)$`)

func parseSpec(s string) (spec, error) {
	out := spec{fill: ' ', precision: -1}
	rest, filled := s, false
	if r, size := utf8.DecodeRuneInString(s); size < len(s) && strings.IndexByte("<>=^", s[size]) >= 0 {
		out.fill, out.align, filled = r, s[size], true
		rest = s[size+1:]
	} else if s != "" && strings.IndexByte("<>=^", s[0]) >= 0 {
		out.align = s[0]
		rest = s[1:]
	}
	m := specSyntax.FindStringSubmatch(rest)
	if m == nil {
		return out, fmt.Errorf("invalid format specification %q", s)
	}
	if m[1] != "" {
		out.sign = m[1][0]
	}
	out.alternate = m[3] != ""
	out.noMinusZero = m[2] != ""
	if m[4] != "" && !filled {
		out.fill = '0'
		if out.align == 0 {
			out.align, out.zero = '=', true
		}
	}
	for _, part := range []struct {
		text string
		to   *int
	}{{m[5], &out.width}, {m[7], &out.precision}} {
		if part.text == "" {
			continue
		}
		n, err := strconv.Atoi(part.text)
		if err != nil || n > MaxWidth {
			return out, fmt.Errorf("a width or precision above %d in the format specification %q", MaxWidth, s)
		}
		*part.to = n
	}
	if m[6] != "" {
		out.grouping = m[6][0]
	}
	if m[8] != "" {
		out.kind = m[8][0]
	}
	return out, nil
}

// FormatValue returns format(v, spec) of Python. Widths and precisions are at most MaxWidth.
func FormatValue(v any, specification string, limit int) (string, error) {
	if specification == "" {
		return Str(v, limit)
	}
	s, err := parseSpec(specification)
	if err != nil {
		return "", err
	}
	switch v := v.(type) {
	case string:
		return s.formatText(v)
	case Markup:
		return s.formatText(string(v))
	case bool:
		n := int64(0)
		if v {
			n = 1
		}
		return s.formatInt(big.NewInt(n))
	case int:
		return s.formatInt(big.NewInt(int64(v)))
	case int64:
		return s.formatInt(big.NewInt(v))
	case *big.Int:
		return s.formatInt(v)
	case float64:
		return s.formatFloat(v)
	}
	return "", fmt.Errorf("a value of the type %s takes no format specification", TypeName(v))
}

func (s spec) formatText(v string) (string, error) {
	if s.kind != 0 && s.kind != 's' || s.sign != 0 || s.alternate || s.noMinusZero || s.grouping != 0 {
		return "", errors.New("the format specification does not fit a text")
	}
	align := s.align
	if align == '=' {
		if !s.zero {
			return "", errors.New("the alignment '=' does not fit a text")
		}
		align = '<'
	}
	if r := []rune(v); s.precision >= 0 && len(r) > s.precision {
		v = string(r[:s.precision])
	}
	if align == 0 {
		align = '<'
	}
	return pad(v, s.fill, align, s.width), nil
}

// pad fills a text up to a width; a centred text has the smaller half on its left.
func pad(v string, fill rune, align byte, width int) string {
	missing := width - utf8.RuneCountInString(v)
	if missing <= 0 {
		return v
	}
	left := 0
	switch align {
	case '>', '=':
		left = missing
	case '^':
		left = missing / 2
	}
	return strings.Repeat(string(fill), left) + v + strings.Repeat(string(fill), missing-left)
}

func (s spec) formatInt(n *big.Int) (string, error) {
	var prefix, digits string
	abs := new(big.Int).Abs(n)
	switch s.kind {
	case 0, 'd', 'n':
		digits = abs.Text(10)
	case 'b':
		prefix, digits = "0b", abs.Text(2)
	case 'o':
		prefix, digits = "0o", abs.Text(8)
	case 'x':
		prefix, digits = "0x", abs.Text(16)
	case 'X':
		prefix, digits = "0X", strings.ToUpper(abs.Text(16))
	case 'c':
		if !n.IsInt64() || n.Int64() < 0 || n.Int64() > utf8.MaxRune {
			return "", errors.New("a number is no character")
		}
		return pad(string(rune(n.Int64())), s.fill, orDefault(s.align, '<'), s.width), nil
	case 's':
		return "", errors.New("the format 's' does not fit a number")
	default:
		f, _ := new(big.Float).SetInt(n).Float64()
		return s.formatFloat(f)
	}
	if s.precision >= 0 || s.noMinusZero {
		return "", errors.New("a precision or z does not fit an integer")
	}
	if !s.alternate {
		prefix = ""
	}
	size := 3
	if s.kind != 0 && s.kind != 'd' && s.kind != 'n' {
		size = 4
		if s.grouping == ',' {
			return "", errors.New("the grouping ',' fits decimal numbers only")
		}
	}
	return s.finish(n.Sign() < 0, prefix, digits, "", size), nil
}

func orDefault(align, other byte) byte {
	if align == 0 {
		return other
	}
	return align
}

func (s spec) formatFloat(f float64) (string, error) {
	negative := math.Signbit(f) && !math.IsNaN(f)
	abs := math.Abs(f)
	precision := s.precision
	if precision < 0 {
		precision = 6
	}
	var text string
	switch s.kind {
	case 0:
		text = Float(abs)
		if s.precision >= 0 {
			text = general(abs, max(precision, 1), true)
		}
	case 'e', 'E':
		text = strconv.FormatFloat(abs, 'e', precision, 64)
	case 'f', 'F':
		text = strconv.FormatFloat(abs, 'f', precision, 64)
	case 'g', 'G', 'n':
		text = general(abs, max(precision, 1), false)
	case '%':
		text = strconv.FormatFloat(abs*100, 'f', precision, 64) + "%"
	default:
		return "", fmt.Errorf("the format %q does not fit a number with a fraction", s.kind)
	}
	switch {
	case math.IsInf(f, 0):
		text = "inf"
	case math.IsNaN(f):
		text = "nan"
	}
	if s.kind == 'E' || s.kind == 'F' || s.kind == 'G' {
		text = strings.ToUpper(text)
	}
	if s.noMinusZero && strings.Trim(text, "0.%") == "" {
		negative = false
	}
	digits := 0
	for digits < len(text) && text[digits] >= '0' && text[digits] <= '9' {
		digits++
	}
	return s.finish(negative, "", text[:digits], text[digits:], 3), nil
}

// general writes a number with that many significant digits, without zeros at its end.
func general(f float64, precision int, keepPoint bool) string {
	if math.IsInf(f, 0) || math.IsNaN(f) {
		return ""
	}
	e := strconv.FormatFloat(f, 'e', precision-1, 64)
	mantissa, exponent, _ := strings.Cut(e, "e")
	x, err := strconv.Atoi(exponent)
	if err != nil {
		return e
	}
	trim := func(s string) string {
		if strings.Contains(s, ".") {
			s = strings.TrimRight(strings.TrimRight(s, "0"), ".")
		}
		return s
	}
	limit := precision
	if keepPoint {
		// Without a type the number keeps a digit behind its point, so it turns to an exponent one digit earlier.
		limit--
	}
	if x < -4 || x >= max(limit, 1) && x >= limit {
		return trim(mantissa) + "e" + exponent
	}
	s := trim(strconv.FormatFloat(f, 'f', max(precision-1-x, 0), 64))
	if keepPoint && !strings.Contains(s, ".") {
		s += ".0"
	}
	return s
}

// finish adds sign, groups and filling to the digits of a number; rest is what follows the whole digits.
func (s spec) finish(negative bool, prefix, digits, rest string, size int) string {
	sign := ""
	switch {
	case negative:
		sign = "-"
	case s.sign == '+' || s.sign == ' ':
		sign = string(s.sign)
	}
	align := orDefault(s.align, '>')
	if s.grouping != 0 {
		digits = group(digits, s.grouping, size)
		if s.fill == '0' && align == '=' {
			for utf8.RuneCountInString(sign+prefix+digits+rest) < s.width {
				digits = group("0"+strings.ReplaceAll(digits, string(s.grouping), ""), s.grouping, size)
			}
			return sign + prefix + digits + rest
		}
	}
	if align == '=' {
		return sign + prefix + pad(digits+rest, s.fill, '>', s.width-len(sign)-len(prefix))
	}
	return pad(sign+prefix+digits+rest, s.fill, align, s.width)
}

func group(digits string, sign byte, size int) string {
	var b strings.Builder
	for i := range len(digits) {
		if i > 0 && (len(digits)-i)%size == 0 {
			b.WriteByte(sign)
		}
		b.WriteByte(digits[i])
	}
	return b.String()
}
