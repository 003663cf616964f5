//go:build duckdb && cgo

package duckdb

import (
	"strconv"
	"strings"

	duck "github.com/duckdb/duckdb-go-bindings"

	"github.com/egret-hunt/egret/internal/schema"
)

// timeText is how times are written where a profile has them as text: as AWS writes them in its logs.
const timeText = "'%Y-%m-%dT%H:%M:%SZ'"

// place is where conform stands: the profile's path of the value, the form of the times in it where that is known, and how
// deep it is.
type place struct {
	path   string
	format schema.TimeFormat
	depth  int
}

func (p place) below(name string) place { return place{path: p.path + name, depth: p.depth + 1} }

// conform is an expression of a type as one of the type that a profile says, and whether that changed anything. Nothing
// changes where the two are of one kind, so that DuckDB can still tell from a file's statistics that it need not be read.
// A value that the type cannot hold becomes NULL.
func (s *spelling) conform(expr string, have *dtype, want *schema.Type, at place) (string, bool) {
	if at.depth > maxTypeDepth {
		return expr, false
	}
	switch want.Kind {
	case schema.Text, schema.JSON:
		return conformText(expr, have, want.Kind == schema.JSON)
	case schema.Integer:
		switch have.id {
		case duck.TypeTinyInt, duck.TypeSmallInt, duck.TypeInteger, duck.TypeBigInt, duck.TypeUTinyInt, duck.TypeUSmallInt, duck.TypeUInteger:
			return expr, false
		case duck.TypeTimestamp, duck.TypeTimestampTZ, duck.TypeTimestampS, duck.TypeTimestampMS, duck.TypeTimestampNS:
			if at.format == schema.EpochSecond {
				return "(epoch_ms(CAST(" + expr + " AS TIMESTAMP)) // 1000)", true
			}
			return "epoch_ms(CAST(" + expr + " AS TIMESTAMP))", true
		}
		return tryCast(expr, "BIGINT"), true
	case schema.Double:
		if have.id == duck.TypeDouble || have.id == duck.TypeFloat {
			return expr, false
		}
		return tryCast(expr, "DOUBLE"), true
	case schema.Boolean:
		if have.id == duck.TypeBoolean {
			return expr, false
		}
		return tryCast(expr, "BOOLEAN"), true
	case schema.Timestamp:
		return conformTime(expr, have)
	case schema.Date:
		if have.id == duck.TypeDate {
			return expr, false
		}
		moment, _ := conformTime(expr, have)
		return tryCast(moment, "DATE"), true
	case schema.Struct, schema.Array, schema.Map:
		return s.conformNested(expr, have, want, at)
	case schema.Unknown:
	}
	return expr, false
}

func tryCast(expr, to string) string { return "TRY_CAST(" + expr + " AS " + to + ")" }

// conformText makes text, or the text of JSON.
func conformText(expr string, have *dtype, json bool) (string, bool) {
	switch have.id {
	case duck.TypeVarchar:
		switch {
		case json && have.json:
			return openText("CAST("+expr+" AS VARCHAR)", expr), true
		case json:
			return openText(expr, "TRY_CAST("+expr+" AS JSON)"), true
		case !have.json:
			return expr, false
		}
		return "json_extract_string(" + expr + ", '$')", true // without the quotes of a string
	case duck.TypeTimestamp, duck.TypeTimestampTZ, duck.TypeTimestampS, duck.TypeTimestampMS, duck.TypeTimestampNS:
		return "strftime(CAST(" + expr + " AS TIMESTAMP), " + timeText + ")", true
	case duck.TypeStruct:
		return "CAST(" + objectJSON(expr) + " AS VARCHAR)", true
	case duck.TypeMap, duck.TypeList, duck.TypeArray, duck.TypeUnion:
		return "CAST(to_json(" + expr + ") AS VARCHAR)", true
	}
	return "CAST(" + expr + " AS VARCHAR)", true
}

func conformTime(expr string, have *dtype) (string, bool) {
	switch have.id {
	case duck.TypeTimestamp:
		return expr, false
	case duck.TypeTimestampTZ, duck.TypeTimestampS, duck.TypeTimestampMS, duck.TypeTimestampNS, duck.TypeDate:
		return "CAST(" + expr + " AS TIMESTAMP)", true
	case duck.TypeTinyInt, duck.TypeSmallInt, duck.TypeInteger, duck.TypeBigInt, duck.TypeUTinyInt, duck.TypeUSmallInt, duck.TypeUInteger, duck.TypeUBigInt:
		// Seconds of our time have ten digits, milliseconds thirteen, microseconds sixteen.
		n := "CAST(" + expr + " AS BIGINT)"
		return "CASE WHEN abs(" + n + ") < 100000000000 THEN make_timestamp(" + n + " * 1000000) WHEN abs(" + n +
			") < 100000000000000 THEN make_timestamp(" + n + " * 1000) ELSE make_timestamp(" + n + ") END", true
	}
	// With the zone that the text tells, UTC where it tells none.
	return "CAST(" + tryCast(expr, "TIMESTAMPTZ") + " AS TIMESTAMP)", true
}

