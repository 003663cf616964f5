package pipeline

import (
	"fmt"
	"strings"
)

// An expr is a boolean expression over named conditions: *.cond_expr.
type expr struct {
	op       byte // 'a' and, 'o' or, 'n' not, 'i' the condition with an index
	index    int
	operands []*expr
}

func (e *expr) eval(holds func(index int) bool) bool {
	switch e.op {
	case 'a':
		result := true
		for _, operand := range e.operands {
			result = operand.eval(holds) && result // all are evaluated, so that faults do not depend on the order
		}
		return result
	case 'o':
		result := false
		for _, operand := range e.operands {
			result = operand.eval(holds) || result
		}
		return result
	case 'n':
		return !e.operands[0].eval(holds)
	}
	return holds(e.index)
}

// An exprFault is a fault at an offset of an expression.
type exprFault struct {
	at, end int
	message string
}

// exprParser parses expressions over names: and, or, not and parentheses, in the usual order of precedence. Operators are
// lower-case whole words. Departure: pySigma reads `notwin` as `not win`.
type exprParser struct {
	text  string
	names map[string]int
	used  map[string]bool
	at    int // start of the current token
	end   int
	depth int
	fault *exprFault
}

func parseExpr(text string, names map[string]int) (*expr, map[string]bool, *exprFault) {
	p := &exprParser{text: text, names: names, used: map[string]bool{}}
	p.next()
	e := p.or()
	if p.fault == nil && p.at < len(text) {
		p.faultf("expected and, or or the end, found %q", p.token())
	}
	return e, p.used, p.fault
}

func (p *exprParser) token() string { return p.text[p.at:p.end] }

func (p *exprParser) faultf(format string, args ...any) {
	if p.fault == nil {
		p.fault = &exprFault{at: p.at, end: max(p.end, p.at), message: fmt.Sprintf(format, args...)}
	}
}

func nameByte(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '_' || c == '-'
}

func (p *exprParser) next() {
	p.at = p.end
	for p.at < len(p.text) && strings.IndexByte(" \t\r\n", p.text[p.at]) >= 0 {
		p.at++
	}
	p.end = p.at
	for p.end < len(p.text) && nameByte(p.text[p.end]) {
		p.end++
	}
	if p.end == p.at && p.at < len(p.text) {
		p.end++
	}
}

func (p *exprParser) or() *expr  { return p.chain('o', "or", p.and) }
func (p *exprParser) and() *expr { return p.chain('a', "and", p.not) }

func (p *exprParser) chain(op byte, word string, operand func() *expr) *expr {
	operands := []*expr{operand()}
	for p.fault == nil && p.token() == word {
		p.next()
		operands = append(operands, operand())
	}
	if len(operands) == 1 {
		return operands[0]
	}
	return &expr{op: op, operands: operands}
}

func (p *exprParser) not() *expr {
	if p.depth++; p.depth > maxDepth {
		p.faultf("the expression is nested too deeply")
	}
	defer func() { p.depth-- }()
	if p.fault != nil {
		return &expr{op: 'o'}
	}
	switch token := p.token(); token {
	case "not":
		p.next()
		return &expr{op: 'n', operands: []*expr{p.not()}}
	case "(":
		p.next()
		e := p.or()
		if p.token() != ")" {
			p.faultf("expected ), found %q", p.token())
		}
		p.next()
		return e
	case "", ")", "and", "or":
		p.faultf("expected the name of a condition, found %q", token)
	default:
		index, ok := p.names[token]
		if !ok {
			p.faultf("no condition is named %q", token)
		}
		p.used[token] = true
		p.next()
		return &expr{op: 'i', index: index}
	}
	return &expr{op: 'o'}
}
