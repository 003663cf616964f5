package stix

import (
	"slices"
	"strings"

	"github.com/egret-hunt/egret/diag"
	"github.com/egret-hunt/egret/source"
)

const (
	// maxDepth is the maximum number of parentheses and brackets inside one another.
	maxDepth = 500
	// maxPattern is the maximum length of a pattern in bytes.
	maxPattern = 16 << 20
)

// Parse reads a pattern. It returns nil and at least one error if the text is no pattern of the version.
func Parse(file *source.File, version Version) (*Pattern, diag.List) {
	p := parser{file: file, version: version}
	if len(file.Text) > maxPattern {
		p.fail(tooLong(source.Span{File: file}))
		return nil, p.diags
	}
	p.read()
	expr := p.observations()
	if p.ok() && p.now.kind != tokenEnd {
		p.expected("AND, OR, FOLLOWEDBY, a qualifier or the end of the pattern")
	}
	if !p.ok() {
		return nil, p.diags
	}
	return &Pattern{Version: version, Expr: expr}, p.diags
}

// A parser reads tokens one by one and stops at the first fault. After that all methods return at once.
type parser struct {
	file    *source.File
	version Version
	now     token
	last    token // the one before
	depth   int
	diags   diag.List
}

func (p *parser) ok() bool { return len(p.diags) == 0 }

func (p *parser) fail(d diag.Diagnostic) {
	if p.ok() {
		p.diags.Add(d)
	}
}

// expected reports that something else was expected here.
func (p *parser) expected(what string) { p.fail(unexpected(p, what)) }

func (p *parser) read() {
	p.last = p.now
	p.now = next(p.file.Text, p.now.end)
	if p.version == V20 && p.now.kind == tokenKeyword && p.text() == "EXISTS" {
		p.now.kind = tokenName // the grammar of 2.0 has no such word
	}
}

func (p *parser) text() string { return p.file.Text[p.now.start:p.now.end] }

func (p *parser) span(t token) source.Span {
	return source.Span{File: p.file, Start: t.start, End: t.end}
}

// since returns the position from an offset to the end of the last token.
func (p *parser) since(start int) source.Span {
	return source.Span{File: p.file, Start: start, End: p.last.end}
}

// is reports whether the next token is a keyword or a sign.
func (p *parser) is(word string) bool {
	return (p.now.kind == tokenKeyword || p.now.kind == tokenSign) && p.text() == word
}

// take reads a keyword or a sign if it is the next token.
func (p *parser) take(word string) bool {
	if !p.ok() || !p.is(word) {
		return false
	}
	p.read()
	return true
}

func (p *parser) want(word string) {
	if p.ok() && !p.take(word) {
		p.expected(word)
	}
}

// enter counts a parenthesis; the caller leaves it with leave.
func (p *parser) enter() {
	if p.depth++; p.depth > maxDepth {
		p.fail(tooDeep(p.span(p.now)))
	}
}

func (p *parser) leave() { p.depth-- }

// observations reads expressions joined by FOLLOWEDBY, which binds loosest.
func (p *parser) observations() ObservationExpr {
	return p.joined("FOLLOWEDBY", func() ObservationExpr {
		return p.joined("OR", func() ObservationExpr {
			return p.joined("AND", p.qualified)
		})
	})
}

func (p *parser) joined(operator string, operand func() ObservationExpr) ObservationExpr {
	list := []ObservationExpr{operand()}
	for p.take(operator) {
		list = append(list, operand())
	}
	if len(list) == 1 || !p.ok() {
		return list[0]
	}
	return &ObservationOperator{Operator: operator, Operands: list}
}

// qualified reads brackets or parentheses, and the qualifiers after them. In 2.1 the brackets of one observation have at most
// one qualifier of a kind; elsewhere the grammar allows more, which Check refuses.
func (p *parser) qualified() ObservationExpr {
	once := p.version == V21 && p.is("[")
	expr := p.observation()
	var seen []string
	for p.ok() {
		start := p.now.start
		qualifier := p.qualifier()
		if qualifier == nil || !p.ok() {
			break
		}
		word, span := qualifier.Keyword(), p.since(start)
		if once && slices.Contains(seen, word) {
			p.fail(qualifierTwice(span, word))
		}
		seen = append(seen, word)
		expr = &Qualified{Of: expr, Qualifier: qualifier, Span: span}
	}
	return expr
}

// qualifier reads a qualifier, nil if there is none.
func (p *parser) qualifier() Qualifier {
	const timestamp = "a timestamp such as t'2026-03-02T00:00:00Z'"
	switch {
	case p.take("START"):
		start := p.literal(timestamp, Timestamp)
		p.want("STOP")
		return StartStop{start, p.literal(timestamp, Timestamp)}
	case p.take("WITHIN"):
		seconds := p.positive("a number of seconds", Integer, Float)
		p.want("SECONDS")
		return Within{seconds}
	case p.take("REPEATS"):
		times := p.positive("a number of times", Integer)
		p.want("TIMES")
		return Repeats{times}
	}
	return nil
}

func (p *parser) observation() ObservationExpr {
	if !p.ok() {
		return nil
	}
	start := p.now.start
	switch {
	case p.take("("):
		p.enter()
		defer p.leave()
		expr := p.observations()
		p.want(")")
		if q, ok := expr.(*Qualified); ok {
			q.Closed = true
		}
		return expr
	case p.take("["):
		comparison := p.comparisons()
		p.want("]")
		return &Observation{Comparison: comparison, Span: p.since(start)}
	}
	p.expected("[ or (")
	return nil
}

// comparisons reads conditions joined by OR, which binds looser than AND.
func (p *parser) comparisons() ComparisonExpr {
	return p.together("OR", func() ComparisonExpr { return p.together("AND", p.comparison) })
}

