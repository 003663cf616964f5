package api

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"go.yaml.in/yaml/v3"

	"github.com/egret-hunt/egret/internal/config"
	"github.com/egret-hunt/egret/internal/schema"
	"github.com/egret-hunt/egret/internal/serve/workspace"
	"github.com/egret-hunt/egret/internal/setup"
)

// made returns an API without a configuration, and what answers its requests.
func made(t *testing.T) (*API, http.Handler) {
	t.Helper()
	a, err := New(&workspace.Workspace{
		Config: &setup.Config{Settings: &config.Config{}}, Schemas: schema.All(), Version: "test",
		Now: func() time.Time { return time.Date(2026, 3, 10, 12, 0, 0, 0, time.UTC) },
	})
	if err != nil {
		t.Fatal(err)
	}
	mux := http.NewServeMux()
	for _, route := range a.Routes() {
		mux.HandleFunc(route.Pattern, route.Handler)
	}
	return a, mux
}

func asked(h http.Handler, method, path string, body any) *httptest.ResponseRecorder {
	text, ok := body.(string)
	if !ok && body != nil {
		encoded, err := json.Marshal(body)
		if err != nil {
			panic(err)
		}
		text = string(encoded)
	}
	r := httptest.NewRequest(method, path, strings.NewReader(text))
	r.Header.Set("Content-Type", "application/json")
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

const rule = `title: Whoami
id: 11111111-0000-4000-8000-000000000001
logsource: {product: windows, category: process_creation}
detection:
    a: {Image|endswith: '\whoami.exe'}
    b: {User: root}
    condition: [a, b]
---
title: Broken
logsource: {product: windows}
detection:
    a: {x|nothing: 1}
    condition: a
---
title: Numbers
logsource: {product: windows}
detection:
    a: {n|gt: 5}
    condition: a
`

type object = map[string]any

func rules(text string) []object { return []object{{"text": text}} }

// Every rule has a result: queries for each of its conditions, or the reason with its place.
func TestConvert(t *testing.T) {
	_, h := made(t)
	w := asked(h, "POST", "/api/v2/convert", object{"rules": rules(rule), "target": "splunk"})
	var got struct {
		Rules  []convertedRule
		Output string
	}
	if err := json.Unmarshal(w.Body.Bytes(), &got); err != nil || w.Code != 200 {
		t.Fatalf("got %d, %v: %s", w.Code, err, w.Body)
	}
	if len(got.Rules) != 3 {
		t.Fatalf("got %s", w.Body)
	}
	// The bytes are those of sigma-cli 1.0 with its back end for Splunk.
	if want := []string{`Image="*\\whoami.exe"`, `User="root"`}; !slices.Equal(got.Rules[1].Queries, want) {
		t.Errorf("got the queries %q, want %q", got.Rules[1].Queries, want)
	}
	if one := got.Rules[0]; one.Status != "not-loaded" || one.Reason != "unknown-modifier" || len(one.Queries) != 0 || one.Line != 12 {
		t.Errorf("the broken rule: %+v", one)
	}
	if one := got.Rules[2]; one.Status != "converted" || !slices.Equal(one.Queries, []string{"n>5"}) {
		t.Errorf("the rule behind the broken one: %+v", one)
	}
	if want := "Image=\"*\\\\whoami.exe\"\nUser=\"root\"\nn>5"; strings.ReplaceAll(got.Output, "\n\n", "\n") != want {
		t.Errorf("got the output %q, want %q", got.Output, want)
	}
}

// Requests that cannot be answered are refused in words, with a status below 500.
func TestBadRequests(t *testing.T) {
	_, h := made(t)
	deep := strings.Repeat("[", 100_000)
	for name, tt := range map[string]struct {
		path string
		body any
		want int
		says string
	}{
		"no JSON":             {"convert", "{", 400, "JSON"},
		"a list":              {"convert", "[]", 400, "JSON"},
		"an unknown key":      {"convert", object{"rule": "x"}, 400, `\"rule\"`},
		"two objects":         {"convert", "{} {}", 400, "follows"},
		"deep JSON":           {"convert", `{"rules":` + deep, 400, "JSON"},
		"no target":           {"convert", object{"rules": rules(rule)}, 422, "the targets are"},
		"an unknown target":   {"convert", object{"rules": rules(rule), "target": "splnk"}, 422, "the nearest is splunk"},
		"an unknown format":   {"convert", object{"rules": rules(rule), "target": "splunk", "format": "x"}, 422, "has no format"},
		"no rules":            {"convert", object{"rules": []object{}, "target": "splunk"}, 422, "no rules"},
		"too many rules":      {"convert", object{"rules": slices.Repeat(rules(""), 5001), "target": "splunk"}, 422, "5,000"},
		"an unknown option":   {"convert", object{"rules": rules(rule), "target": "splunk", "options": object{"x": "y"}}, 422, "not an option"},
		"an unknown layout":   {"convert", object{"rules": rules(rule), "target": "athena", "layout": "cloudtrail/x"}, 422, "layout"},
		"a bad time":          {"convert", object{"rules": rules(rule), "target": "athena", "from": "x"}, 422, "time"},
		"an unknown pipeline": {"convert", object{"rules": rules(rule), "target": "splunk", "pipelines": []string{"x"}}, 422, "no pipeline is named"},
		"a file as pipeline":  {"convert", object{"rules": rules(rule), "target": "splunk", "pipelines": []string{"/etc/passwd"}}, 422, "no pipeline is named"},
		"a folder":            {"convert", object{"rules": rules(rule), "target": "splunk", "pipelines": []string{"../../"}}, 422, "no pipeline is named"},
		"a large indent":      {"convert", object{"rules": rules(rule), "target": "splunk", "indent": 1000}, 422, "indent"},
		"an unknown check":    {"check", object{"rules": rules(rule), "select": []string{"x"}}, 422, "x"},
		"nothing to check":    {"check", object{}, 422, "no rules"},
		"nothing to match":    {"match", object{"events": "{}"}, 422, "no rules"},
		"many events":         {"match", object{"rules": rules(rule), "events": "{}", "max_events": 1000}, 422, "200"},
		"too large":           {"convert", `{"rules":"` + strings.Repeat("x", MaxBody) + `"}`, 413, "8 MiB"},
	} {
		w := asked(h, "POST", "/api/v2/"+tt.path, tt.body)
		var fault struct {
			Error struct{ Message, Help string }
		}
		if err := json.Unmarshal(w.Body.Bytes(), &fault); err != nil || w.Code != tt.want || !strings.Contains(w.Body.String(), tt.says) || strings.Contains(fault.Error.Message, "--") {
			t.Errorf("%s: got %d %s, want %d with %q", name, w.Code, w.Body, tt.want, tt.says)
		}
	}
	r := httptest.NewRequest(http.MethodPost, "/api/v2/convert", strings.NewReader("{}"))
	r.Header.Set("Content-Type", "text/plain") // what a form of another site can send
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	if w.Code != http.StatusUnsupportedMediaType {
		t.Errorf("text/plain: got %d", w.Code)
	}
}

// Pipelines from a browser read no files and no addresses, and run no commands.
func TestPipelinesReachNothing(t *testing.T) {
	_, h := made(t)
	for name, text := range map[string]string{
		"a file":     "transformations:\n  - {type: file_placeholders, path: /etc/passwd, include: [x]}\n",
		"an address": "transformations:\n  - {type: http_placeholders, url: 'http://127.0.0.1:1/', include: [x]}\n",
		"a command":  "transformations:\n  - {type: command_placeholders, command: [touch, /tmp/x], include: [x]}\n",
		"a template": "postprocessing:\n  - {type: template, path: /etc/passwd}\n",
		"a YAML bomb": "a: &a [x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b]\nd: &d [*c,*c,*c,*c,*c,*c,*c]\n" +
			"e: &e [*d,*d,*d,*d,*d,*d,*d]\nf: &f [*e,*e,*e,*e,*e,*e]\ntransformations: [*f,*f,*f,*f,*f]\n",
	} {
		w := asked(h, "POST", "/api/v2/convert", object{
			"target": "splunk", "pipeline_files": rules(text),
			"rules": rules("title: A\nlogsource: {product: aws}\ndetection: {s: {a|expand: '%x%'}, condition: s}"),
		})
		var got struct {
			Output      string
			Diagnostics []struct{ Severity string }
		}
		if err := json.Unmarshal(w.Body.Bytes(), &got); err != nil || w.Code != 200 || got.Output != "" || len(got.Diagnostics) == 0 || !strings.Contains(w.Body.String(), `"file":"pipeline.yml"`) {
			t.Errorf("%s: got %d %s", name, w.Code, w.Body)
		}
	}
}

// Names of files from a browser are names in messages and nothing else.
func TestNamesAreOnlyNames(t *testing.T) {
	_, h := made(t)
	for _, name := range []string{"../../../../etc/passwd", "/etc/passwd", `..\..\x`, ".hidden.yml", "a/../../b.yml", "", "x.test.yml", "\x00", strings.Repeat("a/", 5000)} {
		w := asked(h, "POST", "/api/v2/convert", object{"target": "splunk", "rules": []object{{"name": name, "text": "title: A\nlogsource: {product: aws}\ndetection: {s: {a: b}, condition: s}"}}})
		var got struct {
			Rules []struct{ File, Status string }
		}
		if err := json.Unmarshal(w.Body.Bytes(), &got); err != nil || w.Code != 200 || len(got.Rules) != 1 || got.Rules[0].Status != "converted" || strings.Contains(got.Rules[0].File, "..") {
			t.Errorf("%q: got %d %.300s", name, w.Code, w.Body)
		}
	}
}

// Fixes mend a rule, and every diagnostic has its place.
func TestCheck(t *testing.T) {
	_, h := made(t)
	text := "title: A rule\nlogsource: {product: aws}\ndetection: {s: {a: b}, condition: s}\ntags:\n    - attack.t1078\n    - attack.t1078\n"
	w := asked(h, "POST", "/api/v2/check", object{"rules": rules(text), "select": []string{"duplicate-tag"}, "fix": true})
	var got checkAnswer
	if err := json.Unmarshal(w.Body.Bytes(), &got); err != nil || w.Code != 200 {
		t.Fatalf("got %d %s", w.Code, w.Body)
	}
	if len(got.Diagnostics) != 1 || got.Diagnostics[0].Line != 6 || got.Mended != 1 || len(got.Fixed) != 1 || got.Fixed[0].Text != strings.Replace(text, "    - attack.t1078\n", "", 1) {
		t.Errorf("got %s", w.Body)
	}
}

const login = "title: Login\nlogsource: {product: aws, service: cloudtrail}\ndetection:\n    s: {eventName: ConsoleLogin}\n    f: {userIdentity.type: Root}\n    condition: s and not f\n"

// An event says which predicates held and what they saw, in every form of events.
func TestMatch(t *testing.T) {
	_, h := made(t)
	const a, b = `{"eventName": "ConsoleLogin", "userIdentity": {"type": "IAMUser"}}`, `{"eventName": "ConsoleLogin", "userIdentity": {"type": "Root"}}`
	full := func(text string) string {
		return `{"eventVersion": "1.08", "eventSource": "signin.amazonaws.com", "eventTime": "2026-03-10T12:00:00Z", "awsRegion": "us-east-1", "eventID": "x", ` + text[1:]
	}
	for name, events := range map[string]string{
		"lines": a + "\n" + b, "a list": "[" + a + ", " + b + "]", "records": `{"Records": [` + full(a) + "," + full(b) + "]}", "lines of a log": full(a) + "\n" + full(b) + "\n",
	} {
		w := asked(h, "POST", "/api/v2/match", object{"rules": rules(login), "events": events})
		var got struct {
			Total  int
			Events []struct {
				Rules []struct {
					Matches bool
					Missing int
					Trace   trace
				}
			}
		}
		if err := json.Unmarshal(w.Body.Bytes(), &got); err != nil || w.Code != 200 || got.Total != 2 || len(got.Events) != 2 {
			t.Errorf("%s: got %d %s", name, w.Code, w.Body)
			continue
		}
		first, second := got.Events[0].Rules[0], got.Events[1].Rules[0]
		if !first.Matches || second.Matches || second.Missing != 1 {
			t.Errorf("%s: got %+v and %+v", name, first, second)
		}
		if text := w.Body.String(); !strings.Contains(text, `{"field":"userIdentity.type","texts":["Root"]}`) {
			t.Errorf("%s: no value in %s", name, text)
		}
	}
	w := asked(h, "POST", "/api/v2/match", object{"rules": rules(login), "events": "{\"a\": 1}\nnonsense\n"})
	if !strings.Contains(w.Body.String(), "line 2: not JSON") {
		t.Errorf("got %s", w.Body)
	}
}

// Correlations say whether they fire.
func TestMatchCorrelation(t *testing.T) {
	_, h := made(t)
	text := strings.Replace(login, "title: Login", "title: Login\nname: login", 1) +
		"---\ntitle: Many\ncorrelation: {type: event_count, rules: [login], group-by: [sourceIPAddress], timespan: 5m, condition: {gte: 2}}\n"
	event := `{"eventVersion": "1.08", "eventSource": "signin.amazonaws.com", "eventName": "ConsoleLogin", "awsRegion": "us-east-1", "sourceIPAddress": "192.0.2.1", "eventTime": "2026-03-10T12:0%d:00Z", "eventID": "e%d"}` + "\n"
	w := asked(h, "POST", "/api/v2/match", object{"rules": rules(text), "events": fmt.Sprintf(event, 1, 1) + fmt.Sprintf(event, 2, 2)})
	var got struct{ Correlations string }
	if err := json.Unmarshal(w.Body.Bytes(), &got); err != nil || !strings.Contains(got.Correlations, "Many fires once") {
		t.Errorf("got %s", w.Body)
	}
}

// Work that takes too long is given up, in words, and the server goes on.
func TestTimeLimit(t *testing.T) {
	a, h := made(t)
	a.limit = time.Nanosecond
	if w := asked(h, "POST", "/api/v2/convert", object{"rules": rules(rule), "target": "splunk"}); w.Code != 422 || !strings.Contains(w.Body.String(), "takes longer") {
		t.Errorf("got %d %s", w.Code, w.Body)
	}
	a.limit = MaxTime
	for range 10 {
		if w := asked(h, "POST", "/api/v2/convert", object{"rules": rules(rule), "target": "splunk"}); w.Code != 200 {
			t.Errorf("afterwards: got %d %s", w.Code, w.Body)
		}
	}
	// Work that went on after the answer gives its memory back when it ends.
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	if err := a.bodies.Acquire(ctx, maxBodies); err != nil {
		t.Errorf("memory of requests was not given back: %v", err)
	}
}

// Answers have the form that the OpenAPI document says.
func TestOpenAPI(t *testing.T) {
	_, h := made(t)
	var document object
	if err := yaml.Unmarshal([]byte(OpenAPI), &document); err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(document)
	if err != nil {
		t.Fatal(err)
	}
	plain, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	compiler := jsonschema.NewCompiler()
	if err := compiler.AddResource("openapi.json", plain); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		method, path string
		body         any
		schema       string
	}{
		{"GET", "targets", nil, "paths/~1api~1v2~1targets/get/responses/200/content/application~1json/schema"},
		{"GET", "pipelines", nil, "paths/~1api~1v2~1pipelines/get/responses/200/content/application~1json/schema"},
		{"GET", "layouts", nil, "paths/~1api~1v2~1layouts/get/responses/200/content/application~1json/schema"},
		{"GET", "version", nil, "components/schemas/Version"},
		{"POST", "convert", object{"rules": rules(rule), "target": "splunk", "format": "default", "pipelines": []string{"sysmon"}}, "components/schemas/ConvertAnswer"},
		{"POST", "convert", object{"rules": rules(rule), "target": "athena", "layout": "cloudtrail/athena", "last": "7d"}, "components/schemas/ConvertAnswer"},
		{"POST", "convert", object{"rules": rules(rule), "target": "splunk", "pipeline_files": rules("x: y")}, "components/schemas/ConvertAnswer"},
		{"POST", "check", object{"rules": rules(rule), "fix": true}, "components/schemas/CheckAnswer"},
		{"POST", "match", object{"rules": rules(login), "events": `{"eventName": "ConsoleLogin"}`}, "components/schemas/MatchAnswer"},
		{"POST", "complete", object{"text": "lev", "offset": 3}, "components/schemas/CompleteAnswer"},
		{"POST", "convert", object{"rules": rules(rule), "target": "x"}, "components/schemas/Fault"},
	} {
		compiled, err := compiler.Compile("openapi.json#/" + tt.schema)
		if err != nil {
			t.Fatal(err)
		}
		w := asked(h, tt.method, "/api/v2/"+tt.path, tt.body)
		answer, err := jsonschema.UnmarshalJSON(w.Body)
		if err != nil {
			t.Fatal(err)
		}
		if err := compiled.Validate(answer); err != nil {
			t.Errorf("%s: %v", tt.path, err)
		}
		if tt.body == nil {
			continue
		}
		name := strings.ToUpper(tt.path[:1]) + tt.path[1:] + "Request"
		if compiled, err = compiler.Compile("openapi.json#/components/schemas/" + name); err != nil {
			t.Fatal(err)
		}
		encoded, _ := json.Marshal(tt.body)
		body, _ := jsonschema.UnmarshalJSON(bytes.NewReader(encoded))
		if err := compiled.Validate(body); err != nil {
			t.Errorf("the request %s: %v", tt.path, err)
		}
	}
}

