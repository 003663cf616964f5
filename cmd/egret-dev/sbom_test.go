package main

import (
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// The list of this test's own binary has the modules that it links, with the checksums of go.sum.
func TestSBOMListsLinkedModules(t *testing.T) {
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	out := filepath.Join(t.TempDir(), "bom.json")
	if err := writeSBOM([]string{"-binary", self, "-version", "1.2.3", "-out", out}, io.Discard, io.Discard); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(out)
	if err != nil {
		t.Fatal(err)
	}
	var b bom
	if err := json.Unmarshal(text, &b); err != nil {
		t.Fatal(err)
	}
	if b.Format != "CycloneDX" || b.Metadata.Component.PURL != "pkg:golang/github.com/egret-hunt/egret@1.2.3" {
		t.Errorf("%s %+v", b.Format, b.Metadata)
	}
	found := false
	for _, c := range b.Components {
		if c.Name == "github.com/spf13/cobra" && len(c.Hashes) == 1 && len(c.Hashes[0].Content) == 64 && strings.HasPrefix(c.PURL, "pkg:golang/github.com/spf13/cobra@v1.") {
			found = true
		}
	}
	if !found || len(b.Dependencies) != 1 || len(b.Dependencies[0].DependsOn) != len(b.Components) {
		t.Errorf("got %d components without cobra and its checksum", len(b.Components))
	}
	if err := writeSBOM([]string{"-binary", out, "-out", out}, io.Discard, io.Discard); err == nil {
		t.Error("got no error for a file that is no binary, want one")
	}
}
