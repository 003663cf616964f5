package ruleset

import (
	"slices"
	"testing"
)

// TestOnly takes a chain of correlations out of a set: what it counts comes along, in a set of its own, and is silent.
func TestOnly(t *testing.T) {
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
		t.Errorf("bases %+v and %+v", inner, outer)
	}
	expect(t, "a rule", titles(set.Only(set.Rules[2:], nil)), "After")
	expect(t, "the set itself", titles(set), before...)
}