// The keys of requests in the document are those that the server takes.
func TestOpenAPIRequests(t *testing.T) {
	var document struct {
		Components struct {
			Schemas map[string]struct{ Properties map[string]any }
		}
	}
	if err := yaml.Unmarshal([]byte(OpenAPI), &document); err != nil {
		t.Fatal(err)
	}
	for name, body := range map[string]any{"ConvertRequest": convertRequest{}, "CheckRequest": checkRequest{}, "MatchRequest": matchRequest{}, "CompleteRequest": completeRequest{}} {
		encoded, err := json.Marshal(body)
		if err != nil {
			t.Fatal(err)
		}
		var keys object
		if err := json.Unmarshal(encoded, &keys); err != nil {
			t.Fatal(err)
		}
		for key := range keys {
			if document.Components.Schemas[name].Properties[key] == nil {
				t.Errorf("%s: the document lacks %s", name, key)
			}
		}
		for key := range document.Components.Schemas[name].Properties {
			if _, ok := keys[key]; !ok {
				t.Errorf("%s: the server does not take %s", name, key)
			}
		}
	}
}

// long is a rule of about 200 lines.
func long() string {
	var b strings.Builder
	b.WriteString("title: Long\nid: 11111111-0000-4000-8000-000000000009\nlogsource:\n    product: windows\n    category: process_creation\ndetection:\n")
	for i := range 16 {
		fmt.Fprintf(&b, "    selection_%d:\n        CommandLine|contains|all:\n", i)
		for j := range 10 {
			fmt.Fprintf(&b, "            - 'word %d of %d'\n", j, i)
		}
	}
	b.WriteString("    condition: 1 of selection_*\nlevel: low\n")
	return b.String()
}

