package report

import (
	"encoding/csv"
	"io"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/egret-hunt/egret/diag"
	"github.com/egret-hunt/egret/internal/finding"
)

// csvColumns are the columns of csv; new ones are added at the end.
var csvColumns = []string{
	"time", "level", "rule", "rule_id", "attack", "schema", "account", "region", "principal", "address", "action", "error",
	"count", "first", "last", "group", "event_ids", "outcome", "targets", "addresses", "agents", "keys", "facts",
	"countries", "cities", "networks", "known", "known_agents", "message", "datetime", "timestamp_desc", "spreadsheet_time",
	"new",
}

// csvWriter writes RFC 4180 with a header and guarded cells. Lists are joined with spaces, groups as name=value.
type csvWriter struct {
	w       *csv.Writer
	options Options
	begun   bool
}

func newCSV(w io.Writer, options Options) Writer {
	return &csvWriter{w: csv.NewWriter(w), options: options}
}

func (c *csvWriter) Finding(f *finding.Finding) error {
	c.header()
	group := make([]string, len(f.Group))
	for i, pair := range f.Group {
		group[i] = pair.Name + "=" + pair.Value
	}
	row := []string{
		c.options.exact(f.Time), f.Level.String(), f.Rule.Title, f.Rule.ID, strings.Join(f.Rule.Techniques, " "),
		f.Schema, f.Account, f.Region, f.Principal, f.Address, f.Action, f.Error, strconv.Itoa(f.Count),
		c.options.exact(f.First), c.options.exact(f.Last), strings.Join(group, " "), strings.Join(f.EventIDs, " "),
	}
	var m merged
	m.add(f)
	row = append(row, m.outcome(), allOf(m.targetTexts()), allOf(m.addresses), allOf(m.agents), allOf(m.sessions), allOf(m.factTexts()))
	// These have one value for each address, so that they can be read side by side.
	row = append(row, allOf(m.each(country)), allOf(m.each(func(o *finding.Origin) string { return o.City })),
		allOf(m.each((*finding.Origin).Network)), allOf(m.each(func(o *finding.Origin) string { return o.Known })), allOf(m.agentLabels()))
	// The first three are what Plaso writes and Timesketch asks for, the last one is a time for spreadsheets.
	row = append(row, message(f, &m), isoTime(f.First), timestampDesc(f), c.options.spreadsheet(f.First))
	row = append(row, allOf(m.each(func(o *finding.Origin) string { return o.New })))
	for i, cell := range row {
		row[i] = Guard(cell)
	}
	return c.w.Write(row)
}

func (c *csvWriter) header() {
	if !c.begun {
		c.begun = true
		_ = c.w.Write(csvColumns) // Flush returns the error again
	}
}

func (c *csvWriter) Close(*finding.Summary, *finding.Ledger) error {
	c.header()
	c.w.Flush()
	return c.w.Error()
}

// Guard makes a cell of a spreadsheet harmless: it puts an apostrophe before text that would be read as a formula (also
// in full-width forms and after spaces, which some readers strip), and removes control characters. With a semicolon as
// separator, as in much of Europe, some readers split a cell at each of its semicolons even inside quotes, so the text
// after each semicolon is guarded as well.
func Guard(cell string) string {
	parts := strings.Split(cell, ";")
	for i, part := range parts {
		if i > 0 {
			part = strings.TrimLeft(part, ` "`) // the cell's quotes are doubled, and some readers strip them
		}
		if beginsFormula(part) {
			parts[i] = "'" + parts[i]
		}
	}
	return diag.Safe(strings.Join(parts, ";"))
}

func beginsFormula(cell string) bool {
	first, _ := utf8.DecodeRuneInString(strings.TrimLeft(cell, " \u00a0"))
	switch first {
	case '=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠':
		return true
	}
	return false
}
