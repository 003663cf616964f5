package pipeline

import (
	"slices"
	"strings"

	"github.com/egret-hunt/egret/internal/ir"
	"github.com/egret-hunt/egret/internal/lower"
	"github.com/egret-hunt/egret/sigma"
)

// A valueKind is the kind of a value after its modifiers.
type valueKind uint8

const (
	textValue valueKind = iota
	numberValue
	boolValue
	nullValue
	regexValue
	fieldValue // the name of another field
	// expressionValue is a placeholder for which a query expression was set.
	expressionValue
	// otherValue is a value that transformations of values leave alone: a network, a comparison, a time part, exists, or the
	// several variants that windash and base64offset make.
	otherValue
)

// A value is one value of an item, with the modifiers applied as far as transformations see them.
type value struct {
	kind valueKind
	// pattern is the text of a textValue or expressionValue, with wildcards for contains, startswith and endswith, and with
	// placeholders.
	pattern ir.Pattern
	// text is the text of the other kinds as written.
	text  string
	cased bool
	// modifiers are those that must be kept besides: re with its flags, or all of them for otherValue.
	modifiers []sigma.Modifier
	src       sigma.Value
}

// A form holds what all values of an item share.
type form struct {
	all, negated *sigma.Modifier
}

// valuesOf returns the values of an item.
func (r *run) valuesOf(item *sigma.Item) ([]value, form) {
	var f form
	var kept []sigma.Modifier
	v := value{}
	var begins, ends, expand, textual bool
	for _, m := range item.Modifiers {
		switch m.Name {
		case "all":
			f.all = &m
			continue
		case "neq":
			f.negated = &m
			continue
		case "contains":
			begins, ends, textual = true, true, true
		case "startswith":
			ends, textual = true, true
		case "endswith":
			begins, textual = true, true
		case "cased":
			v.cased, textual = true, true
		case "expand":
			expand = true
		case "re":
			v.kind = regexValue
		case "fieldref":
			v.kind = fieldValue
		case "i", "m", "s":
		default:
			v.kind = otherValue
		}
		kept = append(kept, m)
	}
	out := make([]value, len(item.Values))
	for i, src := range item.Values {
		out[i] = v
		o := &out[i]
		o.src, o.text = src, src.Text
		switch {
		case v.kind != textValue:
			o.modifiers = kept
		case src.Kind == sigma.NullValue:
			o.kind = nullValue
		case src.Kind == sigma.NumberValue && !textual:
			o.kind = numberValue
		case src.Kind == sigma.BoolValue && !textual:
			o.kind = boolValue
		default:
			o.pattern = lower.ParsePattern(src.Text)
			if expand {
				o.pattern = lower.WithPlaceholders(o.pattern)
			}
			if begins {
				o.pattern = openStart(o.pattern)
			}
			if ends {
				o.pattern = openEnd(o.pattern)
			}
			if name, ok := onlyPlaceholder(o.pattern); ok {
				if _, set := r.out.Expressions[name]; set {
					o.kind = expressionValue
				}
			}
		}
	}
	return out, f
}

// openStart adds a wildcard before a pattern that begins with none, and openEnd after one that ends with none.
func openStart(p ir.Pattern) ir.Pattern {
	if len(p) > 0 && p[0].Kind == ir.AnyRun {
		return p
	}
	return append(ir.Pattern{{Kind: ir.AnyRun}}, p...)
}

func openEnd(p ir.Pattern) ir.Pattern {
	if len(p) > 0 && p[len(p)-1].Kind == ir.AnyRun {
		return p
	}
	return append(slices.Clone(p), ir.Part{Kind: ir.AnyRun})
}

func onlyPlaceholder(p ir.Pattern) (string, bool) {
	if len(p) == 1 && p[0].Kind == ir.Placeholder {
		return p[0].Text, true
	}
	return "", false
}

func hasKind(p ir.Pattern, kinds ...ir.PartKind) bool {
	return slices.ContainsFunc(p, func(part ir.Part) bool { return slices.Contains(kinds, part.Kind) })
}

// isPlain reports whether a value is a text that transformations of texts see.
func (v *value) isText() bool { return v.kind == textValue }

