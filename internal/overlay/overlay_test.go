package overlay

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

const (
	one = "0a1b2c3d-0000-4000-8000-000000000001"
	two = "0a1b2c3d-0000-4000-8000-000000000002"
)

const filter = `title: Staging is known
id: 0a1b2c3d-0000-4000-8000-000000000009
logsource: {product: aws}
filter:
  rules: [` + one + `]
  selection: {awsRegion: eu-west-1}
  condition: not selection
`

func edit(t *testing.T, path string, change func(*Overlay) error) string {
	t.Helper()
	if err := Edit(path, change); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestChangesAddUpAndAreTakenBack(t *testing.T) {
	path := filepath.Join(t.TempDir(), "new", "egret-overlay.yaml")
	edit(t, path, func(o *Overlay) error {
		o.Disable(one, one, strings.ToUpper(one))
		if err := o.SetLevel(two, "low"); err != nil {
			return err
		}
		return o.AddFilters([]byte(filter))
	})
	edit(t, path, func(o *Overlay) error {
		o.Disable(two)
		if err := o.SetLevel(strings.ToUpper(two), "high"); err != nil {
			return err
		}
		return o.AddFilters([]byte(filter)) // again: it replaces itself
	})
	o, err := Read(path)
	if err != nil {
		t.Fatal(err)
	}
	filters, err := o.Filters()
	if err != nil || len(filters) != 1 || filters[0].Title != "Staging is known" || !slices.Equal(filters[0].Rules, []string{one}) {
		t.Errorf("filters: got %+v, %v", filters, err)
	}
	if got := o.Disabled(); !slices.Equal(got, []string{one, two}) {
		t.Errorf("disabled: got %q", got)
	}
	if got := o.Levels(); !slices.Equal(got, []Level{{two, "high"}}) {
		t.Errorf("levels: got %+v", got)
	}
	text := edit(t, path, func(o *Overlay) error {
		if got := o.Enable(two, "another"); !slices.Equal(got, []string{two}) {
			t.Errorf("enabled: got %q", got)
		}
		o.Enable(one)
		if n := o.RemoveFilter("Staging is known"); n != 1 {
			t.Errorf("removed %d filters", n)
		}
		return o.SetLevel(two, "")
	})
	if text != head {
		t.Errorf("everything was taken back: got %q", text)
	}
}

func TestCommentsAndOrderStay(t *testing.T) {
	path := filepath.Join(t.TempDir(), "egret-overlay.yaml")
	before := "# ours\n\n# why not\ndisabled:\n  # noisy in staging\n  - " + one + " # ask first\nlevels:\n  " + two + ": low # never seen\n\n# the end\n"
	if err := os.WriteFile(path, []byte(before), 0o600); err != nil {
		t.Fatal(err)
	}
	got := edit(t, path, func(o *Overlay) error { o.Disable(two); return nil })
	want := strings.Replace(before, "# ask first\n", "# ask first\n  - "+two+"\n", 1)
	if got != want {
		t.Errorf("got:\n%s\nwant:\n%s", got, want)
	}
	if err := os.WriteFile(path, []byte("# nothing yet\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if got := edit(t, path, func(o *Overlay) error { o.Disable(one); return nil }); got != "# nothing yet\ndisabled:\n  - "+one+"\n" {
		t.Errorf("a file of comments: got %q", got)
	}
}

func TestFaultsChangeNothing(t *testing.T) {
	path := filepath.Join(t.TempDir(), "egret-overlay.yaml")
	nothing := func(*Overlay) error { return nil }
	if err := Edit(path, nothing); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(path); err == nil {
		t.Error("no change has written a file")
	}
	for text, want := range map[string]string{
		"rules: [starter]\n":       `:1:1: key "rules" is not defined`,
		"disabled: [\n":            ":",
		"levels: {a: loud}\n":      `:1:13: expected a level`,
		"disabled: [a]\n---\na: b": "more than one YAML document",
	} {
		if _, err := Parse("o.yaml", text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: got %v, want %q", text, err, want)
		}
	}
	for _, change := range []func(*Overlay) error{
		func(o *Overlay) error { return o.SetLevel(one, "loud") },
		func(o *Overlay) error { return o.AddFilters([]byte("title: A rule\ndetection: {}\n")) },
		func(o *Overlay) error { return o.AddFilters([]byte("filter: {}\n")) },
		func(o *Overlay) error { return o.AddFilters(nil) },
		func(o *Overlay) error { return o.AddFilters([]byte("a: [")) },
		func(o *Overlay) error {
			o.Disable(one)
			return os.WriteFile(path, []byte("# another\n"), 0o600)
		},
	} {
		if err := Edit(path, change); err == nil {
			t.Error("a change with a fault was taken")
		}
	}
	text, err := os.ReadFile(path)
	if err != nil || string(text) != "# another\n" {
		t.Errorf("got %q, %v; want what the other one wrote", text, err)
	}
	err = Edit(path, func(o *Overlay) error {
		o.Disable(one)
		return os.WriteFile(path, []byte("# yet another\n"), 0o600)
	})
	if !errors.Is(err, ErrChanged) {
		t.Errorf("got %v, want ErrChanged", err)
	}
}

// FuzzEdit checks that a change of any overlay leaves one that can be read and has the change.
func FuzzEdit(f *testing.F) {
	for _, text := range []string{"", "# c\n", "!\n ", "null # c\n", "disabled: a\n", "disabled: [a, b]\nlevels: {a: low}\n", "filters:\n- " + strings.ReplaceAll(filter, "\n", "\n  ")} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		o, err := Parse("o.yaml", text)
		if err != nil {
			return
		}
		o.Disable(one)
		if err := o.SetLevel(two, "high"); err != nil {
			t.Fatal(err)
		}
		if err := o.AddFilters([]byte(filter)); err != nil {
			t.Fatal(err)
		}
		after, err := o.Text()
		if err != nil {
			return // YAML that cannot be written, such as a comment with a control character
		}
		again, err := Parse("o.yaml", string(after))
		if err != nil {
			return // Edit refuses it
		}
		if !slices.Contains(again.Disabled(), one) || !slices.Contains(again.Levels(), Level{two, "high"}) {
			t.Errorf("the change of %q is lost: %q", text, after)
		}
	})
}
