package event

import (
	"encoding/base64"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
)

// packed encodes text like a subscription of CloudWatch Logs: base64 of gzip.
func packed(t testing.TB, text string) string {
	t.Helper()
	return base64.StdEncoding.EncodeToString(gzipped(t, []byte(text)))
}

// subscription returns the message that a CloudWatch Logs subscription delivers.
func subscription(messages ...string) string {
	var list []string
	for i, m := range messages {
		list = append(list, fmt.Sprintf(`{"id":"%d","timestamp":1767323045000,"message":%s}`, i, quoted(m)))
	}
	return `{"messageType":"DATA_MESSAGE","owner":"111122223333","logGroup":"trail","logEvents":[` + strings.Join(list, ",") + `]}`
}

// Records that are not events are searched for events, whose paths are counted. The forms come from the manuals of
// Vector, Datadog, Lambda, Firehose and SNS, and from unknown shippers.
func TestEventsWithinRecords(t *testing.T) {
	inner := `{"Type":"Notification","TopicArn":"arn:aws:sns:eu-west-1:111122223333:t","Message":` + quoted(trail("c")) + `}`
	for _, test := range []struct {
		name, content string
		paths         map[string]int64
	}{
		{
			"a file of records as one text", `{"bucket":"b","message":` + quoted(records("a", "b", "c")) + `,"timestamp":"2026-01-02T03:04:05Z"}`,
			map[string]int64{"message.Records[]": 3},
		},
		{
			"lines as one text", `{"line":` + quoted(trails("\n", "a", "b", "c")+"\n") + `}`,
			map[string]int64{"line": 3},
		},
		{
			"under a very long key", `{"` + strings.Repeat("k", 70) + `":` + trail("a") + `}` + "\n" + `{"` + strings.Repeat("k", 64) + `":` + trails("", "b") + `}` + "\n" + `{"l":` + trail("c") + `}`,
			map[string]int64{strings.Repeat("k", 64): 2, "l": 1},
		},
		{
			"an array as one text", `{"line":` + quoted(" ["+trails(", ", "a", "b", "c")+"]") + `}`,
			map[string]int64{"line[]": 3},
		},
		{
			"under a key of a shipper", `{"_id":"x","tags":["a:b"],"attributes":` + trail("a") + `}
{"payload":{"json":{"inner":` + trail("b") + `}}}
{"payload":` + quoted(`{"inner":`+quoted(trail("c"))+`}`) + `}`,
			map[string]int64{"attributes": 1, "payload.json.inner": 1, "payload.inner": 1},
		},
		{
			"lists under several keys", `{"one":{"Records":[` + trail("a") + `]},"two":{"Records":[` + trails(",", "b", "c") + `]}}`,
			map[string]int64{"one.Records[]": 1, "two.Records[]": 2},
		},
		{
			"a subscription through Kinesis", `{"Records":[{"kinesis":{"partitionKey":"p","data":"` +
				packed(t, subscription(trail("a"), trail("b"), trail("c"))) + `"},"eventSource":"aws:kinesis","eventName":"aws:kinesis:record","eventVersion":"1.0"}]}`,
			map[string]int64{"kinesis.data.logEvents[].message": 3},
		},
		{
			"a subscription through Lambda", `{"awslogs":{"data":"` + packed(t, subscription(trail("a"), trail("b"), trail("c"))) + `"}}`,
			map[string]int64{"awslogs.data.logEvents[].message": 3},
		},
		{
			"Firehose", `{"invocationId":"i","records":[{"recordId":"1","data":"` + base64.StdEncoding.EncodeToString([]byte(trails("\n", "a", "b"))) +
				`"},{"recordId":"2","data":"` + base64.RawURLEncoding.EncodeToString([]byte(trail("c"))) + `"}]}`,
			map[string]int64{"data": 3},
		},
		{
			"queue and notification", `{"Messages":[{"MessageId":"1","Body":` + quoted(trail("a")) + `},{"Body":` + quoted(trail("b")) + `},{"Body":` + quoted(inner) + `}]}`,
			map[string]int64{"Messages[].Body": 2, "Messages[].Body.Message": 1},
		},
		{
			"JSON strings in JSON strings", `{"message":` + quoted(quoted(trail("a"))) + "}\n" + `{"message":` + quoted(quoted(quoted(trails("\n", "b", "c")))) + `}`,
			map[string]int64{"message": 3},
		},
		{
			"after a byte order mark", `{"message":` + quoted("\ufeff"+trails("\n", "a", "b", "c")) + `}`,
			map[string]int64{"message": 3},
		},
		{
			"syslog", "<134>1 2026-01-02T03:04:05Z host cloudtrail - - - " + trail("a") + "\nJan  2 03:04:05 host cloudtrail: " + trail("b") +
				"\n2026-01-02T03:04:05+00:00\tcloudtrail\t" + trail("c") + "\n",
			nil,
		},
		{
			"syslog in a message", `{"message":` + quoted("<14>Jan 12 03:04:05 host cloudtrail: "+trail("a")) + "}\n" +
				`{"message":` + quoted("cloudtrail: "+trail("b")) + "}\n" +
				`{"message":` + quoted("2026-01-02T03:04:05Z\tcloudtrail\t"+trail("c")) + `}`,
			map[string]int64{"message": 3},
		},
		{
			"JSON strings", quoted(trail("a")) + "\n" + quoted(trails("\n", "b", "c")) + "\n",
			nil,
		},
		{
			"a file of records as a JSON string", quoted(records("a", "b", "c")),
			map[string]int64{"Records[]": 3},
		},
		{
			"an array of JSON strings", "[" + quoted(trail("a")) + "," + quoted(records("b", "c")) + "]",
			map[string]int64{"Records[]": 2},
		},
		{
			"several copies in one record", `{"message":` + quoted(trail("a")) + `,"event":{"original":` + quoted(trail("a")) + `}}
{"event":{"original":` + quoted(trail("b")) + `},"extra":{"again":` + trail("b") + `}}
{"detail":` + trail("c") + `}`,
			map[string]int64{"event.original": 2, "detail": 1},
		},
		{
			"records among other elements", `{"x":[{"n":1},` + trail("a") + `,"no",` + quoted(trail("b")) + `,` + trail("c") + `]}`,
			map[string]int64{"x[]": 3},
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			path := write(t, "f", []byte(test.content))
			out := run(t, Options{}, path)
			if f := out.file(t, path); !slices.Equal(out.ids[path], []string{"a", "b", "c"}) || f.Status != Read || f.FailedRecords != 0 {
				t.Errorf("events %q, file %+v", out.ids[path], f)
			}
			if !maps.Equal(out.paths, test.paths) {
				t.Errorf("paths %v, want %v", out.paths, test.paths)
			}
		})
	}
}

