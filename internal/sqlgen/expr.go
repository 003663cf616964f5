package sqlgen

import "strconv"

func concat(first Expr, more ...Expr) Expr {
	for _, e := range more {
		first = Binary{"||", first, e}
	}
	return first
}

func number(n int) Expr { return Number(strconv.Itoa(n)) }

func lower(e Expr) Expr { return call("lower", e) }
