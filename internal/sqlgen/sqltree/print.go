package sqltree

import (
	"bytes"
	"fmt"
	"strings"
	"sync"
)

// The binding strengths of operators, loosest first.
const (
	bindOr = iota + 1
	bindAnd
	bindNot
	bindCompare
	bindAdd
	bindMultiply
	bindAtom
)

// binding is how strongly a node holds its operands together.
func binding(e Expr) int {
	switch e := e.(type) {
	case Or:
		if len(e) == 1 {
			return binding(e[0])
		}
		if len(e) > 1 {
			return bindOr
		}
	case And:
		if len(e) == 1 {
			return binding(e[0])
		}
		if len(e) > 1 {
			return bindAnd
		}
	case Not:
		return bindNot
	case IsNull, In, Like:
		return bindCompare
	case Binary:
		switch e.Op {
		case "*", "/", "%", "//":
			return bindMultiply
		case "+", "-", "||":
			return bindAdd
		}
		return bindCompare
	case Text:
		if IsPrintable(string(e)) {
			return bindAtom
		}
		if _, joined := quoteText(string(e), "chr", false); joined {
			return bindAdd
		}
	case Number:
		if strings.HasPrefix(string(e), "-") {
			return bindMultiply
		}
	}
	return bindAtom
}

// printer writes SQL text in a dialect.
type printer struct {
	d *Dialect
	b *bytes.Buffer
	// indent is the depth of the line being written.
	indent int
	// start is where that line starts.
	start int
	// long leaves expressions on one line, however long.
	long bool
}

// Print is the text of a query, lines ended by line breaks. What does not fit on a line goes on in the next, unless the
// text becomes longer by it than the engine takes.
func (d *Dialect) Print(s *Select) string {
	text := d.print(s, false)
	if d.MaxBytes > 0 && len(text) > d.MaxBytes && len(text)-spaceInFront(text) <= d.MaxBytes {
		return d.print(s, true)
	}
	return text
}

// spaceInFront counts the line breaks of a text and the spaces that lines begin with.
func spaceInFront(text string) int {
	n := 0
	for line := range strings.Lines(text) {
		n += 1 + len(line) - len(strings.TrimLeft(line, " "))
	}
	return n
}

// buffers are used again: making room for text would take longer than writing it.
var buffers sync.Pool

func (d *Dialect) print(s *Select, long bool) string {
	b, ok := buffers.Get().(*bytes.Buffer)
	if !ok {
		b = &bytes.Buffer{}
	}
	b.Reset()
	defer buffers.Put(b)
	p := &printer{d: d, long: long, b: b}
	for _, line := range s.Comments {
		p.b.WriteString("-- " + Comment(line) + "\n")
	}
	p.start = p.b.Len()
	p.query(s)
	p.b.WriteByte('\n')
	return p.b.String()
}

// PrintExpr is the text of an expression on one line.
func (d *Dialect) PrintExpr(e Expr) string {
	p := &printer{d: d, b: &bytes.Buffer{}}
	p.expr(e, 0)
	return p.b.String()
}

func (p *printer) line() {
	p.b.WriteByte('\n')
	p.start = p.b.Len()
	for range p.indent {
		p.b.WriteString("  ")
	}
}

func (p *printer) args(exprs []Expr) {
	for i, e := range exprs {
		if i > 0 {
			p.b.WriteString(", ")
		}
		p.expr(e, 0)
	}
}

// name writes an identifier, in quotes where it needs them.
func (p *printer) name(name string) {
	if plainName(name, p.d.Reserved) {
		p.b.WriteString(name)
		return
	}
	p.b.WriteString(p.d.QuoteName(name))
}

func (p *printer) names(parts []string) {
	for i, part := range parts {
		if i > 0 {
			p.b.WriteByte('.')
		}
		p.name(part)
	}
}

// expr writes an expression on one line, in parentheses where it binds looser than its place asks for.
func (p *printer) expr(e Expr, outer int) {
	own := binding(e)
	if own < outer {
		p.b.WriteByte('(')
		defer p.b.WriteByte(')')
	}
	switch e := e.(type) {
	case Name:
		p.names(e)
	case Member:
		p.expr(e.Of, bindAtom)
		p.b.WriteByte('.')
		p.name(e.Name)
	case Text:
		p.text(string(e))
	case Verbatim:
		p.b.WriteByte('\'')
		p.b.WriteString(escapeText(string(e), p.d.Backslashes))
		p.b.WriteByte('\'')
	case Number:
		p.b.WriteString(string(e))
	case Bool:
		p.b.WriteString(map[Bool]string{true: "TRUE", false: "FALSE"}[e])
	case Null:
		p.b.WriteString("NULL")
	case Call:
		p.call(e)
	case Binary:
		left, right := sides(e, own)
		p.expr(e.Left, left)
		p.b.WriteString(" " + e.Op + " ")
		p.expr(e.Right, right)
	case And:
		p.operands(e, " AND ", "TRUE", own)
	case Or:
		p.operands(e, " OR ", "FALSE", own)
	case Not:
		p.b.WriteString("NOT ")
		p.expr(e.Of, bindNot+1)
	case IsNull:
		p.expr(e.Of, bindCompare+1)
		p.b.WriteString(nullWord(e))
	case In:
		p.expr(e.Of, bindCompare+1)
		p.b.WriteString(" IN (")
		p.args(e.List)
		p.b.WriteByte(')')
	case Like:
		p.expr(e.Of, bindCompare+1)
		p.likePattern(e)
	default:
		p.compound(e)
	}
}

