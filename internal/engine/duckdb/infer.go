//go:build duckdb && cgo

package duckdb

import (
	"cmp"
	"slices"
	"strings"

	"github.com/egret-hunt/egret/internal/schema"
	"github.com/egret-hunt/egret/internal/value"
)

const (
	// maxMembers is the maximum number of keys of an object that becomes a struct; larger objects are JSON text.
	maxMembers = 200
	// maxColumns is the maximum number of keys that become columns; larger records become one column, event.
	maxColumns = 1000
)

// inferred returns the columns of records without a layout. Text of the log stays text.
func inferred(seen *value.Doc, object value.Node, depth int) []schema.Column {
	if seen == nil {
		return nil
	}
	var columns []schema.Column
	for n := seen.First(object); n != value.None; n = seen.Next(object, n) {
		columns = append(columns, schema.Column{Name: string(seen.Key(n)), Type: inferredType(seen, n, depth)})
	}
	// Keys that differ only by case would be one column, and some keys are not valid names.
	used := map[string]bool{}
	return slices.DeleteFunc(columns, func(c schema.Column) bool {
		lower := strings.ToLower(c.Name)
		again := used[lower]
		used[lower] = true
		return again || c.Name == "" || strings.IndexByte(c.Name, 0) >= 0
	})
}

// inferredKinds are the types of json_structure.
var inferredKinds = map[string]schema.Kind{
	"BIGINT": schema.Integer, "UBIGINT": schema.Integer, "BOOLEAN": schema.Boolean, "JSON": schema.JSON,
}

func inferredType(seen *value.Doc, n value.Node, depth int) schema.Type {
	switch seen.Kind(n) {
	case value.Object:
		if depth > maxTypeDepth {
			return schema.Type{Kind: schema.JSON}
		}
		members := inferred(seen, n, depth+1)
		if len(members) > maxMembers || len(members) == 0 {
			return schema.Type{Kind: schema.JSON}
		}
		return schema.Type{Kind: schema.Struct, Members: members}
	case value.Array:
		first := seen.First(n)
		if first == value.None || depth > maxTypeDepth {
			return schema.Type{Kind: schema.JSON}
		}
		element := inferredType(seen, first, depth+1)
		return schema.Type{Kind: schema.Array, Element: &element}
	default:
	}
	// Text represents decimal numbers more precisely than a double.
	return schema.Type{Kind: cmp.Or(inferredKinds[seen.String(n)], schema.Text)}
}
