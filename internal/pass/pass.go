// Package pass rewrites the query IR. Bind and Simplify keep the meaning of a query; Relax and Superset return queries that
// match at least the same events.
//
// Passes are plain, idempotent functions. Native documents their order for the matcher. Text back ends keep the author's
// form and run only Bind.
package pass

import (
	"github.com/egret-hunt/egret/internal/ir"
	"github.com/egret-hunt/egret/internal/value"
)

// Native prepares an expression for the native matcher. It runs Bind, since the matcher reads paths, and then Simplify,
// which leaves fewer nodes to compile.
func Native(e ir.Expr, paths func(field string) []value.Path) ir.Expr {
	return Simplify(Bind(e, paths))
}
