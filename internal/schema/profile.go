package schema

import "github.com/egret-hunt/egret/internal/value"

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
	// Newer are names of Columns that older definitions of the table lack, nil where none is known to.
	Newer []string
	// Time is where the time of an event lives, nil if nowhere.
	Time *TimeColumn
	// ID are the parts of the id, empty if there is none: then no row is a copy of another.
	ID []Place
	// Copy are the parts in which copies of one event agree besides id and time, each with the places of its alternatives;
	// parts of the schema without a place in the table are left out.
	Copy [][]Place
	// Partitions are the columns that a time range is asked of, so that only a part of the table is read.
	Partitions []Partition
	// PartitionedBy are all partition columns in the table's order, those of Partitions among them. They are not part of
	// Columns: no field of the log lives there, even one of that name, unless the profile lists it. Empty where the table's
	// format hides them.
	PartitionedBy []Column
	// OnlyFields says that a field lives nowhere unless the profile lists it. So it is where the columns' names mean
	// something else than the same names in the log.
	OnlyFields bool
	// Notes are remarks for people: what the table holds less, or otherwise, than the log.
	Notes []string

	// all are the columns that a listed field may live in: Columns and PartitionedBy.
	all     []Column
	fields  map[string]home
	anyCase bool
}

// FullName is what --schema takes: "cloudtrail/athena", or "generic".
func (p *Profile) FullName() string {
	if p.Schema.Name == p.Name {
		return p.Name
	}
	return p.Schema.Name + "/" + p.Name
}

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
	// Word is the type as the table's definition writes it where it has no parts, such as "int"; "" if nobody wrote it.
	Word string
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
	// Inside says that the path goes on inside JSON text; JSON is that rest, relative to the text. Its Text may be "": the
	// empty key, which a path that ends in a dot leads to.
	Inside bool
	JSON   value.Path
	// Encoding says how a text may hold the JSON that the path goes on in, where it may also hold something else; only with
	// Type JSON. NoJSON: a column of JSON text.
	Encoding value.Encoding
	// Values are the values that stand in the table for others in the log, nil where they are the same. A value of the
	// table that is not listed is the log's own.
	Values []ValueChange
	// Time is the form of a time that the log holds as RFC 3339 text in UTC ("2026-01-02T03:04:05Z") and the table does not;
	// nil for every other place. TimeText and CommonLog do not occur.
	Time *TimeFormat
	// Absent are the values that the table holds where the log has none, nil where it holds a null.
	Absent []string
	// When says in which rows the value is the field's, nil for all. In others the field has none there.
	When *PlaceCondition
}

// PlaceCondition holds in rows where a text of the table is one of some values or, if Not is set, none of them; never where
// it is null.
type PlaceCondition struct {
	// At is a column of text, or a member of one.
	At     Place
	Values []string
	Not    bool
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
	CommonLog                     // text as web servers write it: 06/Feb/2026:00:00:38 +0000
)

// String is the format's name in a schema's file.
func (f TimeFormat) String() string {
	return [...]string{TimeText: "text", TimeType: "timestamp", EpochSecond: "epoch_s", EpochMilli: "epoch_ms",
		CommonLog: "common_log"}[f]
}

// TimeColumn is where the time of an event lives.
type TimeColumn struct {
	Place  Place
	Format TimeFormat
	// Else are further places, of the same format, in which a tool may have put the time: the first that has a value counts. Nil
	// unless the table holds whole records as JSON text.
	Else []Place
	// UTC says of TimeText that it always ends in Z, so that a query need not look for other zones.
	UTC bool
}

// Partition is a partition column that follows the time of events.
type Partition struct {
	Column string
	Type   Kind // Text, Integer, Date or Timestamp
	// Format is how the column holds the day, as ParseDateFormat reads it: "yyyy/MM/dd", "yyyyMMdd", "yyyy", "MM", "d". Empty for
	// Date and Timestamp, and for what does not follow the time.
	Format string
	// Also are further formats in which partitions of the table are spelled; nil for none. No file of profiles says so.
	Also []string
	// LateDays is how many days after its event a record may be filed at most; it is never filed before. Logs are filed
	// by the time of their delivery.
	LateDays int
}
