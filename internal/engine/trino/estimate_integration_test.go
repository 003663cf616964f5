package trino

import (
	"context"
	"fmt"
	"os"
	"slices"
	"testing"
	"time"

	"github.com/egret-hunt/egret/internal/engine"
	"github.com/egret-hunt/egret/internal/testkit/sqltest"
)

// lake creates a database schema in a catalog of the real server, and drops it with its tables at the end of the test.
func lake(t *testing.T, e *Engine, catalog string) string {
	t.Helper()
	schema := fmt.Sprintf("%s.engine_%d_%d", catalog, os.Getpid(), time.Now().UnixNano())
	exec(t, e, "CREATE SCHEMA "+schema)
	t.Cleanup(func() {
		if _, err := e.rows(context.Background(), "DROP SCHEMA "+schema+" CASCADE", nil); err != nil {
			t.Error(err)
		}
	})
	return schema
}

func exec(t *testing.T, e *Engine, statements ...string) [][]any {
	t.Helper()
	var rows [][]any
	for _, sql := range statements {
		var err error
		if rows, err = e.rows(t.Context(), sql, nil); err != nil {
			t.Fatalf("%v\n%s", err, sql)
		}
	}
	return rows
}

// TestEstimateIntegration checks which columns prune tables in the layouts used for CloudTrail.
func TestEstimateIntegration(t *testing.T) {
	e := onServer(t)
	hive, iceberg := lake(t, e, "hive"), lake(t, e, "iceberg")
	exec(t, e,
		"CREATE TABLE "+hive+`.text_day (eventname varchar, eventtime varchar, "timestamp" varchar) WITH (format = 'PARQUET', partitioned_by = ARRAY['timestamp'])`,
		"INSERT INTO "+hive+`.text_day VALUES ('a', '2026-02-05T01:00:00Z', '2026/02/05'), ('b', '2026-02-06T01:00:00Z', '2026/02/06'), ('c', '2026-02-07T01:00:00Z', '2026/02/07')`,
		"CREATE TABLE "+hive+`.date_day (eventname varchar, eventtime varchar, day date) WITH (format = 'PARQUET', partitioned_by = ARRAY['day'])`,
		"INSERT INTO "+hive+`.date_day VALUES ('a', 'x', DATE '2026-02-05'), ('b', 'y', DATE '2026-02-06'), ('c', 'z', DATE '2026-02-07')`,
		"CREATE TABLE "+hive+`.split (eventname varchar, region varchar, year integer, month integer, day integer) WITH (format = 'PARQUET', partitioned_by = ARRAY['region', 'year', 'month', 'day'])`,
		"INSERT INTO "+hive+`.split VALUES ('a', 'r', 2026, 1, 31), ('b', 'r', 2026, 2, 1), ('c', 'r', 2026, 2, 2)`,
		"CREATE TABLE "+hive+`.flat (eventname varchar, eventtime varchar) WITH (format = 'JSON')`,
		"INSERT INTO "+hive+`.flat VALUES ('a', '2026-02-05T01:00:00Z')`,
		"CREATE TABLE "+iceberg+`.hidden (eventname varchar, time timestamp(6) with time zone) WITH (partitioning = ARRAY['day(time)'])`,
		"INSERT INTO "+iceberg+`.hidden VALUES ('a', TIMESTAMP '2026-02-05 01:00:00 UTC'), ('b', TIMESTAMP '2026-02-06 01:00:00 UTC')`,
	)
	for _, c := range []struct {
		name, sql string
		known     bool
		want      []string
	}{
		{"text, no condition", "SELECT eventname FROM " + hive + ".text_day", true, nil},
		{"text, a condition on another column", "SELECT eventname FROM " + hive + ".text_day WHERE eventname = 'a' AND eventtime >= '2026-02-06'", true, nil},
		{"text, the name only in a text", "SELECT eventname FROM " + hive + ".text_day WHERE eventname <> 'timestamp'", true, nil},
		{"text, only selected", `SELECT "timestamp" FROM ` + hive + ".text_day WHERE lower(eventname) = 'a'", true, nil},
		{"text, a range", "SELECT eventname FROM " + hive + `.text_day WHERE "timestamp" >= '2026/02/06' AND "timestamp" <= '2026/02/07' AND lower(eventname) IN ('a', 'b')`, true, []string{"timestamp"}},
		{"text, a list", "SELECT eventname FROM " + hive + `.text_day WHERE "timestamp" IN ('2026/02/05', '2026/02/06')`, true, []string{"timestamp"}},
		{"text, a range that includes everything", "SELECT eventname FROM " + hive + `.text_day WHERE "timestamp" BETWEEN '2026/02/01' AND '2026/02/09' AND lower(eventname) = 'a'`, true, []string{"timestamp"}},
		{"text, an empty range", "SELECT eventname FROM " + hive + `.text_day WHERE "timestamp" = '2027/02/06'`, false, nil},
		{"date, no condition", "SELECT eventname FROM " + hive + ".date_day", true, nil},
		{"date, a range", "SELECT eventname FROM " + hive + ".date_day WHERE day >= DATE '2026-02-06' AND day <= DATE '2026-02-07'", true, []string{"day"}},
		{"split, no condition", "SELECT eventname FROM " + hive + ".split WHERE eventname = 'a'", true, nil},
		{"split, a day", "SELECT eventname FROM " + hive + ".split WHERE (year = 2026 AND month = 2 AND day IN (1))", true, []string{"day", "month", "year"}},
		{"split, days of two months", "SELECT eventname FROM " + hive + ".split WHERE (year = 2026 AND month = 1 AND day IN (31)) OR (year = 2026 AND month = 2 AND day IN (1))", true, []string{"day", "month", "year"}},
		{"split, all existing days", "SELECT eventname FROM " + hive + ".split WHERE (year = 2026 AND month = 1 AND day IN (31)) OR (year = 2026 AND month = 2 AND day IN (1, 2))", true, []string{"day", "month", "year"}},
		{"split, the region only", "SELECT eventname FROM " + hive + ".split WHERE region = 'r'", true, []string{"region"}},
		{"flat", "SELECT eventname FROM " + hive + ".flat WHERE eventtime >= '2026-02-06'", true, nil},
		{"hidden, no condition", "SELECT eventname FROM " + iceberg + ".hidden WHERE lower(eventname) = 'a'", true, nil},
		{"hidden, a range", "SELECT eventname FROM " + iceberg + ".hidden WHERE time >= TIMESTAMP '2026-02-06 00:00:00 UTC' AND time < TIMESTAMP '2026-02-07 00:00:00 UTC' AND lower(eventname) = 'b'", true, []string{"time"}},
		{"hidden, a range within days", "SELECT eventname FROM " + iceberg + ".hidden WHERE time >= TIMESTAMP '2026-02-05 00:30:00 UTC' AND time < TIMESTAMP '2026-02-05 07:00:00 UTC'", true, []string{"time"}},
		{"two readings, one unbounded", "SELECT a.eventname FROM " + hive + ".date_day a JOIN " + hive + ".date_day b ON a.eventname = b.eventname WHERE a.day = DATE '2026-02-06'", true, nil},
	} {
		got, err := e.Estimate(t.Context(), engine.Statement{SQL: c.sql, Bounds: sqltest.Bounds(c.sql)})
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		if got.Known != c.known || !slices.Equal(got.Constrained, c.want) {
			t.Errorf("%s: got known %v and constrained %q, want %v and %q", c.name, got.Known, got.Constrained, c.known, c.want)
		}
	}

	// A partition that appears while the engine is open must not count as a condition of a statement without one.
	exec(t, e, "INSERT INTO "+hive+`.text_day VALUES ('d', 'x', '2026/02/08')`)
	got, err := e.Estimate(t.Context(), engine.Statement{SQL: "SELECT eventname FROM " + hive + ".text_day"})
	if err != nil || !got.Known || got.Constrained != nil {
		t.Errorf("got known %v, constrained %q, error %v, want nothing constrained", got.Known, got.Constrained, err)
	}

	// Sizes: the server has statistics of the rows it wrote.
	some, err := e.Estimate(t.Context(), engine.Statement{SQL: "SELECT eventname FROM " + hive + `.text_day WHERE "timestamp" = '2026/02/06'`, Bounds: sqltest.Bounds("SELECT eventname FROM " + hive + `.text_day WHERE "timestamp" = '2026/02/06'`)})
	if err != nil || some.Rows != 1 || some.Bytes <= 0 {
		t.Errorf("got %+v (error %v), want 1 row", some, err)
	}
	none, err := e.Estimate(t.Context(), engine.Statement{SQL: "SELECT eventname FROM " + hive + `.text_day WHERE "timestamp" = '2020/02/06'`, Bounds: sqltest.Bounds("SELECT eventname FROM " + hive + `.text_day WHERE "timestamp" = '2020/02/06'`)})
	if err != nil || none.Rows != 0 || none.Bytes != 0 {
		t.Errorf("got %+v (error %v), want nothing", none, err)
	}
	// Files without statistics.
	exec(t, e, "CALL "+"hive.system.drop_stats('"+hive[len("hive."):]+"', 'date_day')")
	blind, err := e.Estimate(t.Context(), engine.Statement{SQL: "SELECT eventname FROM " + hive + ".date_day WHERE day = DATE '2026-02-06'", Bounds: sqltest.Bounds("SELECT eventname FROM " + hive + ".date_day WHERE day = DATE '2026-02-06'")})
	if err != nil || blind.Rows != -1 || blind.Bytes != -1 || !slices.Equal(blind.Constrained, []string{"day"}) {
		t.Errorf("got %+v (error %v), want unknown sizes", blind, err)
	}
}

