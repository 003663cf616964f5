package main

import (
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// Each command has a page that man(1) renders without a warning, with its flags and examples.
func TestManPagesRender(t *testing.T) {
	dir := t.TempDir()
	if err := writeMan([]string{"-out", dir}, io.Discard, io.Discard); err != nil {
		t.Fatal(err)
	}
	pages, err := filepath.Glob(filepath.Join(dir, "*.1"))
	if err != nil || len(pages) < 30 {
		t.Fatalf("got %d pages (%v), want at least 30", len(pages), err)
	}
	text, err := os.ReadFile(filepath.Join(dir, "egret-new-rule.1"))
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{".TH EGRET\\-NEW\\-RULE 1", ".SH SYNOPSIS\negret new rule TITLE", ".B \\-\\-from EVENTS\n", ".SH EXAMPLES\n.nf\n", ".BR egret\\-new (1)"} {
		if !strings.Contains(string(text), want) {
			t.Errorf("the page of egret new rule lacks %q:\n%s", want, text)
		}
	}
	renderer := []string{"mandoc", "-T", "lint", "-W", "warning"}
	if _, err := exec.LookPath("mandoc"); err != nil {
		renderer = []string{"groff", "-man", "-Tutf8", "-ww", "-z"}
	}
	if _, err := exec.LookPath(renderer[0]); err != nil {
		t.Skip("there is neither mandoc nor groff: pages are not rendered")
	}
	out, err := exec.Command(renderer[0], append(renderer[1:], pages...)...).CombinedOutput()
	if err != nil || strings.Contains(string(out), "ERROR") || renderer[0] == "groff" && len(out) > 0 {
		t.Errorf("%v: %s", err, out)
	}
}
