package sigma

import (
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/egret-hunt/egret/diag"
	"github.com/egret-hunt/egret/source"
)

// maxConditionDepth limits how deep parentheses and `not` may be nested in a condition.
const maxConditionDepth = 100

// maxCondition limits the bytes of a condition, or of a list of conditions together; the longest public condition has
// 551.
const maxCondition = 64 << 10

// token is a word or parenthesis of a condition or, after a pipe, an operator. It covers [start, end) of the
// condition's text.
type token struct {
	text       string
	start, end int
}

// conditionParser parses one condition. Its methods return nil after the first error, which is kept.
type conditionParser struct {
	text   string
	place  *placer
	tokens []token
	at     int
	depth  int
	// rules is set for an extended temporal correlation: identifiers are rules, and there are no selectors or
	// aggregations.
	rules bool
	fault *diag.Diagnostic
}

// condition parses the condition in a scalar. It reports errors and then returns nil. With rules set, the identifiers
// are rules.
func (r *reader) condition(n *yaml.Node, rules bool) (*Condition, *aggregation) {
	resolved := r.resolve(n)
	var place placer
	if n.Kind == yaml.AliasNode {
		place = placer{r: r, whole: r.nodeSpan(n), base: -1}
	} else {
		place = r.placer(n)
	}
	if len(resolved.Value) > maxCondition {
		r.add(conditionTooLong(place.whole, len(resolved.Value)))
		return nil, nil
	}
	p := &conditionParser{text: resolved.Value, place: &place, rules: rules}
	p.tokens = tokenize(p.text)
	expr := p.or()
	end := p.previousEnd()
	var found *aggregation
	if expr != nil && p.at < len(p.tokens) {
		switch word := p.tokens[p.at].text; {
		case word == "|" && p.peek(1) == "|":
			p.failAcross(p.at, p.at+1, "||", wrongOperator)
		case operatorWord(word) != "" && word != "|":
			p.fail(p.at, wrongOperator)
		}
		if p.tokens[p.at].text == "|" && !rules {
			found = p.aggregation()
		} else {
			p.fail(p.at, unexpectedInCondition)
		}
	}
	if p.fault != nil {
		r.add(*p.fault)
		return nil, nil
	}
	text := resolved.Value
	if found != nil {
		text = text[:end]
	}
	return &Condition{Text: strings.TrimSpace(text), Expr: expr, Span: r.nodeSpan(n)}, found
}

// tokenize splits a condition into words and punctuation. After the pipe of an old aggregation, comparison operators
// and commas are separate tokens.
func tokenize(text string) []token {
	tokens := make([]token, 0, 1+strings.Count(text, " "))
	single, double := "()|", ""
	for i := 0; i < len(text); {
		start := i
		switch c := text[i]; {
		case isBlank(c):
			i++
			continue
		case strings.IndexByte(double, c) >= 0:
			for i < len(text) && strings.IndexByte(double, text[i]) >= 0 {
				i++
			}
		case strings.IndexByte(single, c) >= 0:
			i++
			if c == '|' {
				single, double = "()|,", "<>=!"
			}
		default:
			for i < len(text) && !isBlank(text[i]) && strings.IndexByte(single, text[i]) < 0 &&
				strings.IndexByte(double, text[i]) < 0 {
				i++
			}
		}
		tokens = append(tokens, token{text[start:i], start, i})
	}
	return tokens
}

// peek returns the text of the token ahead, "" at the end.
func (p *conditionParser) peek(ahead int) string {
	if p.at+ahead < len(p.tokens) {
		return p.tokens[p.at+ahead].text
	}
	return ""
}

func (p *conditionParser) previousEnd() int {
	if p.at == 0 {
		return 0
	}
	return p.tokens[p.at-1].end
}

// span returns the span from the token at index first to the current one.
func (p *conditionParser) span(first int) source.Span {
	if first >= len(p.tokens) || first >= p.at {
		return p.place.span(len(p.text), len(p.text))
	}
	return p.place.span(p.tokens[first].start, p.tokens[p.at-1].end)
}

// fail keeps the first error. Its span is the token at index, or the last token where the condition ends too early.
func (p *conditionParser) fail(index int, fault func(span source.Span, found string) diag.Diagnostic) {
	if p.fault != nil {
		return
	}
	var span source.Span
	found := ""
	if index < len(p.tokens) {
		t := p.tokens[index]
		span, found = p.place.span(t.start, t.end), t.text
	} else if len(p.tokens) > 0 {
		t := p.tokens[len(p.tokens)-1]
		span = p.place.span(t.start, t.end)
	} else {
		span = p.place.whole
	}
	d := fault(span, found)
	p.fault = &d
}

// failAcross is fail for an operator that consists of several tokens.
func (p *conditionParser) failAcross(first, last int, found string, fault func(source.Span, string) diag.Diagnostic) {
	if p.fault == nil {
		d := fault(p.place.span(p.tokens[first].start, p.tokens[last].end), found)
		p.fault = &d
	}
}

