package ruleset

import (
	"slices"
	"testing"
)

// The new set contains a correlation with all rules that it counts directly or indirectly, which have no findings.
func TestOnlyKeepsCountedRules(t *testing.T) {
	files := map[string]string{
		"a.yml": rule("Before", "", "eventName: X"),
		"b.yml": rule("Step", "name: step\n", "eventName: A") + "---\n" +
			"title: Inner\nname: inner\ncorrelation: {type: event_count, rules: [step], group-by: [a], timespan: 1m, condition: {gte: 2}}\n---\n" +
			"title: Outer\ncorrelation: {type: event_count, rules: [inner], group-by: [a], timespan: 1h, condition: {gte: 2}}\n",
		"c.yml": rule("After", "", "eventName: Y"),
	}
	set, list := load(t, Options{}, files)
	if len(list) > 0 {
		t.Fatal(list)
	}
	before := titles(set)
	at := slices.IndexFunc(set.Correlations, func(c *Correlation) bool { return c.Title == "Outer" })
	only := set.Only(nil, set.Correlations[at:at+1])
	expect(t, "the chain", titles(only), "(Step)", "(Inner)", "Outer")
	inner, outer := only.Correlations[0].IR.Bases[0], only.Correlations[1].IR.Bases[0]
	if inner.Correlation || inner.Index != 0 || !outer.Correlation || outer.Index != 0 {
		t.Errorf("got bases %+v and %+v, want rule 0 and correlation 0", inner, outer)
	}
	expect(t, "a rule", titles(set.Only(set.Rules[2:], nil)), "After")
	expect(t, "the set itself", titles(set), before...)
}

// A correlation or rule that is chosen reports even if another chosen correlation counts it, in any order of the choice.
func TestOnlyReportsChosenBases(t *testing.T) {
	set, list := load(t, Options{}, map[string]string{
		"a.yml": rule("Step", "name: step\n", "eventName: A") + "---\n" +
			"title: Inner\nname: inner\ncorrelation: {type: event_count, rules: [step], group-by: [a], timespan: 1m, condition: {gte: 2}, generate: true}\n---\n" +
			"title: Outer\ncorrelation: {type: event_count, rules: [inner], group-by: [a], timespan: 1h, condition: {gte: 2}, generate: true}\n",
	})
	if len(list) > 0 || len(set.Correlations) != 2 {
		t.Fatal(list, titles(set))
	}
	inner, outer := set.Correlations[0], set.Correlations[1]
	expect(t, "both correlations", titles(set.Only(nil, []*Correlation{outer, inner})), "(Step)", "Inner", "Outer")
	expect(t, "the rule too", titles(set.Only(set.Rules, []*Correlation{outer})), "Step", "(Inner)", "Outer")
}

// A filter lists each rule that it applies to once: a second rule with the same id does not run.
func TestFilterIgnoresDuplicates(t *testing.T) {
	const id = "id: 33333333-3333-4333-8333-333333333333\n"
	set, _ := load(t, Options{}, map[string]string{
		"a.yml":      rule("First", id, "eventName: A"),
		"b.yml":      rule("Second", id, "eventName: B"),
		"filter.yml": "title: Ours\nlogsource: {product: aws, service: cloudtrail}\nfilter:\n  rules: any\n  selection: {userName: ci}\n  condition: not selection\n",
	})
	if len(set.Filters) != 1 || len(set.Filters[0].Rules) != 1 {
		t.Errorf("got filters %+v, want one with one rule", set.Filters)
	}
}
