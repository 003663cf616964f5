package ruleset

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"
)

// TestMessages holds the messages about everyday slips to an archive of them as they are printed.
func TestMessages(t *testing.T) {
	archive, err := txtar.ParseFile("testdata/messages.txtar")
	if err != nil {
		t.Fatal(err)
	}
	files, want := map[string]string{}, ""
	for _, f := range archive.Files {
		if f.Name == "want" {
			want = string(f.Data)
			continue
		}
		files[strings.TrimPrefix(f.Name, "rules/")] = string(f.Data)
	}
	_, list := load(t, Options{}, files)
	var got strings.Builder
	for _, d := range list {
		got.WriteString(strings.TrimRight(d.String(), "\n") + "\n")
	}
	if diff := cmp.Diff(want, got.String()); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}
