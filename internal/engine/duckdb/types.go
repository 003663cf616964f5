//go:build duckdb && cgo

package duckdb

import (
	"fmt"
	"strings"

	duck "github.com/duckdb/duckdb-go-bindings"
)

// dtype is a type of DuckDB.
type dtype struct {
	id   duck.Type
	json bool // text that DuckDB marks as JSON
	// members are those of a struct; element is that of a list, array or map; key is the type of a map's keys.
	members      []dmember
	element, key *dtype
	size         uint64 // of an array
	width, scale uint8  // of a decimal
}

type dmember struct {
	name string
	typ  *dtype
}

// maxTypeDepth is the maximum nesting of types in files: deeper types are not inspected.
const maxTypeDepth = 64

func newType(t duck.LogicalType, depth int) *dtype {
	d := &dtype{id: duck.GetTypeId(t), json: duck.LogicalTypeGetAlias(t) == "JSON"}
	if depth > maxTypeDepth {
		return &dtype{id: duck.TypeAny}
	}
	inner := func(t duck.LogicalType) *dtype {
		defer duck.DestroyLogicalType(&t)
		return newType(t, depth+1)
	}
	switch d.id {
	case duck.TypeStruct:
		for i := range duck.StructTypeChildCount(t) {
			d.members = append(d.members, dmember{duck.StructTypeChildName(t, i), inner(duck.StructTypeChildType(t, i))})
		}
	case duck.TypeUnion:
		for i := range duck.UnionTypeMemberCount(t) {
			d.members = append(d.members, dmember{duck.UnionTypeMemberName(t, i), inner(duck.UnionTypeMemberType(t, i))})
		}
	case duck.TypeList:
		d.element = inner(duck.ListTypeChildType(t))
	case duck.TypeArray:
		d.element, d.size = inner(duck.ArrayTypeChildType(t)), uint64(duck.ArrayTypeArraySize(t))
	case duck.TypeMap:
		d.key, d.element = inner(duck.MapTypeKeyType(t)), inner(duck.MapTypeValueType(t))
	case duck.TypeDecimal:
		d.width, d.scale = duck.DecimalWidth(t), duck.DecimalScale(t)
	}
	return d
}

// typeWords are DuckDB's names of types.
var typeWords = map[duck.Type]string{
	duck.TypeBoolean: "BOOLEAN", duck.TypeTinyInt: "TINYINT", duck.TypeSmallInt: "SMALLINT", duck.TypeInteger: "INTEGER",
	duck.TypeBigInt: "BIGINT", duck.TypeUTinyInt: "UTINYINT", duck.TypeUSmallInt: "USMALLINT", duck.TypeUInteger: "UINTEGER",
	duck.TypeUBigInt: "UBIGINT", duck.TypeFloat: "FLOAT", duck.TypeDouble: "DOUBLE", duck.TypeTimestamp: "TIMESTAMP",
	duck.TypeDate: "DATE", duck.TypeTime: "TIME", duck.TypeInterval: "INTERVAL", duck.TypeHugeInt: "HUGEINT",
	duck.TypeUHugeInt: "UHUGEINT", duck.TypeVarchar: "VARCHAR", duck.TypeBlob: "BLOB", duck.TypeTimestampS: "TIMESTAMP_S",
	duck.TypeTimestampMS: "TIMESTAMP_MS", duck.TypeTimestampNS: "TIMESTAMP_NS", duck.TypeEnum: "ENUM", duck.TypeUUID: "UUID",
	duck.TypeBit: "BIT", duck.TypeTimeTZ: "TIME WITH TIME ZONE", duck.TypeTimestampTZ: "TIMESTAMP WITH TIME ZONE",
	duck.TypeBigNum: "BIGNUM", duck.TypeSQLNull: `"NULL"`, duck.TypeTimeNS: "TIME_NS", duck.TypeGeometry: "GEOMETRY",
	duck.TypeVariant: "VARIANT",
}

// String returns the type as DuckDB prints it.
func (d *dtype) String() string {
	switch d.id {
	case duck.TypeStruct, duck.TypeUnion:
		var parts []string
		for _, m := range d.members {
			parts = append(parts, quoteName(m.name)+" "+m.typ.String())
		}
		word := "STRUCT("
		if d.id == duck.TypeUnion {
			word = "UNION("
		}
		return word + strings.Join(parts, ", ") + ")"
	case duck.TypeList:
		return d.element.String() + "[]"
	case duck.TypeArray:
		return fmt.Sprintf("%s[%d]", d.element, d.size)
	case duck.TypeMap:
		return "MAP(" + d.key.String() + ", " + d.element.String() + ")"
	case duck.TypeDecimal:
		return fmt.Sprintf("DECIMAL(%d,%d)", d.width, d.scale)
	}
	if d.json {
		return "JSON"
	}
	if word, ok := typeWords[d.id]; ok {
		return word
	}
	return "UNKNOWN"
}

// nested reports whether the type is a struct, list, map or similar.
func (d *dtype) nested() bool { return d.element != nil || d.members != nil }
