package api

import (
	"encoding/base64"
	"maps"
	"strings"
	"testing"
)

// The paths of sigconverter answer as there, with all queries.
func TestSigconverter(t *testing.T) {
	_, h := made(t)
	encoded := base64.StdEncoding.EncodeToString
	body := object{"rule": encoded([]byte("title: A\nlogsource: {product: windows, category: process_creation}\ndetection: {a: {Image: x}, b: {User: y}, condition: [a, b]}")), "pipeline": []string{}, "pipelineYml": "", "target": "splunk", "format": "default"}
	for _, path := range []string{"/api/v1/convert", "/api/v1/1.0.5/convert"} {
		if w := asked(h, "POST", path, body); w.Code != 200 || !strings.Contains(w.Body.String(), `Image="x"`) || !strings.Contains(w.Body.String(), `User="y"`) {
			t.Errorf("%s: got %d %s", path, w.Code, w.Body)
		}
	}
	body["pipelineYml"] = encoded([]byte("transformations:\n  - {type: field_name_mapping, mapping: {Image: i}}\n---\ntransformations:\n  - {type: field_name_mapping, mapping: {User: u}}\n"))
	if w := asked(h, "POST", "/api/v1/convert", body); !strings.Contains(w.Body.String(), `i="x"`) || !strings.Contains(w.Body.String(), `u="y"`) {
		t.Errorf("two pipelines: got %d %s", w.Code, w.Body)
	}
	body["html"] = "true"
	if w := asked(h, "POST", "/api/v1/convert", body); !strings.Contains(w.Body.String(), "i=&quot;x&quot;") {
		t.Errorf("html: got %s", w.Body)
	}
	for path, want := range map[string]string{
		"/api/v1/targets": `{"name":"splunk","description":`, "/api/v1/formats": `"target":"splunk"}`, "/api/v1/formats?target=splunk": `{"name":"savedsearches","description":`,
		"/api/v1/pipelines": `{"name":"sysmon","targets":[`, "/api/v1/pipelines?target=lucene": `{"name":"ecs_windows","targets":[`, "/api/v1/sigma-versions": `["egret"]`,
	} {
		if w := asked(h, "GET", path, nil); w.Code != 200 || !strings.Contains(w.Body.String(), want) {
			t.Errorf("%s: got %d %.300s, want %s", path, w.Code, w.Body, want)
		}
	}
	if w := asked(h, "GET", "/api/v1/formats?target=splunk", nil); strings.Contains(w.Body.String(), `"target"`) {
		t.Errorf("formats of a target name it: %s", w.Body)
	}
}