// TestDescribePartitionsIntegration checks that partition columns come last and are named, except those that Iceberg
// hides.
func TestDescribePartitionsIntegration(t *testing.T) {
	e := onServer(t)
	hive, iceberg := lake(t, e, "hive"), lake(t, e, "iceberg")
	exec(t, e,
		"CREATE TABLE "+hive+`.trail (eventname varchar, useridentity row(type varchar, arn varchar), region varchar, "timestamp" varchar) WITH (partitioned_by = ARRAY['region', 'timestamp'])`,
		"CREATE TABLE "+iceberg+`.trail (eventname varchar, time timestamp(6) with time zone) WITH (partitioning = ARRAY['day(time)'])`,
		"CREATE VIEW "+hive+".seen AS SELECT eventname FROM "+iceberg+".trail",
	)
	table, err := e.Describe(t.Context(), hive+".trail")
	if err != nil {
		t.Fatal(err)
	}
	want := []engine.Column{{Name: "eventname", Type: "varchar"}, {Name: "useridentity", Type: "row(type varchar, arn varchar)"}, {Name: "region", Type: "varchar"}, {Name: "timestamp", Type: "varchar"}}
	if !slices.Equal(table.Columns, want) || !slices.Equal(table.PartitionedBy, []string{"region", "timestamp"}) {
		t.Errorf("got %+v", table)
	}
	table, err = e.Describe(t.Context(), iceberg+`."Trail"`)
	if err != nil || len(table.PartitionedBy) != 0 || len(table.Columns) != 2 || table.Columns[1].Type != "timestamp(6) with time zone" {
		t.Errorf("got %+v (error %v)", table, err)
	}
	if table, err = e.Describe(t.Context(), hive+".seen"); err != nil || len(table.Columns) != 1 {
		t.Errorf("got %+v (error %v)", table, err)
	}
	for name, thing := range map[string]string{hive + ".nothing": hive + ".nothing", "hive.nothing.trail": "nothing", "nothing.a.b": "nothing"} {
		_, err := e.Describe(t.Context(), name)
		if engine.KindOf(err) != engine.Missing {
			t.Errorf("%s: got error %v, want it missing with the name %s", name, err, thing)
		}
	}
	if _, err := e.Describe(t.Context(), "trail"); engine.KindOf(err) != engine.Misconfigured {
		t.Errorf("table without catalog and schema: got error %v", err)
	}
}
