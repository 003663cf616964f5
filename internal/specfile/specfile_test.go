package specfile_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/egret-hunt/egret/internal/specfile"
)

func TestList(t *testing.T) {
	dir := t.TempDir()
	if _, err := specfile.List(dir, "specs"); err == nil || !strings.Contains(err.Error(), "has no specs, which end in .yaml or .yml") {
		t.Errorf("got %v for an empty folder", err)
	}
	for _, name := range []string{"b.yml", "a.yaml", "c.txt", "folder.yaml/x.yaml"} {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte("x: 1"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	files, err := specfile.List(dir, "specs")
	if got := strings.Join(files, " "); err != nil || got != filepath.Join(dir, "a.yaml")+" "+filepath.Join(dir, "b.yml") {
		t.Errorf("got %s, %v", got, err)
	}
	if files, err := specfile.List(filepath.Join(dir, "c.txt"), "specs"); err != nil || len(files) != 1 {
		t.Errorf("got %v, %v for a file", files, err)
	}
}

func TestRead(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.yaml")
	if err := os.WriteFile(path, []byte(strings.Repeat("#", 2048)), 0o644); err != nil {
		t.Fatal(err)
	}
	if text, err := specfile.Read(path, 2048); err != nil || len(text) != 2048 {
		t.Errorf("got %d bytes, %v", len(text), err)
	}
	if _, err := specfile.Read(path, 2047); err == nil || !strings.Contains(err.Error(), "a.yaml: larger than 1 kB") {
		t.Errorf("got %v for a large file", err)
	}
	if _, err := specfile.Read(filepath.Dir(path), 1); err == nil || !strings.Contains(err.Error(), "not a regular file") {
		t.Errorf("got %v for a folder", err)
	}
}
