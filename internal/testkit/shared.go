package testkit

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
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

// Root returns the folder of the repository, the one above the package under test that holds go.mod. It stays the same if
// a test changes the working directory.
func Root(t testing.TB) string {
	t.Helper()
	if root == "" {
		t.Fatal("no go.mod at or above the working directory")
	}
	return root
}

// The go command runs tests in the folder of their package. The folder of the source file is not used, since -trimpath
// leaves it out.
var root = moduleRoot()

// moduleRoot returns an empty string if there is no go.mod.
func moduleRoot() string {
	folder, err := os.Getwd()
	if err != nil {
		return ""
	}
	for {
		if _, err := os.Stat(filepath.Join(folder, "go.mod")); err == nil {
			return folder
		}
		parent := filepath.Dir(folder)
		if parent == folder {
			return ""
		}
		folder = parent
	}
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

// Python skips the test, and prints the reason, if -short is set or python3 lacks one of the modules, which are separated by
// commas. A comparison with a tool in Python takes seconds.
func Python(t testing.TB, modules string) {
	t.Helper()
	if testing.Short() {
		t.Skip("runs python3 with " + modules + ": left out with -short")
	}
	if out, err := exec.CommandContext(t.Context(), "python3", "-c", "import "+modules).CombinedOutput(); err != nil {
		t.Skipf("python3 cannot import %s: %v %s", modules, err, strings.TrimSpace(string(out)))
	}
}
