package query

import "testing"

func TestStructsAreJSON(t *testing.T) {
	for _, test := range []struct{ typ, text, want string }{
		// Trino lists the values of a row.
		{"row(b bigint, a array(row(x date)))", `[1,[["2026-03-10"],null]]`, `{"b":1,"a":[{"x":"2026-03-10"},null]}`},
		{`row("two words" varchar, integer)`, `["x",null]`, `{"two words":"x","field1":null}`},
		{"map(varchar, row(n bigint))", `{"z":[9007199254740993],"a":null}`, `{"z":{"n":9007199254740993},"a":null}`},
		{"array(array(integer))", `[[1, 2],[]]`, `[[1,2],[]]`},
		// DuckDB writes objects.
		{`STRUCT("b" INTEGER, "m" MAP(VARCHAR, INTEGER[]))`, `{"b":1,"m":{"<k>":[1]}}`, `{"b":1,"m":{"<k>":[1]}}`},
		// Athena's text is not JSON.
		{"row(b bigint)", `{b=1}`, ""},
		{"row(b varchar)", `null`, `null`},
	} {
		typ := nestedType(test.typ)
		if typ == nil {
			t.Errorf("%s is not nested", test.typ)
			continue
		}
		got, ok := nestedJSON([]byte(test.text), typ)
		if ok != (test.want != "") || string(got) != test.want {
			t.Errorf("%s as %s: %s, want %s", test.text, test.typ, got, test.want)
		}
	}
	for _, word := range []string{"varchar", "json", "decimal(3, 2)", "", "int["} {
		if nestedType(word) != nil {
			t.Errorf("%q is nested", word)
		}
	}
}
