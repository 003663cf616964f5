package sqlgen

import (
	"strconv"
	"strings"
	"time"

	"github.com/egret-hunt/egret/internal/schema"
)

// timeRange asks for the events of the time range: first of the partitions, so that only these are read, then of the
// events' own time. Delivery is late, so that days after the range belong to its partitions.
func (e *emitter) timeRange(opt Options) []Expr {
	if opt.From.IsZero() && opt.To.IsZero() {
		return nil
	}
	conditions := e.partitions(opt.From, opt.To)
	if e.profile.Time == nil {
		return conditions
	}
	e.direct = true // the time is asked of the table itself
	l, reason := e.place(e.profile.Time.Place, false)
	e.direct = false
	if reason != "" {
		return conditions
	}
	at, literal := e.single(l), e.d.timeLiteral
	switch e.profile.Time.Format {
	case schema.TimeText:
		if at = e.d.instant(at); e.profile.Time.UTC {
			at = e.d.instantUTC(e.single(l))
		}
	case schema.TimeType:
		literal = func(text string) Expr { return Typed{"TIMESTAMP", text} }
	case schema.EpochSecond:
		literal = func(string) Expr { return nil }
	case schema.EpochMilli:
		literal = func(string) Expr { return nil }
	case schema.CommonLog:
		at = e.d.commonLog(at)
	}
	bound := func(op string, t time.Time) {
		if t.IsZero() {
			return
		}
		value := literal(t.UTC().Format("2006-01-02 15:04:05.999999999"))
		switch e.profile.Time.Format {
		case schema.EpochSecond:
			value = Number(strconv.FormatInt(ceil(t.UnixNano(), int64(time.Second)), 10))
		case schema.EpochMilli:
			value = Number(strconv.FormatInt(ceil(t.UnixNano(), int64(time.Millisecond)), 10))
		case schema.TimeText, schema.TimeType, schema.CommonLog:
		}
		conditions = append(conditions, compare(op, at, value))
	}
	bound(">=", opt.From)
	bound("<", opt.To)
	return conditions
}

// ceil divides, rounding up: the first unit that is not before the time.
func ceil(nanos, unit int64) int64 {
	q := nanos / unit
	if nanos%unit > 0 {
		q++
	}
	return q
}

// maxDays is how many days are listed one by one where a table keeps year, month and day in columns of their own; longer
// ranges name months, and those beyond that years.
const maxDays = 62

// partitions ask for the days of a range, as the partition columns have them.
func (e *emitter) partitions(from, to time.Time) []Expr {
	var split []schema.Partition
	var conditions []Expr
	first := from.UTC().Truncate(24 * time.Hour)
	last := func(p schema.Partition) time.Time {
		return to.UTC().Add(-1).Truncate(24*time.Hour).AddDate(0, 0, p.LateDays)
	}
	for _, p := range e.profile.Partitions {
		if p.Type != schema.Date && p.Type != schema.Timestamp && !strings.Contains(p.Format, "yyyy") || p.Format == "yyyy" {
			split = append(split, p)
			continue
		}
		if !strings.Contains(p.Format, "dd") && p.Format != "" {
			split = append(split, p)
			continue
		}
		literal := func(t time.Time) Expr { return partitionValue(p, t) }
		if !from.IsZero() {
			conditions = append(conditions, compare(">=", Name{p.Column}, literal(first)))
		}
		if !to.IsZero() {
			conditions = append(conditions, compare("<=", Name{p.Column}, literal(endOf(p, last(p)))))
		}
	}
	switch {
	case len(split) == 0:
	case to.IsZero():
		conditions = append(conditions, splitBound(split, first, ">"))
	case from.IsZero():
		conditions = append(conditions, splitBound(split, last(split[0]), "<"))
	case from.Before(to):
		conditions = append(conditions, splitDays(split, first, last(split[0])))
	}
	return conditions
}

// endOf is the last time that a partition of the last day may stand for: its last hour where hours are told apart.
func endOf(p schema.Partition, day time.Time) time.Time {
	if strings.Contains(p.Format, "HH") || p.Type == schema.Timestamp {
		return day.Add(24*time.Hour - time.Second)
	}
	return day
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
func splitBound(split []schema.Partition, day time.Time, op string) Expr {
	var bound Expr
	for _, format := range []string{"dd", "MM", "yyyy"} {
		for _, p := range split {
			if p.Format != format {
				continue
			}
			column, value := Name{p.Column}, partitionValue(p, day)
			if bound == nil {
				bound = compare(op+"=", column, value)
			} else {
				bound = Or{compare(op, column, value), And{compare("=", column, value), bound}}
			}
		}
	}
	return bound
}

// splitDays asks for days where year, month and day are columns of their own: (year = … AND month = … AND day IN (…)).
func splitDays(split []schema.Partition, first, last time.Time) Expr {
	byFormat := map[string]schema.Partition{}
	for _, p := range split {
		byFormat[p.Format] = p
	}
	equal := func(p schema.Partition, t time.Time) Expr { return compare("=", Name{p.Column}, partitionValue(p, t)) }
	month, hasMonth := byFormat["MM"]
	day, hasDay := byFormat["dd"]
	long := last.Sub(first) > maxDays*24*time.Hour
	var or Or
	for t := first; !t.After(last); {
		var and And
		if year, ok := byFormat["yyyy"]; ok {
			and = append(and, equal(year, t))
		}
		next := time.Date(t.Year()+1, 1, 1, 0, 0, 0, 0, time.UTC)
		if hasMonth && last.Sub(first) <= 731*24*time.Hour {
			and = append(and, equal(month, t))
			next = time.Date(t.Year(), t.Month()+1, 1, 0, 0, 0, 0, time.UTC)
			if hasDay && !long {
				var days []Expr
				for ; t.Before(next) && !t.After(last); t = t.AddDate(0, 0, 1) {
					days = append(days, partitionValue(day, t))
				}
				and = append(and, In{Name{day.Column}, days})
			}
		}
		or = append(or, and)
		t = next
	}
	if len(or) == 1 {
		return or[0]
	}
	return or
}
