package schema

import (
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"reflect"
	"slices"
	"sync"
)

// The folder has one file for each log source, without layouts. The layouts are in a folder with the log source's
// name, in the same format that LoadFolder reads.
//
//go:embed data
var data embed.FS

const dataFolder = "data"

// All returns the schemas, sorted by name. The slice must not be changed.
func All() []*Schema { return embedded() }

// ByName returns the schema of that name, nil if there is none.
func ByName(name string) *Schema {
	for _, s := range All() {
		if s.Named(name) {
			return s
		}
	}
	return nil
}

// The embedded files are part of the program and a test loads them all, so a fault in one is a bug and not bad input.
var embedded = sync.OnceValue(func() []*Schema {
	schemas, err := loadFS(data)
	if err != nil {
		panic("egret bug: " + err.Error())
	}
	return schemas
})

// loadFS loads the files at once, since every hunt waits for them.
func loadFS(fsys fs.FS) ([]*Schema, error) {
	entries, err := fs.ReadDir(fsys, dataFolder)
	if err != nil {
		return nil, err
	}
	entries = slices.DeleteFunc(entries, fs.DirEntry.IsDir)
	schemas, faults := make([]*Schema, len(entries)), make([]error, len(entries))
	var wait sync.WaitGroup
	for i, entry := range entries {
		wait.Go(func() {
			name := dataFolder + "/" + entry.Name()
			s, err := loadEmbedded(fsys, name)
			if err != nil {
				faults[i] = fmt.Errorf("schema %s: %w", name, err)
			}
			schemas[i] = s
		})
	}
	wait.Wait()
	schemas = slices.DeleteFunc(schemas, func(s *Schema) bool { return s == nil })
	sortSchemas(schemas)
	return schemas, errors.Join(faults...)
}

// loadEmbedded loads the log part of a schema.
func loadEmbedded(fsys fs.FS, name string) (*Schema, error) {
	f, err := readFile(fsys, name)
	if err != nil {
		return nil, err
	}
	s, err := f.load()
	if err != nil {
		return nil, err
	}
	if name != dataFolder+"/"+s.Name+".yaml" {
		return nil, fmt.Errorf("the name %q differs from the name of the file", s.Name)
	}
	if len(f.layouts()) > 0 {
		return nil, fmt.Errorf("layouts: they belong in the folder %s/%s, so that hunts on files do not load them", dataFolder, s.Name)
	}
	s.tables = s.embeddedTables(fsys)
	if !reflect.ValueOf(f.yamlFacts).IsZero() {
		return nil, fmt.Errorf("outcome, targets, facts: they belong in the folder %s/%s/%s, so that hunts without findings do not load them",
			dataFolder, factsFolder, s.Name)
	}
	s.facts = s.embeddedFacts(fsys)
	if !reflect.ValueOf(f.yamlTrace).IsZero() {
		return nil, fmt.Errorf("links, things, automation, topics: they belong in the folder %s/%s/%s, so that hunts without a story do not load them",
			dataFolder, traceFolder, s.Name)
	}
	s.trace = s.embeddedTrace(fsys)
	return s, nil
}
