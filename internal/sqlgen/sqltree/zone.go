package sqltree

import "github.com/egret-hunt/egret/internal/schema"

// Zone says whether the timestamps of a column have a time zone. Engines compare one with a zone and one without by the zone
// of the client's session, so that a query is the same for every client only if both sides have one, or neither does.
type Zone uint8

// What is known of a column.
const (
	NoZone   Zone = iota // without, UTC by the schema
	WithZone             // with
	AnyZone              // not known
)

// ZoneOf is what is known of a type. In a session of UTC it makes no difference, so that nothing need be found out.
func (d *Dialect) ZoneOf(t schema.Type) Zone {
	has, known := t.Zone()
	switch {
	case known && has:
		return WithZone
	case known || d.SessionUTC:
		return NoZone
	}
	return AnyZone
}

// HasZone tells at run time whether a timestamp has a zone.
func HasZone(at Expr) Expr {
	return Like{Of: Lower(Fn("typeof", at)), Pattern: "%zone"}
}

// Clock is a timestamp without zone, as the clock of UTC shows it.
func (d *Dialect) Clock(at Expr, z Zone) Expr {
	plain, zoned := Cast{Of: at, Type: d.TimestampType}, Cast{Of: d.AtUTC(at), Type: d.TimestampType}
	switch z {
	case WithZone:
		return zoned
	case AnyZone:
		return If(HasZone(at), zoned, plain)
	case NoZone:
	}
	return plain
}
