package sqlgen

import (
	"github.com/egret-hunt/egret/diag"
	"github.com/egret-hunt/egret/internal/ir"
	"github.com/egret-hunt/egret/internal/schema"
	"github.com/egret-hunt/egret/internal/sqlgen/sqltree"
)

// Correlation makes the statement that returns the findings of the correlation at an index of list, and only of it. Bases
// of the list's correlations refer to queries, whose fields must be bound, or to list. Fields of group-by and values that
// are not bound are looked up in the layout's schema.
//
// A row is a finding: the values of group-by under the names of the rule, first and last (times of the evidence), count
// (of different events), value (the greatest of the burst; not for percentiles, medians and conditions over rules; rounded
// for sums and averages) and ids (of the events, by time and id). Events without an id count, but are not in ids. Rows are
// in order of last, first and group.
//
// A list with errors comes with a Statement without Select.
func Correlation(list []*ir.Correlation, index int, queries []*ir.Query, opt Options) (*Statement, diag.List) {
	s := &eventSource{queries: queries, opt: opt, statement: &Statement{}}
	table := tableName(opt)
	found, faults := correlationSelect(opt.Dialect, list, index, s.rows, table[len(table)-1])
	faults = append(s.faults, faults...)
	if !faults.HasErrors() {
		s.statement.Select = found
	}
	return s.statement, faults
}

// Events makes the query for all events of the time range that a correlation looks at: of each the id as text, NULL without
// one; ts, its time in nanoseconds since 1970-01-01T00:00:00Z, NULL without one; whether each of the queries holds, never
// NULL (b1, b2 …); and the list of the texts of each field (f1, f2 …). There must be a query. Copies of an event are all
// there, as are events that no query holds for. Fields of queries must be bound; other fields that are not are looked up in
// the layout's schema. A list with errors comes without a query.
func Events(queries []*ir.Query, fields []ir.Field, opt Options) (*sqltree.Select, diag.List) {
	s := &eventSource{queries: queries, opt: opt, statement: &Statement{}}
	every := make([]int, len(queries))
	for i := range every {
		every[i] = i
	}
	rows, _ := s.events(every, fields, false)
	return rows, s.faults
}

// eventSource is a rowSource over a table. Each correlation of a chain that counts events reads it once.
type eventSource struct {
	queries   []*ir.Query
	opt       Options
	statement *Statement
	faults    diag.List
}

// rows is a rowSource.
func (s *eventSource) rows(queries []int, fields []ir.Field) (*sqltree.Select, int) {
	return s.events(queries, fields, true)
}

// events returns the events of queries, with or without the columns that distinguish copies.
func (s *eventSource) events(queries []int, fields []ir.Field, copies bool) (_ *sqltree.Select, parts int) {
	e := newEmitter(s.opt.Dialect, s.opt.Layout, s.opt.Unmapped)
	var columns []sqltree.Column
	for i, query := range queries {
		holds := sqltree.Coalesce(e.expr(s.queries[query].Where), sqltree.Bool(false))
		columns = append(columns, sqltree.Column{Of: holds, As: numbered("b", i)})
	}
	for i := range fields {
		columns = append(columns, sqltree.Column{Of: e.fieldTexts(fields[i]), As: numbered("f", i)})
	}
	if copies {
		for i, part := range e.copyParts() {
			columns = append(columns, sqltree.Column{Of: part, As: numbered("k", i)})
			parts++
		}
	}
	id, at := e.eventID(), e.eventTime(queries, s.queries)
	rows := e.rows(nil, s.opt)
	rows.Columns = append([]sqltree.Column{{Of: id, As: "id"}, {Of: at, As: "ts"}}, columns...)

	s.faults = append(s.faults, e.faults...)
	s.statement.Fields = appendNew(s.statement.Fields, e.fields)
	s.statement.Missing = appendNew(s.statement.Missing, e.missing)
	if e.faults.HasErrors() {
		return nil, 0
	}
	return rows, parts
}

// appendNew appends the names that are not in a list yet.
func appendNew(list, more []string) []string {
	for _, name := range more {
		known := false
		for _, other := range list {
			known = known || other == name
		}
		if !known {
			list = append(list, name)
		}
	}
	return list
}

// textless maps the kinds of values whose original text a table does not keep to the reason.
var textless = map[schema.Kind]string{
	schema.Struct:    "it is an object there, whose text the table does not keep",
	schema.Double:    "it is a floating-point number there, whose text the table does not keep",
	schema.Timestamp: "it is a time there, whose text the table does not keep",
	schema.Date:      "it is a date there, whose text the table does not keep",
}

