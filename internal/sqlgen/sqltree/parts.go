package sqltree

import "slices"

// Parts divides an OR into expressions of which one holds where the OR does, each short enough to be compiled (see MaxCompiled).
// It divides an AND whose last operand is a long OR too: each part has the other operands. Other expressions are one part.
func (d *Dialect) Parts(e Expr) []Expr {
	if d.MaxCompiled == 0 || operations(e) <= d.MaxCompiled {
		return []Expr{e}
	}
	var parts []Expr
	switch e := e.(type) {
	case Or:
		var part Or
		size := 0
		flush := func() {
			switch len(part) {
			case 0:
			case 1:
				parts = append(parts, part[0])
			default:
				parts = append(parts, part)
			}
			part, size = nil, 0
		}
		for _, operand := range e {
			n := operations(operand)
			if size+n > d.MaxCompiled {
				flush()
			}
			if n > d.MaxCompiled {
				parts = append(parts, d.Parts(operand)...)
				continue
			}
			part, size = append(part, operand), size+n
		}
		flush()
	case And:
		last := len(e) - 1
		for _, operand := range d.Parts(e[last]) {
			parts = append(parts, append(e[:last:last], operand))
		}
	}
	if len(parts) == 0 {
		return []Expr{e}
	}
	return parts
}

// operations returns the number of operations of an expression. A list of values to compare with is one, since engines hash it.
func operations(e Expr) int {
	n := 0
	Walk(e, func(e Expr) bool {
		switch e := e.(type) {
		case In:
			n += 1 + operations(e.Of)
			return false
		case Call, Binary, Not, IsNull, Like, Case, Cast:
			n++
		}
		return true
	})
	return n
}

// Settled returns a condition for rows of which one of the columns holds, for a query over the one that computes the columns.
// The engine computes each column once and as an expression of its own. It is nil for engines that do not compile expressions.
func (d *Dialect) Settled(columns []Column) Expr {
	if d.MaxCompiled == 0 {
		return nil
	}
	var names []Expr
	for _, c := range columns {
		names = append(names, Name{c.As})
	}
	// COALESCE holds for no other rows, but names each column again.
	return append(Or(names), Call{Fn: "COALESCE", Args: append(slices.Clip(names), Bool(false))})
}
