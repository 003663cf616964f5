package plugin_test

import (
	"archive/zip"
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"go.yaml.in/yaml/v3"

	"github.com/egret-hunt/egret/internal/plugin"
	"github.com/egret-hunt/egret/internal/testkit/schematest"
	"github.com/egret-hunt/egret/internal/textgen"
)

const manifest = "name: acme\nversion: 1.2.0\ndescription: Pipelines of Acme\n"

const steps = "name: acme\npriority: 10\ntransformations:\n- type: field_name_prefix\n  prefix: acme.\n"

// write makes a folder with files.
func write(t testing.TB, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func acme(t testing.TB, version string) string {
	return write(t, map[string]string{
		"plugin.yaml": strings.Replace(manifest, "1.2.0", version, 1), "pipelines/acme.yml": steps, ".git/HEAD": "x", "README.md": "# " + version,
	})
}

func install(t testing.TB, s *plugin.Store, source string, o plugin.InstallOptions) (*plugin.Change, error) {
	t.Helper()
	o.Now = time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)
	return s.Install(context.Background(), source, o)
}

func list(t testing.TB, s *plugin.Store) []plugin.Entry {
	t.Helper()
	entries, err := s.List()
	if err != nil {
		t.Fatal(err)
	}
	return entries
}

// manifests are texts with the error that ParseManifest gives, "" for none. The JSON schema must agree.
var manifests = []struct{ text, want string }{
	{manifest, ""},
	{manifest + "egret: '>=0.5, <2'\nstate: testing\nauthor: SOC\nlicense: MIT\nhomepage: https://example.com\n", ""},
	{manifest + "checksum: sha256:" + strings.Repeat("a", 64), ""},
	{"version: 1.2.0\ndescription: x", "plugin.yaml: name is missing"},
	{"[]", "plugin.yaml:1:1: expected keys with values"},
	{manifest + "state: ok", `plugin.yaml:4:8: state: expected one of stable, testing, devel, broken, orphaned, found "ok"`},
	{manifest + "egrets: x", `plugin.yaml:4:1: key "egrets" is not defined; the nearest key is egret`},
	{manifest + "run: sh", `plugin.yaml:4:1: key "run" is not defined; the keys are name, version, description, egret, state, checksum, author, license, homepage`},
	{manifest + "egret: ^1", `plugin.yaml:4:8: egret: expected a range of versions such as ">=0.5, <2", found "^1"`},
	{manifest + "checksum: sha256:1", `plugin.yaml:4:11: checksum: expected sha256: and 64 hexadecimal digits, found "sha256:1"`},
	{manifest + "homepage: http://example.com", `plugin.yaml:4:11: homepage: expected an address that begins with https://, found "http://example.com"`},
	{strings.Replace(manifest, "acme", "../acme", 1), `plugin.yaml:1:7: name: expected lower-case letters, digits, - and _, found "../acme"`},
	{strings.Replace(manifest, "1.2.0", "1.2", 1), `plugin.yaml:2:10: version: expected a version such as 1.2.0, found "1.2"`},
	{strings.Replace(manifest, "Pipelines of Acme", `"a\nb"`, 1), `plugin.yaml:3:14: description: expected one line, found "a\nb"`},
	{strings.Replace(manifest, "Pipelines of Acme", "[a]", 1), `plugin.yaml:3:14: description: expected one line, found ""`},
}

func TestManifestAndItsSchemaAgree(t *testing.T) {
	schema := schematest.Compile(t, plugin.JSONSchema())
	for _, row := range manifests {
		got := ""
		if _, err := plugin.ParseManifest([]byte(row.text)); err != nil {
			got = err.Error()
		}
		if got != row.want {
			t.Errorf("%q:\ngot  %s\nwant %s", row.text, got, row.want)
		}
		var value any
		if err := yaml.Unmarshal([]byte(row.text), &value); err != nil {
			t.Fatal(err)
		}
		if err := schema.Validate(value); (err == nil) != (row.want == "") {
			t.Errorf("%q: the JSON schema says %v, want an error: %t", row.text, err, row.want != "")
		}
	}
	for _, text := range []string{"", "# nothing\n", "a: [", manifest + "name: other", strings.Repeat("# x\n", 20_000) + manifest} {
		if _, err := plugin.ParseManifest([]byte(text)); err == nil {
			t.Errorf("%.40q: got no error, want one", text)
		}
	}
}

