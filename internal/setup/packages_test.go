package setup

import (
	"os"
	"path/filepath"
	"testing"
)

func TestFilesOfInstalledPackagesAreKnown(t *testing.T) {
	data := t.TempDir()
	t.Setenv("EGRET_DATA", data)
	if IsInstalled(filepath.Join(data, "rules", "a.yml")) {
		t.Error("nothing is installed")
	}
	if err := os.MkdirAll(filepath.Join(data, "rules", "ours"), 0o755); err != nil {
		t.Fatal(err)
	}
	link := filepath.Join(t.TempDir(), "link")
	if err := os.Symlink(filepath.Join(data, "rules"), link); err != nil {
		t.Skip(err)
	}
	for path, want := range map[string]bool{
		filepath.Join(data, "rules", "ours", "a.yml"): true, filepath.Join(link, "ours"): true,
		filepath.Join(data, "noise.json"): false, "a.yml": false, data + "/rules-of-mine/a.yml": false,
	} {
		if got := IsInstalled(path); got != want {
			t.Errorf("%s: got %v, want %v", path, got, want)
		}
	}
}

func TestTheLockFileIsBesideTheConfiguration(t *testing.T) {
	for path, want := range map[string]string{"": "egret-rules.lock", "egret.yaml": "egret-rules.lock", "/etc/x/egret.yaml": "/etc/x/egret-rules.lock"} {
		c := &Config{}
		c.Path = path
		if got := c.LockPath(); got != want {
			t.Errorf("%q: got %q, want %q", path, got, want)
		}
	}
}