// ASFF as Security Hub delivers it: lists of findings, User Guide, "EventBridge event formats", and GetFindings.
func TestFindingsAreEventsEach(t *testing.T) {
	finding := func(id string) string {
		return `{"SchemaVersion":"2018-10-08","Id":"` + id + `","ProductArn":"p","AwsAccountId":"111122223333","UpdatedAt":"2026-01-02T03:04:05Z"}`
	}
	want := []string{"a/2026-01-02T03:04:05Z", "b/2026-01-02T03:04:05Z"}
	for name, content := range map[string]string{
		"GetFindings":        `{"Findings":[` + finding("a") + `,` + finding("b") + `],"NextToken":"t"}`,
		"GetFindings pretty": pretty(t, `{"Findings":[`+finding("a")+`,`+finding("b")+`]}`),
		"EventBridge":        `{"detail-type":"Security Hub Findings - Imported","source":"aws.securityhub","detail":{"findings":[` + finding("a") + `,` + finding("b") + `]}}`,
		"EventBridge lines":  `{"source":"aws.securityhub","detail":{"findings":[` + finding("a") + "]}}\n" + `{"source":"aws.securityhub","detail":{"findings":[` + finding("b") + "]}}\n",
		"through a queue":    `{"Messages":[{"Body":` + quoted(`{"source":"aws.securityhub","detail":{"findings":[`+finding("a")+`,`+finding("b")+`]}}`) + `}]}`,
	} {
		path := write(t, "f", []byte(content))
		out := run(t, Options{}, path)
		if f := out.file(t, path); !slices.Equal(out.ids[path], want) || f.Records != 2 {
			t.Errorf("%s: got %q, %+v", name, out.ids[path], f)
		}
	}
}

