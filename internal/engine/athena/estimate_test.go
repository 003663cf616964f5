package athena

import (
	"slices"
	"testing"

	"github.com/egret-hunt/egret/internal/engine"
)

// nation is a plan in the form of Trino's manual: https://trino.io/docs/current/sql/explain.html, read 2026-11.
const nation = `{
  "inputTableColumnInfos" : [ {
    "table" : {"catalog" : "hive", "schemaTable" : {"schema" : "tpch", "table" : "test_orders"}},
    "constraint" : {"none" : false, "columnConstraints" : [ {
      "columnName" : "OrderKey", "type" : "bigint",
      "domain" : {"nullsAllowed" : false, "ranges" : [ {
        "low" : {"value" : "1", "bound" : "EXACTLY"}, "high" : {"value" : "1", "bound" : "EXACTLY"}
      } ]}
    } ]},
    "estimate" : {"outputRowCount" : 2.0, "outputSizeInBytes" : 40.5, "cpuCost" : 40.0, "maxMemory" : 0.0, "networkCost" : 0.0}
  } ],
  "estimate" : {"outputRowCount" : "NaN", "outputSizeInBytes" : "NaN", "cpuCost" : "NaN", "maxMemory" : 0.0, "networkCost" : 0.0}
}`

func input(constraints, estimate string) string {
	return `{"constraint": {"none": false, "columnConstraints": [` + constraints + `]}, "estimate": ` + estimate + `}`
}

func column(name, ranges string) string {
	return `{"columnName": "` + name + `", "type": "varchar", "domain": {"nullsAllowed": false, "ranges": [` + ranges + `]}}`
}

func TestPlan(t *testing.T) {
	const (
		from = `{"low": {"value": "2026/01/01", "bound": "EXACTLY"}, "high": {"bound": "BELOW"}}`
		all  = `{"low": {"value": null, "bound": "ABOVE"}, "high": {"bound": "BELOW"}}`
		nan  = `{"outputRowCount": "NaN", "outputSizeInBytes": "NaN"}`
		some = `{"outputRowCount": 10, "outputSizeInBytes": 1000}`
	)
	unknown := engine.Estimate{}
	for _, c := range []struct {
		name, text string
		want       engine.Estimate
		ok         bool
	}{
		{"as in the manual", nation, engine.Estimate{Bytes: 40, Rows: 2, Known: true, Constrained: []string{"orderkey"}}, true},
		{"with a heading", "Query Plan\n" + nation + "\n", engine.Estimate{Bytes: 40, Rows: 2, Known: true, Constrained: []string{"orderkey"}}, true},
		{"older form", `{"inputTableColumnInfos": [{"columnConstraints": [` + column("day", from) + `]}]}`, engine.Estimate{Bytes: -1, Rows: -1, Known: true, Constrained: []string{"day"}}, true},
		{"no constraint", `{"inputTableColumnInfos": [` + input("", nan) + `]}`, engine.Estimate{Bytes: -1, Rows: -1, Known: true}, true},
		{"all values", `{"inputTableColumnInfos": [` + input(column("day", all), nan) + `]}`, engine.Estimate{Bytes: -1, Rows: -1, Known: true}, true},
		{"two tables", `{"inputTableColumnInfos": [` + input(column("day", from)+","+column("region", from), some) + "," + input(column("Region", from), some) + `]}`,
			engine.Estimate{Bytes: 2000, Rows: 20, Known: true, Constrained: []string{"region"}}, true},
		{"two tables, one of unknown size", `{"inputTableColumnInfos": [` + input(column("day", from), nan) + "," + input(column("day", from), some) + `]}`,
			engine.Estimate{Bytes: -1, Rows: -1, Known: true, Constrained: []string{"day"}}, true},
		{"two tables, one read whole", `{"inputTableColumnInfos": [` + input(column("day", from), some) + "," + input("", some) + `]}`, engine.Estimate{Bytes: 2000, Rows: 20, Known: true}, true},
		{"nothing is read", `{"inputTableColumnInfos": [{"constraint": {"none": true, "columnConstraints": []}}]}`, engine.Estimate{Known: true}, true},
		{"no table", `{"inputTableColumnInfos": []}`, engine.Estimate{Known: true}, true},
		{"enormous", `{"inputTableColumnInfos": [` + input("", `{"outputRowCount": 1e300, "outputSizeInBytes": -3}`) + `]}`, engine.Estimate{Bytes: -1, Rows: 9223372036854775807, Known: true}, true},
		{"other JSON", `{"id": "6", "name": "Output"}`, unknown, false},
		{"text", "Fragment 0 [SINGLE]\n  Output layout: [_col0]", unknown, false},
		{"cut", nation[:200], unknown, false},
		{"nothing", "", unknown, false},
	} {
		got, ok := parsePlan(c.text)
		if ok != c.ok || got.Bytes != c.want.Bytes || got.Rows != c.want.Rows || got.Known != c.want.Known || !slices.Equal(got.Constrained, c.want.Constrained) {
			t.Errorf("%s: found %+v, %v; expected %+v, %v", c.name, got, ok, c.want, c.ok)
		}
	}
}

// FuzzPlan: a plan comes from a stranger.
func FuzzPlan(f *testing.F) {
	f.Add(nation)
	f.Add(`{"inputTableColumnInfos": [{"constraint": {"none": true}}]}`)
	f.Fuzz(func(t *testing.T, text string) {
		if e, ok := parsePlan(text); ok && (e.Bytes < -1 || e.Rows < -1 || !slices.IsSorted(e.Constrained)) {
			t.Errorf("%q gives %+v", text, e)
		}
	})
}
