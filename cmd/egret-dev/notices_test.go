package main

import (
	"os"
	"strings"
	"testing"
)

// TestNoticesNameWhatIsLinked: the notice file has every module of which egret holds packages, in its version, and no other.
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
			t.Errorf("%s %s is missing: make generate", m.Path, m.Version)
		}
	}
	if n := strings.Count(string(text), "\n"+strings.Repeat("=", 80)+"\n"); n != len(modules)+1 {
		t.Errorf("%d entries for %d modules and Go", n, len(modules))
	}
}
