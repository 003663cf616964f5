package athena_test

import (
	"context"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/egret-hunt/egret/internal/athenatest"
	"github.com/egret-hunt/egret/internal/engine"
	"github.com/egret-hunt/egret/internal/engine/athena"
	"github.com/egret-hunt/egret/internal/schema"
	"github.com/egret-hunt/egret/internal/testkit/enginesuite"
	"github.com/egret-hunt/egret/internal/testkit/sqltest"
)

// glueTypes are the catalog's names for the types of the suite.
var glueTypes = map[schema.Kind]string{
	schema.Integer: "bigint", schema.Text: "string", schema.Double: "double", schema.Boolean: "boolean", schema.Timestamp: "timestamp",
}

// suite runs the conformance suite on a fake endpoint backed by an engine.
func suite(t *testing.T, behind sqltest.Engine, backend athenatest.Backend) {
	lake := athenatest.Start(t, athenatest.Options{Backend: backend, QueuedPolls: 1, RunningPolls: 1, Tables: []athenatest.Table{
		{Database: "main", Name: "days", Columns: []athenatest.Column{{Name: "n", Type: "bigint"}},
			PartitionKeys: []athenatest.Column{{Name: "region", Type: "string"}, {Name: "day", Type: "string"}}},
	}})
	lake.SetEnv(t)
	enginesuite.Run(t, func(t *testing.T) engine.Engine {
		e, err := athena.Open(t.Context(), quick(athena.Options{Database: "main", Dialect: behind.Dialect()}))
		if err != nil {
			t.Fatal(err)
		}
		return e
	}, enginesuite.Fixture{
		Load: func(t *testing.T, table string, columns []schema.Column, rows [][]any) string {
			if err := behind.Load(t.Context(), table, columns, rows); err != nil {
				t.Fatal(err)
			}
			described := athenatest.Table{Database: "main", Name: table}
			for _, c := range columns {
				described.Columns = append(described.Columns, athenatest.Column{Name: c.Name, Type: glueTypes[c.Type.Kind]})
			}
			lake.AddTable(described)
			return table
		},
		Partitioned: &enginesuite.Partitioned{Table: "main.days", Columns: []string{"n", "region", "day"}, By: []string{"region", "day"}},
		Text:        true,
		Secrets:     []string{lake.Credentials().Secret, lake.Credentials().AccessKey},
	})
}

func TestSuiteDuckDB(t *testing.T) {
	behind := sqltest.DuckDB(t)
	// DuckDB's EXPLAIN differs; for statements that DuckDB accepts the endpoint returns Athena's form, without a
	// constraint.
	suite(t, behind, athenatest.BackendFunc(func(ctx context.Context, sql string) ([]athenatest.Column, athenatest.Rows, error) {
		rest, explained := strings.CutPrefix(sql, "EXPLAIN (TYPE IO, FORMAT JSON) ")
		if !explained {
			return athenatest.SQL(behind).Query(ctx, sql)
		}
		if _, _, err := athenatest.SQL(behind).Query(ctx, "EXPLAIN "+rest); err != nil {
			return nil, nil, err
		}
		return []athenatest.Column{{Name: "Query Plan", Type: "varchar"}}, athenatest.Slice([]any{`{"inputTableColumnInfos" : [ ]}`}), nil
	}))
}

func TestSuiteTrinoIntegration(t *testing.T) {
	behind := sqltest.Trino(t)
	suite(t, behind, athenatest.SQL(behind))
}

// TestEstimateTrinoIntegration checks plans of a real Trino, of hive and Iceberg tables.
func TestEstimateTrinoIntegration(t *testing.T) {
	behind := sqltest.Trino(t)
	exec := func(text string) {
		t.Helper()
		if err := behind.Exec(t.Context(), text); err != nil {
			t.Fatalf("%v\n%s", err, text)
		}
	}
	database := fmt.Sprintf("athena_%d_%d", os.Getpid(), time.Now().UnixNano())
	for catalog, property := range map[string]string{"hive": "partitioned_by = ARRAY['region', 'day']", "iceberg": "partitioning = ARRAY['day(moment)']"} {
		precise := map[string]string{"hive": "timestamp(3)", "iceberg": "timestamp(6)"}[catalog]
		exec("CREATE SCHEMA " + catalog + "." + database)
		t.Cleanup(func() {
			if err := behind.Exec(context.WithoutCancel(t.Context()), "DROP SCHEMA "+catalog+"."+database+" CASCADE"); err != nil {
				t.Error(err)
			}
		})
		exec("CREATE TABLE " + catalog + "." + database + ".days WITH (" + property + ") AS SELECT n, CAST(moment AS " + precise + ") AS moment, region, day FROM (VALUES " +
			"(1, TIMESTAMP '2026-01-01 00:00:00', 'eu-west-1', '2026/01/01'), (2, TIMESTAMP '2026-01-02 00:00:00', 'eu-west-1', '2026/01/02'), " +
			"(3, TIMESTAMP '2026-01-03 00:00:00', 'us-east-1', '2026/01/01')) AS t (n, moment, region, day)")
	}
	// Athena has both kinds of tables in one catalog, Trino in two.
	lake := athenatest.Start(t, athenatest.Options{Backend: athenatest.BackendFunc(func(ctx context.Context, sql string) ([]athenatest.Column, athenatest.Rows, error) {
		names, rows, err := behind.Query(ctx, sql)
		if err != nil || len(names) != 1 || len(rows) != 1 {
			return nil, nil, fmt.Errorf("%d rows of %q: %w", len(rows), names, err)
		}
		plan := strings.ReplaceAll(fmt.Sprint(rows[0][0]), `"catalog" : "iceberg"`, `"catalog" : "awsdatacatalog"`)
		return []athenatest.Column{{Name: names[0], Type: "varchar"}}, athenatest.Slice([]any{plan}), nil
	})})
	describe := func(iceberg bool) {
		table := athenatest.Table{Database: database, Name: "days", Parameters: map[string]string{"table_type": "ICEBERG"}}
		if !iceberg {
			table.Parameters, table.PartitionKeys = nil, []athenatest.Column{{Name: "region", Type: "string"}, {Name: "day", Type: "string"}}
		}
		lake.AddTable(table)
	}
	for _, c := range []struct {
		table, where string
		want         []string
	}{
		{"hive", "", nil},
		{"hive", " WHERE day = '2026/01/01'", []string{"day"}},
		{"hive", " WHERE day >= '2026/01/02' AND region = 'eu-west-1'", []string{"day", "region"}},
		{"hive", " WHERE day IN ('2026/01/01', '2026/01/02') AND n > 0", []string{"day"}},
		{"hive", " WHERE day BETWEEN '2026/01/01' AND '2026/01/09' AND n > 0", []string{"day"}},
		{"hive", " WHERE n = 1", nil},
		{"hive", " WHERE day = '2026/01/01' UNION ALL SELECT n FROM hive." + database + ".days", nil},
		{"iceberg", "", nil},
		{"iceberg", " WHERE moment >= TIMESTAMP '2026-01-02 00:00:00'", []string{"moment"}},
	} {
		describe(c.table == "iceberg")
		got, err := open(t, lake, athena.Options{}).Estimate(t.Context(), engine.Statement{SQL: "SELECT n FROM " + c.table + "." + database + ".days" + c.where, Bounds: sqltest.Bounds("SELECT n FROM " + c.table + "." + database + ".days" + c.where)})
		if err != nil || !got.Known || !slices.Equal(got.Constrained, c.want) {
			t.Errorf("%s%s: got %+v (error %v), want %q", c.table, c.where, got, err, c.want)
		}
	}
}
