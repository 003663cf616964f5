package stixmap

import (
	"fmt"
	"slices"
	"strings"

	"github.com/egret-hunt/egret/diag"
	"github.com/egret-hunt/egret/internal/specfile"
)

// maxMapping is the maximum size of a mapping in bytes.
const maxMapping = 1 << 20

// Read returns the mappings of a folder (*.yaml, *.yml, not in subfolders), or of one file, in the order of their files. Their
// names differ from each other; one may be that of an embedded mapping, see With. They describe log sources among schemas, or any if
// schemas is nil. The error is the first fault and names the file.
func Read(path string, schemas []string) ([]*Mapping, error) {
	files, err := specfile.List(path, "mappings")
	if err != nil {
		return nil, err
	}
	var list []*Mapping
	for _, file := range files {
		text, err := specfile.Read(file, maxMapping)
		if err != nil {
			return nil, err
		}
		m, err := Parse(file, text)
		if err != nil {
			return nil, err
		}
		if schemas != nil {
			if err := checkSchemas(file, m, schemas); err != nil {
				return nil, err
			}
		}
		if slices.ContainsFunc(list, func(o *Mapping) bool { return o.Name == m.Name }) {
			return nil, fmt.Errorf("%s: another file of the folder has the mapping %q", file, m.Name)
		}
		list = append(list, m)
	}
	return list, nil
}

// checkSchemas returns an error if a mapping describes a log source that is not among the names of schemas.
func checkSchemas(file string, m *Mapping, schemas []string) error {
	for _, s := range m.Schemas {
		if !slices.Contains(schemas, s) {
			near := ""
			if n := diag.Near(s, schemas); n != "" {
				near = "; the nearest is " + n
			}
			return fmt.Errorf("%s: there is no log source %q%s", file, s, near)
		}
	}
	return nil
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
