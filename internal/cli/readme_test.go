package cli_test

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/egret-hunt/egret/internal/cli"
)

// TestTheResultInTheReadmeIsReal hunts the sample logs and checks each output line that README.md shows.
func TestTheResultInTheReadmeIsReal(t *testing.T) {
	t.Chdir(filepath.Join("..", ".."))
	readme, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	blocks := regexp.MustCompile("(?s)```text\n(.*?)```").FindAllStringSubmatch(string(readme), 2) // the story and the timeline
	if len(blocks) < 2 {
		t.Fatal("README.md shows no result")
	}
	var stdout, stderr strings.Builder
	const findings = 1
	if code := cli.Main([]string{"hunt", "examples/incident", "--format", "story"}, strings.NewReader(""), &stdout, &stderr); code != findings {
		t.Fatalf("exit code %d\n%s", code, stderr.String())
	}
	printed := strings.Split(stdout.String()+stderr.String(), "\n")
	for _, block := range blocks {
		for line := range strings.Lines(block[1]) {
			line = strings.TrimRight(line, "\n")
			if line != "…" && line != "$ make demo" && !slices.Contains(printed, line) {
				t.Errorf("got no line %q from the hunt", line)
			}
		}
	}
}
