package schema

// The columns of Records: the number of a row, and the event as JSON text.
const (
	RecordNumber = "egret_number"
	RecordEvent  = "egret_event"
)

// Records returns a layout of a table with whole events of the log: a number, and the JSON text of the event, in which all fields are.
// It has no time and no ids, so that every row is an event of its own. It is not among Layouts.
func (s *Schema) Records() *Layout {
	p := &Layout{
		Schema: s, Name: "records", Title: "Whole events as JSON", Table: "egret_records", OnlyFields: true,
		Columns: []Column{{RecordNumber, Type{Kind: Integer, Word: "bigint"}}, {RecordEvent, Type{Kind: JSON, Word: "object"}}},
		fields:  map[string]fieldLocation{"*": {targets: []target{{path: RecordEvent}}}},
		objects: map[string]bool{},
	}
	p.all = p.Columns
	return p
}