// conformNested makes structs, arrays and maps fit: from JSON text, or member by member.
func (s *spelling) conformNested(expr string, have *dtype, want *schema.Type, at place) (string, bool) {
	v := "e" + strconv.Itoa(at.depth) // the parameter of a lambda
	fromJSON := func(json string) string {
		return fromText(json, want, s, at.path, at.depth)
	}
	if have.id == duck.TypeVarchar {
		return fromJSON(expr), true
	}
	switch {
	case want.Kind == schema.Struct && have.id == duck.TypeStruct:
		return s.conformStruct(expr, have, want, at)
	case want.Kind == schema.Array && (have.id == duck.TypeList || have.id == duck.TypeArray):
		if inner, changed := s.conform(v, have.element, elementOf(want), at.below("")); changed {
			return "list_transform(" + expr + ", lambda " + v + ": " + inner + ")", true
		}
		return expr, false
	case want.Kind == schema.Map && have.id == duck.TypeMap:
		key, otherKey := conformText(v+".key", have.key, false)
		inner, changed := s.conform(v+".value", have.element, elementOf(want), at.below(""))
		if !changed && !otherKey {
			return expr, false
		}
		return "map_from_entries(list_transform(map_entries(" + expr + "), lambda " + v + ": {'k': " + key + ", 'v': " + inner + "}))", true
	case want.Kind == schema.Map && have.id == duck.TypeStruct:
		// What DuckDB made of objects: members that an object lacks are NULL, which a map need not hold.
		return fromJSON(objectJSON(expr)), true
	}
	if have.nested() {
		return fromJSON("to_json(" + expr + ")"), true
	}
	// A plain value in the place of an object holds nothing that the object would.
	return "CAST(NULL AS " + sqlType(want, 0) + ")", true
}

// conformStruct packs a struct anew where a member is of another kind or is not there, with the profile's members only.
func (s *spelling) conformStruct(expr string, have *dtype, want *schema.Type, at place) (string, bool) {
	changed := false
	var parts []string
	for i := range want.Members {
		m := &want.Members[i]
		part := "CAST(NULL AS " + sqlType(&m.Type, 0) + ")"
		found := false
		for _, h := range have.members {
			if strings.EqualFold(h.name, m.Name) {
				var other bool
				part, other = s.conform("struct_extract("+expr+", "+quoteText(h.name)+")", h.typ, &m.Type, at.below("."+m.Name))
				changed = changed || other
				found = true
				break
			}
		}
		changed = changed || !found
		parts = append(parts, quoteName(m.Name)+" := "+part)
	}
	if !changed || len(parts) == 0 {
		return expr, false
	}
	return "CASE WHEN " + expr + " IS NOT NULL THEN struct_pack(" + strings.Join(parts, ", ") + ") END", true
}

// objectJSON writes a struct as JSON without the members that are NULL: the log had none of these, they come from other
// records.
func objectJSON(expr string) string { return "json_merge_patch('{}', to_json(" + expr + "))" }

// elementOf is the type of an array's elements or a map's values; text where nobody said.
func elementOf(t *schema.Type) *schema.Type {
	if t.Element == nil {
		return &schema.Type{Kind: schema.Text}
	}
	return t.Element
}

// sqlType is a profile's type in DuckDB's words. JSON is text.
func sqlType(t *schema.Type, depth int) string {
	if depth > maxTypeDepth {
		return "VARCHAR"
	}
	switch t.Kind {
	case schema.Integer:
		return "BIGINT"
	case schema.Double:
		return "DOUBLE"
	case schema.Boolean:
		return "BOOLEAN"
	case schema.Timestamp:
		return "TIMESTAMP"
	case schema.Date:
		return "DATE"
	case schema.Array:
		return sqlType(elementOf(t), depth+1) + "[]"
	case schema.Map:
		return "MAP(VARCHAR, " + sqlType(elementOf(t), depth+1) + ")"
	case schema.Struct:
		var parts []string
		for i := range t.Members {
			parts = append(parts, quoteName(t.Members[i].Name)+" "+sqlType(&t.Members[i].Type, depth+1))
		}
		return "STRUCT(" + strings.Join(parts, ", ") + ")"
	case schema.Unknown, schema.Text, schema.JSON:
	}
	return "VARCHAR"
}
