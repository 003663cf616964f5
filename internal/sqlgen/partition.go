package sqlgen

import (
	"slices"
	"strings"
	"time"

	"github.com/egret-hunt/egret/internal/schema"
)

// PartitionUnit is the shortest stretch of time that the partitions of a table tell apart, hours aside.
type PartitionUnit uint8

// The units, coarse to fine.
const (
	NoUnit PartitionUnit = iota // no partition follows the time
	YearUnit
	MonthUnit
	DayUnit
)

// Start is the beginning of the unit that a time lies in, in UTC.
func (u PartitionUnit) Start(t time.Time) time.Time { return u.Add(t, 0) }

// Add is the beginning of the unit that comes n units after the one that a time lies in.
func (u PartitionUnit) Add(t time.Time, n int) time.Time {
	y, m, d := t.UTC().Date()
	switch u {
	case YearUnit:
		return time.Date(y+n, 1, 1, 0, 0, 0, 0, time.UTC)
	case MonthUnit:
		return time.Date(y, m+time.Month(n), 1, 0, 0, 0, 0, time.UTC)
	case NoUnit, DayUnit:
	}
	return time.Date(y, m, d+n, 0, 0, 0, 0, time.UTC)
}

// Partitioned says how finely the partitions of a table follow time, and how many days after its event a record may be filed
// at most. It speaks of the columns that Options.PartitionFrom and PartitionTo bound: those that tell times apart most finely.
func Partitioned(p *schema.Profile) (unit PartitionUnit, lateDays int) {
	if c := partitionsOf(p).sliced(); c != nil {
		return c.unit, c.late
	}
	return NoUnit, 0
}

// partitioning is a partition column that holds a whole date, or columns for its parts.
type partitioning struct {
	unit PartitionUnit
	late int
	// column is the one column; without it parts are the columns by their format: "yyyy", "MM", "dd".
	column schema.Partition
	parts  map[string]schema.Partition
}

type partitionings []*partitioning

// partitionsOf are the partition columns that follow the time, those of its parts taken together. A format in which later
// days are not greater, as "MM/yyyy", bounds nothing, and so do hours without their day.
func partitionsOf(p *schema.Profile) partitionings {
	var list partitionings
	parts := &partitioning{parts: map[string]schema.Partition{}}
	for _, column := range p.Partitions {
		c := &partitioning{late: column.LateDays, column: column}
		year, month, day := strings.Index(column.Format, "yyyy"), strings.Index(column.Format, "MM"), strings.Index(column.Format, "dd")
		switch {
		case column.Type == schema.Date || column.Type == schema.Timestamp:
			c.unit = DayUnit
		case column.Format == "yyyy" || column.Format == "MM" || column.Format == "dd":
			parts.parts[column.Format] = column
			parts.late = max(parts.late, column.LateDays)
			continue
		case year >= 0 && year < month && month < day && !hourBefore(column.Format, day):
			c.unit = DayUnit
		case year >= 0 && year < month && day < 0 && !strings.Contains(column.Format, "HH"):
			c.unit = MonthUnit
		default:
			continue
		}
		list = append(list, c)
	}
	if parts.unit = unitOf(parts.parts); parts.unit != NoUnit {
		list = append(list, parts)
	}
	return list
}

func hourBefore(format string, place int) bool {
	hour := strings.Index(format, "HH")
	return hour >= 0 && hour < place
}

func unitOf(parts map[string]schema.Partition) PartitionUnit {
	unit := NoUnit
	for _, format := range []string{"yyyy", "MM", "dd"} {
		if _, ok := parts[format]; !ok {
			break
		}
		unit++
	}
	return unit
}

// sliced is the finest, the first of several; nil without any.
func (l partitionings) sliced() *partitioning {
	if len(l) == 0 {
		return nil
	}
	return slices.MaxFunc(l, func(a, b *partitioning) int { return int(a.unit) - int(b.unit) })
}