func (p *printer) call(e Call) {
	p.b.WriteString(p.d.function(e.Fn))
	if e.Fn == "EXISTS" { // a query has parentheses
		p.args(e.Args)
		return
	}
	p.b.WriteByte('(')
	p.args(e.Args)
	p.b.WriteByte(')')
}

// sides are how strongly the operands of an operator must bind.
func sides(e Binary, own int) (left, right int) {
	switch {
	case e.Op == "->" || e.Op == "->>": // engines differ in how strongly it binds
		return bindAtom, bindAtom
	case own == bindCompare:
		return own + 1, own + 1 // comparisons do not chain
	case e.Op == "||":
		return own, own // the same from either side
	}
	return own, own + 1
}

func nullWord(e IsNull) string {
	if e.Not {
		return " IS NOT NULL"
	}
	return " IS NULL"
}

func (p *printer) castWord(e Cast) string {
	if e.Try {
		return p.d.TryCast + "("
	}
	return "CAST("
}

// checkedCast asks whether a cast works before it is made.
func checkedCast(d *Dialect, e Cast) Expr {
	c := Name{"c"}
	return let(e.Of, "c", If(Fn(d.InputIsValid, c, Text(e.Type)), Cast{Of: c, Type: e.Type}, nil))
}

func (p *printer) likePattern(e Like) {
	p.b.WriteString(" LIKE ")
	p.expr(Text(e.Pattern), bindAtom)
	p.b.WriteString(" ESCAPE ")
	p.text(`\`)
}

// argName writes the name of an argument, in quotes: engines reserve more words here than where columns are named.
func (p *printer) argName(e Arg) {
	p.b.WriteString(p.d.QuoteName(e.Name) + " := ")
}

// params writes the head of a lambda.
func (p *printer) params(names []string) {
	switch {
	case !p.d.LambdaArrow:
		p.b.WriteString("lambda " + strings.Join(names, ", ") + ": ")
	case len(names) == 1:
		p.b.WriteString(names[0] + " -> ")
	default:
		p.b.WriteString("(" + strings.Join(names, ", ") + ") -> ")
	}
}

// text writes a literal.
func (p *printer) text(text string) {
	if p.d.NullStand != 0 && strings.IndexByte(text, 0) >= 0 {
		text = strings.ReplaceAll(text, "\x00", string(p.d.NullStand))
	}
	if !IsPrintable(text) || strings.IndexByte(text, '\'') >= 0 || p.d.Backslashes && strings.IndexByte(text, '\\') >= 0 {
		text, _ = quoteText(text, p.d.Chr, p.d.Backslashes)
		p.b.WriteString(text)
		return
	}
	p.b.WriteByte('\'')
	p.b.WriteString(text)
	p.b.WriteByte('\'')
}

// compound writes the nodes that stand in brackets or keywords of their own.
func (p *printer) compound(e Expr) {
	switch e := e.(type) {
	case Case:
		p.b.WriteString("CASE")
		for _, when := range e.Whens {
			p.b.WriteString(" WHEN ")
			p.expr(when.If, 0)
			p.b.WriteString(" THEN ")
			p.expr(when.Then, 0)
		}
		if e.Else != nil {
			p.b.WriteString(" ELSE ")
			p.expr(e.Else, 0)
		}
		p.b.WriteString(" END")
	case Cast:
		if e.Try && p.d.TryCast == "" {
			p.expr(checkedCast(p.d, e), 0)
			return
		}
		p.b.WriteString(p.castWord(e))
		p.expr(e.Of, 0)
		p.b.WriteString(" AS " + e.Type + ")")
	case Typed:
		p.b.WriteString(e.Type + " ")
		p.expr(Text(e.Text), bindAtom)
	case Arg:
		p.argName(e)
		p.expr(e.Of, 0)
	case Lambda:
		p.params(e.Params)
		p.expr(e.Body, 0)
	case List:
		p.b.WriteString(p.d.ListOpen)
		p.args(e)
		p.b.WriteString(p.d.ListClose)
	case Star:
		if e.From != "" {
			p.name(e.From)
			p.b.WriteByte('.')
		}
		p.b.WriteByte('*')
		if len(e.Except) > 0 {
			p.b.WriteString(" " + p.d.ExceptWord + " (")
			for i, name := range e.Except {
				if i > 0 {
					p.b.WriteString(", ")
				}
				p.name(name)
			}
			p.b.WriteByte(')')
		}
	case Window:
		p.window(e)
	case Query:
		p.scalar(e.Select)
	case Missing:
		p.b.WriteString("<no " + e.Feature + ">") // no engine takes it for SQL
	default:
		panic(fmt.Sprintf("egret bug: unknown SQL node %T", e))
	}
}

func (p *printer) operands(list []Expr, word, none string, own int) {
	if len(list) == 0 {
		p.b.WriteString(none)
		return
	}
	if len(list) == 1 {
		p.expr(list[0], 0)
		return
	}
	for i, operand := range list {
		if i > 0 {
			p.b.WriteString(word)
		}
		p.expr(operand, own+1)
	}
}

func (p *printer) window(w Window) {
	p.expr(w.Of, 0)
	p.b.WriteString(" OVER (")
	space := ""
	if len(w.Partition) > 0 {
		p.b.WriteString("PARTITION BY ")
		p.args(w.Partition)
		space = " "
	}
	if len(w.Order) > 0 {
		p.b.WriteString(space + "ORDER BY ")
		p.args(w.Order)
		space = " "
	}
	for _, f := range w.Frame {
		p.b.WriteString(space + f.Text)
		if f.Value != nil {
			p.b.WriteByte(' ')
			p.expr(f.Value, bindAtom)
		}
		space = " "
	}
	p.b.WriteByte(')')
}
