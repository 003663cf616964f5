package sqlgen

import (
	"slices"
	"strconv"
	"strings"

	"github.com/egret-hunt/egret/diag"
	"github.com/egret-hunt/egret/internal/ir"
	"github.com/egret-hunt/egret/internal/schema"
	"github.com/egret-hunt/egret/internal/sqlgen/sqltree"
	"github.com/egret-hunt/egret/source"
)

// Sought describes the events that Candidates selects.
type Sought struct {
	// Rules are predicates, at least one; they should read columns only.
	Rules []ir.Expr
	// Listed, Exact and Coarse are of a further one, nil for none: it holds where Listed or Exact does. Where Exact reads JSON,
	// Coarse is a superset of it that does not, nil where Exact is nil.
	Listed, Exact, Coarse ir.Expr
	// Fields lead to one value.
	Fields []ir.Field
	// Columns are expressions over the table's columns.
	Columns []sqltree.Expr
}

// span returns the position of the first predicate.
func (s *Sought) span() source.Span {
	if len(s.Rules) > 0 {
		return s.Rules[0].Pos()
	}
	return s.Listed.Pos()
}

// Candidates makes the query for the events of the time range: ts, its time in nanoseconds since
// 1970-01-01T00:00:00Z, which may lack the part of a second, NULL without one; whether each of the predicates holds (b1,
// b2 …, the further one last), NULL or false for no; the text of each field (f1, f2 …); and the columns (c1, c2 …). All must
// be bound. A list with errors comes without a query.
func Candidates(s Sought, opt Options) (*sqltree.Select, diag.List) {
	e := newEmitter(opt.Dialect, opt.Layout, opt.Unmapped)
	e.lowering = true
	// flags are computed first, of every event: what walks through JSON follows for those that are left.
	var flags []sqltree.Column
	flag := func(predicate ir.Expr) sqltree.Expr {
		var any sqltree.Or
		for _, part := range e.d.Parts(e.expr(predicate)) {
			name := sqltree.Name{e.free("holds " + strconv.Itoa(len(flags)+1))}
			flags = append(flags, sqltree.Column{Of: part, As: name[0]})
			any = append(any, name)
		}
		return anyOf(any)
	}
	var list []sqltree.Column
	var walked sqltree.Expr // holds for events whose JSON is read
	for i, rule := range s.Rules {
		list = append(list, sqltree.Column{Of: flag(rule), As: numbered("b", i)})
	}
	if s.Listed != nil {
		holds := flag(s.Listed)
		if s.Exact != nil {
			walked = flag(s.Coarse)
			holds = sqltree.Or{holds, e.expr(s.Exact)}
		}
		list = append(list, sqltree.Column{Of: holds, As: numbered("b", len(s.Rules))})
	}
	for i := range s.Fields {
		text := sqltree.Expr(sqltree.Null{})
		if l, ok := e.field(&s.Fields[i], false); ok && l.one != nil {
			text = e.text(l)
		} else {
			e.refusef(s.Fields[i].Span, "field-in-table", "it may have several values there", "field %q cannot be grouped by", s.Fields[i].Name)
		}
		list = append(list, sqltree.Column{Of: text, As: numbered("f", i)})
	}
	for i, of := range s.Columns {
		list = append(list, sqltree.Column{Of: of, As: numbered("c", i)})
	}
	at := e.secondOf()
	rows := e.rows(nil, opt)
	if e.faults.HasErrors() {
		return nil, e.faults
	}
	rows.Columns = append([]sqltree.Column{{Of: at, As: "ts"}}, list...)
	rows = e.flagged(rows, flags, walked)
	if !e.complete(rows, s.span()) {
		return nil, e.faults
	}
	return rows, e.faults
}

// flagged puts the flags before whatever a query computes, so that each is computed once: a plain WHERE over them would be moved
// below them by engines, and compute them again. Where the flags need what the query computes, they follow it. walked, if not
// nil, holds for the events of which JSON is read.
func (e *emitter) flagged(rows *sqltree.Select, flags []sqltree.Column, walked sqltree.Expr) *sqltree.Select {
	first := func(of *sqltree.Select) {
		of.From = sqltree.Source{Query: &sqltree.Select{From: of.From, Where: of.Where, Columns: append([]sqltree.Column{{Of: sqltree.Star{}}}, flags...)}, As: e.free("flagged")}
		of.Where = e.d.Settled(flags)
	}
	table := rows
	for table.From.Query != nil && (len(e.lowers) == 0 || table.From.Query.From.Query != nil) {
		table = table.From.Query
	}
	if slices.ContainsFunc(flags, e.reads) {
		first(rows)
		return rows
	}
	first(table)
	// JSON is read for the exact predicate alone.
	for level := rows.From.Query; walked != nil && table != rows; level = level.From.Query {
		for i := range level.Columns {
			if _, star := level.Columns[i].Of.(sqltree.Star); !star {
				level.Columns[i].Of = sqltree.If(walked, level.Columns[i].Of, nil)
			}
		}
		if level == table {
			break
		}
	}
	return rows
}

// reads reports whether a column depends on a column that was added to those of the table.
func (e *emitter) reads(c sqltree.Column) bool {
	text := e.d.PrintExpr(c.Of)
	for _, more := range [][]sqltree.Column{e.bases, e.lets} {
		for _, added := range more {
			if strings.Contains(text, e.d.PrintExpr(sqltree.Name{added.As})) {
				return true
			}
		}
	}
	return false
}

// secondOf is eventTime, maybe without the part of a second, which costs less for times in the form that most logs have.
// Where the time stands in another place, it is NULL: the events stay, and whoever gets them looks there.
func (e *emitter) secondOf() sqltree.Expr {
	e.usual = true
	defer func() { e.usual = false }()
	exact := e.eventTime([]int{0}, []*ir.Query{{Where: &ir.ConstExpr{}}})
	if e.layout.Time == nil || e.layout.Time.Format != schema.TimeText {
		return exact
	}
	at, reason := e.timePlace(e.layout.Time)
	if reason != "" {
		return exact
	}
	at = e.short("event time", at)
	usual := sqltree.And{sqltree.Compare("=", sqltree.Fn("length", at), sqltree.Int(len("2006-01-02T15:04:05Z"))), e.d.Matches(at, "____-__-__T__:__:__Z")}
	seconds := e.d.UsualSeconds(at)
	if e.d.Lacking(seconds) != "" {
		seconds = e.d.EpochSeconds(e.d.Timestamp(at))
	}
	return sqltree.Case{Whens: []sqltree.When{{If: usual, Then: seconds}}, Else: exact}
}
