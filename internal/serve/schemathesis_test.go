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
	address := served(t, hunting(t))
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	defer cancel()
	phases := "coverage" // all kinds of wrong values, without random ones
	if testkit.Long() {
		phases = "coverage,fuzzing"
	}
	command := exec.CommandContext(ctx, program, "run", address+"api/v2/openapi.yaml", "--url", address, "--phases", phases, "--max-examples", "10", "--seed", "17",
		"--checks", "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance", "--request-timeout", "25", "--no-color", "--generation-database", "none")
	command.Dir = t.TempDir()
	if output, err := command.CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, output)
	}
}
