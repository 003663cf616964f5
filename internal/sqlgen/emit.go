package sqlgen

import (
	"fmt"
	"strings"

	"github.com/egret-hunt/egret/diag"
	"github.com/egret-hunt/egret/internal/ir"
	"github.com/egret-hunt/egret/internal/schema"
	"github.com/egret-hunt/egret/internal/sqlgen/sqlnumber"
	"github.com/egret-hunt/egret/internal/sqlgen/sqlregex"
	"github.com/egret-hunt/egret/internal/sqlgen/sqltree"
	"github.com/egret-hunt/egret/internal/value"
	"github.com/egret-hunt/egret/source"
)

// Unmapped says what to do about a field that has no column in a table.
type Unmapped uint8

// The ways to handle unmapped fields.
const (
	FailUnmapped Unmapped = iota // refuse the rule
	WarnUnmapped                 // the field counts as missing, with a warning
	DropUnmapped                 // the field counts as missing
)

// emitter turns the predicates of one query into SQL.
type emitter struct {
	d           *sqltree.Dialect
	layout      *schema.Layout
	unmappedWay Unmapped
	// row is the alias of the table, "" where none is needed.
	row string

	faults diag.List
	// fields and missing are the names of the fields that were used, and of those without a column, in order.
	fields, missing []string
	// bases are expressions over the columns of the table that got a name, lets those over columns and bases; in order of
	// their first use. direct: none may be added.
	bases, lets []sqltree.Column
	direct      bool
	// usual means that only the first column of the time of events is read.
	usual bool
	// lowers are texts in lower case, computed before all else where lowering is set: engines that compare a column with
	// hundreds of literals would lower-case it as often.
	lowers   []sqltree.Column
	lowering bool
	byText   map[string]string // printed expression → its name
	// heads are the columns, lower-cased, of which members are read.
	heads map[string]bool
	// read are the columns that were read, as the layout writes them.
	read  map[string]bool
	names map[string]bool // lower-cased, that are taken
	// known has the fields that were already looked up.
	known []knownField
}

// knownField is a field that was looked up.
type knownField struct {
	name   string
	path   *value.Path // the first of the field's
	exact  bool
	leaves leaves
}

