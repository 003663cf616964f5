//go:build duckdb && cgo

package duckdb_test

import (
	"compress/gzip"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/klauspost/compress/zstd"

	"github.com/egret-hunt/egret/internal/engine"
	"github.com/egret-hunt/egret/internal/engine/duckdb"
	"github.com/egret-hunt/egret/internal/schema"
)

// write creates a file, compressed as its name says.
func write(t *testing.T, path, text string) string {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	switch filepath.Ext(path) {
	case ".gz":
		w := gzip.NewWriter(f)
		w.Write([]byte(text))
		err = w.Close()
	case ".zst":
		w, _ := zstd.NewWriter(f)
		w.Write([]byte(text))
		err = w.Close()
	default:
		_, err = f.WriteString(text)
	}
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// selectAll returns the whole result of a statement.
func selectAll(t *testing.T, e *duckdb.Engine, sql string) (columns []engine.Column, rows [][]any) {
	t.Helper()
	q, err := e.Start(t.Context(), engine.Statement{SQL: sql})
	if err != nil {
		t.Fatal(err)
	}
	_, err = q.Read(t.Context(), engine.Result{
		Columns: func(list []engine.Column) error { columns = slices.Clone(list); return nil },
		Row:     func(row []any) error { rows = append(rows, slices.Clone(row)); return nil },
	})
	if err != nil {
		t.Fatalf("%v\n%s", err, sql)
	}
	return columns, rows
}

// fails returns the error of a statement.
func fails(t *testing.T, e *duckdb.Engine, sql string) error {
	t.Helper()
	q, err := e.Start(t.Context(), engine.Statement{SQL: sql})
	if err != nil {
		return err
	}
	if _, err = q.Read(t.Context(), engine.Result{Row: func([]any) error { return nil }}); err == nil {
		t.Errorf("got no error: %s", sql)
	}
	return err
}

func describe(t *testing.T, e *duckdb.Engine, table string) *engine.Table {
	t.Helper()
	d, err := e.Describe(t.Context(), table)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// layout returns a layout of a log source that the test defines.
func layout(t *testing.T, columns string) *schema.Layout {
	t.Helper()
	dir := t.TempDir()
	write(t, filepath.Join(dir, "made.yaml"), "name: made\ntitle: Made for a test\nlogsource: {products: [made]}\ndetect: [{has: [id]}]\nroots: [\"\"]\ntime: [ts]\nid: [[ts]]\nprofiles:\n  - name: table\n    title: T\n    table: made\n    any_case: true\n    time: {column: ts, format: text}\n    columns:\n      ts: string\n"+columns)
	all, err := schema.LoadFolder(os.DirFS(dir))
	if err != nil {
		t.Fatal(err)
	}
	p, err := schema.FindLayout(all, "made/table")
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// TestFilesOfAllFormats reads patterns, folders, compressed files, names that need quotes, and a file without an
// extension.
func TestFilesOfAllFormats(t *testing.T) {
	dir := t.TempDir()
	line := func(id string) string { return `{"id":"` + id + `","ts":"2026-02-03T04:05:06Z","n":1.50}` + "\n" }
	write(t, filepath.Join(dir, "lines/2026/02/a.ndjson"), line("a")+line("b"))
	write(t, filepath.Join(dir, "lines/2026/03/c.json.gz"), line("c"))
	write(t, filepath.Join(dir, "lines/d.jsonl.zst"), line("d"))
	write(t, filepath.Join(dir, "lines/_SUCCESS"), "")
	write(t, filepath.Join(dir, "lines/.hidden.json"), line("hidden"))
	write(t, filepath.Join(dir, "it's [1] \"q\" *; --.json"), line("odd"))
	write(t, filepath.Join(dir, "list.json"), "["+line("l")+","+line("m")+"]")
	write(t, filepath.Join(dir, "trail.json"), "{\n \"Records\": ["+line("r")+","+line("s")+"]}")
	write(t, filepath.Join(dir, "noname"), line("x"))
	write(t, filepath.Join(dir, "sheet.csv"), "id,ts,n\ncsv,2026-02-03T04:05:06Z,007\n\"q,\"\"q\",,\"\"\n")
	for table, want := range map[string]string{
		"lines":                     "a b c d",
		"lines/**/*.gz":             "c",
		"lines/2026/*/*":            "a b c",
		"lines/*.zst":               "d",
		"it's [1] \"q\" *; --.json": "odd",
		"list.json":                 "l m",
		"trail.json":                "r s",
		"noname":                    "x",
		"sheet.csv":                 `csv q,"q`,
	} {
		t.Run(table, func(t *testing.T) {
			e := open(t, duckdb.Options{})
			d := describe(t, e, filepath.Join(dir, table))
			columns, rows := selectAll(t, e, "SELECT id, ts, n FROM "+d.Name+" ORDER BY id")
			var ids []string
			for _, row := range rows {
				ids = append(ids, row[0].(string))
			}
			if got := strings.Join(ids, " "); got != want {
				t.Errorf("got %q, want %q", got, want)
			}
			if columns[1].Type != "VARCHAR" || rows[0][1] != "2026-02-03T04:05:06Z" {
				t.Errorf("got time of type %s, %v, want the log's text", columns[1].Type, rows[0][1])
			}
			if got := []string{d.Columns[0].Name, d.Columns[1].Name, d.Columns[2].Name}; !slices.Equal(got, []string{"id", "ts", "n"}) {
				t.Errorf("got columns %q", got)
			}
		})
	}
	e := open(t, duckdb.Options{})
	d := describe(t, e, filepath.Join(dir, "sheet.csv"))
	_, rows := selectAll(t, e, "SELECT ts, n FROM "+d.Name+" ORDER BY id")
	if diff := cmp.Diff([][]any{{"2026-02-03T04:05:06Z", "007"}, {nil, ""}}, rows); diff != "" {
		t.Errorf("CSV (-want +got):\n%s", diff)
	}
}

func TestDescribeReportsUnusableFiles(t *testing.T) {
	dir := t.TempDir()
	write(t, filepath.Join(dir, "mixed/a.json"), "{}")
	write(t, filepath.Join(dir, "mixed/b.csv"), "a\n1\n")
	write(t, filepath.Join(dir, "text.log"), "once upon a time\n")
	write(t, filepath.Join(dir, "broken.json"), `{"a":`)
	write(t, filepath.Join(dir, "broken.parquet"), `PAR1 is only the beginning`)
	os.Mkdir(filepath.Join(dir, "empty"), 0o700)
	for table, want := range map[string]engine.Kind{
		"nothing.json":     engine.Missing,
		"none/*.json":      engine.Missing,
		"empty":            engine.Missing,
		"mixed":            engine.Misconfigured,
		"text.log":         engine.Misconfigured,
		"mixed/**/*.json'": engine.Missing,
	} {
		e := open(t, duckdb.Options{})
		_, err := e.Describe(t.Context(), filepath.Join(dir, table))
		if engine.KindOf(err) != want || !strings.Contains(err.Error(), table) {
			t.Errorf("%s: got kind %q, want %q and its name: %v", table, engine.KindOf(err), want, err)
		}
	}
	for _, table := range []string{"broken.json", "broken.parquet"} {
		e := open(t, duckdb.Options{})
		if _, err := e.Describe(t.Context(), filepath.Join(dir, table)); err == nil || !strings.Contains(err.Error(), table) {
			t.Errorf("%s: got error %v, want its name", table, err)
		}
	}
	e := open(t, duckdb.Options{})
	if _, err := e.Describe(t.Context(), "s3://bucket/x.parquet"); engine.KindOf(err) != engine.Misconfigured {
		t.Errorf("s3: got error %v", err)
	}
	if _, err := e.Describe(t.Context(), "cloudtrail_logs"); engine.KindOf(err) != engine.Missing || !strings.Contains(err.Error(), "table cloudtrail_logs") {
		t.Errorf("table: got error %v", err)
	}
}

// TestFoldersArePartitions checks that folders named column=value are text columns, which come last and in order, and
// that a range of them excludes files.
func TestFoldersArePartitions(t *testing.T) {
	dir := t.TempDir()
	for _, day := range []string{"01", "02", "03", "10"} {
		write(t, filepath.Join(dir, "year=2026", "day="+day, "a.json"), `{"id":"`+day+`","year":"of the log"}`+"\n"+strings.Repeat(" ", 999))
	}
	for name, p := range map[string]*schema.Layout{
		"guessed": nil,
		"typed":   layout(t, "      id: string\n    partitions:\n      - {column: year, type: int}\n      - {column: day, type: string}\n"),
	} {
		t.Run(name, func(t *testing.T) {
			e := open(t, duckdb.Options{Tables: map[string]*schema.Layout{dir: p}})
			d := describe(t, e, dir)
			if diff := cmp.Diff([]string{"year", "day"}, d.PartitionedBy); diff != "" {
				t.Errorf("partitions (-want +got):\n%s", diff)
			}
			year := "VARCHAR"
			if p != nil {
				year = "BIGINT"
			}
			last := d.Columns[len(d.Columns)-2:]
			if diff := cmp.Diff([]engine.Column{{Name: "year", Type: year}, {Name: "day", Type: "VARCHAR"}}, last); diff != "" {
				t.Errorf("columns (-want +got):\n%s", diff)
			}
			_, rows := selectAll(t, e, "SELECT id, day FROM "+d.Name+" WHERE day >= '02' AND day < '05' ORDER BY id")
			if diff := cmp.Diff([][]any{{"02", "02"}, {"03", "03"}}, rows); diff != "" {
				t.Errorf("rows (-want +got):\n%s", diff)
			}
		})
	}
}

func TestEstimateCountsRemainingFiles(t *testing.T) {
	dir := t.TempDir()
	db := writer(t, "")
	var sizes []int64
	for _, day := range []string{"01", "02", "03", "04"} {
		path := filepath.Join(dir, "day="+day, "a.parquet")
		os.MkdirAll(filepath.Dir(path), 0o700)
		exec(t, db, "COPY (SELECT i AS n FROM range(1000) t(i)) TO '"+path+"'")
		info, err := os.Stat(path)
		if err != nil {
			t.Fatal(err)
		}
		sizes = append(sizes, info.Size())
	}
	e := open(t, duckdb.Options{})
	d := describe(t, e, dir)
	all := sizes[0] + sizes[1] + sizes[2] + sizes[3]
	for sql, want := range map[string]engine.Estimate{
		"SELECT n FROM " + d.Name:                        {Bytes: all, Rows: -1, Known: true},
		"SELECT n FROM " + d.Name + " WHERE day = '02'":  {Bytes: all / 4, Rows: -1, Known: true, Constrained: []string{"day"}},
		"SELECT n FROM " + d.Name + " WHERE day >= '03'": {Bytes: all / 2, Rows: -1, Known: true, Constrained: []string{"day"}},
		"SELECT n FROM range(10) t(n)":                   {Bytes: -1, Rows: -1},
	} {
		got, err := e.Estimate(t.Context(), engine.Statement{SQL: sql})
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", sql, diff)
		}
	}
}

// TestLayoutsDecideTypes checks that values have the layout's types, whatever types the files have.
func TestLayoutsDecideTypes(t *testing.T) {
	p := layout(t, `      eventtime: string
      moment: timestamp
      params: object
      who: struct<arn:string,age:bigint,since:timestamp,none:string,in:struct<deep:string>>
      tags: map<string,string>
      list: array<struct<arn:string>>
      flag: boolean
      n: bigint
      x: double
      d: date
`)
	dir := t.TempDir()
	path := filepath.Join(dir, "odd.parquet")
	db := writer(t, "")
	for name, source := range map[string]string{
		"objects of DuckDB": `SELECT TIMESTAMP '2026-02-03 04:05:06' AS eventTime, '2026-02-03T05:05:06+01:00' AS moment,
			{'a': 1, 'b': NULL} AS params, {'Arn': 'x', 'age': '5', 'since': '2026-02-03T04:05:06Z', 'more': 1, 'in': {'DEEP': 7}} AS who,
			{'k': 'v', 'absent': NULL} AS tags, [{'arn': 1}] AS list, 'true' AS flag, '12' AS n, '1.5' AS x, TIMESTAMP '2026-02-03 04:05:06' AS d`,
		"text of JSON": `SELECT TIMESTAMPTZ '2026-02-03 04:05:06+00' AS eventTime, 1770091506000 AS moment,
			JSON '{"a":1}' AS params, '{"arn":"x","age":5,"since":"2026-02-03T04:05:06Z","in":{"deep":"7"}}' AS who,
			JSON '{"k":"v"}' AS tags, '[{"arn":"1"}]' AS list, 1 AS flag, 12.0 AS n, 1.5::DECIMAL(9,3) AS x, '2026-02-03' AS d`,
		"as they are": `SELECT '2026-02-03T04:05:06Z' AS eventtime, TIMESTAMP '2026-02-03 04:05:06' AS moment, '{"a":1}' AS params,
			{'arn': 'x', 'age': 5, 'since': TIMESTAMP '2026-02-03 04:05:06', 'none': NULL, 'in': {'deep': '7'}} AS who,
			MAP {'k': 'v'} AS tags, [{'arn': '1'}] AS list, true AS flag, 12 AS n, 1.5::DOUBLE AS x, DATE '2026-02-03' AS d`,
		"JSON lines": `SELECT '2026-02-03T04:05:06Z' AS eventtime, '2026-02-03T04:05:06Z' AS moment, {'a': 1} AS params,
			{'arn': 'x', 'age': 5, 'since': '2026-02-03T04:05:06Z', 'in': {'deep': 7}} AS who,
			{'k': 'v'} AS tags, [{'arn': 1}] AS list, true AS flag, 12 AS n, 1.5 AS x, '2026-02-03' AS d`,
	} {
		t.Run(name, func(t *testing.T) {
			path := path
			if name == "JSON lines" {
				path = filepath.Join(dir, "lines.json")
			}
			exec(t, db, "COPY ("+source+") TO '"+path+"'")
			e := open(t, duckdb.Options{Tables: map[string]*schema.Layout{path: p}})
			d := describe(t, e, path)
			_, rows := selectAll(t, e, `SELECT eventtime, strftime(moment, '%Y-%m-%dT%H:%M:%S'), params, who.arn, who.age + 1, strftime(who.since, '%H:%M:%S'),
				who.none, who.in.deep, tags['k'], len(map_keys(tags)), list[1].arn, NOT flag, n + 1, x * 2, strftime(d, '%Y-%m-%d') FROM `+d.Name)
			want := [][]any{{"2026-02-03T04:05:06Z", "2026-02-03T04:05:06", `{"a":1}`, "x", int64(6), "04:05:06",
				nil, "7", "v", int64(1), "1", false, int64(13), 3.0, "2026-02-03"}}
			if diff := cmp.Diff(want, rows); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// TestValuesOfAnotherTypeAreJSON checks that a column whose values have several types, or another type than the layout
// says, is JSON with all of its values, and that an empty object changes no type.
func TestValuesOfAnotherTypeAreJSON(t *testing.T) {
	p := layout(t, "      id: string\n      n: bigint\n      moment: timestamp\n      who: struct<arn:string>\n      list: array<string>\n      tags: map<string,string>\n")
	path := write(t, filepath.Join(t.TempDir(), "a.json"), `{"id":"a","n":1,"moment":"2026-02-03T04:05:06Z","who":{"arn":"x"},"list":["l"],"tags":{"k":"v"}}
{"id":"b","n":"many","moment":"later","who":"nobody","list":{"a":1},"tags":[1]}
{"id":{"an":"object"},"n":null,"who":{}}
`)
	e := open(t, duckdb.Options{Tables: map[string]*schema.Layout{path: p}})
	d := describe(t, e, path)
	types := map[string]string{}
	for _, c := range d.Columns {
		types[c.Name] = c.Type
	}
	wantTypes := map[string]string{"ts": "VARCHAR", "id": "JSON", "n": "JSON", "moment": "TIMESTAMP", "who": "JSON", "list": "JSON", "tags": "JSON"}
	if diff := cmp.Diff(wantTypes, types); diff != "" {
		t.Errorf("types (-want +got):\n%s", diff)
	}
	_, rows := selectAll(t, e, "SELECT CAST(COLUMNS(* EXCLUDE (ts, moment)) AS VARCHAR) FROM "+d.Name)
	want := [][]any{
		{`"a"`, "1", `{"arn":"x"}`, `["l"]`, `{"k":"v"}`}, {`"b"`, `"many"`, `"nobody"`, `{"a":1}`, "[1]"},
		{`{"an":"object"}`, nil, "{}", nil, nil},
	}
	if diff := cmp.Diff(want, rows); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	path = write(t, filepath.Join(t.TempDir(), "b.json"), `{"id":7,"n":1,"moment":1770091506,"who":{},"list":[],"tags":{}}
{"id":"b","n":-2,"moment":1770091506000,"who":{"arn":"x"},"list":["l"],"tags":{"k":"v"}}
`)
	e = open(t, duckdb.Options{Tables: map[string]*schema.Layout{path: p}})
	d = describe(t, e, path)
	_, rows = selectAll(t, e, "SELECT n + 1, strftime(moment, '%H:%M:%S'), who.arn, list[1], tags['k'] FROM "+d.Name)
	want = [][]any{{int64(2), "04:05:06", nil, nil, nil}, {int64(-1), "04:05:06", "x", "l", "v"}}
	if diff := cmp.Diff(want, rows); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestRecordsKeepTheirText checks that a record on its own line keeps all its bytes; records in a list are printed by
// DuckDB, with all digits of integers and both of two equal keys.
func TestRecordsKeepTheirText(t *testing.T) {
	p := layoutOf(t, "cloudtrail/files")
	record := `{"eventName":"A","requestParameters":{"x":12345678901234567890123,"y":"\u00e9","x":2}}`
	dir := t.TempDir()
	for _, path := range []string{
		write(t, filepath.Join(dir, "line.ndjson"), record+"\n"),
		write(t, filepath.Join(dir, "trail.json"), `{"Records":[`+record+`]}`),
	} {
		e := open(t, duckdb.Options{Tables: map[string]*schema.Layout{path: p}})
		_, rows := selectAll(t, e, "SELECT event FROM "+describe(t, e, path).Name)
		want := strings.ReplaceAll(record, `\u00e9`, "é")
		if got := strings.ReplaceAll(rows[0][0].(string), `\u00e9`, "é"); got != want {
			t.Errorf("%s: got %s, want %s", path, got, want)
		}
	}
}

// TestLongObjectsAreRead checks that a file that is one long object is read, and that a file of many lines of the same
// length takes no extra memory.
func TestLongObjectsAreRead(t *testing.T) {
	dir := t.TempDir()
	record := `{"eventName":"A","filler":"` + strings.Repeat("x", 2000) + `"}`
	many := strings.Repeat(record+",", 9999) + record
	p := layoutOf(t, "cloudtrail/files")
	for _, name := range []string{"trail.json", "trail.json.gz", "trail.json.zst"} {
		path := write(t, filepath.Join(dir, name), `{"Records":[`+many+`]}`)
		e := open(t, duckdb.Options{Tables: map[string]*schema.Layout{path: p}, Threads: 1})
		if _, rows := selectAll(t, e, "SELECT count(*) FROM "+describe(t, e, path).Name+" WHERE event LIKE '{\"eventName\"%'"); rows[0][0] != int64(10000) {
			t.Errorf("%s: got %v, want 10000 records", name, rows)
		}
	}
	for _, name := range []string{"lines.json", "lines.json.gz", "lines.json.zst"} {
		path := write(t, filepath.Join(dir, name), strings.ReplaceAll(many, "},{", "}\n{"))
		e := open(t, duckdb.Options{Tables: map[string]*schema.Layout{path: p}, Threads: 1, Memory: 160 << 20})
		if _, rows := selectAll(t, e, "SELECT count(*) FROM "+describe(t, e, path).Name+" WHERE event LIKE '{\"eventName\"%'"); rows[0][0] != int64(10000) {
			t.Errorf("%s: got %v, want 10000 records", name, rows)
		}
	}
}

// TestKeysCannotInjectSQL checks that keys of a log cannot inject SQL or cause errors.
func TestKeysCannotInjectSQL(t *testing.T) {
	path := write(t, filepath.Join(t.TempDir(), "a.json"), `{"id":"a","\"; DROP":1,"it's":{"'":2,"\u0000":3,"":4},"ID":5,"":6,"\u0000":7,"egret_record":8,"a\nb":[{"\"":"x"}]}`)
	e := open(t, duckdb.Options{})
	d := describe(t, e, path)
	_, rows := selectAll(t, e, `SELECT id, """; DROP", "it's"."'", egret_record, "a`+"\n"+`b"[1]."""" FROM `+d.Name)
	if diff := cmp.Diff([][]any{{"a", int64(1), int64(2), int64(8), "x"}}, rows); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	var many strings.Builder
	for i := range 3000 {
		many.WriteString(`{"key` + strconv.Itoa(i) + `":1}` + "\n")
	}
	e = open(t, duckdb.Options{})
	d = describe(t, e, write(t, filepath.Join(t.TempDir(), "many.json"), many.String()))
	if len(d.Columns) != 1 {
		t.Errorf("got %d columns, want one with the whole record", len(d.Columns))
	}
}

// TestFilesOfAnotherShapeAreRejected checks that files without the layout's columns are rejected: a hunt in such a
// table would find nothing.
func TestFilesOfAnotherShapeAreRejected(t *testing.T) {
	path := filepath.Join(t.TempDir(), "trail.jsonl")
	if err := os.WriteFile(path, []byte(`{"eventTime":"2026-02-06T10:00:00Z","eventName":"CreateUser"}`+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, fits := range map[string]bool{"cloudtrail/athena": true, "cloudtrail/files": true, "cloudtrail/lake": true, "cloudtrail/security-lake-v2": false} {
		p, err := schema.FindLayout(schema.All(), name)
		if err != nil {
			t.Fatal(err)
		}
		e, err := duckdb.Open(t.Context(), duckdb.Options{Tables: map[string]*schema.Layout{path: p}})
		if err != nil {
			t.Fatal(err)
		}
		_, err = e.Describe(t.Context(), path)
		if fits != (err == nil) || !fits && (engine.KindOf(err) != engine.Misconfigured || !strings.Contains(err.Error(), p.Time.Location.Column)) {
			t.Errorf("%s: got error %v", name, err)
		}
		if err := e.Close(); err != nil {
			t.Error(err)
		}
	}
}
