package pass

import "github.com/egret-hunt/egret/internal/ir"

// Simplify returns an expression of the same meaning without redundant parts: operators nested in the same operator,
// operators with one operand, operands that others imply, constants, double negation, and wildcards at the ends of a pattern that the operator can
// express. Operands keep their order.
func Simplify(e ir.Expr) ir.Expr { return ir.Check("Simplify", ir.Rewrite(e, simplify), false) }

func simplify(e ir.Expr) ir.Expr {
	switch e := e.(type) {
	case *ir.AndExpr:
		return simplifyAnd(e)
	case *ir.OrExpr:
		return simplifyOr(e)
	case *ir.NotExpr:
		switch operand := e.Operand.(type) {
		case *ir.NotExpr:
			return operand.Operand
		case *ir.ConstExpr:
			return &ir.ConstExpr{Value: !operand.Value, Span: e.Span}
		case *ir.NullExpr:
			return &ir.ExistsExpr{Field: operand.Field, Span: e.Span}
		case *ir.ExistsExpr:
			return &ir.NullExpr{Field: operand.Field, Span: e.Span}
		}
	case *ir.StringExpr:
		return simplifyString(e)
	}
	return e
}

func simplifyAnd(e *ir.AndExpr) ir.Expr {
	operands, decided, changed := flatten(e.Operands, true)
	if decided == nil {
		var fewer bool
		operands, fewer = dropImplied(operands)
		changed = changed || fewer
	}
	switch {
	case decided != nil:
		return decided
	case len(operands) == 0:
		return &ir.ConstExpr{Value: true, Span: e.Span}
	case len(operands) == 1:
		return operands[0]
	case !changed:
		return e
	}
	return &ir.AndExpr{Operands: operands, Span: e.Span}
}

func simplifyOr(e *ir.OrExpr) ir.Expr {
	operands, decided, changed := flatten(e.Operands, false)
	switch {
	case decided != nil:
		return decided
	case len(operands) == 0:
		return &ir.ConstExpr{Span: e.Span}
	case len(operands) == 1:
		return operands[0]
	case !changed:
		return e
	}
	return &ir.OrExpr{Operands: operands, Span: e.Span}
}

// flatten flattens the operands of an And (neutral is true) or an Or (neutral is false) by one level and drops neutral
// constants. If a constant determines the result, flatten returns it as decided.
func flatten(operands []ir.Expr, neutral bool) (out []ir.Expr, decided ir.Expr, changed bool) {
	for _, operand := range operands {
		switch o := operand.(type) {
		case *ir.ConstExpr:
			if o.Value != neutral {
				return nil, o, true
			}
			changed = true
			continue
		case *ir.AndExpr:
			if neutral {
				out, changed = append(out, o.Operands...), true
				continue
			}
		case *ir.OrExpr:
			if !neutral {
				out, changed = append(out, o.Operands...), true
				continue
			}
		}
		out = append(out, operand)
	}
	return out, nil, changed
}

// simplifyString expresses `*` at the ends of a pattern by the operator. If every text matches the pattern, the result
// tests only whether the field exists.
func simplifyString(e *ir.StringExpr) ir.Expr {
	openStart := e.Op == ir.EndsWith || e.Op == ir.Contains
	openEnd := e.Op == ir.StartsWith || e.Op == ir.Contains
	var pattern ir.Pattern
	for i, part := range e.Pattern {
		if part.Kind == ir.AnyRun && i > 0 && e.Pattern[i-1].Kind == ir.AnyRun {
			continue
		}
		pattern = append(pattern, part)
	}
	if len(pattern) > 0 && pattern[0].Kind == ir.AnyRun {
		openStart = true
		pattern = pattern[1:]
	}
	if n := len(pattern); n > 0 && pattern[n-1].Kind == ir.AnyRun {
		openEnd = true
		pattern = pattern[:n-1]
	} else if n == 0 && openStart && len(e.Pattern) > 0 {
		openEnd = true // the pattern was a single *
	}
	if len(pattern) == 0 && (openStart || openEnd) {
		return &ir.ExistsExpr{Field: e.Field, Span: e.Span}
	}
	op := ir.Equal
	switch {
	case openStart && openEnd:
		op = ir.Contains
	case openStart:
		op = ir.EndsWith
	case openEnd:
		op = ir.StartsWith
	}
	if op == e.Op && len(pattern) == len(e.Pattern) {
		return e
	}
	return &ir.StringExpr{Field: e.Field, Op: op, Pattern: pattern, Cased: e.Cased, CaseImplied: e.CaseImplied, Span: e.Span}
}
