//go:build duckdb && cgo

package duckdb

import (
	"slices"

	"github.com/egret-hunt/egret/internal/schema"
	"github.com/egret-hunt/egret/internal/value"
)

// integers are the types of json_structure for integers.
var integers = []string{"BIGINT", "UBIGINT", "HUGEINT"}

// misfit reports whether the sample has values that a layout's type would lose or change: an object for a text, a text
// for a number, an object for a list. Such a column is described as JSON, which keeps every value, so that what uses
// the table can read it as JSON or refuse the rules that need it. n is the sample's value, path the layout's path.
func (s *spelling) misfit(t *schema.Type, n value.Node, path string, depth int) bool {
	if n < 0 || depth > maxTypeDepth {
		return false
	}
	kind := s.seen.Kind(n)
	var types []string // those of single values that fit
	switch t.Kind {
	case schema.Unknown, schema.JSON:
		return false
	case schema.Text:
		types = append([]string{"VARCHAR", "DOUBLE", "BOOLEAN"}, integers...)
	case schema.Integer:
		types = integers
	case schema.Double:
		types = append([]string{"DOUBLE"}, integers...)
	case schema.Boolean:
		types = []string{"BOOLEAN"}
	case schema.Timestamp, schema.Date:
		types = append([]string{"VARCHAR"}, integers...)
	case schema.Struct:
		if kind != value.Object {
			return !s.isText(n) && !s.isNull(n)
		}
		return slices.ContainsFunc(t.Members, func(m schema.Column) bool {
			_, inner := s.key(m.Name, n, path+".")
			return s.misfit(&m.Type, inner, path+"."+m.Name, depth+1)
		})
	case schema.Array:
		element := elementOf(t)
		if kind != value.Array {
			// A single text instead of a list of texts is not JSON text.
			return !s.isNull(n) && (!s.isText(n) || element.Kind != schema.Struct)
		}
		return s.misfit(element, s.seen.First(n), path, depth+1)
	case schema.Map:
		if kind != value.Object {
			return !s.isText(n) && !s.isNull(n)
		}
		for m := s.seen.First(n); m != value.None; m = s.seen.Next(n, m) {
			if s.misfit(elementOf(t), m, path, depth+1) {
				return true
			}
		}
		return false
	}
	return kind != value.String || !s.isNull(n) && !slices.Contains(types, s.seen.String(n))
}

// isNull reports whether the sample has nothing but null at a value.
func (s *spelling) isNull(n value.Node) bool {
	return s.seen.Kind(n) == value.String && s.seen.String(n) == "NULL"
}

// isText reports whether the sample has only texts at a value, which may be the JSON text of a struct, a list or a map.
func (s *spelling) isText(n value.Node) bool {
	return s.seen.Kind(n) == value.String && s.seen.String(n) == "VARCHAR"
}
