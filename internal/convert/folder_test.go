package convert

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/egret-hunt/egret/internal/ruleset"
)

// The paths and ids include attempts to leave the folder, reserved names and duplicates.
func TestFileNamesAreSafeAndUnique(t *testing.T) {
	var results []Result
	for _, path := range []string{
		"a/login.yml", "b/Login.yml", "c/login.yaml", "..yml", ".yml", "...", "a/..", "con.yml", "LPT1.x.yml", `a\..\..\b.yml`, "rule\x00\n\x1b[31m.yml",
		"régle.yml", strings.Repeat("x", 300) + ".yml", strings.Repeat("x", 300) + ".yaml", "-rf.yml", "manifest.json.yml", "stdin.yml", "",
	} {
		for _, id := range []string{"../../escaped", "0a1b2c3d-0000-4000-8000-000000000001", "0A1B2C3D-0000-4000-8000-000000000001", ""} {
			results = append(results, Result{Info: ruleset.Info{Path: path, ID: id}})
		}
	}
	seen := map[string]bool{}
	for i, name := range fileNames(results) {
		about := fmt.Sprintf("%q of %q", results[i].ID, results[i].Path)
		if name != filepath.Base(name) || name[0] == '.' || name[0] == '-' || len(name) > 255 || !strings.HasSuffix(name, ".sql") {
			t.Errorf("%s: name %q may be outside of the folder or is hidden", about, name)
		}
		if strings.Trim(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-") != "" {
			t.Errorf("%s: name %q has characters that some systems do not allow", about, name)
		}
		if device, _, _ := strings.Cut(strings.ToLower(name), "."); device == "con" || device == "lpt1" {
			t.Errorf("%s: name %q is a device", about, name)
		}
		if seen[strings.ToLower(name)] {
			t.Errorf("%s: name %q is a duplicate", about, name)
		}
		seen[strings.ToLower(name)] = true
	}
}