// Text within a record that cannot be read is a failed record; text that only looks like JSON is not.
func TestTextsThatCannotBeRead(t *testing.T) {
	cut := trail("x")[:60]
	const s3Note = `{"eventSource":"aws:s3","eventName":"ObjectCreated:Put","eventVersion":"2.1"}`
	whole := packed(t, subscription(strings.Repeat("filling ", 200), trail("x")))
	for _, test := range []struct {
		name, content  string
		want           []string
		failed, others int64
		reason         string
	}{
		{"cut message", subscription(trail("a"), cut+"[Truncated...]", trail("b")), []string{"a", "b"}, 1, 0, "message: the JSON text in it is cut off"},
		{"only cut messages", subscription(cut, cut), nil, 2, 0, "message: the JSON text"},
		{"cut in an unknown envelope", `{"line":` + quoted(cut) + `}`, nil, 1, 0, "line: the JSON text in it is cut off"},
		{"broken in an envelope", `{"line":` + quoted(`{"eventName": oops}`) + `}`, nil, 1, 0, "line: the JSON text in it cannot be read"},
		{"cut lines in one text", `{"line":` + quoted(trail("a")+"\n"+cut) + `}`, []string{"a"}, 1, 0, "line: the JSON text in it is cut off"},
		{"cut list in one text", `{"line":` + quoted(`{"Records":[`+trail("a")+`,`+cut) + `}`, []string{"a"}, 1, 0, "line: the JSON text in it is cut off"},
		{"a list cut in its first record", `{"line":` + quoted(`{"Records":[`+cut) + `}`, nil, 1, 0, "line: the JSON text in it is cut off"},
		{"an array cut after a comma", `{"line":` + quoted(`[`+trails(",", "a", "b")+`,`) + `}`, []string{"a", "b"}, 1, 0, "line: the JSON text in it is cut off"},
		{"a cut line before whole ones", `{"line":` + quoted(trail("a")+"\n"+cut+"\n"+trail("b")+"\n"+trail("c")) + `}`, []string{"a", "b", "c"}, 1, 0, "line: the JSON text in it"},
		{"a line cut in a string", `{"line":` + quoted(trail("x")[:59]+"\n"+trail("b")+"\n"+trail("c")) + `}`, []string{"b", "c"}, 1, 0, "line: the JSON text in it"},
		{"a cut list of records on lines", `{"line":` + quoted("{\"Records\":["+trails(",\n", "a", "b")+",\n"+cut) + `}`, []string{"a", "b"}, 1, 0, "line: the JSON text in it is cut off"},
		{"a cut list before a whole one", `{"line":` + quoted(`{"Records":[`+trail("a")+`,`+cut+"\n"+records("b", "c")) + `}`, []string{"a", "b", "c"}, 1, 0, "line: the JSON text in it is cut off"},
		{"a cut indented object before a whole one", `{"line":` + quoted(pretty(t, trail("x"))[:60]+"\n"+pretty(t, trail("b"))) + `}`, []string{"b"}, 1, 0, "line: the JSON text in it"},
		{"a cut list of hits", `{"line":` + quoted(`{"hits":{"hits":[`+trails(",", "a", "b")+`,`+cut) + `}`, []string{"a", "b"}, 1, 0, "line: the JSON text in it is cut off"},
		{"a cut list without room", `{"line":` + quoted(`{"hits":{"hits":[`+trails(",", "a", "b")) + `}`, nil, 1, 0, "line: the JSON text in it is cut off"},
		{"a cut list of hits before another", `{"line":` + quoted(`{"hits":{"hits":[`+trail("a")+`,`+cut+"\n"+records("b")) + `}`, []string{"a", "b"}, 1, 0, "line: the JSON text in it is cut off"},
		{"cut packed list", `{"data":"` + packed(t, `{"Records":[`+trail("a")+`,`+cut) + `"}`, []string{"a"}, 1, 0, "data: the JSON text in it is cut off"},
		{"another wrapper has it whole", `{"event":{"original":` + quoted(cut) + `},"message":` + quoted(trail("a")) + `}`, []string{"a"}, 0, 0, ""},
		{"cut gzip", `{"awslogs":{"data":"` + packed(t, subscription(trail("x")))[:200] + `"}}`, nil, 1, 0, "awslogs.data: the gzip data in it cannot be read: the compressed data is cut off"},
		{"cut base64", `{"awslogs":{"data":"` + whole[:len(whole)-9] + `"}}`, nil, 1, 0, "awslogs.data: the gzip data"},
		{"broken gzip", `{"awslogs":{"data":"H4sI` + strings.Repeat("AAAA", 20) + `"}}`, nil, 1, 0, "awslogs.data: the gzip data in it cannot be read"},
		{"a signed token", `{"token":"eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9P"}`, nil, 0, 1, unknownKind},
		{"other JSON", `{"message":` + quoted(`{"level":"info"} and more`) + `}`, nil, 0, 1, unknownKind},
		{"a cut event after words", `{"message":` + quoted("trail: "+trail("x")[:100]) + `}`, nil, 1, 0, "message: the JSON text in it is cut off"},
		{"an object after words", `{"message":` + quoted(`request: {"a":`) + `}`, nil, 0, 1, unknownKind},
		{"brackets of other text", `{"message":"[INFO] started"}` + "\n" + `{"message":"{user} logged in"}`, nil, 0, 2, unknownKind},
		{"a log that is known and carries no others", `{"event_type":"alert","timestamp":"x","src_ip":"192.0.2.1","payload":` + quoted(cut) + `}`, nil, 0, 1, "Suricata EVE log"},
		{"a message of a stream that is no JSON", `{"Records":[{"kinesis":{"data":"aGVsbG8gd29ybGQsIGhlbGxvIHdvcmxk"},"eventSource":"aws:kinesis"}]}`, nil, 0, 1, "Kinesis stream record"},
		{"notifications in a list of one record", `{"items":[` + s3Note + `,` + s3Note + `]}`, nil, 0, 1, unknownKind},
		{"lists in one record", `{"parts":[{"a":1},{"a":2},"x"],"words":["y","z"]}`, nil, 0, 1, unknownKind},
		{"notifications in a queue", `{"Messages":[{"Body":` + quoted(`{"Records":[{"eventSource":"aws:s3","eventName":"ObjectCreated:Put","eventVersion":"2.1"}]}`) + `}]}`, nil, 0, 1, "S3 event notification"},
	} {
		t.Run(test.name, func(t *testing.T) {
			path := write(t, "f", []byte(test.content))
			out := run(t, Options{}, path)
			f := out.file(t, path)
			if !slices.Equal(out.ids[path], test.want) || f.FailedRecords != test.failed || f.OtherRecords != test.others || !strings.Contains(f.Reason, test.reason) {
				t.Errorf("events %q, file %+v", out.ids[path], f)
			}
		})
	}
}

