package stixmap

import (
	"strings"

	"github.com/egret-hunt/egret/internal/ir"
	"github.com/egret-hunt/egret/internal/stixmatch"
	"github.com/egret-hunt/egret/stix"
)

// Lower returns a query that holds for every event whose observation satisfies a condition, and perhaps for others. It is nil if no
// event can satisfy it: the mapping has none of the paths that it needs. lacks are the paths that the mapping does not have.
//
// With loose, the condition is one of stixmatch.Options.Loose.
func (m *Mapping) Lower(expr stix.ComparisonExpr, loose bool) (where ir.Expr, lacks []*stix.Path) {
	l := lowering{mapping: m, loose: loose}
	where = l.condition(expr)
	if c, ok := where.(*ir.ConstExpr); ok && !c.Value {
		where = nil
	}
	return where, l.lacks
}

type lowering struct {
	mapping *Mapping
	loose   bool
	lacks   []*stix.Path
}

var never, always = &ir.ConstExpr{}, &ir.ConstExpr{Value: true}

func (l *lowering) condition(expr stix.ComparisonExpr) ir.Expr {
	switch expr := expr.(type) {
	case *stix.ComparisonOperator:
		operands := make([]ir.Expr, len(expr.Operands))
		for i, operand := range expr.Operands {
			operands[i] = l.condition(operand)
		}
		if expr.Operator == "AND" {
			return and(operands)
		}
		return or(operands)
	case *stix.Comparison:
		return l.comparison(expr)
	case *stix.Exists:
		list, typed := l.mapping.places(&expr.Path)
		switch {
		case !typed || len(list) == 0 && !expr.Not:
			l.lacks = append(l.lacks, &expr.Path)
			return never
		case expr.Not:
			return always
		}
		operands := make([]ir.Expr, len(list))
		for i := range list {
			operands[i] = list[i].exists()
		}
		return or(operands)
	}
	panic("egret bug: an unknown condition")
}

// and joins expressions and drops constants.
func and(operands []ir.Expr) ir.Expr {
	var kept []ir.Expr
	for _, e := range operands {
		if c, ok := e.(*ir.ConstExpr); !ok {
			kept = append(kept, e)
		} else if !c.Value {
			return never
		}
	}
	switch len(kept) {
	case 0:
		return always
	case 1:
		return kept[0]
	}
	return &ir.AndExpr{Operands: kept}
}

// or joins expressions and drops constants.
func or(operands []ir.Expr) ir.Expr {
	var kept []ir.Expr
	for _, e := range operands {
		if c, ok := e.(*ir.ConstExpr); !ok {
			kept = append(kept, e)
		} else if c.Value {
			return always
		}
	}
	switch len(kept) {
	case 0:
		return never
	case 1:
		return kept[0]
	}
	return &ir.OrExpr{Operands: kept}
}

func (l *lowering) comparison(c *stix.Comparison) ir.Expr {
	list, _ := l.mapping.places(&c.Path)
	if len(list) == 0 {
		l.lacks = append(l.lacks, &c.Path)
		return never
	}
	operands := make([]ir.Expr, len(list))
	for i := range list {
		if l.loose {
			operands[i] = list[i].compareLoosely(c)
		} else {
			operands[i] = list[i].compare(c)
		}
	}
	return or(operands)
}

// exists holds if the value may exist.
func (at *place) exists() ir.Expr {
	fields := at.fields()
	if len(fields) == 0 {
		return always
	}
	operands := make([]ir.Expr, len(fields))
	for i, name := range fields {
		operands[i] = &ir.ExistsExpr{Field: ir.Field{Name: name}}
	}
	return or(operands)
}

// compare holds if the comparison may hold for the value.
func (at *place) compare(c *stix.Comparison) ir.Expr {
	switch {
	case c.Not || c.Operator == "!=" || stixmatch.Bytes(&c.Path):
		return at.exists()
	case at.ref: // its text is not known outside of an observation
		return never
	case at.whole:
		return at.exists()
	}
	switch c.Operator {
	case "=", "IN":
		operands := make([]ir.Expr, len(c.Values))
		for i := range c.Values {
			operands[i] = at.equal(&c.Values[i])
		}
		return or(operands)
	case "LIKE":
		return at.like(c.Values[0].Text)
	case "MATCHES":
		return at.matches(c.Values[0].Text)
	case "ISSUBSET":
		return at.subset(c.Values[0].Text)
	case "ISSUPERSET":
		return at.exists()
	}
	return at.order(c.Operator, &c.Values[0])
}

// field is the field of a value that is from one.
func (at *place) field() ir.Field {
	if at.name == "" {
		at.name = within(at.each, at.value.From)
	}
	return ir.Field{Name: at.name}
}

func literal(text string) ir.Pattern {
	if text == "" {
		return nil
	}
	return ir.Pattern{{Kind: ir.Literal, Text: text}}
}

func (at *place) text(text string, cased bool) ir.Expr {
	return &ir.StringExpr{Field: at.field(), Pattern: literal(text), Cased: cased}
}

