package jinja

import "slices"

// The limits of templates: bytes of source, levels of nested statements and expressions, and members of a chain such as a+b+c.
const (
	maxSource     = 1 << 20
	maxStatements = 100
	maxNesting    = 100
	maxChain      = 500
)

// parser builds the tree of a template.
type parser struct {
	name, source string
	tokens       []token
	at           int
	depth        int
	blocks       int
	// used collects the names that the current macro reads.
	used []map[string]bool
}

// parse returns the statements of a template.
func parse(name, source string) (body []stmt, err error) {
	if len(source) > maxSource {
		return nil, newError(Limit, name, source, 0, 0, "the template has %d bytes; at most %d are allowed", len(source), maxSource)
	}
	tokens, err := lex(name, source)
	if err != nil {
		return nil, err
	}
	p := &parser{name: name, source: source, tokens: tokens}
	defer catch(&err)
	body = p.body(nil)
	return body, nil
}

// catch turns a fault that was raised as a panic into an error. Other panics go on.
func catch(err *error) {
	switch r := recover().(type) {
	case nil:
	case *Error:
		*err = r
	default:
		panic(r)
	}
}

func (p *parser) failf(at span, format string, args ...any) {
	panic(newError(Syntax, p.name, p.source, at.start, at.end, format, args...))
}

func (p *parser) failLimitf(at span, format string, args ...any) {
	panic(newError(Limit, p.name, p.source, at.start, at.end, format, args...))
}

func (t token) place() span { return span{t.start, t.end} }

func (p *parser) peek() token { return p.tokens[p.at] }

func (p *parser) next() token {
	t := p.tokens[p.at]
	if p.at < len(p.tokens)-1 {
		p.at++
	}
	return t
}

// since returns the span from start to the last token that was read.
func (p *parser) since(start int) span { return span{start, p.tokens[max(p.at-1, 0)].end} }

func (p *parser) isOp(op string) bool {
	t := p.peek()
	return t.kind == tokenOperator && t.text == op
}

func (p *parser) isName(name string) bool {
	t := p.peek()
	return t.kind == tokenName && t.text == name
}

func (p *parser) skipOp(op string) bool {
	if !p.isOp(op) {
		return false
	}
	p.next()
	return true
}

func (p *parser) skipName(name string) bool {
	if !p.isName(name) {
		return false
	}
	p.next()
	return true
}

func (p *parser) expectOp(op string) {
	if !p.skipOp(op) {
		p.failf(p.peek().place(), "expected '%s', found %s", op, p.peek())
	}
}

func (p *parser) expectName(name string) {
	if !p.skipName(name) {
		p.failf(p.peek().place(), "expected '%s', found %s", name, p.peek())
	}
}

func (p *parser) expect(k kind) token {
	if p.peek().kind != k {
		p.failf(p.peek().place(), "expected %s, found %s", kindNames[k], p.peek())
	}
	return p.next()
}

// body reads statements up to a tag with one of the names, whose first token is then current; without names, up to the end.
func (p *parser) body(ends []string) []stmt {
	p.blocks++
	if p.blocks > maxStatements {
		p.failLimitf(p.peek().place(), "statements are nested more than %d levels", maxStatements)
	}
	defer func() { p.blocks-- }()
	var out []stmt
	for {
		t := p.next()
		switch t.kind {
		case tokenData:
			out = append(out, &textStmt{t.place(), t.text})
		case tokenVariableBegin:
			value := p.tuple(true, nil)
			p.expect(tokenVariableEnd)
			out = append(out, &outputStmt{span{t.start, p.tokens[p.at-1].end}, value})
		case tokenBlockBegin:
			name := p.peek()
			if name.kind == tokenName && slices.Contains(ends, name.text) {
				return out
			}
			out = append(out, p.statement(t))
		case tokenEnd:
			if ends != nil {
				p.failf(t.place(), "the template ends before '%s'", ends[len(ends)-1])
			}
			return out
		default:
			p.failf(t.place(), "unexpected %s", t)
		}
	}
}

