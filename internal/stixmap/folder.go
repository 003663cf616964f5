package stixmap

import (
	"fmt"
	"io"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/egret-hunt/egret/diag"
)

const (
	// maxMapping is the maximum size of a mapping in bytes.
	maxMapping = 1 << 20
	// maxFolder is the maximum number of mappings in a folder.
	maxFolder = 1000
)

// ReadFolder reads the mappings in a folder: its files whose names end in .yaml or .yml, in the order of their names, without those in
// folders inside it. Each must describe log sources of schemas. name is the folder for messages. The error names the file at fault.
func ReadFolder(name string, folder fs.FS, schemas []string) ([]*Mapping, error) {
	entries, err := fs.ReadDir(folder, ".")
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	var list []*Mapping
	for _, e := range entries {
		if ext := path.Ext(e.Name()); e.IsDir() || ext != ".yaml" && ext != ".yml" {
			continue
		}
		file := path.Join(name, e.Name())
		text, err := readFile(folder, e.Name())
		if err != nil {
			return nil, fmt.Errorf("%s: %w", file, err)
		}
		m, err := Parse(file, text)
		if err != nil {
			return nil, err
		}
		for _, s := range m.Schemas {
			if !slices.Contains(schemas, s) {
				near := ""
				if n := diag.Near(s, schemas); n != "" {
					near = "; the nearest is " + n
				}
				return nil, fmt.Errorf("%s: there is no log source %q%s", file, s, near)
			}
		}
		if i := slices.IndexFunc(list, func(other *Mapping) bool { return other.Name == m.Name }); i >= 0 {
			return nil, fmt.Errorf("%s: another file of the folder has the mapping %q", file, m.Name)
		}
		if list = append(list, m); len(list) > maxFolder {
			return nil, fmt.Errorf("%s: more than %d mappings", name, maxFolder)
		}
	}
	if len(list) == 0 {
		return nil, fmt.Errorf("%s: no file whose name ends in .yaml or .yml", name)
	}
	return list, nil
}

func readFile(folder fs.FS, name string) ([]byte, error) {
	f, err := folder.Open(name)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }()
	text, err := io.ReadAll(io.LimitReader(f, maxMapping+1))
	if err == nil && len(text) > maxMapping {
		err = fmt.Errorf("larger than %d MB", maxMapping>>20)
	}
	return text, err
}

// With returns mappings with those of a user before them. A mapping of the user takes the place of one of the same name, and describes
// the log sources that it names alone.
func With(mappings, own []*Mapping) []*Mapping {
	list := slices.Clone(own)
	for _, m := range mappings {
		if slices.ContainsFunc(own, func(o *Mapping) bool { return o.Name == m.Name }) {
			continue
		}
		left := slices.DeleteFunc(slices.Clone(m.Schemas), func(s string) bool {
			return slices.ContainsFunc(own, func(o *Mapping) bool { return o.Rows == m.Rows && slices.Contains(o.Schemas, s) })
		})
		if len(left) == 0 {
			continue
		}
		less := *m
		less.Schemas = left
		if m.Full != nil {
			full := *m.Full
			full.Schemas = left
			less.Full = &full
		}
		list = append(list, &less)
	}
	slices.SortStableFunc(list, func(a, b *Mapping) int { return strings.Compare(a.Name, b.Name) })
	return list
}
