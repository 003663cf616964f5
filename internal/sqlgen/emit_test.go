package sqlgen_test

import (
	"strings"
	"testing"
	"time"

	"github.com/egret-hunt/egret/internal/ir"
	"github.com/egret-hunt/egret/internal/lower"
	"github.com/egret-hunt/egret/internal/pass"
	"github.com/egret-hunt/egret/internal/ruleset"
	"github.com/egret-hunt/egret/internal/schema"
	"github.com/egret-hunt/egret/internal/sqlgen"
	"github.com/egret-hunt/egret/sigma"
	"github.com/egret-hunt/egret/source"
)

// tableOf is a table of text columns a, b and c, with further lines of YAML for the log source and for the table.
func tableOf(t *testing.T, ofSource, ofTable string) *schema.Layout {
	t.Helper()
	columns := "    columns: {a: string, b: string, c: string, n: bigint, id: string}\n"
	if strings.Contains(ofTable, "columns:") {
		columns = ""
	}
	s, err := schema.Load([]byte("name: unit\ntitle: Unit\nlogsource: {products: [test]}\ndetect: [{has: [a]}]\nroots: [\"\"]\ntime: [c]\nid: [[id]]\n" + ofSource +
		"\nprofiles:\n  - name: unit\n    title: Unit\n    table: t\n" + columns + ofTable + "\n"))
	if err != nil {
		t.Fatal(err)
	}
	return s.Layouts()[0]
}

// detection is the query of a rule with the lines of a detection.
func detection(t *testing.T, layout *schema.Layout, lines string) *ir.Query {
	t.Helper()
	text := "title: T\nlogsource: {product: test}\ndetection:\n  " + strings.ReplaceAll(strings.TrimSpace(lines), "\n", "\n  ") + "\n"
	rules, list := sigma.Parse(source.NewFile("rule.yml", text))
	if list.HasErrors() {
		t.Fatal(list)
	}
	query, list := lower.Rule(rules.Rules[0], lower.Options{})
	if list.HasErrors() {
		t.Fatal(list)
	}
	query.Where = pass.Native(query.Where, ruleset.NewPaths(layout.Schema).Of)
	return query
}

// statement is the text of a statement on one line, without its comments. It selects column a.
func statement(t *testing.T, query *ir.Query, opt sqlgen.Options) string {
	t.Helper()
	a := ir.Field{Name: "a", Paths: opt.Layout.Schema.Paths("a")}
	s, list := sqlgen.Detection(query, []sqlgen.Output{{Field: a}}, opt)
	if s.Select == nil {
		t.Fatal(list)
	}
	return oneLine(opt.Dialect.Print(s.Select))
}

func oneLine(text string) string {
	var words []string
	for line := range strings.Lines(text) {
		if !strings.HasPrefix(line, "-- ") {
			words = append(words, strings.Fields(line)...)
		}
	}
	text = strings.Join(words, " ")
	return strings.NewReplacer("( ", "(", " )", ")").Replace(text)
}

// where is the condition of a statement, of a table whose rows have no id.
func where(t *testing.T, query *ir.Query, opt sqlgen.Options) string {
	t.Helper()
	text := statement(t, query, opt)
	condition, ok := strings.CutPrefix(text, "SELECT a FROM t WHERE ")
	if !ok {
		t.Fatalf("unexpected statement: %s", text)
	}
	return condition
}

const (
	noID     = "    id: []\n"
	textTime = "    time: {column: c, format: text, utc: true}\n"
)

// lacking are dialects that lack features which the tests here ask for.
var lacking = map[string]bool{"sqlite": true, "snowflake": true, "databricks": true}

// lowered writes every way of lower case in the words of the standard.
var lowered = strings.NewReplacer(` COLLATE "C"`, "", ` COLLATE pg_c_utf8`, "", `lower(translate(a, 'İΣ', 'iσ'))`, "lower(a)", `lower(translate(b, 'İΣ', 'iσ'))`, "lower(b)")

