package tablerow

import (
	"strings"

	"github.com/egret-hunt/egret/internal/schema"
	"github.com/egret-hunt/egret/internal/value"
)

// A Converter turns rows of one layout into events. It keeps its memory for reuse and is not safe for concurrent use.
type Converter struct {
	layout *schema.Layout
	// columns maps the names of columns in lower case to indexes in types.
	columns map[string]int
	types   []schema.Column
	parts   int // from this index on, types are partitions, which hold no fields of the log
	names   map[string]string
	places  []place // of listed paths, exact ones first
	taken   []bool  // columns that some place reads
	hidden  []bool  // columns that are no field of the log
	maps    []bool  // columns that are maps of which places read keys
	listed  map[string]bool
	parsers []value.Parser // by column
	inner   value.Parser
	lists   []value.Parser // of the lists that were made for the current row
	used    int            // of lists
	cells   []cell
	event   object
	rest    object
	known   map[string]bool // keys of maps that were read, by column and key
	keep    bool            // see KeepRows
}

// place is a path of the log with its locations in the table.
type place struct {
	path string // without ".*"
	open bool   // what lies below the path, not the path itself
	at   []schema.Location
}

// cell is the value of a column in the current row.
type cell struct {
	doc  *value.Doc
	node value.Node
}

func (c cell) missing() bool {
	return c.doc == nil || c.node == value.None || c.doc.Kind(c.node) == value.Null
}

// below is the end of a listed path that means what lies below it.
const below = ".*"

// New returns a converter for rows of a layout.
func New(layout *schema.Layout) *Converter {
	c := &Converter{layout: layout, columns: map[string]int{}, names: map[string]string{}, listed: map[string]bool{}, known: map[string]bool{}}
	add := func(list []schema.Column) {
		for _, column := range list {
			if _, ok := c.columns[strings.ToLower(column.Name)]; !ok {
				c.columns[strings.ToLower(column.Name)] = len(c.types)
				c.types = append(c.types, column)
			}
		}
	}
	add(layout.Columns)
	c.parts = len(c.types)
	add(layout.PartitionedBy)
	n := len(c.types)
	c.taken, c.hidden, c.maps, c.parsers, c.cells = make([]bool, n), make([]bool, n), make([]bool, n), make([]value.Parser, n), make([]cell, n)
	c.learn()
	for _, open := range []bool{false, true} {
		for _, l := range layout.Listed() {
			path, isOpen := strings.CutSuffix(l.Path, below)
			if isOpen != open {
				continue
			}
			c.listed[path] = c.listed[path] || !open
			if i, ok := c.columns[strings.ToLower(path)]; ok && len(l.Locations) == 0 {
				c.hidden[i] = true
			}
			c.places = append(c.places, place{path, open, l.Locations})
			for _, at := range l.Locations {
				c.take(at)
			}
		}
	}
	if layout.Time != nil && layout.OnlyFields {
		c.take(layout.Time.Location)
	}
	return c
}

// KeepRows makes events of tables whose columns mean something else than the log's names keep the whole row under the key "row", not
// only what the layout does not map.
func (c *Converter) KeepRows() { c.keep = true }

// Layout returns the layout of the converter's rows.
func (c *Converter) Layout() *schema.Layout { return c.layout }

// learn collects the log's spelling of names, for tables with names in lower case.
func (c *Converter) learn() {
	learn := func(path string) {
		for i := range len(path) + 1 {
			if i == len(path) || path[i] == '.' {
				if key := strings.ToLower(path[:i]); c.names[key] == "" {
					c.names[key] = path[:i]
				}
			}
		}
	}
	s := c.layout.Schema
	for _, name := range s.Names() {
		learn(name)
	}
	for _, paths := range append([]schema.Paths{s.Time, s.Account, s.Region, s.Principal, s.Session, s.Address, s.Action, s.Service, s.Error, s.Agent, s.Host}, s.ID...) {
		for _, path := range paths {
			learn(path.Text)
		}
	}
	for _, p := range s.Layouts() {
		for _, l := range p.Listed() {
			if path := strings.TrimSuffix(l.Path, below); path != "*" {
				learn(path)
			}
		}
	}
}

func (c *Converter) take(at schema.Location) {
	i, ok := c.columns[strings.ToLower(at.Column)]
	if !ok {
		return
	}
	c.taken[i] = true
	if len(at.Steps) > 0 && (at.Steps[0].Kind == schema.Key || at.Steps[0].Kind == schema.Joined) {
		c.maps[i] = true
	}
	if at.When != nil {
		c.take(at.When.At)
	}
}

