package event

import (
	"slices"
	"strings"
	"testing"
)

// TestContainers checks that every container gives the events a, b and c, in this order, for any chunk size.
func TestContainers(t *testing.T) {
	abc := []string{"a", "b", "c"}
	indented := strings.ReplaceAll(pretty(t, "["+trails(",", abc...)+"]"), "\n", "\r\n")
	message := func(id string) string { return quoted(trail(id)) }
	for _, test := range []struct{ name, content string }{
		{"records", records(abc...)},
		{"records pretty", pretty(t, records(abc...))},
		{"records with other keys around", `{"version":1,"note":{"Records":"no","x":[1,2]},"Records":[` + trails(", ", abc...) + `],"more":[{"eventID":"no"}]}`},
		{"several records documents", records("a") + records("b", "c")},
		{"a records document a line", records("a", "b") + "\n" + records("c") + "\n"},
		{"empty records among others", records("a", "b") + "\n" + `{"Records":[]}` + "\n" + records("c")},
		{"array", "[" + trails(",", abc...) + "]"},
		{"array over lines", indented},
		{"array of one line each", "[\n" + trails(",\n", abc...) + "\n]\n"},
		{"arrays", "[" + trails(",", "a", "b") + "]\n[" + trail("c") + "]"},
		{"json lines", trails("\n", abc...) + "\n"},
		{"json lines without last line break", trails("\n", abc...)},
		{"json lines with carriage returns and blanks", "\n" + trails(" \r\n\r\n  ", abc...) + "\r\n\r\n"},
		{"json lines with commas", trails(",\n", abc...) + ",\n"},
		{"json lines with a pretty-printed object", trail("a") + "\n" + pretty(t, trail("b")) + "\n" + trail("c") + "\n"},
		{"json lines with a records document", trails("\n", "a") + "\n" + records("b", "c") + "\n"},
		{"concatenated", trails("", abc...)},
		{"concatenated pretty", pretty(t, trail("a")) + "\n" + pretty(t, trail("b")) + pretty(t, trail("c"))},
		{"text sequence", "\x1e" + trails("\n\x1e", abc...) + "\n"},
		{"byte order mark", "\xef\xbb\xbf" + records(abc...)},
		{"byte order mark before lines", "\xef\xbb\xbf" + trails("\n", abc...) + "\n"},
		{"cloudwatch text", "2026-01-02T03:04:05.678Z " + trail("a") + "\n2026-01-02T03:04:06.000Z " + trail("b") + "\n2026-01-02T03:04:07.000Z " + trail("c") + "\n"},
		{"cloudwatch tail", "2026-01-02T03:04:05+00:00 stream_us-east-1 " + trails("\n2026-01-02T03:04:06+00:00 stream_us-east-1 ", abc...)},
		{"cloudwatch subscription", `{"messageType":"DATA_MESSAGE","logEvents":[{"id":"1","message":` + message("a") + `},{"message":` + message("b") + `},{"message":` + message("c") + `}]}`},
		{"filter-log-events", pretty(t, `{"events":[{"timestamp":1,"message":`+message("a")+`},{"message":`+message("b")+`},{"message":`+message("c")+`}],"searchedLogStreams":[]}`)},
		{"lookup-events", pretty(t, `{"NextToken":"x","Events":[{"EventId":"a","CloudTrailEvent":`+message("a")+`},{"CloudTrailEvent":`+message("b")+`},{"CloudTrailEvent":`+message("c")+`}]}`)},
		{"logs insights results", `{"results":[[{"field":"@timestamp","value":"x"},{"field":"@message","value":` + message("a") + `}],[{"field":"@message","value":` + message("b") + `}],[{"field":"@message","value":` + message("c") + `}]],"status":"Complete"}`},
		{"logs insights export", `[{"@timestamp":"x","@message":` + trail("a") + `},{"@message":` + message("b") + `},{"@message":` + message("c") + `}]`},
		{"search answer", `{"took":3,"hits":{"total":{"value":3},"hits":[{"_id":"1","_source":` + trail("a") + `},{"_source":` + trail("b") + `},{"_source":` + trail("c") + `}]}}`},
		{"search dump", `{"_index":"i","_source":` + trail("a") + "}\n" + `{"_source":` + trail("b") + "}\n" + `{"_source":{"@message":` + message("c") + "}}\n"},
		{"siem message", `{"host":"h","message":` + message("a") + "}\n" + `{"event":{"original":` + message("b") + "}}\n" + `{"event.original":` + message("c") + "}\n"},
		{"splunk", `{"preview":false,"result":{"_raw":` + message("a") + "}}\n" + `{"_raw":` + message("b") + "}\n" + `{"result":{"_raw":` + message("c") + "}}\n"},
		{"eventbridge", `{"detail-type":"AWS API Call via CloudTrail","detail":` + trail("a") + "}\n" + `{"detail":` + trail("b") + "}\n" + `{"detail":` + trail("c") + "}\n"},
		{"notification", `{"Type":"Notification","Message":` + message("a") + "}\n" + `{"Message":` + message("b") + "}\n" + `{"Body":` + quoted(`{"Message":`+message("c")+`}`) + "}\n"},
		{"utf-16le", string(utf16Text(records(abc...), false, true))},
		{"utf-16be", string(utf16Text(records(abc...), true, true))},
		{"utf-16le without mark", string(utf16Text(trails("\r\n", abc...), false, false))},
		{"gzip", string(gzipped(t, []byte(records(abc...))))},
		{"gzip members", string(gzipped(t, []byte(trail("a")+"\n"))) + string(gzipped(t, []byte(trails("\n", "b", "c"))))},
		{"gzip twice", string(gzipped(t, gzipped(t, []byte(records(abc...)))))},
		{"zstd", string(zstded(t, []byte(records(abc...))))},
		{"utf-16 in gzip", string(gzipped(t, utf16Text(trails("\r\n", abc...), false, true)))},
	} {
		t.Run(test.name, func(t *testing.T) {
			path := write(t, "file", []byte(test.content))
			for _, chunk := range []int{0, 512, 700} {
				out := run(t, Options{Limits: Limits{Chunk: chunk}}, path)
				f := out.file(t, path)
				if !slices.Equal(out.ids[path], abc) {
					t.Errorf("chunk %d: events %q, file %+v", chunk, out.ids[path], f)
				}
				if f.Status != Read || f.Reason != "" || len(f.SHA256) != 64 || f.Format == "" || f.Bytes != int64(len(test.content)) {
					t.Errorf("chunk %d: file %+v", chunk, f)
				}
			}
		})
	}
}