func TestRangesOfVersions(t *testing.T) {
	for _, row := range []struct {
		text, egret string
		want        bool
	}{
		{">=0.5, <2", "v0.5.0", true}, {">=0.5, <2", "1.99.7", true}, {">=0.5, <2", "2.0.0", false}, {">=0.5, <2", "0.4.9", false},
		{">=0.5, <2", "2.0.0-rc1", false}, {">=0.5", "0.5.0-rc1", true}, {"<=1", "1.9.3", true}, {"<=1.2", "1.3.0", false}, {">1", "1.9.0", false}, {">1", "2.0.0", true},
		{"=1.2", "1.2.9", true}, {"=1.2", "1.3.0", false}, {"=1.2.3", "1.2.3", true}, {"=1.2.3", "1.2.4", false},
		{"<0.1", "devel-0123456789ab", true}, {"<0.1", "v0.0.0-20260101000000-0123456789ab+dirty", true}, {"<0.1", "v0.2.0+build", false},
	} {
		r, err := plugin.ParseRange(row.text)
		if err != nil {
			t.Fatal(err)
		}
		if got := r.Holds(row.egret); got != row.want {
			t.Errorf("%s in %s: got %t, want %t", row.egret, row.text, got, row.want)
		}
	}
	// The order of semver.org 2.0.0, section 11.
	order := []string{"1.0.0-alpha", "1.0.0-alpha.1", "1.0.0-alpha.beta", "1.0.0-beta", "1.0.0-beta.2", "1.0.0-beta.11", "1.0.0-rc.1", "1.0.0", "1.0.1", "1.10.0"}
	if !slices.IsSortedFunc(order, plugin.CompareVersions) || plugin.CompareVersions(order[5], order[4]) <= 0 || plugin.CompareVersions(order[0], order[0]) != 0 {
		t.Errorf("%v are not in order", order)
	}
}

func TestInstallUpgradeRemove(t *testing.T) {
	s := &plugin.Store{Dir: filepath.Join(t.TempDir(), "deep", "plugins"), Egret: "1.0.0"}
	if got := list(t, s); len(got) != 0 {
		t.Fatal(got)
	}
	change, err := install(t, s, acme(t, "1.2.0"), plugin.InstallOptions{})
	if err != nil || change.Before != "" || change.Same {
		t.Fatalf("%+v, %v", change, err)
	}
	entries := list(t, s)
	if len(entries) != 1 || entries[0].Fault != nil || !slices.Equal(entries[0].Plugin.Names[plugin.Pipelines], []string{"acme"}) {
		t.Fatalf("%+v", entries)
	}
	if _, err := os.Stat(filepath.Join(entries[0].Plugin.Folder, ".git")); err == nil {
		t.Error(".git was copied")
	}
	if change, err := install(t, s, acme(t, "1.2.0"), plugin.InstallOptions{}); err != nil || !change.Same {
		t.Errorf("again: %+v, %v", change, err)
	}
	var already *plugin.AlreadyInstalledError
	if _, err := install(t, s, acme(t, "1.3.0"), plugin.InstallOptions{}); !errors.As(err, &already) {
		t.Errorf("got %v, want installed already", err)
	}
	if change, err := install(t, s, acme(t, "1.3.0"), plugin.InstallOptions{Upgrade: true}); err != nil || change.Before != "1.2.0" {
		t.Errorf("upgrade: %+v, %v", change, err)
	}
	if _, err := install(t, s, acme(t, "1.2.9"), plugin.InstallOptions{Upgrade: true}); err == nil || !strings.Contains(err.Error(), "later than") {
		t.Errorf("got %v, want that a later version is installed", err)
	}
	if change, err := install(t, s, acme(t, "1.2.9"), plugin.InstallOptions{Replace: true}); err != nil || change.Before != "1.3.0" {
		t.Errorf("replace: %+v, %v", change, err)
	}
	if names := folders(t, s.Dir); len(names) != 1 {
		t.Errorf("old folders remain: %v", names)
	}
	if err := s.Remove("acme"); err != nil {
		t.Fatal(err)
	}
	var missing *plugin.NotInstalledError
	if err := s.Remove("acme"); !errors.As(err, &missing) {
		t.Errorf("got %v, want not installed", err)
	}
	if _, err := install(t, s, acme(t, "1.2.0"), plugin.InstallOptions{Upgrade: true}); !errors.As(err, &missing) {
		t.Errorf("got %v, want not installed", err)
	}
	if names := folders(t, s.Dir); len(names) != 0 || len(list(t, s)) != 0 {
		t.Errorf("after remove: %v", names)
	}
}

