package schema

import (
	"strings"
	"sync"
	"testing"
	"testing/fstest"
)

// smallTables is a file of a schema's folder, with one profile of a name for smallSchema.
func smallTables(name string) *fstest.MapFile {
	return &fstest.MapFile{Data: []byte("schema: small\nprofiles:\n  - {name: " + name +
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

// The folder is filled after the schema is loaded: nobody has looked into it before.
func TestTablesAreReadWhenAskedFor(t *testing.T) {
	files := fstest.MapFS{}
	s := loadSmall(t, files)
	files["data/small/a.yaml"], files["data/small/b.yaml"] = smallTables("second"), smallTables("first")
	var group sync.WaitGroup
	for range 4 {
		group.Go(func() {
			p := s.Profiles()
			if len(p) != 2 || p[0].FullName() != "small/second" || p[1].FullName() != "small/first" || p[0].Schema != s {
				t.Errorf("profiles %v", p)
			}
		})
	}
	group.Wait()
	before := s.Profiles()[0]
	delete(files, "data/small/a.yaml")
	if s.Profiles()[0] != before {
		t.Error("the profiles were read twice")
	}
	if len(loadSmall(t, fstest.MapFS{}).Profiles()) != 0 {
		t.Error("a schema without a folder has profiles")
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
		`data/small/a.yaml: profiles: the name "A"`, `data/small/b.yaml: schema: "other" is not the name of the folder`,
		"data/small/c.yaml:1:1: error[schema-syntax]", "data/small/d.yaml: profiles: missing", "only profiles can be added",
	} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("no %q in: %v", want, err)
		}
	}
	defer func() {
		if text, _ := recover().(string); !strings.HasPrefix(text, "egret bug: schema data/small/a.yaml: ") {
			t.Errorf("recovered %q", text)
		}
	}()
	s.Profiles()
}

// A hunt would pay for profiles in the file of the log.
func TestTheFileOfALogHasNoProfiles(t *testing.T) {
	text := smallSchema + strings.TrimPrefix(string(smallTables("x").Data), "schema: small\n")
	_, err := loadFS(fstest.MapFS{"data/small.yaml": {Data: []byte(text)}})
	if err == nil || !strings.Contains(err.Error(), "data/small.yaml: profiles: they belong into the folder data/small") {
		t.Errorf("got %v", err)
	}
}

// The folders that are embedded are those of schemas, and all of their files load.
func TestEmbeddedTables(t *testing.T) {
	entries, err := data.ReadDir(dataFolder)
	if err != nil {
		t.Fatal(err)
	}
	folders := 0
	for _, entry := range entries {
		if !entry.IsDir() {
			continue
		}
		folders++
		s := ByName(entry.Name())
		if s == nil {
			t.Errorf("no schema has the folder %s", entry.Name())
			continue
		}
		if tables, err := s.loadTables(data); err != nil || len(tables.profiles) == 0 {
			t.Errorf("%s: %d profiles, %v", s.Name, len(tables.profiles), err)
		}
	}
	if folders < 9 {
		t.Errorf("only %d folders", folders)
	}
}
