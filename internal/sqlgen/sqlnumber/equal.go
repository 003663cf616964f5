package sqlnumber

import (
	"strings"

	"github.com/egret-hunt/egret/internal/sqlgen/sqltree"
)

// exactDigits is the number of digits that a double always keeps: decimals of so many digits with the same double are equal.
const exactDigits = 15

// maxPatterns is the number of values in one pattern; engines limit the size of patterns.
const maxPatterns = 100

// exponentForm is the exponent of a JSON number, with as many digits as the native matcher accepts.
const exponentForm = `(?:[eE][+-]?0*[0-9]{1,12})?`

// Equals compares a text with values that Plain matches, and holds if the text is a JSON number equal to one of them. A regular
// expression checks the digits, however the number is written, and a double the magnitude: a number with the same digits and
// the point elsewhere is at least ten times larger or smaller.
func Equals(d *sqltree.Dialect, text sqltree.Expr, values []string) sqltree.Expr {
	var or sqltree.Or
	var patterns []string
	var literals []sqltree.Expr
	for _, value := range values {
		pattern, digits := digitsPattern(value)
		switch magnitude := doubleLiteral(d, value); {
		case digits == 0: // zero has no magnitude
			or = append(or, d.Regex(text, whole(pattern)))
		case digits > exactDigits:
			or = append(or, sqltree.And{d.Regex(text, whole(pattern)), sqltree.Compare("=", sqltree.Cast{Of: text, Type: d.DoubleType, Try: true}, magnitude)})
		default:
			patterns, literals = append(patterns, pattern), append(literals, magnitude)
		}
	}
	for start := 0; start < len(literals); start += maxPatterns {
		end := min(start+maxPatterns, len(literals))
		var magnitude sqltree.Expr = sqltree.In{Of: sqltree.Cast{Of: text, Type: d.DoubleType, Try: true}, List: literals[start:end]}
		if end == start+1 {
			magnitude = sqltree.Compare("=", sqltree.Cast{Of: text, Type: d.DoubleType, Try: true}, literals[start])
		}
		or = append(or, sqltree.And{d.Regex(text, whole(patterns[start:end]...)), magnitude})
	}
	if len(or) == 1 {
		return or[0]
	}
	return or
}

// whole returns a pattern for whole texts that match one of some patterns.
func whole(patterns ...string) string {
	if len(patterns) == 1 {
		return `\A` + patterns[0] + exponentForm + `\z`
	}
	return `\A(?:` + strings.Join(patterns, "|") + `)` + exponentForm + `\z`
}

// digitsPattern returns a pattern for the JSON numbers without exponent that have the digits of a value, apart from zeros at both
// ends, and the number of these digits. It also matches some texts with two points, which no engine reads as a number.
func digitsPattern(value string) (pattern string, digits int) {
	sign := ""
	if strings.HasPrefix(value, "-") {
		sign, value = "-", value[1:]
	}
	significant := strings.Trim(strings.Replace(value, ".", "", 1), "0")
	if significant == "" {
		return `-?0(?:\.0+)?`, 0
	}
	return sign + `(?:0\.0*)?` + strings.Join(strings.Split(significant, ""), `\.?`) + `0*(?:\.0+)?`, len(significant)
}

// doubleLiteral returns a value for the comparison with a double.
func doubleLiteral(d *sqltree.Dialect, text string) sqltree.Expr {
	if smallInteger.MatchString(text) {
		return sqltree.Number(text)
	}
	return sqltree.Cast{Of: sqltree.Text(text), Type: d.DoubleType, Try: false}
}
