package serve_test

import (
	"context"
	"os/exec"
	"testing"
	"time"

	"github.com/egret-hunt/egret/internal/testkit"
)

// Schemathesis makes requests of all kinds from the OpenAPI document, right and wrong ones. The server answers all of them with a status,
// a type and a form that the document has, none with a fault of its own, and in time.
func TestRequestsOfSchemathesis(t *testing.T) {
	if testing.Short() {
		t.Skip("makes a thousand requests")
	}
	program, err := exec.LookPath("schemathesis")
	if err != nil {
		t.Skip("there is no schemathesis on the PATH: make python installs it")
	}
	w := hunting(t)
	if !testkit.Long() { // it fetches results a hundred times
		w = huntingIn(t, trailEvent(0, "StopLogging", "aws-cli")+trailEvent(1, "StopLogging", hostile)+trailEvent(2, "DescribeTrails", "aws-cli"))
	}
	address := served(t, w)
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	defer cancel()
	arguments := []string{
		"run", address + "api/v2/openapi.yaml", "--url", address, "--max-examples", "10", "--seed", "17",
		"--checks", "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance", "--request-timeout", "25", "--no-color", "--generation-database", "none",
	}
	if testkit.Long() {
		arguments = append(arguments, "--phases", "coverage,fuzzing")
	} else { // all kinds of wrong values, without random ones, and not once more for the paths with a version
		arguments = append(arguments, "--phases", "coverage", "--exclude-path-regex", "^/api/v1/.version")
	}
	command := exec.CommandContext(ctx, program, arguments...)
	command.Dir = t.TempDir()
	if output, err := command.CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, output)
	}
}
