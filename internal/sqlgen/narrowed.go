package sqlgen

import (
	"github.com/egret-hunt/egret/internal/ir"
	"github.com/egret-hunt/egret/internal/sqlgen/sqltree"
)

// Narrowed returns the query for the rows for which listed or exact holds, with the columns left to the caller, as with
// Options.Open. It reads JSON only of rows for which listed or coarse holds: engines compute the columns of a query, such as
// paths into JSON, for every row before they look at the WHERE around it. coarse must hold wherever exact does.
//
// It returns nil if exact reads no JSON, if listed or coarse do, or if SQL cannot express one of them.
func Narrowed(listed, exact, coarse ir.Expr, opt Options) *sqltree.Select {
	e := newEmitter(opt.Dialect, opt.Layout, opt.Unmapped)
	where := e.expr(exact)
	e.copies()
	rows := e.table(opt)
	first, second := columnsOnly(listed, opt), columnsOnly(coarse, opt)
	if e.unlayered() || first == nil || second == nil || e.faults.HasErrors() {
		return nil
	}
	name := sqltree.Name{"is listed"}
	table := &sqltree.Select{From: rows.From, Where: rows.Where, Columns: []sqltree.Column{{Of: sqltree.Star{}}, {Of: first, As: name[0]}}}
	rows = e.layered(&sqltree.Select{From: sqltree.Source{Query: table, As: "rows"}, Where: sqltree.Or{name, second}})
	rows.Where = sqltree.Or{name, where}
	if !e.complete(rows, exact.Pos()) {
		return nil
	}
	return rows
}

// columnsOnly returns the condition for all rows for which a predicate holds, of any time; nil if it reads more than columns
// or SQL cannot express it.
func columnsOnly(predicate ir.Expr, opt Options) sqltree.Expr {
	e := newEmitter(opt.Dialect, opt.Layout, opt.Unmapped)
	where := e.expr(predicate)
	e.copies()
	if !e.unlayered() || e.faults.HasErrors() {
		return nil
	}
	return conjunction(append(e.accounts(opt), where)...)
}

// unlayered reports whether all that was emitted reads the columns of the table only.
func (e *emitter) unlayered() bool { return len(e.lowers)+len(e.bases)+len(e.lets) == 0 }
