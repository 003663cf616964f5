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
	whole   int // the column that holds the whole event, -1 without
	time    int // the column that tells the time, -1 without
	parser  value.Parser
	walker  value.Walker
}

// branch is an object of the event, or a value of it.
type branch struct {
	name    string
	inner   []*branch
	columns []int // the alternatives for its value
}

// NewRebuilder is for rows with these columns, in their order.
func NewRebuilder(columns []Column) *Rebuilder {
	r := &Rebuilder{columns: columns, whole: -1, time: -1}
	for i, c := range columns {
		switch {
		case c.Time:
			r.time = i
			continue
		case c.whole():
			r.whole = i
			continue
		}
		at := &r.root
		for name := range strings.SplitSeq(c.Path, ".") {
			at = at.child(name)
		}
		at.columns = append(at.columns, i)
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

// Append appends the event of a row. A cell is nil, a string, bool, integer, float64 or time.Time, as database drivers give
// them; of a column with JSON, text. What the table does not have is left out. The error names a cell of another type.
func (r *Rebuilder) Append(dst []byte, row []any) ([]byte, error) {
	if len(row) != len(r.columns) {
		return dst, fmt.Errorf("a row of %d cells, expected %d", len(row), len(r.columns))
	}
	if r.whole >= 0 {
		if text, ok := row[r.whole].(string); ok && json.Valid([]byte(text)) {
			return append(dst, text...), nil
		}
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
	for _, i := range b.columns {
		if dst, ok, err = r.cell(dst, &r.columns[i], row[i]); ok || err != nil {
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

// cell appends the value of a cell as the log has it.
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
			return dst, false, fmt.Errorf("column %s: %v (%T) is no time", c.Name, cell, cell)
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
			return append(dst, cell...), true, nil // Athena's results are text
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
		return dst, false, fmt.Errorf("column %s: a %T, expected a plain value", c.Name, cell)
	}
	if len(c.place.Values)+len(c.place.Absent) > 0 {
		return r.cell(dst, c, plain)
	}
	return append(dst, plain...), true, nil
}

// timeOf reads a time that the log holds as text.
func timeOf(cell any, format schema.TimeFormat) (time.Time, bool) {
	switch cell := cell.(type) {
	case time.Time:
		return cell, true
	case int64:
		if format == schema.EpochSecond {
			return time.Unix(cell, 0), true
		}
		return time.UnixMilli(cell), true
	case string: // as Athena's results have it
		if at, ok := value.ParseTime([]byte(cell)); ok {
			return at.UTC(), true
		}
		if n, err := strconv.ParseInt(cell, 10, 64); err == nil {
			return timeOf(n, format)
		}
	}
	return time.Time{}, false
}

// json appends JSON text: the log's own as it stands, that of lists and maps under the names of the log. Text that is no
// JSON is a string.
func (r *Rebuilder) json(dst []byte, c *Column, text string) ([]byte, bool, error) {
	doc, err := r.parser.Parse([]byte(text))
	if err != nil {
		return value.AppendQuoted(dst, []byte(text)), true, nil //nolint:nilerr // a string, as above
	}
	if doc.Kind(0) == value.Null {
		return dst, false, nil
	}
	switch {
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

// renamed appends a value with the members' names as the log has them.
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

// picker collects the values that steps lead to, as the items of a list.
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
