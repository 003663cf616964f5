package sqlgen_test

import (
	"strings"
	"testing"

	"github.com/egret-hunt/egret/internal/sqlgen"
)

// TestDialectsWrittenFromManuals holds dialects that no test runs to the words of their manuals.
func TestDialectsWrittenFromManuals(t *testing.T) {
	layout := tableOf(t, "", noID+textTime)
	for _, test := range []struct{ lines, snowflake, databricks string }{
		{`s: {a: "It's"}`, `lower(translate(a, 'İΣ', 'iσ')) = 'it\'s'`, `lower(translate(a, 'İΣ', 'iσ')) = 'it\'s'`},
		{`s: {a|cased: 'C:\x'}`, `a = 'C:\\x'`, `a = 'C:\\x'`},
		{`s: {a|cased: "x\u202ey"}`, `a = 'x\u202Ey'`, `a = 'x\u202Ey'`},
		{`s: {a|cased|contains: 'p%'}`, `CONTAINS(a, 'p%')`, `contains(a, 'p%')`},
		{`s: {a|cased|startswith: x}`, `STARTSWITH(a, 'x')`, `startswith(a, 'x')`},
		{`s: {a|cased|endswith: x}`, `ENDSWITH(a, 'x')`, `endswith(a, 'x')`},
		{`s: {a|cased: 'x_*y?'}`, `a LIKE 'x\\_%y_' ESCAPE '\\'`, `a LIKE 'x\\_%y_' ESCAPE '\\'`},
		{`s: {a|re: '^(?:x|\(?:y)\.[0-9]z.$'}`, `REGEXP_INSTR(a, '^(x|\\(?:y)\\.[0-9]z[^\\n]$', 1, 1, 0, 'cs') > 0`, `regexp_like(a, '^(?:x|\\(?:y)\\.[0-9]z[^\\n]\\z')`},
		{`s: {a|re|i: 'ab\b'}`, `REGEXP_INSTR(a, '[Aa][Bb]\\b', 1, 1, 0, 'cs') > 0`, `regexp_like(a, '[Aa][Bb](?![0-9A-Za-z_])')`},
		{`s: {a|re|m: '^x'}`, ``, `regexp_like(a, '(?<![^\\n])x')`},
		{`s: {a|re|s: 'x.y'}`, `REGEXP_INSTR(a, 'x.y', 1, 1, 0, 'cs') > 0`, `regexp_like(a, '(?s)x.y')`},
		{`s: {n|gt: 5}`, `n > 5`, `n > 5`},
		{`s: {a: 5}`, `REGEXP_INSTR(a, '^(0\\.0*)?50*(\\.0+)?([eE][+-]?0*[0-9]{1,12})?$', 1, 1, 0, 'cs') > 0 AND TRY_CAST(a AS DOUBLE) = 5`,
			`regexp_like(a, '\\A(?:0\\.0*)?50*(?:\\.0+)?(?:[eE][+-]?0*[0-9]{1,12})?\\z') AND TRY_CAST(a AS DOUBLE) = 5`},
		{`s: {a|fieldref: b}`, `lower(translate(a, 'İΣ', 'iσ')) = lower(translate(b, 'İΣ', 'iσ'))`, `lower(translate(a, 'İΣ', 'iσ')) = lower(translate(b, 'İΣ', 'iσ'))`},
		{`s: {a|hour: 5}`, ``, ``},
	} {
		for name, want := range map[string]string{"snowflake": test.snowflake, "databricks": test.databricks} {
			query := detection(t, layout, test.lines+"\ncondition: s")
			opt := sqlgen.Options{Dialect: sqlgen.DialectByName(name), Layout: layout}
			s, list := sqlgen.Detection(query, nil, opt)
			if want == "" {
				if s.Select != nil || len(list) == 0 || list[0].Span.Start == list[0].Span.End {
					t.Errorf("%s, %s is not refused: %v", name, test.lines, list)
				}
				continue
			}
			if s.Select == nil {
				t.Errorf("%s, %s: %v", name, test.lines, list)
				continue
			}
			if got := strings.Join(strings.Fields(where(t, query, opt)), " "); got != want {
				t.Errorf("%s, %s:\n%s\nwant\n%s", name, test.lines, got, want)
			}
		}
	}
}
