package rulepack

import (
	"io/fs"
	"path"
	"strings"
	"testing"
)

// ruleFiles returns the paths of the embedded rule files, in order.
func ruleFiles(t *testing.T) []string {
	t.Helper()
	var files []string
	err := fs.WalkDir(FS(), ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		files = append(files, name)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(files) == 0 {
		t.Fatal("the pack is empty")
	}
	return files
}

func TestFSHoldsOnlyRuleFiles(t *testing.T) {
	for _, name := range ruleFiles(t) {
		if path.Ext(name) != ".yml" || strings.Count(name, "/") != 1 {
			t.Errorf("%s: want <service>/<rule>.yml", name)
		}
	}
}
