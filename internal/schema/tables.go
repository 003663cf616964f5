package schema

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"sync"
)

// tables holds the layouts of a schema.
type tables struct {
	layouts []*Layout
	// written holds the layouts as their files have them, for layouts that are based on them.
	written map[string]*yamlLayout
}

func newTables() *tables { return &tables{written: map[string]*yamlLayout{}} }

// Layouts returns the table layouts of the log, the usual one first; empty if there are none. The embedded ones are
// read on first use, since a hunt on files needs none of them. The caller must not change the slice.
func (s *Schema) Layouts() []*Layout {
	if s.tables == nil {
		return nil
	}
	return s.tables().layouts
}

// embeddedTables reads a schema's folder on first use. The files are part of the program, so a fault in one is a bug.
func (s *Schema) embeddedTables(fsys fs.FS) func() *tables {
	return sync.OnceValue(func() *tables {
		t, err := s.loadTables(fsys)
		if err != nil {
			panic("egret bug: " + err.Error())
		}
		return t
	})
}

// loadTables reads the files of the schema's folder in the order of their names; the folder may be missing.
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
			err = fmt.Errorf("schema: %q differs from the name of the folder", f.Schema)
		default:
			err = f.addTo(s, t)
		}
		if err != nil {
			faults = append(faults, fmt.Errorf("schema %s: %w", name, err))
		}
	}
	return t, errors.Join(faults...)
}

// clone returns a copy to which layouts can be added; the existing layouts are copied on first use.
func (s *Schema) clone() *Schema {
	c := *s
	c.tables = sync.OnceValue(func() *tables {
		from := s.tables()
		t := &tables{make([]*Layout, len(from.layouts)), maps.Clone(from.written)}
		for i, p := range from.layouts {
			layout := *p
			layout.Schema = &c
			t.layouts[i] = &layout
		}
		return t
	})
	return &c
}

// addTo adds the layouts of a file to the tables of the schema that it names.
func (f *file) addTo(s *Schema, t *tables) error {
	var faults []string
	fault := func(format string, args ...any) { faults = append(faults, fmt.Sprintf(format, args...)) }
	if !f.onlyLayouts() {
		fault("schema: %s exists already; the file can only add layouts", f.Schema)
	}
	if len(f.layouts()) == 0 {
		fault("layouts: missing")
	}
	loader := layoutLoader{s, t, fault}
	loader.load(f.layouts())
	return joined(faults)
}
