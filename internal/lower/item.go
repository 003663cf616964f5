package lower

import (
	"net/netip"
	"strings"
	"unicode/utf8"

	"github.com/egret-hunt/egret/diag"
	"github.com/egret-hunt/egret/internal/ir"
	"github.com/egret-hunt/egret/internal/value"
	"github.com/egret-hunt/egret/sigma"
)

// An itemForm is the effect of an item's modifiers, except those that transform values.
type itemForm struct {
	op         ir.StringOp
	textual    bool // a modifier makes all values texts, even numbers
	all, cased bool
	negated    bool
	exists     bool
	regex      bool
	ignoreCase bool
	multiLine  bool
	dotAll     bool
	cidr       bool
	fieldref   bool
	comparison bool
	number     ir.NumberOp
	timePart   bool
	part       ir.TimePart
}

// An operand is one value while modifiers transform it.
type operand struct {
	value   sigma.Value
	pattern ir.Pattern
	encoded bool
}

var timeParts = map[string]ir.TimePart{
	"minute": ir.Minute, "hour": ir.Hour, "day": ir.Day, "week": ir.Week, "month": ir.Month, "year": ir.Year,
}

var numberOps = map[string]ir.NumberOp{
	"gt": ir.Greater, "gte": ir.GreaterEqual, "lt": ir.Less, "lte": ir.LessEqual,
}

// item lowers `field|modifiers: values`.
func (l *lowerer) item(item *sigma.Item) ir.Expr {
	form, transforms := l.form(item)
	var exprs []ir.Expr
	for _, v := range item.Values {
		var variants []ir.Expr // alternatives for one value, even with `all`
		for _, o := range l.operands(v, form, transforms) {
			variants = append(variants, l.predicate(item, form, o))
		}
		if form.all && len(variants) > 1 {
			variants = []ir.Expr{&ir.OrExpr{Operands: variants, List: true, Span: v.Span}}
		}
		exprs = append(exprs, variants...)
	}
	var expr ir.Expr
	switch {
	case len(exprs) == 0:
		return &ir.ConstExpr{Span: item.Span}
	case len(exprs) == 1:
		expr = exprs[0]
	case form.all:
		expr = &ir.AndExpr{Operands: exprs, List: true, Span: item.Span}
	default:
		expr = &ir.OrExpr{Operands: exprs, List: true, Span: item.Span}
	}
	if form.negated {
		return &ir.NotExpr{Operand: expr, Span: item.Span}
	}
	return expr
}

// form interprets the modifiers. transforms are the modifiers that change values, in the author's order.
func (l *lowerer) form(item *sigma.Item) (form itemForm, transforms []sigma.Modifier) {
	for _, modifier := range item.Modifiers {
		switch name := modifier.Name; name {
		case "contains":
			form.op, form.textual = ir.Contains, true
		case "startswith":
			form.op, form.textual = ir.StartsWith, true
		case "endswith":
			form.op, form.textual = ir.EndsWith, true
		case "all":
			form.all = true
		case "cased":
			form.cased, form.textual = true, true
		case "neq":
			form.negated = true
		case "exists":
			form.exists = true
		case "re":
			form.regex = true
		case "i":
			form.ignoreCase = true
		case "m":
			form.multiLine = true
		case "s":
			form.dotAll = true
		case "cidr":
			form.cidr = true
		case "fieldref":
			form.fieldref = true
		case "gt", "gte", "lt", "lte":
			form.comparison, form.number = true, numberOps[name]
		case "minute", "hour", "day", "week", "month", "year":
			form.timePart, form.part = true, timeParts[name]
		case "expand", "windash", "base64", "base64offset", "wide", "utf16le", "utf16be", "utf16":
			form.textual = form.textual || name != "expand"
			transforms = append(transforms, modifier)
		default:
			l.errorf("unknown-modifier", modifier.Span, "", "modifier %q is not defined", name)
		}
	}
	return form, transforms
}