func TestRecordsKeepTheirText(t *testing.T) {
	event := `{ "eventName":"x" , "eventSource":"y.amazonaws.com","eventTime":"2026-01-02T03:04:05Z","n":1.50,"u":"\u00e9 ü","eventID":"a"}`
	for name, content := range map[string]string{
		"records": `{"Records":[ ` + event + ` ]}`,
		"lines":   event + "\n" + event + "\n",
		"wrapped": `{"message":` + quoted(event) + `}`,
	} {
		path := write(t, "f.json", []byte(content))
		err := NewReader(Options{}).Run(t.Context(), []string{path}, 1, func(_ int, b *Batch) error {
			for r := b.Next(); r != nil; r = b.Next() {
				if string(r.JSON()) != event || r.Schema.Name != "cloudtrail" {
					t.Errorf("%s: %s of %s", name, r.JSON(), r.Schema.Name)
				}
			}
			return nil
		})
		if err != nil {
			t.Error(err)
		}
	}
}

func TestArchivesNameTheirMembers(t *testing.T) {
	packed := string(gzipped(t, []byte(records("b"))))
	members := []member{
		{"logs/a.json", records("a")}, {"logs/b.json.gz", packed}, {"readme.txt", "hello"},
		{"logs/CloudTrail-Digest/x_CloudTrail-Digest_y.json", "{}"}, {"inner.tar", string(tarred(t, member{"c.json", trails("\n", "c", "d")}))},
	}
	for name, content := range map[string][]byte{
		"a.zip": zipped(t, members...), "a.tar": tarred(t, members...), "a.tgz": gzipped(t, tarred(t, members...)),
		"a.tar.zst": zstded(t, tarred(t, members...)), "zip.gz": gzipped(t, zipped(t, members...)),
	} {
		t.Run(name, func(t *testing.T) {
			path := write(t, name, content)
			out := run(t, Options{}, path)
			if archive := out.file(t, path); archive.Status != Read || archive.Records != 0 || archive.SHA256 == "" {
				t.Errorf("archive %+v", archive)
			}
			for member, want := range map[string][]string{"logs/a.json": {"a"}, "logs/b.json.gz": {"b"}, "inner.tar!c.json": {"c", "d"}} {
				f := out.file(t, path+"!"+member)
				if f.Status != Read || !slices.Equal(out.ids[f.Path], want) {
					t.Errorf("%s: got %q, %+v", member, out.ids[f.Path], f)
				}
			}
			if f := out.file(t, path+"!readme.txt"); f.Status != Skipped {
				t.Errorf("text file: %+v", f)
			}
			if f := out.file(t, path+"!logs/CloudTrail-Digest/x_CloudTrail-Digest_y.json"); f.Status != Skipped || !strings.Contains(f.Reason, "digest") {
				t.Errorf("digest: %+v", f)
			}
		})
	}
}

