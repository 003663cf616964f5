package stixmap

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

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

func TestReadFolder(t *testing.T) {
	mapping := func(name string) *fstest.MapFile {
		return &fstest.MapFile{Data: []byte(strings.ReplaceAll(tiny, "NAME", name))}
	}
	for want, folder := range map[string]fstest.MapFS{
		"no file whose name ends":                                   {"a.txt": mapping("a")},
		`another file of the folder has the mapping "a"`:            {"a.yaml": mapping("a"), "b.yml": mapping("a")},
		"a.yaml: larger than 1 MB":                                  {"a.yaml": {Data: []byte(strings.Repeat("#", maxMapping+1))}},
		"a.yaml: EOF":                                               {"a.yaml": {Data: []byte("# nothing")}},
		`there is no log source "vpcflow"; the nearest is vpcflows`: {"a.yaml": mapping("a")},
	} {
		schemas := []string{"vpcflow", "cloudtrail"}
		if strings.Contains(want, "nearest") {
			schemas = []string{"vpcflows"}
		}
		if _, err := ReadFolder("dir", folder, schemas); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %q", err, want)
		}
	}
	own, err := ReadFolder("dir", fstest.MapFS{"a.yaml": mapping("own"), "b.yaml": mapping("waf")}, []string{"vpcflow"})
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
