package sqlgen

import (
	"fmt"
	"strings"

	"github.com/egret-hunt/egret/diag"
	"github.com/egret-hunt/egret/internal/ir"
	"github.com/egret-hunt/egret/internal/schema"
	"github.com/egret-hunt/egret/internal/value"
	"github.com/egret-hunt/egret/source"
)

// Unmapped says what to do about a field that has no home in a table.
type Unmapped uint8

// The ways with unmapped fields.
const (
	FailUnmapped Unmapped = iota // refuse the rule
	WarnUnmapped                 // the field counts as missing, with a warning
	DropUnmapped                 // the field counts as missing
)

// emitter turns the predicates of one query into SQL.
type emitter struct {
	d           *Dialect
	profile     *schema.Profile
	unmappedWay Unmapped
	// row is the alias of the table, "" where none is needed.
	row string

	faults diag.List
	// fields and missing are the names of the fields that were used, and of those without a home, in order.
	fields, missing []string
	// bases are expressions over the columns of the table that got a name, lets those over columns and bases; in order of
	// their first use. direct: none may be added.
	bases, lets []Column
	direct      bool
	// usual says that only the first place of the time of events is read.
	usual bool
	// lowers are texts in lower case, computed before all else where lowering is set: engines that compare a column with
	// hundreds of literals would lower-case it as often.
	lowers   []Column
	lowering bool
	byText   map[string]string // printed expression → its name
	// heads are the columns, lower-cased, of which members are read.
	heads map[string]bool
	// read are the columns that were read, as the profile writes them.
	read  map[string]bool
	names map[string]bool // lower-cased, that are taken
	// known are the fields that were looked up before.
	known []knownField
}

// knownField is a field and what it leads to.
type knownField struct {
	name   string
	path   *value.Path // the first of the field's
	exact  bool
	leaves leaves
}

func newEmitter(d *Dialect, profile *schema.Profile, way Unmapped) *emitter {
	e := &emitter{d: d, profile: profile, unmappedWay: way, byText: map[string]string{}, names: map[string]bool{}, heads: map[string]bool{}, read: map[string]bool{}}
	for _, c := range profile.Columns {
		e.names[strings.ToLower(c.Name)] = true
	}
	for _, p := range profile.Partitions {
		e.names[strings.ToLower(p.Column)] = true
	}
	return e
}

func (e *emitter) refusef(span source.Span, code, help, format string, args ...any) {
	e.faults.Add(diag.Diagnostic{Code: code, Message: fmt.Sprintf(format, args...), Span: span, Help: help})
}

func (e *emitter) use(f *ir.Field) {
	for _, name := range e.fields {
		if name == f.Name {
			return
		}
	}
	e.fields = append(e.fields, f.Name)
}

// unmapped handles a field without a home.
func (e *emitter) unmapped(f *ir.Field) {
	known := false
	for _, name := range e.missing {
		known = known || name == f.Name
	}
	if !known {
		e.missing = append(e.missing, f.Name)
	}
	if e.unmappedWay == DropUnmapped {
		return
	}
	severity := diag.Error
	if e.unmappedWay == WarnUnmapped {
		severity = diag.Warning
	}
	help := "the table does not hold it; --unmapped warn or drop takes it for missing"
	if near, unknown := e.profile.Schema.Unknown(f.Name); unknown && near != "" {
		help = "the nearest is " + near
	}
	e.faults.Add(diag.Diagnostic{
		Code: "unmapped-field", Severity: severity, Span: f.Span, Help: help,
		Message: fmt.Sprintf("field %q has no home in %s", f.Name, e.profile.FullName()),
	})
}

// shared gives the list of a field a name, so that it is written once. A table of unknown columns has no room for names.
func (e *emitter) shared(f *ir.Field, l leaves, exact bool) leaves {
	if l.list == nil || len(e.profile.Columns) == 0 {
		return l
	}
	name := f.Name
	if exact {
		name += " as written"
	}
	return leaves{list: e.named(name, l.list)}
}

// named is a reference to an expression that is computed beside the columns of the table.
func (e *emitter) named(name string, of Expr) Expr { return e.remember(&e.lets, name, of) }

// based is a reference to an expression that is computed before those of named, which may read it. A column stays itself.
func (e *emitter) based(name string, of Expr) Expr {
	if _, column := of.(Name); column || e.direct || len(e.profile.Columns) == 0 {
		return of
	}
	return e.remember(&e.bases, name, of)
}

