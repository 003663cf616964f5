package sqlgen

import (
	"slices"
	"time"

	"github.com/egret-hunt/egret/internal/schema"
	"github.com/egret-hunt/egret/internal/sqlgen/sqltree"
)

// PartitionUnit is the shortest period that the partitions of a table distinguish. Hours are ignored.
type PartitionUnit uint8

// The units, from coarse to fine.
const (
	NoUnit PartitionUnit = iota // no partition follows the time
	YearUnit
	MonthUnit
	DayUnit
)

// Start returns the beginning of the unit that contains a time, in UTC.
func (u PartitionUnit) Start(t time.Time) time.Time { return u.Add(t, 0) }

// Add returns the beginning of the n-th unit after the one that contains a time.
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
func Partitioned(p *schema.Layout) (unit PartitionUnit, lateDays int) {
	if c := partitionsOf(p).sliced(); c != nil {
		return c.unit, c.late
	}
	return NoUnit, 0
}

// partitioning is a partition column that holds a whole date, or columns for its parts.
type partitioning struct {
	d    *sqltree.Dialect
	unit PartitionUnit
	late int
	// column is the one column; without it parts are the columns by their format: "yyyy", "MM", "dd".
	column schema.Partition
	parts  map[string]schema.Partition
}

type partitionings []*partitioning

// partitionsOf are the partition columns that follow the time, those of its parts taken together. Hours without their day bound
// nothing.
func partitionsOf(p *schema.Layout) partitionings {
	var list partitionings
	parts := &partitioning{parts: map[string]schema.Partition{}}
	for _, column := range p.Partitions {
		c := &partitioning{late: column.LateDays, column: column}
		if column.Type == schema.Date || column.Type == schema.Timestamp {
			c.unit = DayUnit
			list = append(list, c)
			continue
		}
		format, err := schema.ParseDateFormat(column.Format)
		if err != nil {
			continue // it follows something else
		}
		switch {
		case len(format.Parts()) == 1 && !format.Has('H'):
			parts.parts[partNames[format.Parts()]] = column
			parts.late = max(parts.late, column.LateDays)
			continue
		case format.Has('y') && format.Has('M') && format.Has('d'):
			c.unit = DayUnit
		case format.Has('y') && format.Has('M') && !format.Has('H'):
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

// partNames are the names of columns that contain a part of a date.
var partNames = map[string]string{"y": "yyyy", "M": "MM", "d": "dd"}

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

// sliced returns the finest partitioning, the first if there are several; nil if there is none.
func (l partitionings) sliced() *partitioning {
	if len(l) == 0 {
		return nil
	}
	return slices.MaxFunc(l, func(a, b *partitioning) int { return int(a.unit) - int(b.unit) })
}

// partitions returns the condition that selects the days of a range by the partition columns.
func (e *emitter) partitions(opt Options) []sqltree.Expr {
	var conditions []sqltree.Expr
	list := partitionsOf(e.layout)
	for _, c := range list {
		c.d = e.d
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
			conditions = append(conditions, splitBound(e.d, c.parts, first, ">"))
		case first.IsZero():
			conditions = append(conditions, splitBound(e.d, c.parts, end.AddDate(0, 0, -1), "<"))
		case first.Before(end):
			conditions = append(conditions, c.splitDays(first, end))
		default:
			conditions = append(conditions, sqltree.Bool(false))
		}
	}
	return conditions
}

// maxDays is how many days are listed one by one where a table keeps year, month and day in columns of their own; in longer
// ranges whole months and years are named without theirs.
const maxDays = 62

// splitDays asks for days where year, month and day are columns of their own: (year = … AND month = … AND day IN (…)). It
// asks for these days and no others, so that slices that lie side by side have none in common.
func (c *partitioning) splitDays(first, end time.Time) sqltree.Expr {
	equal := func(part string, t time.Time) sqltree.Expr {
		return oneOf(c.parts[part], partitionValues(c.d, c.parts[part], t))
	}
	long := end.Sub(first) > maxDays*24*time.Hour
	var or sqltree.Or
	for t := first; t.Before(end); {
		year, month := YearUnit.Add(t, 1), MonthUnit.Add(t, 1)
		and := sqltree.And{equal("yyyy", t)}
		switch {
		case c.unit == YearUnit || long && t.Equal(YearUnit.Start(t)) && !year.After(end):
			t = year
		case c.unit == MonthUnit || long && t.Equal(MonthUnit.Start(t)) && !month.After(end):
			and = append(and, equal("MM", t))
			t = month
		default:
			and = append(and, equal("MM", t))
			var days []sqltree.Expr
			for ; t.Before(month) && t.Before(end); t = t.AddDate(0, 0, 1) {
				days = append(days, partitionValues(c.d, c.parts["dd"], t)...)
			}
			and = append(and, sqltree.In{Of: sqltree.Name{c.parts["dd"].Column}, List: days})
		}
		or = append(or, and)
	}
	if len(or) == 1 {
		return or[0]
	}
	return or
}
