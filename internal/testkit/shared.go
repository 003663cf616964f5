package testkit

import (
	"os"
	"path/filepath"
	"runtime"
	"testing"
)

// Shared is the path of a file or folder of the public test data that is kept outside the repository. It is looked for
// in the folder that the variable EGRET_SHARED names, else in a folder `shared` beside the repository. The test is
// skipped, with the reason printed, where it is absent.
func Shared(t testing.TB, elem ...string) string {
	t.Helper()
	root := os.Getenv("EGRET_SHARED")
	if root == "" {
		root = filepath.Join(Root(t), "..", "shared")
	}
	path := filepath.Join(append([]string{root}, elem...)...)
	if _, err := os.Stat(path); err != nil {
		t.Skipf("public test data is absent: %v (set EGRET_SHARED to its folder)", err)
	}
	return path
}

// Root is the folder of the repository.
func Root(t testing.TB) string {
	t.Helper()
	_, file, _, ok := runtime.Caller(0)
	if !ok {
		t.Fatal("no caller information")
	}
	return filepath.Join(filepath.Dir(file), "..", "..")
}
