package sqlgen

import (
	"slices"
	"strings"

	"github.com/egret-hunt/egret/internal/ir"
	"github.com/egret-hunt/egret/internal/schema"
)

// exactDigits is how many digits a double always keeps: two decimals of so many digits that are the same double are equal.
const exactDigits = 15

// maxPatterns is how many numbers one pattern is made of: engines bound the size of patterns.
const maxPatterns = 100

// exponentForm is the exponent of a JSON number, within what the matcher takes for one.
const exponentForm = `(?:[eE][+-]?0*[0-9]{1,12})?`

// numberEquals holds where a text is a JSON number of one of some values, each a plainDecimal. A pattern fixes the number's
// digits in every way of writing them, and a double its magnitude: a number with the same digits and another place of the
// point is at least ten times larger or smaller.
func (d *Dialect) numberEquals(text Expr, values []string) Expr {
	var or Or
	var patterns []string
	var literals []Expr
	for _, value := range values {
		pattern, digits := numberPattern(value)
		switch magnitude := d.doubleLiteral(value); {
		case digits == 0: // zero has no magnitude
			or = append(or, d.regex(text, whole(pattern)))
		case digits > exactDigits:
			or = append(or, And{d.regex(text, whole(pattern)), compare("=", Cast{text, d.DoubleType, true}, magnitude)})
		default:
			patterns, literals = append(patterns, pattern), append(literals, magnitude)
		}
	}
	for start := 0; start < len(literals); start += maxPatterns {
		end := min(start+maxPatterns, len(literals))
		var magnitude Expr = In{Cast{text, d.DoubleType, true}, literals[start:end]}
		if end == start+1 {
			magnitude = compare("=", Cast{text, d.DoubleType, true}, literals[start])
		}
		or = append(or, And{d.regex(text, whole(patterns[start:end]...)), magnitude})
	}
	if len(or) == 1 {
		return or[0]
	}
	return or
}

// whole is a pattern that a whole text is one of some patterns.
func whole(patterns ...string) string {
	if len(patterns) == 1 {
		return `\A` + patterns[0] + exponentForm + `\z`
	}
	return `\A(?:` + strings.Join(patterns, "|") + `)` + exponentForm + `\z`
}

// numberPattern matches the JSON numbers without exponent that have the digits of a plainDecimal, zeros around them left out,
// and returns how many digits these are. It takes some texts with two points, which no engine takes for a number.
func numberPattern(value string) (pattern string, digits int) {
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

// doubleLiteral is a plainDecimal for the comparison with a double.
func (d *Dialect) doubleLiteral(text string) Expr {
	if smallInteger.MatchString(text) {
		return Number(text)
	}
	return Cast{Text(text), d.DoubleType, false}
}

// oneOfNumbers holds where a field has one of some numbers, which nodes compare with it.
func (e *emitter) oneOfNumbers(l leaves, nodes []*ir.NumberExpr) Expr {
	var values []string
	var literals []Expr
	for _, node := range nodes {
		if !e.readable(l.kind, node) {
			return Bool(false)
		}
		if !slices.Contains(values, node.Text) {
			values, literals = append(values, node.Text), append(literals, e.d.numberLiteral(node.Text))
		}
	}
	switch numeric := l.kind == schema.Integer || l.kind == schema.Double; {
	case !numeric:
		return e.d.numberEquals(e.text(l), values)
	case len(literals) == 1:
		return compare("=", l.one, literals[0])
	}
	return In{l.one, literals}
}

// sameNumbers are the operands from the first on that compare the same field with a number for equality.
func sameNumbers(operands []ir.Expr) []*ir.NumberExpr {
	var nodes []*ir.NumberExpr
	for _, operand := range operands {
		node, ok := operand.(*ir.NumberExpr)
		if !ok || node.Op != ir.NumberEqual || len(nodes) > 0 && node.Field.Name != nodes[0].Field.Name {
			break
		}
		nodes = append(nodes, node)
	}
	return nodes
}
