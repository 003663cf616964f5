package connector

import (
	"cmp"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/egret-hunt/egret/internal/sqlgen/sqltree"
	"github.com/egret-hunt/egret/internal/stixmap"
	"github.com/egret-hunt/egret/internal/stixmatch"
	"github.com/egret-hunt/egret/internal/value"
	"github.com/egret-hunt/egret/stix"
)

// maxAlternatives is how many alternatives a pair of brackets may have once OR is outermost.
const maxAlternatives = 64

// bracket returns the condition of a pair of brackets, nil if no alternative can be answered.
func (t *translation) bracket(e stix.ComparisonExpr) (sqltree.Expr, error) {
	alternatives, ok := alternatives(e)
	if !ok {
		return nil, notOneCondition("one pair of brackets with so many alternatives")
	}
	var out sqltree.Or
	for _, all := range alternatives {
		byType := map[string][]stix.ComparisonExpr{}
		for _, c := range all {
			path := pathOf(c)
			byType[path.Type] = append(byType[path.Type], c)
		}
		joined := sqltree.And{}
		known := true
		for _, kind := range slices.Sorted(maps.Keys(byType)) {
			where, err := t.objects(kind, byType[kind])
			if err != nil {
				return nil, err
			}
			if where == nil {
				known = false
				for _, c := range byType[kind] {
					t.lacks = append(t.lacks, pathText(pathOf(c)))
				}
				continue
			}
			joined = append(joined, where)
		}
		if known {
			out = append(out, joined)
		}
	}
	if len(out) == 0 {
		return nil, nil
	}
	return out, nil
}

func pathOf(c stix.ComparisonExpr) stix.Path {
	if c, ok := c.(*stix.Comparison); ok {
		return c.Path
	}
	return c.(*stix.Exists).Path //nolint:errcheck // there is no third kind
}

// alternatives returns the comparisons that hold together, for each alternative.
func alternatives(e stix.ComparisonExpr) ([][]stix.ComparisonExpr, bool) {
	o, ok := e.(*stix.ComparisonOperator)
	if !ok {
		return [][]stix.ComparisonExpr{{e}}, true
	}
	out := [][]stix.ComparisonExpr{nil}
	if o.Operator == "OR" {
		out = nil
	}
	for _, operand := range o.Operands {
		inner, ok := alternatives(operand)
		if !ok {
			return nil, false
		}
		if o.Operator == "OR" {
			out = append(out, inner...)
		} else {
			var next [][]stix.ComparisonExpr
			for _, a := range out {
				for _, b := range inner {
					next = append(next, slices.Concat(a, b))
				}
			}
			out = next
		}
		if len(out) > maxAlternatives {
			return nil, false
		}
	}
	return out, true
}

// objects returns the condition that one object of a type satisfies all comparisons, nil if none can.
func (t *translation) objects(kind string, all []stix.ComparisonExpr) (sqltree.Expr, error) {
	var out sqltree.Or
	for _, o := range t.mapping.Objects {
		if o.Type != kind && (o.Type != stixmap.Address || kind != "ipv4-addr" && kind != "ipv6-addr") {
			continue
		}
		where, err := t.object(o, kind, all)
		if err != nil {
			return nil, err
		}
		if where != nil {
			out = append(out, where)
		}
	}
	if len(out) == 0 {
		return nil, nil
	}
	return out, nil
}

// object returns the condition that an object satisfies all comparisons, nil if it lacks a property.
func (t *translation) object(o *stixmap.Object, kind string, all []stix.ComparisonExpr) (sqltree.Expr, error) {
	if o.Differs != "" {
		return nil, nil // only some tables have columns for the addresses of packets
	}
	s := scope{t: t, of: o}
	if o.Each != "" {
		s.element = t.name()
	}
	if o.Many != "" {
		s.many = t.name()
	}
	where := sqltree.And{}
	for _, c := range all {
		one, err := s.comparison(c)
		if one == nil || err != nil || never(one) {
			return nil, err
		}
		where = append(where, one)
	}
	if o.Type == stixmap.Address {
		where = append(where, s.family(kind))
	}
	where = append(where, s.conditions(o.If, o.Unless)...)
	if needed := s.required(o); needed != nil {
		where = append(where, needed)
	}
	var out sqltree.Expr = where
	if o.Many != "" {
		for _, p := range o.Properties {
			if p.Text == o.Many {
				list := s.list(p.Values[0].From)
				out = t.guarded(list, sqltree.Fn("any_match", list, sqltree.Lambda{Params: []string{s.many}, Body: out}))
			}
		}
	}
	if o.Each != "" {
		element := s.element
		s.element = ""
		list := s.list(o.Each)
		out = t.guarded(list, sqltree.Fn("any_match", list, sqltree.Lambda{Params: []string{element}, Body: out}))
	}
	return sqltree.Coalesce(out, sqltree.Bool(false)), nil
}

