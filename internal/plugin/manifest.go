package plugin

import (
	_ "embed"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"

	"github.com/egret-hunt/egret/diag"
	"github.com/egret-hunt/egret/internal/archive"
	"github.com/egret-hunt/egret/internal/lazyre"
)

// ManifestName is the name of the manifest of a plug-in, in its top folder.
const ManifestName = "plugin.yaml"

// maxManifest is the largest manifest, in bytes.
const maxManifest = 64 << 10

// States are the values of a manifest's state, as sigma-cli's directory of plug-ins has them.
var States = []string{"stable", "testing", "devel", "broken", "orphaned"}

// A Manifest describes a plug-in.
type Manifest struct {
	// Name identifies the plug-in: lower-case letters, digits, - and _.
	Name string
	// Version is a semantic version, such as 1.2.0.
	Version string
	// Description is one line.
	Description string
	// Egret is the range of versions of egret that the plug-in works with, "" for all; see ParseRange.
	Egret string
	// State is one of States; the default is stable.
	State string
	// Checksum is that of all other files, as archive.Digest computes it, or "".
	Checksum string
	// Author, License and Homepage are for people.
	Author   string
	License  string
	Homepage string
}

//go:embed manifest.schema.json
var manifestSchema string

// JSONSchema returns the JSON schema of manifests, for editors.
func JSONSchema() string { return manifestSchema }

var (
	nameForm     = lazyre.New(`^[a-z][a-z0-9_-]{0,39}$`)
	checksumForm = lazyre.New(`^sha256:[0-9a-f]{64}$`)
)

// oneLine reports whether a text has 1 to 200 characters, none of which is a control, format or private one.
func oneLine(text string) bool {
	n := utf8.RuneCountInString(text)
	return n > 0 && n <= 200 && !strings.ContainsFunc(text, func(r rune) bool { return unicode.Is(unicode.C, r) })
}

// ValidName reports whether a text can be the name of a plug-in.
func ValidName(name string) bool { return nameForm.MatchString(name) }

// manifestKeys are the keys of a manifest with where their values go and what these must be.
var manifestKeys = []struct {
	name, want string
	to         func(*Manifest) *string
	ok         func(string) bool
}{
	{"name", "lower-case letters, digits, - and _", func(m *Manifest) *string { return &m.Name }, ValidName},
	{"version", "a version such as 1.2.0", func(m *Manifest) *string { return &m.Version }, func(s string) bool { _, err := parseVersion(s); return err == nil }},
	{"description", "one line", func(m *Manifest) *string { return &m.Description }, oneLine},
	{"egret", `a range of versions such as ">=0.5, <2"`, func(m *Manifest) *string { return &m.Egret }, func(s string) bool { _, err := ParseRange(s); return err == nil }},
	{"state", "one of stable, testing, devel, broken, orphaned", func(m *Manifest) *string { return &m.State }, func(s string) bool { return slices.Contains(States, s) }},
	{"checksum", "sha256: and 64 hexadecimal digits", func(m *Manifest) *string { return &m.Checksum }, checksumForm.MatchString},
	{"author", "one line", func(m *Manifest) *string { return &m.Author }, oneLine},
	{"license", "one line", func(m *Manifest) *string { return &m.License }, oneLine},
	{"homepage", "an address that begins with https://", func(m *Manifest) *string { return &m.Homepage },
		func(s string) bool { return oneLine(s) && strings.HasPrefix(s, "https://") }},
}

// ParseManifest reads the text of a manifest. The error names the line of the first fault.
func ParseManifest(text []byte) (*Manifest, error) {
	if len(text) > maxManifest {
		return nil, fmt.Errorf("%s: larger than %d KB", ManifestName, maxManifest>>10)
	}
	decoder := yaml.NewDecoder(strings.NewReader(string(text)))
	var document yaml.Node
	if err := decoder.Decode(&document); err != nil {
		if errors.Is(err, io.EOF) {
			return nil, fmt.Errorf("%s: empty", ManifestName)
		}
		return nil, fmt.Errorf("%s: %s", ManifestName, strings.TrimPrefix(err.Error(), "yaml: "))
	}
	root := document.Content[0]
	if root.Kind != yaml.MappingNode {
		return nil, fault(root, "expected keys with values")
	}
	m := &Manifest{State: "stable"}
	seen := map[string]bool{}
	for i := 0; i < len(root.Content); i += 2 {
		if err := m.set(root.Content[i], root.Content[i+1], seen); err != nil {
			return nil, err
		}
	}
	for _, name := range []string{"name", "version", "description"} {
		if !seen[name] {
			return nil, fmt.Errorf("%s: %s is missing", ManifestName, name)
		}
	}
	return m, nil
}

// set stores the value of a key.
func (m *Manifest) set(key, value *yaml.Node, seen map[string]bool) error {
	var names []string
	for _, k := range manifestKeys {
		names = append(names, k.name)
		if key.Value != k.name || key.Kind != yaml.ScalarNode {
			continue
		}
		if seen[k.name] {
			return fault(key, k.name+" appears twice")
		}
		seen[k.name] = true
		if value.Kind != yaml.ScalarNode || !k.ok(value.Value) {
			return fault(value, fmt.Sprintf("%s: expected %s, found %.80q", k.name, k.want, value.Value))
		}
		*k.to(m) = value.Value
		return nil
	}
	help := "the keys are " + strings.Join(names, ", ")
	if near := diag.Near(key.Value, names); near != "" {
		help = "the nearest key is " + near
	}
	return fault(key, fmt.Sprintf("key %.80q is not defined; %s", key.Value, help))
}

func fault(n *yaml.Node, text string) error {
	return fmt.Errorf("%s:%d:%d: %s", ManifestName, n.Line, n.Column, text)
}

// notCounted are the files that a checksum leaves out: the manifest, which holds it, and names that begin with a dot.
func notCounted(path string) bool {
	return path == ManifestName || strings.HasPrefix(path, ".") || strings.Contains(path, "/.")
}

// Limits bound the files of a plug-in.
func Limits() archive.Limits {
	return archive.Limits{Archive: 32 << 20, Total: 128 << 20, File: 16 << 20, Entries: 20_000, Depth: 12}
}

// Checksum returns the checksum of a plug-in in a folder for its manifest.
func Checksum(folder string) (string, error) {
	info, err := os.Stat(folder)
	if err != nil {
		return "", err
	}
	if !info.IsDir() {
		return "", &archive.Error{Reason: "expected a folder"}
	}
	return archive.Digest(os.DirFS(folder), Limits(), notCounted)
}
