package schema

import "github.com/egret-hunt/egret/internal/value"

// A Layout describes one table layout of a log source: its columns, which columns hold the fields of the log, and how
// to restrict a query to a time range.
type Layout struct {
	// Schema is the log source, never nil.
	Schema *Schema
	// Name is unique within the schema, such as "athena". With the schema's name it is what --layout takes.
	Name, Title string
	// Source is the URL of the page that describes the table, "" for egret's own tables.
	Source string
	// Table is the usual name of the table, optionally with a database before a dot. It may contain the variable
	// {region} (such as us_east_1).
	Table string
	// Columns are in the table's order; empty if nothing is known of the table, so that every field is a column.
	Columns []Column
	// Newer lists the Columns that older definitions of the table lack, nil if none are known.
	Newer []string
	// Time is the column with the time of an event, nil if there is none.
	Time *TimeColumn
	// ID has the parts of the id; if it is empty, no row is a copy of another.
	ID []Location
	// Copy has the parts that copies of one event have in common besides id and time, each with the places of its
	// alternatives. Parts of the schema without a place in the table are left out.
	Copy [][]Location
	// Partitions are the columns that a query restricts to a time range, so that only a part of the table is read.
	Partitions []Partition
	// PartitionedBy lists all partition columns in the table's order, including Partitions. They are not part of
	// Columns: no field of the log is stored in them, even if the names are equal, unless the layout lists it. Empty
	// if the table's format hides its partitions.
	PartitionedBy []Column
	// OnlyFields means that the table has no fields except those that the layout lists. It is set where column names
	// mean something else than the same names in the log.
	OnlyFields bool
	// Notes are remarks for people about what the table lacks or holds differently than the log.
	Notes []string

	// all is Columns and PartitionedBy: the columns that a listed field may use.
	all     []Column
	fields  map[string]fieldLocation
	anyCase bool
	// objects are paths at which the log has an object, of which the table keeps only the leaves.
	objects map[string]bool
}

// FullName returns the value for --layout: "cloudtrail/athena", or "generic".
func (p *Layout) FullName() string {
	if p.Schema.Name == p.Name {
		return p.Name
	}
	return p.Schema.Name + "/" + p.Name
}

// A Column is a column of a table, or a member of a struct.
type Column struct {
	Name string
	Type Type
}

// Kind is the kind of a type.
type Kind uint8

// The kinds of types.
const (
	Unknown Kind = iota // not known: comparisons cast
	Text                // string, varchar
	Integer             // int, bigint
	Double              // float, double
	Boolean
	Timestamp // a point in time, in UTC unless the type has a zone
	Date
	JSON   // a string that holds the JSON text of a value
	Struct // row; Members
	Array  // Element
	Map    // of strings to Element
)

// A Type is the type of a column.
type Type struct {
	Kind Kind
	// Word is a type without parts as the table's definition writes it, such as "int"; "" if it has parts or was not
	// written.
	Word string
	// Members are the members of a Struct, in order.
	Members []Column
	// Element is the element type of an Array or the value type of a Map, else nil.
	Element *Type
}

// A Location is where a table stores a path of the log.
type Location struct {
	// Column is the name of the column as the table has it, "" for a path that the table does not have.
	Column string
	// Steps lead from the column's value to the place; empty if the place is the column itself.
	Steps []Step
	// Type is the type after the steps. It is a Struct, Map or Array of these only for a whole object.
	Type Type
	// Inside means that the path continues inside JSON text; JSON is that rest, relative to the text. Its Text may be
	// "", the empty key, to which a path that ends in a dot leads.
	Inside bool
	JSON   value.Path
	// Encoding says how a string may hold the JSON that the path continues in, if the string may also hold something
	// else; it is set only with Type JSON. NoJSON means a column of JSON text.
	Encoding value.Encoding
	// LowerKeys means that the keys inside the JSON text are in lower case, as JSON is.
	LowerKeys bool
	// Row means that the path names the table's own columns, see tablerow.Converter.KeepRows.
	Row bool
	// Values lists the log's values for which the table holds other values, nil if there are none. A table value that
	// is not listed is the log's own.
	Values []ValueChange
	// Time is the table's format of a time that the log writes as RFC 3339 text in UTC ("2026-01-02T03:04:05Z"), nil
	// for all other places. It is never TimeText or CommonLog.
	Time *TimeFormat
	// Partial means that the place has more than what the path leads to, see value.Path.Partial: a query over the place
	// finds more than it should.
	Partial bool
	// Absent lists the values that the table holds if the log has no value, nil if it holds a null.
	Absent []string
	// When restricts the place to some rows, nil for all. In other rows the field has no value here.
	When *RowCondition
}

// A RowCondition holds in rows where a string of the table is one of Values or, if Not is set, none of them. It never
// holds for null.
type RowCondition struct {
	// At is a column of type Text, or a member of one.
	At     Location
	Values []string
	Not    bool
}

// StepKind is the kind of a step.
type StepKind uint8

// The kinds of steps.
const (
	Member StepKind = iota // of a struct: Name
	Key                    // of a map: Name
	Each                   // every element of an array
	// Joined leads from a map of texts to a list of texts: the values whose key is Name after its marks "[]" are removed. A
	// value whose key has marks stands for several texts with commas between them. So a flat map keeps the lists of a log.
	Joined
)

// A Step is one step within a column's value.
type Step struct {
	Kind StepKind
	Name string
}

// ValueChange is one value of the log and the value that the table holds for it.
type ValueChange struct{ Log, Table string }

// TimeFormat is how a column holds a time.
type TimeFormat uint8

// The formats of times.
const (
	TimeText    TimeFormat = iota // RFC 3339
	TimeType                      // timestamp, with or without zone; UTC
	EpochSecond                   // whole number
	EpochMilli                    // whole number
	CommonLog                     // text as web servers write it: 06/Feb/2026:00:00:38 +0000
)

// String returns the format's name in schema files.
func (f TimeFormat) String() string {
	return [...]string{TimeText: "text", TimeType: "timestamp", EpochSecond: "epoch_s", EpochMilli: "epoch_ms",
		CommonLog: "common_log"}[f]
}

// TimeColumn is the column with the time of an event.
type TimeColumn struct {
	Location Location
	Format   TimeFormat
	// Else lists further places, in the same format, where a tool may have put the time; the first that has a value
	// counts. It is nil unless the table holds whole records as JSON text.
	Else []Location
	// UTC means that a TimeText always ends in Z, so that a query need not handle other zones.
	UTC bool
}

// A Partition is a partition column that follows the time of events.
type Partition struct {
	Column string
	Type   Kind // Text, Integer, Date or Timestamp
	// Format is how the column holds the day, as ParseDateFormat reads it: "yyyy/MM/dd", "yyyyMMdd", "yyyy", "MM", "d".
	// Empty for Date and Timestamp, and for a column that does not follow the time.
	Format string
	// Also lists further formats in which the table spells its partitions; nil for none. Schema files never set it.
	Also []string
	// LateDays is the most days after its event that a record's partition may be dated; it is never dated before the
	// event. Logs are partitioned by the time of their delivery.
	LateDays int
}
