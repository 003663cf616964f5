package hunt_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/egret-hunt/egret/internal/engine/duckdb"
	"github.com/egret-hunt/egret/internal/engine/trino"
	"github.com/egret-hunt/egret/internal/lake"
	"github.com/egret-hunt/egret/internal/schema"
	"github.com/egret-hunt/egret/internal/testkit/sqltest"
)

// trinoEngine returns egret's engine on the real server.
func trinoEngine(t *testing.T) *recorded {
	t.Helper()
	e, err := trino.Open(t.Context(), trino.Options{URL: os.Getenv("EGRET_TRINO"), User: "egret"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = e.Close() })
	return &recorded{Engine: e}
}

// ask runs a statement on the server and returns its rows.
func ask(t *testing.T, db sqltest.Engine, sql string) [][]any {
	t.Helper()
	_, rows, err := db.Query(t.Context(), sql)
	if err != nil {
		t.Fatalf("%v\n%.2000s", err, sql)
	}
	return rows
}

// inCatalog copies a table in the server's memory to a new database schema in another catalog, with a WITH clause, and
// returns the copy's name. The database schema is dropped at the end of the test.
func inCatalog(t *testing.T, db sqltest.Engine, catalog, table, columns, with string) string {
	t.Helper()
	own := fmt.Sprintf("%s.%v_%s", catalog, ask(t, db, "SELECT current_schema")[0][0], table)
	ask(t, db, "CREATE SCHEMA "+own)
	t.Cleanup(func() {
		if _, _, err := db.Query(context.Background(), "DROP SCHEMA "+own+" CASCADE"); err != nil {
			t.Error(err)
		}
	})
	ask(t, db, "CREATE TABLE "+own+".trail WITH ("+with+") AS SELECT "+columns+" FROM "+table)
	return own + ".trail"
}

// partitionedBy returns the table property that makes columns the partitions of a hive table.
func partitionedBy(columns []schema.Column) string {
	var list []string
	for _, c := range columns {
		list = append(list, sqltest.QuoteText(c.Name))
	}
	return "partitioned_by = ARRAY[" + strings.Join(list, ", ") + "]"
}

// daysRead returns the partition days that a statement reads, by the server's plan.
func daysRead(t *testing.T, db sqltest.Engine, sql string, columns []schema.Partition) []string {
	t.Helper()
	text, _ := ask(t, db, "EXPLAIN (TYPE IO, FORMAT JSON) "+sql)[0][0].(string)
	var plan struct {
		InputTableColumnInfos []struct {
			Constraint struct {
				ColumnConstraints []struct {
					ColumnName string
					Domain     struct {
						Ranges []struct{ Low, High struct{ Value string } }
					}
				}
			}
		}
	}
	if err := json.Unmarshal([]byte(text), &plan); err != nil {
		t.Fatal(err)
	}
	read := []string{""}
	for _, p := range columns {
		var next []string
		for _, info := range plan.InputTableColumnInfos {
			for _, c := range info.Constraint.ColumnConstraints {
				if !strings.EqualFold(c.ColumnName, p.Column) {
					continue
				}
				for _, r := range c.Domain.Ranges {
					for _, before := range read {
						next = append(next, before+"/"+r.Low.Value)
					}
					if r.Low != r.High {
						t.Errorf("column %s: got range %+v, want single values", p.Column, r)
					}
				}
			}
		}
		read = next
	}
	return read
}

