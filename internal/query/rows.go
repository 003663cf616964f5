package query

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"strconv"
	"time"

	"github.com/egret-hunt/egret/internal/engine"
	"github.com/egret-hunt/egret/internal/finding"
	"github.com/egret-hunt/egret/internal/report"
	"github.com/egret-hunt/egret/internal/schema"
)

// Formats are the formats of results; the first one is the default.
var Formats = []string{"json", "jsonl", "csv"}

// Printer writes rows in one of Formats. Call Columns first, then Row for each row, then End.
type Printer struct {
	w      io.Writer
	format string
	id     string
	offset int64
	names  []string       // nil until the columns are known
	nested []*schema.Type // of the columns that hold structs, lists or maps
	sheet  *csv.Writer
	line   bytes.Buffer
	first  bool
}

// NewPrinter returns a printer to w. id is the id of the query and offset the number of rows before the first printed
// one.
func NewPrinter(format string, w io.Writer, id string, offset int64) *Printer {
	return &Printer{w: w, format: format, id: id, offset: offset, sheet: csv.NewWriter(w), first: true}
}

// Begun reports whether anything was written.
func (p *Printer) Begun() bool { return p.names != nil }

// Columns writes the output before the rows.
func (p *Printer) Columns(columns []engine.Column) error {
	p.names = columnNames(columns)
	p.nested = make([]*schema.Type, len(columns))
	for i, c := range columns {
		p.nested[i] = nestedType(c.Type)
	}
	switch p.format {
	case "csv":
		cells := make([]string, len(p.names))
		for i, name := range p.names {
			cells[i] = guarded(name)
		}
		return p.sheet.Write(cells)
	case "json":
		head := struct {
			ID      string   `json:"id"`
			Columns []Column `json:"columns"`
			Offset  int64    `json:"offset"`
		}{p.id, make([]Column, len(columns)), p.offset}
		for i, c := range columns {
			head.Columns[i] = Column{p.names[i], c.Type}
		}
		text, err := finding.MarshalSafe(head)
		if err != nil {
			return err
		}
		_, err = fmt.Fprintf(p.w, "%s,\"rows\":[", text[:len(text)-1])
		return err
	}
	return nil
}

// columnNames makes names unique: repeated names get a number.
func columnNames(columns []engine.Column) []string {
	names := make([]string, len(columns))
	taken := map[string]bool{}
	for _, c := range columns {
		taken[c.Name] = true
	}
	seen := map[string]bool{}
	for i, c := range columns {
		name := c.Name
		for n := 2; seen[name] || name != c.Name && taken[name]; n++ {
			name = c.Name + "_" + strconv.Itoa(n)
		}
		seen[name] = true
		names[i] = name
	}
	return names
}

// Row writes a row, with a cell for each column.
func (p *Printer) Row(row []any) error {
	if len(row) != len(p.names) {
		return fmt.Errorf("a row has %d cells for %d columns", len(row), len(p.names))
	}
	if p.format == "csv" {
		cells := make([]string, len(row))
		for i, cell := range row {
			text, err := p.text(i, cell)
			if err != nil {
				return err
			}
			cells[i] = guarded(text)
		}
		return p.sheet.Write(cells)
	}
	p.line.Reset()
	if p.format == "json" && !p.first {
		p.line.WriteByte(',')
	}
	p.first = false
	p.line.WriteByte('{')
	for i, cell := range row {
		if i > 0 {
			p.line.WriteByte(',')
		}
		name, err := finding.MarshalSafe(p.names[i])
		if err != nil {
			return err
		}
		value, err := p.json(i, cell)
		if err != nil {
			return err
		}
		p.line.Write(name)
		p.line.WriteByte(':')
		p.line.Write(value)
	}
	p.line.WriteByte('}')
	if p.format == "jsonl" {
		p.line.WriteByte('\n')
	}
	_, err := p.w.Write(finding.EscapeUnsafe(p.line.Bytes()))
	return err
}

// json returns a cell as JSON. A struct, list or map becomes a string that contains JSON, so that all cells of a
// column have the same type with every engine.
func (p *Printer) json(column int, cell any) ([]byte, error) {
	value, err := cellJSON(cell)
	if err != nil || p.nested[column] == nil || string(value) == "null" {
		return value, err
	}
	text, err := p.text(column, cell)
	if err != nil {
		return nil, err
	}
	return cellJSON(text)
}

// text returns a cell of a CSV file.
func (p *Printer) text(column int, cell any) (string, error) {
	text, err := cellText(cell)
	if err != nil || p.nested[column] == nil {
		return text, err
	}
	if object, ok := nestedJSON([]byte(text), p.nested[column]); ok {
		return string(object), nil
	}
	return text, nil
}

// End writes the output after the rows: their number, whether there are more, and an error that ended them early.
func (p *Printer) End(printed int64, more bool, failure *ErrorAnswer) error {
	switch {
	case !p.Begun():
		return nil
	case p.format == "csv":
		p.sheet.Flush()
		return p.sheet.Error()
	case p.format != "json":
		return nil
	}
	tail := struct {
		Length int64        `json:"length"`
		More   bool         `json:"more"`
		OK     *bool        `json:"ok,omitempty"`
		Error  *ErrorAnswer `json:"error,omitempty"`
	}{Length: printed, More: more}
	if failure != nil {
		tail.OK, tail.Error = new(bool), failure
	}
	text, err := finding.MarshalSafe(tail)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(p.w, "],%s\n", text[1:])
	return err
}

// encodeRow writes a row as a JSON array.
func encodeRow(b *bytes.Buffer, row []any) error {
	b.WriteByte('[')
	for i, cell := range row {
		if i > 0 {
			b.WriteByte(',')
		}
		text, err := cellJSON(cell)
		if err != nil {
			return err
		}
		b.Write(text)
	}
	b.WriteByte(']')
	return nil
}

// cellJSON returns a cell as JSON: integers exactly, times as RFC 3339 in UTC, and numbers that JSON cannot represent
// as strings.
func cellJSON(cell any) ([]byte, error) {
	switch v := cell.(type) {
	case json.RawMessage:
		return finding.EscapeUnsafe(bytes.Clone(v)), nil
	case float64:
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return finding.MarshalSafe(strconv.FormatFloat(v, 'g', -1, 64))
		}
	case time.Time:
		return finding.MarshalSafe(v.UTC().Format(time.RFC3339Nano))
	}
	return finding.MarshalSafe(cell)
}

// cellText returns a cell as text; "" for null.
func cellText(cell any) (string, error) {
	text, err := cellJSON(cell)
	if err != nil || string(text) == "null" {
		return "", err
	}
	if text[0] != '"' {
		return string(text), nil
	}
	var plain string
	err = json.Unmarshal(text, &plain)
	return plain, err
}

// guarded makes a CSV cell safe for spreadsheets. Numbers keep their signs.
func guarded(cell string) string {
	if _, err := strconv.ParseFloat(cell, 64); err == nil {
		return cell
	}
	return report.Guard(cell)
}
