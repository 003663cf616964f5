package sqltree

import "strconv"

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
	if !s.From.empty() {
		p.line()
		p.b.WriteString("FROM ")
		p.source(&s.From)
	}
	for i := range s.Joins {
		p.line()
		p.b.WriteString("CROSS JOIN ")
		p.source(&s.Joins[i])
	}
	p.clause("WHERE ", s.Where)
	p.list("GROUP BY ", s.GroupBy)
	p.list("ORDER BY ", s.OrderBy)
	if s.Limit > 0 {
		p.line()
		p.b.WriteString("LIMIT " + strconv.Itoa(s.Limit))
	}
	for _, u := range s.Union {
		p.line()
		p.b.WriteString("UNION ALL")
		p.line()
		p.query(u)
	}
}

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
		p.fitted(c.Of, 0)
		if c.As != "" {
			p.b.WriteString(" AS ")
			p.name(c.As)
		}
	}
	p.indent--
}

func (p *printer) source(s *Source) {
	switch {
	case len(s.Except) > 0:
		p.b.WriteString("TABLE(exclude_columns(input => TABLE")
		p.nested(s.Query)
		p.b.WriteString(", columns => DESCRIPTOR(")
		for i, name := range s.Except {
			if i > 0 {
				p.b.WriteString(", ")
			}
			p.name(name)
		}
		p.b.WriteString(")))")
	case s.Query != nil:
		p.nested(s.Query)
	case s.Function != nil:
		p.expr(s.Function, 0)
		if s.Numbered {
			p.b.WriteString(" WITH ORDINALITY")
		}
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
	if !s.From.empty() {
		p.nested(s)
		return
	}
	p.b.WriteByte('(')
	p.query(s)
	p.b.WriteByte(')')
}

func (p *printer) list(keyword string, exprs []Expr) {
	if len(exprs) == 0 {
		return
	}
	p.line()
	p.b.WriteString(keyword)
	p.args(exprs)
}
