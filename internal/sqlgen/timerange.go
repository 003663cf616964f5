package sqlgen

import (
	"strconv"
	"time"

	"github.com/egret-hunt/egret/internal/schema"
)

// timeRange asks for the events of the time range: first of the partitions, so that only these are read, then of the
// events' own time. Delivery is late, so that days after the range belong to its partitions.
func (e *emitter) timeRange(opt Options) []Expr {
	conditions := append(e.accounts(opt), e.partitions(opt)...)
	if e.profile.Time == nil || opt.From.IsZero() && opt.To.IsZero() {
		return conditions
	}
	e.direct = true // the time is asked of the table itself
	at, reason := e.timePlace(e.profile.Time)
	e.direct = false
	if reason != "" {
		return conditions
	}
	return append(conditions, e.timeBounds(at, opt.From, opt.To)...)
}

// timeBounds ask for a range of time of the column that holds the time of events.
func (e *emitter) timeBounds(at Expr, from, to time.Time) []Expr {
	literal := func(t time.Time) Expr { return e.d.timeLiteral(sqlTime(t)) }
	unit := func(unit time.Duration) func(t time.Time) Expr {
		return func(t time.Time) Expr { return Number(strconv.FormatInt(ceil(t.UnixNano(), int64(unit)), 10)) }
	}
	switch column := e.profile.Time; column.Format {
	case schema.TimeType:
		return e.d.timestampRange(at, e.d.zoneOf(column.Place.Type), from, to)
	case schema.TimeText:
		if column.UTC && wholeSecond(from) && wholeSecond(to) {
			return textRange(at, from, to)
		}
		if column.UTC {
			at = e.d.instantUTC(at)
		} else {
			at = e.d.instant(at)
		}
	case schema.EpochSecond:
		at, literal = e.wholeNumber(at), unit(time.Second)
	case schema.EpochMilli:
		at, literal = e.wholeNumber(at), unit(time.Millisecond)
	case schema.CommonLog:
		at = e.d.commonLog(at)
	}
	return bounds(at, from, to, literal)
}

// wholeNumber is the number that a time column holds, NULL where text within JSON is none.
func (e *emitter) wholeNumber(at Expr) Expr {
	if e.profile.Time.Place.Type.Kind == schema.JSON {
		return Cast{at, e.d.IntegerType, true}
	}
	return at
}

// ceil divides, rounding up: the first unit that is not before the time.
func ceil(nanos, unit int64) int64 {
	q := nanos / unit
	if nanos%unit > 0 {
		q++
	}
	return q
}
