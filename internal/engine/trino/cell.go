package trino

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/egret-hunt/egret/internal/value"
)

// reader converts the rows of pages to cells.
type reader struct {
	columns []column
	types   []string
	parser  value.Parser
	row     []any
	text    []byte
	// zone is the last time zone that was looked up; most columns contain only one.
	zone *time.Location
}

func newReader(columns []column) *reader {
	r := &reader{columns: columns, row: make([]any, len(columns))}
	for _, c := range columns {
		r.types = append(r.types, baseType(c.Type))
	}
	return r
}

// baseType returns a type without its parameters: "timestamp with time zone" for "timestamp(6) with time zone".
func baseType(t string) string {
	head, rest, _ := strings.Cut(t, "(")
	if strings.HasSuffix(rest, ") with time zone") {
		head += " with time zone"
	}
	return strings.ToLower(strings.TrimSpace(head))
}

// each calls row for the rows of a page's data, which must be valid JSON. It parses one row at a time, because a page
// has millions of cells. The slice passed to row is reused.
func (r *reader) each(data []byte, row func([]any) error) error {
	// Inside the outer brackets rows are separated by commas and white space.
	at := 0
	for at < len(data) && data[at] != '[' {
		at++
	}
	if at == len(data) {
		return fmt.Errorf("the rows are not a list")
	}
	for at++; ; {
		for at < len(data) && (data[at] <= ' ' || data[at] == ',') {
			at++
		}
		if at >= len(data) || data[at] == ']' {
			return nil
		}
		if data[at] != '[' {
			return fmt.Errorf("a row is not a list")
		}
		end := closing(data, at)
		if err := r.cells(data[at:end]); err != nil {
			return err
		}
		if err := row(r.row); err != nil {
			return err
		}
		at = end
	}
}

// closing returns the index after the bracket that closes the one at position at of valid JSON.
func closing(data []byte, at int) int {
	depth, quoted := 0, false
	for ; at < len(data); at++ {
		switch c := data[at]; {
		case quoted && c == '\\':
			at++
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == '[' || c == '{':
			depth++
		case c == ']' || c == '}':
			if depth--; depth == 0 {
				return at + 1
			}
		}
	}
	return len(data)
}

// cells parses one row.
func (r *reader) cells(row []byte) error {
	doc, err := r.parser.Parse(row)
	if err != nil {
		return err
	}
	i := 0
	for n := doc.First(0); n != value.None; n = doc.Next(0, n) {
		if i == len(r.row) {
			return fmt.Errorf("a row has more than %d cells", len(r.row))
		}
		if r.row[i], err = r.cell(doc, n, r.types[i]); err != nil {
			return fmt.Errorf("column %s, of type %s: %w", safeText(r.columns[i].Name), safeText(r.columns[i].Type), err)
		}
		i++
	}
	if i < len(r.row) {
		return fmt.Errorf("a row has %d cells, want %d", i, len(r.row))
	}
	return nil
}

// cell returns a value in a type that engine.Result allows.
func (r *reader) cell(doc *value.Doc, n value.Node, typ string) (any, error) {
	kind := doc.Kind(n)
	if kind == value.Null {
		return nil, nil
	}
	r.text = append(r.text[:0], doc.Text(n, r.text)...)
	switch typ {
	case "boolean":
		if kind == value.True || kind == value.False {
			return kind == value.True, nil
		}
		return nil, fmt.Errorf("found %s", safeText(string(r.text)))
	case "tinyint", "smallint", "integer", "bigint":
		whole, err := strconv.ParseInt(string(r.text), 10, 64)
		if err != nil {
			return nil, fmt.Errorf("found %s", safeText(string(r.text)))
		}
		return whole, nil
	case "real", "double": // infinities and NaN are text
		number, err := strconv.ParseFloat(string(r.text), 64)
		if err != nil {
			return nil, fmt.Errorf("found %s", safeText(string(r.text)))
		}
		return number, nil
	case "date":
		return r.time(time.DateOnly, string(r.text)), nil
	case "timestamp":
		return r.time(time.DateTime, string(r.text)), nil
	case "timestamp with time zone":
		return r.zoned(string(r.text)), nil
	default: // texts, and types without an equivalent
		return string(r.text), nil
	}
}

// time parses a time in UTC. A time that Go cannot represent, such as a year of five digits, stays text.
func (r *reader) time(layout, text string) any {
	at, err := time.Parse(layout, text)
	if err != nil {
		return text
	}
	return at
}

// zoned parses a time with a time zone: a name, or an offset.
func (r *reader) zoned(text string) any {
	end := strings.LastIndexByte(text, ' ')
	if end < 0 {
		return text
	}
	clock, zone := text[:end], text[end+1:]
	if zone == "UTC" || zone == "Z" {
		return r.time(time.DateTime, clock)
	}
	if at, err := time.Parse(time.DateTime+" -07:00", text); err == nil {
		return at.UTC()
	}
	if r.zone == nil || r.zone.String() != zone {
		location, err := time.LoadLocation(zone)
		if err != nil {
			return text
		}
		r.zone = location
	}
	at, err := time.ParseInLocation(time.DateTime, clock, r.zone)
	if err != nil {
		return text
	}
	return at.UTC()
}