func TestStandardInput(t *testing.T) {
	for name, content := range map[string][]byte{
		"plain": []byte(records("a")), "gzip": gzipped(t, []byte(records("a"))), "zip": zipped(t, member{"x", records("a")}),
	} {
		out := run(t, Options{Stdin: strings.NewReader(string(content))}, "-")
		if !slices.Equal(out.all(), []string{"a"}) || out.files[0].Path != "<stdin>" {
			t.Errorf("%s: %q from %+v", name, out.all(), out.files[0])
		}
	}
}

func TestOtherFormatsAreNamed(t *testing.T) {
	for _, test := range []struct{ content, want string }{
		{"ElfFile\x00\x01\x02", "evtx"},
		{"PAR1\x15\x00", "Parquet"},
		{"\xd4\xc3\xb2\xa1\x02\x00", "packet capture"},
		{"SQLite format 3\x00", "SQLite"},
		{"<?xml version='1.0'?><a/>", "XML"},
		{"\x89PNG\r\n", "image"},
		{"# Notes\nnothing here", "text of unknown form"},
		{"time,name,address,user\n1,2,3,4\n", "CSV"},
		{"\xff\xfe\x00\x00{\x00\x00\x00", "UTF-32"},
		{string(utf16Text("hello there", false, true)), "text of unknown form"},
		{"\x00\x01\x02\x03\x04\x05\x06\x07", "binary"},
		{"BZh91AY&SY", "bzip2"},
		{string(gzipped(t, []byte("just some text"))), "text of unknown form"},
		{`{"version":2,"srcaddr":"192.0.2.1","dstaddr":"192.0.2.2","protocol":6}` + "\n", "VPC flow log"},
		{`[{"SchemaVersion":"2.0","Service":{"DetectorId":"d"}}]`, "GuardDuty finding"},
		{`{"digestS3Bucket":"b","digestEndTime":"x","logFiles":[]}`, "CloudTrail digest"},
		{`{"Records":[{"eventVersion":"1.07","eventType":"AwsCloudTrailInsight","insightDetails":{},"sharedEventID":"s"}]}`, "CloudTrail Insights"},
		{`{"a":1}`, "unknown log source"},
		{`["a",1,null]`, "unknown log source"},
		{"[Mon Jul 10 12:00:00 2023] [error] no\n[Mon Jul 10 12:00:01 2023] [error] no\n", "text of unknown form"},
		{"{\\rtf1 hello}", "text of unknown form"},
	} {
		path := write(t, "f", []byte(test.content))
		f := run(t, Options{}, path).file(t, path)
		if f.Status != Skipped || !strings.Contains(f.Reason, test.want) {
			t.Errorf("%.30q: got %s, %q, want it to contain %q", test.content, f.Status, f.Reason, test.want)
		}
	}
}

