package sqlgen

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/egret-hunt/egret/internal/ir"
	"github.com/egret-hunt/egret/internal/schema"
	"github.com/egret-hunt/egret/internal/sqlgen/sqltree"
	"github.com/egret-hunt/egret/internal/testkit/sqltest"
	"github.com/egret-hunt/egret/internal/value"
)

// bases are n rules with a field for group-by and one for values.
func bases(n int) []ir.Base {
	var out []ir.Base
	for i := range n {
		out = append(out, ir.Base{Reference: ir.Reference{Index: i}, GroupBy: []ir.Field{{Name: "user"}}, Values: []ir.Field{{Name: "n"}}})
	}
	return out
}

func atLeast(text string) []ir.Bound { return []ir.Bound{{Op: ir.BoundGreaterEqual, Text: text}} }

// noRows is a source of rows for statements that are not run.
func noRows([]int, []ir.Field) (*sqltree.Select, int) {
	return &sqltree.Select{Columns: []sqltree.Column{{Of: sqltree.Star{}}}, From: sqltree.Source{Table: []string{"t"}}}, 0
}

func TestWhatCorrelationsCannotSayIsRefused(t *testing.T) {
	wide := func(k int) ir.Expr { // (r0 or r1) and (r2 or r3) and …: 2^k alternatives
		var and ir.AndExpr
		for i := range k {
			and.Operands = append(and.Operands, &ir.OrExpr{Operands: []ir.Expr{&ir.BaseExpr{Index: 2 * i}, &ir.BaseExpr{Index: 2*i + 1}}})
		}
		return &and
	}
	for _, test := range []struct {
		reason string
		c      ir.Correlation
	}{
		{"has too many digits", ir.Correlation{Type: ir.EventCount, Bases: bases(1), Bounds: atLeast("1e30")}},
		{"has too many digits", ir.Correlation{Type: ir.ValueSum, Bases: bases(1), Bounds: atLeast("1e-25")}},
		{"has too many digits", ir.Correlation{Type: ir.ValueSum, Bases: bases(1), Bounds: atLeast("1e999999999")}},
		{"more than 8 digits", ir.Correlation{Type: ir.ValuePercentile, Percentile: 12.123456789, Bases: bases(1), Bounds: atLeast("1")}},
		{"9 ordered rules", ir.Correlation{Type: ir.TemporalOrdered, Bases: bases(9)}},
		{"9 ordered rules", ir.Correlation{Type: ir.TemporalOrdered, Bases: bases(9), Bounds: atLeast("2")}},
		{"alternatives", ir.Correlation{Type: ir.TemporalOrderedExtended, Bases: bases(14), Extended: wide(7)}},
		{"no field", ir.Correlation{Type: ir.ValueSum, Bases: []ir.Base{{}}, Bounds: atLeast("1")}},
		{"no limit of time", ir.Correlation{Type: ir.EventCount, Timespan: ir.NoLimit, Bases: bases(1), Bounds: atLeast("2")}},
		{"increasing times", ir.Correlation{Type: ir.TemporalOrdered, Strict: true, Bases: bases(2)}},
		{"a first and a last time", ir.Correlation{Type: ir.EventCount, Spans: true, Bases: bases(1), Bounds: atLeast("2")}},
		{"a range of time", ir.Correlation{Type: ir.EventCount, Bases: []ir.Base{{Range: &ir.TimeRange{To: 1}}}, Bounds: atLeast("2")}},
		{"names no rules", ir.Correlation{Type: ir.EventCount, Bounds: atLeast("1")}},
	} {
		s, list := correlationSelect(DialectByName("duckdb"), []*ir.Correlation{&test.c}, 0, noRows, "t")
		if s != nil || len(list) != 1 || list[0].Code != "correlation-in-sql" || !strings.Contains(list[0].Message, test.reason) {
			t.Errorf("%s: got %v", test.reason, list)
		}
	}
	for _, fine := range []ir.Correlation{
		{Type: ir.ValueSum, Bases: bases(1), Bounds: atLeast("123456789012345678901234567890.000000000000000000000001")},
		{Type: ir.ValuePercentile, Percentile: 12.12345678, Bases: bases(1), Bounds: atLeast("1")},
		{Type: ir.TemporalOrdered, Bases: bases(8), Bounds: atLeast("2")},
	} {
		if s, list := correlationSelect(DialectByName("duckdb"), []*ir.Correlation{&fine}, 0, noRows, "t"); s == nil {
			t.Errorf("%v: refused: %v", fine, list)
		}
	}
}

