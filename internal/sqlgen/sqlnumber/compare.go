// Package sqlnumber writes comparisons of a text with a number, for logs that hold numbers as text. They are exact, which no
// comparison of doubles is: a double keeps about 15 digits.
package sqlnumber

import (
	"strings"

	"github.com/egret-hunt/egret/internal/lazyre"
	"github.com/egret-hunt/egret/internal/sqlgen/sqltree"
)

// Plain matches the numbers of rules that can be compared exactly: at most 19 digits before and 17 after the point.
var Plain = lazyre.New(`^-?[0-9]{1,19}(\.[0-9]{1,17})?$`)

var smallInteger = lazyre.New(`^-?[0-9]{1,18}$`)

// Form is the regular expression of a JSON number: RFC 8259, section 6.
const Form = `^-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?$`

// maxPoint is the largest shift of the point by an exponent. A larger shift leads beyond every number of a rule.
const maxPoint = 60

// Compares compares a text with a literal that Plain matches; the result is NULL if the text is no number. It compares
// decimals. A text with more digits before the point than a literal can have counts as a number beyond all literals; of the
// digits behind the 17th after the point, a single digit remains if one of them is not zero.
func Compares(d *sqltree.Dialect, text sqltree.Expr, op, literal string) sqltree.Expr {
	n := sqltree.Name{"n"}
	written := sqltree.If(d.Regex(text, Form), sqltree.If(d.Regex(text, `[eE]`), WithoutExponent(d, text), text), nil)
	sign := sqltree.If(sqltree.Fn("starts_with", n, sqltree.Text("-")), sqltree.Text("-"), sqltree.Text(""))
	const long = `^-?[0-9]+\.[0-9]{17}`
	cut := sqltree.Case{
		Whens: []sqltree.When{
			{If: d.Regex(n, `^-?0*[1-9][0-9]{19}`), Then: sqltree.Concat(sign, sqltree.Text(strings.Repeat("9", 20)))},
			{If: d.Regex(n, long+`[0-9]*[1-9]`), Then: sqltree.Concat(d.RegexExtract(n, long, 0), sqltree.Text("1"))},
			{If: d.Regex(n, long), Then: d.RegexExtract(n, long, 0)},
		}, Else: n,
	}
	return sqltree.Compare(op, sqltree.Cast{Of: d.Let(written, "n", cut), Type: d.DecimalType, Try: true}, decimal(d, literal))
}

// WithoutExponent returns the text of a JSON number that has an exponent as digits with a point.
func WithoutExponent(d *sqltree.Dialect, text sqltree.Expr) sqltree.Expr {
	group := func(pattern string) sqltree.Expr {
		return sqltree.Fn("COALESCE", d.RegexExtract(text, pattern, 1), sqltree.Text(""))
	}
	whole, fraction := group(`^-?([0-9]+)`), group(`\.([0-9]+)`)
	exponent := sqltree.Fn("COALESCE", sqltree.Cast{Of: d.RegexExtract(text, `[eE]\+?(-?[0-9]+)$`, 1), Type: d.PlaceType, Try: true},
		sqltree.If(d.Regex(text, `[eE]-`), sqltree.Int(-maxPoint), sqltree.Int(maxPoint)))
	zeros := sqltree.Text(strings.Repeat("0", maxPoint+1))
	point := sqltree.Fn("greatest", sqltree.Number("0"), sqltree.Fn("least", sqltree.Int(2*maxPoint),
		sqltree.Binary{Op: "+", Left: sqltree.Binary{Op: "+", Left: sqltree.Fn("length", whole), Right: exponent}, Right: sqltree.Int(maxPoint)}))
	digits := sqltree.Concat(zeros, whole, fraction, zeros, zeros)
	sign := sqltree.If(sqltree.Fn("starts_with", text, sqltree.Text("-")), sqltree.Text("-"), sqltree.Text(""))
	at := sqltree.Binary{Op: "+", Left: point, Right: sqltree.Number("1")}
	return sqltree.Concat(sign, sqltree.Fn("substr", digits, sqltree.Number("1"), at), sqltree.Text("."), sqltree.Fn("substr", digits, sqltree.Binary{Op: "+", Left: point, Right: sqltree.Number("2")}))
}

// decimal returns a literal as an exact decimal.
func decimal(d *sqltree.Dialect, literal string) sqltree.Expr {
	return sqltree.Cast{Of: sqltree.Text(literal), Type: d.DecimalType, Try: false}
}

// Literal returns a literal for comparisons with a column of numbers.
func Literal(d *sqltree.Dialect, text string) sqltree.Expr {
	if smallInteger.MatchString(text) {
		return sqltree.Number(text)
	}
	return decimal(d, text)
}
