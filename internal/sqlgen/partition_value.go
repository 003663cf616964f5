package sqlgen

import (
	"slices"
	"strings"
	"time"

	"github.com/egret-hunt/egret/internal/schema"
	"github.com/egret-hunt/egret/internal/sqlgen/sqltree"
)

// formats are the formats of a partition column; empty for columns of type date or timestamp.
func formatsOf(p schema.Partition) []schema.DateFormat {
	var list []schema.DateFormat
	for _, text := range append([]string{p.Format}, p.Also...) {
		if f, err := schema.ParseDateFormat(text); err == nil {
			list = append(list, f)
		}
	}
	return list
}

// sorted reports whether later times have greater values in a partition column, so that a range can be asked for: numbers are
// compared by their value, texts by their characters.
func sorted(p schema.Partition) bool {
	formats := formatsOf(p)
	if p.Type == schema.Integer && len(formats) > 0 && len(formats[0].Parts()) == 1 {
		return true
	}
	return len(formats) == 0 || len(formats) == 1 && formats[0].Sorted()
}

// partitionValues returns a time as values of a partition column, one for each of its formats.
func partitionValues(d *sqltree.Dialect, p schema.Partition, t time.Time) []sqltree.Expr {
	switch p.Type {
	case schema.Date:
		return []sqltree.Expr{d.DateLiteral(t.Format(time.DateOnly))}
	case schema.Timestamp:
		return []sqltree.Expr{d.ClockLiteral(t.Format(time.DateTime))}
	case schema.Unknown, schema.Text, schema.Integer, schema.Double, schema.Boolean, schema.JSON, schema.Struct, schema.Array, schema.Map:
	}
	var values []sqltree.Expr
	for _, format := range formatsOf(p) {
		var value sqltree.Expr = sqltree.Text(format.Write(t))
		if p.Type == schema.Integer {
			text := format.Write(t)
			value = sqltree.Number(strings.TrimLeft(text[:len(text)-1], "0") + text[len(text)-1:])
		}
		if !slices.Contains(values, value) {
			values = append(values, value)
		}
	}
	return values
}

// oneOf returns the condition that a column has one of several values.
func oneOf(p schema.Partition, values []sqltree.Expr) sqltree.Expr {
	if len(values) == 1 {
		return sqltree.Compare("=", sqltree.Name{p.Column}, values[0])
	}
	return sqltree.In{Of: sqltree.Name{p.Column}, List: values}
}

// maxListed is how many values of a column are listed one by one where ranges cannot be asked for. Longer ranges are not
// bounded by that column.
const maxListed = 1000

// bounds returns the condition for a range of days of one column.
func (c *partitioning) bounds(first, end time.Time) []sqltree.Expr {
	formats := formatsOf(c.column)
	hourly := slices.ContainsFunc(formats, func(f schema.DateFormat) bool { return f.Has('H') })
	if !sorted(c.column) {
		if first.IsZero() || end.IsZero() {
			return nil
		}
		var values []sqltree.Expr
		for t := c.unit.Start(first); t.Before(end); {
			values = append(values, partitionValues(c.d, c.column, t)...)
			switch {
			case hourly:
				t = t.Add(time.Hour)
			default:
				t = c.unit.Add(t, 1)
			}
			if len(values) > maxListed {
				return nil
			}
		}
		if len(values) == 0 {
			return []sqltree.Expr{sqltree.Bool(false)}
		}
		return []sqltree.Expr{oneOf(c.column, values)}
	}
	var conditions []sqltree.Expr
	column := sqltree.Name{c.column.Column}
	value := func(t time.Time) sqltree.Expr { return partitionValues(c.d, c.column, t)[0] }
	if !first.IsZero() {
		conditions = append(conditions, sqltree.Compare(">=", column, value(first)))
	}
	if end.IsZero() {
		return conditions
	}
	last := end.AddDate(0, 0, -1)
	switch {
	case c.column.Type == schema.Timestamp:
		return append(conditions, sqltree.Compare("<", column, value(end)))
	case hourly:
		last = end.Add(-time.Hour)
	}
	return append(conditions, sqltree.Compare("<=", column, value(last)))
}

// beyond asks for the values of a column of parts that are greater (">") or less ("<") than a day's. Where texts do not sort as
// the numbers they are listed: no month has more than 31 days, and no year more than 12 months.
func beyond(d *sqltree.Dialect, p schema.Partition, part, op string, day time.Time) sqltree.Expr {
	if sorted(p) {
		return sqltree.Compare(op, sqltree.Name{p.Column}, partitionValues(d, p, day)[0])
	}
	var values []sqltree.Expr
	for n := range 31 {
		t := time.Date(2000, 1, n+1, 0, 0, 0, 0, time.UTC) // January has them all
		of := day.Day()
		if part == "MM" {
			if n >= 12 {
				break
			}
			t, of = time.Date(2000, time.Month(n+1), 1, 0, 0, 0, 0, time.UTC), int(day.Month())
		}
		if op == ">" && n+1 > of || op == "<" && n+1 < of {
			values = append(values, partitionValues(d, p, t)...)
		}
	}
	if len(values) == 0 {
		return sqltree.Bool(false)
	}
	return oneOf(p, values)
}

// splitBound asks for the day and those after it (">") or before it ("<"), where year, month and day are columns of their
// own: year > … OR year = … AND (month > … OR month = … AND day >= …).
func splitBound(d *sqltree.Dialect, parts map[string]schema.Partition, day time.Time, op string) sqltree.Expr {
	var bound sqltree.Expr
	unit := unitOf(parts)
	for i, part := range []string{"dd", "MM", "yyyy"} {
		if i < int(DayUnit-unit) {
			continue
		}
		p := parts[part]
		equal := oneOf(p, partitionValues(d, p, day))
		switch {
		case bound == nil && sorted(p):
			bound = sqltree.Compare(op+"=", sqltree.Name{p.Column}, partitionValues(d, p, day)[0])
		case bound == nil:
			bound = sqltree.Or{equal, beyond(d, p, part, op, day)}
		default:
			bound = sqltree.Or{beyond(d, p, part, op, day), sqltree.And{equal, bound}}
		}
	}
	return bound
}
