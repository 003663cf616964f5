package schema

import (
	"strings"

	"github.com/egret-hunt/egret/internal/value"
)

// Profile describes one shape in which a log source is stored as a table: its columns, where the fields of the log live
// in them, and how a time range is asked for.
type Profile struct {
	// Schema is the log source, never nil.
	Schema *Schema
	// Name is unique within the schema, such as "athena". With the schema's name it is what --schema takes.
	Name, Title string
	// Source is the page that describes the table, "" for egret's own.
	Source string
	// Table is the usual name of the table, maybe with a database before a dot. It may hold the variables {region} (as
	// us_east_1).
	Table string
	// Columns are in the table's order; empty for a table that nothing is known of, where every field is a column.
	Columns []Column
	// Time is where the time of an event lives, nil if nowhere.
	Time *TimeColumn
	// ID are the parts of the id that makes copies of one event equal, empty if there is none.
	ID []Place
	// Partitions are the columns that a time range is asked of, so that only a part of the table is read.
	Partitions []Partition

	fields  map[string][]target
	anyCase bool
}

// FullName is what --schema takes: "cloudtrail/athena".
func (p *Profile) FullName() string { return p.Schema.Name + "/" + p.Name }

// Column is a column of a table, or a member of a struct.
type Column struct {
	Name string
	Type Type
}

// Kind is the kind of a type.
type Kind uint8

// The kinds of types.
const (
	Unknown Kind = iota // nothing is known: comparisons cast
	Text                // string, varchar
	Integer             // int, bigint
	Double              // float, double
	Boolean
	Timestamp // a point in time, UTC where no zone is told
	Date
	JSON   // a string that holds the JSON text of a value
	Struct // row; Members
	Array  // Element
	Map    // of strings to Element
)

// Type is the type of a column.
type Type struct {
	Kind Kind
	// Members are those of a Struct, in order.
	Members []Column
	// Element is that of an Array or a Map, else nil.
	Element *Type
}

// Place is where a path of the log lives in a table.
type Place struct {
	// Column is the name of the column as the table has it, "" in the place of a path that lives nowhere.
	Column string
	// Steps lead from the column's value to the place; empty for the column itself.
	Steps []Step
	// Type is what the steps lead to. Never Struct, Map or Array of such, except as the whole of an object.
	Type Type
	// JSON is the rest of the path inside JSON text, relative to it; its Text is "" where the place is the whole value.
	JSON value.Path
	// Values are the values that stand in the table for others in the log, nil where they are the same.
	Values []ValueChange
}

// StepKind says how a step goes down.
type StepKind uint8

// The kinds of steps.
const (
	Member StepKind = iota // of a struct: Name
	Key                    // of a map: Name
	Each                   // every element of an array
)

// Step is one step within a column's value.
type Step struct {
	Kind StepKind
	Name string
}

// ValueChange is one value of the log and what the table holds in its stead.
type ValueChange struct{ Log, Table string }

// TimeFormat says how a column holds a time.
type TimeFormat uint8

// The formats of times.
const (
	TimeText    TimeFormat = iota // RFC 3339
	TimeType                      // timestamp, with or without zone; UTC
	EpochSecond                   // whole number
	EpochMilli                    // whole number
)

// TimeColumn is where the time of an event lives.
type TimeColumn struct {
	Place  Place
	Format TimeFormat
}

// Partition is a partition column that follows the time of events.
type Partition struct {
	Column string
	Type   Kind // Text, Integer, Date or Timestamp
	// Format is how the column holds the day, in letters of Java's date formats: "yyyy/MM/dd", "yyyyMMdd", "yyyy", "MM",
	// "dd", "HH". Empty for Date and Timestamp.
	Format string
}

// target is where the profile says that a field lives; a nil Place means nowhere.
type target struct {
	place  []string
	values []ValueChange
}

// Places are the places of a field as a rule names it, in the order of Schema.Paths; those that exist in the table.
// Empty: the table has no home for the field.
func (p *Profile) Places(field string) []Place {
	var places []Place
	for _, path := range p.Schema.Paths(field) {
		places = append(places, p.PathPlaces(path)...)
	}
	return places
}

// PathPlaces are the places of a path of the log.
func (p *Profile) PathPlaces(path value.Path) []Place {
	if len(p.Columns) == 0 {
		return []Place{unknownPlace(path)}
	}
	return nil
}

// unknownPlace takes the first step as a column and the others as members of structs.
func unknownPlace(path value.Path) Place {
	names := strings.Split(path.Text, ".")
	place := Place{Column: names[0]}
	for _, name := range names[1:] {
		place.Steps = append(place.Steps, Step{Member, name})
	}
	return place
}
