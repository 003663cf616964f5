package ruleset_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/egret-hunt/egret/internal/convert"
	"github.com/egret-hunt/egret/internal/plan"
	"github.com/egret-hunt/egret/internal/ruleset"
	"github.com/egret-hunt/egret/internal/schema"
	"github.com/egret-hunt/egret/internal/sqlgen"
	"github.com/egret-hunt/egret/internal/testkit/sqltest"
	"github.com/egret-hunt/egret/internal/value"
)

// twoServices is a log source with two services. Only the field kind distinguishes their events.
const twoServices = `name: door
title: Door controller
logsource:
  products: [door]
  services:
    front: [{kind: [front-door]}]
    back: [{kind: [back-door]}]
names: [at, id, kind, action, user]
detect: [{has: [kind, action, user]}]
roots: [""]
time: [at]
id: [[id]]
principal: [user]
action: [action]
layouts:
  - name: table
    title: Entries
    table: doors
    columns: {at: string, id: string, kind: string, action: string, user: string}
    time: {column: at, format: text, utc: true}
`

// frontRules do not use the field kind. Their detections match events of both services.
const frontRules = `title: Forced
id: 0a1b2c3d-0000-4000-8000-000000000001
logsource: {product: door, service: front}
detection:
  selection: {action: forced}
  condition: selection
---
title: Denied
name: denied
logsource: {product: door, service: front}
detection:
  selection: {action: denied}
  condition: selection
---
title: Denied often
correlation: {type: event_count, rules: [denied], group-by: [user], timespan: 1h, condition: {gte: 3}}
`

// doorEvents returns, for each service, an event with the action forced and four events of one user with the action denied.
func doorEvents() []string {
	var events []string
	for _, kind := range []string{"front-door", "back-door"} {
		events = append(events, fmt.Sprintf(`{"at":"2026-03-01T10:00:00Z","id":"forced %s","kind":"%s","action":"forced","user":"u"}`, kind, kind))
		for i := range 4 {
			events = append(events, fmt.Sprintf(`{"at":"2026-03-01T10:0%d:00Z","id":"denied %s %d","kind":"%s","action":"denied","user":"of %s"}`, i, kind, i, kind, kind))
		}
	}
	return events
}

// frontDoor are the ids of the events of the rules' log source.
var frontDoor = []string{"denied front-door 0", "denied front-door 1", "denied front-door 2", "denied front-door 3", "forced front-door"}

// loadDoors loads the log source and the rules above.
func loadDoors(t *testing.T) (*ruleset.Set, *schema.Layout) {
	t.Helper()
	schemas, err := schema.LoadFolders(schema.Folder{FS: fstest.MapFS{"door.yaml": {Data: []byte(twoServices)}}})
	if err != nil {
		t.Fatal(err)
	}
	layout, err := schema.FindLayout(schemas, "door/table")
	if err != nil {
		t.Fatal(err)
	}
	set, list, err := ruleset.Load(t.Context(), []ruleset.Folder{{FS: fstest.MapFS{"rules.yml": {Data: []byte(frontRules)}}}}, ruleset.Options{Schemas: schemas})
	if err != nil || len(list) > 0 || len(set.Skipped) > 0 {
		t.Fatal(err, list, set.Skipped)
	}
	return set, layout
}