func (e *emitter) remember(list *[]Column, name string, of Expr) Expr {
	text := e.d.PrintExpr(of)
	if known, ok := e.byText[text]; ok {
		return Name{known}
	}
	name = e.free(name)
	e.byText[text] = name
	*list = append(*list, Column{Of: of, As: name})
	return Name{name}
}

// param is a name for the parameter of a lambda whose body reads columns too.
func (e *emitter) param(name string) string {
	for e.names[name] {
		name += "_"
	}
	return name
}

// free is a name that nothing else has, and takes it.
func (e *emitter) free(name string) string {
	name = comment(name)
	for base, n := name, 2; e.names[strings.ToLower(name)]; n++ {
		name = fmt.Sprintf("%s (%d)", base, n)
	}
	e.names[strings.ToLower(name)] = true
	return name
}

// expr emits a node. What cannot be said is FALSE, beside a diagnostic.
func (e *emitter) expr(node ir.Expr) Expr {
	switch node := node.(type) {
	case *ir.AndExpr:
		and := make(And, 0, len(node.Operands))
		for _, operand := range node.Operands {
			of := e.expr(operand)
			if inner, ok := of.(And); ok {
				and = append(and, inner...)
			} else {
				and = append(and, of)
			}
		}
		return and
	case *ir.OrExpr:
		return e.or(node)
	case *ir.NotExpr:
		return e.not(e.expr(node.Operand))
	case *ir.ConstExpr:
		return Bool(node.Value)
	case *ir.NullExpr:
		return e.exists(&node.Field, false)
	case *ir.ExistsExpr:
		return e.exists(&node.Field, true)
	case *ir.FieldRefExpr:
		return e.fieldRef(node)
	case *ir.KeywordExpr:
		return e.d.anyMatch(e.strings(node.Pos()), "x", e.keyword(node)(Name{"x"}))
	case *ir.RegexExpr:
		if predicate := e.keyword(node); predicate != nil {
			return e.d.anyMatch(e.strings(node.Pos()), "x", predicate(Name{"x"}))
		}
	}
	fields := ir.Fields(node)
	if len(fields) != 1 {
		panic(fmt.Sprintf("egret bug: unknown node %T", node))
	}
	l, ok := e.field(fields[0], e.exactNeeded(node))
	if !ok {
		return Bool(false)
	}
	return e.leaf(l, node)
}

// not negates a predicate whose NULL means false.
func (e *emitter) not(of Expr) Expr {
	switch of := of.(type) {
	case Bool:
		return !of
	case IsNull:
		return IsNull{Of: of.Of, Not: !of.Not}
	case Not:
		return of.Of
	case Call:
		if of.Fn == "COALESCE" {
			return Not{of}
		}
	}
	return Not{call("COALESCE", of, Bool(false))}
}

// exactNeeded tells whether a predicate could tell one way of writing a number from another.
func (e *emitter) exactNeeded(node ir.Expr) bool {
	if len(e.profile.Columns) == 0 {
		return false // there is no JSON text
	}
	switch node := node.(type) {
	case *ir.StringExpr:
		return seesNumbers(node.Pattern) || onlyWildcards(node.Pattern) && len(node.Pattern) > 0
	case *ir.NumberExpr, *ir.RegexExpr:
		return true
	}
	return false
}

// leaf emits a predicate over the values of one field.
func (e *emitter) leaf(l leaves, node ir.Expr) Expr {
	if l.one != nil {
		return e.predicate(l, node)
	}
	return e.d.anyMatch(l.list, "x", e.predicate(leaves{one: Name{"x"}, kind: schema.Text}, node))
}

// predicate emits a predicate over one value.
func (e *emitter) predicate(l leaves, node ir.Expr) Expr {
	if !e.readable(l.kind, node) {
		return Bool(false)
	}
	if node, ok := node.(*ir.StringExpr); ok {
		return e.stringPredicate(l, node.Op, node.Pattern, node.Cased)
	}
	text := e.text(l)
	switch node := node.(type) {
	case *ir.NumberExpr:
		if l.kind == schema.Integer || l.kind == schema.Double {
			return compare(comparisons[node.Op], l.one, e.d.numberLiteral(node.Text))
		}
		if node.Op == ir.NumberEqual {
			return e.d.numberEquals(text, []string{node.Text})
		}
		return e.d.numberText(text, comparisons[node.Op], node.Text)
	case *ir.BoolExpr:
		if l.kind == schema.Boolean {
			return compare("=", l.one, Bool(node.Value))
		}
		return compare("=", lower(text), Text(fmt.Sprint(node.Value)))
	case *ir.RegexExpr:
		return e.regexOf(node)(text)
	case *ir.CIDRExpr:
		return e.d.cidr(text, node.Prefix)
	case *ir.TimePartExpr:
		return e.timePart(l, node)
	}
	panic(fmt.Sprintf("egret bug: unknown predicate %T", node))
}

