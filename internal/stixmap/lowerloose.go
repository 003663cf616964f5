package stixmap

import (
	"strings"

	"github.com/egret-hunt/egret/internal/ir"
	"github.com/egret-hunt/egret/stix"
)

// compareLoosely holds if the comparison may hold for the value without letter case, and with numbers that may be text.
func (at *place) compareLoosely(c *stix.Comparison) ir.Expr {
	v := at.value
	switch {
	case c.Not || at.ref || at.whole || v.From == "" || v.Map != nil:
		return at.compareOrExists(c)
	case c.Operator != "=" && c.Operator != "IN":
		return at.compareOrExists(c)
	}
	var operands []ir.Expr
	for i := range c.Values {
		operands = append(operands, at.equalLoosely(&c.Values[i]))
	}
	return or(operands)
}

// compareOrExists is compare where letter case and types do not count, and otherwise asks for a value.
func (at *place) compareOrExists(c *stix.Comparison) ir.Expr {
	if at.ref || c.Operator == "ISSUBSET" {
		return at.compare(c)
	}
	return at.exists()
}

func (at *place) equalLoosely(l *stix.Literal) ir.Expr {
	text := l.Text
	switch l.Kind {
	case stix.String, stix.Integer, stix.Float, stix.Boolean:
	case stix.Timestamp, stix.Hex, stix.Binary:
		return at.exists()
	}
	v := at.value
	switch v.As {
	case "", "text", "address", "not-address", "lower", "number", "boolean":
	case "dns":
		return or([]ir.Expr{at.text(text, false), at.text(text+".", false)})
	case "protocol":
		return at.written(strings.ToLower(text))
	default:
		return at.exists()
	}
	if len(text) < len(v.Prefix) || !strings.EqualFold(text[:len(v.Prefix)], v.Prefix) {
		return never
	}
	text = text[len(v.Prefix):]
	operands := []ir.Expr{at.text(text, false)}
	if n := jsonNumber(text); v.Prefix == "" && text != "" && strings.Trim(text, "0123456789.-") == "" && !strings.ContainsAny(text[1:], "-") && strings.Count(text, ".") < 2 && n != "-" {
		operands = append(operands, &ir.NumberExpr{Field: at.field(), Op: ir.NumberEqual, Text: n})
	}
	return or(operands)
}
