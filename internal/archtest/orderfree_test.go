package archtest

import (
	"go/ast"
	"go/token"
	"go/types"
	"slices"
	"strings"
)

// orderFree recognizes loops that have the same effect in any order: they fill maps, add integers, take a maximum,
// collect items that are sorted afterwards, or look for an item of some kind.
type orderFree struct {
	info *types.Info
	file *ast.File
	loop *ast.RangeStmt
}

// all reports whether every statement of a list is order-free.
func (o *orderFree) all(list []ast.Stmt) bool {
	return !slices.ContainsFunc(list, func(s ast.Stmt) bool { return !o.statement(s) })
}

func (o *orderFree) statement(s ast.Stmt) bool {
	switch s := s.(type) {
	case nil, *ast.IncDecStmt, *ast.DeclStmt, *ast.EmptyStmt:
		return true
	case *ast.BranchStmt:
		return s.Tok == token.CONTINUE
	case *ast.BlockStmt:
		return o.all(s.List)
	case *ast.IfStmt:
		return o.statement(s.Init) && o.all(s.Body.List) && o.statement(s.Else)
	case *ast.ForStmt:
		return o.all(s.Body.List)
	case *ast.RangeStmt:
		return o.all(s.Body.List)
	case *ast.SwitchStmt:
		return o.statement(s.Init) && o.all(s.Body.List)
	case *ast.CaseClause:
		return o.all(s.Body)
	case *ast.ReturnStmt:
		return !slices.ContainsFunc(s.Results, func(e ast.Expr) bool { return !o.constant(e) })
	case *ast.ExprStmt:
		call, ok := s.X.(*ast.CallExpr)
		if !ok {
			return false
		}
		name, isName := call.Fun.(*ast.Ident)
		return isName && (name.Name == "delete" || name.Name == "clear")
	case *ast.AssignStmt:
		return o.assignment(s)
	}
	return false
}

// constant reports whether an expression has the same value for every item.
func (o *orderFree) constant(e ast.Expr) bool {
	value := o.info.Types[e]
	return value.Value != nil || value.IsNil()
}

func (o *orderFree) assignment(s *ast.AssignStmt) bool {
	for i, left := range s.Lhs {
		var right ast.Expr
		if len(s.Rhs) == len(s.Lhs) {
			right = s.Rhs[i]
		}
		if !o.assigned(left, right, s.Tok) {
			return false
		}
	}
	return true
}

func (o *orderFree) assigned(left, right ast.Expr, tok token.Token) bool {
	switch left := left.(type) {
	case *ast.IndexExpr:
		if isMap(o.info.TypeOf(left.X)) {
			return true
		}
	case *ast.Ident:
		if left.Name == "_" || o.inside(left) {
			return true
		}
	}
	if right == nil {
		return false
	}
	basic, ok := o.info.TypeOf(left).Underlying().(*types.Basic)
	switch {
	case tok != token.ASSIGN && tok != token.DEFINE: // x += y
		return ok && basic.Info()&types.IsInteger != 0
	case ok && o.constant(right):
		return true
	}
	name := types.ExprString(left)
	switch right := right.(type) {
	case *ast.BinaryExpr:
		return (right.Op == token.LOR || right.Op == token.LAND) && types.ExprString(right.X) == name
	case *ast.CallExpr:
		called, _ := right.Fun.(*ast.Ident)
		if called == nil || len(right.Args) == 0 || types.ExprString(right.Args[0]) != name {
			return false
		}
		return called.Name == "max" || called.Name == "min" || called.Name == "append" && o.sortedLater(name)
	}
	return false
}

// inside reports whether a variable is declared inside the loop.
func (o *orderFree) inside(name *ast.Ident) bool {
	of := o.info.ObjectOf(name)
	return of != nil && of.Pos() >= o.loop.Pos() && of.Pos() < o.loop.End()
}

// sortedLater reports whether a list is sorted after the loop in the same function.
func (o *orderFree) sortedLater(name string) bool {
	var function ast.Node
	ast.Inspect(o.file, func(n ast.Node) bool {
		if n == nil || n.Pos() > o.loop.Pos() || n.End() < o.loop.End() {
			return false
		}
		switch n.(type) {
		case *ast.FuncDecl, *ast.FuncLit:
			function = n
		}
		return true
	})
	found := false
	ast.Inspect(function, func(n ast.Node) bool {
		call, ok := n.(*ast.CallExpr)
		if !ok || call.Pos() < o.loop.End() {
			return true
		}
		called := types.ExprString(call.Fun)
		found = found || called == name+".Sort" ||
			(strings.HasPrefix(called, "slices.Sort") || strings.HasPrefix(called, "sort.")) && types.ExprString(call.Args[0]) == name
		return true
	})
	return found
}
