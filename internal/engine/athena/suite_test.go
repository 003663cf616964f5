package athena_test

import (
	"context"
	"strings"
	"testing"

	"github.com/egret-hunt/egret/internal/athenatest"
	"github.com/egret-hunt/egret/internal/engine"
	"github.com/egret-hunt/egret/internal/engine/athena"
	"github.com/egret-hunt/egret/internal/schema"
	"github.com/egret-hunt/egret/internal/testkit/enginesuite"
	"github.com/egret-hunt/egret/internal/testkit/sqltest"
)

// glueTypes are the catalog's words for the types of the suite.
var glueTypes = map[schema.Kind]string{
	schema.Integer: "bigint", schema.Text: "string", schema.Double: "double", schema.Boolean: "boolean", schema.Timestamp: "timestamp",
}

// suite runs the conformance suite on an endpoint over an engine.
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
	// DuckDB explains in another way; the endpoint gives Athena's form, without a constraint, of statements that DuckDB takes.
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
