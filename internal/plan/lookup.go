package plan

import (
	"fmt"
	"slices"
	"time"

	"github.com/egret-hunt/egret/internal/ir"
	"github.com/egret-hunt/egret/internal/sqlgen"
	"github.com/egret-hunt/egret/internal/value"
)

// Lookup makes the statements that return events whole, by their ids as findings have them, in parts that engines take. The
// wanted events took place from one time on and before another; zero times are the bounds of the plan. It is for logs whose
// id is one field that the table has; nil for others.
func (p *Plan) Lookup(ids []string, from, to time.Time) []*Statement {
	if len(p.Profile.Schema.ID) != 1 {
		return nil
	}
	field := ir.Field{Name: "event id", Paths: p.Profile.Schema.ID[0]}
	if _, _, ok := p.b.home(&field); !ok {
		return nil
	}
	return p.lists(Lookup, []ir.Field{field}, ids, from, to, p.b.everything())
}

// Context makes the statements that return what principals, as findings name them, did from one time on and before another,
// with the columns that reports ask for; zero times are the bounds of the plan. Where a log names its principals in several
// fields, events come too in which another of these has the name. nil where the table does not say who did something.
func (p *Plan) Context(principals []string, from, to time.Time) []*Statement {
	var fields []ir.Field
	for _, path := range p.Profile.Schema.Principal {
		field := ir.Field{Name: "principal", Paths: []value.Path{path}}
		if _, _, ok := p.b.home(&field); ok { // what no row has is no principal of any finding
			fields = append(fields, field)
		}
	}
	return p.lists(Context, fields, principals, from, to, p.b.distinct(p.b.report))
}

// lists makes the statements for events of which one of the fields is on a list.
func (p *Plan) lists(kind Kind, fields []ir.Field, wanted []string, from, to time.Time, columns []Column) []*Statement {
	if from.IsZero() {
		from = p.b.opt.From
	}
	if to.IsZero() {
		to = p.b.opt.To
	}
	var list []*Statement
	for _, part := range p.b.parts(wanted, len(fields)) {
		s := &Statement{Kind: kind, plan: p, Columns: columns, fields: fields, from: from, to: to}
		list = append(list, s.list(part))
	}
	if len(list) > 0 && !list[0].sayable() {
		return nil
	}
	return list
}

// list is the same statement for other things on its list.
func (s *Statement) list(wanted []string) *Statement {
	half := *s
	half.wanted = wanted
	var any []ir.Expr
	for _, field := range s.fields {
		var or []ir.Expr
		for _, text := range wanted {
			or = append(or, &ir.StringExpr{Field: field, Pattern: ir.Pattern{{Kind: ir.Literal, Text: text}}, Cased: true})
		}
		any = append(any, &ir.OrExpr{Operands: or, List: true})
	}
	half.where = any[0]
	if len(any) > 1 {
		half.where = &ir.OrExpr{Operands: any}
	}
	return &half
}

// sayable tells whether SQL can read the fields of a list.
func (s *Statement) sayable() bool {
	_, faults := sqlgen.Detection(&ir.Query{Where: s.where}, nil, s.plan.b.sql(Slice{}))
	return !faults.HasErrors()
}

// Bounds of a list in a statement: engines take so many items, and its text is to leave room for the rest.
const (
	maxListed      = 3000
	maxListedBytes = 160_000
)

// parts cuts a list into what one statement holds, when it is written a number of times.
func (b *builder) parts(wanted []string, times int) [][]string {
	if times == 0 {
		return nil
	}
	limit := maxListedBytes
	if b.opt.Dialect.MaxBytes > 0 {
		limit = min(limit, b.opt.Dialect.MaxBytes/2)
	}
	var parts [][]string
	start, bytes := 0, 0
	for i, text := range wanted {
		size := times * (len(b.opt.Dialect.PrintExpr(sqlgen.Text(text))) + len(", "))
		if i > start && (bytes+size > limit || (i-start+1)*times > maxListed) {
			parts = append(parts, wanted[start:i])
			start, bytes = i, 0
		}
		bytes += size
	}
	if start < len(wanted) {
		parts = append(parts, wanted[start:])
	}
	return parts
}

// everything are the columns that reports or rules at hand ask for.
func (b *builder) everything() []Column {
	columns := slices.Clone(b.report)
	for _, i := range b.indexes() {
		columns = append(columns, b.rules[i].columns...)
	}
	return b.distinct(columns)
}

// Label says for people what a statement is for: "rows of 812 rules", "counts for 12 correlations", "12 events by id",
// "events of 3 principals".
func (s *Statement) Label() string {
	switch s.Kind {
	case Rows:
		return "rows of " + several(len(s.Rules), "rule")
	case Hits:
		return "counts for " + several(len(s.Correlations), "correlation")
	case Both:
		return s.rows.Label() + " and " + s.hits.Label()
	case Lookup:
		return several(len(s.wanted), "event") + " by id"
	case Context:
		return "events of " + several(len(s.wanted), "principal")
	}
	return s.Kind.String()
}

func several(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}
