package sqlgen

import (
	"strconv"

	"github.com/egret-hunt/egret/diag"
	"github.com/egret-hunt/egret/internal/ir"
	"github.com/egret-hunt/egret/internal/schema"
)

// Candidates makes the query for the events of the time range for which one of the queries holds: ts, its time in
// nanoseconds since 1970-01-01T00:00:00Z, which may lack the part of a second, NULL without one; whether each of the
// queries holds (b1, b2 …), NULL for no; the text of each field (f1, f2 …); and expressions over the table's columns (c1,
// c2 …). There must be a query; queries must be bound and fields lead to one value. A list with errors comes without a query.
func Candidates(queries []*ir.Query, fields []ir.Field, columns []Expr, opt Options) (*Select, diag.List) {
	e := newEmitter(opt.Dialect, opt.Profile, opt.Unmapped)
	var list []Column
	var any Or
	for i, query := range queries {
		holds := e.expr(query.Where)
		any = append(any, holds)
		list = append(list, Column{Of: holds, As: numbered("b", i)})
	}
	for i := range fields {
		text := Expr(Null{})
		if l, ok := e.field(&fields[i], false); ok && l.one != nil {
			text = e.text(l)
		} else {
			e.refusef(fields[i].Span, "field-in-table", "it may have several values there", "field %q cannot be grouped by", fields[i].Name)
		}
		list = append(list, Column{Of: text, As: numbered("f", i)})
	}
	for i, of := range columns {
		list = append(list, Column{Of: of, As: numbered("c", i)})
	}
	every := make([]int, len(queries))
	for i := range every {
		every[i] = i
	}
	at := e.secondOf(every, queries)
	rows := e.rows(any, opt)
	rows.Columns = append([]Column{{Of: at, As: "ts"}}, list...)
	if e.faults.HasErrors() {
		return nil, e.faults
	}
	return rows, e.faults
}

// secondOf is eventTime, maybe without the part of a second, which costs less for times in the form that most logs have.
func (e *emitter) secondOf(counted []int, queries []*ir.Query) Expr {
	exact := e.eventTime(counted, queries)
	if e.profile.Time == nil || e.profile.Time.Format != schema.TimeText {
		return exact
	}
	l, reason := e.place(e.profile.Time.Place, false)
	if reason != "" {
		return exact
	}
	at := e.short("event time", e.single(l))
	usual := And{compare("=", call("length", at), number(len("2006-01-02T15:04:05Z"))), Like{at, "____-__-__T__:__:__Z"}}
	return Case{Whens: []When{{usual, e.d.epochSeconds(e.d.timestamp(at))}}, Else: exact}
}

// ItemAt is an item of a list by its place, from 1 on, NULL where there is none.
func (d *Dialect) ItemAt(list List, at Expr) Expr { return call(d.item, list, at) }

// WithoutNull is a list without its NULLs.
func (d *Dialect) WithoutNull(list Expr) Expr { return d.filter(list, "x", notNull(Name{"x"})) }

// Contains holds when a text holds a part.
func (d *Dialect) Contains(text Expr, part string) Expr { return d.contains(text, Text(part)) }

// Whole is an integer that fits the sums of the dialect.
func (d *Dialect) Whole(n int) Expr {
	return Cast{Number(strconv.Itoa(n)), d.IntegerType, false}
}

// StringIn is the JSON text of the string that a key of an object in JSON text leads to; NULL where the text is no JSON or may
// not be read exactly, and where the key leads to something else or nothing.
func (d *Dialect) StringIn(text Expr, key string) Expr {
	member := d.jsonMember(d.jsonChecked(d.jsonWhole(text), text), key)
	found := d.let(member, "j", ifThen(d.jsonIsText(Name{"j"}), d.json(Name{"j"}), nil))
	return ifThen(Not{d.contains(text, Text(`\u`))}, found, nil)
}