// TestNotHoldsWhereAFieldIsMissing: a predicate on NULL is NULL, and its negation must hold.
func TestNotHoldsWhereAFieldIsMissing(t *testing.T) {
	layout := tableOf(t, "", noID+textTime)
	for _, d := range sqlgen.Dialects() {
		opt := sqlgen.Options{Dialect: d, Layout: layout}
		for _, selection := range []string{
			"{a: x}", "{a: [x, y]}", "{a: x, b: y}", "{a|contains: x}", "{a|startswith: x}", "{a|endswith: x}", "{a: 'x*y'}", "{a|cased: X}",
			"{a|re: 'x+'}", "{a|cidr: 192.0.2.0/24}", "{a|fieldref: b}", "{n: 5}", "{n|gt: 5}", "{a|gt: 5}", "{a: 5}", "{a: true}",
			"{a|contains|all: [x, y]}", "[{a: x}, {b: y}]",
		} {
			query := detection(t, layout, "s: "+selection+"\ncondition: s")
			if s, list := sqlgen.Detection(query, nil, opt); s.Select == nil && lacking[d.Name] && list[0].Code == "feature-in-sql" {
				continue
			}
			holds := lowered.Replace(where(t, query, opt))
			want := "NOT COALESCE(" + holds + ", FALSE)"
			if got := lowered.Replace(where(t, detection(t, layout, "s: "+selection+"\ncondition: not s"), opt)); got != want {
				t.Errorf("%s, not %s: %s\nwant %s", d.Name, selection, got, want)
			}
			got := lowered.Replace(where(t, detection(t, layout, "s: "+selection+"\nr: {b: z}\ncondition: r and not s"), opt))
			if want := "lower(b) = 'z' AND " + want; got != want {
				t.Errorf("%s, r and not %s: %s\nwant %s", d.Name, selection, got, want)
			}
		}
		for selection, want := range map[string]string{"{a: null}": "a IS NOT NULL", "{a|exists: true}": "a IS NULL", "{a|exists: false}": "a IS NOT NULL"} {
			if got := lowered.Replace(where(t, detection(t, layout, "s: "+selection+"\ncondition: not s"), opt)); got != want {
				t.Errorf("%s, not %s: %s, want %s", d.Name, selection, got, want)
			}
		}
	}
}

// TestPredicates: letter case, wildcards, quotes and lists in Athena's words.
func TestPredicates(t *testing.T) {
	layout := tableOf(t, "", noID+textTime)
	for _, test := range []struct{ selection, want string }{
		{"{a: X}", "lower(a) = 'x'"},
		{"{a|cased: X}", "a = 'X'"},
		{"{a: ''}", "a = ''"},
		{"{a: \"o'x\"}", "lower(a) = 'o''x'"},
		{"{a|contains: 'a%b_c'}", "strpos(lower(a), 'a%b_c') > 0"},
		{"{a|startswith: x}", "starts_with(lower(a), 'x')"},
		{"{a|endswith: 'x%'}", `lower(a) LIKE '%x\%' ESCAPE '\'`},
		{"{a: 'x*y?z'}", `lower(a) LIKE 'x%y_z' ESCAPE '\'`},
		{"{a: '1%_*'}", `starts_with(a, '1%_')`},
		{"{a: [x, Y]}", "lower(a) IN ('x', 'y')"},
		{"{a|contains: [x, y]}", "strpos(lower(a), 'x') > 0 OR strpos(lower(a), 'y') > 0"},
		{"{a|contains|all: [x, y]}", "strpos(lower(a), 'x') > 0 AND strpos(lower(a), 'y') > 0"},
		{"[{a: x}, {b: y}]", "lower(a) = 'x' OR lower(b) = 'y'"},
		{"{n: 5}", "n = 5"},
		{"{n|gt: 5}", "n > 5"},
		{"{n|gte: 5}", "n >= 5"},
		{"{n|lt: 5}", "n < 5"},
		{"{n|lte: 5}", "n <= 5"},
		{"{a|re: 'x+'}", "regexp_like(a, 'x+')"},
		{"{a|fieldref: b}", "lower(a) = lower(b)"},
	} {
		opt := sqlgen.Options{Dialect: sqlgen.DialectByName("athena"), Layout: layout}
		if got := where(t, detection(t, layout, "s: "+test.selection+"\ncondition: s"), opt); got != test.want {
			t.Errorf("%s: %s\nwant %s", test.selection, got, test.want)
		}
	}
}

