package sqlgen

import (
	"strconv"
	"time"

	"github.com/egret-hunt/egret/internal/schema"
	"github.com/egret-hunt/egret/internal/sqlgen/sqltree"
)

// timeRange asks for the events of the time range: first of the partitions, so that only these are read, then of the
// events' own time. Delivery is late, so that days after the range belong to its partitions.
func (e *emitter) timeRange(opt Options) []sqltree.Expr {
	conditions := append(e.accounts(opt), e.partitions(opt)...)
	if e.layout.Time == nil || opt.From.IsZero() && opt.To.IsZero() {
		return conditions
	}
	e.direct = true // the time is asked of the table itself
	at, reason := e.timePlace(e.layout.Time)
	e.direct = false
	if reason != "" {
		return conditions
	}
	return append(conditions, e.timeBounds(at, opt.From, opt.To)...)
}

// timeBounds returns the condition that the time column is in a range.
func (e *emitter) timeBounds(at sqltree.Expr, from, to time.Time) []sqltree.Expr {
	literal := func(t time.Time) sqltree.Expr { return e.d.TimeLiteral(sqltree.TimeText(t)) }
	unit := func(unit time.Duration) func(t time.Time) sqltree.Expr {
		return func(t time.Time) sqltree.Expr {
			return sqltree.Number(strconv.FormatInt(ceil(t.UnixNano(), int64(unit)), 10))
		}
	}
	switch column := e.layout.Time; column.Format {
	case schema.TimeType:
		return e.d.TimestampRange(at, e.d.ZoneOf(column.Location.Type), from, to)
	case schema.TimeText:
		if column.UTC && wholeSecond(from) && wholeSecond(to) {
			return sqltree.TextRange(at, from, to)
		}
		if column.UTC {
			at = e.d.InstantUTC(at)
		} else {
			at = e.d.Instant(at)
		}
	case schema.EpochSecond:
		at, literal = e.wholeNumber(at), unit(time.Second)
	case schema.EpochMilli:
		at, literal = e.wholeNumber(at), unit(time.Millisecond)
	case schema.CommonLog:
		at = e.d.CommonLog(at)
	}
	return sqltree.Between(at, from, to, literal)
}

// wholeNumber returns the number in a time column, NULL if it is JSON text without a number.
func (e *emitter) wholeNumber(at sqltree.Expr) sqltree.Expr {
	if e.layout.Time.Location.Type.Kind == schema.JSON {
		return sqltree.Cast{Of: at, Type: e.d.IntegerType, Try: true}
	}
	return at
}

// ceil divides and rounds up, which gives the first unit that is not before the time.
func ceil(nanos, unit int64) int64 {
	q := nanos / unit
	if nanos%unit > 0 {
		q++
	}
	return q
}

// wholeSecond reports whether a time has no fraction of a second.
func wholeSecond(t time.Time) bool { return t.Nanosecond() == 0 }
