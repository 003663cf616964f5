package sqlgen

import (
	"strconv"
	"time"

	"github.com/egret-hunt/egret/internal/schema"
)

// timeRange asks for the events of the time range: first of the partitions, so that only these are read, then of the
// events' own time. Delivery is late, so that days after the range belong to its partitions.
func (e *emitter) timeRange(opt Options) []Expr {
	conditions := e.partitions(opt)
	if e.profile.Time == nil || opt.From.IsZero() && opt.To.IsZero() {
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
	case schema.EpochSecond, schema.EpochMilli:
		literal = func(string) Expr { return nil }
		at = e.wholeNumber(at)
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
