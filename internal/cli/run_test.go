package cli_test

import (
	"bytes"
	"os"
	"strings"
	"testing"

	"github.com/egret-hunt/egret/internal/cli"
)

// run is what a run of egret gave.
type run struct {
	code           int
	stdout, stderr string
}

// inProcess runs egret within this process.
func inProcess(args ...string) run {
	var out, err bytes.Buffer
	code := cli.Main(args, strings.NewReader(""), &out, &err)
	return run{code, out.String(), err.String()}
}

// read is the text of a file.
func read(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
