package threat_test

import (
	"testing"

	"github.com/egret-hunt/egret/internal/threat"
	"github.com/egret-hunt/egret/sigma"
	"github.com/egret-hunt/egret/source"
)

// FuzzParse checks that every text gives trees or faults with positions inside it, and that the trees can be printed and read
// again as rules.
func FuzzParse(f *testing.F) {
	f.Add(spraying)
	f.Add("threat: a\ntitle: t\nwhy: w\ncorrelation: {type: temporal, across: true, steps: [x], timespan: 1h}\nvendors:\n  a: {logsource: {product: aws}, detections: {x: {s: {a: b}, condition: s}}}\n")
	f.Add("threat: a\nvendors: {a: &a {rules: [x], fields: {<<: *a}}}\n")
	f.Add("threat:\n- a\n---\nthreat: b\ncorrelation: []\nvendors: 1\n")
	f.Fuzz(func(t *testing.T, text string) {
		file := source.NewFile("t.yml", text)
		collection, threats, list := threat.Parse(file)
		for _, d := range list {
			if d.Span.File != file || d.Span.Start < 0 || d.Span.Start > d.Span.End || d.Span.End > len(text) {
				t.Fatalf("%s is at %d to %d of %d", d.Code, d.Span.Start, d.Span.End, len(text))
			}
		}
		if len(threats) > 0 && len(collection.Rules) == 0 && len(collection.Correlations) > 0 {
			t.Fatal("a correlation without rules")
		}
		for _, rule := range collection.Rules {
			if rule.ID == "" || rule.Span.File != file {
				continue
			}
			printed, err := sigma.PrintRule(rule)
			if err != nil {
				continue // searches that have no form in YAML, as of rules
			}
			if again, list := sigma.Parse(source.NewFile("p.yml", printed)); list.HasErrors() || len(again.Rules) != 1 {
				t.Fatalf("%v\n%s", list, printed)
			}
		}
	})
}
