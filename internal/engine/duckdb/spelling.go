//go:build duckdb && cgo

package duckdb

import (
	"encoding/json"
	"slices"
	"strings"

	"github.com/egret-hunt/egret/internal/schema"
	"github.com/egret-hunt/egret/internal/value"
)

// spelling knows how the log writes the names of a profile, whose own are in lower case where Hive is behind it.
type spelling struct {
	profile *schema.Profile
	seen    *value.Doc
	// learned are the paths that the profiles of the log source list, by their lower case; nil where the log turned out to
	// spell its names as the profile does.
	learned map[string]string
}

func newSpelling(p *schema.Profile, seen *value.Doc) *spelling {
	s := &spelling{profile: p, seen: seen}
	if p == nil {
		return s
	}
	learned := map[string]string{}
	for _, other := range p.Schema.Profiles() {
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

// find is what the sample holds under a key of an object, value.None without; value.None as the object is the record.
func (s *spelling) find(object value.Node, name string, anyCase bool) value.Node {
	if s.seen == nil {
		return value.None
	}
	if object == value.None {
		object = 0
	}
	// An array of objects is an array of one structure.
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

// noObject is in the place of an object that the sample does not have.
const noObject value.Node = -2

// key is how the log spells a column, or a member of an object: as the sample has it, else as the log source's schema
// does. object is that of the sample, with value.None for the record; inner is what it has under the key. path is the
// profile's path of the object, with a dot behind it.
func (s *spelling) key(name string, object value.Node, path string) (key string, inner value.Node) {
	if object != noObject {
		for _, anyCase := range []bool{false, s.profile != nil} {
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

// whole tells of a column that holds the record itself: the one that a profile says holds everything, or one of JSON by
// the usual names.
func (s *spelling) whole(column schema.Column) bool {
	if column.Type.Kind != schema.JSON || s.profile == nil {
		return false
	}
	for _, listed := range s.profile.Listed() {
		if listed.Path == "*" && len(listed.Places) > 0 && strings.EqualFold(listed.Places[0].Column, column.Name) {
			return true
		}
	}
	return slices.Contains([]string{"event", "eventjson"}, strings.ToLower(column.Name))
}

// textual tells that the sample has texts where a profile has a struct, a list or a map.
func (s *spelling) textual(t *schema.Type, n value.Node) bool {
	if n < 0 || t.Kind != schema.Struct && t.Kind != schema.Array && t.Kind != schema.Map {
		return false
	}
	for t.Kind != schema.Array && s.seen.Kind(n) == value.Array && s.seen.First(n) != value.None {
		n = s.seen.First(n) // objects in an array have one structure
	}
	return s.seen.Kind(n) == value.String && slices.Contains([]string{"VARCHAR", "JSON"}, s.seen.String(n))
}

// quoteJSON writes a text as JSON.
func quoteJSON(text string) string {
	out, err := json.Marshal(text)
	if err != nil {
		return `""` // texts are always written
	}
	return string(out)
}

// structureAt is a type in the words of json_transform, with members as the log spells them: object is where the sample has
// them, path leads to them in the profile.
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
		// It heeds the zone that the text tells.
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
