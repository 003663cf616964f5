package stixmap

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/egret-hunt/egret/internal/testkit"
)

// TestFormatIsDocumented checks that the page of the format names every key and conversion.
func TestFormatIsDocumented(t *testing.T) {
	page, err := os.ReadFile(filepath.Join(testkit.Root(t), "docs", "stix", "format.md"))
	if err != nil {
		t.Fatal(err)
	}
	for name := range conversions {
		if !strings.Contains(string(page), "`"+name+"`") {
			t.Errorf("docs/stix/format.md does not name the conversion %s", name)
		}
	}
	for _, key := range append(valueKeys, "name", "title", "schemas", "first", "last", "number", "objects", "more", "type", "many", "differs", "require") {
		if !strings.Contains(string(page), "`"+key+"`") && !strings.Contains(string(page), "`"+key+":") {
			t.Errorf("docs/stix/format.md does not name the key %s", key)
		}
	}
}

const tiny = "name: NAME\nschemas: [vpcflow]\nfirst: {from: start, as: epoch-s}\nobjects: [{type: x, properties: {a: b}}]\n"

func TestReadNamesFaults(t *testing.T) {
	mapping := func(name string) string { return strings.ReplaceAll(tiny, "NAME", name) }
	for want, files := range map[string]map[string]string{
		"has no mappings": {"a.txt": mapping("a")},
		`another file of the folder has the mapping "a"`: {"a.yaml": mapping("a"), "b.yml": mapping("a")},
		"a.yaml: larger than 1024 kB":                    {"a.yaml": strings.Repeat("#", maxMapping+1)},
		"a.yaml: EOF":                                    {"a.yaml": "# nothing"},
		"a.yaml: line 6: key schema is not defined":      {"a.yaml": strings.ReplaceAll(tiny, "objects:", "\n\nschema: x\nobjects:")},
		"a mapping needs name, schemas and first":        {"a.yaml": "name: own\n"},
	} {
		if _, err := Read(folder(t, files), nil); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %q", err, want)
		}
	}
	_, err := Read(folder(t, map[string]string{"a.yaml": mapping("a")}), []string{"vpcflows"})
	if err == nil || !strings.Contains(err.Error(), `a.yaml: there is no log source "vpcflow"; the nearest is vpcflows`) {
		t.Errorf("got %v", err)
	}
}

func TestMappingsOfUsersComeFirst(t *testing.T) {
	own, err := Read(folder(t, map[string]string{"a.yaml": strings.ReplaceAll(tiny, "NAME", "own"), "b.yaml": strings.ReplaceAll(tiny, "NAME", "waf")}), []string{"vpcflow"})
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, m := range With(All(), own) {
		names = append(names, m.Name+" "+strings.Join(m.Schemas, ","))
	}
	got := strings.Join(names, "; ")
	if strings.Contains(got, "vpcflow vpcflow") || !strings.Contains(got, "waf vpcflow") || !strings.Contains(got, "own vpcflow") || !strings.Contains(got, "ocsf cloudtrail,vpcflow") {
		t.Errorf("got %s", got)
	}
}

// folder writes files into a new folder.
func folder(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}
