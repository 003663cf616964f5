//go:build duckdb && cgo

package duckdb_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/egret-hunt/egret/internal/engine"
	"github.com/egret-hunt/egret/internal/engine/duckdb"
	"github.com/egret-hunt/egret/internal/schema"
)

// TestStatementsReadOnlyTheirTables checks that a statement reads only its tables, and changes nothing on disk or in
// the settings.
func TestStatementsReadOnlyTheirTables(t *testing.T) {
	dir := t.TempDir()
	table := write(t, filepath.Join(dir, "logs/a.json"), `{"id":"a"}`)
	write(t, filepath.Join(dir, "logs/b.json"), `{"id":"secret-of-b"}`)
	write(t, filepath.Join(dir, "secret.csv"), "id\nsecret-of-c\n")
	write(t, filepath.Join(dir, "secret.parquet"), "PAR1")
	lake := filepath.Join(dir, "lake.duckdb")
	db := writer(t, lake)
	exec(t, db, "CREATE TABLE t AS SELECT 1 AS n")
	db.Close()
	for name, opt := range map[string]duckdb.Options{
		"described":      {Database: lake},
		"in the options": {Database: lake, Tables: map[string]*schema.Layout{table: nil}},
	} {
		t.Run(name, func(t *testing.T) {
			e := open(t, opt)
			view := describe(t, e, table).Name
			if _, rows := selectAll(t, e, "SELECT id FROM "+view+" UNION ALL SELECT CAST(n AS VARCHAR) FROM t"); len(rows) != 2 {
				t.Fatalf("got %v", rows)
			}
			before, _ := os.ReadFile(table)
			for _, sql := range []string{
				"FROM read_text('" + dir + "/secret.csv')",
				"FROM read_blob('/etc/hostname')",
				"FROM read_csv('" + dir + "/secret.csv')",
				"FROM '" + dir + "/secret.csv'",
				"FROM read_json_objects('" + dir + "/logs/b.json')",
				"FROM read_json_objects('" + dir + "/logs/../logs/b.json')",
				"FROM read_json_objects('" + dir + "/logs/*.json')",
				"FROM parquet_metadata('" + dir + "/secret.parquet')",
				"FROM glob('" + dir + "/*')",
				"FROM query('FROM read_text(''" + dir + "/secret.csv'')')",
				"FROM read_csv('http://192.0.2.1/x.csv')",
				"FROM read_parquet('s3://bucket/x.parquet')",
				"COPY (SELECT 1) TO '" + dir + "/out.csv'",
				"COPY (SELECT 1) TO '" + table + "'",
				"EXPORT DATABASE '" + dir + "/out'",
				"ATTACH '" + dir + "/other.duckdb' AS other",
				"INSTALL httpfs", "LOAD httpfs",
				"SET memory_limit = '100GB'", "SET enable_external_access = true", "SET lock_configuration = false", "RESET ALL",
				"CALL pragma_version()", "CREATE TABLE x AS SELECT 1", "DROP VIEW " + view,
				"INSERT INTO t VALUES (2)", "DELETE FROM t", "CREATE SECRET s (TYPE s3)", "SELECT 1; SELECT 2", "SELECT ?",
				"EXPLAIN ANALYZE DELETE FROM t", "EXPLAIN (ANALYZE) COPY (SELECT 1) TO '" + table + "'", "EXPLAIN SELECT 1",
				"EXPLAIN (FORMAT json) COPY (SELECT 1) TO '" + table + "'", "EXPLAIN (FORMAT json) ANALYZE COPY (SELECT 1) TO '" + table + "'",
				"(ANALYZE) COPY (SELECT 1) TO '" + table + "'", "ANALYZE COPY (SELECT 1) TO '" + table + "'",
			} {
				err := fails(t, e, sql)
				if err == nil {
					continue
				}
				if strings.Contains(err.Error(), "secret-of") {
					t.Errorf("got the file's content in the error: %v", err)
				}
				if _, err := e.Estimate(t.Context(), engine.Statement{SQL: sql}); err == nil {
					t.Errorf("got an estimate for: %s", sql)
				}
			}
			if after, _ := os.ReadFile(table); string(after) != string(before) {
				t.Error("got a changed table file")
			}
			if files, _ := filepath.Glob(filepath.Join(dir, "out*")); len(files) > 0 {
				t.Errorf("got files written: %q", files)
			}
			if _, rows := selectAll(t, e, "SELECT n FROM lake.main.t"); len(rows) != 1 {
				t.Errorf("got a changed table: %v", rows)
			}
		})
	}
}

