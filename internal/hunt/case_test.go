package hunt

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/egret-hunt/egret/internal/correlate"
	"github.com/egret-hunt/egret/internal/evidence"
	"github.com/egret-hunt/egret/internal/ir"
	"github.com/egret-hunt/egret/internal/match"
	"github.com/egret-hunt/egret/internal/pass"
	"github.com/egret-hunt/egret/internal/ruleset"
	"github.com/egret-hunt/egret/internal/schema"
	"github.com/egret-hunt/egret/internal/testkit"
	"github.com/egret-hunt/egret/internal/value"
)

// TestNativeEnginePassesCases runs the case archive through everything that a hunt does with rules: loading, filters,
// log sources, the matcher, correlations and generate. Each case states what must be found. The events come in the
// order of the file and in reverse.
func TestNativeEnginePassesCases(t *testing.T) {
	for _, c := range testkit.Cases(t) {
		t.Run(c.Topic+"/"+c.Name, func(t *testing.T) {
			set, diagnostics, err := ruleset.Load(t.Context(), []ruleset.Folder{{FS: fstest.MapFS{"rule.yml": {Data: []byte(c.Rule.Text)}}}},
				ruleset.Options{Placeholders: c.Options.Placeholders, Schemas: []*schema.Schema{caseSchema(t, c.Events)}})
			if err != nil {
				t.Fatal(err)
			}
			if c.Refused != "" {
				if len(set.Skipped) == 0 && !diagnostics.HasErrors() {
					t.Errorf("%s\ngot no error, want the rule refused: %s", c.Comment, c.Refused)
				}
				return
			}
			if diagnostics.HasErrors() {
				t.Fatal(diagnostics)
			}
			backwards := slices.Clone(c.Events)
			slices.Reverse(backwards)
			for _, events := range [][]testkit.Delivery{c.Events, backwards} {
				ids, bursts := caseFindings(t, set, events)
				if diff := cmp.Diff(strings.Join(c.WantIDs, "\n"), strings.Join(ids, "\n")); diff != "" {
					t.Errorf("%s\nids (-want +got):\n%s", c.Comment, diff)
				}
				var want []string
				for _, b := range c.WantBursts {
					want = append(want, b.String())
				}
				slices.Sort(want)
				if diff := cmp.Diff(strings.Join(want, "\n"), strings.Join(bursts, "\n")); diff != "" {
					t.Errorf("%s\nbursts (-want +got):\n%s", c.Comment, diff)
				}
			}
		})
	}
}

// caseSchema returns a schema for the events of a case.
func caseSchema(t *testing.T, events []testkit.Delivery) *schema.Schema {
	t.Helper()
	source := events[0].Source
	text := fmt.Sprintf("name: case\ntitle: Case\nlogsource:\n  products: [%q]\n", source.Product)
	if source.Service != "" {
		text += fmt.Sprintf("  services: {%q: []}\n", source.Service)
	}
	if source.Category != "" {
		text += fmt.Sprintf("  categories: {%q: []}\n", source.Category)
	}
	text += "detect: [{has: [id]}]\nroots: [\"\"]\ntime: [time]\nid: [[id]]\nid_separator: /\n"
	s, err := schema.Load([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// casePaths returns the paths of fields in cases, with JSON in the strings that testkit.CaseJSONField names.
func casePaths(field string) []value.Path {
	path := value.Path{Text: field}
	for i := range len(field) {
		if field[i] == '.' && testkit.CaseJSONField(field[:i]) != testkit.PlainText {
			path.Embedded = append(path.Embedded, value.Embedded{Length: i, Encoding: value.URLEncodedJSON})
		}
	}
	return []value.Path{path}
}

// caseFindings returns the ids that reporting rules find and the bursts that reporting correlations find.
func caseFindings(t *testing.T, set *ruleset.Set, events []testkit.Delivery) (ids, bursts []string) {
	t.Helper()
	var queries []ir.Expr
	for _, rule := range set.Rules {
		queries = append(queries, pass.Native(rule.Query.Where, casePaths))
	}
	matcher := match.Compile(queries, nil).NewMatcher()
	store := evidence.NewStore(1<<20, "")
	defer store.Close()
	var correlations []*ir.Correlation
	for _, c := range set.Correlations {
		correlations = append(correlations, c.IR)
	}
	fields := func(doc *value.Doc) *correlate.EventFields {
		return &correlate.EventFields{Doc: doc, Walker: &value.Walker{}, Paths: func(field *ir.Field) []value.Path { return casePaths(field.Name) }}
	}
	engine, err := correlate.New(correlations, correlate.Options{Evidence: store, Fields: func(e evidence.Event) (correlate.Fields, error) {
		var parser value.Parser
		doc, err := parser.Parse(e.Raw)
		return fields(doc), err
	}})
	if err != nil {
		t.Fatal(err)
	}
	defer engine.Close()
	worker, writer := engine.NewWorker(), store.NewWriter()
	names := map[evidence.EventKey]string{}
	for _, e := range events {
		var parser value.Parser
		doc, err := parser.Parse([]byte(e.Text))
		if err != nil {
			t.Fatal(err)
		}
		found := slices.Clone(matcher.Match(doc))
		key := evidence.KeyOf([]byte(e.ID))
		names[key] = e.ID
		ref, err := writer.Put(evidence.Event{ID: []byte(e.ID), Raw: []byte(e.Text)})
		if err != nil {
			t.Fatal(err)
		}
		for _, rule := range found {
			if set.Rules[rule].Reports {
				ids = append(ids, e.ID)
			}
		}
		if err := worker.Add(correlate.Event{Key: key, Time: e.Time.UnixNano(), Ref: ref}, found, fields(doc)); err != nil {
			t.Fatal(err)
		}
	}
	if err := writer.Flush(); err != nil {
		t.Fatal(err)
	}
	list, err := engine.Finish(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, b := range list {
		if c := set.Correlations[b.Correlation]; c.Reports {
			bursts = append(bursts, caseBurst(t, c.IR, b, names).String())
		}
	}
	slices.Sort(ids)
	slices.Sort(bursts)
	return slices.Compact(ids), bursts
}

func caseBurst(t *testing.T, c *ir.Correlation, b *correlate.Burst, names map[evidence.EventKey]string) testkit.Burst {
	t.Helper()
	out := testkit.Burst{Group: map[string]string{}, First: time.Unix(0, b.First), Last: time.Unix(0, b.Last), Count: b.Count}
	for i, name := range c.GroupBy {
		out.Group[name] = b.Group[i]
	}
	for e, err := range b.Events() {
		if err != nil {
			t.Fatal(err)
		}
		out.IDs = append(out.IDs, names[e.Key])
	}
	return out
}
