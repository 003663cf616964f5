package athena

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// TestDocumentedPolicyMatchesCalls checks that the policy that users copy allows exactly the calls of Athena that the
// engine makes, and all its calls of S3.
func TestDocumentedPolicyMatchesCalls(t *testing.T) {
	page, err := os.ReadFile(filepath.FromSlash("../../../docs/engines/athena.md"))
	if err != nil {
		t.Fatal(err)
	}
	block := regexp.MustCompile("(?s)```json\n(.*?)```").FindSubmatch(page)
	if block == nil {
		t.Fatal("the page has no policy")
	}
	var policy struct {
		Statement []struct {
			Sid, Effect string
			Action      any
		}
	}
	if err := json.Unmarshal(block[1], &policy); err != nil {
		t.Fatal(err)
	}
	var allowed []string
	for _, s := range policy.Statement {
		switch actions := s.Action.(type) {
		case string:
			allowed = append(allowed, actions)
		case []any:
			for _, a := range actions {
				text, _ := a.(string)
				allowed = append(allowed, text)
			}
		}
		if s.Effect != "Allow" {
			t.Errorf("%s: got effect %q, want Allow", s.Sid, s.Effect)
		}
	}
	made := map[string]bool{}
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		// The single calls are for scripts of another tool, whose permissions docs/stix.md lists.
		if strings.HasSuffix(file, "_test.go") || file == "calls.go" {
			continue
		}
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, call := range regexp.MustCompile(`e\.(athena|s3)\.([A-Z][A-Za-z]+)\(ctx`).FindAllStringSubmatch(string(text), -1) {
			made[call[1]+":"+call[2]] = true
		}
	}
	if len(made) < 8 {
		t.Fatalf("got only the calls %v", made)
	}
	for call := range made {
		if !slices.Contains(allowed, call) {
			t.Errorf("the policy does not allow %s, which the engine calls", call)
		}
	}
	for _, action := range allowed {
		if strings.HasPrefix(action, "athena:") && !made[action] {
			t.Errorf("the policy allows %s, which the engine never calls", action)
		}
	}
}