// fieldTexts returns the list of the texts of a field's leaves, with numbers as written in the log.
func (e *emitter) fieldTexts(field ir.Field) sqltree.Expr {
	if field.Paths == nil {
		field.Paths = e.layout.Schema.Paths(field.Name)
	}
	none := sqltree.Cast{Of: sqltree.List{}, Type: e.d.ListType(e.d.TextType), Try: false}
	l, ok := e.field(&field, true)
	if !ok {
		return none
	}
	if reason := textless[l.kind]; l.one != nil && reason != "" {
		e.refusef(field.Span, "field-in-table", reason, "field %q cannot be compared exactly in this table", field.Name)
		return none
	}
	return e.texts(l)
}

// eventID returns the id of an event as text, NULL if a part of it is missing or empty.
func (e *emitter) eventID() sqltree.Expr {
	var id sqltree.Expr
	for _, place := range e.layout.ID {
		l, reason := e.place(place, false)
		if reason != "" {
			id = nil
			break
		}
		part := e.single(l)
		if l.one != nil {
			part = e.text(l)
		}
		part = sqltree.Fn("NULLIF", part, sqltree.Text(""))
		if id == nil {
			id = part
		} else {
			id = sqltree.Concat(id, sqltree.Text(e.layout.Schema.IDSeparator), part)
		}
	}
	if id == nil {
		return sqltree.Cast{Of: sqltree.Null{}, Type: e.d.TextType, Try: false}
	}
	return id
}

// instantForm is what value.ParseTime reads: RFC 3339, where a space may stand for the T and a missing zone is UTC, in the
// years that 64 bits of nanoseconds hold.
const instantForm = `^(167[89]|16[89][0-9]|1[7-9][0-9]{2}|2[01][0-9]{2}|22[0-5][0-9]|226[01])` +
	`-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])[Tt ]([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](\.[0-9]+)?([Zz]|[+-]([01][0-9]|2[0-3]):[0-5][0-9])?$`

// eventTime returns the time of an event in nanoseconds since 1970-01-01T00:00:00Z, NULL if it has no readable time.
func (e *emitter) eventTime(counted []int, queries []*ir.Query) sqltree.Expr {
	column := e.layout.Time
	reason := "the table does not say when an event took place"
	var at sqltree.Expr
	if column != nil {
		at, reason = e.timePlace(column)
	}
	if at == nil {
		query := queries[counted[0]]
		e.refusef(query.Where.Pos(), "correlation-in-sql", reason, "a correlation needs the time of events")
		return sqltree.Null{}
	}
	return e.instant(column, at)
}

// timePlace returns the stored value of a table's time, or nil and a reason if it cannot be read.
func (e *emitter) timePlace(column *schema.TimeColumn) (sqltree.Expr, string) {
	first, reason := e.place(column.Location, false)
	if reason != "" {
		return nil, reason
	}
	places := []sqltree.Expr{e.single(first)}
	others := column.Else
	if e.usual {
		others = nil
	}
	for _, place := range others {
		if l, reason := e.place(place, false); reason == "" {
			places = append(places, e.single(l))
		}
	}
	if len(places) == 1 {
		return places[0], ""
	}
	return sqltree.Coalesce(places...), ""
}

// instant converts a value of a table's time to nanoseconds since 1970-01-01T00:00:00Z, NULL if it cannot be read.
func (e *emitter) instant(column *schema.TimeColumn, at sqltree.Expr) sqltree.Expr {
	whole := func(unit int) sqltree.Expr {
		return sqltree.Times(sqltree.Cast{Of: e.wholeNumber(at), Type: e.d.IntegerType, Try: false}, sqltree.Int(unit))
	}
	switch column.Format {
	case schema.EpochSecond:
		return whole(1_000_000_000)
	case schema.EpochMilli:
		return whole(1_000_000)
	case schema.TimeType:
		return e.d.EpochNanos(at)
	case schema.CommonLog:
		return e.d.EpochSeconds(e.d.CommonLog(at))
	case schema.TimeText:
	}
	at = e.short("event time", at)
	seconds := sqltree.Fn("replace", sqltree.Fn("upper", e.d.RegexReplace(at, `\.[0-9]+`, "")), sqltree.Text(" "), sqltree.Text("T"))
	zone := sqltree.If(e.d.Regex(at, `([Zz]|[+-][0-9:]{5})$`), sqltree.Text(""), sqltree.Text("Z"))
	nanos := sqltree.Plus(e.d.EpochSeconds(e.d.Timestamp(sqltree.Concat(seconds, zone))), fractionNanos(e.d, at))
	return sqltree.If(e.d.Regex(at, instantForm), nanos, nil)
}

// fractionNanos returns the nanoseconds after the decimal point in the text of a time.
func fractionNanos(d *sqltree.Dialect, text sqltree.Expr) sqltree.Expr {
	digits := sqltree.Coalesce(d.RegexExtract(text, `\.([0-9]+)`, 1), sqltree.Text(""))
	return sqltree.Cast{Of: sqltree.Fn("rpad", digits, sqltree.Number("9"), sqltree.Text("0")), Type: d.IntegerType, Try: false}
}
