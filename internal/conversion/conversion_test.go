package conversion

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/egret-hunt/egret/internal/schema"
	"github.com/egret-hunt/egret/internal/setup"
)

const rule = "title: A\nlogsource: {product: windows, category: process_creation}\ndetection: {s: {Image|endswith: '\\a.exe'}, condition: s}\n"

func converter(t *testing.T) *Converter {
	t.Helper()
	c, err := New(setup.NoConfig(), schema.All())
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func texts(list ...string) []setup.Text {
	var out []setup.Text
	for _, text := range list {
		out = append(out, setup.Text{Name: "rule.yml", Text: text})
	}
	return out
}

// The queries are those of sigma-cli 3 with the same targets, formats and pipelines.
func TestConvertToText(t *testing.T) {
	c := converter(t)
	for _, tt := range []struct {
		target, format, pipeline, want string
	}{
		{"splunk", "", "", `Image="*\\a.exe"`},
		{"spl", "", "", `Image="*\\a.exe"`},
		{"lucene", "default", "", `Image:*\\a.exe`},
		{"lucene", "default", "ecs_windows", `process.executable:*\\a.exe`},
		{"lucene", "dsl_lucene", "", `{"query": {"bool": {"must": [{"query_string": {"query": "Image:*\\\\a.exe", "analyze_wildcard": true}}]}}}`},
		{"eql", "eqlapi", "", `{"query": "any where Image:\"*\\\\a.exe\""}`},
	} {
		r := &Request{Rules: texts(rule), Target: tt.target, Format: tt.format}
		if tt.pipeline != "" {
			r.Pipelines = []string{tt.pipeline}
		}
		a, err := c.Convert(t.Context(), r)
		if err != nil || len(a.Queries) != 1 || len(a.Queries[0]) != 1 {
			t.Errorf("%+v: got %+v, %v", tt, a, err)
			continue
		}
		if got := strings.Replace(a.Queries[0][0], ".caseless", "", 1); got != tt.want || !strings.Contains(a.Output, a.Queries[0][0]) || a.Results[0].Title != "A" {
			t.Errorf("%+v: got %s, output %s", tt, got, a.Output)
		}
	}
}

// Each rule has a result, sorted by file and place, each condition a query, and a rule with a fault does not hold up the others.
func TestConvertSeveral(t *testing.T) {
	two := strings.Replace(rule, "condition: s}", "s2: {User: x}, condition: [s, s2]}", 1)
	a, err := converter(t).Convert(t.Context(), &Request{
		Rules: []setup.Text{
			{Name: "a.yml", Text: two}, {Name: "c.yml", Text: strings.Replace(rule, "a.exe", "b.exe", 1) + "---\n" + strings.Replace(rule, "a.exe", "c.exe", 1)},
			{Name: "b.yml", Text: strings.Replace(rule, "endswith", "endswth", 1)},
		},
		Target: "splunk",
	})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, queries := range a.Queries {
		got = append(got, strings.Join(queries, " | "))
	}
	want := []string{`Image="*\\a.exe" | User="x"`, ``, `Image="*\\b.exe"`, `Image="*\\c.exe"`}
	if !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	if len(a.Diagnostics) != 1 || a.Diagnostics[0].Span.File.Name != "b.yml" || !strings.Contains(a.Summary, "3 of 4 rules") {
		t.Errorf("%s: %v", a.Summary, a.Diagnostics)
	}
}

// SQL has a query over the table of the layout, with a range of times.
func TestConvertToSQL(t *testing.T) {
	const login = "title: L\nlogsource: {product: aws, service: cloudtrail}\ndetection: {s: {eventName: ConsoleLogin}, condition: s}\n"
	day := time.Date(2026, 3, 10, 0, 0, 0, 0, time.UTC)
	a, err := converter(t).Convert(t.Context(), &Request{Rules: texts(login), Target: "athena", Layout: "cloudtrail/athena", From: day, To: day.AddDate(0, 0, 1), Table: setup.TableOptions{Table: "security.trail"}})
	if err != nil {
		t.Fatal(err)
	}
	for _, part := range []string{"FROM security.trail", "'consolelogin'", "2026-03-10", "2026-03-11"} {
		if !strings.Contains(strings.ToLower(a.Output), strings.ToLower(part)) {
			t.Errorf("there is no %s in %s", part, a.Output)
		}
	}
}

// An error is about the request and says what it may be instead. No name of a request is a path.
func TestConvertRefuses(t *testing.T) {
	c := converter(t)
	for want, r := range map[string]*Request{
		"names no target":                {Rules: texts(rule)},
		`no target "splnk"`:              {Rules: texts(rule), Target: "splnk"},
		"has no rules":                   {Target: "splunk"},
		`splunk has no format "x"`:       {Rules: texts(rule), Target: "splunk", Format: "x"},
		`athena has no format "x"`:       {Rules: texts(rule), Target: "athena", Format: "x"},
		`unmapped does not take "x"`:     {Rules: texts(rule), Target: "athena", Unmapped: "x"},
		"not between 0 and 16":           {Rules: texts(rule), Target: "splunk", Indent: 17},
		"exclude one another":            {Rules: texts(rule), Target: "splunk", WithoutPipeline: true, Pipelines: []string{"sysmon"}},
		`no pipeline is named "/etc/pa`:  {Rules: texts(rule), Target: "splunk", Pipelines: []string{"/etc/passwd"}},
		`no pipeline is named "nothing"`: {Rules: texts(rule), Target: "splunk", Pipelines: []string{"nothing"}},
		"layout":                         {Rules: texts(rule), Target: "athena", Layout: "cloudtrail/x"},
	} {
		if a, err := c.Convert(t.Context(), r); a != nil || err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %+v and %v, want %q", a, err, want)
		}
	}
	a, err := c.Convert(t.Context(), &Request{Rules: texts(rule), Target: "splunk", Texts: []setup.Text{{Name: "pipeline.yml", Text: "transformations:\n  - type: nope\n"}}})
	if err == nil || a == nil || !a.Diagnostics.HasErrors() || a.Diagnostics[0].Span.File.Name != "pipeline.yml" {
		t.Errorf("a faulty pipeline: got %+v and %v", a, err)
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := c.Convert(ended, &Request{Rules: texts(rule), Target: "splunk"}); err == nil {
		t.Error("a context that has ended gives no error")
	}
}

// Pipelines of a request reach neither files nor the network.
func TestPipelinesReadNothing(t *testing.T) {
	for _, source := range []string{"{type: file, path: /etc/passwd, placeholders: {a: x}}", "{type: http, url: 'http://127.0.0.1:1/', placeholders: {a: x}}", "{type: command, command: [id]}"} {
		text := "vars: {}\ntransformations:\n  - " + strings.Replace(source, "type: ", "type: placeholders_from_", 1) + "\n"
		a, err := converter(t).Convert(t.Context(), &Request{
			Rules: texts(strings.Replace(rule, "Image|endswith: '\\a.exe'", "Image|expand: '%a%'", 1)), Target: "splunk", Texts: []setup.Text{{Name: "pipeline.yml", Text: text}},
		})
		if err == nil && (!a.Diagnostics.HasErrors() || len(a.Queries) > 0 && a.Queries[0] != nil) {
			t.Errorf("%s: got %+v", source, a)
		}
	}
}

func TestTargets(t *testing.T) {
	names := map[string]bool{}
	for _, target := range converter(t).Targets() {
		if names[target.Name] || target.Title == "" || len(target.Formats) == 0 || strings.HasSuffix(target.Title, "SQL SQL") {
			t.Errorf("got %+v", target)
		}
		names[target.Name] = true
	}
	for _, name := range []string{"athena", "trino", "duckdb", "splunk", "lucene", "esql", "eql", "kusto", "loki", "sigma"} {
		if !names[name] {
			t.Errorf("there is no target %s", name)
		}
	}
	for target, want := range map[string]bool{"": true, "lucene": true, "splunk": false} {
		list := converter(t).Pipelines(target)
		if slices.ContainsFunc(list, func(p Pipeline) bool { return p.Name == "ecs_windows" }) != want {
			t.Errorf("pipelines for %q: got %v", target, list)
		}
	}
	if !slices.ContainsFunc(converter(t).Layouts(), func(n Named) bool { return n.Name == "cloudtrail/athena" }) {
		t.Error("there is no layout cloudtrail/athena")
	}
}

// Names of files are relative, of rules, and different, whatever a request says.
func TestRuleTexts(t *testing.T) {
	var files []setup.Text
	for _, name := range []string{"", "a.yml", "a.yml", "../../etc/passwd", "/etc/shadow.yaml", `c:\x\..\y.YML`, "b.test.yml", ".hidden.yml", "d/../e.yml", "a-2.yml", "no\x00l"} {
		files = append(files, setup.Text{Name: name})
	}
	seen := map[string]bool{}
	for i, file := range RuleTexts(files) {
		if seen[file.Name] || !setup.IsRuleFile(file.Name) || strings.HasPrefix(file.Name, "/") || strings.Contains(file.Name, "..") || strings.Contains(file.Name, `\`) {
			t.Errorf("%q becomes %q", files[i].Name, file.Name)
		}
		seen[file.Name] = true
	}
}

// A request can have many files of one name: their numbers are not searched for from the beginning.
func TestRuleTextsOfOneName(t *testing.T) {
	files := make([]setup.Text, 200_000) // a search for each would take minutes
	files[3].Name = "rule-3.yml"
	seen := map[string]bool{}
	for _, file := range RuleTexts(files) {
		seen[file.Name] = true
	}
	if len(seen) != len(files) {
		t.Errorf("%d files have %d names", len(files), len(seen))
	}
}