// Fifty users at once get their queries without an error. The times are printed and not judged: machines differ.
func TestFiftyUsers(t *testing.T) {
	_, h := made(t)
	text := long()
	const users, each = 50, 10
	measure := func(users int) {
		times := make([]time.Duration, 0, users*each)
		var mu sync.Mutex
		var group sync.WaitGroup
		for user := range users {
			group.Go(func() {
				for i := range each {
					start := time.Now()
					w := asked(h, "POST", "/api/v2/convert", object{"rules": rules(strings.Replace(text, "Long", fmt.Sprintf("Long %d-%d", user, i), 1)), "target": []string{"splunk", "lucene", "athena", "kusto", "esql"}[user%5]})
					took := time.Since(start)
					mu.Lock()
					times = append(times, took)
					if w.Code != 200 || !strings.Contains(w.Body.String(), "converted 1 of 1 rule") {
						t.Errorf("got %d %.300s", w.Code, w.Body)
					}
					mu.Unlock()
				}
			})
		}
		group.Wait()
		slices.Sort(times)
		t.Logf("%d users, a rule of %d lines: median %v, 95 %% within %v (goal: 50ms for one user)", users, strings.Count(text, "\n"), times[len(times)/2], times[len(times)*95/100])
	}
	measure(1)
	measure(5)
	measure(users)
}

// FuzzRequests sends any bytes to every request. None makes the server fail.
func FuzzRequests(f *testing.F) {
	_, h := made(&testing.T{})
	for _, body := range []any{
		object{"rules": rules(rule), "target": "splunk"}, object{"rules": rules(login), "events": "{}"}, object{"rules": rules(rule), "fix": true},
		object{"rules": rules(rule), "target": "athena", "pipeline_files": rules("transformations: []")}, object{"rule": "eA==", "target": "splunk"},
	} {
		encoded, _ := json.Marshal(body)
		for i := range 4 {
			f.Add(i, string(encoded))
		}
	}
	f.Fuzz(func(t *testing.T, which int, body string) {
		path := []string{"/api/v2/convert", "/api/v2/check", "/api/v2/match", "/api/v1/convert"}[uint(which)%4]
		if w := asked(h, "POST", path, body); w.Code >= 500 {
			t.Errorf("%s: got %d %s", path, w.Code, w.Body)
		}
	})
}
