package schema

import (
	"io/fs"
	"path"
	"reflect"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestEmbeddedFilesAreStrict decodes every embedded file with decode, which refuses unknown keys, and compares the result with that of
// decodeEmbedded, which does not.
func TestEmbeddedFilesAreStrict(t *testing.T) {
	check := func(name string, text []byte, want, got any) {
		if err := decode(text, want); err != nil {
			t.Errorf("%s: %v", name, err)
		} else if err := decodeEmbedded(text, got); err != nil {
			t.Errorf("%s: %v", name, err)
		} else if diff := cmp.Diff(want, got, cmp.Exporter(func(reflect.Type) bool { return true })); diff != "" {
			t.Errorf("%s differs (-decode +decodeEmbedded): %s", name, diff)
		}
	}
	check("foreign.yaml", foreignYAML, new([]yamlForeigner), new([]yamlForeigner))
	check("rows.yaml", rowsYAML, new([]yamlRow), new([]yamlRow))
	files := 0
	err := fs.WalkDir(data, dataFolder, func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || path.Ext(name) != ".yaml" {
			return err
		}
		text, err := fs.ReadFile(data, name)
		if err != nil {
			return err
		}
		files++
		switch {
		case strings.HasPrefix(name, dataFolder+"/"+factsFolder+"/"):
			check(name, text, new(yamlFacts), new(yamlFacts))
		case strings.HasPrefix(name, dataFolder+"/"+traceFolder+"/"):
			check(name, text, new(yamlTrace), new(yamlTrace))
		default:
			check(name, text, new(file), new(file))
		}
		return nil
	})
	if err != nil || files < 60 {
		t.Errorf("%d files, %v", files, err)
	}
}
