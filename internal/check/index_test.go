package check_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/egret-hunt/egret/internal/check"
	"github.com/egret-hunt/egret/internal/testkit"
	"github.com/egret-hunt/egret/source"
)

// described returns what a diagnostic says, as text.
func described(d *check.Diagnostic) string {
	text := fmt.Sprintf("%s:%d-%d %s %s: %s", d.Span.File.Name, d.Span.Start, d.Span.End, d.Level, d.Check.ID, d.Message)
	for _, l := range d.Labels {
		text += fmt.Sprintf(" [%s:%d %s]", l.Span.File.Name, l.Span.Start, l.Text)
	}
	return text
}

// compareWithRun judges each of the files by an index of all and compares the outcome with that of Run.
func compareWithRun(t *testing.T, texts []*source.File, every int) {
	t.Helper()
	x := check.NewIndex(check.Options{})
	var inputs []check.Input
	for _, f := range texts {
		x.Put(f, false)
		inputs = append(inputs, check.Input{Name: f.Name, Read: func() ([]byte, error) { return []byte(f.Text), nil }})
	}
	result, err := check.Run(context.Background(), inputs, check.Options{})
	if err != nil {
		t.Fatal(err)
	}
	want := map[string][]string{}
	for _, d := range result.Diagnostics {
		want[d.Span.File.Name] = append(want[d.Span.File.Name], described(d))
	}
	for i := 0; i < len(texts); i += every {
		name := texts[i].Name
		x.Put(texts[i], true)
		found, err := x.Diagnostics(context.Background(), []string{name}, false)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, d := range found[name] {
			got = append(got, described(d))
		}
		if fmt.Sprint(got) != fmt.Sprint(want[name]) {
			t.Errorf("%s\n got %q\nwant %q", name, got, want[name])
		}
	}
}

func TestIndexReportsWhatRunReports(t *testing.T) {
	files := []*source.File{
		source.NewFile("a/one_rule.yml", example("11111111-1111-4111-8111-111111111111", "One", "whoami.exe")),
		source.NewFile("a/two_rule.yml", example("11111111-1111-4111-8111-111111111111", "Two", "whoami.exe")),
		source.NewFile("b/one_rule.yml", example("22222222-2222-4222-8222-222222222222", "One", "net.exe")),
		source.NewFile("b/wrong.yml", "title: Wrong\ndetection: [\n"),
		source.NewFile("b/many.yml", "title: Many\nid: 33333333-3333-4333-8333-333333333333\ncorrelation:\n    type: event_count\n    rules:\n        - nothing\n"+
			"        - 22222222-2222-4222-8222-222222222222\n    group-by: [User]\n    timespan: 5m\n    condition:\n        gte: 2\n"),
		source.NewFile("b/ignored.yml", "# egret:ignore identifier-uniqueness the same on purpose\n"+example("22222222-2222-4222-8222-222222222222", "Ignored", "ping.exe")),
	}
	compareWithRun(t, files, 1)
}

func TestIndexReportsWhatRunReportsOfPublicRules(t *testing.T) {
	root := testkit.Shared(t, "data", "sigmahq")
	var files []*source.File
	err := filepath.WalkDir(root, func(path string, entry os.DirEntry, err error) error {
		if err != nil || entry.IsDir() || filepath.Ext(path) != ".yml" {
			return err
		}
		text, err := os.ReadFile(path)
		files = append(files, source.NewFile(path, string(text)))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	every := 50
	if testing.Short() {
		every = 500
	}
	compareWithRun(t, files, every)
}

// ids returns the ids of the checks that report about a file.
func ids(t *testing.T, x *check.Index, name string, alone bool) map[string]int {
	t.Helper()
	found, err := x.Diagnostics(context.Background(), []string{name}, alone)
	if err != nil {
		t.Fatal(err)
	}
	count := map[string]int{}
	for _, d := range found[name] {
		count[d.Check.ID]++
	}
	return count
}

func TestIndexFollowsChanges(t *testing.T) {
	const id = "11111111-1111-4111-8111-111111111111"
	x := check.NewIndex(check.Options{})
	x.Put(source.NewFile("one_rule.yml", example(id, "One", "whoami.exe")), true)
	if n := ids(t, x, "one_rule.yml", false)["identifier-uniqueness"]; n != 0 {
		t.Error("a single rule is a duplicate")
	}
	x.Put(source.NewFile("two_rule.yml", example(id, "Two", "net.exe")), false)
	if n := ids(t, x, "one_rule.yml", false)["identifier-uniqueness"]; n != 1 {
		t.Errorf("%d diagnostics of a duplicate id, want 1", n)
	}
	if n := ids(t, x, "one_rule.yml", true)["identifier-uniqueness"]; n != 0 {
		t.Error("a file alone is compared with others")
	}
	if known, ok := x.Lookup("11111111-1111-4111-8111-111111111111"); !ok || known.Title != "One" || known.Place.Text() != "One" {
		t.Errorf("looked up %+v, %v", known, ok)
	}
	x.Remove("two_rule.yml")
	if n := ids(t, x, "one_rule.yml", false)["identifier-uniqueness"]; n != 0 {
		t.Error("a removed file still counts")
	}
	if files, bytes := x.Size(); files != 1 || bytes == 0 {
		t.Errorf("%d files of %d bytes", files, bytes)
	}
	if _, ok := x.Lookup("another"); ok {
		t.Error("a rule that does not exist was found")
	}
}

func TestAloneKeepsCommentsForOtherFiles(t *testing.T) {
	text := "# egret:ignore duplicate-title,always-false both are meant\n" + example("11111111-1111-4111-8111-111111111111", "One", "whoami.exe")
	var unused []string
	for _, d := range check.NewIndex(check.Options{}).Alone(source.NewFile("one_rule.yml", text)) {
		if d.Check.ID == "ignore-unused" {
			unused = append(unused, d.Message)
		}
	}
	if len(unused) != 1 || unused[0] != "the comment silences nothing: always-false reports nothing here" {
		t.Errorf("unused comments: %q", unused)
	}
}

// example returns a rule about a process.
func example(id, title, image string) string {
	return "title: " + title + "\nid: " + id + "\nstatus: test\ndescription: A process that tells who somebody is, for tests of the index.\n" +
		"logsource:\n    category: process_creation\n    product: windows\ndetection:\n    selection:\n        Image|endswith: '\\" + image +
		"'\n    condition: selection\nlevel: low\n"
}
