package tablerow

import (
	"strconv"
	"strings"
	"time"

	"github.com/egret-hunt/egret/internal/schema"
	"github.com/egret-hunt/egret/internal/value"
)

// at returns the JSON text of the value at a place in the form of the log, nil if there is none.
func (c *Converter) at(at *schema.Location, path string) []byte {
	found := c.follow(at, at.Steps)
	if len(found) == 0 {
		return nil
	}
	if at.Inside {
		return c.inside(found[0], at)
	}
	list := false
	for _, step := range at.Steps {
		list = list || step.Kind == schema.Each || step.Kind == schema.Joined
	}
	if !list {
		return c.plain(nil, found[0], at, path)
	}
	dst := []byte{'['}
	for _, v := range found {
		before := len(dst)
		if before > 1 {
			dst = append(dst, ',')
		}
		text := c.plain(nil, v, at, path)
		if text == nil {
			dst = dst[:before]
			continue
		}
		dst = append(dst, text...)
	}
	if len(dst) == 1 {
		return nil
	}
	return append(dst, ']')
}

// inside returns the value at a path inside of JSON text.
func (c *Converter) inside(v cell, at *schema.Location) []byte {
	if v.doc.Kind(v.node) == value.String {
		doc, err := c.inner.Parse(v.doc.AppendText(nil, v.node))
		if err != nil {
			return nil
		}
		v = cell{doc, 0}
	}
	if at.JSON.Text != "" {
		v = key(v, at.JSON.Text)
	}
	if v.missing() {
		return nil
	}
	return v.doc.AppendJSON(nil, v.node)
}

// plain appends a value in the form of the log; nil if the table's value means that the log has none.
func (c *Converter) plain(dst []byte, v cell, at *schema.Location, path string) []byte {
	if at.Time != nil {
		if when, ok := readTime(v.doc.AppendText(nil, v.node), *at.Time); ok {
			return value.AppendQuoted(dst, []byte(when.UTC().Truncate(time.Second).Format(time.RFC3339)))
		}
		return v.doc.AppendJSON(dst, v.node)
	}
	if v.doc.Kind(v.node) >= value.Array {
		return c.renamed(dst, v, path, &at.Type)
	}
	text := v.doc.String(v.node)
	for _, absent := range at.Absent {
		if text == absent {
			return nil
		}
	}
	for _, change := range at.Values {
		if text == change.Table {
			return value.AppendQuoted(dst, []byte(change.Log))
		}
	}
	if v.doc.Kind(v.node) == value.String {
		if at.Type.Kind == schema.JSON && isJSON([]byte(text)) {
			if doc, err := c.inner.Parse([]byte(text)); err == nil {
				return doc.AppendJSON(dst, 0)
			}
		}
		if c.isTime(at, path) {
			if _, ok := value.ParseTime([]byte(text)); !ok {
				if when, ok := readTime([]byte(text), c.layout.Time.Format); ok {
					return value.AppendQuoted(dst, []byte(when.UTC().Format(time.RFC3339Nano)))
				}
			}
		}
		return appendPlain(dst, text, &at.Type)
	}
	return v.doc.AppendJSON(dst, v.node)
}

// isTime reports whether a path is the time of the log, and a place the table's column of it.
func (c *Converter) isTime(at *schema.Location, path string) bool {
	if c.layout.Time == nil || at.Column != c.layout.Time.Location.Column {
		return false
	}
	for _, p := range c.layout.Schema.Time {
		if p.Text == path {
			return true
		}
	}
	return false
}

// remaining sets a column that no place reads.
func (c *Converter) remaining(i int) {
	v := c.cells[i]
	if v.missing() {
		return
	}
	name := c.types[i].Name
	switch {
	case c.maps[i]:
		var left object
		c.keys(v, "", func(key string, v cell) {
			if !c.known[name+"."+key] && left.find(key) < 0 {
				left.names, left.values = append(left.names, key), append(left.values, v.doc.AppendJSON(nil, v.node))
			}
		})
		if len(left.names) > 0 {
			c.rest.set(name, left.append(nil))
		}
	case c.taken[i]:
	case c.layout.OnlyFields || c.hidden[i]:
		c.rest.set(name, v.doc.AppendJSON(nil, v.node))
	default:
		if path := c.name(name); !c.event.has(path) {
			c.event.set(path, c.renamed(nil, v, path, &c.types[i].Type))
		}
	}
}

// name returns the log's spelling of a column.
func (c *Converter) name(column string) string {
	if name := c.names[strings.ToLower(column)]; name != "" {
		return name
	}
	return column
}

