package sqlgen

import (
	"slices"
	"strconv"
)

func concat(first Expr, more ...Expr) Expr {
	for _, e := range more {
		first = Binary{"||", first, e}
	}
	return first
}

func number(n int) Expr { return Number(strconv.Itoa(n)) }

func lower(e Expr) Expr { return call("lower", e) }

// atUTC is a time with zone as the clock of UTC shows it.
func atUTC(time Expr) Expr { return Binary{"AT TIME ZONE", time, Text("UTC")} }

// sameExpr tells whether two expressions are the same.
func sameExpr(a, b Expr) bool {
	switch a := a.(type) {
	case Name:
		b, ok := b.(Name)
		return ok && slices.Equal(a, b)
	case Member:
		b, ok := b.(Member)
		return ok && a.Name == b.Name && sameExpr(a.Of, b.Of)
	case Cast:
		b, ok := b.(Cast)
		return ok && a.Type == b.Type && a.Try == b.Try && sameExpr(a.Of, b.Of)
	case Call:
		b, ok := b.(Call)
		return ok && a.Fn == b.Fn && slices.EqualFunc(a.Args, b.Args, sameExpr)
	}
	return trino.PrintExpr(a) == trino.PrintExpr(b)
}