// folders returns the folders of a store.
func folders(t *testing.T, dir string) []string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, e := range entries {
		if e.IsDir() {
			names = append(names, e.Name())
		}
	}
	return names
}

func TestLoadRefusesFaults(t *testing.T) {
	for name, row := range map[string]struct {
		files map[string]string
		want  string
	}{
		"no manifest":      {map[string]string{"pipelines/a.yml": steps}, "no plugin.yaml"},
		"no content":       {map[string]string{"plugin.yaml": manifest}, "it has none of the folders"},
		"misspelt folder":  {map[string]string{"plugin.yaml": manifest, "pipeline/a.yml": steps}, `folder "pipeline" is not defined; the nearest is pipelines`},
		"other egret":      {map[string]string{"plugin.yaml": manifest + "egret: '>=2'", "pipelines/a.yml": steps}, "it is for egret >=2, and this is 1.0.0"},
		"marked":           {map[string]string{"plugin.yaml": manifest + "state: broken", "pipelines/a.yml": steps}, "marked it as broken"},
		"checksum":         {map[string]string{"plugin.yaml": manifest + "checksum: sha256:" + strings.Repeat("0", 64), "pipelines/a.yml": steps}, "its files have the checksum"},
		"pipeline":         {map[string]string{"plugin.yaml": manifest, "pipelines/a.yml": "transformations:\n- type: nothing\n"}, "a.yml:2:9: unknown transformation"},
		"name of pipeline": {map[string]string{"plugin.yaml": manifest, "pipelines/sysmon.yml": steps}, "egret has a pipeline sysmon"},
		"check":            {map[string]string{"plugin.yaml": manifest, "checks/a.yaml": "checks:\n  - id: acme-x\n"}, "a.yaml:2:5: the check lacks title"},
		"no checks":        {map[string]string{"plugin.yaml": manifest, "checks/README.md": "x"}, "has no checks"},
		"backend":          {map[string]string{"plugin.yaml": manifest, "backends/a.yaml": "name: a\n"}, "a.yaml"},
		"name of backend":  {map[string]string{"plugin.yaml": manifest, "backends/a.yaml": textgen.Draft("splunk")}, "another target is called splunk"},
		"schema":           {map[string]string{"plugin.yaml": manifest, "schemas/a.yaml": "name: a\n"}, "a.yaml"},
		"mapping":          {map[string]string{"plugin.yaml": manifest, "stix_mappings/a.yaml": "name: a\n"}, "a mapping needs name, schemas and first"},
		"name of mapping":  {map[string]string{"plugin.yaml": manifest, "stix_mappings/a.yaml": "name: waf\nschemas: [waf]\nfirst: timestamp\n"}, "another mapping is called waf"},
	} {
		_, err := plugin.Load(write(t, row.files), "1.0.0")
		if err == nil || !strings.Contains(err.Error(), row.want) {
			t.Errorf("%s: got %v, want %s", name, err, row.want)
		}
	}
	dir := acme(t, "1.2.0")
	sum, err := plugin.Checksum(dir)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "plugin.yaml"), []byte(manifest+"checksum: "+sum+"\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := plugin.Load(dir, "1.0.0"); err != nil {
		t.Error(err)
	}
}