// A record must not make the search deep or long, or its texts large.
func TestSearchIsBounded(t *testing.T) {
	deep := trail("x")
	for range maxTexts + 1 {
		deep = `{"t":` + quoted(deep) + `}`
	}
	nested := strings.Repeat(`{"a":`, maxDepth+1) + trail("x") + strings.Repeat("}", maxDepth+1)
	bomb := packed(t, `{"x":"`+strings.Repeat("y", 100_000)+`"}`)
	inBomb := packed(t, `{"data":"`+packed(t, strings.Repeat(trail("x")+"\n", 5_000))+`"}`)
	for _, test := range []struct {
		name, content, reason string
		status                Status
	}{
		{"texts in texts", deep, unknownKind, Skipped},
		{"objects in objects", nested, unknownKind, Skipped},
		{"a bomb", `{"data":"` + bomb + `"}`, "data: the gzip data in it is too large", Failed},
		{"a bomb in a payload", `{"data":"` + inBomb + `"}`, "data.data: the gzip data in it is too large", Failed},
		{"many payloads", `{"x":[` + strings.TrimSuffix(strings.Repeat(`"`+packed(t, strings.Repeat(" ", 3000)+`{}`)+`",`, 100), ",") + `]}`, "too large", Failed},
	} {
		path := write(t, "f", []byte(test.content))
		f := run(t, Options{Limits: Limits{Record: 64 << 10, Ratio: 100}}, path).file(t, path)
		if f.Status != test.status || !strings.Contains(f.Reason, test.reason) || f.Events != 0 {
			t.Errorf("%s: got %+v", test.name, f)
		}
	}
}

// The kept paths do not depend on the order of events.
func TestPathsAreBounded(t *testing.T) {
	var names []string
	for i := range 100 {
		names = append(names, fmt.Sprintf("key%03d", i*37%100))
	}
	var forth, back pathCounts
	for i, name := range names {
		forth.add([]byte(name), 1)
		back.add([]byte(names[len(names)-1-i]), 1)
	}
	back.add([]byte("key050"), 1)
	forth.add([]byte("key050"), 1)
	var merged pathCounts
	merged.addAll(&back)
	for name, n := range forth.counts {
		if m := merged.counts[name]; m == nil || *m != *n {
			t.Errorf("%q: got %d, and in another order %v", name, *n, m)
		}
	}
	if len(forth.counts) != maxPaths+1 || len(merged.counts) != maxPaths+1 || *forth.counts[otherPaths] != 101-maxPaths {
		t.Errorf("got %d and %d paths", len(forth.counts), len(merged.counts))
	}
}
