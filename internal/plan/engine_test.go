package plan_test

import (
	"fmt"
	"maps"
	"slices"
	"testing"

	"github.com/egret-hunt/egret/internal/match"
	"github.com/egret-hunt/egret/internal/plan"
	"github.com/egret-hunt/egret/internal/ruleset"
	"github.com/egret-hunt/egret/internal/schema"
	"github.com/egret-hunt/egret/internal/sqlgen"
	"github.com/egret-hunt/egret/internal/testkit"
	"github.com/egret-hunt/egret/internal/testkit/sqltest"
	"github.com/egret-hunt/egret/internal/value"
	"github.com/egret-hunt/egret/sigma"
)

// rowsOf converts events to rows of a table. For OCSF tables it uses the mapping of testkit.
func rowsOf(p *schema.Layout, docs []*value.Doc) [][]any {
	make := sqltest.Row
	if p.OnlyFields {
		make = sqltest.OCSFRow
	}
	var rows [][]any
	for _, doc := range docs {
		rows = append(rows, make(p, doc))
	}
	return rows
}

// matches adds the matches of the native matcher for rules that a statement serves, as texts with event id, schema and rule.
func matches(t *testing.T, c *ruleset.Compiled, m *match.Matcher, doc *value.Doc, serves map[int]bool, into map[string]bool) {
	t.Helper()
	var walker value.Walker
	id, _ := c.Schema.AppendEventID(nil, &walker, doc)
	for _, q := range m.Match(doc) {
		if serves[c.Rules[q]] {
			into[string(id)+" "+c.Schema.Name+" "+fmt.Sprint(c.Rules[q])] = true
		}
	}
}

// copyDocs parses events again, so that they outlive their reader.
func copyDocs(t *testing.T, name string) []*value.Doc {
	t.Helper()
	var docs []*value.Doc
	readEvents(t, name, func(doc *value.Doc) { docs = append(docs, parse(t, string(doc.AppendJSON(nil, 0)))) })
	return docs
}

func parse(t *testing.T, text string) *value.Doc {
	t.Helper()
	doc, err := new(value.Parser).Parse([]byte(text))
	if err != nil {
		t.Fatalf("%v in %s", err, text)
	}
	return doc
}

// generated returns events that testkit makes for the rules.
func generated(t *testing.T, set *ruleset.Set) []*value.Doc {
	var docs []*value.Doc
	for i, rule := range set.Rules {
		base := map[string]any{"eventID": fmt.Sprintf("e%d", i), "eventVersion": "1.08", "eventTime": "2026-02-01T00:00:00Z", "eventType": "AwsApiCall",
			"eventName": "Other", "eventSource": "other.amazonaws.com", "eventCategory": "Management", "readOnly": false}
		for _, text := range testkit.EventsForRule(rule.Tree.(*sigma.Rule), base) {
			docs = append(docs, parse(t, text))
		}
	}
	return docs
}

// rebuilt runs a statement and calls each for its rows, rebuilt as events. It returns the size of the result.
func rebuilt(t *testing.T, engine sqltest.Engine, s *plan.Statement, chunk plan.Chunk, each func(text []byte)) (bytes int) {
	t.Helper()
	_, rows, err := engine.Query(t.Context(), s.SQL(chunk))
	if err != nil {
		t.Fatalf("%v\n%s", err, s.SQL(chunk))
	}
	first := 0
	if s.Kind == plan.Counts {
		first = 2 // skip the columns "pair" and "complete"
	}
	r := plan.NewRebuilder(s.Columns)
	for _, row := range rows {
		for _, cell := range row {
			if text, ok := cell.(string); ok {
				bytes += len(text)
			} else if cell != nil {
				bytes += 8
			}
		}
		text, err := r.Append(nil, row[first:])
		if err != nil {
			t.Fatal(err)
		}
		each(text)
	}
	return bytes
}

// rebuiltRows checks that rules match the rows of a plan as they match the original events.
func rebuiltRows(t *testing.T, engine sqltest.Engine, layout string, docs []*value.Doc, set *ruleset.Set) {
	t.Helper()
	p := layoutOf(t, layout)
	table := "planned"
	if err := engine.Load(t.Context(), table, sqltest.Columns(p), rowsOf(p, docs)); err != nil {
		t.Fatal(err)
	}
	c := set.Compile(p.Schema)
	m := c.Program.NewMatcher()
	planned := plan.Build(set, p, plan.Options{Dialect: sqlgen.DialectByName(engine.Dialect()), Table: table, CountFrom: -1})
	for _, s := range planned.Statements {
		serves := map[int]bool{}
		for _, i := range s.Rules {
			serves[i] = true
		}
		want, got := map[string]bool{}, map[string]bool{}
		for _, doc := range docs {
			matches(t, c, m, doc, serves, want)
		}
		returned := 0
		bytes := rebuilt(t, engine, s, plan.Chunk{}, func(text []byte) {
			returned++
			matches(t, c, m, parse(t, string(text)), serves, got)
		})
		t.Logf("%s: %d rules of %d, %d exact; %d rows of %d, %d bytes; %d matches", layout, len(s.Rules), len(set.Rules), len(s.Exact), returned, len(docs), bytes, len(want))
		if len(want) < 100 {
			t.Errorf("got %d matches, want at least 100", len(want))
		}
		wrong := 0
		for _, key := range slices.Sorted(maps.Keys(want)) {
			if !got[key] {
				wrong++
				t.Logf("missing: %s", key)
			}
		}
		for _, key := range slices.Sorted(maps.Keys(got)) {
			if !want[key] {
				wrong++
				t.Logf("too many: %s", key)
			}
		}
		if wrong > 0 {
			t.Errorf("%s: %d differences", layout, wrong)
		}
	}
}

func testRebuilt(t *testing.T, engine sqltest.Engine) {
	set := loadRules(t, nil)
	invictus, made := copyDocs(t, "data/invictus"), generated(t, set)
	t.Run("generated", func(t *testing.T) { rebuiltRows(t, engine, "cloudtrail/athena", made, set) })
	layouts := []string{"cloudtrail/security-lake-v1", "cloudtrail/athena", "cloudtrail/files", "cloudtrail/lake", "cloudtrail/security-lake-v2"}
	usual := 3
	if engine.Dialect() == "duckdb" { // package hunt compares findings in the tables of the others
		usual = 1
	}
	layouts = layouts[:testkit.Rounds(1, usual, len(layouts))]
	for _, layout := range layouts {
		t.Run(layout, func(t *testing.T) { rebuiltRows(t, engine, layout, invictus, set) })
	}
}

func TestRulesMatchRebuiltRows(t *testing.T)            { testRebuilt(t, sqltest.DuckDB(t)) }
func TestRulesMatchRebuiltRowsIntegration(t *testing.T) { testRebuilt(t, sqltest.Trino(t)) }
