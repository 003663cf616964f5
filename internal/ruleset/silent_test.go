package ruleset

import (
	"slices"
	"strings"
	"testing"
)

// A rule was written to count for its correlation; an error there must not turn it into a rule that reports. Each row
// changes one piece of a correlation that is fine into one that is not.
func TestRulesOfACorrelationThatCannotRunStaySilent(t *testing.T) {
	sound := strings.Replace(counted, "rules: [base]", "rules: [base, other]", 1)
	files := func(correlation string) map[string]string {
		return map[string]string{
			"base.yml": rule("Base", "name: base\n", "eventName: X"), "other.yml": rule("Other", "name: other\n", "eventName: Y"),
			"free.yml": rule("Free", "name: free\n", "eventName: Z"), "count.yml": correlation,
		}
	}
	set, list := load(t, Options{}, files(sound))
	expect(t, "sound", titles(set), "(Base)", "Free", "(Other)", "Many")
	expect(t, "nothing to tell", codes(list))
	for _, c := range []struct{ name, old, changed string }{
		{"misspelt type", "event_count", "event_cuont"},
		{"another type", "event_count", "rolling_count"},
		{"no type", "    type: event_count\n", ""},
		{"misspelt section", "correlation:", "corelation:"},
		{"section in other case", "correlation:", "Correlation:"},
		{"keys beside the section", "    ", ""},
		{"invalid timespan", "5m", "5 minutes"},
		{"no timespan", "    timespan: 5m\n", ""},
		{"misspelt operator", "gte: 3", "gtee: 3"},
		{"bound that is no number", "gte: 3", "gte: many"},
		{"no condition", "    condition: {gte: 3}\n", ""},
		{"misspelt rules", "rules:", "rule:"},
		{"key twice", "timespan: 5m", "timespan: 5m\n    timespan: 6m"},
		{"a rule that is not there", "other]", "other, missing]"},
		{"brace not closed", "{gte: 3}", "{gte: 3"},
		{"tab as indentation", "    type", "\ttype"},
		{"list in lines, not valid", "rules: [base, other]", "rules:\n      - base\n      - 'other' # the second\n    generate: [\n"},
		{"control character", "Many", "Ma\x01ny"},
		{"unfinished list of rules", "[base, other]", "[base, other"},
		{"condition over rules", "rules: [base, other]\n    group-by: [userIdentity.arn]\n    timespan: 5m\n    condition: {gte: 3}",
			"timespan: 5m\n    condition: base and not other"},
	} {
		broken := strings.ReplaceAll(sound, c.old, c.changed)
		if broken == sound {
			t.Fatalf("%s: nothing changed", c.name)
		}
		set, list := load(t, Options{}, files(broken))
		expect(t, c.name, titles(set), "Free")
		if !list.HasErrors() || !slices.Contains(codes(list), "silent-base-rules") {
			t.Errorf("%s: diagnostics %v", c.name, codes(list))
		}
		for _, s := range set.Skipped {
			if s.Title != "Many" && (s.Reason != BaseOnly || s.Detail == "") {
				t.Errorf("%s: %+v", c.name, s)
			}
		}
	}
}

func TestRulesOfABrokenCorrelationThatGeneratesReport(t *testing.T) {
	for _, generate := range []string{"generate: true\ncorrelation:\n", "correlation:\n    generate: true\n"} {
		broken := strings.Replace(counted, "correlation:\n", generate, 1)
		broken = strings.Replace(broken, "event_count", "event_cuont", 1)
		set, list := load(t, Options{}, map[string]string{"base.yml": rule("Base", "name: base\n", "eventName: X"), "count.yml": broken})
		expect(t, "it says so", titles(set), "Base")
		expect(t, "nothing is silent", codes(list), "unknown-correlation-type")
	}
}

func TestRulesOfABrokenCorrelationStillCountForOthers(t *testing.T) {
	set, list := load(t, Options{}, map[string]string{
		"base.yml": rule("Base", "name: base\n", "eventName: X"), "count.yml": counted,
		"broken.yml": strings.Replace(counted, "event_count", "event_cuont", 1),
	})
	expect(t, "it counts", titles(set), "(Base)", "Many")
	expect(t, "nothing is missed", codes(list), "unknown-correlation-type")
}

// A correlation that only counts for a broken one is silent, and so are the rules below it.
func TestChainsBelowABrokenCorrelationStaySilent(t *testing.T) {
	chain := strings.Replace(strings.Replace(counted, "Many", "Chain", 1), "base", "many", 1)
	set, _ := load(t, Options{}, map[string]string{
		"base.yml": rule("Base", "name: base\n", "eventName: X"), "count.yml": "name: many\n" + counted,
		"chain.yml": strings.Replace(chain, "event_count", "event_cuont", 1),
	})
	expect(t, "nothing runs", titles(set))
	expect(t, "all are named", skipped(set), "Base: base-only", "Many: base-only")
}

func TestRulesOfACircleStaySilent(t *testing.T) {
	a := "name: a\n" + strings.Replace(strings.Replace(counted, "Many", "A", 1), "[base]", "[base, b]", 1)
	b := "name: b\n" + strings.Replace(strings.Replace(counted, "Many", "B", 1), "[base]", "[a]", 1)
	set, list := load(t, Options{}, map[string]string{"base.yml": rule("Base", "name: base\n", "eventName: X"), "a.yml": a, "b.yml": b})
	expect(t, "nothing runs", titles(set))
	if !slices.Contains(codes(list), "silent-base-rules") {
		t.Error(codes(list))
	}
}
