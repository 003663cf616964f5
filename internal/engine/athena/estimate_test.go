package athena

import (
	"slices"
	"strings"
	"testing"

	"github.com/egret-hunt/egret/internal/engine"
	"github.com/egret-hunt/egret/internal/testkit/sqltest"
)

// plan476 is the plan of Trino 476 for a hive table, except for the names.
const plan476 = `{
  "inputTableColumnInfos" : [ {
    "table" : {
      "catalog" : "awsdatacatalog",
      "schemaTable" : {
        "schema" : "db",
        "table" : "t"
      }
    },
    "constraint" : {
      "none" : false,
      "columnConstraints" : [ {
        "columnName" : "Day",
        "type" : "varchar",
        "domain" : {
          "nullsAllowed" : false,
          "ranges" : [ {
            "low" : {
              "value" : "2026/01/01",
              "bound" : "EXACTLY"
            },
            "high" : {
              "value" : "2026/01/01",
              "bound" : "EXACTLY"
            }
          } ]
        }
      } ]
    },
    "estimate" : {
      "outputRowCount" : 2.0,
      "outputSizeInBytes" : 40.5,
      "cpuCost" : 40.5,
      "maxMemory" : 0.0,
      "networkCost" : 0.0
    }
  } ],
  "estimate" : {
    "outputRowCount" : "NaN",
    "outputSizeInBytes" : "NaN",
    "cpuCost" : "NaN",
    "maxMemory" : "NaN",
    "networkCost" : "NaN"
  }
}`

func input(table, constraints, estimate string) string {
	return `{"table": {"catalog": "hive", "schemaTable": {"schema": "db", "table": "` + table + `"}}, "constraint": {"none": false, "columnConstraints": [` + constraints + `]}, "estimate": ` + estimate + `}`
}

func inputs(list ...string) string {
	return `{"inputTableColumnInfos": [` + strings.Join(list, ", ") + `]}`
}

func column(name, ranges string) string {
	return `{"columnName": "` + name + `", "type": "varchar", "domain": {"nullsAllowed": false, "ranges": [` + ranges + `]}}`
}

// explained returns an engine that knows the layouts of three tables.
func explained() *Engine {
	return &Engine{layouts: map[string]*partitioning{
		"AwsDataCatalog.db.t": {by: []string{"region", "day"}}, "AwsDataCatalog.db.ice": {hidden: true}, "AwsDataCatalog.db.flat": {},
	}}
}

