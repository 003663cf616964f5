package schema

import (
	"strings"
	"sync"
	"testing"
	"testing/fstest"
)

// smallTables returns a file with one named layout for smallSchema.
func smallTables(name string) *fstest.MapFile {
	return &fstest.MapFile{Data: []byte("schema: small\nlayouts:\n  - {name: " + name +
		", title: T, table: t, columns: {t: string, i: string}, time: {column: t, format: text}}\n")}
}

func loadSmall(t *testing.T, files fstest.MapFS) *Schema {
	t.Helper()
	files["data/small.yaml"] = &fstest.MapFile{Data: []byte(smallSchema)}
	schemas, err := loadFS(files)
	if err != nil || len(schemas) != 1 {
		t.Fatalf("%d schemas, %v", len(schemas), err)
	}
	return schemas[0]
}

// The folder is filled after the schema is loaded, which shows that loading does not read it.
func TestTablesAreReadOnFirstUse(t *testing.T) {
	files := fstest.MapFS{}
	s := loadSmall(t, files)
	files["data/small/a.yaml"], files["data/small/b.yaml"] = smallTables("second"), smallTables("first")
	var group sync.WaitGroup
	for range 4 {
		group.Go(func() {
			p := s.Layouts()
			if len(p) != 2 || p[0].FullName() != "small/second" || p[1].FullName() != "small/first" || p[0].Schema != s {
				t.Errorf("layouts %v", p)
			}
		})
	}
	group.Wait()
	before := s.Layouts()[0]
	delete(files, "data/small/a.yaml")
	if s.Layouts()[0] != before {
		t.Error("Layouts read the files twice")
	}
	if len(loadSmall(t, fstest.MapFS{}).Layouts()) != 0 {
		t.Error("got layouts for a schema without a folder")
	}
}

func TestFaultsOfTablesAreAllNamed(t *testing.T) {
	other := smallTables("x")
	other.Data = []byte(strings.Replace(string(other.Data), "small", "other", 1))
	files := fstest.MapFS{
		"data/small/a.yaml": smallTables("A"), "data/small/b.yaml": other, "data/small/c.yaml": {Data: []byte("[")},
		"data/small/d.yaml": {Data: []byte("schema: small\ntitle: T\n")},
	}
	s := loadSmall(t, files)
	_, err := s.loadTables(files)
	if err == nil {
		t.Fatal("loaded")
	}
	for _, want := range []string{
		`data/small/a.yaml: layouts: the name "A"`, `data/small/b.yaml: schema: "other" differs from the name of the folder`,
		"data/small/c.yaml:1:1: error[schema-syntax]", "data/small/d.yaml: layouts: missing", "the file can only add layouts",
	} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want it to contain %q", err, want)
		}
	}
	defer func() {
		if text, _ := recover().(string); !strings.HasPrefix(text, "egret bug: schema data/small/a.yaml: ") {
			t.Errorf("recovered %q", text)
		}
	}()
	s.Layouts()
}

// Every hunt would load layouts that are in the file of the log.
func TestTheFileOfALogHasNoLayouts(t *testing.T) {
	text := smallSchema + strings.TrimPrefix(string(smallTables("x").Data), "schema: small\n")
	_, err := loadFS(fstest.MapFS{"data/small.yaml": {Data: []byte(text)}})
	if err == nil || !strings.Contains(err.Error(), "data/small.yaml: layouts: they belong in the folder data/small") {
		t.Errorf("got %v", err)
	}
}

// Each embedded folder belongs to a schema, and all of its files load.
func TestEmbeddedTables(t *testing.T) {
	entries, err := data.ReadDir(dataFolder)
	if err != nil {
		t.Fatal(err)
	}
	folders := 0
	for _, entry := range entries {
		if !entry.IsDir() || entry.Name() == factsFolder || entry.Name() == traceFolder {
			continue
		}
		folders++
		s := ByName(entry.Name())
		if s == nil {
			t.Errorf("no schema is named like the folder %s", entry.Name())
			continue
		}
		if tables, err := s.loadTables(data); err != nil || len(tables.layouts) == 0 {
			t.Errorf("%s: %d layouts, %v", s.Name, len(tables.layouts), err)
		}
	}
	if folders < 9 {
		t.Errorf("got only %d folders", folders)
	}
}