// TestTimeRangeEdges: the first instant of a range belongs to it and its end does not, in every form of a time column.
func TestTimeRangeEdges(t *testing.T) {
	from, to := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC), time.Date(2026, 3, 2, 0, 0, 0, 0, time.UTC)
	for _, test := range []struct {
		name, table string
		from, to    time.Time
		want        string
	}{
		{"text", textTime, from, to, "c >= '2026-03-01T12:00:00' AND c < '2026-03-02T00:00:00'"},
		{"text, from", textTime, from, time.Time{}, "c >= '2026-03-01T12:00:00'"},
		{"text, to", textTime, time.Time{}, to, "c < '2026-03-02T00:00:00'"},
		{"text, another zone", textTime, from.In(time.FixedZone("", 3600)), to, "c >= '2026-03-01T12:00:00' AND c < '2026-03-02T00:00:00'"},
		{"seconds", "    time: {column: n, format: epoch_s}\n", from, to, "n >= 1772366400 AND n < 1772409600"},
		{"seconds, between two", "    time: {column: n, format: epoch_s}\n", from.Add(1), to.Add(1), "n >= 1772366401 AND n < 1772409601"},
		{"milliseconds", "    time: {column: n, format: epoch_ms}\n", from, to, "n >= 1772366400000 AND n < 1772409600000"},
		{"milliseconds, between two", "    time: {column: n, format: epoch_ms}\n", from.Add(1), to.Add(1), "n >= 1772366400001 AND n < 1772409600001"},
		{"none", textTime, time.Time{}, time.Time{}, ""},
	} {
		layout := tableOf(t, "", noID+test.table)
		for _, name := range []string{"athena", "trino", "duckdb"} {
			opt := sqlgen.Options{Dialect: sqlgen.DialectByName(name), Layout: layout, From: test.from, To: test.to}
			got := strings.TrimSuffix(where(t, detection(t, layout, "s: {a: x}\ncondition: s"), opt), "lower(a) = 'x'")
			if got = strings.TrimSuffix(got, " AND "); got != test.want {
				t.Errorf("%s, %s: %s\nwant %s", name, test.name, got, test.want)
			}
		}
	}
	layout := tableOf(t, "", noID+"    columns: {a: string, c: timestamp}\n    time: {column: c, format: timestamp}\n")
	plain := "c >= TIMESTAMP '2026-03-01 12:00:00' AND c < TIMESTAMP '2026-03-02 00:00:00'"
	for name, want := range map[string]string{ // tables of Trino and DuckDB may have the type with or without a zone
		"athena": plain,
		"trino": `(lower(typeof(c)) LIKE '%zone' ESCAPE '\' AND c >= TIMESTAMP '2026-03-01 12:00:00 UTC' AND c < TIMESTAMP '2026-03-02 00:00:00 UTC' ` +
			`OR NOT lower(typeof(c)) LIKE '%zone' ESCAPE '\' AND ` + plain + ")",
		"duckdb": `(lower(typeof(c)) LIKE '%zone' ESCAPE '\' AND c >= TIMESTAMPTZ '2026-03-01 12:00:00+00' AND c < TIMESTAMPTZ '2026-03-02 00:00:00+00' ` +
			`OR NOT lower(typeof(c)) LIKE '%zone' ESCAPE '\' AND ` + plain + ")",
	} {
		opt := sqlgen.Options{Dialect: sqlgen.DialectByName(name), Layout: layout, From: from, To: to}
		if got := where(t, detection(t, layout, "s: {a: x}\ncondition: s"), opt); got != want+" AND lower(a) = 'x'" {
			t.Errorf("%s: %s\nwant %s", name, got, want)
		}
	}
}

