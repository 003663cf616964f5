package schema

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"
)

// LoadFolder adds the schema files of a user's folder, with its subfolders, to All. A file (*.yaml, *.yml) holds a new
// schema, or names one with `schema:` and adds profiles to it. The result is sorted by name and independent of All. The
// error names every fault of every file.
func LoadFolder(fsys fs.FS) ([]*Schema, error) {
	schemas := make([]*Schema, 0, len(All()))
	for _, s := range All() {
		schemas = append(schemas, s.clone())
	}
	return loadInto(schemas, fsys, ".", nil)
}

// clone is a copy that may be given further profiles.
func (s *Schema) clone() *Schema {
	c := *s
	c.Profiles = make([]*Profile, len(s.Profiles))
	for i, p := range s.Profiles {
		profile := *p
		profile.Schema = &c
		c.Profiles[i] = &profile
	}
	c.written = maps.Clone(s.written)
	return &c
}

// loadInto reads all files below root: first those with schemas, then those that add profiles. The function check, if
// any, may refuse a schema in the file of a name.
func loadInto(schemas []*Schema, fsys fs.FS, root string, check func(name string, s *Schema) error) ([]*Schema, error) {
	var faults []error
	fault := func(name string, err error) { faults = append(faults, fmt.Errorf("schema %s: %w", name, err)) }
	type addition struct {
		name string
		file *file
	}
	var additions []addition
	err := fs.WalkDir(fsys, root, func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || !slices.Contains([]string{".yaml", ".yml"}, path.Ext(name)) {
			return err
		}
		text, err := fs.ReadFile(fsys, name)
		if err != nil {
			return err
		}
		f, err := parseFile(text)
		if err != nil {
			fault(name, err)
			return nil
		}
		if f.Schema != "" {
			additions = append(additions, addition{name, f})
			return nil
		}
		s, err := f.load()
		if err == nil && check != nil {
			err = check(name, s)
		}
		if err != nil {
			fault(name, err)
			return nil
		}
		if find(schemas, s.Name) != nil || s.Name == Generic().Name {
			fault(name, fmt.Errorf("there is a schema named %s already; `schema: %s` instead of name and title adds profiles to it", s.Name, s.Name))
			return nil
		}
		schemas = append(schemas, s)
		return nil
	})
	if err != nil {
		return nil, err
	}
	for _, a := range additions {
		if err := a.file.addTo(find(schemas, a.file.Schema)); err != nil {
			fault(a.name, err)
		}
	}
	if len(faults) > 0 {
		return nil, errors.Join(faults...)
	}
	sortSchemas(schemas)
	return schemas, nil
}

func find(schemas []*Schema, name string) *Schema {
	for _, s := range schemas {
		if s.Name == name {
			return s
		}
	}
	return nil
}

// addTo adds the profiles of a file that names its schema; s is nil if there is none of that name.
func (f *file) addTo(s *Schema) error {
	if s == nil {
		return fmt.Errorf("there is no schema named %q", f.Schema)
	}
	var faults []string
	fault := func(format string, args ...any) { faults = append(faults, fmt.Sprintf(format, args...)) }
	if !f.onlyProfiles() {
		fault("schema: %s exists, so that only profiles can be added to it", f.Schema)
	}
	if len(f.Profiles) == 0 {
		fault("profiles: missing")
	}
	loader := profileLoader{s, s.written, fault}
	loader.load(f.Profiles)
	return joined(faults)
}

// joined are all faults as one error, sorted, nil if there are none.
func joined(faults []string) error {
	if len(faults) == 0 {
		return nil
	}
	slices.Sort(faults)
	return errors.New(strings.Join(faults, "; "))
}