func newEmitter(d *sqltree.Dialect, layout *schema.Layout, way Unmapped) *emitter {
	e := &emitter{d: d, layout: layout, unmappedWay: way, byText: map[string]string{}, names: map[string]bool{}, heads: map[string]bool{}, read: map[string]bool{}}
	for _, c := range layout.Columns {
		e.names[strings.ToLower(c.Name)] = true
	}
	for _, p := range layout.Partitions {
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

// unmapped handles a field without a column.
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
	if near, unknown := e.layout.Schema.Unknown(f.Name); unknown && near != "" {
		help = "the nearest is " + near
	}
	e.faults.Add(diag.Diagnostic{
		Code: "unmapped-field", Severity: severity, Span: f.Span, Help: help,
		Message: fmt.Sprintf("field %q has no home in %s", f.Name, e.layout.FullName()),
	})
}

// shared names the list of a field's values, so that it is written once. For a table with unknown columns no names can be added.
func (e *emitter) shared(f *ir.Field, l leaves, exact bool) leaves {
	if l.list == nil || len(e.layout.Columns) == 0 {
		return l
	}
	name := f.Name
	if exact {
		name += " as written"
	}
	return leaves{list: e.named(name, l.list)}
}

// named returns a reference to an expression that is computed in addition to the columns of the table.
func (e *emitter) named(name string, of sqltree.Expr) sqltree.Expr {
	return e.remember(&e.lets, name, of)
}

// based is a reference to an expression that is computed before those of named, which may read it. A column stays itself.
func (e *emitter) based(name string, of sqltree.Expr) sqltree.Expr {
	if _, column := of.(sqltree.Name); column || e.direct || len(e.layout.Columns) == 0 {
		return of
	}
	return e.remember(&e.bases, name, of)
}

func (e *emitter) remember(list *[]sqltree.Column, name string, of sqltree.Expr) sqltree.Expr {
	if e.d.Lacking(of) != "" {
		return of // refused where it is used, with a position
	}
	text := e.d.PrintExpr(of)
	if known, ok := e.byText[text]; ok {
		return sqltree.Name{known}
	}
	name = e.free(name)
	e.byText[text] = name
	*list = append(*list, sqltree.Column{Of: of, As: name})
	return sqltree.Name{name}
}

// param returns a name for the parameter of a lambda whose body also reads columns.
func (e *emitter) param(name string) string {
	for e.names[name] {
		name += "_"
	}
	return name
}

// free returns an unused name and reserves it.
func (e *emitter) free(name string) string {
	name = sqltree.Comment(name)
	for base, n := name, 2; e.names[strings.ToLower(name)]; n++ {
		name = fmt.Sprintf("%s (%d)", base, n)
	}
	e.names[strings.ToLower(name)] = true
	return name
}

// expr emits a node. For a node that cannot be expressed it reports a diagnostic and emits FALSE.
func (e *emitter) expr(node ir.Expr) sqltree.Expr {
	of := e.node(node)
	if feature := e.d.Lacking(of); feature != "" {
		e.lacks(feature, node.Pos())
		return sqltree.Bool(false)
	}
	return of
}

// lacks refuses a node that needs a feature which the dialect does not have.
func (e *emitter) lacks(feature string, span source.Span) {
	e.refusef(span, "feature-in-sql", "another target has it", "%s has no %s", e.d.Title, strings.TrimPrefix(feature, "the "))
}

// complete refuses a query that needs a feature which the dialect does not have. The predicates of rules were refused
// where they stand; what is left is what every query of the table needs, such as its time.
func (e *emitter) complete(s *sqltree.Select, span source.Span) bool {
	feature := e.d.LackingIn(s)
	if feature != "" {
		e.lacks(feature, span)
	}
	return feature == ""
}

// node emits a node in the dialect, which may lack a feature that it needs.
func (e *emitter) node(node ir.Expr) sqltree.Expr {
	switch node := node.(type) {
	case *ir.AndExpr:
		and := make(sqltree.And, 0, len(node.Operands))
		for _, operand := range node.Operands {
			of := e.expr(operand)
			if inner, ok := of.(sqltree.And); ok {
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
		return sqltree.Bool(node.Value)
	case *ir.NullExpr:
		return e.exists(&node.Field, false)
	case *ir.ExistsExpr:
		return e.exists(&node.Field, true)
	case *ir.FieldRefExpr:
		return e.fieldRef(node)
	case *ir.KeywordExpr:
		return e.d.AnyMatch(e.strings(node.Pos()), "x", e.keyword(node)(sqltree.Name{"x"}))
	case *ir.RegexExpr:
		if predicate := e.keyword(node); predicate != nil {
			return e.d.AnyMatch(e.strings(node.Pos()), "x", predicate(sqltree.Name{"x"}))
		}
	}
	fields := ir.Fields(node)
	if len(fields) != 1 {
		panic(fmt.Sprintf("egret bug: unknown node %T", node))
	}
	l, ok := e.field(fields[0], e.exactNeeded(node))
	if !ok {
		return sqltree.Bool(false)
	}
	return e.leaf(l, node)
}

// not negates a predicate whose NULL means false.
func (e *emitter) not(of sqltree.Expr) sqltree.Expr {
	switch of := of.(type) {
	case sqltree.Bool:
		return !of
	case sqltree.IsNull:
		return sqltree.IsNull{Of: of.Of, Not: !of.Not}
	case sqltree.Not:
		return of.Of
	case sqltree.Call:
		if of.Fn == "COALESCE" {
			return sqltree.Not{Of: of}
		}
	}
	return sqltree.Not{Of: sqltree.Fn("COALESCE", of, sqltree.Bool(false))}
}

// exactNeeded reports whether a predicate depends on how a number is written.
func (e *emitter) exactNeeded(node ir.Expr) bool {
	if len(e.layout.Columns) == 0 {
		return false // there is no JSON text
	}
	switch node := node.(type) {
	case *ir.StringExpr:
		return seesNumbers(node.Pattern) || onlyWildcards(node.Pattern) && len(node.Pattern) > 0
	case *ir.NumberExpr, *ir.TextOrderExpr, *ir.RegexExpr:
		return true
	}
	return false
}

// leaf emits a predicate over the values of one field.
func (e *emitter) leaf(l leaves, node ir.Expr) sqltree.Expr {
	if l.one != nil {
		return e.predicate(l, node)
	}
	return e.d.AnyMatch(l.list, "x", e.predicate(leaves{one: sqltree.Name{"x"}, kind: schema.Text}, node))
}

// predicate emits a predicate over one value.
func (e *emitter) predicate(l leaves, node ir.Expr) sqltree.Expr {
	if !e.readable(l.kind, node) {
		return sqltree.Bool(false)
	}
	if node, ok := node.(*ir.StringExpr); ok {
		return e.stringPredicate(l, node.Op, node.Pattern, node.Cased)
	}
	text := e.text(l)
	switch node := node.(type) {
	case *ir.NumberExpr:
		if l.kind == schema.Integer || l.kind == schema.Double {
			return sqltree.Compare(comparisons[node.Op], l.one, sqlnumber.Literal(e.d, node.Text))
		}
		if node.Op == ir.NumberEqual {
			return sqlnumber.Equals(e.d, text, []string{node.Text})
		}
		return sqlnumber.Compares(e.d, text, comparisons[node.Op], node.Text)
	case *ir.TextOrderExpr: // the order of the bytes of UTF-8 is that of code points
		return sqltree.Compare(comparisons[node.Op], e.d.Ordered(text), e.d.Ordered(sqltree.Text(node.Text)))
	case *ir.BoolExpr:
		if l.kind == schema.Boolean {
			return sqltree.Compare("=", l.one, sqltree.Bool(node.Value))
		}
		return sqltree.Compare("=", e.lower(text, fmt.Sprint(node.Value)), sqltree.Text(fmt.Sprint(node.Value)))
	case *ir.RegexExpr:
		return e.regexOf(node)(text)
	case *ir.CIDRExpr:
		return e.d.CIDR(text, node.Prefix)
	case *ir.TimePartExpr:
		return e.timePart(l, node)
	}
	panic(fmt.Sprintf("egret bug: unknown predicate %T", node))
}

// readable refuses predicates on values whose original text the table does not keep.
func (e *emitter) readable(kind schema.Kind, node ir.Expr) bool {
	if s, ok := node.(*ir.StringExpr); ok && !e.closed(s.Pattern, s.Span) {
		return false
	}
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
	if number, ok := node.(*ir.NumberExpr); ok && reason == "" && !sqlnumber.Plain.MatchString(number.Text) {
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

// closed refuses a pattern with a placeholder that has no values.
func (e *emitter) closed(p ir.Pattern, span source.Span) bool {
	for _, part := range p {
		if part.Kind == ir.Placeholder {
			e.refusef(span, "unresolved-placeholder", "add values under `placeholders:` in egret.yaml", "placeholder %%%s%% has no values", part.Text)
			return false
		}
	}
	return true
}

func (e *emitter) regexOf(node *ir.RegexExpr) func(text sqltree.Expr) sqltree.Expr {
	pattern, err := sqlregex.Translate(node, e.d.RegexFlavor)
	if err != nil {
		e.refusef(node.Span, "regex-in-sql", "", "%s cannot run this regular expression: %v", e.d.Title, err)
		return func(sqltree.Expr) sqltree.Expr { return sqltree.Bool(false) }
	}
	return func(text sqltree.Expr) sqltree.Expr { return e.d.Regex(text, pattern) }
}

// exists emits the test whether a field has a leaf, or has none.
func (e *emitter) exists(f *ir.Field, want bool) sqltree.Expr {
	l, ok := e.field(f, false)
	switch {
	case !ok:
		return sqltree.Bool(!want)
	case l.one != nil:
		return sqltree.IsNull{Of: l.one, Not: want}
	}
	there := e.d.AnyMatch(l.list, "x", sqltree.NotNull(sqltree.Name{"x"}))
	if want {
		return there
	}
	return e.not(there)
}

func (e *emitter) fieldRef(node *ir.FieldRefExpr) sqltree.Expr {
	left, ok := e.field(&node.Field, true)
	right, ok2 := e.field(&node.Other, true)
	if !ok || !ok2 || !e.readable(left.kind, node) || !e.readable(right.kind, node) {
		return sqltree.Bool(false)
	}
	related := func(x, y sqltree.Expr) sqltree.Expr { return e.refPredicate(x, y, node.Op, node.Cased) }
	switch {
	case left.one != nil && right.one != nil:
		return related(e.text(left), e.text(right))
	case left.one != nil:
		y := e.param("y")
		return e.d.AnyMatch(right.list, y, related(e.text(left), sqltree.Name{y}))
	case right.one != nil:
		x := e.param("x")
		return e.d.AnyMatch(left.list, x, related(sqltree.Name{x}, e.text(right)))
	}
	x := "x"
	sqltree.Walk(right.list, func(of sqltree.Expr) bool {
		if name, ok := of.(sqltree.Name); ok && name[0] == x {
			x = e.param("x") // else the parameter would hide the list
		}
		return true
	})
	return e.d.AnyMatch(left.list, x, e.d.AnyMatch(right.list, "y", related(sqltree.Name{x}, sqltree.Name{"y"})))
}

// timeForm is the form of RFC 3339, section 5.6.
const timeForm = `^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])[Tt]([01][0-9]|2[0-3]):[0-5][0-9]:([0-5][0-9]|60)(\.[0-9]+)?([Zz]|[+-]([01][0-9]|2[0-3]):[0-5][0-9])$`

// timeParts maps the parts of times to the names that extract() uses.
var timeParts = map[ir.TimePart]string{
	ir.Minute: "minute", ir.Hour: "hour", ir.Day: "day", ir.Week: "week", ir.Month: "month", ir.Year: "year",
}

func (e *emitter) timePart(l leaves, node *ir.TimePartExpr) sqltree.Expr {
	var at sqltree.Expr
	if l.kind == schema.Timestamp || l.kind == schema.Date {
		at = e.d.Clock(l.one, l.zone)
	} else {
		text := e.text(l)
		// Fractions of a second do not change any part that a rule can test, and engines keep few of their digits.
		whole := sqltree.Fn("upper", e.d.RegexReplace(text, `\.[0-9]+`, ""))
		// A leap second is in the minute that it is written in. In this form nothing else is 60, and engines know no second 60.
		whole = sqltree.Fn("replace", whole, sqltree.Text(":60"), sqltree.Text(":59"))
		at = e.d.AtUTC(sqltree.If(e.d.Regex(text, timeForm), e.d.Timestamp(whole), nil))
	}
	return sqltree.Compare(comparisons[node.Op], e.d.TimePart(at, timeParts[node.Part]), sqlnumber.Literal(e.d, node.Text))
}