// TestPartitionBounds: the days of a range, and of late delivery behind it. A record is filed in the partition of a
// later day, never of an earlier one; a range that ends at midnight has no event of the day that begins.
func TestPartitionBounds(t *testing.T) {
	at := func(month time.Month, day, hour int) time.Time {
		return time.Date(2026, month, day, hour, 0, 0, 0, time.UTC)
	}
	const (
		oneColumn = "    partitions: [{column: dt, type: string, format: yyyy/MM/dd}]\n"
		parts     = "    partitions: [{column: y, type: string, format: yyyy}, {column: m, type: string, format: MM}, {column: d, type: string, format: dd}]\n"
	)
	var zero time.Time
	for _, test := range []struct {
		name, table string
		opt         sqlgen.Options
		want        string
	}{
		{"a day", oneColumn, sqlgen.Options{From: at(3, 1, 0), To: at(3, 2, 0)}, "dt >= '2026/03/01' AND dt <= '2026/03/02'"},
		{"hours of a day", oneColumn, sqlgen.Options{From: at(3, 1, 5), To: at(3, 1, 6)}, "dt >= '2026/03/01' AND dt <= '2026/03/02'"},
		{"an hour of the next day", oneColumn, sqlgen.Options{From: at(3, 1, 5), To: at(3, 2, 1)}, "dt >= '2026/03/01' AND dt <= '2026/03/03'"},
		{"from", oneColumn, sqlgen.Options{From: at(3, 1, 5)}, "dt >= '2026/03/01'"},
		{"to", oneColumn, sqlgen.Options{To: at(3, 1, 5)}, "dt <= '2026/03/02'"},
		{"none", oneColumn, sqlgen.Options{}, ""},
		{"three days late", strings.Replace(oneColumn, "dd}", "dd, late_days: 3}", 1), sqlgen.Options{From: at(3, 1, 0), To: at(3, 2, 0)},
			"dt >= '2026/03/01' AND dt <= '2026/03/04'"},
		{"never late", strings.Replace(oneColumn, "dd}", "dd, late_days: 0}", 1), sqlgen.Options{From: at(3, 1, 0), To: at(3, 2, 0)},
			"dt >= '2026/03/01' AND dt <= '2026/03/01'"},
		{"partitions of their own", oneColumn, sqlgen.Options{From: at(3, 1, 0), To: at(3, 9, 0), PartitionFrom: at(3, 2, 0), PartitionTo: at(3, 4, 0)},
			"dt >= '2026/03/02' AND dt <= '2026/03/03'"},
		{"date", "    partitions: [{column: dt, type: date}]\n", sqlgen.Options{From: at(3, 1, 0), To: at(3, 2, 0)},
			"dt >= DATE '2026-03-01' AND dt <= DATE '2026-03-02'"},
		{"timestamp", "    partitions: [{column: dt, type: timestamp}]\n", sqlgen.Options{From: at(3, 1, 0), To: at(3, 2, 0)},
			"dt >= TIMESTAMP '2026-03-01 00:00:00' AND dt < TIMESTAMP '2026-03-02 00:00:00'"},
		{"timestamp, a day late", "    partitions: [{column: dt, type: timestamp, late_days: 1}]\n", sqlgen.Options{From: at(3, 1, 0), To: at(3, 2, 0)},
			"dt >= TIMESTAMP '2026-03-01 00:00:00' AND dt < TIMESTAMP '2026-03-03 00:00:00'"},
		{"number", "    partitions: [{column: dt, type: int, format: yyyyMMdd}]\n", sqlgen.Options{From: at(3, 1, 0), To: at(3, 2, 0)},
			"dt >= 20260301 AND dt <= 20260302"},
		{"hours", "    partitions: [{column: dt, type: string, format: yyyy/MM/dd/HH}]\n", sqlgen.Options{From: at(3, 1, 0), To: at(3, 2, 0)},
			"dt >= '2026/03/01/00' AND dt <= '2026/03/02/23'"},
		{"months", "    partitions: [{column: dt, type: string, format: yyyy-MM}]\n", sqlgen.Options{From: at(3, 1, 0), To: at(3, 31, 12)},
			"dt >= '2026-03' AND dt <= '2026-04'"},
		{"day before month", "    partitions: [{column: dt, type: string, format: dd-MM-yyyy}]\n", sqlgen.Options{From: at(3, 1, 0), To: at(3, 2, 0)},
			"dt IN ('01-03-2026', '02-03-2026')"},
		{"parts", parts, sqlgen.Options{From: at(3, 30, 0), To: at(4, 1, 0)},
			"(y = '2026' AND m = '03' AND d IN ('30', '31') OR y = '2026' AND m = '04' AND d IN ('01'))"},
		{"parts, from", parts, sqlgen.Options{From: at(3, 30, 0)}, "(y > '2026' OR y = '2026' AND (m > '03' OR m = '03' AND d >= '30'))"},
		{"parts, to", parts, sqlgen.Options{To: at(3, 30, 0)}, "(y < '2026' OR y = '2026' AND (m < '03' OR m = '03' AND d <= '30'))"},
		{"accounts", "    partitions: [{column: account, type: string}]\n", sqlgen.Options{From: at(3, 1, 0), Accounts: []string{"111122223333", "444455556666"}},
			"account IN ('111122223333', '444455556666')"},
	} {
		layout := tableOf(t, "", noID+textTime+test.table)
		opt := test.opt
		opt.Dialect, opt.Layout = sqlgen.DialectByName("athena"), layout
		if opt.From != zero || opt.To != zero {
			test.want += " AND " + timeOfC(opt)
		}
		got := strings.TrimSuffix(where(t, detection(t, layout, "s: {a: x}\ncondition: s"), opt), "lower(a) = 'x'")
		if got = strings.TrimSuffix(got, " AND "); got != test.want {
			t.Errorf("%s: %s\nwant %s", test.name, got, test.want)
		}
	}
}