func parseEvent(t *testing.T, text string) *value.Doc {
	t.Helper()
	doc, err := new(value.Parser).Parse([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return doc
}

// lacking are the dialects that can neither pack rules nor correlate.
var lacking = map[string]bool{"sqlite": true, "postgres": true, "snowflake": true, "databricks": true}

// statements returns the SQL of frontRules by the name of the conversion. planned are the statements of the plan.
func statements(t *testing.T, set *ruleset.Set, layout *schema.Layout, dialect *sqlgen.Dialect, table string) (texts map[string]string, planned []*plan.Statement) {
	t.Helper()
	texts = map[string]string{}
	opt := sqlgen.Options{Dialect: dialect, Layout: layout, Table: table}
	for name, results := range map[string][]convert.Result{"converted": convert.ToSQL(set, opt), "packed": convert.ToPackedSQL(set, opt)} {
		for _, result := range results {
			if result.Query == "" {
				if lacking[dialect.Name] {
					continue // it can neither pack rules nor read a time that is text
				}
				t.Fatalf("%s, %s: %v", name, result.Title, result.Diagnostics)
			}
			texts[name+" "+result.Title] = result.Query
		}
	}
	planned = plan.Build(set, layout, plan.Options{Dialect: dialect, Table: table, CountFrom: 2}).Statements
	for _, s := range planned {
		texts["planned "+s.Kind.String()] = s.SQL(plan.Chunk{})
	}
	want := []string{"converted Denied often", "converted Forced", "packed Denied often", "packed Forced", "planned counts", "planned rows"}
	if lacking[dialect.Name] {
		want = []string{"converted Forced", "planned rows"}
	}
	if names := slices.Sorted(maps.Keys(texts)); !slices.Equal(names, want) {
		t.Fatalf("got statements %q, want %q", names, want)
	}
	return texts, planned
}

// matched returns the sorted ids of the events that match a rule, without duplicates.
func matched(compiled *ruleset.Compiled, docs []*value.Doc) []string {
	matcher := compiled.Program.NewMatcher()
	ids := map[string]bool{}
	for _, doc := range docs {
		if len(matcher.Match(doc)) > 0 {
			ids[doc.String(doc.Get(0, "id"))] = true
		}
	}
	return slices.Sorted(maps.Keys(ids))
}

// Every way to run a rule includes the conditions of its log source. The rules do not use the field that distinguishes the
// services, so it is in a query only because of the log source. Rows of a plan may include other events, since they are
// matched again, but must contain the column.
func TestLogSourceIsPartOfEveryQuery(t *testing.T) {
	set, layout := loadDoors(t)
	var docs []*value.Doc
	for _, text := range doorEvents() {
		docs = append(docs, parseEvent(t, text))
	}
	if ids := matched(set.Compile(layout.Schema), docs); !slices.Equal(ids, frontDoor) {
		t.Errorf("matched %q, want %q", ids, frontDoor)
	}
	for _, dialect := range sqlgen.Dialects() {
		texts, planned := statements(t, set, layout, dialect, "")
		for name, text := range texts {
			if name != "planned rows" && !strings.Contains(text, "'front-door'") {
				t.Errorf("%s in %s has no condition of the log source", name, dialect.Name)
			}
		}
		for _, s := range planned {
			if !slices.ContainsFunc(s.Columns, func(c plan.Column) bool { return c.Name == "kind" }) {
				t.Errorf("%v in %s does not return column kind", s.Kind, dialect.Name)
			}
		}
	}
}

func TestQueriesReturnEventsOfTheirLogSource(t *testing.T) {
	engine := sqltest.DuckDB(t)
	set, layout := loadDoors(t)
	var rows [][]any
	for _, text := range doorEvents() {
		rows = append(rows, sqltest.Row(layout, parseEvent(t, text)))
	}
	if err := engine.Load(t.Context(), "entries", sqltest.Columns(layout), rows); err != nil {
		t.Fatal(err)
	}
	query := func(name, text string) [][]any {
		_, found, err := engine.Query(t.Context(), text)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if len(found) == 0 {
			t.Errorf("%s returned no rows", name)
		}
		return found
	}
	texts, planned := statements(t, set, layout, sqlgen.DialectByName(engine.Dialect()), "entries")
	for name, text := range texts {
		if name == "planned rows" {
			continue
		}
		for _, row := range query(name, text) {
			if cells := fmt.Sprint(row...); strings.Contains(cells, "back-door") {
				t.Errorf("%s returned an event of another service: %s", name, cells)
			}
		}
	}
	var docs []*value.Doc
	for _, s := range planned {
		columns := 0
		if s.Kind == plan.Counts {
			columns = 2 // the columns before those of the event
		}
		rebuilder := plan.NewRebuilder(s.Columns)
		for _, row := range query(s.Kind.String(), s.SQL(plan.Chunk{})) {
			text, err := rebuilder.Append(nil, row[columns:])
			if err != nil {
				t.Fatal(err)
			}
			docs = append(docs, parseEvent(t, string(text)))
		}
	}
	if ids := matched(set.Compile(layout.Schema), docs); !slices.Equal(ids, frontDoor) {
		t.Errorf("rows of the plan match %q, want %q", ids, frontDoor)
	}
}
