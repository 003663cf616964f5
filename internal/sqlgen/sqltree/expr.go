package sqltree

import (
	"slices"
	"strconv"
)

// Concat joins texts with ||.
func Concat(first Expr, more ...Expr) Expr {
	for _, e := range more {
		first = Binary{"||", first, e}
	}
	return first
}

// Int is a whole number.
func Int(n int) Expr { return Number(strconv.Itoa(n)) }

// Lower is a text in lower case.
func Lower(e Expr) Expr { return Fn("lower", e) }

// Same reports whether two expressions are the same.
func Same(a, b Expr) bool {
	switch a := a.(type) {
	case Name:
		b, ok := b.(Name)
		return ok && slices.Equal(a, b)
	case Member:
		b, ok := b.(Member)
		return ok && a.Name == b.Name && Same(a.Of, b.Of)
	case Cast:
		b, ok := b.(Cast)
		return ok && a.Type == b.Type && a.Try == b.Try && Same(a.Of, b.Of)
	case Call:
		b, ok := b.(Call)
		return ok && a.Fn == b.Fn && slices.EqualFunc(a.Args, b.Args, Same)
	}
	return trino.PrintExpr(a) == trino.PrintExpr(b)
}

// Coalesce is the first of its arguments that is not NULL.
func Coalesce(args ...Expr) Expr { return Fn("COALESCE", args...) }

// Plus adds expressions, at least one.
func Plus(exprs ...Expr) Expr {
	sum := exprs[0]
	for _, e := range exprs[1:] {
		sum = Binary{"+", sum, e}
	}
	return sum
}

// Minus subtracts.
func Minus(a, b Expr) Expr { return Binary{"-", a, b} }

// Times multiplies.
func Times(a, b Expr) Expr { return Binary{"*", a, b} }
