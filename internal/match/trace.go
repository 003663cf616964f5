package match

import (
	"slices"

	"github.com/egret-hunt/egret/internal/ir"
	"github.com/egret-hunt/egret/internal/value"
)

// A Trace is the evaluation of one node of a query on one event.
type Trace struct {
	Expr ir.Expr
	Held bool
	// Values are the texts that a predicate's fields hold in the event, by field name; nil for nodes without field.
	Values   []FieldValues
	Operands []Trace
}

// FieldValues are the texts of a field's values in an event. There are none if the field is missing.
type FieldValues struct {
	Field string
	Texts []string
}

// Explain evaluates every node of a bound expression on an event, including nodes that the matcher would skip.
func Explain(e ir.Expr, doc *value.Doc) Trace {
	t := Trace{Expr: e}
	switch e := e.(type) {
	case *ir.AndExpr:
		t.Held = true
		for _, operand := range e.Operands {
			o := Explain(operand, doc)
			t.Held = t.Held && o.Held
			t.Operands = append(t.Operands, o)
		}
	case *ir.OrExpr:
		for _, operand := range e.Operands {
			o := Explain(operand, doc)
			t.Held = t.Held || o.Held
			t.Operands = append(t.Operands, o)
		}
	case *ir.NotExpr:
		o := Explain(e.Operand, doc)
		t.Held = !o.Held
		t.Operands = []Trace{o}
	default:
		p := Compile([]ir.Expr{e}, nil)
		m := p.NewMatcher()
		t.Held = len(m.Match(doc)) > 0
		for _, field := range ir.Fields(e) {
			values := FieldValues{Field: field.Name, Texts: Texts(*field, doc)}
			if !slices.ContainsFunc(t.Values, func(v FieldValues) bool { return v.Field == field.Name }) {
				t.Values = append(t.Values, values)
			}
		}
	}
	return t
}

// Texts returns the texts of a bound field's values in an event, in the order of the event, or nil if there are none.
func Texts(field ir.Field, doc *value.Doc) []string {
	var walker value.Walker
	for i := range field.Paths {
		var texts []string
		for _, leaf := range walker.Leaves(nil, doc, 0, &field.Paths[i]) {
			texts = append(texts, leaf.Doc.String(leaf.Node))
		}
		if len(texts) > 0 {
			return texts
		}
	}
	return nil
}
