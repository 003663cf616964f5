package sqlgen

import (
	"regexp"
	"strings"

	"github.com/egret-hunt/egret/internal/ir"
)

// The functions of engines read a JSON number as a double and write it anew, so that 1.50 becomes 1.5 and 1e3 becomes
// 1000.0. Where a predicate could tell the difference, the numbers of the JSON text are first turned into strings that
// keep the text, with a mark in front: U+0001 and N. A string of the log that begins with U+0001 gets U+0001 and S
// instead, so that none can be taken for a number.
const mark = "\x01"

// untag takes the mark off a text, and off the numbers inside the JSON text of an object.
func (d *Dialect) untag(text Expr) Expr {
	x := Name{"u"}
	return d.let(text, "u", Case{
		Whens: []When{
			{call("starts_with", x, Text(mark+"N")), call("substr", x, Number("3"))},
			{call("starts_with", x, Text(mark+"S")), concat(Text(mark), call("substr", x, Number("3")))},
		}, Else: x,
	})
}

// seesNumbers tells whether a pattern could match a number other than an integer in one way of writing it and not in
// another, be it the whole text or a part of the JSON text of an object: whether one of its literals has a run of the
// characters of numbers that could be one end of a number.
func seesNumbers(p ir.Pattern) bool {
	const alphabet = "0123456789+-.eE"
	for _, part := range p {
		text := part.Text
		if part.Kind == ir.AnyOne || seesEscapes(text) {
			return true
		}
		for i := 0; i < len(text); {
			if strings.IndexByte(alphabet, text[i]) < 0 {
				i++
				continue
			}
			end := i
			for end < len(text) && strings.IndexByte(alphabet, text[end]) >= 0 {
				end++
			}
			opens := i == 0 || strings.IndexByte(",:[", text[i-1]) >= 0
			closes := end == len(text) || strings.IndexByte(",]}", text[end]) >= 0
			if opens && closes {
				return true
			}
			i = end
		}
	}
	return false
}

// seesEscapes tells whether a literal could be found in the escapes of a character beyond the first plane, which some
// engines write into the JSON text of an object, or is such a character, or one that stands for half of such a character.
func seesEscapes(text string) bool {
	return strings.Trim(text, "uU0123456789abcdefABCDEF") == "" && text != "" ||
		strings.ContainsFunc(text, func(r rune) bool { return r == '\\' || r == '?' || r == '\ufffd' || r > 0xffff })
}

// onlyWildcards tells whether a pattern has no literal: it may match numbers by their length.
func onlyWildcards(p ir.Pattern) bool {
	for _, part := range p {
		if part.Kind == ir.Literal {
			return false
		}
	}
	return true
}

// plainDecimal is a number that can be compared exactly with any other: at most 19 digits before and 17 after the point.
var plainDecimal = regexp.MustCompile(`^-?[0-9]{1,19}(\.[0-9]{1,17})?$`)

var smallInteger = regexp.MustCompile(`^-?[0-9]{1,18}$`)

// comparisons are the operators of numbers in SQL.
var comparisons = map[ir.NumberOp]string{
	ir.NumberEqual: "=", ir.Greater: ">", ir.GreaterEqual: ">=", ir.Less: "<", ir.LessEqual: "<=",
}

// numberForm is a JSON number: RFC 8259, section 6.
const numberForm = `^-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?$`

// maxPoint is how far an exponent can move the point: what is moved further is beyond every number of a rule.
const maxPoint = 60

// numberText compares the number that a text holds with a plainDecimal; NULL where it holds none. The comparison is
// exact whatever the text has: more digits before the point than the literal make a number that is larger than any
// literal, and digits behind the 17th after the point leave one digit that says that there was something.
func (d *Dialect) numberText(text Expr, op, literal string) Expr {
	n := Name{"n"}
	written := ifThen(d.regex(text, numberForm), ifThen(d.regex(text, `[eE]`), d.withoutExponent(text), text), nil)
	sign := ifThen(call("starts_with", n, Text("-")), Text("-"), Text(""))
	const long = `^-?[0-9]+\.[0-9]{17}`
	cut := Case{
		Whens: []When{
			{d.regex(n, `^-?0*[1-9][0-9]{19}`), concat(sign, Text(strings.Repeat("9", 20)))},
			{d.regex(n, long+`[0-9]*[1-9]`), concat(d.regexExtract(n, long, 0), Text("1"))},
			{d.regex(n, long), d.regexExtract(n, long, 0)},
		}, Else: n,
	}
	return compare(op, Cast{d.let(written, "n", cut), d.DecimalType, true}, d.decimal(literal))
}

// withoutExponent writes a JSON number with an exponent as digits and a point.
func (d *Dialect) withoutExponent(text Expr) Expr {
	group := func(pattern string) Expr { return call("COALESCE", d.regexExtract(text, pattern, 1), Text("")) }
	whole, fraction := group(`^-?([0-9]+)`), group(`\.([0-9]+)`)
	exponent := call("COALESCE", Cast{d.regexExtract(text, `[eE]\+?(-?[0-9]+)$`, 1), d.IntegerType, true},
		ifThen(d.regex(text, `[eE]-`), number(-maxPoint), number(maxPoint)))
	zeros := Text(strings.Repeat("0", maxPoint+1))
	point := call("greatest", Number("0"), call("least", number(2*maxPoint),
		Binary{"+", Binary{"+", call("length", whole), exponent}, number(maxPoint)}))
	digits := concat(zeros, whole, fraction, zeros, zeros)
	sign := ifThen(call("starts_with", text, Text("-")), Text("-"), Text(""))
	at := Binary{"+", point, Number("1")}
	return concat(sign, call("substr", digits, Number("1"), at), Text("."), call("substr", digits, Binary{"+", point, Number("2")}))
}

func (d *Dialect) decimal(literal string) Expr { return Cast{Text(literal), d.DecimalType, false} }

// numberLiteral is a literal for the comparison with a column of numbers.
func (d *Dialect) numberLiteral(text string) Expr {
	if smallInteger.MatchString(text) {
		return Number(text)
	}
	return d.decimal(text)
}
