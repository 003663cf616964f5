package pass

import (
	"github.com/egret-hunt/egret/internal/ir"
	"github.com/egret-hunt/egret/internal/value"
)

// Bind gives every field of a query its paths, which a schema tells by the field's name. A field that has paths keeps
// them, so binding twice changes nothing.
func Bind(e ir.Expr, paths func(field string) []value.Path) ir.Expr {
	return ir.Rewrite(e, func(e ir.Expr) ir.Expr {
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
	})
}

// BindField gives one field its paths, if it has none yet.
func BindField(field *ir.Field, paths func(field string) []value.Path) {
	if field.Paths == nil {
		field.Paths = paths(field.Name)
	}
}
