package pipeline

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/egret-hunt/egret/source"
)

// Every embedded pipeline loads, has a title, and names what it is for.
func TestEmbedded(t *testing.T) {
	for _, name := range Names() {
		p := Embedded(name)
		if p == nil || p.Name == "" || len(p.steps) == 0 {
			t.Errorf("%s: got %+v", name, p)
		}
	}
}

// Find sorts by priority, then by name or path, searches folders, and checks targets.
func TestFind(t *testing.T) {
	t.Chdir(t.TempDir())
	for name, text := range map[string]string{
		"b.yml":             "priority: 5\n",
		"a.yml":             "priority: 5\nallowed_backends: [lucene]\n",
		"folder/deep/c.yml": "priority: -1\n",
		"folder/d.yaml":     "priority: 7\n",
		"own/sysmon.yml":    "priority: 3\n",
	} {
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	ids := func(pipelines []*Pipeline) string {
		var out []string
		for _, p := range pipelines {
			out = append(out, p.ID)
		}
		return strings.Join(out, " ")
	}
	found, list, err := Find([]string{"splunk_windows", "b.yml", "a.yml", "folder"}, "", nil)
	if got, want := ids(found), "folder/deep/c.yml a.yml b.yml splunk_windows"; got != want || err != nil || len(list) > 0 {
		t.Errorf("got %s, %v, %v, want %s", got, list, err, want)
	}
	if found, _, err = Find([]string{"sysmon"}, "", nil, "own"); err != nil || found[0].Priority != 3 {
		t.Errorf("got %v, %v, want the pipeline of the folder", found, err)
	}
	var other *NotAllowedError
	for _, name := range []string{"a.yml", "splunk_windows"} {
		if _, _, err = Find([]string{name}, "kusto", nil); !errors.As(err, &other) {
			t.Errorf("%s: got %v, want an error about the target", name, err)
		}
	}
	var missing *NotFoundError
	if _, _, err = Find([]string{"nothing"}, "", nil); !errors.As(err, &missing) {
		t.Errorf("got %v, want an error about the name", err)
	}
}

// A pipeline reads files of its folder and below only, also through links.
func TestFilesOutside(t *testing.T) {
	outside, folder := t.TempDir(), t.TempDir()
	if err := os.WriteFile(filepath.Join(outside, "secret"), []byte("alice\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(filepath.Join(outside, "secret"), filepath.Join(folder, "link")); err != nil {
		t.Skip(err)
	}
	if err := os.WriteFile(filepath.Join(folder, "inside"), []byte("bob\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{
		"inside":                        "s:\n    User: 'bob'\ncondition: s",
		filepath.Join(folder, "inside"): "s:\n    User: 'bob'\ncondition: s",
		"link":                          "error",
		"../" + filepath.Base(outside) + "/secret": "error",
		filepath.Join(outside, "secret"):           "error",
		"/etc/hostname":                            "error",
	} {
		p := mustLoad(t, "transformations:\n- type: file_placeholders\n  path: "+path+"\n", Options{Folder: folder})
		rule := parseRule(t, ruleText("    s:\n        User|expand: '%x%'\n    condition: s"))
		got := "error"
		if _, list := NewChain(nil, p).Rule(rule); !list.HasErrors() {
			got = detectionOf(rule)
		}
		if got != want {
			t.Errorf("%s: got %s, want %s", path, got, want)
		}
	}
	if p, _ := Load(source.NewFile("p.yml", "postprocessing:\n- {type: template, path: .., template: secret}\n"), Options{Folder: folder}); p != nil {
		t.Error("a template outside of the folder loads")
	}
}

// The draft of a pipeline loads and changes rules.
func TestDraft(t *testing.T) {
	rule := parseRule(t, ruleText("    sel:\n        EventID: 1\n        User|expand: '%admins%'\n    condition: sel"))
	if _, list := NewChain(nil, mustLoad(t, Draft("own"), Options{})).Rule(rule); len(list) > 0 {
		t.Fatal(list)
	}
	want := "sel:\n    event_id: 1\n    winlog.User:\n        - 'alice'\n        - 'bob'\n_cond_1:\n    index: 'windows'\ncondition: _cond_1 and sel"
	if got := detectionOf(rule); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}
