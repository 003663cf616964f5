package sqltest_test

import (
	"fmt"
	"math/big"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/egret-hunt/egret/internal/schema"
	"github.com/egret-hunt/egret/internal/testkit/sqltest"
)

func TestDuckDB(t *testing.T) { testEngine(t, sqltest.DuckDB(t)) }

func TestTrinoIntegration(t *testing.T) { testEngine(t, sqltest.Trino(t)) }

// testEngine checks that an engine behaves as the package comment says.
func testEngine(t *testing.T, e sqltest.Engine) {
	t.Logf("%s, dialect %s", e.Name(), e.Dialect())
	t.Run("loaded values come back", func(t *testing.T) { loadedValuesComeBack(t, e) })
	t.Run("many rows", func(t *testing.T) { manyRows(t, e) })
	t.Run("values of expressions", func(t *testing.T) { valuesOfExpressions(t, e) })
	t.Run("statements arrive as they are", func(t *testing.T) { statementsArrive(t, e) })
	t.Run("cells that do not fit", func(t *testing.T) { cellsThatDoNotFit(t, e) })
}

var (
	text    = schema.Type{Kind: schema.Text}
	integer = schema.Type{Kind: schema.Integer}
)

func structOf(members ...schema.Column) schema.Type {
	return schema.Type{Kind: schema.Struct, Members: members}
}

func arrayOf(t schema.Type) schema.Type { return schema.Type{Kind: schema.Array, Element: &t} }
func mapOf(t schema.Type) schema.Type   { return schema.Type{Kind: schema.Map, Element: &t} }

// nasty lists strings that break loaders: quotes, comments, escapes, control characters, long strings, all Unicode
// planes.
var nasty = []string{
	"", " ", "'", "''", `"`, `\`, `\'`, `\\`, "\x00", "a\x00b", "\n", "\r\n", "\t", "\x1f", "\x7f", "\u0085", "\u2028", ";", "--", "/*", "*/",
	"%_", "$$", "${x}", "U&'\\0041'", "\\u0041", "null", "NULL", "é", "e\u0301", "ß", "İ", "𝔘", "😀", "\U0010FFFF", "\uFFFD", "\uFEFFx", "[1]", `{"a":1}`,
	strings.Repeat("長い", 4000),
}

