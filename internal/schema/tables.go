package schema

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"sync"
)

// tables are the profiles of a schema.
type tables struct {
	profiles []*Profile
	// written are the profiles as their files have them, for others that are like them.
	written map[string]*yamlProfile
}

func newTables() *tables { return &tables{written: map[string]*yamlProfile{}} }

// Profiles are the shapes in which the log is stored as tables, the usual one first; empty if there are none. Those that
// come with egret are read when they are first asked for: a hunt in files needs none of them. The slice must not be
// changed.
func (s *Schema) Profiles() []*Profile {
	if s.tables == nil {
		return nil
	}
	return s.tables().profiles
}

// embeddedTables reads a schema's folder. Like the schemas it is part of the program, so a fault in it is a bug.
func (s *Schema) embeddedTables(fsys fs.FS) func() *tables {
	return sync.OnceValue(func() *tables {
		t, err := s.loadTables(fsys)
		if err != nil {
			panic("egret bug: " + err.Error())
		}
		return t
	})
}

// loadTables reads the files of the schema's folder in the order of their names; there need not be a folder.
func (s *Schema) loadTables(fsys fs.FS) (*tables, error) {
	t := newTables()
	folder := dataFolder + "/" + s.Name
	entries, err := fs.ReadDir(fsys, folder)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	var faults []error
	for _, entry := range entries {
		name := folder + "/" + entry.Name()
		f, err := readFile(fsys, name)
		switch {
		case err != nil:
		case f.Schema != s.Name:
			err = fmt.Errorf("schema: %q is not the name of the folder", f.Schema)
		default:
			err = f.addTo(s, t)
		}
		if err != nil {
			faults = append(faults, fmt.Errorf("schema %s: %w", name, err))
		}
	}
	return t, errors.Join(faults...)
}

// clone is a copy that may be given further profiles; those that it has are copied when they are first asked for.
func (s *Schema) clone() *Schema {
	c := *s
	c.tables = sync.OnceValue(func() *tables {
		from := s.tables()
		t := &tables{make([]*Profile, len(from.profiles)), maps.Clone(from.written)}
		for i, p := range from.profiles {
			profile := *p
			profile.Schema = &c
			t.profiles[i] = &profile
		}
		return t
	})
	return &c
}

// addTo adds the profiles of a file that names a schema to the tables of that schema.
func (f *file) addTo(s *Schema, t *tables) error {
	var faults []string
	fault := func(format string, args ...any) { faults = append(faults, fmt.Sprintf(format, args...)) }
	if !f.onlyProfiles() {
		fault("schema: %s exists, so that only profiles can be added to it", f.Schema)
	}
	if len(f.Profiles) == 0 {
		fault("profiles: missing")
	}
	loader := profileLoader{s, t, fault}
	loader.load(f.Profiles)
	return joined(faults)
}
