//go:build duckdb && cgo

package duckdb

import (
	"strconv"
	"strings"

	"github.com/egret-hunt/egret/internal/schema"
	"github.com/egret-hunt/egret/internal/value"
)

// # JSON text in strings
//
// Tables that were written as JSON (UNLOAD, a SIEM, a subscriber) have what a profile calls JSON as a string that holds its
// text, or as such a string inside strings; some write structs and lists so, too. These columns hold what the text says, as
// they do in Parquet. A string that holds no object and no array is the value itself.

// container matches text that begins as a JSON object or array does.
const container = `'^\s*[\[{]'`

// moreLayers are the strings within strings that openText opens beyond the first, one an element.
const moreLayers = "['', '', '']"

// openText is the JSON text of a value: json is the value as JSON, text the same as text.
func openText(text, json string) string {
	once := "json_extract_string(" + json + ", '$')"
	inner := "list_reduce(" + moreLayers + ", lambda opened, layer: CASE WHEN starts_with(opened, '\"') THEN COALESCE(json_extract_string(TRY_CAST(opened AS JSON), '$'), opened) ELSE opened END, " + once + ")"
	return "CASE WHEN NOT starts_with(" + text + ", '\"') THEN " + text + " WHEN regexp_matches(" + once + ", " + container + ") THEN " + once +
		" WHEN starts_with(" + once + ", '\"') AND regexp_matches(" + inner + ", " + container + ") THEN " + inner + " ELSE " + text + " END"
}

// fromText is a value of a profile's type from JSON text, NULL where the text does not hold one.
func fromText(text string, t *schema.Type, names *spelling, path string, depth int) string {
	made := "TRY(from_json(" + text + ", " + quoteText(structureAt(t, names, noObject, path, depth)) + "))"
	v := "m" + strconv.Itoa(depth)
	if inner, changed := opened(v, t, names, noObject, path, depth+1); changed {
		return "list_transform([" + made + "], lambda " + v + ": " + inner + ")[1]"
	}
	return made
}

// opened is a value of the type that structureAt writes, with its JSON as text, and whether there is any. The arguments are
// those of structureAt.
func opened(expr string, t *schema.Type, names *spelling, object value.Node, path string, depth int) (string, bool) {
	if depth > maxTypeDepth {
		return expr, false
	}
	if names.textual(t, object) {
		return fromText(openText("CAST("+expr+" AS VARCHAR)", expr), t, names, path, depth), true
	}
	switch t.Kind {
	case schema.JSON:
		return openText("CAST("+expr+" AS VARCHAR)", expr), true
	case schema.Array:
		v := "o" + strconv.Itoa(depth)
		if inner, changed := opened(v, elementOf(t), names, object, path, depth+1); changed {
			return "list_transform(" + expr + ", lambda " + v + ": " + inner + ")", true
		}
	case schema.Struct:
		changed := false
		var parts []string
		for i := range t.Members {
			m := &t.Members[i]
			key, inner := names.key(m.Name, object, path+".")
			part, other := opened("struct_extract("+expr+", "+quoteText(key)+")", &m.Type, names, inner, path+"."+m.Name, depth+1)
			changed = changed || other
			parts = append(parts, quoteName(key)+" := "+part)
		}
		if changed {
			return "CASE WHEN " + expr + " IS NOT NULL THEN struct_pack(" + strings.Join(parts, ", ") + ") END", true
		}
	case schema.Unknown, schema.Text, schema.Integer, schema.Double, schema.Boolean, schema.Timestamp, schema.Date, schema.Map:
	}
	return expr, false
}
