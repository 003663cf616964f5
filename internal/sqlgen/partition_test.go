package sqlgen_test

import (
	"testing"
	"time"

	"github.com/egret-hunt/egret/internal/ir"
	"github.com/egret-hunt/egret/internal/schema"
	"github.com/egret-hunt/egret/internal/sqlgen"
)

func findLayout(t *testing.T, name string) *schema.Layout {
	t.Helper()
	p, err := schema.FindLayout(schema.All(), name)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestPartitioned(t *testing.T) {
	for name, want := range map[string]struct {
		unit sqlgen.PartitionUnit
		late int
	}{
		"cloudtrail/athena":             {sqlgen.DayUnit, 1},
		"cloudtrail/athena-partitioned": {sqlgen.DayUnit, 1},
		"cloudtrail/security-lake-v1":   {sqlgen.DayUnit, 1},
		"cloudtrail/lake":               {sqlgen.DayUnit, 0},
		"vpcflow/athena-manual":         {sqlgen.DayUnit, 1},
		"vpcflow/athena-parquet":        {sqlgen.DayUnit, 1},
		"waf/athena-unpartitioned":      {sqlgen.NoUnit, 0},
	} {
		if unit, late := sqlgen.Partitioned(findLayout(t, name)); unit != want.unit || late != want.late {
			t.Errorf("%s: unit %d, %d days late, want %v", name, unit, late, want)
		}
	}
}

// TestUnitsOfDateFormats: only a format with a year is ordered by time.
func TestUnitsOfDateFormats(t *testing.T) {
	for format, want := range map[string]sqlgen.PartitionUnit{
		"yyyy/MM/dd": sqlgen.DayUnit, "yyyyMMdd": sqlgen.DayUnit, "yyyy/MM/dd/HH": sqlgen.DayUnit, "yyyy-MM": sqlgen.MonthUnit, "yyyy": sqlgen.YearUnit,
		"MM/dd": sqlgen.NoUnit, "MM": sqlgen.NoUnit, "dd": sqlgen.NoUnit, "HH": sqlgen.NoUnit, "yyyy-MM-HH": sqlgen.NoUnit, "yyyy/dd": sqlgen.NoUnit,
	} {
		p := *findLayout(t, "cloudtrail/athena")
		p.Partitions = []schema.Partition{{Column: "dt", Format: format}}
		if unit, _ := sqlgen.Partitioned(&p); unit != want {
			t.Errorf("%s: unit %d, want %d", format, unit, want)
		}
	}
}

func TestPartitionUnits(t *testing.T) {
	at := time.Date(2025, 12, 31, 23, 30, 0, 0, time.FixedZone("", -3600)) // January in UTC
	for _, test := range []struct {
		unit sqlgen.PartitionUnit
		n    int
		want string
	}{
		{sqlgen.DayUnit, 0, "2026-01-01"}, {sqlgen.DayUnit, -1, "2025-12-31"}, {sqlgen.DayUnit, 31, "2026-02-01"},
		{sqlgen.MonthUnit, 0, "2026-01-01"}, {sqlgen.MonthUnit, 13, "2027-02-01"}, {sqlgen.MonthUnit, -1, "2025-12-01"},
		{sqlgen.YearUnit, 0, "2026-01-01"}, {sqlgen.YearUnit, 2, "2028-01-01"},
	} {
		got := test.unit.Add(at, test.n)
		if got.Format(time.DateOnly) != test.want || !got.Equal(test.unit.Start(got)) {
			t.Errorf("unit %d, %d on: %s, want %s", test.unit, test.n, got, test.want)
		}
	}
}

// TestEventsNeedATime: without the time of events a correlation says nothing.
func TestEventsNeedATime(t *testing.T) {
	p := *findLayout(t, "cloudtrail/athena")
	query := &ir.Query{Where: &ir.ConstExpr{Value: true}}
	opt := sqlgen.Options{Dialect: sqlgen.DialectByName("athena"), Layout: &p}
	events, list := sqlgen.Events([]*ir.Query{query, query}, []ir.Field{{Name: "userAgent"}}, opt)
	if list.HasErrors() || len(events.Columns) != 5 {
		t.Fatal(list)
	}
	for i, name := range []string{"id", "ts", "b1", "b2", "f1"} {
		if events.Columns[i].As != name {
			t.Errorf("column %d is %s, want %s", i, events.Columns[i].As, name)
		}
	}
	p.Time = nil
	if events, list := sqlgen.Events([]*ir.Query{query}, nil, opt); events != nil || !list.HasErrors() {
		t.Error("events without a time")
	}
}