// plainText returns a pattern as pySigma prints it: wildcards as characters, literal wildcards escaped, placeholders in percent
// signs, and backslashes single.
func plainText(p ir.Pattern) string {
	var text strings.Builder
	for _, part := range p {
		switch part.Kind {
		case ir.AnyRun:
			text.WriteByte('*')
		case ir.AnyOne:
			text.WriteByte('?')
		case ir.Placeholder:
			text.WriteString("%" + part.Text + "%")
		default:
			text.WriteString(wildcardEscaper.Replace(part.Text))
		}
	}
	return text.String()
}

var (
	wildcardEscaper = strings.NewReplacer("*", `\*`, "?", `\?`)
	sigmaEscaper    = strings.NewReplacer("*", `\*`, "?", `\?`, `\`, `\\`)
)

// sigmaText returns the text of a pattern for a rule. With placeholders, literal percent signs are escaped.
func sigmaText(p ir.Pattern) string {
	placeholders := hasKind(p, ir.Placeholder)
	var text strings.Builder
	for _, part := range p {
		switch part.Kind {
		case ir.AnyRun:
			text.WriteByte('*')
		case ir.AnyOne:
			text.WriteByte('?')
		case ir.Placeholder:
			text.WriteString("%" + part.Text + "%")
		default:
			literal := sigmaEscaper.Replace(part.Text)
			if placeholders {
				literal = strings.ReplaceAll(literal, "%", `\%`)
			}
			text.WriteString(literal)
		}
	}
	return text.String()
}

// sigmaValue returns the modifiers and the value for the tree.
func (v *value) sigmaValue(item *sigma.Item) ([]sigma.Modifier, sigma.Value) {
	modifier := func(name string) sigma.Modifier { return sigma.Modifier{Name: name, Span: item.FieldSpan} }
	out := sigma.Value{Text: v.text, Span: v.src.Span}
	var modifiers []sigma.Modifier
	switch v.kind {
	case textValue, expressionValue:
		out.Kind, out.Text = sigma.StringValue, sigmaText(v.pattern)
		if v.cased {
			modifiers = append(modifiers, modifier("cased"))
		}
		if hasKind(v.pattern, ir.Placeholder) {
			modifiers = append(modifiers, modifier("expand"))
		}
	case numberValue:
		out.Kind = sigma.NumberValue
	case boolValue:
		out.Kind = sigma.BoolValue
	case nullValue:
		out.Kind, out.Text = sigma.NullValue, ""
	case regexValue, fieldValue, otherValue:
		out.Kind, modifiers = v.src.Kind, v.modifiers
		if v.kind == regexValue {
			out.Kind = sigma.StringValue
		}
	}
	return modifiers, out
}

// rebuilt returns an item with other values. Values that need different modifiers become items of their own, joined like the
// values of one item.
func rebuilt(item *sigma.Item, values []value, f form) sigma.SearchExpr {
	type group struct {
		modifiers []sigma.Modifier
		values    []sigma.Value
	}
	var groups []group
	for i := range values {
		modifiers, v := values[i].sigmaValue(item)
		if n := len(groups); n > 0 && sameModifiers(groups[n-1].modifiers, modifiers) {
			groups[n-1].values = append(groups[n-1].values, v)
			continue
		}
		groups = append(groups, group{modifiers, []sigma.Value{v}})
	}
	make := func(modifiers []sigma.Modifier, values []sigma.Value) *sigma.Item {
		out := *item
		out.Applied = slices.Clone(item.Applied)
		out.Values, out.Modifiers = values, slices.Clone(modifiers)
		if f.all != nil && len(values) > 1 {
			out.Modifiers = append(out.Modifiers, *f.all)
		}
		if f.negated != nil {
			out.Modifiers = append(out.Modifiers, *f.negated)
		}
		return &out
	}
	if len(groups) == 1 {
		return make(groups[0].modifiers, groups[0].values)
	}
	var exprs []sigma.SearchExpr
	for _, g := range groups {
		for i := range g.values { // one item each, so that the order of the values stays
			exprs = append(exprs, make(g.modifiers, g.values[i:i+1:i+1]))
		}
	}
	if (f.all != nil) != (f.negated != nil) { // the negation of a list holds if it differs from all of its values
		return &sigma.AllOf{Exprs: exprs, Span: item.Span}
	}
	return &sigma.AnyOf{Exprs: exprs, Span: item.Span}
}

func sameModifiers(a, b []sigma.Modifier) bool {
	return slices.EqualFunc(a, b, func(x, y sigma.Modifier) bool { return x.Name == y.Name })
}
