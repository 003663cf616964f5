package hunt_test

import (
	"errors"
	"fmt"
	"runtime"
	"strings"
	"testing"

	"github.com/egret-hunt/egret/internal/finding"
	"github.com/egret-hunt/egret/internal/hunt"
)

// TestNothingIsBuiltAfterEach: where the caller stops early, as on a full disk, nothing reads the evidence any more when Each
// has returned, since Close removes it. The race detector sees the same.
func TestNothingIsBuiltAfterEach(t *testing.T) {
	lines := make([]string, 5000)
	for i := range lines {
		lines[i] = event(fmt.Sprintf("e%04d", i), "2026-03-10T11:00:00Z", "CreateAccessKey", strings.Repeat("alice", 100))
	}
	path, set := write(t, "logs.jsonl", lines...), rules(t, base)
	for range 10 {
		result, err := hunt.Run(t.Context(), hunt.Options{Set: set, Paths: []string{path}, Threads: 8})
		if err != nil {
			t.Fatal(err)
		}
		full := errors.New("no space left on device")
		if _, err := result.Each(0, func(*finding.Finding) error { return full }); !errors.Is(err, full) {
			t.Fatalf("the error of the caller is %v", err)
		}
		stacks := make([]byte, 1<<20)
		if stacks = stacks[:runtime.Stack(stacks, true)]; strings.Contains(string(stacks), "hunt.newAssembly") {
			t.Fatal("findings are still being built")
		}
		if err := result.Close(); err != nil {
			t.Fatal(err)
		}
	}
}
