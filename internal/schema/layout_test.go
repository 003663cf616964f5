package schema_test

import (
	"fmt"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/egret-hunt/egret/internal/schema"
	"github.com/egret-hunt/egret/internal/value"
)

// oddTable has what the documented tables lack: names with dots, maps of lists and of objects, several places for a
// field, changed values.
const oddTable = `
name: odd
title: Odd
logsource: {products: [p]}
detect: [{has: [a]}]
roots: [""]
json_text: {below: [deep], keys: [doc]}
time: [at]
id: [[id]]
layouts:
  - name: one
    title: One
    table: t
    any_case: true
    columns:
      id: string
      at: bigint
      a.b: string
      a: struct<b:string,` + "`c.d`" + `:int,e:array<array<struct<f:boolean>>>>
      names: map<string,string>
      lists: map<string,array<string>>
      objects: map<string,struct<x:string>>
      texts: map<string,json>
      flag: boolean
      deep: struct<doc:string,map:map<string,string>>
      text: string
      pre: string
      PRE: string
    fields:
      nothing: null
      either: [flag, a.b]
      changed: {at: flag, values: {"on": "true", "off": "false"}, absent: ["false"]}
      when: {at: at, time: epoch_s}
      inner: {at: text, json: true}
      low: {at: text, json: true, lower_keys: true}
      below.*: names.below
      day: day
    time: {column: at, format: epoch_s}
    partitions:
      - {column: account, type: string}
      - {column: day, type: string, format: yyyy-MM-dd}
      - {column: hour, type: int, format: HH, late_days: 2}
  - name: two
    like: one
    title: Two
    id: []
    only_fields: true
    partitions: [{column: at, format: yyyyMMdd}, {column: day, type: string}]
`

func loadOdd(t *testing.T, text string) []*schema.Schema {
	t.Helper()
	s, err := schema.Load([]byte(strings.Replace(text, "      PRE: string\n", "", 1)))
	if err != nil {
		t.Fatal(err)
	}
	return []*schema.Schema{s}
}

func TestPlacesInAnOddTable(t *testing.T) {
	schemas := loadOdd(t, oddTable)
	for _, test := range []struct {
		layout, field string
		want          []string
	}{
		{"odd/one", "a.b", []string{"a.b string"}}, // the name with the dot comes first
		{"odd/one", "A.B", []string{"a.b string"}},
		{"odd/one", "a.c.d", []string{"a.c.d bigint"}},
		{"odd/one", "a.e.f", []string{"a.e[][].f boolean"}},
		{"odd/one", "a.e", []string{"a.e[][] struct"}},
		{"odd/one", "a", []string{"a struct"}},
		{"odd/one", "a.x", nil},
		{"odd/one", "names.K.with.dots", []string{"names['K.with.dots'] string"}},
		{"odd/one", "names", []string{"names map"}},
		{"odd/one", "lists.k.l", []string{"lists['k.l'][] string"}},
		{"odd/one", "objects.K.X", []string{"objects['K'].x string"}},
		{"odd/one", "objects.k", []string{"objects['k'] struct"}},
		{"odd/one", "texts.k.In.Side", []string{"texts['k'] json $In.Side"}},
		{"odd/one", "nothing", nil},
		{"odd/one", "nothing.below", nil},
		{"odd/one", "either", []string{"flag boolean", "a.b string"}},
		{"odd/one", "changed", []string{"flag boolean off=false on=true -false"}},
		{"odd/one", "when", []string{"at bigint"}},
		{"odd/one", "inner", []string{"text json"}},
		{"odd/one", "inner.A.b", []string{"text json $A.b"}},
		{"odd/one", "low.A.b", []string{"text json $a.b"}},
		{"odd/one", "below", nil},
		{"odd/one", "below.x.y", []string{"names['below.x.y'] string"}},
		{"odd/one", "day", []string{"day string"}}, // a partition that is listed
		{"odd/one", "hour", nil},
		{"odd/one", "deep.doc.x", []string{"deep.doc json $x encoded 2"}},
		{"odd/one", "deep.map.doc.x.y", []string{"deep.map['doc'] json $x.y encoded 2"}},
		{"odd/one", "text.x", nil},
		{"odd/two", "names.k", nil},
		{"odd/two", "either", []string{"flag boolean", "a.b string"}},
	} {
		p, err := schema.FindLayout(schemas, test.layout)
		if err != nil {
			t.Fatal(err)
		}
		places := p.Locations(test.field)
		if got := shown(places); !slices.Equal(got, test.want) {
			t.Errorf("%s %s: got %q, want %q", test.layout, test.field, got, test.want)
		}
		if len(places) > 0 && (places[0].Time != nil) != (test.field == "when") {
			t.Errorf("%s %s: time %v", test.layout, test.field, places[0].Time)
		}
	}
	p := schemas[0].Layouts()[0]
	if got := show(p.ID[0]); len(p.ID) != 1 || got != "id string" {
		t.Errorf("id %q", got)
	}
	if len(schemas[0].Layouts()[1].ID) != 0 {
		t.Error("got the schema's id, want the empty id of the layout")
	}
	want := []schema.Partition{
		{Column: "day", Type: schema.Text, Format: "yyyy-MM-dd", LateDays: 1}, {Column: "hour", Type: schema.Integer, Format: "HH", LateDays: 2},
	}
	if !reflect.DeepEqual(p.Partitions, want) || len(p.PartitionedBy) != 3 {
		t.Errorf("partitions %v of %v", p.Partitions, p.PartitionedBy)
	}
	if p.PathLocations(value.Path{Text: "names.*", Any: true}) == nil || p.PathLocations(value.Path{Text: "*.b", Any: true}) != nil {
		t.Error("want a place for a star below a map, and none for a star as a column")
	}
}

