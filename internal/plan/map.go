package plan

import (
	"slices"
	"strings"

	"github.com/egret-hunt/egret/internal/schema"
	"github.com/egret-hunt/egret/internal/value"
)

// A table may keep hundreds of fields in one map, such as unmapped in Security Lake. A statement that reports need many of
// them for returns the map once instead of a column for each key.

// manyKeys is the number of keys of a map from which on statements return the map.
const manyKeys = 8

// mapEntries are the keys of a map that reports need.
type mapEntries struct {
	column Column
	list   []mapEntry
}

// mapEntry is a key, and the column that a statement would have for its value.
type mapEntry struct {
	key    string
	column Column
}

// learnMaps finds the maps of which reports need many keys.
func (b *builder) learnMaps() {
	s := b.layout.Schema
	keys := map[string]map[string]bool{}
	for _, paths := range append(reported(s), s.FactPaths(schema.Calls{})) {
		for _, path := range paths {
			columns, _ := b.names.columns(path)
			for _, c := range columns {
				if c.table == nil {
					continue
				}
				at := b.opt.Dialect.PrintExpr(c.table)
				if keys[at] == nil {
					keys[at] = map[string]bool{}
				}
				keys[at][c.entry] = true
				if len(keys[at]) >= manyKeys && b.maps[at] == nil {
					b.maps[at] = &mapEntries{column: Column{Name: tablePath(c.place), of: b.opt.Dialect.JSON(c.table), raw: c.table, place: c.place, JSON: true}}
				}
			}
		}
	}
	// Iteration order does not matter: maps are independent.
	for _, m := range b.maps {
		m.column.entries = m
		if m.column.Name == "" {
			m.column.Name = m.column.place.Column
		}
	}
}

// inMaps replaces columns of a path by columns with the whole map, if they are keys of maps of which statements return all.
// Alternatives of another kind stay; those before keys must, so that the order of the alternatives does not change.
func (b *builder) inMaps(columns []Column) []Column {
	of := make([]*mapEntries, len(columns))
	first := true
	for i, c := range columns {
		if c.table == nil {
			first = false
			continue
		}
		if of[i] = b.maps[b.opt.Dialect.PrintExpr(c.table)]; of[i] == nil || !first {
			return columns
		}
	}
	var out []Column
	for i, c := range columns {
		if of[i] == nil {
			out = append(out, c)
			continue
		}
		if !slices.ContainsFunc(of[i].list, func(e mapEntry) bool {
			return e.key == c.entry && e.column.Path == c.Path && e.column.joined == c.joined
		}) {
			of[i].list = append(of[i].list, mapEntry{c.entry, c})
		}
		out = append(out, of[i].column)
	}
	return out
}

// Has reports whether the rows have a path of the event, as a column or within one.
func (s *Statement) Has(path string) bool {
	within := func(c *Column) bool {
		rest, ok := strings.CutPrefix(path, c.Path)
		return ok && (c.Path == "" || rest == "" || rest[0] == '.')
	}
	for i := range s.Columns {
		switch c := &s.Columns[i]; {
		case c.Time:
		case c.entries != nil:
			if slices.ContainsFunc(c.entries.list, func(e mapEntry) bool { return within(&e.column) }) {
				return true
			}
		case within(c):
			return true
		}
	}
	return false
}

// openMap is a map of the current row.
type openMap struct {
	parser value.Parser
	doc    *value.Doc // nil if the cell is not an object
	read   bool
}

// entry appends the value of a key in a map.
func (r *Rebuilder) entry(dst []byte, source source, row []any) ([]byte, bool, error) {
	m := r.maps[source.column]
	if !m.read {
		m.read, m.doc = true, nil
		if text, ok := row[source.column].(string); ok {
			if doc, err := m.parser.Parse([]byte(text)); err == nil && doc.Kind(0) == value.Object {
				m.doc = doc
			}
		}
	}
	if m.doc == nil {
		return dst, false, nil
	}
	if source.entry.column.joined {
		if dst, ok := m.list(dst, source.entry.key); ok {
			return dst, true, nil
		}
		return m.below(dst, source.entry.key+".")
	}
	n := m.doc.Get(0, source.entry.key)
	switch {
	case n == value.None && source.entry.column.JSON: // the table keeps the leaves of this text instead
		return dst, false, nil
	case n == value.None:
		return m.below(dst, source.entry.key+".")
	case m.doc.Kind(n) == value.Null:
		return dst, false, nil
	}
	return r.cell(dst, &source.entry.column, m.doc.String(n))
}

// list appends what a map keeps for a path, as for schema.Joined; a single text is no list.
func (m *openMap) list(dst []byte, path string) ([]byte, bool) {
	var texts []string
	for e := m.doc.First(0); e != value.None; e = m.doc.Next(0, e) {
		key := string(m.doc.Key(e))
		switch {
		case m.doc.Kind(e) == value.Null:
		case key == path:
			texts = append(texts, m.doc.String(e))
		case strings.Contains(key, "[]") && strings.ReplaceAll(key, "[]", "") == path:
			texts = append(texts, strings.Split(m.doc.String(e), ",")...)
		}
	}
	return appendTexts(dst, texts), len(texts) > 0
}

// appendTexts appends texts as a JSON list, or a single one as itself.
func appendTexts(dst []byte, texts []string) []byte {
	if len(texts) == 1 {
		return value.AppendQuoted(dst, []byte(texts[0]))
	}
	dst = append(dst, '[')
	for i, text := range texts {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = value.AppendQuoted(dst, []byte(text))
	}
	return append(dst, ']')
}

// below appends an object of what the map has below a key: it keeps an object only as its leaves, each under its whole path. The
// object's keys contain dots, which paths into an event allow for.
func (m *openMap) below(dst []byte, prefix string) ([]byte, bool, error) {
	any := false
	for e := m.doc.First(0); e != value.None; e = m.doc.Next(0, e) {
		rest, ok := strings.CutPrefix(string(m.doc.Key(e)), prefix)
		if !ok || m.doc.Kind(e) == value.Null {
			continue
		}
		if any {
			dst = append(dst, ',')
		} else {
			dst = append(dst, '{')
		}
		any = true
		dst = append(value.AppendQuoted(dst, []byte(rest)), ':')
		dst = m.doc.AppendJSON(dst, e)
	}
	if !any {
		return dst, false, nil
	}
	return append(dst, '}'), true, nil
}
