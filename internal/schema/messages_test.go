package schema

import (
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"
)

// TestMessages compares the messages about YAML faults in schema files with a golden archive.
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
		t.Fatal("got no error")
	}
	if diff := cmp.Diff(strings.TrimSpace(want), strings.TrimSpace(err.Error())); diff != "" {
		t.Errorf("(-want +got)\n%s\n%s", diff, err)
	}
}
