package jinja

func (p *parser) includeStatement(open token) stmt {
	s := &includeStmt{name: p.expression()}
	if p.isName("ignore") && p.tokens[p.at+1].text == "missing" {
		p.next()
		p.next()
		s.ignoreMissing = true
	}
	s.withoutVars = !p.withContext(true)
	s.span = p.since(open.start)
	p.expect(tokenBlockEnd)
	return s
}

// withContext reads `with context` or `without context`; usual is the answer if neither stands here.
func (p *parser) withContext(usual bool) bool {
	if (p.isName("with") || p.isName("without")) && p.tokens[p.at+1].text == "context" {
		usual = p.next().text == "with"
		p.next()
	}
	return usual
}

func (p *parser) importStatement(open token) stmt {
	s := &importStmt{from: p.expression()}
	p.expectName("as")
	s.as = p.expect(tokenName).text
	s.withVars = p.withContext(false)
	s.span = p.since(open.start)
	p.expect(tokenBlockEnd)
	return s
}

func (p *parser) fromStatement(open token) stmt {
	s := &importStmt{from: p.expression()}
	p.expectName("import")
	for p.peek().kind == tokenName {
		if p.isName("with") || p.isName("without") {
			if next := p.tokens[p.at+1]; next.text == "context" {
				break
			}
		}
		name := p.next()
		if name.text[0] == '_' {
			p.failf(name.place(), "names that begin with an underscore cannot be imported")
		}
		alias := name.text
		if p.skipName("as") {
			alias = p.expect(tokenName).text
		}
		s.names = append(s.names, name.text)
		s.aliases = append(s.aliases, alias)
		if !p.skipOp(",") {
			break
		}
	}
	if len(s.names) == 0 {
		p.failf(p.peek().place(), "expected a name, found %s", p.peek())
	}
	s.withVars = p.withContext(false)
	s.span = p.since(open.start)
	p.expect(tokenBlockEnd)
	return s
}
