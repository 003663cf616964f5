package sqlgen

import (
	"github.com/egret-hunt/egret/diag"
	"github.com/egret-hunt/egret/internal/ir"
	"github.com/egret-hunt/egret/internal/sqlgen/sqltree"
)

// MaxPacked is how many queries go into one statement: engines compile about a hundred predicates of the usual size into
// one expression, and refuse more.
const MaxPacked = 80

// Packed is a statement for several queries.
type Packed struct {
	// Select is nil if every query was refused.
	Select *sqltree.Select
	// Statements say of each query, in order, which fields it reads; their Select is the packed one or nil.
	Statements []*Statement
	// Faults has the diagnostics of each query.
	Faults []diag.List
}

// Pack makes one statement for several queries: a row for each event and query that holds for it, the query's rule in a
// column of its own before those of the table. It reads the table once.
func Pack(queries []*ir.Query, opt Options) *Packed {
	e := newEmitter(opt.Dialect, opt.Layout, opt.Unmapped)
	p := &Packed{}
	var rules sqltree.List
	var comments []string
	for _, q := range queries {
		before := len(e.lets)
		e.faults, e.fields, e.missing = nil, nil, nil
		where := e.expr(q.Where)
		statement := &Statement{Fields: e.fields, Missing: e.missing}
		p.Statements = append(p.Statements, statement)
		p.Faults = append(p.Faults, e.faults)
		if e.faults.HasErrors() {
			e.forget(before)
			continue
		}
		statement.Select = &sqltree.Select{}
		rules = append(rules, sqltree.Case{Whens: []sqltree.When{{If: where, Then: sqltree.Text(q.Rule)}}})
		comments = append(comments, q.Title+" ("+q.Rule+")")
	}
	if len(rules) == 0 {
		return p
	}
	d := opt.Dialect
	same := e.copies()
	events := e.rows(nil, opt)
	list, hit, rule := e.free("rules"), e.free("hit"), e.free("rule")
	events.Columns = []sqltree.Column{{Of: sqltree.Star{}}, {Of: d.Filter(rules, "x", sqltree.NotNull(sqltree.Name{"x"})), As: list}}
	rows := &sqltree.Select{
		From:  sqltree.Source{Query: events, As: "events"},
		Joins: []sqltree.Source{{Unnest: []sqltree.Expr{sqltree.Name{list}}, As: hit, Columns: []string{rule}}},
	}
	if same != nil {
		same.rest = append(same.rest, sqltree.Name{rule})
	}
	p.Select = e.own(rows, []sqltree.Column{{Of: sqltree.Name{rule}}}, []string{list}, same, opt)
	p.Select.Comments = comments
	if feature := d.LackingIn(p.Select); feature != "" {
		p.Select = nil
		for i, q := range queries {
			if p.Statements[i].Select != nil {
				e.faults = nil
				e.lacks(feature, q.Where.Pos())
				p.Faults[i] = append(p.Faults[i], e.faults...)
				p.Statements[i].Select = nil
			}
		}
		return p
	}
	for _, statement := range p.Statements {
		if statement.Select != nil {
			statement.Select = p.Select
		}
	}
	return p
}

// forget removes the names that were added for a refused query.
func (e *emitter) forget(before int) {
	for _, let := range e.lets[before:] {
		delete(e.byText, e.d.PrintExpr(let.Of))
	}
	e.lets = e.lets[:before]
	e.known = nil
}
