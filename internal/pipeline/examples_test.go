package pipeline

import (
	"context"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"

	"github.com/egret-hunt/egret/internal/pyprint"
)

var update = flag.Bool("update", false, "write the generated part of docs/pipelines.md")

// A kindList is a list of kinds with the key that takes them and the heading of its part of the page.
type kindList struct {
	key, heading string
	kinds        []Kind
}

func kindLists() []kindList {
	lists := []kindList{{"transformations", "Transformations", Transformations()}}
	for _, c := range Conditions() {
		lists = append(lists, kindList{c.Key, "Conditions on a " + c.Level, c.Kinds})
	}
	return append(lists, kindList{"postprocessing", "Post-processing steps", Postprocessings()}, kindList{"finalizers", "Finalizers", Finalizers()})
}

// examples returns the files of the examples of a list, by kind and name.
func examples(t *testing.T, key string) map[string]map[string]string {
	t.Helper()
	archive, err := txtar.ParseFile(filepath.Join("testdata", "examples", key+".txtar"))
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]map[string]string{}
	for _, f := range archive.Files {
		kind, name, _ := strings.Cut(f.Name, "/")
		if out[kind] == nil {
			out[kind] = map[string]string{}
		}
		out[kind][name] = strings.TrimSuffix(string(f.Data), "\n")
	}
	return out
}

// lists answers requests and commands of the examples.
type lists struct{}

func (lists) Fetch(context.Context, Request, int64) ([]byte, error) {
	return []byte(`{"users": [{"name": "alice"}, {"name": "bob"}]}`), nil
}

func (lists) Run(context.Context, []string, bool, int64) ([]byte, error) {
	return []byte("alice\nbob\n"), nil
}

// TestExamples runs the example of each kind that docs/pipelines.md shows.
func TestExamples(t *testing.T) {
	for _, list := range kindLists() {
		all := examples(t, list.key)
		for i := range list.kinds {
			kind := list.kinds[i].Name
			t.Run(list.key+"/"+kind, func(t *testing.T) {
				files := all[kind]
				if files == nil {
					t.Fatal("the kind has no example")
				}
				if !strings.Contains(files["pipeline.yml"], kind) {
					t.Error("the example does not use the kind")
				}
				if got, want := example(t, files), files["result.yml"]+files["result.txt"]; got != want {
					t.Errorf("got\n%s\nwant\n%s", got, want)
				}
			})
		}
		if len(all) != len(list.kinds) {
			t.Errorf("%s: %d examples for %d kinds", list.key, len(all), len(list.kinds))
		}
	}
}

// example returns the result of an example: the detection of the rule with its fields, or the query.
func example(t *testing.T, files map[string]string) string {
	t.Helper()
	folder := t.TempDir()
	for name, text := range files {
		path := filepath.Join(folder, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	p, list, err := LoadFile(filepath.Join(folder, "pipeline.yml"), lists{})
	if err != nil {
		t.Fatal(err)
	}
	if p == nil {
		return "error: " + list[0].Message
	}
	chain := NewChain(nil, p)
	detection, fields, hasFields := strings.Cut(files["rule.yml"], "\nfields:")
	if detection == "" {
		detection = "sel:\n    EventID: 1\ncondition: sel"
	}
	text := ruleText("    " + strings.ReplaceAll(detection, "\n", "\n    "))
	if hasFields {
		text += "fields:" + fields + "\n"
	}
	rule := parseRule(t, text)
	result, list := chain.Rule(rule)
	if list.HasErrors() {
		return "error: " + list[0].Message
	}
	var out any
	switch {
	case files["query.txt"] != "":
		out, list = result.Query(files["query.txt"])
	case files["queries.txt"] != "":
		queries := &pyprint.List{}
		for query := range strings.SplitSeq(files["queries.txt"], "\n") {
			queries.Items = append(queries.Items, query)
		}
		out, list = chain.Finalize(queries, result)
		out = strings.TrimSuffix(fmt.Sprint(out), "\n")
	default:
		got := detectionOf(rule)
		if hasFields {
			got += "\nfields:"
			for _, field := range rule.Fields {
				got += "\n    - " + field
			}
		}
		return got
	}
	if list.HasErrors() {
		return "error: " + list[0].Message
	}
	return fmt.Sprint(out)
}

// TestPage compares the generated part of docs/pipelines.md with the kinds and their examples.
func TestPage(t *testing.T) {
	const path, mark = "../../docs/pipelines.md", "<!-- The rest is generated from the kinds and their examples: go test ./internal/pipeline -run TestPage -update -->\n"
	page, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	intro, have, ok := strings.Cut(string(page), mark)
	if !ok {
		t.Fatal("the page has no mark for the generated part")
	}
	want := kindsPage(t)
	if have == want {
		return
	}
	if !*update {
		t.Fatal("docs/pipelines.md is not up to date; write it with -update")
	}
	if err := os.WriteFile(path, []byte(intro+mark+want), 0o600); err != nil {
		t.Fatal(err)
	}
}

// kindsPage returns the part of the page about kinds.
func kindsPage(t *testing.T) string {
	var b strings.Builder
	b.WriteString("\n## Embedded pipelines\n\n| name | what it is for | priority | targets |\n|---|---|---|---|\n")
	for _, name := range Names() {
		p := Embedded(name)
		targets := "all"
		if len(p.Backends) > 0 {
			targets = strings.Join(p.Backends, ", ")
		}
		fmt.Fprintf(&b, "| `%s` | %s | %d | %s |\n", name, p.Name, p.Priority, targets)
	}
	for _, list := range kindLists() {
		fmt.Fprintf(&b, "\n## %s\n\nKey `%s`.\n", list.heading, list.key)
		all := examples(t, list.key)
		for i := range list.kinds {
			kind := &list.kinds[i]
			fmt.Fprintf(&b, "\n### %s\n\n%s.\n", kind.Name, strings.ToUpper(kind.Help[:1])+kind.Help[1:])
			if len(kind.Params) > 0 {
				b.WriteString("\n| parameter | type | default | meaning |\n|---|---|---|---|\n")
			}
			for _, p := range kind.Params {
				absent := p.Default
				if p.Required {
					absent = "required"
				}
				help := p.Help
				if len(p.Choices) > 0 {
					help += " (" + strings.Join(p.Choices, ", ") + ")"
				}
				fmt.Fprintf(&b, "| `%s` | %s | %s | %s |\n", p.Name, p.Type, strings.ReplaceAll(absent, "|", `\|`), strings.ReplaceAll(help, "|", `\|`))
			}
			files := all[kind.Name]
			fmt.Fprintf(&b, "\n```yaml\n%s\n```\n", files["pipeline.yml"])
			if text := files["rule.yml"]; text != "" {
				fmt.Fprintf(&b, "\nThe rule\n\n```yaml\n%s\n```\n", text)
			} else if text := files["query.txt"] + files["queries.txt"]; text != "" {
				fmt.Fprintf(&b, "\nThe queries\n\n```text\n%s\n```\n", text)
			}
			if text := files["result.yml"]; strings.HasPrefix(text, "error: ") {
				fmt.Fprintf(&b, "\nis refused: %s.\n", strings.TrimPrefix(text, "error: "))
			} else if text != "" {
				fmt.Fprintf(&b, "\nbecomes\n\n```yaml\n%s\n```\n", text)
			} else {
				fmt.Fprintf(&b, "\nbecome\n\n```text\n%s\n```\n", files["result.txt"])
			}
		}
	}
	return b.String()
}
