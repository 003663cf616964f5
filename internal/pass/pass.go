// Package pass holds rewrites of the query IR: same meaning in, same meaning out.
//
// Passes are plain functions and idempotent. Their order in Native is stated there; text back ends, which want the
// author's form, run none but Bind.
package pass

import (
	"github.com/egret-hunt/egret/internal/ir"
	"github.com/egret-hunt/egret/internal/value"
)

// Native prepares an expression for the native matcher: Bind, since paths are what it reads, then Simplify, which does
// not care for fields and leaves fewer nodes to compile.
func Native(e ir.Expr, paths func(field string) []value.Path) ir.Expr {
	return Simplify(Bind(e, paths))
}
