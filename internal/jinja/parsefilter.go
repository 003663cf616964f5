package jinja

import "slices"

// dotted reads the name of a filter or test.
func (p *parser) dotted() token {
	t := p.expect(tokenName)
	for p.isOp(".") {
		p.next()
		t.text += "." + p.expect(tokenName).text
		t.end = p.tokens[p.at-1].end
	}
	return t
}

// filters reads one filter, or for a block all filters up to its end. With inline the first has no '|' before it.
func (p *parser) filters(e expr, inline bool) expr {
	n := 0
	for p.isOp("|") || inline {
		p.chain(&n)
		if !inline {
			p.next()
		}
		inline = false
		name := p.dotted()
		if findFilter(name.text) == nil {
			p.failf(name.place(), "unknown filter '%s'%s", name.text, p.filterAdvice(name.text))
		}
		f := &filterExpr{of: e, name: name.text}
		if p.isOp("(") {
			f.args = p.arguments()
		}
		f.span = span{name.start, p.tokens[p.at-1].end}
		e = f
	}
	return e
}

func (p *parser) filterAdvice(name string) string {
	if reason, ok := refusedFilters[name]; ok {
		return ": " + reason
	}
	return nearest(name, filterNames())
}

func (p *parser) test(e expr, start int) expr {
	p.next()
	negated := p.skipName("not")
	name := p.dotted()
	if findTest(name.text) == nil {
		p.failf(name.place(), "unknown test '%s'%s", name.text, nearest(name.text, testNames()))
	}
	t := &testExpr{of: e, name: name.text}
	next := p.peek()
	switch {
	case p.isOp("("):
		t.args = p.arguments()
	case next.kind == tokenString, next.kind == tokenInteger, next.kind == tokenFloat, p.isOp("["), p.isOp("{"),
		next.kind == tokenName && !slices.Contains([]string{"else", "or", "and", "is", "if", "recursive"}, next.text):
		if next.text == "not" || next.text == "in" {
			break
		}
		p.enter()
		at := p.peek().start
		t.args.positional = []expr{p.postfix(p.primary(), at)}
		p.leave()
	case p.isName("is"):
		p.failf(next.place(), "two tests cannot follow each other; use parentheses")
	}
	t.span = p.since(start)
	if negated {
		return &unary{t.span, "not", t}
	}
	return t
}
