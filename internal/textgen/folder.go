package textgen

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// maxSpecs limits the specs of a folder.
const maxSpecs = 1000

// ReadTargets returns the targets of a folder of specs (*.yaml, *.yml, not in subfolders), or of one file. Their names and
// aliases differ from each other and from those of the embedded targets.
func ReadTargets(path string) ([]*Target, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	files := []string{path}
	if info.IsDir() {
		files = nil
		entries, err := os.ReadDir(path)
		if err != nil {
			return nil, err
		}
		for _, e := range entries {
			if ext := filepath.Ext(e.Name()); (ext == ".yaml" || ext == ".yml") && e.Type().IsRegular() {
				files = append(files, filepath.Join(path, e.Name()))
			}
		}
		if len(files) > maxSpecs {
			return nil, fmt.Errorf("%s has %d specs; the limit is %d", path, len(files), maxSpecs)
		}
	}
	if len(files) == 0 {
		return nil, fmt.Errorf("%s has no specs, which end in .yaml or .yml", path)
	}
	var targets []*Target
	for _, file := range files {
		text, err := readSpecFile(file)
		if err != nil {
			return nil, err
		}
		t, err := NewTarget(file, text)
		if err != nil {
			return nil, err
		}
		for _, name := range append([]string{t.Name}, t.Aliases...) {
			if FindTarget(name) != nil || slices.ContainsFunc(targets, func(o *Target) bool { return o.named(name) }) {
				return nil, fmt.Errorf("%s: another target is called %s", file, name)
			}
		}
		targets = append(targets, t)
	}
	return targets, nil
}

// named reports whether a target has a name or alias.
func (t *Target) named(name string) bool { return t.Name == name || slices.Contains(t.Aliases, name) }

// readSpecFile reads a spec, at most a byte more than the limit, which NewTarget then reports.
func readSpecFile(path string) ([]byte, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	if info, err := file.Stat(); err != nil || !info.Mode().IsRegular() {
		return nil, errors.Join(err, &fs.PathError{Op: "read", Path: path, Err: errors.New("it is not a regular file")})
	}
	return io.ReadAll(io.LimitReader(file, maxSpec+1))
}

// Draft returns the commented spec of a new text language with a name, which is a working example.
func Draft(name string) string { return strings.ReplaceAll(draft, "NAME", name) }