// equal holds if the value may equal a literal.
func (at *place) equal(l *stix.Literal) ir.Expr {
	v := at.value
	switch l.Kind {
	case stix.String:
	case stix.Integer, stix.Float:
		return at.number(ir.NumberEqual, l)
	case stix.Boolean:
		switch {
		case v.Const != nil:
			return &ir.ConstExpr{Value: v.Const == (l.Text == "true")}
		case v.From != "" && (v.As == "" || v.As == "boolean"):
			return &ir.BoolExpr{Field: at.field(), Value: l.Text == "true"}
		}
		return at.exists()
	case stix.Timestamp, stix.Hex, stix.Binary:
		return at.exists()
	}
	switch {
	case v.Const != nil:
		return &ir.ConstExpr{Value: v.Const == l.Text}
	case v.Join != nil:
		return at.joined(l.Text)
	case v.Object != nil:
		return at.exists()
	}
	text, ok := strings.CutPrefix(l.Text, v.Prefix)
	if !ok {
		return never
	}
	operands := []ir.Expr{at.written(text)}
	// Iteration order does not matter: at most a few texts, which are sorted.
	for _, from := range sortedKeys(v.Map) {
		if v.Map[from] == text {
			operands = append(operands, at.written(from))
		}
	}
	return or(operands)
}

// written holds if the text of the field may be converted to a text.
func (at *place) written(text string) ir.Expr {
	switch at.value.As {
	case "", "text", "address", "not-address":
		return at.text(text, true)
	case "number", "boolean":
		return never // of another type
	case "lower":
		return at.text(text, false)
	case "dns":
		return or([]ir.Expr{at.text(text, true), at.text(text+".", true)})
	case "version":
		return or([]ir.Expr{at.text(text, true), at.text("HTTP/"+text, true)})
	case "protocol":
		operands := []ir.Expr{at.text(text, false)}
		for _, number := range sortedKeys(protocols) {
			if protocols[number] == text {
				operands = append(operands, at.text(number, true))
			}
		}
		return or(operands)
	case "arn-account", "arn-region":
		return &ir.StringExpr{Field: at.field(), Op: ir.Contains, Pattern: literal(":" + text + ":"), Cased: true}
	}
	return at.exists()
}

// joined holds if the parts of a joined value may give a text: those that end before a character are compared.
func (at *place) joined(text string) ir.Expr {
	var operands []ir.Expr
	for _, part := range at.value.Join {
		if c, ok := part.Const.(string); ok {
			if text, ok = strings.CutPrefix(text, c); !ok {
				return never
			}
			continue
		}
		if part.Until == "" || part.From == "" || part.Prefix != "" || part.As != "" || part.Map != nil {
			break
		}
		end := strings.Index(text, part.Until)
		if end < 0 {
			end = len(text)
		}
		own := place{value: part, each: at.each}
		operands = append(operands, own.text(text[:end], true))
		text = text[end:]
	}
	if len(operands) == 0 {
		return at.exists()
	}
	return and(operands)
}

var numberOps = map[string]ir.NumberOp{"<": ir.Less, "<=": ir.LessEqual, ">": ir.Greater, ">=": ir.GreaterEqual}

// number holds if the value may be a number with an order to a literal.
func (at *place) number(op ir.NumberOp, l *stix.Literal) ir.Expr {
	v := at.value
	switch {
	case v.Const != nil:
		return always
	case v.From != "" && v.As == "number":
	case v.From != "" && v.As == "":
	case v.From != "":
		return never // a text is no number
	default:
		return at.exists()
	}
	text := jsonNumber(l.Text)
	if text == "" {
		return at.exists()
	}
	return &ir.NumberExpr{Field: at.field(), Op: op, Text: text}
}

// order holds if the value may have an order to a literal.
func (at *place) order(operator string, l *stix.Literal) ir.Expr {
	switch l.Kind {
	case stix.Integer, stix.Float:
		return at.number(numberOps[operator], l)
	case stix.String:
		v := at.value
		if v.From != "" && v.Map == nil && v.Prefix == "" && (v.As == "" || v.As == "text" || v.As == "address") {
			op := numberOps[operator]
			if !at.address && v.As != "address" || op == ir.Less || op == ir.Greater || op == ir.LessEqual || op == ir.GreaterEqual {
				return &ir.TextOrderExpr{Field: at.field(), Op: op, Text: l.Text}
			}
		}
	case stix.Boolean, stix.Timestamp, stix.Hex, stix.Binary:
	}
	return at.exists()
}

// jsonNumber returns a number of a pattern as JSON writes it, "" if it cannot.
func jsonNumber(text string) string {
	sign := ""
	if rest, ok := strings.CutPrefix(text, "-"); ok {
		sign, text = "-", rest
	}
	whole, fraction, dotted := strings.Cut(text, ".")
	whole = strings.TrimLeft(whole, "0")
	if whole == "" {
		whole = "0"
	}
	if dotted && fraction != "" {
		whole += "." + fraction
	}
	return sign + whole
}
