package sqlgen

import (
	"fmt"
	"strings"
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
		if printable(string(e)) {
			return bindAtom
		}
		if _, joined := quoteText(string(e)); joined {
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
	b strings.Builder
	// indent is the depth of the line being written.
	indent int
	// start is where that line starts.
	start int
}

// Print is the text of a query, lines ended by line breaks.
func (d *Dialect) Print(s *Select) string {
	p := &printer{d: d}
	p.b.Grow(2048) // of a usual query
	for _, line := range s.Comments {
		p.b.WriteString("-- " + comment(line) + "\n")
	}
	p.start = p.b.Len()
	p.query(s)
	p.b.WriteByte('\n')
	return p.b.String()
}

// PrintExpr is the text of an expression on one line.
func (d *Dialect) PrintExpr(e Expr) string {
	p := &printer{d: d}
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

func (p *printer) query(s *Select) {
	for i, named := range s.With {
		if i == 0 {
			p.b.WriteString("WITH ")
		} else {
			p.b.WriteByte(',')
			p.line()
		}
		p.name(named.Name)
		p.b.WriteString(" AS ")
		if named.Alone && p.d.Materialized {
			p.b.WriteString("MATERIALIZED ")
		}
		p.nested(named.Select)
	}
	if len(s.With) > 0 {
		p.line()
	}
	p.b.WriteString("SELECT")
	if s.Distinct {
		p.b.WriteString(" DISTINCT")
	}
	p.columns(s.Columns)
	if len(s.From.Table)+len(s.From.Unnest) > 0 || s.From.Query != nil {
		p.line()
		p.b.WriteString("FROM ")
		p.source(&s.From)
	}
	for i := range s.Joins {
		p.join(&s.Joins[i])
	}
	p.clause("WHERE ", s.Where)
	p.list("GROUP BY ", s.GroupBy)
	p.clause("HAVING ", s.Having)
	if len(s.OrderBy) > 0 {
		p.line()
		p.orders("ORDER BY ", s.OrderBy)
	}
	for _, u := range s.Union {
		p.line()
		p.b.WriteString("UNION ALL")
		p.line()
		p.query(u)
	}
}

// lineWidth is where lists of names go on in the next line.
const lineWidth = 110

// columns are listed in lines where they are plain names, else each has its own.
func (p *printer) columns(columns []Column) {
	simple := true
	for _, c := range columns {
		switch c.Of.(type) {
		case Name, Star, Number, Bool:
		default:
			simple = simple && len(columns) == 1
		}
	}
	p.indent++
	for i, c := range columns {
		if i > 0 {
			p.b.WriteByte(',')
		}
		if simple && p.b.Len()-p.start < lineWidth {
			p.b.WriteByte(' ')
		} else {
			p.line()
		}
		p.expr(c.Of, 0)
		if c.As != "" {
			p.b.WriteString(" AS ")
			p.name(c.As)
		}
	}
	p.indent--
}

func (p *printer) source(s *Source) {
	switch {
	case s.Query != nil:
		p.nested(s.Query)
	case len(s.Unnest) > 0:
		p.b.WriteString("UNNEST(")
		p.args(s.Unnest)
		p.b.WriteByte(')')
	default:
		p.names(s.Table)
	}
	if s.As == "" {
		return
	}
	p.b.WriteString(" AS ")
	p.name(s.As)
	if len(s.Columns) > 0 {
		p.b.WriteByte('(')
		for i, column := range s.Columns {
			if i > 0 {
				p.b.WriteString(", ")
			}
			p.name(column)
		}
		p.b.WriteByte(')')
	}
}

func (p *printer) join(j *Join) {
	p.line()
	switch {
	case j.On == nil:
		p.b.WriteString("CROSS JOIN ")
	case j.Left:
		p.b.WriteString("LEFT JOIN ")
	default:
		p.b.WriteString("JOIN ")
	}
	p.source(&j.Source)
	if j.On != nil {
		p.b.WriteString(" ON ")
		p.expr(j.On, 0)
	}
}

func (p *printer) nested(s *Select) {
	p.b.WriteByte('(')
	p.indent++
	p.line()
	p.query(s)
	p.indent--
	p.line()
	p.b.WriteByte(')')
}

// scalar writes a query within an expression; one without a table stays on the line.
func (p *printer) scalar(s *Select) {
	if len(s.From.Table)+len(s.From.Unnest) > 0 || s.From.Query != nil {
		p.nested(s)
		return
	}
	p.b.WriteByte('(')
	p.query(s)
	p.b.WriteByte(')')
}

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
				p.b.WriteString(", ")
				p.expr(arg, 0)
			}
			p.indent--
			p.line()
			p.b.WriteByte(')')
			return
		}
	}
	if len(operands) < 2 {
		p.expr(e, outer)
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

func (p *printer) list(keyword string, exprs []Expr) {
	if len(exprs) == 0 {
		return
	}
	p.line()
	p.b.WriteString(keyword)
	p.args(exprs)
}

func (p *printer) orders(keyword string, orders []Order) {
	p.b.WriteString(keyword)
	for i, o := range orders {
		if i > 0 {
			p.b.WriteString(", ")
		}
		p.expr(o.Of, 0)
		if o.Desc {
			p.b.WriteString(" DESC")
		}
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
	p.b.WriteString(`"` + strings.ReplaceAll(name, `"`, `""`) + `"`)
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
	case Number:
		p.b.WriteString(string(e))
	case Bool:
		p.b.WriteString(map[Bool]string{true: "TRUE", false: "FALSE"}[e])
	case Null:
		p.b.WriteString("NULL")
	case Call:
		p.b.WriteString(e.Fn + "(")
		p.args(e.Args)
		p.b.WriteByte(')')
	case Binary:
		left, right := own, own+1
		switch {
		case own == bindCompare:
			left = own + 1 // comparisons do not chain
		case e.Op == "||":
			right = own // the same from either side
		}
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
		p.b.WriteString(map[bool]string{true: " IS NOT NULL", false: " IS NULL"}[e.Not])
	case In:
		p.expr(e.Of, bindCompare+1)
		p.b.WriteString(" IN (")
		p.args(e.List)
		p.b.WriteByte(')')
	case Like:
		p.expr(e.Of, bindCompare+1)
		p.b.WriteString(" LIKE ")
		p.expr(Text(e.Pattern), bindAtom)
		p.b.WriteString(` ESCAPE '\'`)
	default:
		p.compound(e)
	}
}

// text writes a literal.
func (p *printer) text(text string) {
	if !printable(text) || strings.IndexByte(text, '\'') >= 0 {
		text, _ = quoteText(text)
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
		p.b.WriteString(map[bool]string{true: "TRY_CAST(", false: "CAST("}[e.Try])
		p.expr(e.Of, 0)
		p.b.WriteString(" AS " + e.Type + ")")
	case Typed:
		p.b.WriteString(e.Type + " ")
		p.expr(Text(e.Text), bindAtom)
	case Lambda:
		if !p.d.LambdaArrow {
			p.b.WriteString("lambda " + strings.Join(e.Params, ", ") + ": ")
		} else if len(e.Params) == 1 {
			p.b.WriteString(e.Params[0] + " -> ")
		} else {
			p.b.WriteString("(" + strings.Join(e.Params, ", ") + ") -> ")
		}
		p.expr(e.Body, 0)
	case List:
		p.b.WriteString(p.d.ListOpen)
		p.args(e)
		p.b.WriteByte(']')
	case Star:
		if e.From != "" {
			p.name(e.From)
			p.b.WriteByte('.')
		}
		p.b.WriteByte('*')
	case Window:
		p.window(e)
	case Query:
		if e.Exists {
			p.b.WriteString("EXISTS ")
		}
		p.scalar(e.Select)
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
		p.orders(space+"ORDER BY ", w.Order)
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