// Append appends the event of the row at a node of a document, an object with a member for each column. timed reports
// whether the table's column of the time holds a readable one.
func (c *Converter) Append(dst []byte, row *value.Doc, n value.Node) (_ []byte, when value.Time, timed bool) {
	c.event.reset()
	c.rest.reset()
	c.used = 0
	clear(c.known)
	c.read(row, n)
	for i := range c.places {
		p := &c.places[i]
		switch {
		case p.path == "*":
			if text := c.whole(p.at); text != nil {
				when, timed = c.time()
				return append(dst, text...), when, timed
			}
		case p.open:
			c.open(p)
		default:
			c.exact(p)
		}
	}
	for i := range c.parts {
		c.remaining(i)
	}
	switch {
	case c.keep && c.layout.OnlyFields:
		c.event.set("row", row.AppendJSON(nil, n))
	case len(c.rest.names) > 0:
		c.event.set("row", c.rest.append(nil))
	}
	when, timed = c.time()
	return c.event.append(dst), when, timed
}

// read finds the cells of a row.
func (c *Converter) read(row *value.Doc, n value.Node) {
	clear(c.cells)
	for m := row.First(n); m != value.None; m = row.Next(n, m) {
		name := string(row.Key(m))
		i, ok := c.columns[strings.ToLower(name)]
		if !ok {
			if row.Kind(m) != value.Null {
				c.extra(name, row.AppendJSON(nil, m))
			}
			continue
		}
		c.cells[i] = c.structured(i, row, m)
	}
}

// extra keeps a column that the layout does not have. In a table whose columns are the log's fields it is a field.
func (c *Converter) extra(name string, text []byte) {
	if c.layout.OnlyFields {
		c.rest.set(name, text)
		return
	}
	c.event.set(c.name(name), text)
}

// structured returns a cell. Text of a struct, list or map, and JSON text, is parsed; text that is neither stays a string.
func (c *Converter) structured(i int, row *value.Doc, m value.Node) cell {
	typ := &c.types[i].Type
	if row.Kind(m) != value.String || typ.Kind != schema.Struct && typ.Kind != schema.Array && typ.Kind != schema.Map && typ.Kind != schema.JSON {
		return cell{row, m}
	}
	text := row.AppendText(nil, m)
	if isJSON(text) {
		if doc, err := c.parsers[i].Parse(text); err == nil {
			return cell{doc, 0}
		}
	}
	if typ.Kind == schema.JSON {
		return cell{row, m}
	}
	if typed, ok := appendTyped(nil, string(text), typ, 0); ok {
		if doc, err := c.parsers[i].Parse(typed); err == nil {
			return cell{doc, 0}
		}
	}
	return cell{row, m}
}

// whole returns the JSON text of a column that holds the whole record, nil if it holds none.
func (c *Converter) whole(at []schema.Location) []byte {
	for _, place := range at {
		if i, ok := c.columns[strings.ToLower(place.Column)]; ok && !c.cells[i].missing() && c.cells[i].doc.Kind(c.cells[i].node) == value.Object {
			return c.cells[i].doc.AppendJSON(nil, c.cells[i].node)
		}
	}
	return nil
}

// exact sets the value of a listed path.
func (c *Converter) exact(p *place) {
	for i := range p.at {
		if text := c.at(&p.at[i], p.path); text != nil {
			c.event.set(p.path, text)
			return
		}
	}
	// A table may lack the column from which the layout reads a field, and have one of the field's own name.
	if i, ok := c.columns[strings.ToLower(p.path)]; ok && len(p.at) > 0 && !c.layout.OnlyFields && !c.hidden[i] && !c.cells[i].missing() {
		c.event.set(p.path, c.renamed(nil, c.cells[i], p.path, &c.types[i].Type))
	}
}

