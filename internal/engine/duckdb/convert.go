//go:build duckdb && cgo

package duckdb

import (
	"strconv"
	"strings"

	duck "github.com/duckdb/duckdb-go-bindings"

	"github.com/egret-hunt/egret/internal/schema"
	"github.com/egret-hunt/egret/internal/sqlgen/sqltree"
)

// timeText is the format of times that a layout has as text: that of AWS's logs.
const timeText = "%Y-%m-%dT%H:%M:%SZ"

// position is the current position in the value: the layout's path of the value, the format of its times if known, and its
// depth.
type position struct {
	path   string
	format schema.TimeFormat
	depth  int
}

func (p position) below(name string) position {
	return position{path: p.path + name, depth: p.depth + 1}
}

// convert converts an expression of a type to the layout's type, and reports whether that changed it. An expression of
// the same kind is unchanged, so that DuckDB can still skip files by their statistics. Values that the type cannot
// represent become NULL.
func (s *spelling) convert(expr sqltree.Expr, have *dtype, want *schema.Type, at position) (sqltree.Expr, bool) {
	if at.depth > maxTypeDepth {
		return expr, false
	}
	switch want.Kind {
	case schema.Text, schema.JSON:
		return convertText(expr, have, want.Kind == schema.JSON)
	case schema.Integer:
		switch have.id {
		case duck.TypeTinyInt, duck.TypeSmallInt, duck.TypeInteger, duck.TypeBigInt, duck.TypeUTinyInt, duck.TypeUSmallInt, duck.TypeUInteger:
			return expr, false
		case duck.TypeTimestamp, duck.TypeTimestampTZ, duck.TypeTimestampS, duck.TypeTimestampMS, duck.TypeTimestampNS:
			millis := sqltree.Fn("epoch_ms", asTime(expr))
			if at.format == schema.EpochSecond {
				return sqltree.Binary{Op: "//", Left: millis, Right: sqltree.Int(1000)}, true
			}
			return millis, true
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
		return convertTime(expr, have)
	case schema.Date:
		if have.id == duck.TypeDate {
			return expr, false
		}
		moment, _ := convertTime(expr, have)
		return tryCast(moment, "DATE"), true
	case schema.Struct, schema.Array, schema.Map:
		return s.convertNested(expr, have, want, at)
	case schema.Unknown:
	}
	return expr, false
}

func cast(expr sqltree.Expr, to string) sqltree.Expr { return sqltree.Cast{Of: expr, Type: to} }
func tryCast(expr sqltree.Expr, to string) sqltree.Expr {
	return sqltree.Cast{Of: expr, Type: to, Try: true}
}
func asText(expr sqltree.Expr) sqltree.Expr { return cast(expr, dialect.TextType) }
func asTime(expr sqltree.Expr) sqltree.Expr { return cast(expr, dialect.TimestampType) }

// none returns NULL of a layout's type.
func none(t *schema.Type) sqltree.Expr { return cast(sqltree.Null{}, sqlType(t, 0)) }

// member returns a member of a struct.
func member(expr sqltree.Expr, key string) sqltree.Expr {
	return sqltree.Fn("struct_extract", expr, sqltree.Verbatim(key))
}

// packed returns a struct of the parts, NULL if the struct from which they are taken is NULL.
func packed(from sqltree.Expr, parts []sqltree.Expr) sqltree.Expr {
	return sqltree.If(sqltree.NotNull(from), sqltree.Fn("struct_pack", parts...), nil)
}

// convertText converts to text, or to the text of JSON.
func convertText(expr sqltree.Expr, have *dtype, json bool) (sqltree.Expr, bool) {
	switch have.id {
	case duck.TypeVarchar:
		switch {
		case json && have.json:
			return openText(asText(expr), expr), true
		case json:
			return openText(expr, tryCast(expr, "JSON")), true
		case !have.json:
			return expr, false
		}
		return jsonString(expr), true
	case duck.TypeTimestamp, duck.TypeTimestampTZ, duck.TypeTimestampS, duck.TypeTimestampMS, duck.TypeTimestampNS:
		return sqltree.Fn("strftime", asTime(expr), sqltree.Text(timeText)), true
	case duck.TypeStruct:
		return asText(objectJSON(expr)), true
	case duck.TypeMap, duck.TypeList, duck.TypeArray, duck.TypeUnion:
		return asText(sqltree.Fn("to_json", expr)), true
	}
	return asText(expr), true
}

func convertTime(expr sqltree.Expr, have *dtype) (sqltree.Expr, bool) {
	switch have.id {
	case duck.TypeTimestamp:
		return expr, false
	case duck.TypeTimestampTZ, duck.TypeTimestampS, duck.TypeTimestampMS, duck.TypeTimestampNS, duck.TypeDate:
		return asTime(expr), true
	case duck.TypeTinyInt, duck.TypeSmallInt, duck.TypeInteger, duck.TypeBigInt, duck.TypeUTinyInt, duck.TypeUSmallInt, duck.TypeUInteger, duck.TypeUBigInt:
		// Current times have ten digits in seconds, thirteen in milliseconds, sixteen in microseconds.
		n := cast(expr, "BIGINT")
		below := func(limit int, micros int) sqltree.When {
			return sqltree.When{
				If:   sqltree.Compare("<", sqltree.Fn("abs", n), sqltree.Int(limit)),
				Then: sqltree.Fn("make_timestamp", sqltree.Times(n, sqltree.Int(micros))),
			}
		}
		return sqltree.Case{Whens: []sqltree.When{below(1e11, 1e6), below(1e14, 1e3)}, Else: sqltree.Fn("make_timestamp", n)}, true
	}
	// Use the time zone in the text, UTC if there is none.
	return asTime(tryCast(expr, "TIMESTAMPTZ")), true
}

// convertNested converts to structs, arrays and maps: from JSON text, or member by member.
func (s *spelling) convertNested(expr sqltree.Expr, have *dtype, want *schema.Type, at position) (sqltree.Expr, bool) {
	v := "e" + strconv.Itoa(at.depth) // the parameter of a lambda
	fromJSON := func(json sqltree.Expr) sqltree.Expr {
		return fromText(json, want, s, at.path, at.depth)
	}
	if have.id == duck.TypeVarchar {
		return fromJSON(expr), true
	}
	switch {
	case want.Kind == schema.Struct && have.id == duck.TypeStruct:
		return s.convertStruct(expr, have, want, at)
	case want.Kind == schema.Array && (have.id == duck.TypeList || have.id == duck.TypeArray):
		if inner, changed := s.convert(sqltree.Name{v}, have.element, elementOf(want), at.below("")); changed {
			return dialect.Transform(expr, v, inner), true
		}
		return expr, false
	case want.Kind == schema.Map && have.id == duck.TypeMap:
		key, otherKey := convertText(sqltree.Name{v, "key"}, have.key, false)
		inner, changed := s.convert(sqltree.Name{v, "value"}, have.element, elementOf(want), at.below(""))
		if !changed && !otherKey {
			return expr, false
		}
		entry := sqltree.Fn("struct_pack", sqltree.Arg{Name: "k", Of: key}, sqltree.Arg{Name: "v", Of: inner})
		return sqltree.Fn("map_from_entries", dialect.Transform(sqltree.Fn("map_entries", expr), v, entry)), true
	case want.Kind == schema.Map && have.id == duck.TypeStruct:
		// DuckDB reads objects as structs: members that an object lacks are NULL, and are not part of the map.
		return fromJSON(objectJSON(expr)), true
	}
	if have.nested() {
		return fromJSON(sqltree.Fn("to_json", expr)), true
	}
	// A plain value instead of an object contains none of the object's members.
	return none(want), true
}

// convertStruct builds a struct with the layout's members if a member has another type or is missing.
func (s *spelling) convertStruct(expr sqltree.Expr, have *dtype, want *schema.Type, at position) (sqltree.Expr, bool) {
	changed := false
	var parts []sqltree.Expr
	for i := range want.Members {
		m := &want.Members[i]
		part := none(&m.Type)
		found := false
		for _, h := range have.members {
			if strings.EqualFold(h.name, m.Name) {
				var other bool
				part, other = s.convert(member(expr, h.name), h.typ, &m.Type, at.below("."+m.Name))
				changed = changed || other
				found = true
				break
			}
		}
		changed = changed || !found
		parts = append(parts, sqltree.Arg{Name: m.Name, Of: part})
	}
	if !changed || len(parts) == 0 {
		return expr, false
	}
	return packed(expr, parts), true
}

// objectJSON returns a struct as JSON without the members that are NULL, which come from other records.
func objectJSON(expr sqltree.Expr) sqltree.Expr {
	return sqltree.Fn("json_merge_patch", sqltree.Text("{}"), sqltree.Fn("to_json", expr))
}

// elementOf returns the type of an array's elements or a map's values; text if unknown.
func elementOf(t *schema.Type) *schema.Type {
	if t.Element == nil {
		return &schema.Type{Kind: schema.Text}
	}
	return t.Element
}

// sqlType returns DuckDB's name of a layout's type. JSON is text.
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
