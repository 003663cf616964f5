package scratch

import (
	"os"
	"path/filepath"
	"testing"
	"time"
)

// age sets the times of files far enough back that they may be removed.
func age(t *testing.T, paths ...string) {
	t.Helper()
	then := time.Now().Add(-2 * young)
	for _, path := range paths {
		if err := os.Chtimes(path, then, then); err != nil {
			t.Fatal(err)
		}
	}
}

func makeOld(t *testing.T, dir, name string, lock bool) string {
	t.Helper()
	path := filepath.Join(dir, name)
	if err := os.Mkdir(path, 0o700); err != nil {
		t.Fatal(err)
	}
	if lock {
		if err := os.WriteFile(filepath.Join(path, lockName), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	age(t, path)
	return path
}

func TestSweepRemovesFilesOfKilledProcesses(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("TMPDIR", dir)
	held, err := NewFolder("hunt")
	if err != nil {
		t.Fatal(err)
	}
	file, err := NewFile(dir)
	if err != nil {
		t.Fatal(err)
	}
	age(t, held.Path, file.Name())
	gone := []string{makeOld(t, dir, "egret-duckdb-123", true), makeOld(t, dir, "egret-hunt-124", true), filepath.Join(dir, ".egret-125.tmp"), makeOld(t, dir, ".egret-new-131", true)}
	stay := []string{
		held.Path, file.Name(), makeOld(t, dir, "egret-hunt-126", false), makeOld(t, dir, "egret-mine-127", true), makeOld(t, dir, "egret-hunt-x", true),
		filepath.Join(dir, "egret-128.tmp"), filepath.Join(dir, ".egret-young-1.tmp"), filepath.Join(dir, ".egret-129.tmp"),
	}
	for _, path := range []string{gone[2], stay[5], stay[6], stay[7]} {
		if err := os.WriteFile(path, nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	age(t, gone[2], stay[5], stay[6]) // the last one is too young
	outside := filepath.Join(t.TempDir(), "outside")
	if err := os.WriteFile(outside, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(filepath.Dir(outside), filepath.Join(dir, "egret-hunt-130")); err != nil {
		t.Fatal(err)
	}
	another, err := NewFolder("duckdb")
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range gone {
		if _, err := os.Lstat(path); err == nil {
			t.Errorf("%s was not removed", path)
		}
	}
	for _, path := range append(stay, outside, another.Path) {
		if _, err := os.Lstat(path); err != nil {
			t.Errorf("%v", err)
		}
	}
	for _, f := range []*Folder{held, another, nil} {
		if err := f.Remove(); err != nil {
			t.Error(err)
		}
	}
	if _, err := os.Lstat(held.Path); err == nil {
		t.Error("the folder was not removed")
	}
	if err := file.Close(); err != nil {
		t.Error(err)
	}
}