// open sets what lies below a listed path: all keys of a map that begin with it, or the members of an object.
func (c *Converter) open(p *place) {
	for i := range p.at {
		at := &p.at[i]
		if at.Inside || at.Type.Kind == schema.JSON {
			if text := c.object(at); text != nil && !c.event.has(p.path) {
				c.event.set(p.path, text)
			}
			continue
		}
		if len(at.Steps) == 0 || at.Steps[len(at.Steps)-1].Kind != schema.Key && at.Steps[len(at.Steps)-1].Kind != schema.Joined {
			continue
		}
		prefix := at.Steps[len(at.Steps)-1].Name + "."
		for _, from := range c.follow(at, at.Steps[:len(at.Steps)-1]) {
			c.keys(from, "", func(key string, v cell) {
				rest, ok := strings.CutPrefix(key, prefix)
				if !ok || rest == "" {
					return
				}
				c.known[at.Column+"."+key] = true
				path := p.path + "." + strings.ReplaceAll(rest, "[]", "")
				if c.listed[path] || c.event.has(path) {
					return
				}
				c.event.set(path, c.entry(from, key, v))
			})
		}
	}
}

// keys calls f for each leaf of a map; objects in it count as keys with dots.
func (c *Converter) keys(from cell, prefix string, f func(key string, v cell)) {
	if from.missing() || from.doc.Kind(from.node) != value.Object {
		return
	}
	for m := from.doc.First(from.node); m != value.None; m = from.doc.Next(from.node, m) {
		key := prefix + string(from.doc.Key(m))
		switch from.doc.Kind(m) {
		case value.Null:
		case value.Object:
			c.keys(cell{from.doc, m}, key+".", f)
		case value.False, value.True, value.Number, value.String, value.Array:
			f(key, cell{from.doc, m})
		}
	}
}

// object returns the JSON object in the text at a place, nil if there is none.
func (c *Converter) object(at *schema.Location) []byte {
	for _, v := range c.follow(at, at.Steps) {
		if v.doc.Kind(v.node) == value.Object {
			return v.doc.AppendJSON(nil, v.node)
		}
		if v.doc.Kind(v.node) != value.String {
			continue
		}
		if doc, err := c.inner.Parse(v.doc.AppendText(nil, v.node)); err == nil && doc.Kind(0) == value.Object {
			return doc.AppendJSON(nil, 0)
		}
	}
	return nil
}

// follow returns the values after some steps of a place, without nulls; nil in rows that the place does not cover.
func (c *Converter) follow(at *schema.Location, steps []schema.Step) []cell {
	i, ok := c.columns[strings.ToLower(at.Column)]
	if !ok || c.cells[i].missing() || !c.covers(at.When) {
		return nil
	}
	cells := []cell{c.cells[i]}
	for _, step := range steps {
		var next []cell
		for _, from := range cells {
			switch step.Kind {
			case schema.Each:
				if from.doc.Kind(from.node) != value.Array {
					next = append(next, from)
					continue
				}
				for e := from.doc.First(from.node); e != value.None; e = from.doc.Next(from.node, e) {
					next = append(next, cell{from.doc, e})
				}
			case schema.Member:
				next = append(next, member(from, step.Name))
			case schema.Key:
				c.known[at.Column+"."+step.Name] = true
				next = append(next, key(from, step.Name))
			case schema.Joined:
				next = append(next, c.joined(at.Column, from, step.Name)...)
			}
		}
		cells = cells[:0]
		for _, v := range next {
			if !v.missing() {
				cells = append(cells, v)
			}
		}
	}
	return cells
}

// covers reports whether a condition on the row holds.
func (c *Converter) covers(when *schema.RowCondition) bool {
	if when == nil {
		return true
	}
	found := c.follow(&when.At, when.At.Steps)
	if len(found) == 0 {
		return false
	}
	for _, text := range when.Values {
		if found[0].doc.Equal(found[0].node, text) {
			return !when.Not
		}
	}
	return when.Not
}

// member returns the member of a struct. Writers differ in the case of its name.
func member(from cell, name string) cell {
	if n := from.doc.Get(from.node, name); n != value.None {
		return cell{from.doc, n}
	}
	if from.doc.Kind(from.node) == value.Object {
		for m := from.doc.First(from.node); m != value.None; m = from.doc.Next(from.node, m) {
			if strings.EqualFold(string(from.doc.Key(m)), name) {
				return cell{from.doc, m}
			}
		}
	}
	return cell{}
}

// key returns the value of a map's key. A key with dots may also be a path through nested objects.
func key(from cell, name string) cell {
	if n := from.doc.Get(from.node, name); n != value.None {
		return cell{from.doc, n}
	}
	for i := range len(name) {
		if name[i] != '.' {
			continue
		}
		if n := from.doc.Get(from.node, name[:i]); n != value.None && from.doc.Kind(n) == value.Object {
			return key(cell{from.doc, n}, name[i+1:])
		}
	}
	return cell{}
}
