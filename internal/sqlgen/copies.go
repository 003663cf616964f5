package sqlgen

import (
	"slices"

	"github.com/egret-hunt/egret/internal/schema"
)

// copies is what makes rows copies of one event: the parts of its id, and what else they agree in.
type copies struct {
	// ids are the parts of the id; a row that lacks one is no copy of another.
	ids []Expr
	// texts tells which parts are texts: one that is empty is missing, too.
	texts []bool
	// rest is the time and the parts that the schema names. Missing ones are equal.
	rest []Expr
}

// copies is what makes two rows copies of one event, nil if the table has no such thing.
func (e *emitter) copies() *copies {
	if len(e.profile.ID) == 0 {
		return nil
	}
	c := &copies{}
	for _, place := range e.profile.ID {
		l, reason := e.place(place, false)
		if reason != "" {
			return nil
		}
		c.ids = append(c.ids, e.short("event id", e.single(l)))
		c.texts = append(c.texts, l.one == nil || l.kind == schema.Text)
	}
	for _, of := range append([]Expr{e.copyTime()}, e.copyParts()...) {
		text := ""
		if of != nil {
			text = e.d.PrintExpr(of)
		}
		if text != "" && !slices.ContainsFunc(c.ids, func(id Expr) bool { return e.d.PrintExpr(id) == text }) {
			c.rest = append(c.rest, of)
		}
	}
	return c
}

// copyTime is the time of an event, in a form in which equal times are equal; nil if the table has none.
func (e *emitter) copyTime() Expr {
	column := e.profile.Time
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
	return e.instant(column, at)
}

// copyParts are the parts that the schema names.
func (e *emitter) copyParts() []Expr {
	var parts []Expr
	for _, places := range e.profile.Copy {
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

// once selects columns of rows, of the copies of an event one; same nil: all rows stay.
func (e *emitter) once(rows *Select, columns []Column, same *copies) *Select {
	if same != nil {
		rows, _ = e.first(rows, []Column{{Of: Star{}}}, same)
	}
	rows.Columns = columns
	return rows
}

// first are columns of rows, of the copies of an event those of one, and the name of a column that it adds.
func (e *emitter) first(rows *Select, columns []Column, same *copies) (*Select, string) {
	number := e.free("copy")
	window := Window{Of: Call{Fn: "row_number"}, Partition: slices.Concat(same.ids, same.rest)}
	rows.Columns = slices.Concat(columns, []Column{{Of: window, As: number}})
	first := Or{compare("=", Name{number}, Number("1"))}
	for i, id := range same.ids {
		if same.texts[i] {
			first = append(first, compare("=", coalesce(id, Text("")), Text("")))
		} else {
			first = append(first, IsNull{Of: id})
		}
	}
	return &Select{Columns: []Column{{Of: Star{}}}, From: Source{Query: rows, As: e.free("matched")}, Where: first}, number
}
