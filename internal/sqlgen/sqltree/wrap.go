package sqltree

// lineWidth is where a line goes on in the next one, where that is possible.
const lineWidth = 110

// clause writes a condition with one predicate a line.
func (p *printer) clause(keyword string, e Expr) {
	if e == nil {
		return
	}
	p.line()
	p.b.WriteString(keyword)
	p.indent++
	p.lines(e, 0)
	p.indent--
}

// lines writes a condition over several lines: operands of And and Or stand on their own.
func (p *printer) lines(e Expr, outer int) {
	var operands []Expr
	word := "AND "
	switch n := e.(type) {
	case And:
		operands = n
	case Or:
		operands, word = n, "OR "
	case Not:
		if call, ok := n.Of.(Call); ok && len(call.Args) > 0 && (isAnd(call.Args[0]) || isOr(call.Args[0])) {
			p.b.WriteString("NOT " + call.Fn + "(")
			p.indent++
			p.line()
			p.lines(call.Args[0], 0)
			for _, arg := range call.Args[1:] {
				p.b.WriteByte(',')
				p.line()
				p.expr(arg, 0)
			}
			p.indent--
			p.line()
			p.b.WriteByte(')')
			return
		}
	}
	if len(operands) < 2 {
		p.fitted(e, outer)
		return
	}
	own := binding(e)
	if own < outer {
		p.b.WriteByte('(')
		p.indent++
		p.line()
	}
	for i, operand := range operands {
		if i > 0 {
			p.line()
			p.b.WriteString(word)
		}
		p.lines(operand, own+1)
	}
	if own < outer {
		p.indent--
		p.line()
		p.b.WriteByte(')')
	}
}

func isAnd(e Expr) bool { a, ok := e.(And); return ok && len(a) > 1 }
func isOr(e Expr) bool  { o, ok := e.(Or); return ok && len(o) > 1 }

// fitted writes an expression on one line if the line has room for it, else over several.
func (p *printer) fitted(e Expr, outer int) {
	e = alone(e)
	mark, start := p.b.Len(), p.start
	if !p.long && roomAfter(e, lineWidth-(mark-start)) < 0 && breakable(e) {
		p.broken(e, outer) // no need to try
		return
	}
	p.expr(e, outer)
	if p.long || p.b.Len()-p.start <= lineWidth || !breakable(e) {
		return
	}
	p.b.Truncate(mark)
	p.start = start
	p.broken(e, outer)
}

// roomAfter is at most what is left of a number of characters when an expression is written; below 0 it does not fit.
func roomAfter(e Expr, room int) int {
	if room < 0 {
		return room
	}
	switch e := e.(type) {
	case Name:
		for _, part := range e {
			room -= len(part)
		}
	case Member:
		return roomAfter(e.Of, room-1-len(e.Name))
	case Text:
		return room - 2 - len(e)
	case Number:
		return room - len(e)
	case Call:
		return roomAfterAll(e.Args, room-len(e.Fn)-2, 2)
	case List:
		return roomAfterAll(e, room-2, 2)
	case And:
		return roomAfterAll(e, room, 5)
	case Or:
		return roomAfterAll(e, room, 4)
	case Binary:
		return roomAfter(e.Right, roomAfter(e.Left, room-2-len(e.Op)))
	case In:
		return roomAfterAll(e.List, roomAfter(e.Of, room-6), 2)
	case Like:
		return roomAfter(e.Of, room-20-len(e.Pattern))
	case Not:
		return roomAfter(e.Of, room-4)
	case IsNull:
		return roomAfter(e.Of, room-8)
	case Cast:
		return roomAfter(e.Of, room-10-len(e.Type))
	case Verbatim:
		return room - 2 - len(e)
	case Arg:
		return roomAfter(e.Of, room-4-len(e.Name))
	case Lambda:
		return roomAfter(e.Body, room-4)
	case Case:
		for _, when := range e.Whens {
			room = roomAfter(when.Then, roomAfter(when.If, room-12))
		}
		return room - 8
	}
	return room
}

func roomAfterAll(list []Expr, room, between int) int {
	for i, e := range list {
		if i > 0 {
			room -= between
		}
		if room = roomAfter(e, room); room < 0 {
			break
		}
	}
	return room
}

// breakable reports whether there is a place in an expression where a line may end.
func breakable(e Expr) bool {
	switch e := alone(e).(type) {
	case Call:
		return len(e.Args) > 1 || len(e.Args) == 1 && breakable(e.Args[0])
	case List:
		return len(e) > 1 || len(e) == 1 && breakable(e[0])
	case Cast:
		return breakable(e.Of)
	case IsNull:
		return breakable(e.Of)
	case Like:
		return breakable(e.Of)
	case Arg:
		return breakable(e.Of)
	case Lambda:
		return breakable(e.Body)
	case Not:
		return breakable(e.Of)
	case Binary, Case, In:
		return true
	}
	return isAnd(e) || isOr(e)
}

