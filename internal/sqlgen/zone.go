package sqlgen

import (
	"time"

	"github.com/egret-hunt/egret/internal/schema"
)

// zone says whether the timestamps of a column have a time zone. Engines compare one with a zone and one without by the zone
// of the client's session, so that a query is the same for every client only if both sides have one, or neither does.
type zone uint8

const (
	noZone   zone = iota // without, UTC by the schema
	withZone             // with
	anyZone              // not known
)

// zoneOf is what is known of a type. In a session of UTC it makes no difference, so that nothing need be found out.
func (d *Dialect) zoneOf(t schema.Type) zone {
	has, known := t.Zone()
	switch {
	case known && has:
		return withZone
	case known || d.SessionUTC:
		return noZone
	}
	return anyZone
}

// InUTC is the dialect for sessions whose time zone is UTC, such as egret's own.
func (d *Dialect) InUTC() *Dialect {
	utc := *d
	utc.SessionUTC = true
	return &utc
}

// hasZone tells at run time whether a timestamp has a zone.
func hasZone(at Expr) Expr { return Like{lower(call("typeof", at)), "%zone"} }

// clock is a timestamp without zone, as the clock of UTC shows it.
func (d *Dialect) clock(at Expr, z zone) Expr {
	plain, zoned := Cast{at, d.TimestampType, false}, Cast{atUTC(at), d.TimestampType, false}
	switch z {
	case withZone:
		return zoned
	case anyZone:
		return ifThen(hasZone(at), zoned, plain)
	case noZone:
	}
	return plain
}

// sqlTime is a time in the words of SQL's literals.
func sqlTime(t time.Time) string { return t.UTC().Format("2006-01-02 15:04:05.999999999") }

// timestampRange asks for timestamps from a time on and before another; a zero time is no bound.
func (d *Dialect) timestampRange(at Expr, z zone, from, to time.Time) []Expr {
	plain := bounds(at, from, to, func(t time.Time) Expr { return Typed{"TIMESTAMP", sqlTime(t)} })
	zoned := bounds(at, from, to, func(t time.Time) Expr { return d.timeLiteral(sqlTime(t)) })
	switch z {
	case withZone:
		return zoned
	case anyZone:
		// Not a CASE: engines find partitions and files by either side of the OR.
		return []Expr{Or{append(And{hasZone(at)}, zoned...), append(And{Not{hasZone(at)}}, plain...)}}
	case noZone:
	}
	return plain
}

// textRange asks for times in RFC 3339 that end in Z. They sort like the times, but for fractions: 00.5Z comes before 00Z. So
// the bounds leave the Z out, and are whole seconds.
func textRange(at Expr, from, to time.Time) []Expr {
	return bounds(at, from, to, func(t time.Time) Expr { return Text(t.UTC().Format("2006-01-02T15:04:05")) })
}

// bounds compares with the ends of a range of time, the first included, the other not.
func bounds(at Expr, from, to time.Time, literal func(t time.Time) Expr) []Expr {
	var conditions []Expr
	if !from.IsZero() {
		conditions = append(conditions, compare(">=", at, literal(from)))
	}
	if !to.IsZero() {
		conditions = append(conditions, compare("<", at, literal(to)))
	}
	return conditions
}

// wholeSecond tells whether a time has no fraction of a second.
func wholeSecond(t time.Time) bool { return t.Nanosecond() == 0 }