func TestMixedRecordsAreCountedByKind(t *testing.T) {
	flow := `{"srcaddr":"192.0.2.1","dstaddr":"192.0.2.2","protocol":6}`
	path := write(t, "f", []byte(trail("a")+"\n"+flow+"\n"+flow+"\n"+trail("b")+"\n{\"x\":1}\n"))
	out := run(t, Options{}, path)
	f := out.file(t, path)
	if f.Status != Read || f.Events != 2 || f.Others["VPC flow log"] != 2 || f.Others[unknownKind] != 1 {
		t.Errorf("got %+v", f)
	}
}

// An export may contain one log type after the other, so the number of other records before the events must not matter.
func TestEventsBehindManyRecordsOfAnotherKind(t *testing.T) {
	flows := strings.Repeat(`{"srcaddr":"192.0.2.1","dstaddr":"192.0.2.2","protocol":6}`+"\n", 100_000)
	small := Options{Limits: Limits{Chunk: 64 << 10}}
	path := write(t, "f", []byte(flows))
	f := run(t, small, path).file(t, path)
	if f.Status != Skipped || f.Reason != "VPC flow log" || f.OtherRecords != 100_000 || f.Bytes != int64(len(flows)) {
		t.Errorf("got %+v", f)
	}
	path = write(t, "g", []byte(flows+trail("a")+"\n"))
	f = run(t, small, path).file(t, path)
	if f.Status != Read || f.Events != 1 || f.OtherRecords != 100_000 {
		t.Errorf("got %+v", f)
	}
}

// Multi-line objects among JSON lines may cross the boundaries of chunks.
func TestPrettyObjectsAmongLines(t *testing.T) {
	content, want := trail("00")+"\n", []string{"00"}
	for i := range 40 {
		id := string([]byte{'1' + byte(i/10), '0' + byte(i%10)})
		want = append(want, id)
		if i%3 == 0 {
			content += trail(id) + "\n"
		} else {
			content += pretty(t, trail(id)) + "\n"
		}
	}
	path := write(t, "f", []byte(content))
	for _, chunk := range []int{400, 512, 777, 2048} {
		if out := run(t, Options{Limits: Limits{Chunk: chunk}}, path); !slices.Equal(out.ids[path], want) {
			t.Errorf("chunks of %d: got %q, %+v", chunk, out.ids[path], out.file(t, path))
		}
	}
}

func TestNumbersOfRecords(t *testing.T) {
	for _, test := range []struct {
		name, content string
		want          []int64
	}{
		{"lines count blank ones", trail("a") + "\n\n" + trail("b") + "\n", []int64{0, 2}},
		{"elements", records("a", "b") + records("c"), []int64{0, 1, 2}},
		{"broken ones count", `[` + trail("a") + `,{"x":},` + trail("b") + `]`, []int64{0, 2}},
	} {
		path := write(t, "f", []byte(test.content))
		for _, chunk := range []int{0, 512} {
			var numbers []int64
			err := NewReader(Options{Limits: Limits{Chunk: chunk}}).Run(t.Context(), []string{path}, 1, func(_ int, b *Batch) error {
				for r := b.Next(); r != nil; r = b.Next() {
					numbers = append(numbers, r.Number)
				}
				return nil
			})
			slices.Sort(numbers)
			if err != nil || !slices.Equal(numbers, test.want) {
				t.Errorf("%s: %v, want %v (%v)", test.name, numbers, test.want, err)
			}
		}
	}
}