func TestFaultsOfLayoutsAreAllNamed(t *testing.T) {
	_, err := schema.Load([]byte(oddTable + `
  - name: Three
  - name: one
  - {name: four, like: five}
  - name: six
    columns: {a: strin, b: "map<int,int>", c: "struct<x:int,X:int>", d: string, D: int}
    fields: {x: nowhere, "y.": d, z: {at: d, time: epoch_s}, j: {at: a, json: true}, l: {at: d, lists: true}}
    objects: [x, z]
    time: {column: d, format: epoch}
    id: [q]
    partitions: [{column: p}, {column: d, type: string}, {column: e, type: string, format: YYYY}, {column: f, type: double}]
  - {name: seven, title: t, table: t, columns: {d: string}}
`))
	if err == nil {
		t.Fatal("loaded")
	}
	for _, want := range []string{
		`layout one: column PRE: two columns have this name`,
		`layouts: the name "Three" is not a lower-case word`,
		`layout one: a layout of that name exists already`,
		`layout four: like: no earlier layout is named "five"`,
		`layout six: title: missing`,
		`layout six: table: missing`,
		`layout six: column a: type "strin": expected a type, found "strin"`,
		`layout six: column b: type "map<int,int>": the keys of a map must be strings`,
		`two members are named X`,
		`layout six: column D: two columns have this name`,
		`layout six: fields x: no column is at "nowhere"`,
		`layout six: fields: "y." is not a path`,
		`layout six: fields z: a column of type string cannot hold the time format "epoch_s"`,
		`layout six: fields j: a is of type unknown, which cannot hold JSON text`,
		`layout six: fields l: lists is only allowed for a key of a map of strings, found d`,
		`layout six: objects: z is also in fields`,
		`layout six: time: the format "epoch" is not one of`,
		`layout six: id: no column is at "q"`,
		`layout six: partition p: has no type and is not a column`,
		`layout six: column d: two columns have this name`,
		`layout six: partition e: the format "YYYY"`,
		`layout six: partition f: type double cannot be a partition`,
		`layout seven: time: missing`,
		`layout seven: id: no column holds part 1 of the schema's id`,
	} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want it to contain %q", err, want)
		}
	}
}

