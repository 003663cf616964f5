package plan_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/egret-hunt/egret/internal/plan"
	"github.com/egret-hunt/egret/internal/sqlgen"
	"github.com/egret-hunt/egret/internal/testkit/sqltest"
	"github.com/egret-hunt/egret/internal/value"
)

// textsOf returns the texts of a field in an event.
func textsOf(paths []value.Path, doc *value.Doc) []string {
	var walker value.Walker
	var texts []string
	for i := range paths {
		for _, leaf := range walker.Leaves(nil, doc, 0, &paths[i]) {
			texts = append(texts, string(leaf.Doc.AppendText(nil, leaf.Node)))
		}
		if len(texts) > 0 {
			break
		}
	}
	return texts
}

// Rows of Counts contain the same values as the events for the fields that a chain of correlations reads from evidence.
func TestCountsContainFieldsOfChains(t *testing.T)            { testChainValues(t, sqltest.DuckDB(t)) }
func TestCountsContainFieldsOfChainsIntegration(t *testing.T) { testChainValues(t, sqltest.Trino(t)) }

func testChainValues(t *testing.T, engine sqltest.Engine) {
	p := layoutOf(t, "cloudtrail/athena")
	docs := copyDocs(t, "data/invictus")
	if err := engine.Load(t.Context(), "planned", sqltest.Columns(p), rowsOf(p, docs)); err != nil {
		t.Fatal(err)
	}
	events := map[string]*value.Doc{}
	for _, doc := range docs {
		var walker value.Walker
		id, _ := p.Schema.AppendEventID(nil, &walker, doc)
		events[string(id)] = doc
	}
	asked := []string{"sourceIPAddress", "requestParameters.instancesSet.items.instanceId"}
	set := rulesText(t, strings.Replace(readsRule, "eventName: GetObject", "eventSource: ec2.amazonaws.com", 1)+
		"---\ntitle: Inner\nname: inner\ncorrelation: {type: event_count, rules: [reads], group-by: [userIdentity.arn], timespan: 1h, condition: {gte: 50}}\n"+
		fmt.Sprintf("---\ntitle: Outer\ncorrelation: {type: event_count, rules: [inner], timespan: 1d, group-by: [%s], condition: {gte: 2}}\n", strings.Join(asked, ", ")))
	planned := plan.Build(set, p, plan.Options{Dialect: sqlgen.DialectByName(engine.Dialect()), Table: "planned"})
	if got := outline(set, planned); got != "counts: Reads, Inner" {
		t.Fatal(got)
	}
	values := 0
	rebuilt(t, engine, planned.Statements[0], plan.Chunk{}, func(text []byte) {
		row := parse(t, string(text))
		id := textsOf(p.Schema.ID[0], row)
		if len(id) != 1 || events[id[0]] == nil {
			t.Fatalf("got a row without a matching event: %s", text)
		}
		for _, name := range asked {
			// The row contains the list at the first of the field's paths.
			got, want := textsOf(p.Schema.Paths(name)[:1], row), textsOf(p.Schema.Paths(name), events[id[0]])
			slices.Sort(got)
			slices.Sort(want)
			if !slices.Equal(got, want) {
				t.Errorf("%s of %s: got %q, want %q", name, id[0], got, want)
			}
			if strings.Contains(name, ".") {
				values += len(want)
			}
		}
	})
	if values == 0 {
		t.Error("no event has a value in the nested field")
	}
}

// Context returns every event in the range whose principal, as a finding names it, is wanted.
func TestContextReturnsEventsOfPrincipals(t *testing.T)            { testContext(t, sqltest.DuckDB(t)) }
func TestContextReturnsEventsOfPrincipalsIntegration(t *testing.T) { testContext(t, sqltest.Trino(t)) }

func testContext(t *testing.T, engine sqltest.Engine) {
	docs := copyDocs(t, "data/invictus")
	from := time.Date(2023, 7, 10, 11, 30, 0, 0, time.UTC)
	to := from.Add(time.Hour)
	for _, layout := range []string{"cloudtrail/athena", "cloudtrail/lake", "cloudtrail/security-lake-v2"} {
		p := layoutOf(t, layout)
		if err := engine.Load(t.Context(), "planned", sqltest.Columns(p), rowsOf(p, docs)); err != nil {
			t.Fatal(err)
		}
		inRange := map[string][]string{} // ids by principal
		for _, doc := range docs {
			who, id := textsOf(p.Schema.Principal, doc), textsOf(p.Schema.ID[0], doc)
			when, ok := value.ParseTime([]byte(textsOf(p.Schema.Time, doc)[0]))
			if ok && len(who) > 0 && !when.UTC().Before(from) && when.UTC().Before(to) {
				inRange[who[0]] = append(inRange[who[0]], id[0])
			}
		}
		if len(inRange) < 5 {
			t.Fatalf("%d principals", len(inRange))
		}
		var names []string
		want := map[string]bool{}
		for _, name := range slices.Sorted(maps.Keys(inRange))[:len(inRange)/2] {
			names = append(names, name)
			for _, id := range inRange[name] {
				want[id] = true
			}
		}
		planned := plan.Build(rulesText(t, readsRule), p, plan.Options{Dialect: sqlgen.DialectByName(engine.Dialect()), Table: "planned"})
		got := map[string]bool{}
		for _, s := range planned.Context(names, from, to) {
			for _, chunk := range s.Chunks(day) {
				rebuilt(t, engine, s, chunk, func(text []byte) {
					doc := parse(t, string(text))
					got[textsOf(p.Schema.ID[0], doc)[0]] = true
					if when, ok := value.ParseTime([]byte(textsOf(p.Schema.Time, doc)[0])); !ok || when.UTC().Before(from) || !when.UTC().Before(to) {
						t.Errorf("%s: got an event outside of the range: %s", layout, text)
					}
					if !slices.ContainsFunc(p.Schema.Principal, func(path value.Path) bool {
						return slices.ContainsFunc(textsOf([]value.Path{path}, doc), func(text string) bool { return slices.Contains(names, text) })
					}) {
						t.Errorf("%s: got an event of another principal: %s", layout, text)
					}
				})
			}
		}
		for id := range want {
			if !got[id] {
				t.Errorf("%s: event %s is missing", layout, id)
			}
		}
		t.Logf("%s: want %d events of %d principals, got %d", layout, len(want), len(names), len(got))
	}
}
