package stix

import (
	"slices"
	"strings"

	"github.com/egret-hunt/egret/internal/lazyre"
)

// String returns the pattern in canonical form: one space between words, = and != for == and <>, and parentheses only where
// they have a meaning.
func (p *Pattern) String() string {
	var b strings.Builder
	printObservation(&b, p.Expr, 0)
	return b.String()
}

// The strength with which operators bind, loosest first.
const (
	bindFollowedBy = iota + 1
	bindOr
	bindAnd
)

func binding(operator string) int {
	switch operator {
	case "FOLLOWEDBY":
		return bindFollowedBy
	case "OR":
		return bindOr
	}
	return bindAnd
}

// printObservation writes an expression, in parentheses if it binds no stronger than its surroundings.
func printObservation(b *strings.Builder, expr ObservationExpr, outer int) {
	switch expr := expr.(type) {
	case *Observation:
		b.WriteByte('[')
		printComparison(b, expr.Comparison, 0)
		b.WriteByte(']')
	case *ObservationOperator:
		own := binding(expr.Operator)
		closing := open(b, own <= outer)
		for i, operand := range expr.Operands {
			if i > 0 {
				b.WriteString(" " + expr.Operator + " ")
			}
			printObservation(b, operand, own)
		}
		b.WriteString(closing)
	case *Qualified:
		base, list := expr.chain()
		_, brackets := base.(*Observation)
		_, qualified := base.(*Qualified)
		closing := open(b, qualified || brackets && isTwice(list))
		printObservation(b, base, bindAnd)
		b.WriteString(closing)
		for _, q := range slices.Backward(list) {
			b.WriteByte(' ')
			printQualifier(b, q)
		}
	}
}

// chain returns the expression that the qualifiers up to the next parenthesis are about, and the qualifiers from last to first.
func (q *Qualified) chain() (base ObservationExpr, list []Qualifier) {
	for {
		list = append(list, q.Qualifier)
		inner, ok := q.Of.(*Qualified)
		if !ok || inner.Closed {
			return q.Of, list
		}
		q = inner
	}
}

// isTwice reports whether a keyword is in the list twice. Then 2.1 wants parentheses around brackets.
func isTwice(list []Qualifier) bool {
	seen := map[string]bool{}
	for _, q := range list {
		if seen[q.Keyword()] {
			return true
		}
		seen[q.Keyword()] = true
	}
	return false
}

func open(b *strings.Builder, needed bool) (closing string) {
	if !needed {
		return ""
	}
	b.WriteByte('(')
	return ")"
}

func printQualifier(b *strings.Builder, q Qualifier) {
	b.WriteString(q.Keyword() + " ")
	switch q := q.(type) {
	case StartStop:
		b.WriteString(q.Start.String() + " STOP " + q.Stop.String())
	case Within:
		b.WriteString(q.Seconds.String() + " SECONDS")
	case Repeats:
		b.WriteString(q.Times.String() + " TIMES")
	}
}

func printComparison(b *strings.Builder, expr ComparisonExpr, outer int) {
	switch expr := expr.(type) {
	case *ComparisonOperator:
		own := binding(expr.Operator)
		closing := open(b, own <= outer)
		for i, operand := range expr.Operands {
			if i > 0 {
				b.WriteString(" " + expr.Operator + " ")
			}
			printComparison(b, operand, own)
		}
		b.WriteString(closing)
	case *Comparison:
		b.WriteString(expr.Path.String() + " ")
		if expr.Not {
			b.WriteString("NOT ")
		}
		b.WriteString(expr.Operator + " ")
		if expr.Operator != "IN" {
			b.WriteString(expr.Values[0].String())
			return
		}
		b.WriteByte('(')
		for i, value := range expr.Values {
			if i > 0 {
				b.WriteString(", ")
			}
			b.WriteString(value.String())
		}
		b.WriteByte(')')
	case *Exists:
		if expr.Not {
			b.WriteString("NOT ")
		}
		b.WriteString("EXISTS " + expr.Path.String())
	}
}

// String returns the path as it is written in a pattern.
func (p Path) String() string {
	var b strings.Builder
	b.WriteString(p.Type + ":")
	for i, step := range p.Steps {
		switch {
		case step.Any:
			b.WriteString("[*]")
			continue
		case step.List:
			b.WriteString("[" + step.Index + "]")
			continue
		case i > 0:
			b.WriteByte('.')
		}
		if plainKey.MatchString(step.Key) && !keywords[step.Key] {
			b.WriteString(step.Key)
		} else {
			b.WriteString("'" + escape.Replace(step.Key) + "'")
		}
	}
	return b.String()
}

var plainKey = lazyre.New(`^[a-zA-Z_][a-zA-Z0-9_]*$`)

// String returns the literal as it is written in a pattern.
func (l Literal) String() string {
	switch l.Kind {
	case String:
		return "'" + escape.Replace(l.Text) + "'"
	case Timestamp:
		return "t'" + l.Text + "'"
	case Hex:
		return "h'" + l.Text + "'"
	case Binary:
		return "b'" + l.Text + "'"
	case Integer, Float, Boolean:
	}
	return l.Text
}
