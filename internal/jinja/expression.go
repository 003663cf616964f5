package jinja

import "slices"

// Each function reads one level of precedence, from `if` down to names and literals.

func (p *parser) enter() {
	p.depth++
	if p.depth > maxNesting {
		p.failLimitf(p.peek().place(), "expressions are nested more than %d levels", maxNesting)
	}
}

func (p *parser) leave() { p.depth-- }

// chain counts the members of a chain of operators.
func (p *parser) chain(n *int) {
	*n++
	if *n > maxChain {
		p.failLimitf(p.peek().place(), "an expression has more than %d members", maxChain)
	}
}

// expression reads one expression with `if … else`.
func (p *parser) expression() expr {
	p.enter()
	defer p.leave()
	return p.conditional()
}

func (p *parser) conditional() expr {
	start := p.peek().start
	e := p.or()
	n := 0
	for p.skipName("if") {
		p.chain(&n)
		c := &condition{yes: e, test: p.or()}
		if p.skipName("else") {
			c.no = p.expression()
		}
		c.span = p.since(start)
		e = c
	}
	return e
}

func (p *parser) or() expr {
	return p.binaryNames("or", p.and)
}

func (p *parser) and() expr {
	return p.binaryNames("and", p.not)
}

func (p *parser) binaryNames(op string, operand func() expr) expr {
	start := p.peek().start
	e := operand()
	n := 0
	for p.skipName(op) {
		p.chain(&n)
		right := operand()
		e = &binary{p.since(start), op, e, right}
	}
	return e
}

func (p *parser) not() expr {
	if p.isName("not") {
		p.enter()
		defer p.leave()
		start := p.next().start
		of := p.not()
		return &unary{p.since(start), "not", of}
	}
	return p.comparison()
}

var comparisons = []string{"==", "!=", "<", "<=", ">", ">="}

func (p *parser) comparison() expr {
	start := p.peek().start
	c := &compare{first: p.sum()}
	n := 0
	for {
		t := p.peek()
		var op string
		switch {
		case t.kind == tokenOperator && slices.Contains(comparisons, t.text):
			op = t.text
		case p.isName("in"):
			op = "in"
		case p.isName("not") && p.tokens[p.at+1].kind == tokenName && p.tokens[p.at+1].text == "in":
			p.next()
			op = "not in"
		}
		if op == "" {
			break
		}
		p.chain(&n)
		p.next()
		c.ops = append(c.ops, op)
		c.rest = append(c.rest, p.sum())
	}
	if len(c.ops) == 0 {
		return c.first
	}
	c.span = p.since(start)
	return c
}

func (p *parser) sum() expr { return p.binaryOps([]string{"+", "-"}, p.concatenation) }

func (p *parser) concatenation() expr {
	start := p.peek().start
	first := p.product()
	if !p.isOp("~") {
		return first
	}
	c := &concat{parts: []expr{first}}
	n := 0
	for p.skipOp("~") {
		p.chain(&n)
		c.parts = append(c.parts, p.product())
	}
	c.span = p.since(start)
	return c
}

func (p *parser) product() expr { return p.binaryOps([]string{"*", "/", "//", "%"}, p.power) }

func (p *parser) power() expr {
	return p.binaryOps([]string{"**"}, func() expr { return p.unary(true) })
}

func (p *parser) binaryOps(ops []string, operand func() expr) expr {
	start := p.peek().start
	e := operand()
	n := 0
	for p.peek().kind == tokenOperator && slices.Contains(ops, p.peek().text) {
		p.chain(&n)
		op := p.next().text
		right := operand()
		e = &binary{p.since(start), op, e, right}
	}
	return e
}

func (p *parser) unary(withFilter bool) expr {
	start := p.peek().start
	var e expr
	if p.isOp("-") || p.isOp("+") {
		p.enter()
		op := p.next().text
		of := p.unary(false)
		p.leave()
		e = &unary{p.since(start), op, of}
	} else {
		e = p.primary()
	}
	e = p.postfix(e, start)
	if withFilter {
		e = p.filtersAndTests(e, start)
	}
	return e
}

func (p *parser) primary() expr {
	t := p.next()
	switch t.kind { //nolint:exhaustive // no other token begins an expression
	case tokenName:
		switch t.text {
		case "true", "True":
			return &literal{t.place(), true}
		case "false", "False":
			return &literal{t.place(), false}
		case "none", "None":
			return &literal{t.place(), nil}
		}
		p.use(t.text)
		return &nameExpr{t.place(), t.text}
	case tokenString:
		s := t.text
		for p.peek().kind == tokenString {
			s += p.next().text
		}
		return &literal{p.since(t.start), s}
	case tokenInteger, tokenFloat:
		return &literal{t.place(), t.value}
	case tokenOperator:
		p.enter()
		defer p.leave()
		switch t.text {
		case "(":
			e := p.tupleIn(true, nil, true)
			p.expectOp(")")
			return e
		case "[":
			l := &listExpr{items: p.list("]")}
			l.span = p.since(t.start)
			return l
		case "{":
			return p.dict(t.start)
		}
	}
	p.failf(t.place(), "expected an expression, found %s", t)
	return nil
}

// list reads expressions up to a bracket, and that bracket.
func (p *parser) list(end string) []expr {
	var out []expr
	for !p.isOp(end) {
		if len(out) > 0 {
			p.expectOp(",")
			if p.isOp(end) {
				break
			}
		}
		out = append(out, p.expression())
	}
	p.expectOp(end)
	return out
}

