package plugin

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/egret-hunt/egret/diag"
	"github.com/egret-hunt/egret/internal/archive"
	"github.com/egret-hunt/egret/internal/checkpattern"
	"github.com/egret-hunt/egret/internal/pipeline"
	"github.com/egret-hunt/egret/internal/schema"
	"github.com/egret-hunt/egret/internal/stixmap"
	"github.com/egret-hunt/egret/internal/textgen"
)

// A Kind is a kind of content, and the name of its folder.
type Kind string

// The kinds of content.
const (
	Backends     Kind = "backends"
	Checks       Kind = "checks"
	Pipelines    Kind = "pipelines"
	Schemas      Kind = "schemas"
	STIXMappings Kind = "stix_mappings"
	Rules        Kind = "rules"
)

// Kinds are all kinds, in the order in which lists show them.
var Kinds = []Kind{Backends, Checks, Pipelines, Schemas, STIXMappings, Rules}

// freeFolders may hold anything; nothing reads them.
var freeFolders = []string{"docs", "tests"}

// A Plugin is a plug-in that was read.
type Plugin struct {
	Manifest
	// Folder is its path.
	Folder string
	// Kinds are the kinds of content that it has, in the order of Kinds.
	Kinds []Kind
	// Names are the names of what it adds, by kind, sorted; those of rules are left out. A schema that adds layouts to another
	// has none.
	Names map[Kind][]string
	// Digest is the checksum of its files without the manifest.
	Digest string
}

// Path returns the folder of a kind of content; ok is false if the plug-in has none.
func (p *Plugin) Path(kind Kind) (path string, ok bool) {
	return filepath.Join(p.Folder, string(kind)), slices.Contains(p.Kinds, kind)
}

// An IncompatibleError says that a plug-in is for other versions of egret.
type IncompatibleError struct{ Want, Have string }

func (e *IncompatibleError) Error() string {
	return fmt.Sprintf("it is for egret %s, and this is %s", e.Want, e.Have)
}

// Load reads the plug-in in a folder and checks all of it but rules. egret is the version of this binary. The error is the first
// fault; the Plugin has what was read before it, and is nil if the manifest cannot be read.
func Load(folder, egret string) (*Plugin, error) {
	text, err := readFile(filepath.Join(folder, ManifestName), maxManifest)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("no %s", ManifestName)
	}
	if err != nil {
		return nil, err
	}
	m, err := ParseManifest(text)
	if err != nil {
		return nil, err
	}
	p := &Plugin{Manifest: *m, Folder: folder, Names: map[Kind][]string{}}
	return p, p.check(egret)
}

func (p *Plugin) check(egret string) error {
	if p.Egret != "" {
		if r, err := ParseRange(p.Egret); err != nil || !r.Holds(egret) {
			return &IncompatibleError{p.Egret, egret}
		}
	}
	if p.State == "broken" {
		return errors.New("its author marked it as broken")
	}
	if err := p.content(); err != nil {
		return err
	}
	var err error
	if p.Digest, err = archive.Digest(os.DirFS(p.Folder), Limits(), notCounted); err != nil {
		return err
	}
	if p.Checksum != "" && p.Checksum != p.Digest {
		return fmt.Errorf("its files have the checksum %s, not that of %s", p.Digest, ManifestName)
	}
	for _, kind := range p.Kinds {
		if err := p.read(kind); err != nil {
			return err
		}
	}
	return nil
}

// content finds out which kinds of content there are.
func (p *Plugin) content() error {
	entries, err := os.ReadDir(p.Folder)
	if err != nil {
		return err
	}
	var words []string
	for _, kind := range Kinds {
		words = append(words, string(kind))
	}
	for _, e := range entries {
		name := e.Name()
		if !e.IsDir() || strings.HasPrefix(name, ".") || slices.Contains(freeFolders, name) {
			continue
		}
		if !slices.Contains(words, name) {
			help := "its folders are " + strings.Join(append(words, freeFolders...), ", ")
			if near := diag.Near(name, words); near != "" {
				help = "the nearest is " + near
			}
			return fmt.Errorf("folder %q is not defined; %s", name, help)
		}
	}
	for _, kind := range Kinds {
		if info, err := os.Stat(filepath.Join(p.Folder, string(kind))); err == nil && info.IsDir() {
			p.Kinds = append(p.Kinds, kind)
		}
	}
	if len(p.Kinds) == 0 {
		return fmt.Errorf("it has none of the folders %s", strings.Join(words, ", "))
	}
	return nil
}

// read reads the content of a kind and keeps its names.
func (p *Plugin) read(kind Kind) error {
	path, _ := p.Path(kind)
	var names []string
	switch kind {
	case Backends:
		targets, err := textgen.ReadTargets(path)
		if err != nil {
			return err
		}
		for _, t := range targets {
			if _, err := t.Backend(textgen.Options{}); err != nil {
				return err
			}
			names = append(append(names, t.Name), t.Aliases...)
		}
	case Checks:
		specs, err := checkpattern.Read(path)
		if err != nil {
			return err
		}
		for _, s := range specs {
			names = append(names, s.ID)
		}
	case Pipelines:
		named, err := pipeline.Folder(path)
		if err != nil {
			return err
		}
		for _, name := range slices.Sorted(maps.Keys(named)) {
			if pipeline.Embedded(name) != nil {
				return fmt.Errorf("egret has a pipeline %s", name)
			}
			loaded, list, err := pipeline.LoadFile(named[name], nil)
			if err == nil && (loaded == nil || list.HasErrors()) {
				err = errors.New(firstError(list))
			}
			if err != nil {
				return err
			}
			names = append(names, name)
		}
	case Schemas:
		all, err := schema.LoadFolders(schema.Folder{Name: path, FS: os.DirFS(path)})
		if err != nil {
			return err
		}
		for _, s := range all {
			if s.IsOwn() {
				names = append(names, s.Name)
			}
		}
	case STIXMappings:
		mappings, err := stixmap.Read(path, nil)
		if err != nil {
			return err
		}
		for _, m := range mappings {
			if slices.ContainsFunc(stixmap.All(), func(o *stixmap.Mapping) bool { return o.Name == m.Name }) {
				return fmt.Errorf("another mapping is called %s", m.Name)
			}
			names = append(names, m.Name)
		}
	case Rules:
	}
	slices.Sort(names)
	p.Names[kind] = names
	return nil
}

// firstError returns the first error of a list in one line.
func firstError(list diag.List) string {
	list.Sort()
	for _, d := range list {
		if d.Severity == diag.Error {
			position := d.Span.File.Position(d.Span.Start)
			return fmt.Sprintf("%s:%d:%d: %s", d.Span.File.Name, position.Line, position.Column, d.Message)
		}
	}
	return "it cannot be read"
}