// alone is the one operand of an And or Or that has no other, else the expression itself.
func alone(e Expr) Expr {
	switch operands := e.(type) {
	case And:
		if len(operands) == 1 {
			return alone(operands[0])
		}
	case Or:
		if len(operands) == 1 {
			return alone(operands[0])
		}
	}
	return e
}

// broken writes an expression over several lines, what it consists of on lines of their own.
func (p *printer) broken(e Expr, outer int) {
	e = alone(e)
	own := binding(e)
	if own < outer {
		p.b.WriteByte('(')
		p.block(func() { p.fitted(e, 0) })
		p.b.WriteByte(')')
		return
	}
	switch e := e.(type) {
	case Call:
		if e.Fn == "EXISTS" {
			p.call(e)
			return
		}
		p.b.WriteString(p.d.function(e.Fn))
		p.b.WriteByte('(')
		p.brokenList(e.Args)
		p.b.WriteByte(')')
	case List:
		p.b.WriteString(p.d.ListOpen)
		p.brokenList(e)
		p.b.WriteString(p.d.ListClose)
	case Cast:
		if e.Try && p.d.TryCast == "" {
			p.fitted(checkedCast(p.d, e), outer)
			return
		}
		p.b.WriteString(p.castWord(e))
		p.inner(e.Of, 0)
		p.b.WriteString(" AS " + e.Type + ")")
	case IsNull:
		p.inner(e.Of, bindCompare+1)
		p.b.WriteString(nullWord(e))
	case Like:
		p.inner(e.Of, bindCompare+1)
		p.likePattern(e)
	case Arg:
		p.argName(e)
		p.fitted(e.Of, 0)
	case Lambda:
		p.params(e.Params)
		p.fitted(e.Body, 0)
	case Not:
		p.b.WriteString("NOT ")
		p.fitted(e.Of, bindNot+1)
	case In:
		p.inner(e.Of, bindCompare+1)
		p.b.WriteString(" IN (")
		p.block(func() { p.filled(e.List) })
		p.b.WriteByte(')')
	case Binary:
		left, right := sides(e, own)
		p.fitted(e.Left, left)
		if breakable(e.Left) && own != bindAdd {
			p.b.WriteString(" " + e.Op + " ")
		} else {
			p.indent++
			p.line()
			p.b.WriteString(e.Op + " ")
			defer func() { p.indent-- }()
		}
		p.fitted(e.Right, right)
	case Case:
		p.brokenCase(e)
	default:
		p.lines(e, outer)
	}
}

// inner writes what stands within something that did not fit.
func (p *printer) inner(e Expr, outer int) {
	if breakable(e) {
		p.broken(e, outer)
	} else {
		p.expr(e, outer)
	}
}

// block writes something between a line's end and the next line, one step further in.
func (p *printer) block(write func()) {
	p.indent++
	p.line()
	write()
	p.indent--
	p.line()
}

// brokenList writes arguments or items, each on a line of its own; a single one stays with its bracket.
func (p *printer) brokenList(list []Expr) {
	if len(list) == 1 {
		p.inner(list[0], 0)
		return
	}
	p.block(func() {
		for i, e := range list {
			if i > 0 {
				p.b.WriteByte(',')
				p.line()
			}
			p.fitted(e, 0)
		}
	})
}

// filled writes a list, as many items on each line as there is room for.
func (p *printer) filled(list []Expr) {
	for i, e := range list {
		if i > 0 {
			p.b.WriteString(", ")
			mark, start := p.b.Len(), p.start
			p.expr(e, 0)
			if p.b.Len()-p.start < lineWidth {
				continue
			}
			p.b.Truncate(mark - 1) // the space before it
			p.start = start
			p.line()
		}
		p.expr(e, 0)
	}
}

func (p *printer) brokenCase(e Case) {
	p.b.WriteString("CASE")
	p.indent++
	for _, when := range e.Whens {
		p.line()
		p.b.WriteString("WHEN ")
		p.fitted(when.If, 0)
		p.b.WriteString(" THEN ")
		p.fitted(when.Then, 0)
	}
	if e.Else != nil {
		p.line()
		p.b.WriteString("ELSE ")
		p.fitted(e.Else, 0)
	}
	p.indent--
	p.line()
	p.b.WriteString("END")
}
