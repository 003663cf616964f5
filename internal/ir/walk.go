package ir

import (
	"fmt"

	"github.com/egret-hunt/egret/internal/value"
)

// Operands are the operands of And, Or and Not, nil for a leaf.
func Operands(e Expr) []Expr {
	switch e := e.(type) {
	case *AndExpr:
		return e.Operands
	case *OrExpr:
		return e.Operands
	case *NotExpr:
		return []Expr{e.Operand}
	}
	return nil
}

// Walk calls visit for an expression and, where visit returns true, for what is below it, in order.
func Walk(e Expr, visit func(Expr) bool) {
	if !visit(e) {
		return
	}
	for _, operand := range Operands(e) {
		Walk(operand, visit)
	}
}

// Rewrite builds a new expression from the leaves up: change gets each node with its operands already rewritten, and
// returns what stands in its place. Nodes that stay the same are shared with the old expression, which is not touched.
func Rewrite(e Expr, change func(Expr) Expr) Expr {
	switch e := e.(type) {
	case *AndExpr:
		if operands, changed := rewriteAll(e.Operands, change); changed {
			return change(&AndExpr{Operands: operands, List: e.List, Span: e.Span})
		}
	case *OrExpr:
		if operands, changed := rewriteAll(e.Operands, change); changed {
			return change(&OrExpr{Operands: operands, List: e.List, Span: e.Span})
		}
	case *NotExpr:
		if operand := Rewrite(e.Operand, change); operand != e.Operand {
			return change(&NotExpr{Operand: operand, Span: e.Span})
		}
	}
	return change(e)
}

func rewriteAll(exprs []Expr, change func(Expr) Expr) ([]Expr, bool) {
	var out []Expr
	for i, e := range exprs {
		rewritten := Rewrite(e, change)
		if out == nil && rewritten != e {
			out = append(make([]Expr, 0, len(exprs)), exprs[:i]...)
		}
		if out != nil {
			out = append(out, rewritten)
		}
	}
	return out, out != nil
}

// Fields are the fields that a leaf reads, by reference; nil for expressions without any.
func Fields(e Expr) []*Field {
	switch e := e.(type) {
	case *StringExpr:
		return []*Field{&e.Field}
	case *NumberExpr:
		return []*Field{&e.Field}
	case *BoolExpr:
		return []*Field{&e.Field}
	case *NullExpr:
		return []*Field{&e.Field}
	case *ExistsExpr:
		return []*Field{&e.Field}
	case *RegexExpr:
		if e.Field.Name == "" {
			return nil
		}
		return []*Field{&e.Field}
	case *CIDRExpr:
		return []*Field{&e.Field}
	case *FieldRefExpr:
		return []*Field{&e.Field, &e.Other}
	case *TimePartExpr:
		return []*Field{&e.Field}
	case *AndExpr, *OrExpr, *NotExpr, *ConstExpr, *KeywordExpr, *BaseExpr:
		return nil
	}
	panic(fmt.Sprintf("egret bug: expression %T", e))
}

// Clone copies a leaf, so that its fields can be changed; And, Or and Not are returned as they are.
func Clone(e Expr) Expr {
	switch e := e.(type) {
	case *StringExpr:
		c := *e
		return &c
	case *NumberExpr:
		c := *e
		return &c
	case *BoolExpr:
		c := *e
		return &c
	case *NullExpr:
		c := *e
		return &c
	case *ExistsExpr:
		c := *e
		return &c
	case *RegexExpr:
		c := *e
		return &c
	case *CIDRExpr:
		c := *e
		return &c
	case *FieldRefExpr:
		c := *e
		return &c
	case *TimePartExpr:
		c := *e
		return &c
	}
	return e
}

// Validate says what is wrong with an expression that lowering or a pass has built; nil means that later stages can
// rely on it: operands are there, numbers are numbers, patterns have no empty and no neighbouring literals, and with
// bound set every field has its paths.
func Validate(e Expr, bound bool) error {
	var fault error
	Walk(e, func(e Expr) bool {
		if fault != nil {
			return false
		}
		fault = validateNode(e, bound)
		return fault == nil
	})
	return fault
}

func validateNode(e Expr, bound bool) error {
	for _, operand := range Operands(e) {
		if operand == nil {
			return fmt.Errorf("%T has an operand that is nil", e)
		}
	}
	for _, field := range Fields(e) {
		if field.Name == "" {
			return fmt.Errorf("%s: a field without name", Line(e))
		}
		if bound && len(field.Paths) == 0 {
			return fmt.Errorf("%s: field %s is not bound", Line(e), field.Name)
		}
	}
	switch e := e.(type) {
	case *StringExpr:
		return validatePattern(e.Pattern)
	case *KeywordExpr:
		return validatePattern(e.Pattern)
	case *NumberExpr:
		return validateNumber(e.Text)
	case *TimePartExpr:
		return validateNumber(e.Text)
	case *CIDRExpr:
		if e.Prefix != e.Prefix.Masked() || e.Prefix.Addr().Is4In6() && e.Prefix.Bits() >= 96 {
			return fmt.Errorf("prefix %s is not canonical", e.Prefix)
		}
	}
	return nil
}

func validatePattern(p Pattern) error {
	for i, part := range p {
		if part.Kind == Literal && (part.Text == "" || i > 0 && p[i-1].Kind == Literal) {
			return fmt.Errorf("pattern %s has an empty or a split literal", p)
		}
	}
	return nil
}

func validateNumber(text string) error {
	if _, ok := value.ParseDecimal([]byte(text)); !ok {
		return fmt.Errorf("%q is no number", text)
	}
	return nil
}
