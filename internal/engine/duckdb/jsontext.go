//go:build duckdb && cgo

package duckdb

import (
	"strconv"

	"github.com/egret-hunt/egret/internal/schema"
	"github.com/egret-hunt/egret/internal/sqlgen/sqltree"
	"github.com/egret-hunt/egret/internal/value"
)

// # JSON text in strings
//
// Tables that were written as JSON (UNLOAD, a SIEM, a subscriber) contain what a layout calls JSON as a string with
// its text, possibly nested in more strings; some write structs and lists in this way, too. Such columns contain the
// decoded value, as in Parquet. A string without an object or array is the value itself.

// container matches text that begins as a JSON object or array does.
const container = `^\s*[\[{]`

// moreLayers are the levels of nested strings that openText decodes after the first, one for each element.
var moreLayers = sqltree.List{sqltree.Text(""), sqltree.Text(""), sqltree.Text("")}

// isContainer reports whether text begins as a JSON object or array does.
func isContainer(text sqltree.Expr) sqltree.Expr { return dialect.Regex(text, container) }

// isQuoted reports whether text begins as a JSON string does.
func isQuoted(text sqltree.Expr) sqltree.Expr { return dialect.StartsWith(text, sqltree.Text(`"`)) }

// jsonString returns the text of a JSON value, without the quotes of a string.
func jsonString(json sqltree.Expr) sqltree.Expr {
	return sqltree.Fn("json_extract_string", json, sqltree.Text("$"))
}

// openText returns the JSON text of a value: json is the value as JSON, text the same as text.
func openText(text, json sqltree.Expr) sqltree.Expr {
	once := jsonString(json)
	opened := sqltree.Name{"opened"}
	next := sqltree.Coalesce(jsonString(sqltree.Cast{Of: opened, Type: "JSON", Try: true}), opened)
	inner := sqltree.Fn("list_reduce", moreLayers, sqltree.Lambda{Params: []string{"opened", "layer"}, Body: sqltree.If(isQuoted(opened), next, opened)}, once)
	return sqltree.Case{
		Whens: []sqltree.When{
			{If: sqltree.Not{Of: isQuoted(text)}, Then: text},
			{If: isContainer(once), Then: once},
			{If: sqltree.And{isQuoted(once), isContainer(inner)}, Then: inner},
		},
		Else: text,
	}
}

// fromText returns a value of a layout's type from JSON text, NULL if the text is not valid for it.
func fromText(text sqltree.Expr, t *schema.Type, names *spelling, path string, depth int) sqltree.Expr {
	made := sqltree.Fn("TRY", sqltree.Fn("from_json", text, sqltree.Verbatim(structureAt(t, names, noObject, path, depth))))
	v := "m" + strconv.Itoa(depth)
	if inner, changed := opened(sqltree.Name{v}, t, names, noObject, path, depth+1); changed {
		return dialect.Item(dialect.Transform(sqltree.List{made}, v, inner), sqltree.Int(1))
	}
	return made
}

// opened converts the JSON in a value of structureAt's type to text, and reports whether there is any. The arguments
// are those of structureAt.
func opened(expr sqltree.Expr, t *schema.Type, names *spelling, object value.Node, path string, depth int) (sqltree.Expr, bool) {
	if depth > maxTypeDepth {
		return expr, false
	}
	if names.textual(t, object) {
		return fromText(openText(asText(expr), expr), t, names, path, depth), true
	}
	switch t.Kind {
	case schema.JSON:
		return openText(asText(expr), expr), true
	case schema.Array:
		v := "o" + strconv.Itoa(depth)
		if inner, changed := opened(sqltree.Name{v}, elementOf(t), names, object, path, depth+1); changed {
			return dialect.Transform(expr, v, inner), true
		}
	case schema.Struct:
		changed := false
		var parts []sqltree.Expr
		for i := range t.Members {
			m := &t.Members[i]
			key, inner := names.key(m.Name, object, path+".")
			part, other := opened(member(expr, key), &m.Type, names, inner, path+"."+m.Name, depth+1)
			changed = changed || other
			parts = append(parts, sqltree.Arg{Name: key, Of: part})
		}
		if changed {
			return packed(expr, parts), true
		}
	case schema.Unknown, schema.Text, schema.Integer, schema.Double, schema.Boolean, schema.Timestamp, schema.Date, schema.Map:
	}
	return expr, false
}
