package sqlsuite

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/egret-hunt/egret/internal/ir"
	"github.com/egret-hunt/egret/internal/schema"
	"github.com/egret-hunt/egret/internal/sqlgen"
	"github.com/egret-hunt/egret/internal/sqlgen/sqltree"
	"github.com/egret-hunt/egret/internal/testkit/sqltest"
	"github.com/egret-hunt/egret/internal/value"
)

// CopyCase is a record of a named event: records with the same name are copies.
type CopyCase struct{ Event, Text string }

// CopyCases returns CloudTrail records of one id that are copies of one event or differ in one property, and records
// without an id. Each has its number in userAgent, which copies need not share.
func CopyCases() []CopyCase {
	type fields map[string]string
	record := func(number int, changed fields) string {
		f := fields{
			"time": "2023-07-10T03:04:05Z", "name": "GetObject", "source": "s3.amazonaws.com", "arn": "arn:aws:iam::111122223333:user/ann",
			"principal": "AIDAEXAMPLE", "request": `"requestID":"r",`, "id": `"eventID":"masked",`,
		}
		maps.Copy(f, changed)
		return fmt.Sprintf(`{"eventVersion":"1.10","eventTime":%q,%s"eventName":%q,"eventSource":%q,"awsRegion":"eu-west-1","recipientAccountId":"111122223333",`+
			`"userIdentity":{"type":"IAMUser","arn":%q,"principalId":%q},%s"userAgent":"n%d"}`,
			f["time"], f["id"], f["name"], f["source"], f["arn"], f["principal"], f["request"], number)
	}
	var list []CopyCase
	for _, c := range []struct {
		event   string
		changed fields
	}{
		{"plain", nil},
		{"plain", nil},
		{"time", fields{"time": "2023-07-10T03:04:06Z"}},
		{"name", fields{"name": "PutObject"}},
		{"source", fields{"source": "ec2.amazonaws.com"}},
		{"arn", fields{"arn": "arn:aws:iam::111122223333:user/bob"}},
		{"principal", fields{"principal": "AIDAOTHER"}},
		{"request", fields{"request": `"requestID":"other",`}},
		{"no request", fields{"request": ""}},
		{"no request", fields{"request": ""}},
		{"id", fields{"id": `"eventID":"another",`}},
		{"no id 1", fields{"id": ""}},
		{"no id 2", fields{"id": ""}},
		{"empty id 1", fields{"id": `"eventID":"",`}},
		{"empty id 2", fields{"id": `"eventID":"",`}},
		{"name", fields{"name": "PutObject"}},
	} {
		list = append(list, CopyCase{c.event, record(len(list), c.changed)})
	}
	return list
}

// Copies queries every CloudTrail table for all records of CopyCases with a single rule, with packed rules, and with a
// correlation. Each event must be returned once.
func Copies(t *testing.T, engine sqltest.Engine) {
	dialect := sqlgen.DialectByName(engine.Dialect())
	cases := CopyCases()
	events := map[string]bool{}
	var docs []*value.Doc
	for _, c := range cases {
		doc, err := new(value.Parser).Parse([]byte(c.Text))
		if err != nil {
			t.Fatal(err)
		}
		docs = append(docs, doc)
		events[c.Event] = true
	}
	for _, layout := range schema.ByName("cloudtrail").Layouts() {
		if layout.Name == "event-history" {
			continue // a file that the console writes, without the columns that tell the records apart
		}
		t.Run(layout.Name, func(t *testing.T) {
			row := sqltest.Row
			if strings.HasPrefix(layout.Name, "security-lake") {
				row = sqltest.OCSFRow
			}
			var rows [][]any
			for _, doc := range docs {
				rows = append(rows, row(layout, doc))
			}
			if err := engine.Load(context.Background(), "copied", sqltest.Columns(layout), rows); err != nil {
				t.Fatal(err)
			}
			query := func(s *sqltree.Select) ([]string, [][]any, string) {
				text := dialect.Print(s)
				columns, found, err := engine.Query(context.Background(), text)
				if err != nil {
					t.Fatalf("%v\n%s", err, text)
				}
				return columns, found, text
			}
			opt := sqlgen.Options{Dialect: dialect, Layout: layout, Table: "copied"}
			every := &ir.Query{Rule: "every", Where: &ir.ConstExpr{Value: true}}
			agent := ir.Field{Name: "userAgent", Paths: layout.Schema.Paths("userAgent")}
			statement, list := sqlgen.Detection(every, []sqlgen.Output{{Field: agent}}, opt)
			if statement.Select == nil {
				t.Fatal(list)
			}
			_, found, text := query(statement.Select)
			var got, want []string
			for _, row := range found {
				for i, c := range cases {
					if fmt.Sprint(row[0]) == fmt.Sprintf("n%d", i) {
						got = append(got, c.Event)
					}
				}
			}
			for event := range events {
				want = append(want, event)
			}
			slices.Sort(got)
			slices.Sort(want)
			if !slices.Equal(got, want) {
				t.Errorf("events %q, want %q\n%s", got, want, text)
			}

			packed := sqlgen.Pack([]*ir.Query{every, {Rule: "again", Where: every.Where}}, opt)
			if packed.Select == nil {
				t.Fatal(packed.Faults)
			}
			if _, found, text := query(packed.Select); len(found) != 2*len(events) {
				t.Errorf("packed: got %d rows, want %d\n%s", len(found), 2*len(events), text)
			}

			count := &ir.Correlation{
				Type: ir.EventCount, Bases: []ir.Base{{}}, Timespan: time.Hour, Bounds: []ir.Bound{{Op: ir.BoundGreaterEqual, Text: "1"}},
			}
			statement, list = sqlgen.Correlation([]*ir.Correlation{count}, 0, []*ir.Query{every}, opt)
			if statement.Select == nil {
				t.Fatal(list)
			}
			columns, found, text := query(statement.Select)
			if len(found) != 1 || fmt.Sprint(found[0][slices.Index(columns, "count")]) != fmt.Sprint(len(events)) {
				t.Errorf("correlation: got %v, want one finding of %d events\n%s", found, len(events), text)
			}
		})
	}
}