// finish reads statements up to the tag `end`, and that tag.
func (p *parser) finish(end string) []stmt {
	p.expect(tokenBlockEnd)
	body := p.body([]string{end})
	p.expectName(end)
	if end == "endmacro" && p.peek().kind == tokenName {
		p.next()
	}
	p.expect(tokenBlockEnd)
	return body
}

var refused = map[string]string{
	"extends": "inheritance of templates is not supported; use include or import",
	"block":   "inheritance of templates is not supported; use include or import",
	"do":      "the extension 'do' is not enabled in Sigma's templates; use set",
	"break":   "the extension for loop controls is not enabled in Sigma's templates",
	"trans":   "the extension for translations is not enabled in Sigma's templates",
	"debug":   "the extension 'debug' is not enabled in Sigma's templates",
}

var statements = []string{
	"autoescape", "call", "filter", "for", "from", "if", "import", "include", "macro", "raw", "set", "with",
}

// statement reads one tag after '{%', and its body.
func (p *parser) statement(open token) stmt {
	name := p.next()
	if name.kind != tokenName {
		p.failf(name.place(), "expected the name of a statement, found %s", name)
	}
	switch name.text {
	case "for":
		return p.forStatement(open)
	case "if":
		return p.ifStatement(open)
	case "set":
		return p.setStatement(open)
	case "macro":
		return p.macroStatement(open)
	case "call":
		return p.callStatement(open)
	case "filter":
		f := p.filters(nil, true)
		return &filterStmt{p.since(open.start), f, p.finish("endfilter")}
	case "with":
		return p.withStatement(open)
	case "autoescape":
		on := p.expression()
		return &escapeStmt{p.since(open.start), on, p.finish("endautoescape")}
	case "include":
		return p.includeStatement(open)
	case "import":
		return p.importStatement(open)
	case "from":
		return p.fromStatement(open)
	}
	if reason, ok := refused[name.text]; ok {
		p.failf(name.place(), "%s", reason)
	}
	p.failf(name.place(), "unknown statement '%s'%s", name.text, nearest(name.text, statements))
	return nil
}

func (p *parser) forStatement(open token) stmt {
	s := &forStmt{target: p.targets(true)}
	p.expectName("in")
	s.iter = p.tuple(false, []string{"recursive"})
	if p.skipName("if") {
		s.test = p.expression()
	}
	s.recursive = p.skipName("recursive")
	s.span = p.since(open.start)
	p.expect(tokenBlockEnd)
	s.body = p.body([]string{"else", "endfor"})
	if p.skipName("else") {
		p.expect(tokenBlockEnd)
		s.otherwise = p.body([]string{"endfor"})
	}
	p.expectName("endfor")
	p.expect(tokenBlockEnd)
	return s
}

func (p *parser) ifStatement(open token) stmt {
	s := &ifStmt{span: open.place()}
	for {
		s.tests = append(s.tests, p.tuple(false, nil))
		p.expect(tokenBlockEnd)
		s.bodies = append(s.bodies, p.body([]string{"elif", "else", "endif"}))
		if p.skipName("elif") {
			continue
		}
		if p.skipName("else") {
			p.expect(tokenBlockEnd)
			s.otherwise = p.body([]string{"endif"})
		}
		p.expectName("endif")
		p.expect(tokenBlockEnd)
		return s
	}
}

func (p *parser) setStatement(open token) stmt {
	s := &setStmt{target: p.targets(true)}
	if p.skipOp("=") {
		s.value = p.tuple(true, nil)
		s.span = p.since(open.start)
		p.expect(tokenBlockEnd)
		return s
	}
	if len(s.target.items) > 0 {
		p.failf(p.peek().place(), "expected '=', found %s", p.peek())
	}
	if p.isOp("|") {
		s.filter = p.filters(nil, false)
	}
	s.span = p.since(open.start)
	s.body = p.finish("endset")
	return s
}