// varchar returns a value as text.
func varchar(e sqltree.Expr) sqltree.Expr {
	if _, ok := e.(sqltree.Text); ok {
		return e
	}
	return sqltree.Cast{Of: e, Type: "varchar"}
}

// present says that there is a value.
func present(e sqltree.Expr) sqltree.Expr {
	return sqltree.Not{Of: sqltree.Coalesce(sqltree.In{Of: varchar(e), List: []sqltree.Expr{sqltree.Text(""), sqltree.Text("-")}}, sqltree.Bool(true))}
}

// compare returns the condition of a comparison on one value, never NULL under NOT.
func (t *translation) compare(c stix.ComparisonExpr, p *place) (sqltree.Expr, error) {
	if e, ok := c.(*stix.Exists); ok {
		if e.Not {
			return sqltree.Not{Of: present(p.text)}, nil
		}
		return present(p.text), nil
	}
	e := c.(*stix.Comparison) //nolint:errcheck // there is no third kind
	if p.value.Const != nil && slices.Contains([]string{"=", "!=", "IN"}, e.Operator) {
		// The same for all rows: often the service need not be asked.
		equal := slices.ContainsFunc(e.Values, func(l stix.Literal) bool { return strings.EqualFold(l.Text, text(p.value.Const)) })
		return sqltree.Bool(equal != (e.Not != (e.Operator == "!="))), nil
	}
	where, err := t.holds(e, p)
	if err != nil {
		return nil, err
	}
	if e.Not != (e.Operator == "!=") {
		where = sqltree.Not{Of: sqltree.Coalesce(where, sqltree.Bool(false))}
	}
	return sqltree.And{present(p.text), where}, nil
}

