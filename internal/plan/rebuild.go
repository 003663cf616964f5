package plan

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/egret-hunt/egret/internal/schema"
	"github.com/egret-hunt/egret/internal/value"
)

// Rebuilder turns result rows back into log events. Each event is a JSON object that uses the log's field names and holds
// only the fields that the columns provide. It is not safe for concurrent use.
type Rebuilder struct {
	columns []Column
	root    branch
	whole   int // the column with the whole event, -1 if there is none
	time    int // the column with the time, -1 if there is none
	parser  value.Parser
	walker  value.Walker
	maps    map[int]*openMap // by column
}

// A branch is an object or value of the event.
type branch struct {
	name    string
	inner   []*branch
	sources []source // alternatives for its value
}

// A source is the column with a value, and the key if the column is a map.
type source struct {
	column int
	entry  *mapEntry
}

// NewRebuilder returns a Rebuilder for rows with the given columns in that order.
func NewRebuilder(columns []Column) *Rebuilder {
	r := &Rebuilder{columns: columns, whole: -1, time: -1, maps: map[int]*openMap{}}
	add := func(path string, of source) {
		at := &r.root
		for name := range strings.SplitSeq(path, ".") {
			at = at.child(name)
		}
		at.sources = append(at.sources, of)
	}
	for i, c := range columns {
		switch {
		case c.entries != nil:
			r.maps[i] = &openMap{}
			for k := range c.entries.list {
				e := &c.entries.list[k]
				add(e.column.Path, source{i, e})
			}
			continue
		case c.Time:
			r.time = i
			continue
		case c.whole():
			r.whole = i
			continue
		}
		add(c.Path, source{column: i})
	}
	return r
}

func (b *branch) child(name string) *branch {
	for _, inner := range b.inner {
		if inner.name == name {
			return inner
		}
	}
	inner := &branch{name: name}
	b.inner = append(b.inner, inner)
	return inner
}

// Append appends the event of a row as JSON. A cell is nil, a string, bool, integer, float64 or time.Time, as database drivers
// return them, and text for a column with JSON set. The event does not contain missing values. Append returns an error for
// a row of another length and for a cell of another type.
func (r *Rebuilder) Append(dst []byte, row []any) ([]byte, error) {
	if len(row) != len(r.columns) {
		return dst, fmt.Errorf("got a row of %d cells, expected %d", len(row), len(r.columns))
	}
	if r.whole >= 0 {
		if text, ok := row[r.whole].(string); ok && json.Valid([]byte(text)) {
			return append(dst, text...), nil
		}
	}
	// Iteration order does not matter: all maps are closed.
	for _, m := range r.maps {
		m.read = false
	}
	dst = append(dst, '{')
	dst, _, err := r.members(dst, &r.root, row)
	return append(dst, '}'), err
}

// members appends what is inside an object, and reports whether there is anything.
func (r *Rebuilder) members(dst []byte, b *branch, row []any) ([]byte, bool, error) {
	any := false
	for _, inner := range b.inner {
		before := len(dst)
		if any {
			dst = append(dst, ',')
		}
		dst = append(value.AppendQuoted(dst, []byte(inner.name)), ':')
		var ok bool
		var err error
		if dst, ok, err = r.value(dst, inner, row); err != nil {
			return dst, false, err
		}
		if !ok {
			dst = dst[:before]
		}
		any = any || ok
	}
	return dst, any, nil
}

func (r *Rebuilder) value(dst []byte, b *branch, row []any) (_ []byte, ok bool, err error) {
	for _, of := range b.sources {
		if of.entry != nil {
			dst, ok, err = r.entry(dst, of, row)
		} else {
			dst, ok, err = r.cell(dst, &r.columns[of.column], row[of.column])
		}
		if ok || err != nil {
			return dst, ok, err
		}
	}
	if len(b.inner) == 0 {
		return dst, false, nil
	}
	before := len(dst)
	dst, ok, err = r.members(append(dst, '{'), b, row)
	if !ok || err != nil {
		return dst[:before], false, err
	}
	return append(dst, '}'), true, nil
}