// targets reads the names that a loop or set assigns to.
func (p *parser) targets(outer bool) target {
	first := p.target()
	if !outer || !p.isOp(",") {
		return first
	}
	out := target{span: first.span, items: []target{first}}
	for p.skipOp(",") {
		if t := p.peek(); t.kind != tokenName && !p.isOp("(") || p.isName("in") {
			break
		}
		out.items = append(out.items, p.target())
		if len(out.items) > maxChain {
			p.failLimitf(p.peek().place(), "more than %d names", maxChain)
		}
	}
	out.span = p.since(first.start)
	return out
}

func (p *parser) target() target {
	if p.isOp("(") {
		p.enter()
		defer p.leave()
		open := p.next()
		t := p.targets(true)
		p.expectOp(")")
		t.span = p.since(open.start)
		return t
	}
	t := p.expect(tokenName)
	if slices.Contains([]string{"true", "false", "none", "True", "False", "None"}, t.text) {
		p.failf(t.place(), "cannot assign to '%s'", t.text)
	}
	out := target{span: t.place(), name: t.text}
	if p.skipOp(".") {
		out.attr = p.expect(tokenName).text
		out.span = p.since(t.start)
		p.use(t.text)
	}
	return out
}

// use notes that the current macros read a name.
func (p *parser) use(name string) {
	for _, used := range p.used {
		used[name] = true
	}
}

func (p *parser) macroStatement(open token) stmt {
	s := &macroStmt{name: p.expect(tokenName).text}
	p.signature(s)
	s.span = p.since(open.start)
	p.macroBody(s, "endmacro")
	return s
}

func (p *parser) macroBody(s *macroStmt, end string) {
	used := map[string]bool{}
	p.used = append(p.used, used)
	s.body = p.finish(end)
	p.used = p.used[:len(p.used)-1]
	s.varargs, s.kwargs, s.caller = used["varargs"], used["kwargs"], used["caller"]
}

// signature reads the parameters of a macro.
func (p *parser) signature(s *macroStmt) {
	p.expectOp("(")
	for !p.isOp(")") {
		if len(s.params) > 0 {
			p.expectOp(",")
			if p.isOp(")") {
				break
			}
		}
		name := p.expect(tokenName)
		if slices.Contains(s.params, name.text) {
			p.failf(name.place(), "the parameter '%s' occurs twice", name.text)
		}
		s.params = append(s.params, name.text)
		if p.skipOp("=") {
			s.defaults = append(s.defaults, p.expression())
		} else if len(s.defaults) > 0 {
			p.failf(name.place(), "a parameter without default follows one with a default")
		}
		if len(s.params) > maxChain {
			p.failLimitf(name.place(), "more than %d parameters", maxChain)
		}
	}
	p.expectOp(")")
}

func (p *parser) callStatement(open token) stmt {
	s := &callStmt{macro: &macroStmt{name: "caller"}}
	if p.isOp("(") {
		p.signature(s.macro)
	}
	at := p.peek()
	call, ok := p.expression().(*callExpr)
	if !ok {
		p.failf(at.place(), "expected a call")
	}
	s.call = call
	s.span = p.since(open.start)
	s.macro.span = s.span
	p.macroBody(s.macro, "endcall")
	return s
}

func (p *parser) withStatement(open token) stmt {
	s := &withStmt{}
	for p.peek().kind != tokenBlockEnd {
		if len(s.targets) > 0 {
			p.expectOp(",")
		}
		s.targets = append(s.targets, p.targets(false))
		p.expectOp("=")
		s.values = append(s.values, p.expression())
		if len(s.targets) > maxChain {
			p.failLimitf(p.peek().place(), "more than %d names", maxChain)
		}
	}
	s.span = p.since(open.start)
	s.body = p.finish("endwith")
	return s
}
