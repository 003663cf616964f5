package ruleset

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"
)

// The archive contains rules with common mistakes and the expected messages as egret prints them.
func TestMessagesForCommonMistakes(t *testing.T) {
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
		t.Errorf("messages (-want +got)\n%s", diff)
	}
}
