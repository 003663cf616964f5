package archtest

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

var (
	// runOfTests matches the tests and packages of a go test command in a document.
	runOfTests = regexp.MustCompile(`-run[ =]('[^']*'|\S+)((?: -\S+(?: [0-9]+x)?)*)((?: \./[\w./]*)+)`)
	testName   = regexp.MustCompile(`(?m)^func ((?:Test|Fuzz|Example)\w*)\(`)
)

// TestDocumentedTestsExist checks that each test that a document tells readers to run is in the packages it names.
func TestDocumentedTestsExist(t *testing.T) {
	found := 0
	for document, text := range pages(t) {
		for _, run := range runOfTests.FindAllStringSubmatch(text, -1) {
			pattern := strings.ReplaceAll(strings.Trim(run[1], "'"), `\|`, "|") // tables escape the bar
			if pattern == "^$" || pattern == "NONE" {
				continue // it runs benchmarks or fuzzing
			}
			var names []string
			for _, folder := range strings.Fields(run[3]) {
				names = append(names, testsOf(t, folder)...)
			}
			for part := range strings.SplitSeq(pattern, "|") {
				found++
				wanted, err := regexp.Compile(part)
				if err != nil {
					t.Errorf("%s: -run %s: %v", document, run[1], err)
				} else if !wanted.MatchString(strings.Join(names, "\n")) {
					t.Errorf("%s: no test of%s matches %q", document, run[3], part)
				}
			}
		}
	}
	if found < 20 {
		t.Errorf("found %d commands, want the tables of docs/correctness.md among them", found)
	}
}

// testsOf returns the names of the tests below a folder that is written as for the go command.
func testsOf(t *testing.T, folder string) []string {
	t.Helper()
	below, recursive := strings.CutSuffix(folder, "/...")
	start := filepath.Join(root, below)
	var names []string
	err := filepath.WalkDir(start, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && path != start && !recursive {
			return fs.SkipDir
		}
		if !strings.HasSuffix(path, "_test.go") {
			return nil
		}
		text, err := os.ReadFile(path)
		for _, m := range testName.FindAllSubmatch(text, -1) {
			names = append(names, string(m[1]))
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
	return names
}