// holds returns the condition of a comparison without NOT; != is =.
func (t *translation) holds(c *stix.Comparison, p *place) (sqltree.Expr, error) {
	text := t.before(p)
	switch c.Operator {
	case "=", "!=", "IN":
		out := sqltree.Or{}
		for _, literal := range c.Values {
			one, err := t.equal(c, literal, p)
			if err != nil {
				return nil, err
			}
			out = append(out, one)
		}
		return out, nil
	case "<", "<=", ">", ">=":
		return ordered(c.Operator, c.Values[0], p, text), nil
	case "LIKE":
		pattern := strings.ReplaceAll(strings.ToLower(c.Values[0].Text), `\`, `\\`)
		if strings.Contains(pattern, "##") {
			return nil, notOneCondition("LIKE with ##")
		}
		return sqltree.Like{Of: sqltree.Lower(text), Pattern: pattern}, nil
	case "MATCHES":
		form, err := stixmatch.RegexText(c.Values[0].Text)
		if err != nil {
			return nil, faultf(codeParameter, "stix validation error : the expression of MATCHES cannot be read: %v", err)
		}
		return sqltree.Fn("regexp_like", text, literalText("(?i)"+form)), nil
	case "ISSUBSET", "ISSUPERSET":
		prefix, ok := stixmatch.Network(c.Values[0].Text)
		if !ok {
			return nil, faultf(codeParameter, "stix validation error : %q is no network", c.Values[0].Text)
		}
		address := sqltree.Cast{Of: text, Type: "ipaddress", Try: true}
		if c.Operator == "ISSUPERSET" {
			if prefix.Bits() != prefix.Addr().BitLen() {
				return sqltree.Bool(false), nil // an address is the superset of itself alone
			}
			return sqltree.Compare("=", address, sqltree.Cast{Of: sqltree.Text(prefix.Addr().String()), Type: "ipaddress"}), nil
		}
		return sqltree.Fn("contains", sqltree.Text(prefix.String()), address), nil
	}
	panic("egret bug: operator " + c.Operator)
}

// before returns the text of the property: that of the field, converted where SQL does it easily.
func (t *translation) before(p *place) sqltree.Expr {
	text := varchar(p.text)
	switch p.value.As {
	case "dns":
		text = sqltree.Fn("rtrim", text, sqltree.Text("."))
	case "protocol":
		named := sqltree.Case{Else: sqltree.Lower(text)}
		for _, n := range slices.Sorted(maps.Keys(protocols)) {
			named.Whens = append(named.Whens, sqltree.When{
				If: sqltree.Compare("=", text, sqltree.Text(strconv.FormatInt(n, 10))), Then: sqltree.Text(protocols[n])})
		}
		text = named
	}
	if p.value.Prefix != "" {
		text = sqltree.Concat(sqltree.Text(p.value.Prefix), text)
	}
	return text
}

// equal returns the condition that a value equals a literal.
func (t *translation) equal(c *stix.Comparison, l stix.Literal, p *place) (sqltree.Expr, error) {
	text := varchar(p.text)
	switch p.value.As {
	case "protocol":
		return t.protocol(c, l, text)
	case "epoch-s", "epoch-ms", "time", "stamp":
		return ordered("=", l, p, text), nil
	case "hex2":
		n, err := strconv.ParseUint(l.Text, 16, 32)
		if err != nil {
			return sqltree.Bool(false), nil //nolint:nilerr // no value equals a text that is no number
		}
		return sqltree.Compare("=", text, sqltree.Text(strconv.FormatUint(n, 10))), nil
	case "dns":
		text = sqltree.Fn("rtrim", text, sqltree.Text("."))
	}
	want := strings.TrimPrefix(strings.ToLower(l.Text), strings.ToLower(p.value.Prefix))
	out := sqltree.Or{sqltree.Compare("=", sqltree.Lower(text), literalText(want))}
	for _, from := range slices.Sorted(maps.Keys(p.value.Map)) {
		if strings.EqualFold(p.value.Map[from], l.Text) {
			out = append(out, sqltree.Compare("=", text, literalText(from)))
		}
	}
	if numeric(l.Text) {
		out = append(out, sqltree.Compare("=", double(text), sqltree.Number(l.Text)))
	}
	return out, nil
}

// protocol returns the condition that a protocol has a name or number.
func (t *translation) protocol(c *stix.Comparison, l stix.Literal, text sqltree.Expr) (sqltree.Expr, error) {
	want := strings.ToLower(l.Text)
	n, known := numbers[want]
	if !known && !numeric(want) {
		if t.service == "vpcflow" && !slices.Contains([]string{"dns", "tls", "http", "https", "ipv4", "ipv6"}, want) {
			return nil, faultf(codeNotImplemented, "wrong parameter : Un-supported protocol '%s' for operation 'ComparisonComparators.%s' for aws athena 'vpcflow' logs",
				l.Text, operatorNames[c.Operator])
		}
		return sqltree.Compare("=", sqltree.Lower(text), literalText(want)), nil
	}
	out := sqltree.Or{sqltree.Compare("=", sqltree.Lower(text), literalText(want))}
	if known {
		out = append(out, sqltree.Compare("=", text, sqltree.Text(strconv.FormatInt(n, 10))))
	}
	return out, nil
}

// operatorNames are the names of operators in messages of the other connector.
var operatorNames = map[string]string{"=": "Equal", "!=": "NotEqual", "IN": "In"}

// ordered returns a comparison by order: of times, numbers or texts.
func ordered(operator string, l stix.Literal, p *place, text sqltree.Expr) sqltree.Expr {
	at, isTime := value.ParseRFC3339([]byte(l.Text))
	switch p.value.As {
	case "epoch-s", "epoch-ms":
		unit := cmp.Or(map[string]time.Duration{"epoch-s": time.Second}[p.value.As], time.Millisecond)
		if !isTime {
			return sqltree.Bool(false)
		}
		whole := sqltree.Number(strconv.FormatFloat(float64(at.UnixMilli())/float64(unit/time.Millisecond), 'f', -1, 64))
		return sqltree.Compare(operator, double(text), whole)
	case "time":
		if !isTime {
			return sqltree.Bool(false)
		}
		return sqltree.Compare(operator, moment(text), moment(sqltree.Text(stamp(at))))
	case "stamp":
		if !isTime {
			return sqltree.Bool(false)
		}
		return sqltree.Compare(operator, sqltree.Cast{Of: text, Type: "timestamp", Try: true},
			sqltree.Typed{Type: "TIMESTAMP", Text: at.UTC().Format("2006-01-02 15:04:05.000")})
	}
	if numeric(l.Text) {
		return sqltree.Compare(operator, double(text), sqltree.Number(l.Text))
	}
	return sqltree.Compare(operator, sqltree.Lower(text), literalText(strings.ToLower(l.Text)))
}

// double returns a text as a number, NULL if it is none.
func double(text sqltree.Expr) sqltree.Expr { return sqltree.Cast{Of: text, Type: "double", Try: true} }

// numeric says that a text is a number as SQL writes it.
func numeric(text string) bool {
	return text != "" && value.ScanNumber([]byte(text), 0) == len(text)
}

// never says that a condition is FALSE.
func never(e sqltree.Expr) bool {
	b, ok := e.(sqltree.Bool)
	return ok && !bool(b)
}
