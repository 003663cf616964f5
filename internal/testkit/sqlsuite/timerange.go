package sqlsuite

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/egret-hunt/egret/internal/ir"
	"github.com/egret-hunt/egret/internal/schema"
	"github.com/egret-hunt/egret/internal/sqlgen"
	"github.com/egret-hunt/egret/internal/testkit/sqltest"
	"github.com/egret-hunt/egret/internal/value"
)

// TimeRange queries every CloudTrail table for the events of time ranges, including the start and excluding the end,
// and expects those whose eventTime is in the range. Some records are in the partition of the next day.
func TimeRange(t *testing.T, engine sqltest.Engine, without ...string) {
	dialect := sqlgen.DialectByName(engine.Dialect())
	var docs []*value.Doc
	times := map[string]time.Time{}
	for i := range 400 {
		at := time.Date(2023, 12, 30, 0, 0, 0, 0, time.UTC).Add(time.Duration(i) * 17 * time.Minute)
		id := fmt.Sprintf("00000000-0000-4000-8000-%012d", i)
		times[id] = at
		doc, err := new(value.Parser).Parse([]byte(fmt.Sprintf(`{"eventVersion":"1.10","eventTime":%q,"eventID":%q,"eventName":"GetObject","eventSource":"s3.amazonaws.com","awsRegion":"eu-west-1","recipientAccountId":"111122223333"}`,
			at.Format(time.RFC3339), id)))
		if err != nil {
			t.Fatal(err)
		}
		docs = append(docs, doc)
	}
	day := func(d, h, m int) time.Time { return time.Date(2023, 12, 30+d, h, m, 0, 0, time.UTC) }
	ranges := [][2]time.Time{
		{day(1, 0, 0), day(2, 0, 0)},
		{day(1, 13, 36), day(1, 13, 37)},
		{day(0, 23, 0), day(3, 1, 0)},
		{day(2, 0, 0), {}},
		{{}, day(1, 12, 0)},
		{day(-400, 0, 0), day(400, 0, 0)},
		{day(-2000, 0, 0), day(2, 4, 0)},
		{day(40, 0, 0), day(41, 0, 0)},
	}
	for _, layout := range schema.ByName("cloudtrail").Layouts() {
		if layout.Name == "files" || layout.Name == "event-history" {
			continue // no tables of an engine: records as they are, and a file that the console writes
		}
		if slices.ContainsFunc(without, func(prefix string) bool { return strings.HasPrefix(layout.Name, prefix) }) {
			continue
		}
		t.Run(layout.Name, func(t *testing.T) {
			row := sqltest.Row
			if strings.HasPrefix(layout.Name, "security-lake") {
				row = sqltest.OCSFRow
			}
			var rows [][]any
			for i, doc := range docs {
				cells := row(layout, doc)
				if i%10 == 0 && i+90 < len(docs) { // dated a day late: 24 hours are about 85 records
					late := row(layout, docs[i+85])
					copy(cells[len(layout.Columns):], late[len(layout.Columns):])
				}
				rows = append(rows, cells)
			}
			if err := engine.Load(context.Background(), "timerange", sqltest.Columns(layout), rows); err != nil {
				t.Fatal(err)
			}
			for _, r := range ranges {
				q := &ir.Query{Where: &ir.ConstExpr{Value: true}}
				id := ir.Field{Name: "eventID", Paths: layout.Schema.Paths("eventID")}
				statement, list := sqlgen.Detection(q, []sqlgen.Output{{Field: id}},
					sqlgen.Options{Dialect: dialect, Layout: layout, Table: "timerange", From: r[0], To: r[1]})
				if statement.Select == nil {
					t.Fatal(list)
				}
				text := dialect.Print(statement.Select)
				_, found, err := engine.Query(context.Background(), text)
				if err != nil {
					t.Fatalf("%v\n%s", err, text)
				}
				var got, want []string
				for _, row := range found {
					got = append(got, fmt.Sprint(row[0]))
				}
				for id, at := range times {
					if !at.Before(r[0]) && (r[1].IsZero() || at.Before(r[1])) {
						want = append(want, id)
					}
				}
				slices.Sort(got)
				slices.Sort(want)
				if !slices.Equal(got, want) {
					t.Errorf("%v: found %d, want %d\n%s", r, len(got), len(want), text)
				}
			}
		})
	}
}
