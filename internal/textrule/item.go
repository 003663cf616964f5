package textrule

import (
	"strings"

	"github.com/egret-hunt/egret/internal/ir"
	"github.com/egret-hunt/egret/internal/lower"
	"github.com/egret-hunt/egret/sigma"
	"github.com/egret-hunt/egret/source"
)

// item reads `field|modifiers: values`.
func (b *builder) item(item *sigma.Item, u under) Node {
	all, negated, isRegex, isCIDR := false, false, false, false
	for _, m := range item.Modifiers {
		switch m.Name {
		case "all":
			all = true
		case "neq":
			negated = true
			u = u.inNot()
		case "re":
			isRegex = true
		case "cidr":
			isCIDR = true
		}
	}
	var values []Value
	var spans []source.Span
	for _, v := range item.Values {
		for _, made := range b.values(item, v, all, isRegex || isCIDR) {
			values, spans = append(values, made), append(spans, v.Span)
		}
	}
	if len(values) > 1 && !all {
		u = u.inOr()
	}
	nodes := make([]Node, 0, len(values))
	for i, v := range values {
		if b.spend(spans[i]) {
			nodes = append(nodes, &Match{
				Field: item.Field, Keyword: item.Field == "", Value: v, UnderOr: u.or, UnderNot: u.not, Span: spans[i],
			})
		}
	}
	node := or(nodes, item.Span)
	if all {
		node = and(nodes, item.Span)
	}
	if negated {
		return not(node, item.Span)
	}
	return node
}

// values returns what the modifiers of an item make of one value: the value itself, or the values of its placeholders. raw is
// set if the value is no Sigma string: a regular expression or a network.
func (b *builder) values(item *sigma.Item, v sigma.Value, all, raw bool) []Value {
	value := b.value(v, raw)
	for _, m := range item.Modifiers {
		if value == nil {
			return nil
		}
		value = b.apply(value, m, v.Span)
	}
	if value == nil {
		return nil
	}
	filled := b.fill(value, v.Span)
	if all && len(filled) > 1 {
		return []Value{&Expansion{filled}}
	}
	return filled
}

// value reads a value without modifiers.
func (b *builder) value(v sigma.Value, raw bool) Value {
	switch {
	case v.Kind == sigma.NullValue:
		return &Null{}
	case raw:
		return &String{Parts: literal(v.Text)}
	case v.Kind == sigma.NumberValue:
		return &Number{number(v.Text)}
	case v.Kind == sigma.BoolValue:
		return &Bool{strings.EqualFold(v.Text, "true")}
	}
	return &String{Parts: lower.ParsePattern(v.Text)}
}

// timeParts are the modifiers that test a part of a time.
var timeParts = map[string]bool{"minute": true, "hour": true, "day": true, "week": true, "month": true, "year": true}

// apply applies a modifier to a value. It returns nil after an error.
func (b *builder) apply(v Value, m sigma.Modifier, span source.Span) Value {
	if expansion, ok := v.(*Expansion); ok {
		out := &Expansion{}
		for _, sub := range expansion.Values {
			switch made := b.apply(sub, m, span).(type) {
			case nil:
				return nil
			case *Expansion:
				if m.Name != "windash" && m.Name != "base64offset" {
					panic("egret bug: modifier " + m.Name + " makes alternatives")
				}
				out.Values = append(out.Values, made)
			default:
				out.Values = append(out.Values, made)
			}
		}
		return out
	}
	switch m.Name {
	case "all", "neq":
		return v
	case "contains", "startswith", "endswith":
		return b.affix(v, m, span)
	case "re":
		if s, ok := v.(*String); ok {
			return &Regex{Text: text(s.Parts)}
		}
	case "i", "ignorecase", "m", "multiline", "s", "dotall":
		if re, ok := v.(*Regex); ok {
			flagged := *re
			switch m.Name[0] {
			case 'i':
				flagged.IgnoreCase = true
			case 'm':
				flagged.MultiLine = true
			default:
				flagged.DotAll = true
			}
			return &flagged
		}
	case "cased":
		if s := asString(v); s != nil {
			return &String{s.Parts, true}
		}
	case "cidr":
		return b.cidr(v, span)
	case "fieldref":
		if s, ok := v.(*String); ok && !s.HasWildcard() && len(s.Parts) > 0 {
			return &FieldRef{Field: text(s.Parts)}
		}
	case "exists":
		if truth, ok := v.(*Bool); ok {
			return &Exists{truth.Value}
		}
	case "gt", "gte", "lt", "lte":
		switch n := v.(type) {
		case *Number:
			return &Compare{Op: m.Name, Number: n.Text}
		case *TimePart:
			return &Compare{Op: m.Name, Number: n.Number, Part: n.Part}
		}
	case "expand":
		return expand(v)
	case "windash", "base64", "base64offset", "wide", "utf16le", "utf16be", "utf16":
		return b.transform(v, m, span)
	default:
		if timeParts[m.Name] {
			if n, ok := v.(*Number); ok {
				return &TimePart{m.Name, n.Text}
			}
		}
	}
	b.errorf("modifier-value", span, "", "modifier %q cannot be applied to this value", m.Name)
	return nil
}

// asString returns a value as a string, nil if it cannot be one. A text modifier makes numbers and booleans texts.
func asString(v Value) *String {
	switch v := v.(type) {
	case *String:
		return v
	case *Number:
		return &String{Parts: literal(v.Text)}
	case *Bool:
		if v.Value {
			return &String{Parts: literal("true")}
		}
		return &String{Parts: literal("false")}
	}
	return nil
}

// affix applies contains, startswith or endswith.
func (b *builder) affix(v Value, m sigma.Modifier, span source.Span) Value {
	before, after := m.Name != "startswith", m.Name != "endswith"
	switch v := v.(type) {
	case *FieldRef:
		return &FieldRef{v.Field, v.Start || after, v.End || before}
	case *Regex:
		return affixRegex(v, before, after)
	}
	s := asString(v)
	if s == nil {
		b.errorf("modifier-value", span, "", "modifier %q needs a text", m.Name)
		return nil
	}
	parts := make(ir.Pattern, 0, len(s.Parts)+2)
	if before && (len(s.Parts) == 0 || s.Parts[0].Kind != ir.AnyRun) {
		parts = append(parts, ir.Part{Kind: ir.AnyRun})
	}
	parts = append(parts, s.Parts...)
	if after && (len(parts) == 0 || parts[len(parts)-1].Kind != ir.AnyRun) {
		parts = append(parts, ir.Part{Kind: ir.AnyRun})
	}
	return &String{parts, s.Cased}
}

// affixRegex adds `.*` to the sides of a regular expression that need not match, unless they are anchored.
func affixRegex(re *Regex, before, after bool) *Regex {
	out := *re
	if re.Text == "" {
		return &out
	}
	if before && !strings.HasPrefix(re.Text, ".*") && re.Text[0] != '^' {
		out.Text = ".*" + out.Text
	}
	if after && !strings.HasSuffix(re.Text, ".*") && re.Text[len(re.Text)-1] != '$' {
		out.Text += ".*"
	}
	return &out
}

// text returns a pattern as a text. The pattern has no wildcards, or was read as raw text.
func text(p ir.Pattern) string {
	var out strings.Builder
	for _, part := range p {
		switch part.Kind {
		case ir.AnyRun:
			out.WriteByte('*')
		case ir.AnyOne:
			out.WriteByte('?')
		case ir.Placeholder:
			out.WriteString("%" + part.Text + "%")
		default:
			out.WriteString(part.Text)
		}
	}
	return out.String()
}
