package testkit

import (
	"os"
	"path/filepath"
	"runtime"
	"testing"
)

// Shared returns the path of a file or folder of the public test data outside the repository. It looks in the folder of
// the variable EGRET_SHARED, else in the folder `shared` next to the repository. If the file is missing, it skips the
// test and prints the reason.
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

// Root returns the folder of the repository.
func Root(t testing.TB) string {
	t.Helper()
	_, file, _, ok := runtime.Caller(0)
	if !ok {
		t.Fatal("no caller information")
	}
	return filepath.Join(filepath.Dir(file), "..", "..")
}

// Long reports whether tests may take minutes: EGRET_LONG is set, as by `make long`. Otherwise they use smaller sizes and fewer
// random cases.
func Long() bool { return os.Getenv("EGRET_LONG") != "" }

// Rounds returns the number of random cases to try: few with -short, many if Long, else usual.
func Rounds(few, usual, many int) int {
	switch {
	case testing.Short():
		return few
	case Long():
		return many
	}
	return usual
}
