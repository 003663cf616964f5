package sqlgen

import (
	"slices"

	"github.com/egret-hunt/egret/internal/schema"
	"github.com/egret-hunt/egret/internal/sqlgen/sqltree"
)

// copies describes which rows are copies of one event: those that have equal ids and agree in some other values.
type copies struct {
	// ids are the parts of the id; a row that lacks one is no copy of another.
	ids []sqltree.Expr
	// texts reports which parts are texts; an empty text counts as missing.
	texts []bool
	// rest is the time and the other values that the schema compares. Missing values are equal.
	rest []sqltree.Expr
}

// copies returns how to recognise copies of an event, nil if the table has no event ids.
func (e *emitter) copies() *copies {
	if len(e.layout.ID) == 0 {
		return nil
	}
	c := &copies{}
	for _, place := range e.layout.ID {
		l, reason := e.place(place, false)
		if reason != "" {
			return nil
		}
		c.ids = append(c.ids, e.short("event id", e.single(l)))
		c.texts = append(c.texts, l.one == nil || l.kind == schema.Text)
	}
	for _, of := range append([]sqltree.Expr{e.copyTime()}, e.copyParts()...) {
		text := ""
		if of != nil {
			text = e.d.PrintExpr(of)
		}
		if text != "" && !slices.ContainsFunc(c.ids, func(id sqltree.Expr) bool { return e.d.PrintExpr(id) == text }) {
			c.rest = append(c.rest, of)
		}
	}
	return c
}

// copyTime returns the time of an event in a form that is the same for equal times, nil if the table has no time.
func (e *emitter) copyTime() sqltree.Expr {
	column := e.layout.Time
	if column == nil {
		return nil
	}
	at, reason := e.timePlace(column)
	if reason != "" {
		return nil
	}
	if column.Format != schema.TimeText || column.UTC {
		return at
	}
	if instant := e.instant(column, at); e.d.Lacking(instant) == "" {
		return instant
	}
	return e.d.Instant(at)
}

// copyParts returns the other values that the schema compares.
func (e *emitter) copyParts() []sqltree.Expr {
	var parts []sqltree.Expr
	for _, places := range e.layout.Copy {
		var found []leaves
		for _, place := range places {
			if l, reason := e.place(place, true); reason == "" {
				found = append(found, l)
			}
		}
		switch {
		case len(found) == 1:
			parts = append(parts, e.single(found[0]))
		case len(found) > 1:
			parts = append(parts, e.single(e.alternatives(found)))
		}
	}
	return parts
}

// once selects columns of rows, with one row for all copies of an event. If same is nil, it keeps all rows.
func (e *emitter) once(rows *sqltree.Select, columns []sqltree.Column, same *copies) *sqltree.Select {
	if same != nil {
		rows, _ = e.first(rows, []sqltree.Column{{Of: sqltree.Star{}}}, same)
	}
	rows.Columns = columns
	return rows
}

// first selects columns of one row for all copies of an event. It also returns the name of the column that it adds.
func (e *emitter) first(rows *sqltree.Select, columns []sqltree.Column, same *copies) (*sqltree.Select, string) {
	number := e.free("copy")
	window := sqltree.Window{Of: sqltree.Call{Fn: "row_number"}, Partition: slices.Concat(same.ids, same.rest)}
	rows.Columns = slices.Concat(columns, []sqltree.Column{{Of: window, As: number}})
	first := sqltree.Or{sqltree.Compare("=", sqltree.Name{number}, sqltree.Number("1"))}
	for i, id := range same.ids {
		if same.texts[i] {
			first = append(first, sqltree.Compare("=", sqltree.Coalesce(id, sqltree.Text("")), sqltree.Text("")))
		} else {
			first = append(first, sqltree.IsNull{Of: id})
		}
	}
	return &sqltree.Select{Columns: []sqltree.Column{{Of: sqltree.Star{}}}, From: sqltree.Source{Query: rows, As: e.free("matched")}, Where: first}, number
}