func loadedValuesComeBack(t *testing.T, e sqltest.Engine) {
	at := time.Date(2023, 7, 10, 11, 45, 3, 123456000, time.UTC)
	columns := []schema.Column{
		{Name: "n", Type: integer},
		{Name: "text", Type: text},
		{Name: "json", Type: schema.Type{Kind: schema.JSON}},
		{Name: "unknown", Type: schema.Type{}},
		{Name: "double", Type: schema.Type{Kind: schema.Double}},
		{Name: "boolean", Type: schema.Type{Kind: schema.Boolean}},
		{Name: "timestamp", Type: schema.Type{Kind: schema.Timestamp}},
		{Name: "date", Type: schema.Type{Kind: schema.Date}},
		{Name: "select", Type: structOf(
			schema.Column{Name: "name", Type: text}, schema.Column{Name: "order", Type: integer},
			schema.Column{Name: "inner", Type: structOf(schema.Column{Name: "at", Type: schema.Type{Kind: schema.Timestamp}}, schema.Column{Name: "tags", Type: arrayOf(text)})})},
		{Name: "texts", Type: arrayOf(text)},
		{Name: "structs", Type: arrayOf(structOf(schema.Column{Name: "arn", Type: text}, schema.Column{Name: "count", Type: integer}))},
		{Name: "pairs", Type: mapOf(text)},
		{Name: "lists", Type: mapOf(arrayOf(integer))},
		{Name: `a "b", c`, Type: text},
	}
	full := func(n int64, s string) []any {
		return []any{
			n, s, `{"k": "` + strings.Repeat("x", int(n&7)) + `"}`, s, 0.1, true, at, at.Truncate(24 * time.Hour),
			map[string]any{"name": s, "order": n, "inner": map[string]any{"at": at, "tags": []any{s, nil, ""}}},
			[]any{s, nil, s}, []any{map[string]any{"arn": s, "count": n}, nil, map[string]any{"arn": nil, "count": nil}},
			map[string]any{"k": s, "K": nil, s: "v"}, map[string]any{"a": []any{n, nil}, "b": []any{}, "c": nil}, s,
		}
	}
	var rows [][]any
	for i, s := range nasty {
		rows = append(rows, full(int64(i), s))
	}
	none := make([]any, len(columns))
	none[0] = int64(1000)
	rows = append(rows, none)
	empty := full(1001, "x")
	empty[8] = map[string]any{"name": nil, "order": nil, "inner": nil}
	empty[9], empty[10], empty[11], empty[12] = []any{}, []any{}, map[string]any{}, map[string]any{}
	rows = append(rows, empty)
	for i, n := range []int64{-1 << 63, 1<<63 - 1, 1<<53 + 1, -1} {
		row := full(n, "n")
		row[2] = fmt.Sprint(n)
		row[4] = []float64{-1.7976931348623157e308, 5e-324, 123456789.125, -0.5}[i]
		row[5] = false
		row[6] = time.Date(1970+i, 12, 31, 23, 59, 59, 999999000, time.UTC)
		row[7] = time.Date(2024, 2, 26+i, 0, 0, 0, 0, time.UTC)
		rows = append(rows, row)
	}
	if err := e.Load(t.Context(), "Nasty values", columns, rows); err != nil {
		t.Fatal(err)
	}
	names, got, err := e.Query(t.Context(), `TABLE "Nasty values"`)
	if err != nil {
		t.Fatal(err)
	}
	for i, c := range columns {
		if !strings.EqualFold(names[i], c.Name) {
			t.Errorf("column %d: got %q, want %q", i, names[i], c.Name)
		}
	}
	byNumber := map[int64][]any{}
	for _, row := range got {
		byNumber[row[0].(int64)] = row
	}
	if len(got) != len(rows) || len(byNumber) != len(rows) {
		t.Errorf("got %d rows, %d different ones, want %d", len(got), len(byNumber), len(rows))
	}
	for _, row := range rows {
		if diff := cmp.Diff(row, byNumber[row[0].(int64)]); diff != "" {
			t.Errorf("row %v (-loaded +read):\n%.2000s", row[0], diff)
		}
	}
	if err := e.Load(t.Context(), "Nasty values", columns[:1], nil); err != nil {
		t.Fatal(err)
	}
	if _, got, err = e.Query(t.Context(), `TABLE "Nasty values"`); err != nil || len(got) != 0 {
		t.Errorf("loading again: got rows %v, error %v", got, err)
	}
}

// manyRows exceeds the sizes of batches in which engines read and return rows.
func manyRows(t *testing.T, e sqltest.Engine) {
	columns := []schema.Column{{Name: "n", Type: integer}, {Name: "odd", Type: arrayOf(structOf(schema.Column{Name: "s", Type: text}))}}
	const count = 10_000
	var rows [][]any
	for i := range int64(count) {
		row := []any{i, nil}
		if i%2 == 1 {
			row[1] = []any{map[string]any{"s": fmt.Sprint(i)}, map[string]any{"s": nil}}
		}
		rows = append(rows, row)
	}
	if err := e.Load(t.Context(), "many", columns, rows); err != nil {
		t.Fatal(err)
	}
	_, got, err := e.Query(t.Context(), "SELECT n, odd FROM many ORDER BY n")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(rows, got); diff != "" {
		t.Errorf("(-loaded +read):\n%.2000s", diff)
	}
}

