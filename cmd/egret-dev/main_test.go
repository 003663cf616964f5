package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestThePageOfDiagnosticsIsUpToDate(t *testing.T) {
	page, err := os.ReadFile(filepath.Join("..", "..", "docs", "diagnostics.md"))
	if err != nil {
		t.Fatal(err)
	}
	if string(page) != diagnosticsPage() {
		t.Error("docs/diagnostics.md is not up to date; run `make generate`")
	}
}

func TestAnUnknownChoreIsAnErrorThatNamesTheOthers(t *testing.T) {
	var out, complaint strings.Builder
	if err := run([]string{"nonsense"}, &out, &complaint); err == nil {
		t.Error("no error")
	}
	for _, c := range chores {
		if !strings.Contains(complaint.String(), c.name) {
			t.Errorf("%s is not named", c.name)
		}
	}
}
