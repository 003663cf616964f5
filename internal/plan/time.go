package plan

import (
	"encoding/json"
	"math"
	"strconv"
	"time"

	"github.com/egret-hunt/egret/internal/ir"
	"github.com/egret-hunt/egret/internal/schema"
	"github.com/egret-hunt/egret/internal/sqlgen/sqltree"
	"github.com/egret-hunt/egret/internal/value"
)

// A clock is the format of the time of an event in a cell.
type clock uint8

const (
	textClock clock = iota // RFC 3339, or a timestamp value
	seconds                // seconds since 1970
	millis                 // milliseconds since 1970
	nanos                  // nanoseconds since 1970
	commonLog              // common log format of web servers
)

var clocks = map[schema.TimeFormat]clock{
	schema.TimeText: textClock, schema.TimeType: textClock, schema.EpochSecond: seconds, schema.EpochMilli: millis, schema.CommonLog: commonLog,
}

// whole reports whether the column contains the whole event.
func (c Column) whole() bool { return c.Path == "" && !c.Time && c.entries == nil }

// untimed reports whether a rebuilt event has no time that hunts can read: the log has seconds or the common log format, or
// only the table has a time.
func (b *builder) untimed() bool {
	if b.layout.Time == nil {
		return false
	}
	columns, _, ok := b.columnsOf(&ir.Field{Paths: b.layout.Schema.Time})
	if !ok {
		return true
	}
	for _, c := range columns {
		if c.place.Time == nil && (c.place.Type.Kind == schema.Integer || clocks[b.layout.Time.Format] != textClock) {
			return true
		}
	}
	return false
}

// timeColumn returns the column of the event's time, and false if the table has none.
func (b *builder) timeColumn() (Column, bool) {
	place := b.layout.Time.Location
	if !b.has(place.Column) || b.unfitAt(placeWay(place)) != nil {
		return Column{}, false
	}
	c := Column{Name: place.Column, Time: true, of: sqltree.Name{place.Column}, place: place, clock: clocks[b.layout.Time.Format]}
	for _, step := range place.Steps {
		if step.Kind != schema.Member {
			return Column{}, false
		}
		c.of = sqltree.Member{Of: c.of, Name: step.Name}
		c.Name += "." + step.Name
	}
	return c, true
}

// Time returns the time of the event of a row in UTC if the statement has a column for it. It returns false if the event
// contains its time or the time is unknown.
func (r *Rebuilder) Time(row []any) (time.Time, bool) {
	if r.time < 0 || r.time >= len(row) {
		return time.Time{}, false
	}
	c := &r.columns[r.time]
	switch cell := row[r.time].(type) {
	case time.Time:
		return cell.UTC(), true
	case int64:
		return c.clock.at(cell)
	case int32:
		return c.clock.at(int64(cell))
	case int:
		return c.clock.at(int64(cell))
	case json.Number:
		return c.clock.read([]byte(cell))
	case []byte:
		return r.timeText(c, cell)
	case string:
		return r.timeText(c, []byte(cell))
	}
	return time.Time{}, false
}

// timeText reads the time from text, or from its path inside of JSON text.
func (r *Rebuilder) timeText(c *Column, text []byte) (time.Time, bool) {
	if !c.place.Inside {
		return c.clock.read(text)
	}
	doc, err := r.parser.Parse(text)
	if err != nil {
		return time.Time{}, false
	}
	leaves := r.walker.Leaves(nil, doc, 0, &c.place.JSON)
	if len(leaves) == 0 {
		return time.Time{}, false
	}
	return c.clock.read(leaves[0].Doc.AppendText(nil, leaves[0].Node))
}

// read parses a time.
func (c clock) read(text []byte) (time.Time, bool) {
	switch c {
	case textClock:
		t, ok := value.ParseTime(text)
		return t.UTC(), ok
	case commonLog:
		t, err := time.Parse("02/Jan/2006:15:04:05 -0700", string(text))
		return t.UTC(), err == nil
	case seconds, millis, nanos:
	}
	n, err := strconv.ParseInt(string(text), 10, 64)
	if err != nil {
		return time.Time{}, false
	}
	return c.at(n)
}

// at converts a number to a time. It returns false for times beyond the range of 64-bit nanoseconds.
func (c clock) at(n int64) (time.Time, bool) {
	unit := int64(1)
	switch c {
	case seconds:
		unit = int64(time.Second)
	case millis:
		unit = int64(time.Millisecond)
	case nanos:
	case textClock, commonLog:
		return time.Time{}, false
	}
	if n > math.MaxInt64/unit || n < math.MinInt64/unit {
		return time.Time{}, false
	}
	return time.Unix(0, n*unit).UTC(), true
}
