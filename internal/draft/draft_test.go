package draft

import (
	"strings"
	"testing"
	"testing/fstest"

	"github.com/egret-hunt/egret/internal/schema"
	"github.com/egret-hunt/egret/internal/value"
)

const web = `{"ts":"2026-03-10T09:00:00Z","request_id":"r1","event":"login_failed","user":{"name":"admin","role":"ops"},"client":{"ip":"203.0.113.9","port":50123},"ua":"curl","ok":false,"ms":1.5}
{"ts":"2026-03-10T09:00:07Z","request_id":"r2","event":"login_failed","user":{"name":"alice"},"client":{"ip":"192.0.2.7","port":50125},"ua":"curl","ok":false,"ms":2,"tags":["a"]}
{"ts":"2026-03-10T09:01:00Z","request_id":"r3","event":"login","user":{"name":"admin"},"client":{"ip":"192.0.2.7","port":50200},"ua":"curl","ok":true,"ms":7}
{"ts":"2026-03-10T09:02:00Z","request_id":"r4","event":"login","user":{"name":"bob"},"client":{"ip":"192.0.2.8","port":50300},"ua":"wget","ok":true,"ms":8}
`

func drafted(t *testing.T, events string) (*schema.Schema, string) {
	t.Helper()
	s, err := Read([]byte(events))
	if err != nil {
		t.Fatal(err)
	}
	text, err := s.YAML("web")
	if err != nil {
		t.Fatal(err)
	}
	schemas, err := schema.LoadFolder(fstest.MapFS{"web.yaml": {Data: []byte(text)}})
	if err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	for _, loaded := range schemas {
		if loaded.Name == "web" {
			return loaded, text
		}
	}
	t.Fatal("no schema web")
	return nil, ""
}

func TestDraftOfAWebApplication(t *testing.T) {
	s, text := drafted(t, web)
	for what, paths := range map[string]schema.Paths{"ts": s.Time, "request_id": s.ID[0], "user.name": s.Principal, "client.ip": s.Address, "event": s.Action} {
		if len(paths) != 1 || paths[0].Text != what {
			t.Errorf("got %v, want %s; in\n%s", paths, what, text)
		}
	}
	for _, want := range []string{"products: [web]", "# check", "      client: \"struct<`ip`:string,`port`:bigint>\"", "      ms: double", "      tags: json", "  - client.port"} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in\n%s", want, text)
		}
	}
	var parser value.Parser
	detector := schema.NewDetector([]*schema.Schema{s})
	for line := range strings.Lines(web) {
		doc, err := parser.Parse([]byte(line))
		if err != nil || detector.Detect(doc, 0) != s {
			t.Errorf("not detected: %s", line)
		}
	}
}

// TestDraftsLoad has shapes of events that are hard to write down.
func TestDraftsLoad(t *testing.T) {
	for name, events := range map[string]string{
		"array":          `[{"time":"2026-03-10T09:00:00Z","a":1},{"time":"2026-03-10T09:00:01Z","a":2}]`,
		"list":           `{"events":[{"time":"2026-03-10T09:00:00Z","a":1}]}`,
		"one":            `{"time":"2026-03-10T09:00:00Z"}`,
		"names":          `{"@timestamp":"2026-03-10T09:00:00Z","true":"x","a b":{"c:d":1,"e,f":"x","g` + "`" + `":1},"#":1,"ä":"x","no":1,"1":2,"a.b":{"c":1},"x<y>":{"z":1}}`,
		"letter case":    `{"time":"2026-03-10T09:00:00Z","User":"a","user":"b","o":{"A":1,"a":2}}`,
		"mixed types":    "{\"time\":\"2026-03-10T09:00:00Z\",\"a\":1}\n{\"time\":\"2026-03-10T09:00:00Z\",\"a\":{\"b\":1}}\n{\"time\":\"2026-03-10T09:00:00Z\",\"a\":[{\"b\":1}]}",
		"seconds":        `{"time":1767323045,"user":"a"}`,
		"milliseconds":   `{"timestamp":1767323045123,"user":"a"}`,
		"empty objects":  `{"time":"2026-03-10T09:00:00Z","a":{},"b":[],"c":null,"":1,"d":{"":1}}`,
		"nested time":    `{"meta":{"time":"2026-03-10T09:00:00Z"},"user":"a"}`,
		"stars and dots": `{"time":"2026-03-10T09:00:00Z","*":1,"a.*":2,".":3,"a..b":4,"b.":5}`,
	} {
		if s, text := drafted(t, events); len(s.Time) != 1 || len(s.ID) == 0 {
			t.Errorf("%s: got\n%s", name, text)
		}
	}
}

func TestNoDraft(t *testing.T) {
	for events, want := range map[string]string{"": "no events", "hello\n": "not JSON", `{"a":1}`: "is a time", "[1,2]": "no events"} {
		s, err := Read([]byte(events))
		if err == nil {
			_, err = s.YAML("web")
		}
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: got %v, want %q", events, err, want)
		}
	}
	s, err := Read([]byte(web))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"cloudtrail", "My Log", ""} {
		if _, err := s.YAML(name); err == nil {
			t.Errorf("%q: got no error", name)
		}
	}
	if got := Name("/var/log/Web App.2026.jsonl"); got != "webapp" {
		t.Errorf("got %q", got)
	}
}
