package sqlsuite

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/egret-hunt/egret/internal/ir"
	"github.com/egret-hunt/egret/internal/schema"
	"github.com/egret-hunt/egret/internal/sqlgen"
	"github.com/egret-hunt/egret/internal/testkit/sqltest"
)

// zoneSchema has a layout for each state of knowledge about a column's time zone.
const zoneSchema = `
name: zones
title: Times of tests
logsource: {products: [test]}
detect: [{has: [id]}]
roots: [""]
time: [when]
id: [[id]]
layouts:
  - name: unknown
    title: Nothing known
    table: zones
    columns: {id: bigint, at: timestamp, text: string}
    fields: {when: {at: at, time: timestamp}, clock: at}
    time: {column: at, format: timestamp}
    id: []
  - name: zoned
    title: With zone
    like: unknown
    columns: {id: bigint, at: timestamp(6) with time zone, text: string}
  - name: unzoned
    title: Without zone
    like: unknown
    columns: {id: bigint, at: timestamp(6) without time zone, text: string}
  - name: text
    title: Text
    like: unknown
    time: {column: text, format: text}
  - name: utc
    title: Text that ends in Z
    like: unknown
    time: {column: text, format: text, utc: true}
`

// TimeZones runs queries about times for clients in several time zones, on columns with and without a zone: all must
// give the same result. The text column has fractions of several lengths.
func TimeZones(t *testing.T, engine sqltest.Engine) {
	ctx := t.Context()
	loaded, err := schema.Load([]byte(zoneSchema))
	if err != nil {
		t.Fatal(err)
	}
	start := time.Date(2026, 3, 28, 22, 0, 0, 0, time.UTC) // daylight saving time begins in Europe in the following night
	var times []time.Time
	var rows [][]any
	for i := range 200 {
		at := start.Add(time.Duration(i) * 7 * time.Minute)
		text := at.Format("2006-01-02T15:04:05Z")
		switch i % 4 {
		case 1:
			at = at.Add(500 * time.Millisecond)
			text = at.Format("2006-01-02T15:04:05.0Z")
		case 2:
			at = at.Add(-time.Microsecond)
			text = at.Format("2006-01-02T15:04:05.000000Z")
		case 3:
			text = at.Format("2006-01-02T15:04:05.000Z")
		}
		times = append(times, at)
		rows = append(rows, []any{int64(i), at, text})
	}
	unzoned := loaded.Layouts()[0]
	if err := engine.Load(ctx, "unzoned", unzoned.Columns, rows); err != nil {
		t.Fatal(err)
	}
	if err := engine.Exec(ctx, "CREATE TABLE zoned AS SELECT id, \"at\" AT TIME ZONE 'UTC' AS \"at\", text FROM unzoned"); err != nil {
		t.Fatal(err)
	}
	dialect := sqlgen.DialectByName(engine.Dialect())
	ranges := [][2]time.Time{
		{start.Add(7 * time.Minute), start.Add(14 * time.Minute)}, {start.Add(2 * time.Hour), start.Add(5 * time.Hour)}, {start.Add(5 * time.Hour), {}},
		{{}, start.Add(5 * time.Hour)}, {start.Add(7*time.Minute + 500*time.Millisecond), start.Add(8 * time.Hour)}, {},
	}
	everything := ir.Expr(&ir.ConstExpr{Value: true})
	hour := &ir.TimePartExpr{Field: ir.Field{Name: "clock", Paths: loaded.Paths("clock")}, Part: ir.Hour, Text: "3"}
	text := &ir.StringExpr{Field: ir.Field{Name: "when", Paths: loaded.Paths("when")}, Op: ir.StartsWith, Pattern: ir.Pattern{{Text: "2026-03-29T03"}}}
	inHour := func(at time.Time) bool { return at.Hour() == 3 }
	conditions := []struct {
		where ir.Expr
		holds func(at time.Time) bool
	}{
		{everything, func(time.Time) bool { return true }}, {hour, inHour},
		{text, func(at time.Time) bool { return at.Format("2006-01-02T15") == "2026-03-29T03" }},
	}
	for _, zone := range []string{"UTC", "Asia/Kolkata", "America/Los_Angeles"} {
		if err := engine.SetZone(ctx, zone); err != nil {
			t.Fatal(err)
		}
		for _, c := range []struct{ layout, table string }{
			{"unknown", "zoned"}, {"unknown", "unzoned"}, {"zoned", "zoned"}, {"unzoned", "unzoned"}, {"text", "zoned"}, {"utc", "unzoned"},
		} {
			layout, err := schema.FindLayout([]*schema.Schema{loaded}, "zones/"+c.layout)
			if err != nil {
				t.Fatal(err)
			}
			for _, r := range ranges {
				for i, condition := range conditions {
					q := &ir.Query{Where: condition.where}
					id := ir.Field{Name: "id", Paths: loaded.Paths("id")}
					statement, list := sqlgen.Detection(q, []sqlgen.Output{{Field: id}},
						sqlgen.Options{Dialect: dialect, Layout: layout, Table: c.table, From: r[0], To: r[1]})
					if statement.Select == nil {
						t.Fatal(list)
					}
					sql := dialect.Print(statement.Select)
					_, found, err := engine.Query(ctx, sql)
					if err != nil {
						t.Fatalf("%v\n%s", err, sql)
					}
					var got, want []int64
					for _, row := range found {
						got = append(got, row[0].(int64))
					}
					for id, at := range times {
						if !at.Before(r[0]) && (r[1].IsZero() || at.Before(r[1])) && condition.holds(at) {
							want = append(want, int64(id))
						}
					}
					if slices.Sort(got); !slices.Equal(got, want) {
						t.Errorf("%s, client in %s, condition %d, %v: got %d, want %d\n%s", fmt.Sprint(c), zone, i, r, len(got), len(want), sql)
					}
				}
			}
		}
	}
	if err := engine.SetZone(ctx, "UTC"); err != nil {
		t.Fatal(err)
	}
}
