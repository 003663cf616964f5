package sqlgen

import (
	"slices"
	"strings"
	"time"

	"github.com/egret-hunt/egret/internal/schema"
)

// formats are the spellings of a partition column; none for columns of type date or timestamp.
func formatsOf(p schema.Partition) []schema.DateFormat {
	var list []schema.DateFormat
	for _, text := range append([]string{p.Format}, p.Also...) {
		if f, err := schema.ParseDateFormat(text); err == nil {
			list = append(list, f)
		}
	}
	return list
}

// sorted tells whether later times have greater values in a partition column, so that a range can be asked for: numbers are
// compared by their value, texts by their characters.
func sorted(p schema.Partition) bool {
	formats := formatsOf(p)
	if p.Type == schema.Integer && len(formats) > 0 && len(formats[0].Parts()) == 1 {
		return true
	}
	return len(formats) == 0 || len(formats) == 1 && formats[0].Sorted()
}

// partitionValues are a time as a partition column has it, in each of its spellings.
func partitionValues(p schema.Partition, t time.Time) []Expr {
	switch p.Type {
	case schema.Date:
		return []Expr{Typed{"DATE", t.Format(time.DateOnly)}}
	case schema.Timestamp:
		return []Expr{Typed{"TIMESTAMP", t.Format(time.DateTime)}}
	case schema.Unknown, schema.Text, schema.Integer, schema.Double, schema.Boolean, schema.JSON, schema.Struct, schema.Array, schema.Map:
	}
	var values []Expr
	for _, format := range formatsOf(p) {
		var value Expr = Text(format.Write(t))
		if p.Type == schema.Integer {
			text := format.Write(t)
			value = Number(strings.TrimLeft(text[:len(text)-1], "0") + text[len(text)-1:])
		}
		if !slices.Contains(values, value) {
			values = append(values, value)
		}
	}
	return values
}

// oneOf asks for one of several values of a column.
func oneOf(p schema.Partition, values []Expr) Expr {
	if len(values) == 1 {
		return compare("=", Name{p.Column}, values[0])
	}
	return In{Name{p.Column}, values}
}

// maxListed is how many values of a column are listed one by one where ranges cannot be asked for. Longer ranges are not
// bounded by that column.
const maxListed = 1000

// bounds ask for days of one column.
func (c *partitioning) bounds(first, end time.Time) []Expr {
	formats := formatsOf(c.column)
	hourly := slices.ContainsFunc(formats, func(f schema.DateFormat) bool { return f.Has('H') })
	if !sorted(c.column) {
		if first.IsZero() || end.IsZero() {
			return nil
		}
		var values []Expr
		for t := c.unit.Start(first); t.Before(end); {
			values = append(values, partitionValues(c.column, t)...)
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
			return []Expr{Bool(false)}
		}
		return []Expr{oneOf(c.column, values)}
	}
	var conditions []Expr
	column := Name{c.column.Column}
	value := func(t time.Time) Expr { return partitionValues(c.column, t)[0] }
	if !first.IsZero() {
		conditions = append(conditions, compare(">=", column, value(first)))
	}
	if end.IsZero() {
		return conditions
	}
	last := end.AddDate(0, 0, -1)
	switch {
	case c.column.Type == schema.Timestamp:
		return append(conditions, compare("<", column, value(end)))
	case hourly:
		last = end.Add(-time.Hour)
	}
	return append(conditions, compare("<=", column, value(last)))
}

// beyond asks for the values of a column of parts that are greater (">") or less ("<") than a day's. Where texts do not sort as
// the numbers they are listed: no month has more than 31 days, and no year more than 12 months.
func beyond(p schema.Partition, part, op string, day time.Time) Expr {
	if sorted(p) {
		return compare(op, Name{p.Column}, partitionValues(p, day)[0])
	}
	var values []Expr
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
			values = append(values, partitionValues(p, t)...)
		}
	}
	if len(values) == 0 {
		return Bool(false)
	}
	return oneOf(p, values)
}

// splitBound asks for the day and those after it (">") or before it ("<"), where year, month and day are columns of their
// own: year > … OR year = … AND (month > … OR month = … AND day >= …).
func splitBound(parts map[string]schema.Partition, day time.Time, op string) Expr {
	var bound Expr
	unit := unitOf(parts)
	for i, part := range []string{"dd", "MM", "yyyy"} {
		if i < int(DayUnit-unit) {
			continue
		}
		p := parts[part]
		equal := oneOf(p, partitionValues(p, day))
		switch {
		case bound == nil && sorted(p):
			bound = compare(op+"=", Name{p.Column}, partitionValues(p, day)[0])
		case bound == nil:
			bound = Or{equal, beyond(p, part, op, day)}
		default:
			bound = Or{beyond(p, part, op, day), And{equal, bound}}
		}
	}
	return bound
}
