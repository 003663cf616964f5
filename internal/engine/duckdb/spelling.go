//go:build duckdb && cgo

package duckdb

import (
	"encoding/json"
	"slices"
	"strings"

	"github.com/egret-hunt/egret/internal/schema"
	"github.com/egret-hunt/egret/internal/value"
)

// spelling maps names of a layout to those of the log. Layouts of Hive tables have names in lower case.
type spelling struct {
	layout *schema.Layout
	seen   *value.Doc
	// learned are the paths in the layouts of the log source, by their lower case; nil if the log spells its names as
	// the layout does.
	learned map[string]string
}

func newSpelling(p *schema.Layout, seen *value.Doc) *spelling {
	s := &spelling{layout: p, seen: seen}
	if p == nil {
		return s
	}
	learned := map[string]string{}
	for _, other := range p.Schema.Layouts() {
		for _, listed := range other.Listed() {
			path := strings.TrimSuffix(listed.Path, ".*")
			for i := range len(path) + 1 {
				if i == len(path) || path[i] == '.' {
					if lower := strings.ToLower(path[:i]); learned[lower] == "" {
						learned[lower] = path[:i]
					}
				}
			}
		}
	}
	for _, c := range p.Columns {
		if spelt := learned[strings.ToLower(c.Name)]; spelt != "" && spelt != c.Name && s.find(value.None, c.Name, false) != value.None {
			return s
		}
	}
	s.learned = learned
	return s
}

// find returns the value of a key of an object in the sample, value.None if there is none; the object value.None is
// the record.
func (s *spelling) find(object value.Node, name string, anyCase bool) value.Node {
	if s.seen == nil {
		return value.None
	}
	if object == value.None {
		object = 0
	}
	// An array of objects has one structure.
	for s.seen.Kind(object) == value.Array && s.seen.First(object) != value.None {
		object = s.seen.First(object)
	}
	if s.seen.Kind(object) != value.Object {
		return value.None
	}
	for n := s.seen.First(object); n != value.None; n = s.seen.Next(object, n) {
		key := string(s.seen.Key(n))
		if key == name || anyCase && strings.EqualFold(key, name) {
			return n
		}
	}
	return value.None
}

// noObject represents an object that the sample does not contain.
const noObject value.Node = -2

// key returns how the log spells a column, or a member of an object: as in the sample, otherwise as in the log
// source's layouts. object is an object of the sample, value.None for the record; inner is the value of the key in it.
// path is the layout's path of the object, followed by a dot.
func (s *spelling) key(name string, object value.Node, path string) (key string, inner value.Node) {
	if object != noObject {
		for _, anyCase := range []bool{false, s.layout != nil} {
			if n := s.find(object, name, anyCase); n != value.None {
				return string(s.seen.Key(n)), n
			}
		}
	}
	if spelt := s.learned[strings.ToLower(path+name)]; spelt != "" {
		name = spelt[strings.LastIndexByte(spelt, '.')+1:]
	}
	return name, noObject
}

// whole reports whether a column contains the record itself: the layout's column for everything, or a JSON column with
// one of the usual names.
func (s *spelling) whole(column schema.Column) bool {
	if column.Type.Kind != schema.JSON || s.layout == nil {
		return false
	}
	for _, listed := range s.layout.Listed() {
		if listed.Path == "*" && len(listed.Locations) > 0 && strings.EqualFold(listed.Locations[0].Column, column.Name) {
			return true
		}
	}
	return slices.Contains([]string{"event", "eventjson"}, strings.ToLower(column.Name))
}

// textual reports whether the sample has text for a layout's struct, list or map.
func (s *spelling) textual(t *schema.Type, n value.Node) bool {
	if n < 0 || t.Kind != schema.Struct && t.Kind != schema.Array && t.Kind != schema.Map {
		return false
	}
	for t.Kind != schema.Array && s.seen.Kind(n) == value.Array && s.seen.First(n) != value.None {
		n = s.seen.First(n) // objects in an array have one structure
	}
	return s.seen.Kind(n) == value.String && slices.Contains([]string{"VARCHAR", "JSON"}, s.seen.String(n))
}

// quoteJSON returns a text as JSON.
func quoteJSON(text string) string {
	out, err := json.Marshal(text)
	if err != nil {
		return `""` // texts can always be encoded
	}
	return string(out)
}

// structureAt returns a type in the form of json_transform, with members as the log spells them: object is the
// sample's object, path the path to it in the layout.
func structureAt(t *schema.Type, names *spelling, object value.Node, path string, depth int) string {
	if depth > maxTypeDepth || names.textual(t, object) {
		return `"JSON"`
	}
	switch t.Kind {
	case schema.JSON:
		return `"JSON"`
	case schema.Integer:
		return `"BIGINT"`
	case schema.Double:
		return `"DOUBLE"`
	case schema.Boolean:
		return `"BOOLEAN"`
	case schema.Timestamp, schema.Date:
		// This type uses the time zone in the text.
		return `"TIMESTAMPTZ"`
	case schema.Array:
		return "[" + structureAt(elementOf(t), names, object, path, depth+1) + "]"
	case schema.Map:
		return quoteJSON("MAP(VARCHAR, " + sqlType(elementOf(t), 0) + ")")
	case schema.Struct:
		var parts []string
		for i := range t.Members {
			m := &t.Members[i]
			key, inner := names.key(m.Name, object, path+".")
			parts = append(parts, quoteJSON(key)+":"+structureAt(&m.Type, names, inner, path+"."+m.Name, depth+1))
		}
		return "{" + strings.Join(parts, ",") + "}"
	case schema.Unknown, schema.Text:
	}
	return `"VARCHAR"`
}