// timeOfC is the range of time of the column c.
func timeOfC(opt sqlgen.Options) string {
	var list []string
	if !opt.From.IsZero() {
		list = append(list, "c >= '"+opt.From.Format("2006-01-02T15:04:05")+"'")
	}
	if !opt.To.IsZero() {
		list = append(list, "c < '"+opt.To.Format("2006-01-02T15:04:05")+"'")
	}
	return strings.Join(list, " AND ")
}

// TestCopiesOnce: of the rows of one id, time and the parts that the log source names, one comes; rows without an id all come.
func TestCopiesOnce(t *testing.T) {
	for _, test := range []struct{ name, source, table, want string }{
		{"id and time", "", textTime,
			"SELECT a FROM (SELECT *, row_number() OVER (PARTITION BY id, c) AS copy FROM t WHERE lower(a) = 'x') AS matched WHERE copy = 1 OR COALESCE(id, '') = ''"},
		{"further parts", "copy: [[b], [n]]", textTime,
			"SELECT a FROM (SELECT *, row_number() OVER (PARTITION BY id, c, b, n) AS copy FROM t WHERE lower(a) = 'x') AS matched WHERE copy = 1 OR COALESCE(id, '') = ''"},
		{"another id", "", textTime + "    id: [b, n]\n",
			"SELECT a FROM (SELECT *, row_number() OVER (PARTITION BY b, n, c) AS copy FROM t WHERE lower(a) = 'x') AS matched WHERE copy = 1 OR COALESCE(b, '') = '' OR n IS NULL"},
		{"no id", "", textTime + noID, "SELECT a FROM t WHERE lower(a) = 'x'"},
	} {
		layout := tableOf(t, test.source, test.table)
		for _, d := range sqlgen.Dialects() {
			got := lowered.Replace(statement(t, detection(t, layout, "s: {a: x}\ncondition: s"), sqlgen.Options{Dialect: d, Layout: layout}))
			if got != test.want {
				t.Errorf("%s, %s: %s\nwant %s", d.Name, test.name, got, test.want)
			}
		}
	}
}

// TestPackedRules: a packed statement names the rules that hold for a row, each copy once.
func TestPackedRules(t *testing.T) {
	layout := tableOf(t, "", textTime)
	x, y := detection(t, layout, "s: {a: x}\ncondition: s"), detection(t, layout, "s: {a: y}\ncondition: not s")
	x.Rule, y.Rule = "rule-x", "it's y"
	for _, d := range sqlgen.Dialects() {
		packed := sqlgen.Pack([]*ir.Query{x, y}, sqlgen.Options{Dialect: d, Layout: layout})
		if d.WithoutUnnest {
			if packed.Select != nil || !packed.Faults[0].HasErrors() || !packed.Faults[1].HasErrors() {
				t.Errorf("%s: packed rules were not rejected", d.Name)
			}
			continue
		}
		if packed.Select == nil {
			t.Fatal(packed.Faults)
		}
		text := oneLine(d.Print(packed.Select))
		for _, want := range []string{
			"CASE WHEN lower(a) = 'x' THEN 'rule-x' END", "CASE WHEN NOT COALESCE(lower(a) = 'y', FALSE) THEN 'it''s y' END",
			"row_number() OVER (PARTITION BY id, c, rule) AS copy", "WHERE copy = 1 OR COALESCE(id, '') = ''",
		} {
			if !strings.Contains(text, want) {
				t.Errorf("%s lacks %s: %s", d.Name, want, text)
			}
		}
	}
}

// TestTableNames: names of tables and columns are quoted where they need it, and cannot become SQL.
func TestTableNames(t *testing.T) {
	layout := tableOf(t, "", noID+textTime)
	for _, test := range []struct{ table, want string }{
		{"db.t", "db.t"}, {"my-db.t", `"my-db".t`}, {`"a.b".t`, `"a.b".t`}, {"select", `"select"`}, {`"a""; drop table t; --"`, `"a""; drop table t; --"`},
		{"T", `"T"`},
	} {
		for _, d := range sqlgen.Dialects() {
			opt := sqlgen.Options{Dialect: d, Layout: layout, Table: test.table}
			table := test.want
			if d.Name == "sqlite" || d.Name == "databricks" { // a name in double quotes would be a string where the table has no such column
				table = strings.ReplaceAll(strings.NewReplacer(`""`, "\x00", `"`, "`").Replace(table), "\x00", `"`)
			}
			if got, want := lowered.Replace(statement(t, detection(t, layout, "s: {a: x}\ncondition: s"), opt)), "SELECT a FROM "+table+" WHERE lower(a) = 'x'"; got != want {
				t.Errorf("%s: %s\nwant %s", d.Name, got, want)
			}
		}
	}
}
