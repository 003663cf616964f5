package sqlgen

import (
	"time"

	"github.com/egret-hunt/egret/internal/sqlgen/sqltree"
)

// sqlTime formats a time for literals of SQL.
func sqlTime(t time.Time) string { return t.UTC().Format("2006-01-02 15:04:05.999999999") }

// timestampRange returns the condition for timestamps from one time (included) to another (excluded). A zero time is no bound.
func timestampRange(d *sqltree.Dialect, at sqltree.Expr, z sqltree.Zone, from, to time.Time) []sqltree.Expr {
	plain := bounds(at, from, to, func(t time.Time) sqltree.Expr { return d.ClockLiteral(sqlTime(t)) })
	zoned := bounds(at, from, to, func(t time.Time) sqltree.Expr { return d.TimeLiteral(sqlTime(t)) })
	switch z {
	case sqltree.WithZone:
		return zoned
	case sqltree.AnyZone:
		// Not a CASE: engines find partitions and files by either side of the OR.
		return []sqltree.Expr{sqltree.Or{append(sqltree.And{sqltree.HasZone(at)}, zoned...), append(sqltree.And{sqltree.Not{Of: sqltree.HasZone(at)}}, plain...)}}
	case sqltree.NoZone:
	}
	return plain
}

// textRange asks for times in RFC 3339 that end in Z. They sort like the times, but for fractions: 00.5Z comes before 00Z. So
// the bounds leave the Z out, and are whole seconds.
func textRange(at sqltree.Expr, from, to time.Time) []sqltree.Expr {
	return bounds(at, from, to, func(t time.Time) sqltree.Expr { return sqltree.Text(t.UTC().Format("2006-01-02T15:04:05")) })
}

// bounds compares with the ends of a range of time; the start is included, the end is not.
func bounds(at sqltree.Expr, from, to time.Time, literal func(t time.Time) sqltree.Expr) []sqltree.Expr {
	var conditions []sqltree.Expr
	if !from.IsZero() {
		conditions = append(conditions, sqltree.Compare(">=", at, literal(from)))
	}
	if !to.IsZero() {
		conditions = append(conditions, sqltree.Compare("<", at, literal(to)))
	}
	return conditions
}

// wholeSecond reports whether a time has no fraction of a second.
func wholeSecond(t time.Time) bool { return t.Nanosecond() == 0 }
