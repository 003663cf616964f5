package event

import (
	"encoding/base64"
	"slices"
	"strconv"
	"testing"
)

// TestWrappersOfProducts has the shapes in which products document that they wrap records: each gives the same event, and
// the ledger names the path.
func TestWrappersOfProducts(t *testing.T) {
	event := trail("a")
	text := strconv.Quote(event)
	list := strconv.Quote(`{"Records":[` + event + `]}`)
	packed := func(content string) string {
		return strconv.Quote(base64.StdEncoding.EncodeToString(gzipped(t, []byte(content))))
	}
	subscription := `{"messageType":"DATA_MESSAGE","owner":"111122223333","logGroup":"g","logStream":"s","subscriptionFilters":["f"],"logEvents":[{"id":"1","timestamp":1767323045000,"message":` + text + `}]}`
	for name, test := range map[string]struct{ content, path string }{
		"Vector":                  {`{"file":"/var/log/x","host":"h","message":` + text + `,"source_type":"file","timestamp":"2026-01-02T03:04:06Z"}`, "message"},
		"Fluent Bit":              {`{"date":1767323045.1,"log":` + text + `}`, "log"},
		"Logstash":                {`{"@version":"1","@timestamp":"2026-01-02T03:04:06Z","message":` + list + `}`, "message.Records[]"},
		"Datadog":                 {`{"id":"x","type":"log","attributes":{"service":"cloudtrail","message":` + text + `,"tags":["a"],"attributes":{}}}`, "attributes.message"},
		"New Relic":               {`{"common":{"attributes":{"logtype":"x"}},"logs":[{"timestamp":1,"message":` + text + `}]}`, "logs[].message"},
		"Sumo":                    {`{"_messagetime":"1767323045000","_sourcecategory":"aws","_raw":` + text + `}`, "_raw"},
		"SQS":                     {`{"Messages":[{"MessageId":"m","ReceiptHandle":"r","Body":` + list + `}]}`, "Messages[].Body.Records[]"},
		"SNS":                     {`{"Type":"Notification","MessageId":"m","TopicArn":"arn:aws:sns:us-east-1:111122223333:t","Message":` + list + `}`, "Message.Records[]"},
		"OTLP":                    {`{"resourceLogs":[{"resource":{"attributes":[]},"scopeLogs":[{"logRecords":[{"timeUnixNano":"1","body":{"stringValue":` + text + `}}]}]}]}`, "resourceLogs[].scopeLogs[].logRecords[].body.stringValue"},
		"Firehose":                {`{"requestId":"r","timestamp":1,"records":[{"data":` + packed(subscription) + `}]}`, "data.logEvents[].message"},
		"Kinesis":                 {`{"Records":[{"kinesis":{"partitionKey":"p","data":` + packed(event) + `},"eventSource":"aws:kinesis","eventName":"aws:kinesis:record"}]}`, "kinesis.data"},
		"CloudWatch subscription": {`{"awslogs":{"data":` + packed(subscription) + `}}`, "awslogs.data.logEvents[].message"},
		"CloudTrail Lake":         {`{"QueryStatus":"FINISHED","QueryResultRows":[[{"eventID":"a"},{"eventJson":` + text + `}]]}`, "QueryResultRows[][].eventJson"},
		"lookup-events":           {`{"Events":[{"EventId":"a","EventName":"GetUser","ReadOnly":"true","Username":"alice","EventTime":1767323045,"CloudTrailEvent":` + text + `}]}`, "CloudTrailEvent"},
	} {
		out := run(t, Options{}, write(t, "x.json", []byte(test.content+"\n")))
		if !slices.Equal(out.all(), []string{"a"}) || out.files[0].Status != Read {
			t.Errorf("%s: got %q, %+v", name, out.all(), out.files[0])
		}
		if out.paths[test.path] != 1 {
			t.Errorf("%s: got paths %v, want %s", name, out.paths, test.path)
		}
	}
}
