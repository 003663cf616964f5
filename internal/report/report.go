// Package report prints findings, summary and ledger; each format has its own file. It takes findings in their final
// order, one at a time, so that a hunt with a million findings needs no more memory than one with ten.
//
// Text from logs is never trusted on a terminal: control characters, escape sequences and marks that change the writing
// direction become visible escapes in every format, and CSV cells cannot start a formula. Repeated findings are grouped
// only in the formats for people (timeline, table); csv, jsonl and json have each finding.
package report

import (
	"io"
	"time"

	"github.com/egret-hunt/egret/internal/finding"
	"github.com/egret-hunt/egret/internal/schema"
	"github.com/egret-hunt/egret/internal/stixmap"
	"github.com/egret-hunt/egret/internal/stixout"
	"github.com/egret-hunt/egret/internal/story"
	"github.com/egret-hunt/egret/stix"
)

// A Format is one way to print findings.
type Format struct {
	// Name is the value for --format.
	Name string
	// Help is one line for the help text.
	Help string
	// ForPeople means that people read the format: a summary follows it.
	ForPeople bool
	// ForFile means that the format is of no use on a terminal.
	ForFile bool
	// Story means that New needs Options.Story. Terminal means that the format is the default on a terminal.
	Story, Terminal bool
	// Extension is the extension of files that the format shares with another one, such as ".jsonl", "" for none.
	Extension string
	// New starts a report.
	New func(w io.Writer, options Options) Writer
}

// Formats lists all formats in the order of the help text.
var Formats = []Format{
	{Name: "timeline", Help: "what happened, in order, repeats grouped", ForPeople: true, New: newTimeline},
	{Name: "story", Help: "who did what, and what to do now; then the timeline", ForPeople: true, Story: true, Terminal: true, New: newStory},
	{Name: "markdown", Help: "story, findings and ledger as a document to hand over", ForPeople: true, Story: true, New: newMarkdown},
	{Name: "table", Help: "one row for each rule and principal", ForPeople: true, New: newTable},
	{Name: "csv", Help: "one row per finding, safe to open in a spreadsheet", New: newCSV},
	{Name: "jsonl", Help: "one JSON object per finding; a stable contract", New: newJSONL},
	{Name: "json", Help: "one JSON object with findings, summary and ledger", New: newJSON},
	{Name: "timesketch", Help: "JSON lines for Timesketch", Extension: ".jsonl", New: newTimesketch},
	{Name: "stix", Help: "a STIX 2.1 bundle: observed data of the events, and sightings", Extension: ".json", New: newSTIX(stix.V21)},
	{Name: "stix-2.0", Help: "the same in STIX 2.0", Extension: ".json", New: newSTIX(stix.V20)},
	{Name: "html", Help: "a report in one file for a browser, to hand over; goes with -o", ForPeople: true, ForFile: true, Story: true, New: newHTML},
}

// Names returns the names of all formats of findings.
func Names() []string { return NamesOf(Formats) }

// NamesOf returns the names of formats.
func NamesOf(formats []Format) []string {
	names := make([]string, len(formats))
	for i, format := range formats {
		names[i] = format.Name
	}
	return names
}

// Lookup returns the format with a name, or false if there is none.
func Lookup(name string) (Format, bool) {
	for _, format := range Formats {
		if format.Name == name {
			return format, true
		}
	}
	return Format{}, false
}

// Options control the appearance of a report. The zero value prints plain text of any width with times in UTC.
type Options struct {
	// Color adds terminal colours.
	Color bool
	// Width is the width of the terminal in columns, 0 for no limit. The formats for people, summary and ledger use it.
	Width int
	// Context is the distance of the events in Finding.Context from their finding.
	Context time.Duration
	// Location is the time zone of csv and of the formats for people, nil for UTC. JSON is always UTC.
	Location *time.Location
	// Origin returns what is known of an address, for reports that are not made of findings; nil if nothing is.
	Origin func(address string) finding.Origin
	// Schemas are the log sources beside those of egret.
	Schemas []*schema.Schema
	// Mappings are the STIX objects of log sources; nil means stixmap.All.
	Mappings []*stixmap.Mapping
	// Indicator returns what a finding of a rule, by its id, was found by, if that is an indicator of STIX; nil if none is.
	Indicator func(ruleID string) (stixout.Indicator, bool)
	// Story is what the findings mean together, for formats that need it.
	Story *story.Story
}

// A Writer writes findings in order.
type Writer interface {
	// Finding prints one finding. It keeps no reference to its Event.
	Finding(f *finding.Finding) error
	// Close ends the report; it must be called once. It does not close the underlying writer. Formats that include the
	// summary and the ledger print them.
	Close(summary *finding.Summary, ledger *finding.Ledger) error
}