// Whatever happens to an installed plug-in, the others are still listed and usable.
func TestFaultsOfInstalledPluginsStayWithThem(t *testing.T) {
	s := &plugin.Store{Dir: t.TempDir(), Egret: "1.0.0"}
	other := write(t, map[string]string{"plugin.yaml": strings.Replace(manifest, "acme", "other", 1), "pipelines/other.yml": steps})
	clash := write(t, map[string]string{"plugin.yaml": strings.Replace(manifest, "acme", "clash", 1), "pipelines/other.yml": steps})
	for _, source := range []string{acme(t, "1.2.0"), other, clash} {
		if _, err := install(t, s, source, plugin.InstallOptions{}); err != nil {
			t.Fatal(err)
		}
	}
	faults := func() map[string]string {
		all := map[string]string{}
		for _, e := range list(t, s) {
			if all[e.Name] = ""; e.Fault != nil {
				all[e.Name] = e.Fault.Error()
			}
		}
		return all
	}
	if got := faults(); got["acme"] != "" || got["clash"] != "" || got["other"] != "plug-in clash also has other in pipelines" {
		t.Errorf("got %v, want only a clash of other", got)
	}
	if err := s.Remove("clash"); err != nil {
		t.Fatal(err)
	}
	changed := filepath.Join(list(t, s)[0].Plugin.Folder, "pipelines", "acme.yml")
	if err := os.WriteFile(changed, []byte(steps+"# more\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	if got := faults(); !strings.Contains(got["acme"], "changed after it was installed") || got["other"] != "" {
		t.Errorf("got %v, want that acme was changed", got)
	}
	if err := os.RemoveAll(filepath.Dir(filepath.Dir(changed))); err != nil {
		t.Fatal(err)
	}
	if got := faults(); got["acme"] != "no plugin.yaml" || got["other"] != "" {
		t.Errorf("got %v, want that acme is gone", got)
	}
	s.Egret = "0.1.0"
	if got := faults(); got["other"] != "" {
		t.Errorf("got %v", got)
	}
	if err := os.WriteFile(filepath.Join(s.Dir, "installed.json"), []byte(`{"plugins":[{"name":"x","folder":"../../etc"}]}`), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := s.List(); err == nil || !strings.Contains(err.Error(), "wrong name") {
		t.Errorf("got %v, want a wrong name", err)
	}
}

// A failed installation changes nothing, and what a killed one left is removed later.
func TestFailedInstallChangesNothing(t *testing.T) {
	s := &plugin.Store{Dir: t.TempDir(), Egret: "1.0.0"}
	if _, err := install(t, s, acme(t, "1.2.0"), plugin.InstallOptions{}); err != nil {
		t.Fatal(err)
	}
	var packed bytes.Buffer
	w := zip.NewWriter(&packed)
	for name, text := range map[string]string{"acme/plugin.yaml": strings.Replace(manifest, "1.2.0", "2.0.0", 1), "acme/pipelines/acme.yml": steps} {
		f, err := w.Create(name)
		if err == nil {
			_, err = f.Write([]byte(text))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "acme.zip")
	if err := os.WriteFile(file, packed.Bytes()[:packed.Len()-30], 0o644); err != nil {
		t.Fatal(err)
	}
	canceled, cancel := context.WithCancel(context.Background())
	cancel()
	left := filepath.Join(s.Dir, ".new-1")
	if err := os.Mkdir(left, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Chtimes(left, time.Now().Add(-2*time.Hour), time.Now().Add(-2*time.Hour)); err != nil {
		t.Fatal(err)
	}
	for name, try := range map[string]func() error{
		"cut archive": func() error { _, err := install(t, s, file, plugin.InstallOptions{Upgrade: true}); return err },
		"wrong checksum": func() error {
			_, err := install(t, s, file, plugin.InstallOptions{Upgrade: true, Checksum: "sha256:" + strings.Repeat("0", 64)})
			return err
		},
		"interrupted": func() error {
			_, err := s.Install(canceled, acme(t, "3.0.0"), plugin.InstallOptions{Upgrade: true})
			return err
		},
		"link": func() error {
			dir := acme(t, "3.0.0")
			if err := os.Symlink("/etc/passwd", filepath.Join(dir, "pipelines", "b.yml")); err != nil {
				t.Skip(err)
			}
			_, err := install(t, s, dir, plugin.InstallOptions{Upgrade: true})
			return err
		},
	} {
		if err := try(); err == nil {
			t.Errorf("%s: got no error, want one", name)
		}
		if entries := list(t, s); len(entries) != 1 || entries[0].Fault != nil || entries[0].Version != "1.2.0" {
			t.Errorf("%s: %+v", name, entries)
		}
		if names := folders(t, s.Dir); len(names) != 1 {
			t.Errorf("%s: left %v", name, names)
		}
	}
	if err := os.WriteFile(file, packed.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
	if change, err := install(t, s, file, plugin.InstallOptions{Upgrade: true}); err != nil || change.Plugin.Version != "2.0.0" {
		t.Errorf("whole archive: %+v, %v", change, err)
	}
}

func FuzzParseManifest(f *testing.F) {
	for _, row := range manifests {
		f.Add([]byte(row.text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		m, err := plugin.ParseManifest(text)
		if err == nil && (!plugin.ValidName(m.Name) || strings.Contains(m.Description, "\n")) {
			t.Errorf("%+v", m)
		}
	})
}
