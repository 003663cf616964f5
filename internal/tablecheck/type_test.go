package tablecheck

import (
	"strings"
	"testing"

	"github.com/egret-hunt/egret/internal/schema"
)

// TestTypesOfEngines parses types of each engine. The expected types are in the notation of schema files; parts of
// unknown kind are "unknown".
func TestTypesOfEngines(t *testing.T) {
	for text, want := range map[string]string{
		// Athena and Glue, as Hive writes them.
		"string": "string", "varchar(65535)": "varchar", "decimal(38,0)": "decimal", "array<string>": "array<string>",
		"struct<type:string,sessioncontext:struct<mfa:boolean>>": "struct<type:string,sessioncontext:struct<mfa:boolean>>",
		"map<string,array<int>>":                                 "map<string,array<int>>", "struct<`a b`:int>": "struct<`a b`:int>",
		// Trino.
		"timestamp(6) with time zone": "timestamp with time zone", "timestamp(3)": "timestamp without time zone", "row(\"Type\" varchar, n bigint)": "struct<Type:varchar,n:bigint>",
		"array(row(arn varchar(200), at timestamp(3) with time zone))": "array<struct<arn:varchar,at:timestamp with time zone>>",
		"map(varchar, row(a double))":                                  "map<string,struct<a:double>>", "json": "json", "row(bigint, varchar)": "struct<:unknown,:unknown>",
		// DuckDB.
		"VARCHAR": "varchar", "STRUCT(a VARCHAR, \"b c\" INTEGER[])[]": "array<struct<a:varchar,`b c`:array<integer>>>",
		"TIMESTAMP WITH TIME ZONE": "timestamp with time zone", "TIMESTAMPTZ": "timestamp with time zone", "MAP(VARCHAR, BIGINT)": "map<string,bigint>", "ENUM('a)', 'b')": "enum",
		"INTEGER[3]": "array<integer>", "DECIMAL(18,3)": "decimal", "JSON[]": "array<json>", "STRUCT(\"q\"\"\" DATE)": "struct<q\":date>",
		// Unknown and unreadable types.
		"": "unknown", "varchar(": "unknown", "array(": "unknown", "row(a": "unknown", "struct<a:int": "unknown", "int int": "unknown",
		"[": "unknown", "a[": "unknown", "row(\"a": "unknown", "map(varchar)": "unknown", "uniontype<int,string>": "unknown",
		strings.Repeat("array(", 100) + "int" + strings.Repeat(")", 100): "unknown", "int" + strings.Repeat("[]", 100): "unknown",
	} {
		if got := typeOf(text).String(); got != want {
			t.Errorf("%q is %s, want %s", text, got, want)
		}
	}
	if got := typeOf("varbinary").Kind; got != schema.Unknown {
		t.Errorf("varbinary is %v", got)
	}
}

func FuzzType(f *testing.F) {
	f.Add("array(row(\"a\"\"\" varchar(10), at timestamp(3) with time zone))")
	f.Add("STRUCT(a ENUM('x', ')'), b MAP(VARCHAR, INTEGER[3])[])")
	f.Add("struct<`a`:map<string,int>>")
	f.Fuzz(func(t *testing.T, text string) {
		if typ := typeOf(text); typ.Kind == schema.Array && typ.Element == nil {
			t.Error("an array without an element")
		}
	})
}
