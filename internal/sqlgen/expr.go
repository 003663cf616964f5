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

// atUTC is a time with zone as the clock of UTC shows it.
func atUTC(time Expr) Expr { return Binary{"AT TIME ZONE", time, Text("UTC")} }
