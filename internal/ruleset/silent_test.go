package ruleset

import (
	"slices"
	"strings"
	"testing"
)

// An error in a correlation must not make its base rules report findings. Each row breaks one part of a valid correlation.
func TestRulesOfBrokenCorrelationHaveNoFindings(t *testing.T) {
	valid := strings.Replace(counted, "rules: [base]", "rules: [base, other]", 1)
	files := func(correlation string) map[string]string {
		return map[string]string{
			"base.yml": rule("Base", "name: base\n", "eventName: X"), "other.yml": rule("Other", "name: other\n", "eventName: Y"),
			"free.yml": rule("Free", "name: free\n", "eventName: Z"), "count.yml": correlation,
		}
	}
	set, list := load(t, Options{}, files(valid))
	expect(t, "valid", titles(set), "(Base)", "Free", "(Other)", "Many")
	expect(t, "no diagnostics", codes(list))
	for _, c := range []struct{ name, old, changed string }{
		{"misspelt type", "event_count", "event_cuont"},
		{"another type", "event_count", "rolling_count"},
		{"no type", "    type: event_count\n", ""},
		{"misspelt section", "correlation:", "corelation:"},
		{"section in upper case", "correlation:", "Correlation:"},
		{"keys beside the section", "    ", ""},
		{"invalid timespan", "5m", "5 minutes"},
		{"no timespan", "    timespan: 5m\n", ""},
		{"misspelt operator", "gte: 3", "gtee: 3"},
		{"bound that is not a number", "gte: 3", "gte: many"},
		{"no condition", "    condition: {gte: 3}\n", ""},
		{"misspelt rules", "rules:", "rule:"},
		{"duplicate key", "timespan: 5m", "timespan: 5m\n    timespan: 6m"},
		{"unknown rule", "other]", "other, missing]"},
		{"missing brace", "{gte: 3}", "{gte: 3"},
		{"tab as indentation", "    type", "\ttype"},
		{"invalid block list", "rules: [base, other]", "rules:\n      - base\n      - 'other' # the second\n    generate: [\n"},
		{"control character", "Many", "Ma\x01ny"},
		{"unfinished list of rules", "[base, other]", "[base, other"},
		{"condition over rules", "rules: [base, other]\n    group-by: [userIdentity.arn]\n    timespan: 5m\n    condition: {gte: 3}",
			"timespan: 5m\n    condition: base and not other"},
	} {
		broken := strings.ReplaceAll(valid, c.old, c.changed)
		if broken == valid {
			t.Fatalf("%s: the replacement changed nothing", c.name)
		}
		set, list := load(t, Options{}, files(broken))
		expect(t, c.name, titles(set), "Free")
		if !list.HasErrors() || !slices.Contains(codes(list), "silent-base-rules") {
			t.Errorf("%s: got diagnostics %v, want errors and silent-base-rules", c.name, codes(list))
		}
		for _, s := range set.Skipped {
			if s.Title != "Many" && (s.Reason != BaseOnly || s.Detail == "") {
				t.Errorf("%s: got %+v, want reason base-only with a detail", c.name, s)
			}
		}
	}
}

func TestRulesOfBrokenCorrelationWithGenerateReport(t *testing.T) {
	for _, generate := range []string{"generate: true\ncorrelation:\n", "correlation:\n    generate: true\n"} {
		broken := strings.Replace(counted, "correlation:\n", generate, 1)
		broken = strings.Replace(broken, "event_count", "event_cuont", 1)
		set, list := load(t, Options{}, map[string]string{"base.yml": rule("Base", "name: base\n", "eventName: X"), "count.yml": broken})
		expect(t, "active", titles(set), "Base")
		expect(t, "diagnostics", codes(list), "unknown-correlation-type")
	}
}

func TestRulesOfBrokenCorrelationCountForOthers(t *testing.T) {
	set, list := load(t, Options{}, map[string]string{
		"base.yml": rule("Base", "name: base\n", "eventName: X"), "count.yml": counted,
		"broken.yml": strings.Replace(counted, "event_count", "event_cuont", 1),
	})
	expect(t, "active", titles(set), "(Base)", "Many")
	expect(t, "diagnostics", codes(list), "unknown-correlation-type")
}

// A correlation that only a broken correlation counts has no findings, and neither do its rules.
func TestChainBelowBrokenCorrelationHasNoFindings(t *testing.T) {
	chain := strings.Replace(strings.Replace(counted, "Many", "Chain", 1), "base", "many", 1)
	set, _ := load(t, Options{}, map[string]string{
		"base.yml": rule("Base", "name: base\n", "eventName: X"), "count.yml": "name: many\n" + counted,
		"chain.yml": strings.Replace(chain, "event_count", "event_cuont", 1),
	})
	expect(t, "active", titles(set))
	expect(t, "skipped", skipped(set), "Base: base-only", "Many: base-only")
}

func TestRulesOfCycleHaveNoFindings(t *testing.T) {
	a := "name: a\n" + strings.Replace(strings.Replace(counted, "Many", "A", 1), "[base]", "[base, b]", 1)
	b := "name: b\n" + strings.Replace(strings.Replace(counted, "Many", "B", 1), "[base]", "[a]", 1)
	set, list := load(t, Options{}, map[string]string{"base.yml": rule("Base", "name: base\n", "eventName: X"), "a.yml": a, "b.yml": b})
	expect(t, "active", titles(set))
	if !slices.Contains(codes(list), "silent-base-rules") {
		t.Errorf("got diagnostics %v, want silent-base-rules", codes(list))
	}
}
