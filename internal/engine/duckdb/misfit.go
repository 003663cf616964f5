//go:build duckdb && cgo

package duckdb

import (
	"slices"
	"strings"

	"github.com/egret-hunt/egret/internal/schema"
	"github.com/egret-hunt/egret/internal/sqlgen/sqltree"
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

// mixed reports whether the sample has values of several types at a value.
func (s *spelling) mixed(n value.Node) bool {
	return s.seen.Kind(n) == value.String && s.seen.String(n) == "JSON"
}

// asJSON returns the JSON of a column that does not fit the layout's type. JSON with the members of a struct in lower
// case cannot be read under the log's names: it is text, which is of another type than the layout says.
func (s *spelling) asJSON(json sqltree.Expr, t *schema.Type) sqltree.Expr {
	nested := t.Kind == schema.Struct || t.Kind == schema.Array || t.Kind == schema.Map
	switch {
	case nested && s.learned == nil && len(membersOf(t)) > 0:
		return asText(json)
	case nested:
		return cast(openText(asText(json), json), "JSON")
	}
	return json
}

// membersOf returns the members of a struct, or of the structs in a list.
func membersOf(t *schema.Type) []schema.Column {
	for t.Kind == schema.Array {
		t = elementOf(t)
	}
	return t.Members
}

// holdsJSON reports whether a key of the sample has only values that a struct, a list or a map can be read from: those of its
// own kind, and texts that hold JSON.
func (c *connection) holdsJSON(ft *fileTable, key string, t *schema.Type) (bool, error) {
	own := "OBJECT"
	switch t.Kind {
	case schema.Array:
		if own = "ARRAY"; elementOf(t).Kind != schema.Struct {
			return false, nil
		}
	case schema.Struct, schema.Map:
	case schema.Unknown, schema.Text, schema.Integer, schema.Double, schema.Boolean, schema.Timestamp, schema.Date, schema.JSON:
		return false, nil
	}
	way := sqltree.Text("/" + strings.NewReplacer("~", "~0", "/", "~1").Replace(key))
	kind := sqltree.Fn("json_type", sqltree.Name{record}, way)
	text := sqltree.Fn("json_extract_string", sqltree.Name{record}, way)
	fits := sqltree.Or{
		sqltree.Compare("=", kind, sqltree.Text(own)), sqltree.Compare("=", kind, sqltree.Text("NULL")),
		sqltree.And{sqltree.Compare("=", kind, sqltree.Text("VARCHAR")), dialect.Regex(text, `^\s*["\[{]`)},
	}
	others := &sqltree.Select{
		Columns: []sqltree.Column{{Of: sqltree.Fn("count", sqltree.Star{})}}, From: sqltree.Source{Query: ft.sampled()},
		Where: sqltree.And{sqltree.NotNull(kind), sqltree.Not{Of: fits}},
	}
	none := false
	err := c.rows(dialect.Print(others), func(cells []any) error {
		n, ok := cells[0].(int64)
		none = ok && n == 0
		return nil
	})
	return none, err
}
