package sqlgen

import (
	"strconv"
	"time"

	"github.com/egret-hunt/egret/diag"
	"github.com/egret-hunt/egret/internal/ir"
	"github.com/egret-hunt/egret/internal/sqlgen/sqltree"
	"github.com/egret-hunt/egret/source"
)

// A TallyField is a field to count by.
type TallyField struct {
	// Field has its paths; without any, it has no value in any event.
	Field ir.Field
	// First takes the first value of an event only; else an event counts for each of its values.
	First bool
	// When, if not nil, holds for the events in which the field counts; in others it has no value. It must be bound.
	When ir.Expr
}

// Tally makes the statement that counts events by fields, copies of one event once. It returns a row for each combination of
// values: their texts, NULL for a missing one, in the order of fields; the beginning of the period in nanoseconds since 1970, NULL
// without periods and without a time; the number of events; and the earliest and the latest time, in nanoseconds. A field
// without a home in the table is handled as opt.Unmapped says. A list with errors comes with a Statement without Select.
func Tally(fields []TallyField, period time.Duration, opt Options) (*Statement, diag.List) {
	e := newEmitter(opt.Dialect, opt.Layout, opt.Unmapped)
	null := sqltree.Cast{Of: sqltree.Null{}, Type: e.d.TextType}
	var inner []sqltree.Column
	outer := &sqltree.Select{From: sqltree.Source{As: e.free("counted")}}
	for i := range fields {
		name, value := "f"+strconv.Itoa(i), sqltree.Expr(null)
		l, ok := leaves{}, false
		if len(fields[i].Field.Paths) > 0 {
			l, ok = e.field(&fields[i].Field, true)
		}
		switch reason := textless[l.kind]; {
		case !ok:
		case l.one != nil && reason != "":
			e.refusef(fields[i].Field.Span, "field-in-table", reason, "field %q cannot be counted exactly in this table", fields[i].Field.Name)
		case l.one != nil:
			value = e.text(l)
		default:
			present := e.d.Filter(l.list, "x", sqltree.NotNull(sqltree.Name{"x"}))
			if fields[i].First {
				value = e.d.Item(present, sqltree.Number("1"))
				break
			}
			inner = append(inner, sqltree.Column{Of: present, As: name})
			list := sqltree.Coalesce(sqltree.Fn("NULLIF", sqltree.Name{name}, sqltree.List{}), sqltree.List{null})
			outer.Joins = append(outer.Joins, sqltree.Source{Unnest: []sqltree.Expr{list}, As: "each" + strconv.Itoa(i), Columns: []string{"v" + strconv.Itoa(i)}})
			outer.GroupBy = append(outer.GroupBy, sqltree.Name{"v" + strconv.Itoa(i)})
			continue
		}
		if fields[i].When != nil && ok {
			value = sqltree.If(e.expr(fields[i].When), value, nil)
		}
		inner = append(inner, sqltree.Column{Of: value, As: name})
		outer.GroupBy = append(outer.GroupBy, sqltree.Name{name})
	}
	number := sqltree.Cast{Of: sqltree.Null{}, Type: e.d.IntegerType}
	at, begins := sqltree.Expr(number), sqltree.Expr(number)
	if column := e.layout.Time; column != nil {
		if place, reason := e.timePlace(column); reason == "" {
			at = e.instant(column, place)
		}
	}
	inner = append(inner, sqltree.Column{Of: at, As: "t"})
	if period > 0 {
		over := sqltree.Number(strconv.FormatInt(int64(period), 10))
		rest := func(of sqltree.Expr) sqltree.Expr { return sqltree.Binary{Op: "%", Left: of, Right: over} }
		// The rest of a time before 1970 is negative.
		begins = sqltree.Minus(sqltree.Name{"t"}, rest(sqltree.Plus(rest(sqltree.Name{"t"}), over)))
		outer.GroupBy = append(outer.GroupBy, begins)
	}
	same := e.copies()
	rows := e.once(e.rows(nil, opt), inner, same)
	outer.From.Query = rows
	for i, of := range outer.GroupBy {
		if i < len(fields) {
			outer.Columns = append(outer.Columns, sqltree.Column{Of: of})
		}
	}
	outer.Columns = append(outer.Columns, sqltree.Column{Of: begins, As: "period"},
		sqltree.Column{Of: sqltree.Fn("count", sqltree.Star{}), As: "n"},
		sqltree.Column{Of: sqltree.Fn("min", sqltree.Name{"t"}), As: "first"},
		sqltree.Column{Of: sqltree.Fn("max", sqltree.Name{"t"}), As: "last"})
	statement := &Statement{Fields: e.fields, Missing: e.missing}
	if !e.faults.HasErrors() && e.complete(outer, source.Span{}) {
		statement.Select = outer
	}
	return statement, e.faults
}