func (p *parser) together(operator string, operand func() ComparisonExpr) ComparisonExpr {
	list := []ComparisonExpr{operand()}
	for p.take(operator) {
		list = append(list, operand())
	}
	if len(list) == 1 || !p.ok() {
		return list[0]
	}
	return &ComparisonOperator{Operator: operator, Operands: list}
}

func (p *parser) comparison() ComparisonExpr {
	if !p.ok() {
		return nil
	}
	start := p.now.start
	if p.take("(") {
		p.enter()
		defer p.leave()
		expr := p.comparisons()
		p.want(")")
		return expr
	}
	if p.version == V21 && (p.is("NOT") || p.is("EXISTS")) {
		not := p.take("NOT")
		if p.ok() && !p.take("EXISTS") {
			p.fail(notBeforePath(p))
			return nil
		}
		return &Exists{Not: not, Path: p.path(), Span: p.since(start)}
	}
	c := &Comparison{Path: p.path()}
	c.Not = p.take("NOT")
	c.Operator = p.operator()
	switch c.Operator {
	case "=", "!=":
		c.Values = []Literal{p.literal("a value", String, Integer, Float, Boolean, Timestamp, Hex, Binary)}
	case "<", "<=", ">", ">=":
		c.Values = []Literal{p.literal("a value that has an order, which a boolean has not", String, Integer, Float, Timestamp, Hex, Binary)}
	case "IN":
		c.Values = p.set()
	case "":
	default:
		c.Values = []Literal{p.literal("a string in single quotes", String)}
	}
	c.Span = p.since(start)
	return c
}

// operators are the operators of comparisons by their spellings.
var operators = map[string]string{
	"=": "=", "==": "=", "!=": "!=", "<>": "!=", "<": "<", "<=": "<=", ">": ">", ">=": ">=",
	"IN": "IN", "LIKE": "LIKE", "MATCHES": "MATCHES", "ISSUBSET": "ISSUBSET", "ISSUPERSET": "ISSUPERSET",
}

func (p *parser) operator() string {
	if !p.ok() {
		return ""
	}
	operator := ""
	if p.now.kind == tokenSign || p.now.kind == tokenKeyword {
		operator = operators[p.text()]
	}
	if operator == "" {
		p.fail(noOperator(p))
		return ""
	}
	p.read()
	return operator
}

// path reads an object path, such as file:hashes.'SHA-256' or x:list[*].name.
func (p *parser) path() Path {
	if !p.ok() {
		return Path{}
	}
	start := p.now.start
	if p.now.kind != tokenName && p.now.kind != tokenHyphen {
		p.expected("an object path such as ipv4-addr:value")
		return Path{}
	}
	if p.version == V20 && p.text() == "EXISTS" && !strings.HasPrefix(p.file.Text[skip(p.file.Text, p.now.end):], ":") {
		p.fail(noExists(p))
		return Path{}
	}
	path := Path{Type: p.text()}
	p.read()
	p.want(":")
	path.Steps = append(path.Steps, p.key())
	for p.ok() {
		switch {
		case p.take("."):
			path.Steps = append(path.Steps, p.key())
		case p.take("["):
			path.Steps = append(path.Steps, p.index())
		default:
			path.Span = p.since(start)
			return path
		}
	}
	return path
}

func (p *parser) key() Step {
	switch {
	case !p.ok():
	case p.now.kind == tokenName:
		key := p.text()
		p.read()
		return Step{Key: key}
	case p.now.kind == tokenLiteral && p.now.literal == String:
		return Step{Key: p.literal("", String).Text}
	default:
		p.fail(noKey(p))
	}
	return Step{}
}

func (p *parser) index() Step {
	step := Step{List: true, Any: p.take("*")}
	if !step.Any {
		step.Index = p.literal("a number or *", Integer).Text
	}
	p.want("]")
	return step
}

func (p *parser) set() []Literal {
	var list []Literal
	p.want("(")
	for p.ok() && !p.take(")") {
		if len(list) > 0 {
			if p.want(","); !p.ok() {
				break
			}
		}
		list = append(list, p.literal("a value", String, Integer, Float, Boolean, Timestamp, Hex, Binary))
	}
	return list
}

// literal reads a literal of one of some kinds.
func (p *parser) literal(what string, kinds ...LiteralKind) Literal {
	if !p.ok() {
		return Literal{}
	}
	if p.now.kind == tokenLiteral {
		for _, kind := range kinds {
			if p.now.literal == kind {
				l := Literal{Kind: kind, Text: literalText(kind, p.text()), Span: p.span(p.now)}
				p.read()
				return l
			}
		}
	}
	p.fail(noLiteral(p, what))
	return Literal{}
}

// positive is literal for numbers without a minus sign.
func (p *parser) positive(what string, kinds ...LiteralKind) Literal {
	if p.ok() && strings.HasPrefix(p.text(), "-") {
		p.expected(what + " without a minus sign")
	}
	return p.literal(what, kinds...)
}

// literalText returns the value that a literal of valid form stands for.
func literalText(kind LiteralKind, text string) string {
	switch kind {
	case String:
		return unescape.Replace(text[1 : len(text)-1])
	case Timestamp, Hex, Binary:
		return text[2 : len(text)-1]
	case Integer, Float:
		return strings.TrimPrefix(text, "+")
	case Boolean:
	}
	return text
}

// A string escapes its quotes and backslashes only.
var (
	unescape = strings.NewReplacer(`\\`, `\`, `\'`, `'`)
	escape   = strings.NewReplacer(`\`, `\\`, `'`, `\'`)
)
