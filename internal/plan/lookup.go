package plan

import (
	"fmt"
	"slices"
	"time"

	"github.com/egret-hunt/egret/internal/ir"
	"github.com/egret-hunt/egret/internal/sqlgen"
	"github.com/egret-hunt/egret/internal/sqlgen/sqltree"
	"github.com/egret-hunt/egret/internal/value"
)

// Lookup returns statements for complete events with the given ids, as findings contain them, in the range [from, to). Zero
// times stand for the range of the plan. Long lists result in several statements. Lookup returns nil unless the log's event
// id is a single field that the table has.
func (p *Plan) Lookup(ids []string, from, to time.Time) []*Statement {
	if len(p.Layout.Schema.ID) != 1 {
		return nil
	}
	field := ir.Field{Name: "event id", Paths: p.Layout.Schema.ID[0]}
	if _, _, ok := p.b.columnsOf(&field); !ok {
		return nil
	}
	return p.lists(Lookup, []ir.Field{field}, ids, from, to, p.b.everything())
}

// Context returns statements for the events of principals, as findings name them, in the range [from, to), with the columns
// that reports and facts need. Zero times stand for the range of the plan. If a log has several fields for principals, the statements
// also return events with a wanted name in a field that is not the event's principal. Context returns nil if the table has
// no principals.
func (p *Plan) Context(principals []string, from, to time.Time) []*Statement {
	facts, _ := p.b.factColumns(&ir.ConstExpr{Value: true}, nil)
	var fields []ir.Field
	for _, path := range p.Layout.Schema.Principal {
		field := ir.Field{Name: "principal", Paths: []value.Path{path}}
		if _, _, ok := p.b.columnsOf(&field); ok { // no finding has a principal from a field without a column
			fields = append(fields, field)
		}
	}
	return p.lists(Context, fields, principals, from, to, p.b.distinct(slices.Concat(p.b.report, p.b.facts.of(facts))))
}

// lists returns the statements for events in which one of fields has a wanted value.
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
	if len(list) > 0 && !list[0].expressible() {
		return nil
	}
	return list
}

// list returns a copy of the statement with other wanted values.
func (s *Statement) list(wanted []string) *Statement {
	half := *s
	half.wanted = wanted
	if s.follow != nil {
		half.where = s.follow.where(wanted)
		return &half
	}
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

// expressible reports whether SQL can read the fields of a list.
func (s *Statement) expressible() bool {
	_, faults := sqlgen.Detection(&ir.Query{Where: s.where}, nil, s.plan.b.sql(Chunk{}))
	return !faults.HasErrors()
}

// Limits of a list in a statement: the number of items that engines accept, and its size in bytes, which leaves room for
// the rest of the text.
const (
	maxListed      = 3000
	maxListedBytes = 160_000
)

// parts splits a list into parts that fit into a statement if it is written the given number of times.
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
		size := times * (len(b.opt.Dialect.PrintExpr(sqltree.Text(text))) + len(", "))
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

// everything returns the columns that reports and rules need.
func (b *builder) everything() []Column {
	columns := slices.Clone(b.report)
	for _, i := range b.indexes() {
		columns = append(columns, b.rules[i].columns...)
	}
	var facts [][]int
	for _, i := range b.indexes() {
		facts = append(facts, b.rules[i].facts)
	}
	return b.distinct(append(columns, b.facts.of(facts...)...))
}

// Label describes a statement for display: "rows of 812 rules", "counts for 12 correlations", "12 events by id", "events of
// 3 principals", "events that tie 5 identities to others".
func (s *Statement) Label() string {
	switch s.Kind {
	case Rows:
		return "rows of " + several(len(s.Rules), "rule")
	case Counts:
		return "counts for " + several(len(s.Correlations), "correlation")
	case Both:
		return s.rows.Label() + " and " + s.counts.Label()
	case Lookup:
		return several(len(s.wanted), "event") + " by id"
	case Context:
		return "events of " + several(len(s.wanted), "principal")
	case Follow:
		if len(s.wanted) == 1 {
			return "events that tie 1 identity to others"
		}
		return fmt.Sprintf("events that tie %d identities to others", len(s.wanted))
	}
	return s.Kind.String()
}

func several(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}