// TestDaysInHiveIntegration hunts in hive tables with a partition for each of the exercise's six days.
func TestDaysInHiveIntegration(t *testing.T) {
	db := sqltest.Trino(t)
	set := publicRules(t)
	trail := spread(t)
	for i, c := range []struct {
		layout, format string
		span           int // index in spreadRanges; the whole range takes longer
	}{
		{"cloudtrail/athena", "PARQUET", 0},
		{"cloudtrail/athena-partitioned", "JSON", 1},
		{"cloudtrail/athena-org-projection", "OPENX_JSON", 1},
	} {
		t.Run(c.layout+" as "+c.format, func(t *testing.T) {
			p := layoutOf(t, c.layout)
			memory := fmt.Sprintf("trail_%d", i)
			if err := db.Load(t.Context(), memory, sqltest.Columns(p), trail.rows(p, sqltest.Row)); err != nil {
				t.Fatal(err)
			}
			table := inCatalog(t, db, "hive", memory, "*", "format = '"+c.format+"', "+partitionedBy(p.PartitionedBy))
			for _, r := range spreadRanges[c.span : c.span+1] {
				e := trinoEngine(t)
				from, to := spreadRange(r.from, r.to)
				want := spreadFindings(t, c.span)
				got, ledger, outline := huntTables(t, set, e, from, to, lake.Table{Name: table, Layout: p})
				compareLines(t, got, want, r.least)
				checkDisjoint(t, outline)
				n := overMidnight(got)
				if n == 0 {
					t.Error("got no correlation over midnight")
				}
				t.Logf("%d findings, %d over midnight; %d queries, %d rows, %d bytes read", len(got), n, ledger.Lake.Queries, ledger.Lake.Rows, ledger.Lake.ScannedBytes)
				for _, s := range outline.Statements {
					for _, slice := range s.Chunks {
						for _, by := range p.Partitions {
							if !slices.Contains(slice.Constrained, by.Column) && slice.Bytes != 0 {
								t.Errorf("%s %s: got constrained columns %q, want %s among them", s.Kind, slice.Chunk, slice.Constrained, by.Column)
							}
						}
					}
				}
				checkDaysReadOnce(t, db, e, p)
			}
		})
	}
}

// checkDaysReadOnce checks in the server's plans that no two statements for rows read the same day.
func checkDaysReadOnce(t *testing.T, db sqltest.Engine, e *recorded, p *schema.Layout) {
	t.Helper()
	read := map[string]bool{}
	for _, sql := range e.started {
		if strings.Contains(sql, "PARTITION BY correlation") || strings.Contains(sql, "eventid IN (") {
			continue // counting statements also read neighbouring days, look-ups the days of their events
		}
		for _, day := range daysRead(t, db, sql, p.Partitions) {
			if read[day] {
				t.Errorf("got %s read twice", day)
			}
			read[day] = true
		}
	}
	if len(read) < 3 {
		t.Errorf("got days %v read, want at least three", read)
	}
}

// TestDaysInIcebergIntegration checks that a table with hidden partitions is pruned by the time of events. The same
// rows in DuckDB give the same findings.
func TestDaysInIcebergIntegration(t *testing.T) {
	db := sqltest.Trino(t)
	local := sqltest.DuckDB(t)
	set := publicRules(t)
	trail := spread(t)
	p := layoutOf(t, "cloudtrail/security-lake-v2")
	rows := trail.rows(p, sqltest.OCSFRow)
	if err := db.Load(t.Context(), "ocsf", sqltest.Columns(p), rows); err != nil {
		t.Fatal(err)
	}
	table := inCatalog(t, db, "iceberg", "ocsf", "*", "partitioning = ARRAY['day(time_dt)']")
	file := filepath.Join(t.TempDir(), "ocsf.parquet")
	if err := local.Load(t.Context(), "ocsf", sqltest.Columns(p), rows); err != nil {
		t.Fatal(err)
	}
	if err := local.Exec(t.Context(), "COPY ocsf TO "+sqltest.QuoteText(file)+" (FORMAT parquet)"); err != nil {
		t.Fatal(err)
	}
	duck, err := duckdb.Open(t.Context(), duckdb.Options{Threads: 1, Tables: map[string]*schema.Layout{file: p}})
	if err != nil {
		t.Fatal(err)
	}
	defer duck.Close()
	e := trinoEngine(t)
	for _, r := range spreadRanges {
		from, to := spreadRange(r.from, r.to)
		want, _, _ := huntTables(t, set, duck, from, to, lake.Table{Name: file, Layout: p})
		got, ledger, outline := huntTables(t, set, e, from, to, lake.Table{Name: table, Layout: p})
		compareLines(t, got, want, r.least*2/3)
		checkDisjoint(t, outline)
		n := overMidnight(got)
		if n == 0 {
			t.Error("got no correlation over midnight")
		}
		t.Logf("%d findings, %d over midnight; %d queries, %d rows", len(got), n, ledger.Lake.Queries, ledger.Lake.Rows)
		for _, s := range outline.Statements {
			for _, slice := range s.Chunks {
				if !slices.Contains(slice.Constrained, "time_dt") && slice.Bytes != 0 {
					t.Errorf("%s %s: got constrained columns %q, want time_dt among them", s.Kind, slice.Chunk, slice.Constrained)
				}
			}
		}
	}
}

