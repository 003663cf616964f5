package pipeline

import (
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"github.com/egret-hunt/egret/diag"
	"github.com/egret-hunt/egret/source"
)

//go:embed data
var data embed.FS

// aliases are other names of embedded pipelines. With the published back end for Quickwit, sigma-cli runs the steps of sysmon
// under the name quickwit_windows.
var aliases = map[string]string{"microsoft_365_defender": "microsoft_xdr", "quickwit_windows": "sysmon", "CortexXDR": "cortexxdr"}

// Names returns the names of the embedded pipelines, sorted, with their aliases.
func Names() []string {
	names := embeddedNames()
	for alias := range aliases {
		names = append(names, alias)
	}
	slices.Sort(names)
	return names
}

func embeddedNames() []string {
	entries, err := data.ReadDir("data")
	if err != nil {
		panic("egret bug: " + err.Error())
	}
	var names []string
	for _, entry := range entries {
		if name, ok := strings.CutSuffix(entry.Name(), ".yml"); ok {
			names = append(names, name)
		}
	}
	return names
}

var embedded sync.Map // names to *Pipeline

// Embedded returns an embedded pipeline by name or alias, nil if there is none. Its ID is the given name.
func Embedded(name string) *Pipeline {
	if p, ok := embedded.Load(name); ok {
		return p.(*Pipeline) //nolint:errcheck // the map has nothing else
	}
	file := name
	if original, ok := aliases[name]; ok {
		file = original
	}
	text, err := data.ReadFile("data/" + file + ".yml")
	if err != nil {
		return nil
	}
	p, list := Load(source.NewFile("pipeline "+name, string(text)), Options{})
	if p == nil {
		panic("egret bug: " + list[0].String())
	}
	p.ID = name
	embedded.Store(name, p)
	return p
}

// A NotFoundError says that a name is neither an embedded pipeline nor a file.
type NotFoundError struct{ Name string }

func (e *NotFoundError) Error() string {
	return fmt.Sprintf("no pipeline is named %q, and there is no such file", e.Name)
}

// A NotAllowedError says that a pipeline is not intended for a target.
type NotAllowedError struct {
	Name, Target string
	Backends     []string
}

func (e *NotAllowedError) Error() string {
	return fmt.Sprintf("the pipeline %s is for %s, not for %s", e.Name, joinWords(e.Backends), e.Target)
}

// Find loads the pipelines that a user names: embedded ones, files, and folders, of which it takes all files that end in .yml,
// at any depth. It returns them in the order in which they run. The error is about a name; the list has the faults of
// files. folders are searched for files before the embedded pipelines: NAME means NAME.yml in it.
func Find(specs []string, target string, external External, folders ...string) ([]*Pipeline, diag.List, error) {
	var out []*Pipeline
	var list diag.List
	add := func(p *Pipeline, faults diag.List) error {
		list.Add(faults...)
		if p == nil {
			return nil
		}
		if target != "" && !p.Allows(target) {
			return &NotAllowedError{Name: p.ID, Target: target, Backends: p.Backends}
		}
		out = append(out, p)
		return nil
	}
	for _, spec := range specs {
		path := spec
		for _, folder := range folders {
			if own := filepath.Join(folder, spec+".yml"); filepath.Base(spec) == spec && isFile(own) {
				path = own
			}
		}
		if p := Embedded(spec); p != nil && path == spec {
			if err := add(p, nil); err != nil {
				return nil, nil, err
			}
			continue
		}
		files, err := pipelineFiles(path)
		if err != nil {
			return nil, nil, err
		}
		for _, file := range files {
			p, faults, err := LoadFile(file, external)
			if err == nil {
				err = add(p, faults)
			}
			if err != nil {
				return nil, nil, err
			}
		}
	}
	SortPipelines(out)
	return out, list, nil
}

func isFile(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode().IsRegular()
}

// pipelineFiles returns the file itself, or the files of a folder.
func pipelineFiles(spec string) ([]string, error) {
	info, err := os.Stat(strings.TrimRight(spec, "/*"))
	if errors.Is(err, fs.ErrNotExist) || err == nil && !info.IsDir() && strings.TrimRight(spec, "/*") != spec {
		return nil, &NotFoundError{spec}
	}
	if err != nil {
		return nil, err
	}
	if !info.IsDir() {
		return []string{spec}, nil
	}
	var files []string
	err = filepath.WalkDir(strings.TrimRight(spec, "/*"), func(path string, entry fs.DirEntry, err error) error {
		if err == nil && !entry.IsDir() && filepath.Ext(path) == ".yml" {
			files = append(files, path)
		}
		return err
	})
	return files, err
}

// LoadFile reads a pipeline from a file. It may use lists and templates in the file's folder and below.
func LoadFile(path string, external External) (*Pipeline, diag.List, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, nil, err
	}
	if info.Size() > maxSize {
		return nil, nil, fmt.Errorf("%s has %d bytes; the limit for a pipeline is %d", path, info.Size(), maxSize)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, nil, err
	}
	folder, err := filepath.Abs(filepath.Dir(path))
	if err != nil {
		return nil, nil, err
	}
	p, list := Load(source.NewFile(path, string(text)), Options{Folder: folder, External: external})
	return p, list, nil
}
