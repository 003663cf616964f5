package schema

import (
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"
)

// TestMessages holds the messages about the YAML of schema files to an archive of them as they are printed.
func TestMessages(t *testing.T) {
	archive, err := txtar.ParseFile("testdata/messages.txtar")
	if err != nil {
		t.Fatal(err)
	}
	files, want := fstest.MapFS{}, ""
	for _, f := range archive.Files {
		if f.Name == "want" {
			want = string(f.Data)
			continue
		}
		files[f.Name] = &fstest.MapFile{Data: f.Data}
	}
	_, err = LoadFolders(Folder{Name: "schemas", FS: files})
	if err == nil {
		t.Fatal("nothing is refused")
	}
	if diff := cmp.Diff(strings.TrimSpace(want), strings.TrimSpace(err.Error())); diff != "" {
		t.Errorf("(-want +got)\n%s\n%s", diff, err)
	}
}