// operands applies transforms to one value.
func (l *lowerer) operands(v sigma.Value, form itemForm, transforms []sigma.Modifier) []operand {
	o := operand{value: v}
	raw := form.regex || form.cidr
	if v.Kind == sigma.StringValue && raw {
		o.pattern = literal(v.Text)
	} else if v.Kind != sigma.NullValue {
		o.pattern = ParsePattern(v.Text)
	}
	current := []operand{o}
	for _, modifier := range transforms {
		var next []operand
		for _, o := range current {
			next = append(next, l.transform(o, modifier, raw)...)
		}
		current = next
	}
	return current
}

func (l *lowerer) transform(o operand, modifier sigma.Modifier, raw bool) []operand {
	if o.value.Kind == sigma.NullValue {
		l.errorf("modifier-value", o.value.Span, "", "modifier %q needs a text, found null", modifier.Name)
		return nil
	}
	switch modifier.Name {
	case "expand":
		return l.expand(o, raw)
	case "windash":
		o.pattern = Windash(o.pattern)
		return []operand{o}
	}
	variants, err := expandDashes(o.pattern)
	if err == nil && !l.spend(encodedValues, values(len(variants), o.value.Text), o.value.Span) {
		return nil
	}
	var out []operand
	for _, variant := range variants {
		var patterns []ir.Pattern
		if patterns, err = encode(modifier.Name, variant); err != nil {
			break
		}
		if !l.spend(encodedValues, values(len(patterns)-1, o.value.Text), o.value.Span) {
			return nil
		}
		for _, pattern := range patterns {
			out = append(out, operand{value: o.value, pattern: pattern, encoded: true})
		}
	}
	if err != nil {
		l.errorf("modifier-value", o.value.Span, "", "modifier %q: %v", modifier.Name, err)
		return nil
	}
	return out
}

// predicate returns the predicate for one value.
func (l *lowerer) predicate(item *sigma.Item, form itemForm, o operand) ir.Expr {
	field := ir.Field{Name: item.Field, Span: item.FieldSpan}
	span := o.value.Span
	none := &ir.ConstExpr{Span: span}
	if item.Field == "" {
		return l.keyword(form, o)
	}
	switch {
	case form.exists:
		if o.value.Kind != sigma.BoolValue {
			l.errorf("modifier-value", span, "write true or false", "modifier \"exists\" needs true or false")
			return none
		}
		if strings.EqualFold(o.value.Text, "true") {
			return &ir.ExistsExpr{Field: field, Span: span}
		}
		return &ir.NullExpr{Field: field, Absent: true, Span: span}
	case form.timePart:
		return l.timePart(field, form, o)
	case form.comparison:
		if o.value.Kind != sigma.NumberValue {
			l.errorf("modifier-value", span, "write a decimal number without quotes", "a comparison needs a number, found %q", o.value.Text)
			return none
		}
		return &ir.NumberExpr{Field: field, Op: form.number, Text: l.number(o.value), Span: span}
	case form.regex:
		return l.regex(field, form, o)
	case form.cidr:
		return l.cidr(field, o)
	case form.fieldref:
		other, err := plain(o.pattern)
		if err != nil || other == "" || o.value.Kind != sigma.StringValue {
			l.errorf("modifier-value", span, "", "modifier \"fieldref\" needs the name of a field, without wildcards")
			return none
		}
		return &ir.FieldRefExpr{Field: field, Other: ir.Field{Name: other, Span: span}, Op: form.op, Cased: form.cased, Span: span}
	case o.value.Kind == sigma.NullValue:
		if form.textual {
			l.errorf("modifier-value", span, "", "null cannot be used with a text modifier")
			return none
		}
		return &ir.NullExpr{Field: field, Span: span}
	case o.value.Kind == sigma.NumberValue && !form.textual:
		return &ir.NumberExpr{Field: field, Op: ir.NumberEqual, Text: l.number(o.value), Span: span}
	case o.value.Kind == sigma.BoolValue && !form.textual:
		return &ir.BoolExpr{Field: field, Value: strings.EqualFold(o.value.Text, "true"), Span: span}
	}
	if !l.isText(o) {
		return none
	}
	return &ir.StringExpr{Field: field, Op: form.op, Pattern: o.pattern, Cased: form.cased || o.encoded, CaseImplied: !form.cased && o.encoded, Span: span}
}

