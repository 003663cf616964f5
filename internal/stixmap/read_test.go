package stixmap_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/egret-hunt/egret/internal/stixmap"
)

func TestReadNamesFaults(t *testing.T) {
	const good = "name: own\nschemas: [vpn]\nfirst: at\nobjects:\n  - {type: user-account, properties: {user_id: user}}\n"
	for _, row := range []struct{ text, want string }{
		{good, ""},
		{strings.Replace(good, "name: own", "name: waf", 1), "another mapping is called waf"},
		{good + "schema: x\nmoore: []\n", "a.yaml: line 6: key schema is not defined (and 1 more)"},
		{strings.Replace(good, "properties", "property", 1), "key property is not defined"},
		{"name: own\n", "a mapping needs name, schemas and first"},
	} {
		dir := t.TempDir()
		if err := os.WriteFile(filepath.Join(dir, "a.yaml"), []byte(row.text), 0o644); err != nil {
			t.Fatal(err)
		}
		list, err := stixmap.Read(dir)
		switch {
		case row.want == "" && (err != nil || len(list) != 1 || list[0].Name != "own"):
			t.Errorf("got %v, %v", list, err)
		case row.want != "" && (err == nil || !strings.Contains(err.Error(), row.want)):
			t.Errorf("%q: got %v, want %s", row.text, err, row.want)
		}
	}
	if _, err := stixmap.Read(t.TempDir()); err == nil || !strings.Contains(err.Error(), "has 0 mappings") {
		t.Errorf("empty folder: got %v", err)
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte("name: own\nschemas: [vpn]\nfirst: at\nobjects:\n  - {name: a, type: user-account, properties: {user_id: user, x_ref: {ref: a}}}\n"))
	f.Add([]byte("name: own\nschemas: [vpn]\nfirst: {from: at, as: time, map: {a: b}, if: {x: ['*']}}\nmore:\n  - {type: a, many: x, properties: {'b[*]': [{const: 1}, {join: [a, b]}]}}\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		m, err := stixmap.Parse("a.yaml", text)
		if err == nil && (m.Name == "" || len(m.Schemas) == 0) {
			t.Errorf("%+v", m)
		}
	})
}
