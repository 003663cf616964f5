package plan

import (
	"strings"

	"github.com/egret-hunt/egret/internal/ir"
	"github.com/egret-hunt/egret/internal/pass"
)

// decides reports whether a rule with a Decision has events in the table, and takes what the table does not have out of its query: a
// comparison with a field that has no column there holds for no row. If nothing remains, the rule cannot run, which the plan says.
func (b *builder) decides(rule int, query *ir.Query) bool {
	d := b.set.Rules[rule].Decision
	if none(query.Where) || d.Rows != b.layout.OCSF() {
		return false // another rule finds its events
	}
	var first CannotRun
	where := ir.Rewrite(query.Where, func(e ir.Expr) ir.Expr {
		for _, f := range ir.Fields(e) {
			if _, fault, ok := b.columnsOf(f); !ok {
				if first.Reason == "" {
					first = fault
				}
				return &ir.ConstExpr{Span: e.Pos()}
			}
		}
		return e
	})
	if where = pass.Simplify(where); none(where) {
		first.Reference = ir.Reference{Index: rule}
		b.cannot[rule] = first
		return false
	}
	query.Where = where
	return true
}

// none reports whether an expression holds for no event.
func none(e ir.Expr) bool {
	c, ok := e.(*ir.ConstExpr)
	return ok && !c.Value
}

// readColumns returns the columns of the fields that the decider of a rule reads, as far as the table has them.
func (b *builder) readColumns(rule int) []Column {
	d := b.set.Rules[rule].Decision
	if d == nil {
		return nil
	}
	var list []Column
	read := func(name string) (reason string) {
		for _, path := range b.pathsOf(name) {
			columns, why := b.names.columns(path)
			reason = why
			list = append(list, b.withoutAbsent(columns)...)
		}
		return reason
	}
	for _, name := range d.Reads {
		if read(name) == "" {
			continue
		}
		// An object is a struct in the table. Whether it exists shows in its members.
		for _, member := range b.names.layout.Schema.Names() {
			if strings.HasPrefix(member, name+".") {
				read(member)
			}
		}
	}
	return list
}