// number returns a number of a rule as JSON text.
func (l *lowerer) number(v sigma.Value) string {
	text := strings.TrimPrefix(v.Text, "+")
	if _, ok := value.ParseDecimal([]byte(text)); !ok {
		l.errorf("modifier-value", v.Span, "write it as a decimal number", "expected a decimal number, found %q", v.Text)
	}
	return text
}

// isText reports an encoded value that is not valid UTF-8, since logs contain only text.
func (l *lowerer) isText(o operand) bool {
	for _, part := range o.pattern {
		if !utf8.ValidString(part.Text) {
			l.errorf("modifier-value", o.value.Span, "", "%v", errNotText)
			return false
		}
	}
	return true
}

func (l *lowerer) keyword(form itemForm, o operand) ir.Expr {
	span := o.value.Span
	switch {
	case o.value.Kind == sigma.NullValue:
		l.errorf("keyword-value", span, "", "null cannot be a keyword")
		return &ir.ConstExpr{Span: span}
	case form.regex:
		return l.regex(ir.Field{Span: span}, form, o)
	case form.exists, form.comparison, form.timePart, form.cidr, form.fieldref, form.op == ir.StartsWith, form.op == ir.EndsWith:
		l.errorf("keyword-value", span, "name a field before the modifier", "this modifier needs a field, but keywords have none")
		return &ir.ConstExpr{Span: span}
	case !l.isText(o):
		return &ir.ConstExpr{Span: span}
	}
	return &ir.KeywordExpr{Pattern: o.pattern, Cased: form.cased || o.encoded, CaseImplied: !form.cased && o.encoded, Span: span}
}

func (l *lowerer) regex(field ir.Field, form itemForm, o operand) ir.Expr {
	span := o.value.Span
	text := o.value.Text
	if o.value.Kind == sigma.NullValue {
		l.errorf("modifier-value", span, "", "modifier \"re\" needs a text, found null")
		return &ir.ConstExpr{Span: span}
	}
	expr := &ir.RegexExpr{Field: field, Text: text, IgnoreCase: form.ignoreCase, MultiLine: form.multiLine, DotAll: form.dotAll, Span: span}
	if !l.opt.Open && !l.runnableRegex(expr) {
		return &ir.ConstExpr{Span: span}
	}
	return expr
}

func (l *lowerer) cidr(field ir.Field, o operand) ir.Expr {
	span := o.value.Span
	prefix, err := netip.ParsePrefix(o.value.Text)
	if err != nil {
		address, addressErr := netip.ParseAddr(o.value.Text) // a single address is a network of one address
		if addressErr != nil || address.Zone() != "" {
			l.errorf("invalid-cidr", span, "write it as 192.0.2.0/24 or 2001:db8::/32", "expected a network, found %q", o.value.Text)
			return &ir.ConstExpr{Span: span}
		}
		prefix = netip.PrefixFrom(address, address.BitLen())
	}
	if prefix.Addr().Is4In6() && prefix.Bits() >= 96 {
		prefix = netip.PrefixFrom(prefix.Addr().Unmap(), prefix.Bits()-96)
	}
	if masked := prefix.Masked(); masked != prefix {
		l.list.Add(diag.Diagnostic{
			Code: "cidr-host-bits", Severity: diag.Warning, Span: span,
			Message: "the network has bits set beyond its prefix length; egret uses " + masked.String(),
		})
		prefix = masked
	}
	return &ir.CIDRExpr{Field: field, Prefix: prefix, Text: o.value.Text, Span: span}
}

func (l *lowerer) timePart(field ir.Field, form itemForm, o operand) ir.Expr {
	if o.value.Kind != sigma.NumberValue {
		l.errorf("modifier-value", o.value.Span, "write a decimal number without quotes", "a part of a time needs a number, found %q", o.value.Text)
		return &ir.ConstExpr{Span: o.value.Span}
	}
	op := ir.NumberEqual
	if form.comparison {
		op = form.number
	}
	return &ir.TimePartExpr{Field: field, Part: form.part, Op: op, Text: l.number(o.value), Span: o.value.Span}
}
