package cli_test

import (
	"bytes"
	"strings"

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