// renamed appends a value with the log's spelling of the members of structs. Keys of maps and JSON of the log stay.
func (c *Converter) renamed(dst []byte, v cell, path string, t *schema.Type) []byte {
	switch v.doc.Kind(v.node) {
	case value.Object:
		if t.Kind == schema.Map {
			return c.unpacked(dst, v, path)
		}
		if t.Kind != schema.Struct {
			return v.doc.AppendJSON(dst, v.node)
		}
		dst = append(dst, '{')
		first := true
		for m := v.doc.First(v.node); m != value.None; m = v.doc.Next(v.node, m) {
			if v.doc.Kind(m) == value.Null {
				continue
			}
			if !first {
				dst = append(dst, ',')
			}
			first = false
			name := string(v.doc.Key(m))
			inner := &schema.Type{}
			for i := range t.Members {
				if strings.EqualFold(t.Members[i].Name, name) {
					inner = &t.Members[i].Type
				}
			}
			below := c.name(path + "." + name)
			dst = append(value.AppendQuoted(dst, []byte(below[strings.LastIndexByte(below, '.')+1:])), ':')
			dst = c.renamed(dst, cell{v.doc, m}, below, inner)
		}
		return append(dst, '}')
	case value.Array:
		if t.Kind != schema.Array {
			return v.doc.AppendJSON(dst, v.node)
		}
		dst = append(dst, '[')
		for e := v.doc.First(v.node); e != value.None; e = v.doc.Next(v.node, e) {
			if e != v.doc.First(v.node) {
				dst = append(dst, ',')
			}
			dst = c.renamed(dst, cell{v.doc, e}, path, t.Element)
		}
		return append(dst, ']')
	case value.String:
		return appendPlain(dst, v.doc.String(v.node), t)
	case value.Null, value.False, value.True, value.Number:
	}
	return v.doc.AppendJSON(dst, v.node)
}

// unpacked appends a map of plain values. CloudTrail Lake keeps lists and objects in such maps as JSON text, without a
// mark; text of a key that holds JSON text in the log, too, stays text.
func (c *Converter) unpacked(dst []byte, v cell, path string) []byte {
	dst = append(dst, '{')
	first := true
	for m := v.doc.First(v.node); m != value.None; m = v.doc.Next(v.node, m) {
		if v.doc.Kind(m) == value.Null {
			continue
		}
		if !first {
			dst = append(dst, ',')
		}
		first = false
		name := v.doc.Key(m)
		dst = append(value.AppendQuoted(dst, name), ':')
		if v.doc.Kind(m) == value.String {
			text := v.doc.AppendText(nil, m)
			if isJSON(text) && !c.documents(path+"."+string(name)) {
				if doc, err := c.inner.Parse(text); err == nil {
					dst = doc.AppendJSON(dst, 0)
					continue
				}
			}
		}
		dst = v.doc.AppendJSON(dst, m)
	}
	return append(dst, '}')
}

// documents reports whether the log holds JSON text at a path.
func (c *Converter) documents(path string) bool {
	paths := c.layout.Schema.Paths(path + ".x")
	return len(paths) > 0 && len(paths[0].Embedded) > 0
}

// time returns the time in the table's column of the time.
func (c *Converter) time() (value.Time, bool) {
	if c.layout.Time == nil {
		return value.Time{}, false
	}
	for _, at := range append([]schema.Location{c.layout.Time.Location}, c.layout.Time.Else...) {
		for _, v := range c.follow(&at, at.Steps) {
			if at.Inside {
				text := c.inside(v, &at)
				if text == nil {
					continue
				}
				doc, err := c.inner.Parse(text)
				if err != nil {
					continue
				}
				v = cell{doc, 0}
			}
			if when, ok := readTime(v.doc.AppendText(nil, v.node), c.layout.Time.Format); ok {
				return when, true
			}
		}
	}
	return value.Time{}, false
}

// consoleTime is the form in which the console of CloudTrail shows times.
const consoleTime = "January 02, 2006, 15:04:05 (UTC-07:00)"

// readTime reads a time in a table's format, or in one of the forms in which engines and portals print it.
func readTime(text []byte, format schema.TimeFormat) (value.Time, bool) {
	if when, ok := value.ParseTime(text); ok {
		return when, true
	}
	if n, err := strconv.ParseInt(string(text), 10, 64); err == nil {
		const most = 1 << 53
		switch {
		case n < 0 || n > most:
		case format == schema.EpochSecond && n <= most/1_000_000:
			return value.Time{Nanos: n * 1e9}, true
		case format != schema.EpochSecond && n <= 1<<62/1_000_000:
			return value.Time{Nanos: n * 1e6, Digits: 3}, true
		}
		return value.Time{}, false
	}
	layouts := []string{consoleTime, "02/Jan/2006:15:04:05 -0700", "2006-01-02 15:04:05.999999999 MST", "1/2/2006, 3:04:05.999 PM", "1/2/2006 3:04:05 PM"}
	for _, layout := range layouts {
		if at, err := time.Parse(layout, string(text)); err == nil && at.Year() >= 1678 && at.Year() <= 2261 {
			return value.Time{Nanos: at.UnixNano()}, true
		}
	}
	return value.Time{}, false
}