// timesLayout is a table with a time of some format.
func timesLayout(t *testing.T, word, format string) *schema.Layout {
	t.Helper()
	s, err := schema.Load([]byte(fmt.Sprintf(`{name: times, title: Times, logsource: {products: [test]}, detect: [{has: [id]}], roots: [""],
		time: [at], id: [[id], [part]], id_separator: "/", layouts: [{name: times, title: Times, table: times,
		columns: {id: string, part: string, at: %s, count: string, n: bigint}, time: {column: at, format: %s}}]}`, word, format)))
	if err != nil {
		t.Fatal(err)
	}
	return s.Layouts()[0]
}

func TestCorrelationTimesOnDuckDB(t *testing.T) { correlationTimes(t, sqltest.DuckDB(t)) }

func TestCorrelationTimesOnTrinoIntegration(t *testing.T) { correlationTimes(t, sqltest.Trino(t)) }

// correlationTimes reads times of all formats, ids of two parts, a group-by name that the result has too, and a column of
// numbers.
func correlationTimes(t *testing.T, engine sqltest.Engine) {
	ctx := context.Background()
	second := time.Date(2026, 3, 1, 0, 0, 5, 0, time.UTC)
	for _, test := range []struct {
		word, format string
		first, last  any
		want         [2]time.Time
	}{
		{"string", "text", "2026-03-01T00:00:05.123456789Z", "2026-03-01t02:00:06.5+02:00", [2]time.Time{second.Add(123456789), second.Add(1500 * time.Millisecond)}},
		{"string", "text", "2026-03-01 00:00:05", "2026-03-01T00:00:06z", [2]time.Time{second, second.Add(time.Second)}},
		{"timestamp", "timestamp", second.Add(123456 * time.Microsecond), second.Add(time.Second), [2]time.Time{second.Add(123456 * time.Microsecond), second.Add(time.Second)}},
		{"bigint", "epoch_s", second.Unix(), second.Unix() + 1, [2]time.Time{second, second.Add(time.Second)}},
		{"bigint", "epoch_ms", second.UnixMilli() + 7, second.UnixMilli() + 1000, [2]time.Time{second.Add(7 * time.Millisecond), second.Add(time.Second)}},
		{"string", "common_log", "01/Mar/2026:01:00:05 +0100", "01/Mar/2026:00:00:06 +0000", [2]time.Time{second, second.Add(time.Second)}},
	} {
		t.Run(test.word+" "+test.format, func(t *testing.T) {
			layout := timesLayout(t, test.word, test.format)
			rows := [][]any{
				{"e2", "x", test.last, "g", int64(4)}, {"e1", "y", test.first, "g", int64(3)}, {"e1", "y", test.first, "g", int64(3)},
				{"e3", "z", nil, "g", int64(100)}, // without time
				{nil, "z", test.last, "g", nil},   // without id
			}
			if test.format == "text" {
				rows = append(rows, []any{"e4", "z", "2026-02-30T00:00:00Z", "g", nil}, []any{"e5", "z", "today", "g", nil}, []any{"e6", "z", "9999-03-01T00:00:00Z", "g", nil})
			}
			if err := engine.Load(ctx, "times", sqltest.Columns(layout), rows); err != nil {
				t.Fatal(err)
			}
			field := func(name string) []ir.Field { return []ir.Field{{Name: name, Paths: []value.Path{{Text: name}}}} }
			c := &ir.Correlation{
				Type: ir.ValueSum, GroupBy: []string{"count"}, Timespan: time.Minute, Bounds: atLeast("7"),
				Bases: []ir.Base{{GroupBy: field("count"), Values: field("n")}},
			}
			d := sqltree.DialectByName(engine.Dialect())
			statement, list := Correlation([]*ir.Correlation{c}, 0, []*ir.Query{{Where: &ir.ConstExpr{Value: true}}}, Options{Dialect: d, Layout: layout})
			if statement.Select == nil {
				t.Fatal(list)
			}
			text := d.Print(statement.Select)
			columns, got, err := engine.Query(ctx, text)
			if err != nil {
				t.Fatalf("%v\n%s", err, text)
			}
			if diff := cmp.Diff([]string{"count (2)", "first", "last", "count", "value", "ids"}, columns); diff != "" {
				t.Error(diff)
			}
			want := [][]any{{"g", test.want[0], test.want[1], int64(3), 7.0, []any{"e1/y", "e2/x"}}}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("(-want +got):\n%s\n%s", diff, text)
			}
		})
	}
}
