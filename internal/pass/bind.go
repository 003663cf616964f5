package pass

import (
	"github.com/egret-hunt/egret/internal/ir"
	"github.com/egret-hunt/egret/internal/value"
)

// Bind returns a query in which every field has its paths. paths returns the paths of a field name, as a schema defines
// them. A field that already has paths keeps them, so Bind is idempotent.
func Bind(e ir.Expr, paths func(field string) []value.Path) ir.Expr {
	return ir.Check("Bind", ir.Rewrite(e, func(e ir.Expr) ir.Expr {
		bound := true
		for _, field := range ir.Fields(e) {
			bound = bound && field.Paths != nil
		}
		if bound {
			return e
		}
		c := ir.Clone(e)
		for _, field := range ir.Fields(c) {
			BindField(field, paths)
		}
		return c
	}), true)
}

// BindField sets the paths of one field if it has none yet.
func BindField(field *ir.Field, paths func(field string) []value.Path) {
	if field.Paths == nil {
		field.Paths = paths(field.Name)
	}
}