func TestShapesOfYAMLAreChecked(t *testing.T) {
	for _, test := range []struct{ text, want string }{
		{"columns: [a]", "columns must be a map"},
		{"columns: {a: [b]}", "the type of column a must be a string"},
		{"columns: {a: int, a: int}", `columns: duplicate key or invalid name "a"`},
		{"fields: {f: []}", "f has an empty list; write null for a field that the table does not have"},
		{"fields: {f: [null]}", "the value of f must be the path of a column"},
		{"fields: {f: {at: a, vlaues: {}}}", "f: unknown key vlaues, expected at"},
		{"colums: {}", `key "colums" is not defined`},
	} {
		before, _, _ := strings.Cut(oddTable, "  - name: two")
		text := before + "  - name: x\n    " + test.text + "\n"
		_, err := schema.Load([]byte(text))
		if err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: got %v, want %q", test.text, err, test.want)
		}
	}
}

func TestFindLayout(t *testing.T) {
	for name, want := range map[string]string{
		"cloudtrail/athena": "cloudtrail/athena", "cloudtrail": "cloudtrail/athena", "generic": "generic",
		"vpcflow/security-lake-v2": "vpcflow/security-lake-v2",
	} {
		if p := layout(t, name); p.FullName() != want {
			t.Errorf("%s: got %s", name, p.FullName())
		}
	}
	for name, want := range map[string]string{
		"cloudtrail/athna": "the nearest is cloudtrail/athena",
		"cloudtrial":       "the nearest is cloudtrail",
		"cloudtrial/lake2": "the nearest schema is cloudtrail",
		"cloudtrail/nope":  "the layouts of cloudtrail are cloudtrail/athena, ",
		"windows":          "windows is read from files only",
		"windows/files":    "windows is read from files only",
		"":                 "the layouts are alb/athena, ",
		"generic/other":    "the layouts of generic are generic",
	} {
		if _, err := schema.FindLayout(schema.All(), name); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: got %v, want %q", name, err, want)
		}
	}
}

// A long list of names is cut after six; the number of the others follows.
func TestFindLayoutCountsOtherNames(t *testing.T) {
	_, err := schema.FindLayout(schema.All(), "")
	if err == nil {
		t.Fatal("found a layout without a name")
	}
	_, list, _ := strings.Cut(err.Error(), "the layouts are ")
	if want := fmt.Sprintf(" and %d more", len(schema.AllLayouts())-6); strings.Count(list, ", ") != 5 || !strings.HasSuffix(list, want) {
		t.Errorf("got %q, want six names and %q", list, want)
	}
}

func TestEveryLayoutIsComplete(t *testing.T) {
	names := map[string]bool{}
	for _, p := range schema.AllLayouts() {
		if names[p.FullName()] {
			t.Errorf("duplicate layout %s", p.FullName())
		}
		names[p.FullName()] = true
		if p.FullName() == "generic" {
			continue
		}
		if found, err := schema.FindLayout(schema.All(), p.FullName()); err != nil || found != p {
			t.Errorf("FindLayout(%s): %v", p.FullName(), err)
		}
		if p.Source == "" && p.Name != "files" {
			t.Errorf("%s has no source", p.FullName())
		}
		// What a hunt shows of an event must come from the table too, except in the tables with a fixed list of fields.
		if p.OnlyFields {
			continue
		}
		for _, paths := range []schema.Paths{p.Schema.Time, p.Schema.Action} {
			if !slices.ContainsFunc(paths, func(path value.Path) bool { return len(p.PathLocations(path)) > 0 }) {
				t.Errorf("%s: got no place for %s", p.FullName(), paths[0].Text)
			}
		}
	}
	if len(names) < 35 {
		t.Errorf("only %d layouts", len(names))
	}
}

