// Package report prints findings, summary and ledger: one file per format. In go findings in their final order, one at a
// time, so that a hunt with a million of them needs no more memory than one with ten; out come bytes.
//
// What a log says is never trusted on a terminal: control characters, escape sequences and marks that turn the
// direction of writing become visible escapes in every format, and CSV cells cannot start a formula. Repeats are
// grouped only in the formats for people (timeline, table); csv, jsonl and json have each finding.
package report

import (
	"io"
	"time"

	"github.com/egret-hunt/egret/internal/finding"
)

// Format is one way to print findings.
type Format struct {
	// Name is what --format takes.
	Name string
	// Help is one line for the help text.
	Help string
	// ForPeople says that the format is read by people: a summary follows it.
	ForPeople bool
	// New starts a report.
	New func(w io.Writer, options Options) Writer
}

// Formats are all formats in the order in which help names them.
var Formats = []Format{
	{Name: "timeline", Help: "what happened, in order, repeats grouped", ForPeople: true, New: newTimeline},
	{Name: "table", Help: "one row for each rule and principal", ForPeople: true, New: newTable},
	{Name: "csv", Help: "one row a finding, safe to open in a spreadsheet", New: newCSV},
	{Name: "jsonl", Help: "one JSON object a finding; a stable contract", New: newJSONL},
	{Name: "json", Help: "one JSON object with findings, summary and ledger", New: newJSON},
}

// Names are the names of all formats.
func Names() []string {
	names := make([]string, len(Formats))
	for i, format := range Formats {
		names[i] = format.Name
	}
	return names
}

// Lookup finds a format by name; it reports false for other names.
func Lookup(name string) (Format, bool) {
	for _, format := range Formats {
		if format.Name == name {
			return format, true
		}
	}
	return Format{}, false
}

// Options say how a report looks. The zero value prints plain text with times in UTC, as wide as it gets.
type Options struct {
	// Color adds terminal colours.
	Color bool
	// Width is the width of the terminal in columns, 0 for no limit. The formats for people, summary and ledger heed it.
	Width int
	// Location is the time zone of the formats for people and of csv, nil for UTC. JSON is always UTC.
	Location *time.Location
}

// Writer takes findings in their order.
type Writer interface {
	// Finding prints one finding. It keeps no reference to its Event.
	Finding(f *finding.Finding) error
	// Close ends the report; it must be called once. It does not close the underlying writer. The summary and the ledger
	// are printed by the formats that hold them.
	Close(summary *finding.Summary, ledger *finding.Ledger) error
}