func TestEstimateReadsPlans(t *testing.T) {
	const (
		from = `{"low": {"value": "2026/01/01", "bound": "EXACTLY"}, "high": {"bound": "BELOW"}}`
		all  = `{"low": {"value": null, "bound": "ABOVE"}, "high": {"bound": "BELOW"}}`
		nan  = `{"outputRowCount": "NaN", "outputSizeInBytes": "NaN"}`
		some = `{"outputRowCount": 10, "outputSizeInBytes": 1000}`
		day  = `SELECT n FROM t WHERE "Day" = '2026/01/01'`
		both = `SELECT n FROM t WHERE day >= '2026/01/01' AND region = 'r'`
	)
	known := func(bytes, rows int64, columns ...string) engine.Estimate {
		return engine.Estimate{Bytes: bytes, Rows: rows, Known: true, Constrained: columns}
	}
	for _, c := range []struct {
		name, sql, plan string
		want            engine.Estimate
	}{
		{"as Trino writes it", day, plan476, known(40, 2, "day")},
		{"with a heading", day, "Query Plan\n" + plan476 + "\n", known(40, 2, "day")},
		{"older form", day, inputs(`{"table": {"catalog": "awsdatacatalog", "schemaTable": {"schema": "db", "table": "t"}}, "columnConstraints": [` + column("day", from) + `]}`), known(-1, -1, "day")},
		// Without a condition the plan lists all partitions.
		{"partitions that nobody asked for", "SELECT n, day FROM t", plan476, known(40, 2)},
		{"partitions that nobody asked for, though a text and a comment name them", "SELECT n FROM t WHERE x = 'day' -- day\n AND /* day */ y = 1", plan476, known(40, 2)},
		{"partitions that only groups ask for", "SELECT count(*) FROM t WHERE x = 1 GROUP BY day", plan476, known(40, 2)},
		{"a constraint on another column", "SELECT n FROM t WHERE n = 1", inputs(input("t", column("n", from), some)), known(1000, 10)},
		{"all values", "SELECT n FROM t WHERE day IS NOT NULL AND region = 'r'", inputs(input("t", column("day", all)+", "+column("region", from), nan)), known(-1, -1, "region")},
		{"partitions that are not listed", day, inputs(input("t", "", nan)), engine.Estimate{Bytes: -1, Rows: -1}},
		{"no condition, and no partitions listed", "SELECT n FROM t", inputs(input("t", "", nan)), known(-1, -1)},
		{"two readings, one condition", day, inputs(input("t", column("day", from), some), input("t", column("day", from), some)), known(2000, 20)},
		{"two readings", both + " UNION ALL " + both, inputs(input("t", column("day", from)+","+column("region", from), some), input("t", column("Region", from), some)), known(2000, 20, "region")},
		{"two readings, one of unknown size", both + " UNION ALL " + both, inputs(input("t", column("day", from), nan), input("t", column("day", from), some)), known(-1, -1, "day")},
		{"a table without parts beside", day, inputs(input("t", column("day", from), some), input("flat", column("n", from), some)), known(2000, 20, "day")},
		{"a table without parts", "SELECT n FROM flat WHERE n = 1", inputs(input("flat", column("n", from), some)), known(1000, 10)},
		{"Iceberg", "SELECT n FROM ice WHERE time >= x", inputs(input("ice", column("time", from), some)), known(1000, 10, "time")},
		{"Iceberg, whole", "SELECT n FROM ice", inputs(input("ice", "", some)), known(1000, 10)},
		{"nothing is read", day, inputs(`{"constraint": {"none": true, "columnConstraints": []}}`), known(0, 0)},
		{"no table", "SELECT 1", inputs(), engine.Estimate{}},
		{"enormous", "SELECT n FROM t", inputs(input("t", "", `{"outputRowCount": 1e300, "outputSizeInBytes": -3}`)), known(-1, 9223372036854775807)},
	} {
		readings, ok := parsePlan(c.plan)
		got, err := explained().estimate(t.Context(), sqltest.Bounds(c.sql), readings)
		if !ok || err != nil || got.Bytes != c.want.Bytes || got.Rows != c.want.Rows || got.Known != c.want.Known || !slices.Equal(got.Constrained, c.want.Constrained) {
			t.Errorf("%s: got %+v (parsed %v, error %v), want %+v", c.name, got, ok, err, c.want)
		}
	}
	for name, text := range map[string]string{"other JSON": `{"id": "6", "name": "Output"}`, "text": "Fragment 0 [SINGLE]\n  Output layout: [_col0]", "cut": plan476[:200], "nothing": ""} {
		if got, ok := parsePlan(text); ok {
			t.Errorf("%s: got %+v, want no plan", name, got)
		}
	}
}

// FuzzPlan checks that no plan, which is untrusted input, causes a panic or an invalid estimate.
func FuzzPlan(f *testing.F) {
	f.Add(plan476, "SELECT n FROM t WHERE day = 1")
	f.Add(inputs(input("ice", column("time", ""), "{}")), `SELECT "a""b" FROM x WHERE (y = '''') -- `)
	f.Fuzz(func(t *testing.T, text, sql string) {
		readings, ok := parsePlan(text)
		for i := range readings {
			// The engine would query the catalog about an unknown table.
			readings[i].Table.Catalog, readings[i].Table.SchemaTable.Schema, readings[i].Table.SchemaTable.Table = "hive", "db", []string{"t", "ice", "flat"}[i%3]
		}
		if !ok {
			return
		}
		if e, err := explained().estimate(t.Context(), sqltest.Bounds(sql), readings); err != nil || e.Bytes < -1 || e.Rows < -1 || !slices.IsSorted(e.Constrained) {
			t.Errorf("%q: got %+v (error %v)", text, e, err)
		}
	})
}