func TestLoadFolder(t *testing.T) {
	layouts := "layouts:\n  - {name: mine, title: Mine, table: t, like: athena}\n"
	schemas, err := schema.LoadFolder(fstest.MapFS{
		"b/odd.yml":  {Data: []byte(strings.Replace(oddTable, "      PRE: string\n", "", 1))},
		"a.yaml":     {Data: []byte("schema: cloudtrail\n" + layouts)},
		"c.yaml":     {Data: []byte("schema: odd\nlayouts:\n  - {name: three, title: T, table: t, like: two}\n")},
		"readme.txt": {Data: []byte("no schema")},
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"cloudtrail/mine", "cloudtrail/athena", "odd/one", "odd/three", "generic"} {
		p, err := schema.FindLayout(schemas, name)
		if err != nil {
			t.Error(err)
		} else if name != "generic" && !slices.Contains(schemas, p.Schema) {
			t.Errorf("%s has the wrong schema", name)
		}
	}
	if _, err := schema.FindLayout(schema.All(), "cloudtrail/mine"); err == nil {
		t.Error("LoadFolder changed the embedded schema")
	}
	_, err = schema.LoadFolder(fstest.MapFS{
		"a.yaml": {Data: []byte("schema: cloudtrial\n" + layouts)},
		"b.yaml": {Data: []byte("schema: cloudtrail\ntitle: New\n" + layouts)},
		"c.yaml": {Data: []byte("schema: cloudtrail\n")},
		"d.yaml": {Data: []byte(strings.Replace(oddTable, "name: odd", "name: windows", 1))},
		"e.yaml": {Data: []byte("name: [")},
		"f.yaml": {Data: []byte(strings.Replace(strings.Replace(oddTable, "      PRE: string\n", "", 1), "name: odd", "name: generic", 1))},
	})
	if err == nil {
		t.Fatal("loaded")
	}
	for _, want := range []string{
		`schema a.yaml: no schema is named "cloudtrial"`, "schema b.yaml: schema: cloudtrail exists already",
		"schema c.yaml: layouts: missing", "schema d.yaml: ", "e.yaml:1:1: error[schema-syntax]", "a schema named generic exists already",
	} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want it to contain %q", err, want)
		}
	}
}

func TestTypes(t *testing.T) {
	for text, want := range map[string]string{
		"string": "string", " INT ": "int", "array<string>": "array<string>",
		"struct< a : string , `b c`:map<string,array<double>> >": "struct<a:string,`b c`:map<string,array<double>>>",
		"map<varchar,json>": "map<string,json>",
	} {
		typ, err := schema.ParseType(text)
		if err != nil || typ.String() != want {
			t.Errorf("%q: %q %v, want %q", text, typ, err, want)
		}
	}
	for text, want := range map[string]string{
		"": "expected a type", "decimal(3,2)": "expected a type", "array": `expected "<"`, "array<string": `expected ">"`,
		"struct<>": "expected the name of a member", "struct<a>": `expected ":"`, "struct<`a:int>": "name in backquotes",
		"string string": "expected the end of the type", "map<string>": `expected ","`,
		strings.Repeat("array<", 100) + "int" + strings.Repeat(">", 100): "nested more than 64 deep",
	} {
		if _, err := schema.ParseType(text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%.40q: got %v, want %q", text, err, want)
		}
	}
}

func FuzzParseType(f *testing.F) {
	f.Add("struct<a:array<map<string,json>>,`b`:int>")
	f.Fuzz(func(t *testing.T, text string) {
		typ, err := schema.ParseType(text)
		if err != nil {
			return
		}
		again, err := schema.ParseType(typ.String())
		if err != nil || again.String() != typ.String() {
			t.Errorf("%q prints as %q, which reads as %q, %v", text, typ, again, err)
		}
	})
}

// The examples on the page about the format must load.
func TestExamplesOfTheFormat(t *testing.T) {
	page, err := os.ReadFile("../../docs/sources/format.md")
	if err != nil {
		t.Fatal(err)
	}
	blocks := strings.Split(string(page), "```")
	files := fstest.MapFS{}
	for i := 1; i < len(blocks); i += 2 {
		text := strings.TrimPrefix(blocks[i], "yaml\n")
		if strings.HasPrefix(text, "schema: ") || strings.HasPrefix(text, "name: ") { // skip rules and egret.yaml
			files[string(rune('a'+i))+".yaml"] = &fstest.MapFile{Data: []byte(text)}
		}
	}
	schemas, err := schema.LoadFolder(files)
	if err != nil || len(files) != 2 {
		t.Fatalf("%d files: %v", len(files), err)
	}
	p, err := schema.FindLayout(schemas, "cloudtrail/mine")
	if err != nil {
		t.Fatal(err)
	}
	if got := shown(p.Locations("additionalEventData.MFAUsed")); !slices.Equal(got, []string{"rest['additionalEventData.MFAUsed'] string"}) {
		t.Errorf("got %q", got)
	}
}