// Faults and edge cases of the paths of sigconverter. What it answers was recorded from its program (commit ebdb1a37, with sigma-cli 3): its
// status where that is 400, and the beginning of its text. Keys that it needs, and answers with status 500 without, are named or optional here.
func TestSigconverterFaults(t *testing.T) {
	_, h := made(t)
	encoded := func(text string) string { return base64.StdEncoding.EncodeToString([]byte(text)) }
	const one = "title: A\nlogsource: {product: windows, category: process_creation}\ndetection: {s: {Image|endswith: '\\a.exe'}, condition: s}"
	other := strings.ReplaceAll(one, "a.exe", "b.exe")
	const query = `Image="*\\a.exe"`
	long := encoded(one)
	for name, tt := range map[string]struct {
		change object
		want   int
		kind   string
		body   string // the whole body for status 200, else its beginning
	}{
		"plain":                   {object{}, 200, "text/html; charset=utf-8", query},
		"for a page":              {object{"html": "true"}, 200, "text/html; charset=utf-8", `Image=&quot;*\\a.exe&quot;`},
		"a boolean":               {object{"html": true}, 200, "text/html; charset=utf-8", query},
		"a quote for a page":      {object{"html": "true", "rule": encoded(strings.Replace(one, `'\a.exe'`, `"a'<&b"`, 1))}, 200, "text/html; charset=utf-8", `Image=&quot;*a&#x27;&lt;&amp;b&quot;`},
		"no rule":                 {object{"rule": nil}, 400, "", "SigmaError: the request has no rule"},
		"a rule that is a list":   {object{"rule": []string{}}, 400, "", "the body is not a JSON object"},
		"an empty rule":           {object{"rule": ""}, 400, "", "SigmaError: the request has no rule"},
		"short Base64":            {object{"rule": "YWJ"}, 400, "", "rule is not Base64"},
		"Base64 in lines":         {object{"rule": long[:20] + "\r\n" + long[20:]}, 200, "text/html; charset=utf-8", query},
		"Base64 with blanks":      {object{"rule": long[:20] + " " + long[20:40] + "-_%" + long[40:]}, 200, "text/html; charset=utf-8", query},
		"bad YAML":                {object{"rule": encoded("a: [")}, 400, "", "SigmaError: rule.yml:1:"},
		"no rule in YAML":         {object{"rule": encoded("hello")}, 400, "", "SigmaError: rule.yml:1:1: "},
		"an unknown modifier":     {object{"rule": encoded(strings.Replace(one, "endswith", "endswth", 1))}, 400, "", `SigmaError: rule.yml:3:23: modifier "endswth" is not defined`},
		"a tag in a message":      {object{"rule": encoded(strings.Replace(one, "endswith", "<b>", 1))}, 400, "", `SigmaError: rule.yml:3:23: modifier "&lt;b&gt;" is not defined`},
		"no target":               {object{"target": nil}, 400, "", "Unknown Target"},
		"an unknown target":       {object{"target": "splnk"}, 400, "", "Unknown Target"},
		"no format":               {object{"format": nil}, 200, "text/html; charset=utf-8", query},
		"an unknown format":       {object{"format": "x"}, 400, "", "SigmaError: splunk has no format"},
		"no data model":           {object{"format": "data_model"}, 400, "", "SigmaError: "},
		"no pipeline":             {object{"pipeline": nil}, 200, "text/html; charset=utf-8", query},
		"an unknown pipeline":     {object{"pipeline": []string{"nope"}}, 400, "", "Unknown Builtin Pipeline"},
		"a path":                  {object{"pipeline": []string{"/etc/passwd"}}, 400, "", "Unknown Builtin Pipeline"},
		"a text of a pipeline":    {object{"pipeline": "sysmon"}, 400, "", "the body is not a JSON object"},
		"no text of a pipeline":   {object{"pipelineYml": nil}, 200, "text/html; charset=utf-8", query},
		"a marker before it":      {object{"pipelineYml": encoded("---\ntransformations:\n  - {type: field_name_mapping, mapping: {Image: i}}")}, 200, "text/html; charset=utf-8", `i="*\\a.exe"`},
		"a bad pipeline":          {object{"pipelineYml": encoded("a: [")}, 400, "", "YamlError: Malformed Pipeline Yaml: pipeline-1.yml:1:"},
		"no pipeline in YAML":     {object{"pipelineYml": encoded("hello")}, 400, "", "YamlError: Malformed Pipeline Yaml: pipeline-1.yml:1:1: "},
		"the second is bad":       {object{"pipelineYml": encoded("transformations: []\n---\ntransformations:\n  - type: nope\n")}, 400, "", "YamlError: Malformed Pipeline Yaml: pipeline-2.yml:3:"},
		"a pipeline in no Base64": {object{"pipelineYml": "YWJ"}, 400, "", "pipelineYml is not Base64"},
		"two rules":               {object{"rule": encoded(one + "\n---\n" + other)}, 200, "text/html; charset=utf-8", query + "\n\n" + `Image="*\\b.exe"`},
		"a JSON document":         {object{"target": "eql", "format": "eqlapi"}, 200, "application/json", `{"query": "any where Image:\"*\\\\a.exe\""}`},
		"JSON documents":          {object{"target": "eql", "format": "eqlapi", "rule": encoded(one + "\n---\n" + other)}, 200, "application/json", `[{"query": "any where Image:\"*\\\\a.exe\""},{"query": "any where Image:\"*\\\\b.exe\""}]`},
	} {
		body := object{"rule": long, "pipeline": []string{}, "pipelineYml": "", "target": "splunk", "format": "default"}
		maps.Copy(body, tt.change)
		w := asked(h, "POST", "/api/v1/convert", body)
		got := w.Body.String()
		if w.Code != tt.want || tt.want == 200 && (got != tt.body || w.Header().Get("Content-Type") != tt.kind) || !strings.HasPrefix(got, tt.body) {
			t.Errorf("%s: got %d %s %s, want %d %s %s", name, w.Code, w.Header().Get("Content-Type"), got, tt.want, tt.kind, tt.body)
		}
	}
	for _, text := range []string{"", "{", "[]", "5", "null"} {
		if w := asked(h, "POST", "/api/v1/convert", text); w.Code != 400 || w.Body.Len() == 0 {
			t.Errorf("%q: got %d %s", text, w.Code, w.Body)
		}
	}
}
