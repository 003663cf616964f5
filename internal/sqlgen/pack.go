package sqlgen

import (
	"github.com/egret-hunt/egret/diag"
	"github.com/egret-hunt/egret/internal/ir"
)

// MaxPacked is how many queries go into one statement: engines compile about a hundred predicates of the usual size into
// one expression, and refuse more.
const MaxPacked = 80

// Packed is a statement for several queries.
type Packed struct {
	// Select is nil where every query was refused.
	Select *Select
	// Statements say of each query, in order, which fields it reads; their Select is the packed one or nil.
	Statements []*Statement
	// Faults are the diagnostics of each query.
	Faults []diag.List
}

// Pack makes one statement for several queries: a row for each event and query that holds for it, the query's rule in a
// column of its own before those of the table. It reads the table once.
func Pack(queries []*ir.Query, opt Options) *Packed {
	e := newEmitter(opt.Dialect, opt.Profile, opt.Unmapped)
	p := &Packed{}
	var rules List
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
		statement.Select = &Select{}
		rules = append(rules, Case{Whens: []When{{where, Text(q.Rule)}}})
		comments = append(comments, q.Title+" ("+q.Rule+")")
	}
	if len(rules) == 0 {
		return p
	}
	d := opt.Dialect
	same := e.copies()
	events := e.rows(nil, opt)
	list, hit, rule := e.free("rules"), e.free("hit"), e.free("rule")
	events.Columns = []Column{{Of: Star{}}, {Of: d.filter(rules, "x", notNull(Name{"x"})), As: list}}
	rows := &Select{
		From:  Source{Query: events, As: "events"},
		Joins: []Source{{Unnest: []Expr{Name{list}}, As: hit, Columns: []string{rule}}},
	}
	if same != nil {
		same.rest = append(same.rest, Name{rule})
	}
	p.Select = e.own(rows, []Column{{Of: Name{rule}}}, []string{list}, same, opt)
	p.Select.Comments = comments
	for _, statement := range p.Statements {
		if statement.Select != nil {
			statement.Select = p.Select
		}
	}
	return p
}

// forget takes back the names that a refused query was given.
func (e *emitter) forget(before int) {
	for _, let := range e.lets[before:] {
		delete(e.byText, e.d.PrintExpr(let.Of))
	}
	e.lets = e.lets[:before]
	e.known = nil
}
