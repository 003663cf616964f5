package ir

import (
	"fmt"

	"github.com/egret-hunt/egret/internal/value"
)

// Operands returns the operands of And, Or and Not, and nil for a leaf.
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

// Walk calls visit for an expression and then, if visit returned true, walks its operands in order.
func Walk(e Expr, visit func(Expr) bool) {
	if !visit(e) {
		return
	}
	for _, operand := range Operands(e) {
		Walk(operand, visit)
	}
}

// Rewrite builds a new expression from the leaves up. It calls change for each node, whose operands are already rewritten,
// and uses the result in place of the node. Unchanged nodes are shared with the old expression, which is not modified.
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

// Fields returns pointers to the fields of a leaf, and nil for expressions without fields.
func Fields(e Expr) []*Field {
	switch e := e.(type) {
	case *StringExpr:
		return []*Field{&e.Field}
	case *NumberExpr:
		return []*Field{&e.Field}
	case *TextOrderExpr:
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
	case *ListExpr:
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

// Clone returns a copy of a leaf with fields, so that they can be changed. It returns other expressions as they are.
func Clone(e Expr) Expr {
	switch e := e.(type) {
	case *StringExpr:
		c := *e
		return &c
	case *NumberExpr:
		c := *e
		return &c
	case *TextOrderExpr:
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
	case *ListExpr:
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

// Validate returns an error if an expression breaks an invariant that later stages rely on: operands are not nil, numbers
// are valid, patterns have no empty and no adjacent literals, and with bound set every field has paths.
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
			return fmt.Errorf("%T has a nil operand", e)
		}
	}
	for _, field := range Fields(e) {
		if field.Name == "" {
			return fmt.Errorf("%s: field without a name", Line(e))
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
	case *TextOrderExpr:
		if e.Op == NumberEqual {
			return fmt.Errorf("%s: operator = is not an order", Line(e))
		}
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
		switch {
		case part.Kind == Literal && (part.Text == "" || i > 0 && p[i-1].Kind == Literal):
			return fmt.Errorf("pattern %s has an empty literal or two adjacent literals", p)
		case part.Kind == Placeholder && part.Text == "":
			return fmt.Errorf("pattern %s has a placeholder without a name", p)
		case part.Kind != Literal && part.Kind != Placeholder && part.Text != "":
			return fmt.Errorf("pattern %s has a wildcard with text", p)
		}
	}
	return nil
}

func validateNumber(text string) error {
	if _, ok := value.ParseDecimal([]byte(text)); !ok {
		return fmt.Errorf("%q is not a number", text)
	}
	return nil
}
