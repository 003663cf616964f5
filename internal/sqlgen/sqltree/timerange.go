package sqltree

import "time"

// TimeText formats a time for literals of SQL.
func TimeText(t time.Time) string { return t.UTC().Format("2006-01-02 15:04:05.999999999") }

// TimestampRange returns the condition for timestamps from one time (included) to another (excluded). A zero time is no bound.
func (d *Dialect) TimestampRange(at Expr, z Zone, from, to time.Time) []Expr {
	plain := Between(at, from, to, func(t time.Time) Expr { return d.ClockLiteral(TimeText(t)) })
	zoned := Between(at, from, to, func(t time.Time) Expr { return d.TimeLiteral(TimeText(t)) })
	switch z {
	case WithZone:
		return zoned
	case AnyZone:
		// Not a CASE: engines find partitions and files by either side of the OR.
		return []Expr{Or{append(And{HasZone(at)}, zoned...), append(And{Not{Of: HasZone(at)}}, plain...)}}
	case NoZone:
	}
	return plain
}

// TextRange asks for times in RFC 3339 that end in Z. They sort like the times, but for fractions: 00.5Z comes before 00Z. So
// the bounds leave the Z out, and are whole seconds.
func TextRange(at Expr, from, to time.Time) []Expr {
	return Between(at, from, to, func(t time.Time) Expr { return Text(t.UTC().Format("2006-01-02T15:04:05")) })
}

// Between compares with the ends of a range of time; the start is included, the end is not. A zero time is no bound.
func Between(at Expr, from, to time.Time, literal func(t time.Time) Expr) []Expr {
	var conditions []Expr
	if !from.IsZero() {
		conditions = append(conditions, Compare(">=", at, literal(from)))
	}
	if !to.IsZero() {
		conditions = append(conditions, Compare("<", at, literal(to)))
	}
	return conditions
}
