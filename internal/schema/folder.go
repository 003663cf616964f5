package schema

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"
)

// A Folder is a folder of schema files.
type Folder struct {
	// Name is the prefix of its files' names in messages, "" for none.
	Name string
	FS   fs.FS
}

// LoadFolder calls LoadFolders with one folder without a name.
func LoadFolder(fsys fs.FS) ([]*Schema, error) { return LoadFolders(Folder{FS: fsys}) }

// Check returns the faults of a file that holds a new schema, nil if there are none. name is the file's, for messages.
func Check(name string, text []byte) error {
	f, err := parseFile(name, text)
	if err == nil {
		_, err = f.load()
	}
	return err
}

// IsOwn reports whether a schema is the user's, from a folder, and not one of All.
func (s *Schema) IsOwn() bool { return s.own }

// LoadFolders adds the schema files of a user's folders and their subfolders to All. A file (*.yaml, *.yml) holds a new
// schema, or names an existing one with `schema:` and adds layouts to it. Files with equal content count once, since a
// folder may be given twice. The result is sorted by name and independent of All. The error lists every fault of every
// file.
func LoadFolders(folders ...Folder) ([]*Schema, error) {
	schemas := make([]*Schema, 0, len(All()))
	for _, s := range All() {
		schemas = append(schemas, s.clone())
	}
	var faults []error
	fault := func(name string, err error) {
		var whole *fileError
		if errors.As(err, &whole) { // the error names the file itself
			faults = append(faults, err)
			return
		}
		faults = append(faults, fmt.Errorf("schema %s: %w", name, err))
	}
	// Layouts are added after all schemas are loaded.
	type addition struct {
		name string
		file *file
	}
	var additions []addition
	seen := map[string]bool{}
	read := func(folder Folder, name string) error {
		text, err := fs.ReadFile(folder.FS, name)
		if err != nil {
			return err
		}
		name = path.Join(folder.Name, name)
		if seen[string(text)] {
			return nil
		}
		seen[string(text)] = true
		f, err := parseFile(name, text)
		if err != nil {
			fault(name, err)
			return nil
		}
		if f.Schema != "" {
			additions = append(additions, addition{name, f})
			return nil
		}
		s, err := f.load()
		if err != nil {
			fault(name, err)
			return nil
		}
		if find(schemas, s.Name) != nil || s.Name == Generic().Name {
			fault(name, fmt.Errorf("a schema named %s exists already; to add layouts to it, write `schema: %s` instead of name and title", s.Name, s.Name))
			return nil
		}
		s.own = true
		schemas = append(schemas, s)
		return nil
	}
	for _, folder := range folders {
		err := fs.WalkDir(folder.FS, ".", func(name string, entry fs.DirEntry, err error) error {
			if err != nil || entry.IsDir() || !slices.Contains([]string{".yaml", ".yml"}, path.Ext(name)) {
				return err
			}
			return read(folder, name)
		})
		if err != nil {
			return nil, err
		}
	}
	for _, a := range additions {
		s := find(schemas, a.file.Schema)
		if s == nil {
			fault(a.name, fmt.Errorf("no schema is named %q", a.file.Schema))
		} else if err := a.file.addTo(s, s.tables()); err != nil {
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
		if s.Named(name) {
			return s
		}
	}
	return nil
}

// joined returns all faults as one sorted error, or nil if there are none.
func joined(faults []string) error {
	if len(faults) == 0 {
		return nil
	}
	slices.Sort(faults)
	return errors.New(strings.Join(faults, "; "))
}