func (p *conditionParser) or() ConditionExpr {
	return p.chain("or", p.and, func(operands []ConditionExpr, span source.Span) ConditionExpr {
		return &OrExpr{operands, span}
	})
}

func (p *conditionParser) and() ConditionExpr {
	return p.chain("and", p.not, func(operands []ConditionExpr, span source.Span) ConditionExpr {
		return &AndExpr{operands, span}
	})
}

// chain reads operands that are joined by one operator.
func (p *conditionParser) chain(operator string, operand func() ConditionExpr,
	build func([]ConditionExpr, source.Span) ConditionExpr,
) ConditionExpr {
	start := p.at
	first := operand()
	if first == nil || !equalFold(p.peek(0), operator) {
		return first
	}
	operands := []ConditionExpr{first}
	for equalFold(p.peek(0), operator) {
		p.at++
		next := operand()
		if next == nil {
			return nil
		}
		operands = append(operands, next)
	}
	return build(operands, p.span(start))
}

// not reads a negation or an operand.
func (p *conditionParser) not() ConditionExpr {
	if !equalFold(p.peek(0), "not") {
		return p.operand()
	}
	if p.depth++; p.depth > maxConditionDepth {
		p.fail(p.at, conditionTooDeep)
		return nil
	}
	defer func() { p.depth-- }()
	start := p.at
	p.at++
	operand := p.not()
	if operand == nil {
		return nil
	}
	return &NotExpr{operand, p.span(start)}
}

// operand reads an identifier, a selector or an expression in parentheses.
func (p *conditionParser) operand() ConditionExpr {
	start := p.at
	switch word := p.peek(0); {
	case word == "(":
		return p.parenthesis()
	case word == "", word == ")", word == "|", equalFold(word, "and"), equalFold(word, "or"):
		p.fail(p.at, expectedOperand)
		return nil
	case equalFold(p.peek(1), "of") && !p.rules:
		return p.selector()
	default:
		p.at++
		return &IdentifierExpr{word, p.span(start)}
	}
}

func (p *conditionParser) parenthesis() ConditionExpr {
	if p.depth++; p.depth > maxConditionDepth {
		p.fail(p.at, conditionTooDeep)
		return nil
	}
	defer func() { p.depth-- }()
	open := p.at
	p.at++
	expr := p.or()
	if expr == nil {
		return nil
	}
	if p.peek(0) != ")" {
		if p.at < len(p.tokens) {
			p.fail(p.at, unexpectedInCondition)
		} else {
			p.fail(open, unclosedParenthesis)
		}
		return nil
	}
	p.at++
	return expr
}

// selector reads `1 of x*`.
func (p *conditionParser) selector() ConditionExpr {
	start := p.at
	selector := &SelectorExpr{Count: 1}
	switch word := p.peek(0); {
	case equalFold(word, "all"):
		selector.All, selector.Count = true, 0
	case equalFold(word, "any"):
	default:
		count, err := strconv.Atoi(word)
		if err != nil || count < 1 {
			p.fail(p.at, invalidQuantifier)
			return nil
		}
		selector.Count = count
	}
	switch pattern := p.peek(2); {
	case pattern == "", pattern == "(", pattern == ")", pattern == "|":
		p.fail(p.at+2, expectedPattern)
		return nil
	case equalFold(pattern, "them"):
		selector.Pattern = "them"
	default:
		selector.Pattern = pattern
	}
	p.at += 3
	selector.Span = p.span(start)
	return selector
}

// equalFold reports whether text equals a lower-case ASCII word, ignoring case.
func equalFold(text, lower string) bool {
	return len(text) == len(lower) && strings.EqualFold(text, lower)
}

// FormatCondition returns the condition as text, with as few parentheses as possible. Parsing the text gives an equal
// tree.
func FormatCondition(expr ConditionExpr) string {
	var out strings.Builder
	formatCondition(&out, expr, 0)
	return out.String()
}

// formatCondition writes a node that is an operand of an operator with precedence above: 0 none, 1 or, 2 and, 3 not.
// An operand with the same operator keeps its parentheses, so that parsing gives the same tree.
func formatCondition(out *strings.Builder, expr ConditionExpr, above int) {
	list := func(operands []ConditionExpr, operator string, strength int) {
		if above >= strength {
			out.WriteByte('(')
			defer out.WriteByte(')')
		}
		for i, operand := range operands {
			if i > 0 {
				out.WriteString(operator)
			}
			formatCondition(out, operand, strength)
		}
	}
	switch e := expr.(type) {
	case *OrExpr:
		list(e.Operands, " or ", 1)
	case *AndExpr:
		list(e.Operands, " and ", 2)
	case *NotExpr:
		out.WriteString("not ")
		formatCondition(out, e.Operand, 3)
	case *IdentifierExpr:
		out.WriteString(e.Name)
	case *SelectorExpr:
		switch {
		case e.All:
			out.WriteString("all")
		default:
			out.WriteString(strconv.Itoa(e.Count))
		}
		out.WriteString(" of " + e.Pattern)
	}
}