// TestDescribeKeepsOtherViews checks that earlier views and running queries survive when another table is described.
func TestDescribeKeepsOtherViews(t *testing.T) {
	dir := t.TempDir()
	e := open(t, duckdb.Options{})
	var views []string
	var group sync.WaitGroup
	for _, id := range []string{"a", "b", "c", "d"} {
		path := write(t, filepath.Join(dir, id+".json"), `{"id":"`+id+`"}`)
		views = append(views, describe(t, e, path).Name)
		q, err := e.Start(t.Context(), engine.Statement{SQL: "SELECT count(*) FROM " + views[0] + ", range(20000000) t(i) WHERE i % 7 < 6"})
		if err != nil {
			t.Fatal(err)
		}
		group.Go(func() {
			if _, err := q.Read(t.Context(), engine.Result{Row: func([]any) error { return nil }}); err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
	for i, id := range []string{"a", "b", "c", "d"} {
		if _, rows := selectAll(t, e, "SELECT id FROM "+views[i]); len(rows) != 1 || rows[0][0] != id {
			t.Errorf("%s: got %v", views[i], rows)
		}
	}
	if again := describe(t, e, filepath.Join(dir, "b.json")); again.Name != views[1] {
		t.Errorf("second Describe: got %s, want %s", again.Name, views[1])
	}
}

func TestOpenReportsUnusableDatabases(t *testing.T) {
	dir := t.TempDir()
	text := write(t, filepath.Join(dir, "text.duckdb"), strings.Repeat("no database ", 1000))
	good := filepath.Join(dir, "good.duckdb")
	db := writer(t, good)
	exec(t, db, "CREATE TABLE t AS SELECT 1 AS n")
	db.Close()
	for name, c := range map[string]struct {
		opt  duckdb.Options
		kind engine.Kind
		text string
	}{
		"missing":   {duckdb.Options{Database: filepath.Join(dir, "none.duckdb")}, engine.Missing, "none.duckdb"},
		"attached":  {duckdb.Options{Attach: map[string]string{"x": filepath.Join(dir, "none.duckdb")}}, engine.Missing, "none.duckdb"},
		"no db":     {duckdb.Options{Database: text}, engine.Misconfigured, "text.duckdb"},
		"a folder":  {duckdb.Options{Database: dir}, engine.Misconfigured, "folder"},
		"its name":  {duckdb.Options{Attach: map[string]string{"memory": good}}, engine.Misconfigured, "memory"},
		"no name":   {duckdb.Options{Attach: map[string]string{"": good}}, engine.Misconfigured, "good.duckdb"},
		"same name": {duckdb.Options{Database: good, Attach: map[string]string{"good": good}}, engine.Misconfigured, "good"},
		"other":     {duckdb.Options{Attach: map[string]string{"p": "postgres:host=192.0.2.1"}}, engine.Missing, "postgres"},
		"U+0000":    {duckdb.Options{Database: "a\x00b"}, engine.Misconfigured, "U+0000"},
	} {
		t.Run(name, func(t *testing.T) {
			e, err := duckdb.Open(t.Context(), c.opt)
			if err == nil {
				e.Close()
				t.Fatal("got no error")
			}
			if engine.KindOf(err) != c.kind || !strings.Contains(err.Error(), c.text) {
				t.Errorf("got kind %q, want %q with %q: %v", engine.KindOf(err), c.kind, c.text, err)
			}
		})
	}
}

// TestDescribeFindsTablesOfDatabases finds tables by name, with a database schema, and with a database; the main
// database takes precedence for equal names.
func TestDescribeFindsTablesOfDatabases(t *testing.T) {
	dir := t.TempDir()
	first, second := filepath.Join(dir, "first.duckdb"), filepath.Join(dir, "second one.duckdb")
	db := writer(t, first)
	exec(t, db, `CREATE TABLE logs AS SELECT 'first' AS "from"`)
	db.Close()
	db = writer(t, second)
	exec(t, db, `CREATE TABLE logs AS SELECT 'second' AS "from"`)
	exec(t, db, `CREATE SCHEMA raw`)
	exec(t, db, `CREATE VIEW raw."odd ""table"".name" AS SELECT 'odd' AS "from"`)
	db.Close()
	e := open(t, duckdb.Options{Database: first, Attach: map[string]string{"Two": second}})
	for table, want := range map[string]string{
		"logs": "first", "LOGS": "first", "main.logs": "first", "first.main.logs": "first", "first.logs": "first",
		"two.logs": "second", "Two.main.logs": "second", `raw."odd ""table"".name"`: "odd", `Two.raw."odd ""table"".name"`: "odd",
	} {
		_, rows := selectAll(t, e, `SELECT "from" FROM `+describe(t, e, table).Name)
		if len(rows) != 1 || rows[0][0] != want {
			t.Errorf("%s: got %v, want %s", table, rows, want)
		}
	}
	for _, table := range []string{"two.raw.logs", "three.logs", "raw.logs", "duckdb_tables", "information_schema.tables"} {
		if _, err := e.Describe(t.Context(), table); engine.KindOf(err) != engine.Missing {
			t.Errorf("%s: got error %v", table, err)
		}
	}
}

// TestStatementsBeyondLimits checks the kinds of errors for statements that are too deep, which hunts split, and too
// large.
func TestStatementsBeyondLimits(t *testing.T) {
	e := open(t, duckdb.Options{Memory: 30 << 20, Threads: 1})
	for name, c := range map[string]struct {
		sql  string
		kind engine.Kind
	}{
		"deep":        {"SELECT " + strings.Repeat("(1+", 5000) + "1" + strings.Repeat(")", 5000), engine.TooComplex},
		"long sum":    {"SELECT 1" + strings.Repeat(" + 1", 5000), engine.TooComplex},
		"deep tables": {strings.Repeat("FROM (", 5000) + "SELECT 1" + strings.Repeat(")", 5000), engine.TooComplex},
		"memory":      {"SELECT list(i) FROM range(30000000) t(i)", engine.OverLimit},
		"function":    {"SELECT nothing(1)", engine.Invalid},
		"database":    {"SELECT * FROM nowhere.main.t", engine.Missing},
		"U+0000":      {"SELECT '\x00'", engine.Invalid},
	} {
		if err := fails(t, e, c.sql); engine.KindOf(err) != c.kind {
			t.Errorf("%s: got kind %q, want %q: %v", name, engine.KindOf(err), c.kind, err)
		}
	}
}

// TestTempFolderIsRemoved checks that data that does not fit in memory goes to a folder, and that the folder is
// removed.
func TestTempFolderIsRemoved(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	e := open(t, duckdb.Options{Memory: 64 << 20, Threads: 1})
	_, rows := selectAll(t, e, "SELECT count(*) FROM (SELECT i, repeat(md5(CAST(i AS VARCHAR)), 8) AS x FROM range(600000) t(i) ORDER BY x)")
	if len(rows) != 1 || rows[0][0] != int64(600000) {
		t.Errorf("got %v", rows)
	}
	if found, _ := os.ReadDir(os.Getenv("TMPDIR")); len(found) != 1 {
		t.Errorf("got %d folders while it is open, want 1", len(found))
	}
	if err := e.Close(); err != nil {
		t.Fatal(err)
	}
	if found, _ := os.ReadDir(os.Getenv("TMPDIR")); len(found) != 0 {
		t.Errorf("got files left behind: %v", found)
	}
}

func TestReadRunsOnlyOnce(t *testing.T) {
	e := open(t, duckdb.Options{})
	q, err := e.Start(t.Context(), engine.Statement{SQL: "SELECT 1"})
	if err != nil {
		t.Fatal(err)
	}
	read := func(ctx context.Context) error {
		_, err := q.Read(ctx, engine.Result{Row: func([]any) error { return nil }})
		return err
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := read(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("ended context: got error %v", err)
	}
	if err := read(t.Context()); err != nil {
		t.Error(err)
	}
	if err := read(t.Context()); err == nil || !strings.Contains(err.Error(), "already been read") {
		t.Errorf("second Read: got error %v", err)
	}
}