func valuesOfExpressions(t *testing.T, e sqltest.Engine) {
	huge, _ := new(big.Int).SetString("9223372036854775808", 10)
	for _, test := range []struct {
		sql  string
		want any
	}{
		{"1", int64(1)},
		{"CAST(-7 AS SMALLINT)", int64(-7)},
		{"9223372036854775807", int64(1<<63 - 1)},
		{"CAST('9223372036854775808' AS DECIMAL(38, 0))", huge},
		{"CAST(5 AS DECIMAL(38, 0))", int64(5)},
		{"CAST('1.50' AS DECIMAL(10, 3))", "1.5"},
		{"CAST('-20.000' AS DECIMAL(10, 3))", int64(-20)},
		{"CAST(0.25 AS REAL)", 0.25},
		{"CAST(1 AS DOUBLE)", 1.0},
		{"NULL", nil},
		{"1 = 1", true},
		{"NULL = 1", nil},
		{"DATE '2024-02-29'", time.Date(2024, 2, 29, 0, 0, 0, 0, time.UTC)},
		{"TIMESTAMP '2024-02-29 01:02:03.5'", time.Date(2024, 2, 29, 1, 2, 3, 500000000, time.UTC)},
		{"CAST('2024-02-29 01:02:03+02:00' AS TIMESTAMP WITH TIME ZONE)", time.Date(2024, 2, 28, 23, 2, 3, 0, time.UTC)},
		{"CAST(TIMESTAMP '2024-02-29 01:02:03' AS TIMESTAMP WITH TIME ZONE)", time.Date(2024, 2, 29, 1, 2, 3, 0, time.UTC)},
		{"ARRAY[1, NULL]", []any{int64(1), nil}},
		{"(SELECT count(*) FROM (VALUES (1), (2)) AS t(x))", int64(2)},
		{"(SELECT sum(x) FROM (VALUES (1), (2)) AS t(x))", int64(3)},
		{"chr(0)", "\x00"},
	} {
		columns, rows, err := e.Query(t.Context(), "SELECT "+test.sql+" AS x")
		if err != nil {
			t.Errorf("%s: %v", test.sql, err)
			continue
		}
		if diff := cmp.Diff([][]any{{test.want}}, rows, cmp.Comparer(func(a, b *big.Int) bool { return a.Cmp(b) == 0 })); diff != "" || columns[0] != "x" {
			t.Errorf("%s: columns %v (-want +got):\n%s", test.sql, columns, diff)
		}
	}
}

func statementsArrive(t *testing.T, e sqltest.Engine) {
	for _, s := range nasty {
		if strings.Contains(s, "\x00") && e.Dialect() == "duckdb" {
			if _, _, err := e.Query(t.Context(), "SELECT "+sqltest.QuoteText(s)); err == nil {
				t.Errorf("%q: got no error for U+0000", s)
			}
			continue
		}
		_, rows, err := e.Query(t.Context(), "SELECT "+sqltest.QuoteText(s)+" -- comment ; '")
		if err != nil {
			t.Errorf("%.100q: %v", s, err)
			continue
		}
		if diff := cmp.Diff([][]any{{s}}, rows); diff != "" {
			t.Errorf("%.100q (-want +got):\n%.1000s", s, diff)
		}
	}
	for _, bad := range []string{"SELEC 1", "SELECT no_such_column", "SELECT 1 FROM no_such_table", "SELECT 'open"} {
		if _, _, err := e.Query(t.Context(), bad); err == nil {
			t.Errorf("%s: got no error from Query", bad)
		}
		if err := e.Exec(t.Context(), bad); err == nil {
			t.Errorf("%s: got no error from Exec", bad)
		}
	}
	// an error that occurs after the first rows
	late := "SELECT CAST(CASE WHEN n = 9999 THEN 'x' ELSE '1' END AS BIGINT) FROM (SELECT n FROM many)"
	if _, _, err := e.Query(t.Context(), late); err == nil {
		t.Errorf("%s: got no error", late)
	}
}

func cellsThatDoNotFit(t *testing.T, e sqltest.Engine) {
	for _, test := range []struct {
		column schema.Type
		cell   any
		want   string
	}{
		{integer, "1", "expected int64, found string"},
		{integer, 1, "expected int64, found int"},
		{text, int64(1), "expected string, found int64"},
		{text, "\xff", "not UTF-8"},
		{arrayOf(text), []any{"a", true}, "element 1: expected string, found bool"},
		{structOf(schema.Column{Name: "a", Type: text}), map[string]any{"b": "x"}, "member b is not in the type"},
		{mapOf(integer), sqltest.Pairs{{"k", "v"}}, `key "k": expected int64, found string`},
		{mapOf(integer), sqltest.Pairs{{"k", nil}, {"k", nil}}, `duplicate key "k"`},
	} {
		err := e.Load(t.Context(), "unfit", []schema.Column{{Name: "c", Type: test.column}}, [][]any{{nil}, {test.cell}})
		if err == nil || !strings.Contains(err.Error(), test.want) || !strings.Contains(err.Error(), "row 1: column c: ") {
			t.Errorf("%v: error %v, want %q", test.cell, err, test.want)
		}
	}
	if err := e.Load(t.Context(), "unfit", []schema.Column{{Name: "c", Type: text}}, [][]any{{"a", "b"}}); err == nil || !strings.Contains(err.Error(), "2 cells for 1 columns") {
		t.Errorf("error %v", err)
	}
}
