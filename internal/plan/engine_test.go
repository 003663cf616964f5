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
)

// rowsOf makes rows of a table of events; those of OCSF by the mapping of testkit.
func rowsOf(p *schema.Profile, docs []*value.Doc) [][]any {
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

// matches are the pairs of event id and rule that the native matcher finds, of rules that a statement serves.
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

// generated are events that were made for the rules.
func generated(t *testing.T, set *ruleset.Set) []*value.Doc {
	var docs []*value.Doc
	for i, rule := range set.Rules {
		base := map[string]any{"eventID": fmt.Sprintf("e%d", i), "eventVersion": "1.08", "eventTime": "2026-02-01T00:00:00Z", "eventType": "AwsApiCall",
			"eventName": "Other", "eventSource": "other.amazonaws.com", "eventCategory": "Management", "readOnly": false}
		for _, text := range testkit.EventsForRule(rule.Rule, base) {
			docs = append(docs, parse(t, text))
		}
	}
	return docs
}

// rebuilt runs the statements of a kind and gives their rows as events.
func rebuilt(t *testing.T, engine sqltest.Engine, s *plan.Statement, slice plan.Slice, each func(text []byte)) (bytes int) {
	t.Helper()
	_, rows, err := engine.Query(t.Context(), s.SQL(slice))
	if err != nil {
		t.Fatalf("%v\n%s", err, s.SQL(slice))
	}
	first := 0
	if s.Kind == plan.Hits {
		first = 1 // the pair
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

// rebuiltRows checks that rules decide on the rows of a plan as on the events that these were.
func rebuiltRows(t *testing.T, engine sqltest.Engine, profile string, docs []*value.Doc, set *ruleset.Set) {
	t.Helper()
	p := profileOf(t, profile)
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
		bytes := rebuilt(t, engine, s, plan.Slice{}, func(text []byte) {
			returned++
			matches(t, c, m, parse(t, string(text)), serves, got)
		})
		t.Logf("%s: %d rules of %d, %d exact; %d rows of %d, %d bytes; %d matches", profile, len(s.Rules), len(set.Rules), len(s.Exact), returned, len(docs), bytes, len(want))
		if len(want) < 100 {
			t.Errorf("only %d matches", len(want))
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
			t.Errorf("%s: %d differences", profile, wrong)
		}
	}
}

func testRebuilt(t *testing.T, engine sqltest.Engine) {
	set := loadRules(t, nil)
	invictus, made := copyDocs(t, "data/invictus"), generated(t, set)
	t.Run("generated", func(t *testing.T) { rebuiltRows(t, engine, "cloudtrail/athena", made, set) })
	profiles := []string{"cloudtrail/athena", "cloudtrail/files", "cloudtrail/lake", "cloudtrail/security-lake-v2", "cloudtrail/security-lake-v1"}
	if testing.Short() {
		profiles = profiles[:1]
	}
	for _, profile := range profiles {
		t.Run(profile, func(t *testing.T) { rebuiltRows(t, engine, profile, invictus, set) })
	}
}

func TestRowsBecomeEventsAgain(t *testing.T)            { testRebuilt(t, sqltest.DuckDB(t)) }
func TestRowsBecomeEventsAgainIntegration(t *testing.T) { testRebuilt(t, sqltest.Trino(t)) }
