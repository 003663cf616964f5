package sqltest_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/egret-hunt/egret/internal/schema"
	"github.com/egret-hunt/egret/internal/testkit/sqltest"
	"github.com/egret-hunt/egret/internal/value"
)

func parse(t testing.TB, text string) *value.Doc {
	t.Helper()
	var parser value.Parser
	doc, err := parser.Parse([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return doc
}

func columnsOf(t testing.TB, pairs ...string) []schema.Column {
	t.Helper()
	var columns []schema.Column
	for i := 0; i < len(pairs); i += 2 {
		kind, err := schema.ParseType(pairs[i+1])
		if err != nil {
			t.Fatal(err)
		}
		columns = append(columns, schema.Column{Name: pairs[i], Type: kind})
	}
	return columns
}

func TestRow(t *testing.T) {
	p := &schema.Layout{
		Schema: schema.ByName("cloudtrail"),
		Columns: columnsOf(t,
			"eventtime", "string", "useridentity", "struct<type:string,sessioncontext:struct<attributes:struct<mfaauthenticated:string>>>",
			"readonly", "string", "apiversion", "string", "requestparameters", "json", "responseelements", "json", "additionaleventdata", "json",
			"resources", "array<struct<arn:string,accountid:string>>", "absent", "string", "count", "bigint", "share", "double", "yes", "boolean",
			"no", "boolean", "at", "timestamp", "day", "date", "tags", "map<string,string>", "wrong", "struct<a:string>", "list", "array<string>"),
		PartitionedBy: columnsOf(t, "region", "string", "account", "string", "timestamp", "string", "year", "string", "month", "int", "other", "string"),
		Partitions: []schema.Partition{
			{Column: "timestamp", Type: schema.Text, Format: "yyyy/MM/dd"},
			{Column: "year", Type: schema.Text, Format: "yyyy"},
			{Column: "month", Type: schema.Integer, Format: "MM"},
		},
	}
	doc := parse(t, `{"eventTime": "2023-07-09T23:59:59Z", "eventtime": "second of the name", "awsRegion": "eu-west-1", "recipientAccountId": "111122223333",
		"userIdentity": {"Type": "Root", "sessionContext": {"attributes": {"mfaAuthenticated": "false"}}, "more": 1},
		"readOnly": true, "apiVersion": 1.50, "requestParameters": {"b": 1.50, "a": ["x", "\u00e9\u0000"]}, "responseElements": null, "additionalEventData": "text",
		"resources": [{"ARN": "arn:aws:s3:::b", "type": "T"}, null], "count": 9007199254740993, "share": 0.25, "yes": "TRUE", "no": false,
		"at": "2023-07-10T02:00:00.1234567+02:00", "day": "2023-07-10T00:30:00Z", "tags": {"z": "1", "a": 2, "z": "3"}, "wrong": "text", "list": "one"}`)
	want := []any{
		"2023-07-09T23:59:59Z",
		map[string]any{"type": "Root", "sessioncontext": map[string]any{"attributes": map[string]any{"mfaauthenticated": "false"}}},
		"true", "1.50", `{"b":1.50,"a":["x","é\u0000"]}`, nil, `"text"`,
		[]any{map[string]any{"arn": "arn:aws:s3:::b", "accountid": nil}, nil},
		nil, int64(9007199254740993), 0.25, true, false,
		time.Date(2023, 7, 10, 0, 0, 0, 123456000, time.UTC), time.Date(2023, 7, 10, 0, 0, 0, 0, time.UTC),
		sqltest.Pairs{{"z", "1"}, {"a", "2"}}, nil, nil,
		"eu-west-1", "111122223333", "2023/07/09", "2023", int64(7), nil,
	}
	if diff := cmp.Diff(want, sqltest.Row(p, doc)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	whole := &schema.Layout{Schema: p.Schema, Columns: columnsOf(t, "event", "json", "EventJSON", "string")}
	if diff := cmp.Diff([]any{`{"a":1}`, nil}, sqltest.Row(whole, parse(t, `{"a": 1}`))); diff != "" {
		t.Errorf("whole record (-want +got):\n%s", diff)
	}
	if len(sqltest.Columns(p)) != len(want) {
		t.Errorf("got %d columns for %d cells", len(sqltest.Columns(p)), len(want))
	}
}