func (p *parser) dict(start int) expr {
	d := &dictExpr{}
	for !p.isOp("}") {
		if len(d.keys) > 0 {
			p.expectOp(",")
			if p.isOp("}") {
				break
			}
		}
		d.keys = append(d.keys, p.expression())
		p.expectOp(":")
		d.values = append(d.values, p.expression())
	}
	p.expectOp("}")
	d.span = p.since(start)
	return d
}

// tuple reads one expression, or several with commas as a tuple. Without withCondition `if` ends the expression.
func (p *parser) tuple(withCondition bool, ends []string) expr {
	p.enter()
	defer p.leave()
	return p.tupleIn(withCondition, ends, false)
}

func (p *parser) tupleIn(withCondition bool, ends []string, parentheses bool) expr {
	start := p.peek().start
	var items []expr
	isTuple := false
	for {
		if len(items) > 0 {
			if !p.skipOp(",") {
				break
			}
			isTuple = true
		}
		if p.endsTuple(ends) {
			break
		}
		if withCondition {
			items = append(items, p.expression())
		} else {
			items = append(items, p.or())
		}
	}
	if !isTuple {
		if len(items) > 0 {
			return items[0]
		}
		if !parentheses {
			p.failf(p.peek().place(), "expected an expression, found %s", p.peek())
		}
	}
	return &tupleExpr{p.since(start), items}
}

func (p *parser) endsTuple(ends []string) bool {
	t := p.peek()
	switch t.kind { //nolint:exhaustive // no other token ends a tuple
	case tokenVariableEnd, tokenBlockEnd, tokenEnd:
		return true
	case tokenOperator:
		return t.text == ")"
	case tokenName:
		return slices.Contains(ends, t.text)
	}
	return false
}

func (p *parser) postfix(e expr, start int) expr {
	n := 0
	for {
		switch {
		case p.isOp("."), p.isOp("["):
			e = p.subscript(e, start)
		case p.isOp("("):
			e = p.call(e, start)
		default:
			return e
		}
		p.chain(&n)
	}
}

func (p *parser) filtersAndTests(e expr, start int) expr {
	n := 0
	for {
		switch {
		case p.isOp("|"):
			e = p.filters(e, false)
		case p.isName("is"):
			e = p.test(e, start)
		case p.isOp("("):
			e = p.call(e, start)
		default:
			return e
		}
		p.chain(&n)
	}
}

func (p *parser) subscript(e expr, start int) expr {
	if p.skipOp(".") {
		t := p.next()
		switch t.kind { //nolint:exhaustive // no other token follows a point
		case tokenName:
			return &attrExpr{p.since(start), e, t.text}
		case tokenInteger:
			return &indexExpr{p.since(start), e, &literal{t.place(), t.value}}
		}
		p.failf(t.place(), "expected a name after '.', found %s", t)
	}
	open := p.next()
	p.enter()
	defer p.leave()
	var items []expr
	for !p.isOp("]") {
		if len(items) > 0 {
			p.expectOp(",")
		}
		items = append(items, p.slice())
	}
	if len(items) == 0 {
		p.failf(open.place(), "an index is empty")
	}
	p.expectOp("]")
	index := items[0]
	if len(items) > 1 {
		index = &tupleExpr{p.since(open.start), items}
	}
	return &indexExpr{p.since(start), e, index}
}

// slice reads an index, or from:to:step.
func (p *parser) slice() expr {
	start := p.peek().start
	s := &sliceExpr{}
	if !p.isOp(":") {
		e := p.expression()
		if !p.isOp(":") {
			return e
		}
		s.from = e
	}
	p.expectOp(":")
	if !p.isOp(":") && !p.isOp("]") && !p.isOp(",") {
		s.to = p.expression()
	}
	if p.skipOp(":") && !p.isOp("]") && !p.isOp(",") {
		s.step = p.expression()
	}
	s.span = p.since(start)
	return s
}

func (p *parser) call(fn expr, start int) expr {
	args := p.arguments()
	return &callExpr{p.since(start), fn, args}
}

func (p *parser) arguments() arguments {
	p.enter()
	defer p.leave()
	var a arguments
	p.expectOp("(")
	for count := 0; !p.isOp(")"); count++ {
		if count > 0 {
			p.expectOp(",")
			if p.isOp(")") {
				break
			}
		}
		t := p.peek()
		switch {
		case p.isOp("*") && a.list == nil && a.dict == nil:
			p.next()
			a.list = p.expression()
		case p.isOp("**") && a.dict == nil:
			p.next()
			a.dict = p.expression()
		case t.kind == tokenName && p.tokens[p.at+1].kind == tokenOperator && p.tokens[p.at+1].text == "=" && a.dict == nil:
			p.next()
			p.next()
			if slices.Contains(a.names, t.text) {
				p.failf(t.place(), "the argument '%s' occurs twice", t.text)
			}
			a.names = append(a.names, t.text)
			a.named = append(a.named, p.expression())
		case a.list == nil && a.dict == nil && len(a.named) == 0:
			a.positional = append(a.positional, p.expression())
		default:
			p.failf(t.place(), "an argument stands in the wrong order")
		}
	}
	p.expectOp(")")
	return a
}