// TestUnprunedHuntIsRefusedIntegration checks that hunts that would read whole tables fail before they read anything.
func TestUnprunedHuntIsRefusedIntegration(t *testing.T) {
	db := sqltest.Trino(t)
	e := trinoEngine(t)
	set := publicRules(t)
	trail := spread(t)
	p := layoutOf(t, "cloudtrail/athena-org-projection")
	if err := db.Load(t.Context(), "trail", sqltest.Columns(p), trail.rows(p, sqltest.Row)); err != nil {
		t.Fatal(err)
	}
	var columns, by []string
	for _, c := range p.Columns {
		columns = append(columns, sqltest.QuoteIdentifier(c.Name))
	}
	for _, c := range p.PartitionedBy {
		by = append(by, sqltest.QuoteIdentifier(c.Name))
	}
	if fmt.Sprint(by) != `["account" "region" "timestamp"]` {
		t.Fatal(by)
	}
	plain := strings.Join(columns, ", ")
	for i, c := range []struct {
		name, columns, with, layout string
		stops                       bool
	}{
		{"all partitions", plain + ", " + strings.Join(by, ", "), partitionedBy(p.PartitionedBy), p.FullName(), false},
		{"no partitions", plain, "format = 'PARQUET'", p.FullName(), true},
		{"days that are a plain column", plain + ", " + by[2], "format = 'PARQUET'", p.FullName(), true},
		{"the region only", plain + `, "region"`, partitionedBy(p.PartitionedBy[1:2]), p.FullName(), true},
		{"partitions that the layout does not know", plain + `, "timestamp" AS filed`, "partitioned_by = ARRAY['filed']", p.FullName(), true},
	} {
		t.Run(c.name, func(t *testing.T) {
			// The database schema is named after the copied table.
			memory := fmt.Sprintf("trail_%d", i)
			ask(t, db, "CREATE TABLE "+memory+" AS TABLE trail LIMIT 100")
			table := inCatalog(t, db, "hive", memory, c.columns, c.with)
			from, to := spreadRange(24, 72)
			opt := lake.Options{
				Engine: e, Tables: []lake.Table{{Name: table, Layout: layoutOf(t, c.layout)}}, Set: set, From: from, To: to,
				Sizes: []lake.Size{{Chunk: 24 * time.Hour}},
			}
			_, err := lake.Open(t.Context(), opt)
			var unpruned *lake.UnprunedError
			if errors.As(err, &unpruned) != c.stops || !c.stops && err != nil {
				t.Errorf("got error %v, want an UnprunedError: %v", err, c.stops)
			}
			t.Log(err)
			// Unpruned tables are read once for each statement, the others by day.
			opt.AllTime = true
			l, err := lake.Open(t.Context(), opt)
			if err != nil {
				t.Fatal(err)
			}
			outline, err := l.Outline(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if c.stops != (outline.Queries == len(outline.Statements)) {
				t.Errorf("got %d queries for %d statements", outline.Queries, len(outline.Statements))
			}
		})
	}
	if len(e.started) > 0 {
		t.Errorf("got %d queries started, want none", len(e.started))
	}
}
