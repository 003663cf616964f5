package event

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/egret-hunt/egret/internal/value"
)

// delivered returns the JSON text of the events of files, and their times.
func delivered(t *testing.T, options Options, paths ...string) (events []string, times []value.Time, files []*File) {
	t.Helper()
	reader := NewReader(options)
	err := reader.Run(t.Context(), paths, 1, func(_ int, b *Batch) error {
		for r := b.Next(); r != nil; r = b.Next() {
			events = append(events, string(r.Raw))
			if r.Timed {
				times = append(times, r.Time)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return events, times, reader.Files()
}

// TestAthenaResultsAsCSV reads a result of SELECT * on the table of the Athena User Guide, with a struct as Athena prints it.
func TestAthenaResultsAsCSV(t *testing.T) {
	content := "\xef\xbb\xbf" + `"eventversion","useridentity","eventtime","eventsource","eventname","awsregion","sourceipaddress","useragent","errorcode","requestparameters","eventid","readonly","resources"` + "\r\n" +
		`"1.08","{type=AssumedRole, principalid=AROA:alice, arn=arn:aws:sts::111122223333:assumed-role/Ops/alice, accountid=111122223333, invokedby=null, accesskeyid=ASIAEXAMPLE, username=null, sessioncontext={attributes={mfaauthenticated=false, creationdate=2026-01-02T03:00:00Z}, sessionissuer={type=Role, principalid=AROA, arn=arn:aws:iam::111122223333:role/Ops, accountid=111122223333, username=Ops}, ec2roledelivery=null}}","2026-01-02T03:04:05Z","iam.amazonaws.com","CreateUser","us-east-1","192.0.2.1","agent ""quoted"", with comma",,"{""userName"":""eve"",""tags"":[{""key"":""a""}]}","e-1","false","[{arn=arn:aws:iam::111122223333:user/eve, accountid=111122223333, type=AWS::IAM::User}]"` + "\r\n"
	events, _, files := delivered(t, Options{}, write(t, "result.csv", []byte(content)))

	if len(events) != 1 || files[0].Status != Read || files[0].Format != "CSV of cloudtrail/athena" {
		t.Fatalf("got %q, %+v", events, files[0])
	}
	doc := parse(t, events[0])
	for path, want := range map[string]string{
		"userIdentity.type": "AssumedRole", "userIdentity.arn": "arn:aws:sts::111122223333:assumed-role/Ops/alice",
		"userIdentity.accessKeyId": "ASIAEXAMPLE", "userIdentity.sessionContext.attributes.creationDate": "2026-01-02T03:00:00Z",
		"userIdentity.sessionContext.sessionIssuer.userName": "Ops", "eventName": "CreateUser", "sourceIPAddress": "192.0.2.1",
		"userAgent": `agent "quoted", with comma`, "requestParameters.userName": "eve", "requestParameters.tags.key": "a", "readOnly": "false",
		"resources.ARN": "arn:aws:iam::111122223333:user/eve", "resources.type": "AWS::IAM::User", "eventID": "e-1",
		"errorCode": "", "userIdentity.invokedBy": "", "userIdentity.userName": "",
	} {
		if got := first(doc, path); got != want {
			t.Errorf("%s: got %q, want %q; in %s", path, got, want, events[0])
		}
	}
}

func parse(t *testing.T, text string) *value.Doc {
	t.Helper()
	doc, err := new(value.Parser).Parse([]byte(text))
	if err != nil {
		t.Fatalf("%v: %s", err, text)
	}
	return doc
}

// first returns the text of the first value at a path, "" if there is none.
func first(doc *value.Doc, path string) string {
	leaves := new(value.Walker).Leaves(nil, doc, 0, &value.Path{Text: path})
	if len(leaves) == 0 {
		return ""
	}
	return leaves[0].Doc.String(leaves[0].Node)
}

// TestCSVOfRecords reads CSV with a column of JSON records, in the forms in which portals and engines write it.
func TestCSVOfRecords(t *testing.T) {
	quoted := func(id string) string { return `"` + strings.ReplaceAll(trail(id), `"`, `""`) + `"` }
	for name, content := range map[string]string{
		"one column": "event\n" + quoted("a") + "\n" + quoted("b") + "\n",
		"after others": "CreationDate,UserIds,Operations,AuditData\n2026-01-02T03:04:05Z,alice,GetUser," + quoted("a") +
			"\n2026-01-02T03:04:05Z,\"a\n\nb\",GetUser," + quoted("b"),
		"semicolons": "when;who;record\n1;x;" + quoted("a") + "\n\n2;\"y;\"\"z\";" + quoted("b") + "\n",
		"tabs":       "_time\thost\t_raw\n1\tx\t" + trail("a") + "\n1\tx\t" + trail("b") + "\n",
		"again":      "n,record\n1," + quoted("a") + "\nn,record\n2," + quoted("b") + "\n",
		"no end":     "n,record\r\n1," + quoted("a") + "\r\n2," + quoted("b"),
		"UTF-16":     "\xff\xfe" + utf16le("n,record\r\n1,"+quoted("a")+"\r\n2,"+quoted("b")+"\r\n"),
	} {
		out := run(t, Options{}, write(t, "x.csv", []byte(content)))
		if !slices.Equal(out.all(), []string{"a", "b"}) || out.files[0].Status != Read {
			t.Errorf("%s: got %q, %+v", name, out.all(), out.files[0])
		}
	}
}

func utf16le(text string) string {
	var b strings.Builder
	for _, c := range []byte(text) {
		b.WriteByte(c)
		b.WriteByte(0)
	}
	return b.String()
}

func TestBadCSV(t *testing.T) {
	quoted := `"` + strings.ReplaceAll(trail("a"), `"`, `""`) + `"`
	good := "1,x,y," + quoted + "\n"
	header := "n,b,c,record\n"
	for name, test := range map[string]struct {
		content string
		status  Status
		events  int64
		failed  int64
		reason  string
	}{
		"too few":        {header + good + "2,x\n" + good, Partial, 2, 1, "line 3: 2 columns, the header has 4"},
		"too many":       {header + good + "2,x,y,z,\n" + good, Partial, 2, 1, "line 3: 5 columns, the header has 4"},
		"open quote":     {header + good + "2,x,\"y,z\n" + good, Partial, 2, 1, "line 3: 3 columns, the header has 4"},
		"after newlines": {header + "1,\"x\n\n\",y," + quoted + "\n5\n", Partial, 1, 1, "line 5: 1 columns"},
		"other":          {"name,size,owner,kind\na,1,b,c\nd,2,e,f\n", Skipped, 0, 0, "CSV whose columns fit no known table"},
		"long":           {header + good + "2,\"" + strings.Repeat("x", 3000) + "\",y,z\n" + good, Partial, 2, 1, "line 3: longer than"},
	} {
		out := run(t, Options{Limits: Limits{Record: 2000}}, write(t, "x.csv", []byte(test.content)))
		f := out.files[0]
		if f.Status != test.status || f.Events != test.events || f.FailedRecords != test.failed || !strings.Contains(f.Reason, test.reason) {
			t.Errorf("%s: got %s, %d events, %d failed, %q", name, f.Status, f.Events, f.FailedRecords, f.Reason)
		}
	}
}

// TestHostileCSV reads a file in which every line opens a quote, which would cost a look at the whole file each.
func TestHostileCSV(t *testing.T) {
	content := "a,b,c,record\n" + strings.Repeat("1,2,\"3,4\nx\n", 1)
	content += strings.Repeat("1,2,\"3\"x,4\n", 100_000)
	start := time.Now()
	out := run(t, Options{}, write(t, "x.csv", []byte(content)))
	if time.Since(start) > 10*time.Second {
		t.Errorf("took %s", time.Since(start))
	}
	if f := out.files[0]; f.Events != 0 || f.Status == Read {
		t.Errorf("got %+v", f)
	}
}

// TestEventHistory reads the download of CloudTrail's event history, whose columns are those of the console.
func TestEventHistory(t *testing.T) {
	content := "Event name,Event time,User name,Event source,Resource type,Resource name,AWS access key,AWS region,Error code,Read-only,Source IP address,Request ID,Event ID\n" +
		"CreateUser,2026-01-02T03:04:05Z,alice,iam.amazonaws.com,AWS::IAM::User,eve,AKIAEXAMPLE,us-east-1,,false,192.0.2.1,r-1,e-1\n" +
		"CreateUser,\"January 02, 2026, 04:04:05 (UTC+01:00)\",alice,iam.amazonaws.com,,,,us-east-1,AccessDenied,false,192.0.2.1,r-2,e-2\n"
	events, _, files := delivered(t, Options{}, write(t, "event_history.csv", []byte(content)))
	if len(events) != 2 || files[0].Format != "CSV of cloudtrail/event-history" {
		t.Fatalf("got %q, %+v", events, files[0])
	}
	for i, path := range []string{"eventTime", "eventTime"} {
		if got := first(parse(t, events[i]), path); got != "2026-01-02T03:04:05Z" {
			t.Errorf("event %d: %s is %q, in %s", i, path, got, events[i])
		}
	}
	doc := parse(t, events[0])
	for path, want := range map[string]string{"eventName": "CreateUser", "userIdentity.userName": "alice", "userIdentity.accessKeyId": "AKIAEXAMPLE",
		"sourceIPAddress": "192.0.2.1", "eventID": "e-1", "requestID": "r-1", "awsRegion": "us-east-1", "eventSource": "iam.amazonaws.com"} {
		if got := first(doc, path); got != want {
			t.Errorf("%s: got %q, want %q", path, got, want)
		}
	}
}

// TestRowsInJSON reads rows of Security Lake as JSON lines, and in a wrapper.
func TestRowsInJSON(t *testing.T) {
	row := `{"class_uid":6003,"time":1767323045000,"time_dt":"2026-01-02 03:04:05.000","metadata":{"uid":"e-1","product":{"name":"CloudTrail"},"version":"1.1.0"},
"api":{"operation":"CreateUser","service":{"name":"iam.amazonaws.com"},"request":{"data":"{\"userName\":\"eve\"}"}},"actor":{"user":{"type":"IAMUser","uid":"arn:aws:iam::111122223333:user/alice"}},
"src_endpoint":{"ip":"192.0.2.1"},"cloud":{"region":"us-east-1"},"unmapped":{"recipientAccountId":"111122223333","additionalEventData.list[]":"a, b"},"severity":"Informational"}`
	row = strings.ReplaceAll(row, "\n", "")
	for name, content := range map[string]string{"lines": row + "\n" + row + "\n", "wrapped": `{"_source":` + row + "}\n" + `{"_source":` + row + "}\n"} {
		events, _, files := delivered(t, Options{}, write(t, "x.json", []byte(content)))
		if len(events) != 2 || files[0].Status != Read {
			t.Fatalf("%s: got %q, %+v", name, events, files[0])
		}
		doc := parse(t, events[1])
		for path, want := range map[string]string{"eventName": "CreateUser", "eventTime": "2026-01-02T03:04:05Z", "requestParameters.userName": "eve", "eventID": "e-1",
			"userIdentity.arn": "arn:aws:iam::111122223333:user/alice", "sourceIPAddress": "192.0.2.1", "recipientAccountId": "111122223333",
			"additionalEventData.list": "a", "row.severity": "Informational"} {
			if got := first(doc, path); got != want {
				t.Errorf("%s: %s: got %q, want %q; in %s", name, path, got, want, events[1])
			}
		}
	}
}
