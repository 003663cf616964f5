package main

import (
	"os"
	"strings"
	"testing"
)

// TestNoticesNameWhatIsLinked checks that the notice file lists exactly the linked modules, in their versions.
func TestNoticesNameWhatIsLinked(t *testing.T) {
	modules, err := linkedModules("../..")
	if err != nil {
		t.Skip("the module cache does not have all modules: ", err)
	}
	text, err := os.ReadFile("../../THIRD_PARTY_NOTICES")
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range modules {
		if !strings.Contains(string(text), "\n"+m.Path+" "+m.Version+"\n") {
			t.Errorf("%s %s is missing; run `make generate`", m.Path, m.Version)
		}
	}
	if n := strings.Count(string(text), "\n"+strings.Repeat("=", 80)+"\n"); n != len(modules)+2 {
		t.Errorf("got %d entries, want one for each of %d modules, one for Go and one for CodeMirror", n, len(modules))
	}
}