// readable refuses predicates over values whose text the table does not keep.
func (e *emitter) readable(kind schema.Kind, node ir.Expr) bool {
	reason := ""
	switch kind {
	case schema.Struct:
		reason = "it is an object there, whose text the table does not keep"
	case schema.Double:
		if _, ok := node.(*ir.NumberExpr); !ok {
			reason = "it is a floating-point number there, whose text the table does not keep"
		}
	case schema.Timestamp, schema.Date:
		if _, ok := node.(*ir.TimePartExpr); !ok {
			reason = "it is a time there, whose text the table does not keep"
		}
	case schema.Unknown, schema.Text, schema.Integer, schema.Boolean, schema.JSON, schema.Array, schema.Map:
	}
	if number, ok := node.(*ir.NumberExpr); ok && reason == "" && !plainDecimal.MatchString(number.Text) {
		e.refusef(node.Pos(), "number-in-sql", "19 digits before the point and 17 behind it are the most",
			"%s has more digits than SQL compares exactly", number.Text)
		return false
	}
	if reason != "" {
		e.refusef(node.Pos(), "field-in-table", reason, "field %q cannot be compared exactly in this table", ir.Fields(node)[0].Name)
		return false
	}
	return true
}

func (e *emitter) regexOf(node *ir.RegexExpr) func(text Expr) Expr {
	pattern, err := translateRegex(node, e.d.regexFlavor)
	if err != nil {
		e.refusef(node.Span, "regex-in-sql", "", "%s cannot run this regular expression: %v", e.d.Title, err)
		return func(Expr) Expr { return Bool(false) }
	}
	return func(text Expr) Expr { return e.d.regex(text, pattern) }
}

// exists tells whether a field has a leaf, or has none.
func (e *emitter) exists(f *ir.Field, want bool) Expr {
	l, ok := e.field(f, false)
	switch {
	case !ok:
		return Bool(!want)
	case l.one != nil:
		return IsNull{Of: l.one, Not: want}
	}
	there := e.d.anyMatch(l.list, "x", notNull(Name{"x"}))
	if want {
		return there
	}
	return e.not(there)
}

func (e *emitter) fieldRef(node *ir.FieldRefExpr) Expr {
	left, ok := e.field(&node.Field, true)
	right, ok2 := e.field(&node.Other, true)
	if !ok || !ok2 || !e.readable(left.kind, node) || !e.readable(right.kind, node) {
		return Bool(false)
	}
	related := func(x, y Expr) Expr { return e.refPredicate(x, y, node.Op, node.Cased) }
	switch {
	case left.one != nil && right.one != nil:
		return related(e.text(left), e.text(right))
	case left.one != nil:
		y := e.param("y")
		return e.d.anyMatch(right.list, y, related(e.text(left), Name{y}))
	case right.one != nil:
		x := e.param("x")
		return e.d.anyMatch(left.list, x, related(Name{x}, e.text(right)))
	}
	return e.d.anyMatch(left.list, "x", e.d.anyMatch(right.list, "y", related(Name{"x"}, Name{"y"})))
}

// timeForm is the form of RFC 3339, section 5.6.
const timeForm = `^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])[Tt]([01][0-9]|2[0-3]):[0-5][0-9]:([0-5][0-9]|60)(\.[0-9]+)?([Zz]|[+-]([01][0-9]|2[0-3]):[0-5][0-9])$`

// timeParts are the parts of times in the words of extract().
var timeParts = map[ir.TimePart]string{
	ir.Minute: "minute", ir.Hour: "hour", ir.Day: "day", ir.Week: "week", ir.Month: "month", ir.Year: "year",
}

func (e *emitter) timePart(l leaves, node *ir.TimePartExpr) Expr {
	var at Expr
	if l.kind == schema.Timestamp || l.kind == schema.Date {
		at = e.d.clock(l.one, l.zone)
	} else {
		text := e.text(l)
		// Parts of seconds change no part that can be asked for, and engines keep few of them.
		whole := call("upper", e.d.regexReplace(text, `\.[0-9]+`, ""))
		// A leap second is in the minute that it is written in. In this form nothing else is 60, and engines know no second 60.
		whole = call("replace", whole, Text(":60"), Text(":59"))
		at = atUTC(ifThen(e.d.regex(text, timeForm), e.d.timestamp(whole), nil))
	}
	return compare(comparisons[node.Op], e.d.timePart(at, timeParts[node.Part]), e.d.numberLiteral(node.Text))
}