// cell appends the value of a cell in the form of the log.
func (r *Rebuilder) cell(dst []byte, c *Column, cell any) ([]byte, bool, error) {
	if cell == nil {
		return dst, false, nil
	}
	if text, ok := cell.(string); ok && c.JSON {
		return r.json(dst, c, text)
	}
	if c.place.Time != nil {
		at, ok := timeOf(cell, *c.place.Time)
		if !ok {
			return dst, false, fmt.Errorf("column %s: expected a time, got %v (%T)", c.Name, cell, cell)
		}
		if c.place.Row {
			return value.AppendQuoted(dst, []byte(at.UTC().Format(time.RFC3339Nano))), true, nil
		}
		return value.AppendQuoted(dst, []byte(at.UTC().Truncate(time.Second).Format(time.RFC3339))), true, nil
	}
	var plain string
	switch cell := cell.(type) {
	case string:
		for _, absent := range c.place.Absent {
			if cell == absent {
				return dst, false, nil
			}
		}
		for _, v := range c.place.Values {
			if cell == v.Table {
				cell = v.Log
				break
			}
		}
		if k := c.place.Type.Kind; (k == schema.Integer || k == schema.Boolean) && json.Valid([]byte(cell)) {
			return append(dst, cell...), true, nil // Athena returns all values as text
		}
		return value.AppendQuoted(dst, []byte(cell)), true, nil
	case []byte:
		return r.cell(dst, c, string(cell))
	case bool:
		plain = strconv.FormatBool(cell)
	case int64:
		plain = strconv.FormatInt(cell, 10)
	case int32:
		plain = strconv.FormatInt(int64(cell), 10)
	case int:
		plain = strconv.Itoa(cell)
	case float64:
		plain = strconv.FormatFloat(cell, 'g', -1, 64)
	case json.Number:
		plain = cell.String()
	case time.Time:
		return value.AppendQuoted(dst, []byte(cell.UTC().Format(time.RFC3339Nano))), true, nil
	default:
		return dst, false, fmt.Errorf("column %s: expected a plain value, got %T", c.Name, cell)
	}
	if len(c.place.Values)+len(c.place.Absent) > 0 {
		return r.cell(dst, c, plain)
	}
	return append(dst, plain...), true, nil
}

// timeOf converts a cell to a time that the log has as text.
func timeOf(cell any, format schema.TimeFormat) (time.Time, bool) {
	switch cell := cell.(type) {
	case time.Time:
		return cell, true
	case int64:
		if format == schema.EpochSecond {
			return time.Unix(cell, 0), true
		}
		return time.UnixMilli(cell), true
	case string: // as Athena returns it
		if at, ok := value.ParseTime([]byte(cell)); ok {
			return at.UTC(), true
		}
		if n, err := strconv.ParseInt(cell, 10, 64); err == nil {
			return timeOf(n, format)
		}
	}
	return time.Time{}, false
}

// json appends JSON text. It keeps JSON of the log unchanged and renames members of arrays and maps to the names of the log.
// It appends text that is not valid JSON as a string.
func (r *Rebuilder) json(dst []byte, c *Column, text string) ([]byte, bool, error) {
	doc, err := r.parser.Parse([]byte(text))
	if err != nil {
		return value.AppendQuoted(dst, []byte(text)), true, nil //nolint:nilerr // a string, as above
	}
	if doc.Kind(0) == value.Null {
		return dst, false, nil
	}
	switch {
	case c.joined:
		var texts []string
		for e := doc.First(0); e != value.None; e = doc.Next(0, e) {
			texts = append(texts, doc.String(e))
		}
		if len(texts) == 0 {
			return dst, false, nil
		}
		return appendTexts(dst, texts), true, nil
	case c.pick != nil:
		p := picker{doc: doc, dst: append(dst, '[')}
		p.pick(0, c.pick)
		if !p.any {
			return dst, false, nil
		}
		return append(p.dst, ']'), true, nil
	case c.typ != nil:
		return renamed(dst, doc, 0, c.typ), true, nil
	}
	return append(dst, text...), true, nil
}

// renamed appends a value with the member names of the log.
func renamed(dst []byte, doc *value.Doc, n value.Node, t *namedType) []byte {
	if t == nil {
		t = &namedType{}
	}
	open, end := byte('['), byte(']')
	switch doc.Kind(n) {
	case value.Object:
		open, end = '{', '}'
	case value.Array:
	default:
		return doc.AppendJSON(dst, n)
	}
	dst = append(dst, open)
	for e := doc.First(n); e != value.None; e = doc.Next(n, e) {
		if e != doc.First(n) {
			dst = append(dst, ',')
		}
		inner := t.element
		if open == '{' {
			name := string(doc.Key(e))
			if m, ok := t.members[strings.ToLower(name)]; ok {
				name, inner = m.name, m.typ
			}
			dst = append(value.AppendQuoted(dst, []byte(name)), ':')
		}
		dst = renamed(dst, doc, e, inner)
	}
	return append(dst, end)
}

// A picker collects the values at the end of a path of steps as the items of a list.
type picker struct {
	doc *value.Doc
	dst []byte
	any bool
}

func (p *picker) pick(n value.Node, steps []schema.Step) {
	switch {
	case n == value.None || p.doc.Kind(n) == value.Null:
	case len(steps) == 0:
		if p.any {
			p.dst = append(p.dst, ',')
		}
		p.dst, p.any = p.doc.AppendJSON(p.dst, n), true
	case steps[0].Kind == schema.Each && p.doc.Kind(n) == value.Array:
		for e := p.doc.First(n); e != value.None; e = p.doc.Next(n, e) {
			p.pick(e, steps[1:])
		}
	case steps[0].Kind != schema.Each && p.doc.Kind(n) == value.Object:
		p.pick(p.doc.Get(n, steps[0].Name), steps[1:])
	}
}