// partitions ask for the days of a range, as the partition columns have them.
func (e *emitter) partitions(opt Options) []Expr {
	var conditions []Expr
	list := partitionsOf(e.profile)
	for _, c := range list {
		var first, end time.Time // days, half-open
		if !opt.From.IsZero() {
			first = DayUnit.Start(opt.From)
		}
		if !opt.To.IsZero() {
			end = DayUnit.Add(opt.To.Add(-1), 1+c.late)
		}
		if c == list.sliced() {
			if !opt.PartitionFrom.IsZero() {
				first = DayUnit.Start(opt.PartitionFrom)
			}
			if !opt.PartitionTo.IsZero() {
				end = DayUnit.Start(opt.PartitionTo)
			}
		}
		switch {
		case first.IsZero() && end.IsZero():
		case c.parts == nil:
			conditions = append(conditions, c.bounds(first, end)...)
		case end.IsZero():
			conditions = append(conditions, splitBound(c.parts, first, ">"))
		case first.IsZero():
			conditions = append(conditions, splitBound(c.parts, end.AddDate(0, 0, -1), "<"))
		case first.Before(end):
			conditions = append(conditions, c.splitDays(first, end))
		default:
			conditions = append(conditions, Bool(false))
		}
	}
	return conditions
}

// bounds ask for days of one column.
func (c *partitioning) bounds(first, end time.Time) []Expr {
	var conditions []Expr
	column := Name{c.column.Column}
	if !first.IsZero() {
		conditions = append(conditions, compare(">=", column, partitionValue(c.column, first)))
	}
	if end.IsZero() {
		return conditions
	}
	last := end.AddDate(0, 0, -1)
	switch {
	case c.column.Type == schema.Timestamp:
		return append(conditions, compare("<", column, partitionValue(c.column, end)))
	case strings.Contains(c.column.Format, "HH"):
		last = end.Add(-time.Hour)
	}
	return append(conditions, compare("<=", column, partitionValue(c.column, last)))
}

// partitionValue is a day as a partition column has it.
func partitionValue(p schema.Partition, t time.Time) Expr {
	if p.Type == schema.Date {
		return Typed{"DATE", t.Format(time.DateOnly)}
	}
	if p.Type == schema.Timestamp {
		return Typed{"TIMESTAMP", t.Format(time.DateTime)}
	}
	text := t.Format(strings.NewReplacer("yyyy", "2006", "MM", "01", "dd", "02", "HH", "15").Replace(p.Format))
	if p.Type == schema.Integer {
		return Number(strings.TrimLeft(text[:len(text)-1], "0") + text[len(text)-1:])
	}
	return Text(text)
}

// splitBound asks for the day and those after it (">") or before it ("<"), where year, month and day are columns of their
// own: year > … OR year = … AND (month > … OR month = … AND day >= …).
func splitBound(parts map[string]schema.Partition, day time.Time, op string) Expr {
	var bound Expr
	unit := unitOf(parts)
	for i, format := range []string{"dd", "MM", "yyyy"} {
		if i < int(DayUnit-unit) {
			continue
		}
		column, value := Name{parts[format].Column}, partitionValue(parts[format], day)
		if bound == nil {
			bound = compare(op+"=", column, value)
		} else {
			bound = Or{compare(op, column, value), And{compare("=", column, value), bound}}
		}
	}
	return bound
}

// maxDays is how many days are listed one by one where a table keeps year, month and day in columns of their own; in longer
// ranges whole months and years are named without theirs.
const maxDays = 62

// splitDays asks for days where year, month and day are columns of their own: (year = … AND month = … AND day IN (…)). It
// asks for these days and no others, so that slices that lie side by side have none in common.
func (c *partitioning) splitDays(first, end time.Time) Expr {
	equal := func(format string, t time.Time) Expr {
		return compare("=", Name{c.parts[format].Column}, partitionValue(c.parts[format], t))
	}
	long := end.Sub(first) > maxDays*24*time.Hour
	var or Or
	for t := first; t.Before(end); {
		year, month := YearUnit.Add(t, 1), MonthUnit.Add(t, 1)
		and := And{equal("yyyy", t)}
		switch {
		case c.unit == YearUnit || long && t.Equal(YearUnit.Start(t)) && !year.After(end):
			t = year
		case c.unit == MonthUnit || long && t.Equal(MonthUnit.Start(t)) && !month.After(end):
			and = append(and, equal("MM", t))
			t = month
		default:
			and = append(and, equal("MM", t))
			var days []Expr
			for ; t.Before(month) && t.Before(end); t = t.AddDate(0, 0, 1) {
				days = append(days, partitionValue(c.parts["dd"], t))
			}
			and = append(and, In{Name{c.parts["dd"].Column}, days})
		}
		or = append(or, and)
	}
	if len(or) == 1 {
		return or[0]
	}
	return or
}
