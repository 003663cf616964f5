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
	"count", "first", "last", "group", "event_ids",
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
		c.options.exact(f.Time), f.Rule.Level.String(), f.Rule.Title, f.Rule.ID, strings.Join(f.Rule.Techniques, " "),
		f.Schema, f.Account, f.Region, f.Principal, f.Address, f.Action, f.Error, strconv.Itoa(f.Count),
		c.options.exact(f.First), c.options.exact(f.Last), strings.Join(group, " "), strings.Join(f.EventIDs, " "),
	}
	for i, cell := range row {
		row[i] = Guard(cell)
	}
	return c.w.Write(row)
}

func (c *csvWriter) header() {
	if !c.begun {
		c.begun = true
		_ = c.w.Write(csvColumns) // the error comes again from Flush
	}
}

func (c *csvWriter) Close(*finding.Summary, *finding.Ledger) error {
	c.header()
	c.w.Flush()
	return c.w.Error()
}

// Guard makes a cell of a sheet harmless: a quote before what a spreadsheet would read as a formula (full-width forms too, and
// after spaces, which some strip), and no control characters. Where a semicolon separates cells, as in much of Europe, a
// cell is cut behind each of its semicolons, quoted or not: what follows is guarded as well.
func Guard(cell string) string {
	parts := strings.Split(cell, ";")
	for i, part := range parts {
		if i > 0 {
			part = strings.TrimLeft(part, ` "`) // the quotes of the cell are doubled, and some readers strip them
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
