package ruleset

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/egret-hunt/egret/diag"
	"github.com/egret-hunt/egret/internal/ir"
	"github.com/egret-hunt/egret/internal/schema"
	"github.com/egret-hunt/egret/internal/value"
)

// rule returns the text of a rule with a title, further lines, and one selection.
func rule(title, lines, selection string) string {
	return fmt.Sprintf("title: %s\n%slogsource:\n    product: aws\n    service: cloudtrail\ndetection:\n    selection:\n        %s\n    condition: selection\n",
		title, lines, selection)
}

func load(t *testing.T, opt Options, files map[string]string) (*Set, diag.List) {
	t.Helper()
	fsys := fstest.MapFS{}
	for name, text := range files {
		fsys[name] = &fstest.MapFile{Data: []byte(text)}
	}
	set, list, err := Load(context.Background(), []Folder{{Name: "rules", FS: fsys}}, opt)
	if err != nil {
		t.Fatal(err)
	}
	return set, list
}

// titles returns the titles of active rules and correlations, in parentheses if they have no findings.
func titles(set *Set) []string {
	var out []string
	add := func(info *Info) {
		if info.Reports {
			out = append(out, info.Title)
		} else {
			out = append(out, "("+info.Title+")")
		}
	}
	for _, r := range set.Rules {
		add(&r.Info)
	}
	for _, c := range set.Correlations {
		add(&c.Info)
	}
	return out
}

func skipped(set *Set) []string {
	var out []string
	for _, s := range set.Skipped {
		out = append(out, s.Title+": "+string(s.Reason))
	}
	return out
}

func codes(list diag.List) []string {
	var out []string
	for _, d := range list {
		out = append(out, d.Code)
	}
	slices.Sort(out)
	return slices.Compact(out)
}

func expect(t *testing.T, what string, got []string, want ...string) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("%s: got %q, want %q", what, got, want)
	}
}

const counted = `title: Many
correlation:
    type: event_count
    rules: [base]
    group-by: [userIdentity.arn]
    timespan: 5m
    condition: {gte: 3}
`

func TestOptionsExcludeRulesWithReason(t *testing.T) {
	files := map[string]string{
		"a.yml": rule("A", "id: 11111111-1111-4111-8111-111111111111\nlevel: high\ntags: [attack.t1078.004, attack.initial-access]\n", "eventName: A"),
		"b.yml": rule("B", "name: bee\nstatus: deprecated\n", "eventName: B"),
		"c.yml": rule("C", "status: unsupported\nlevel: low\n", "eventName: C"),
		"d.yml": rule("D", "level: low\n", "eventName: D"),
		"e.yml": rule("E", "", "eventName|expand: '%names%'"),
		"f.yml": strings.Replace(rule("F", "", "eventName: F"), "aws", "plan9", 1),
	}
	always := []string{"E: unresolved-placeholder", "F: unknown-log-source"}
	for _, c := range []struct {
		name            string
		opt             Options
		active, skipped []string
	}{
		{"nothing chosen", Options{}, []string{"A", "D"}, append([]string{"B: status-deprecated", "C: status-unsupported"}, always...)},
		{"statuses", Options{Statuses: []string{"deprecated", "unsupported"}}, []string{"A", "B", "C", "D"}, always},
		{"level", Options{MinLevel: "medium"}, []string{"A"}, append([]string{"B: status-deprecated", "C: status-unsupported", "D: below-level"}, always...)},
		{"level changed", Options{MinLevel: "medium", Levels: map[string]string{"11111111-1111-4111-8111-111111111111": "low"}}, nil,
			append([]string{"A: below-level", "B: status-deprecated", "C: status-unsupported", "D: below-level"}, always...)},
		{"include tag", Options{Include: []string{"T1078.004"}}, []string{"A"}, append([]string{"B: status-deprecated", "C: status-unsupported", "D: not-included"}, always...)},
		{"exclude", Options{Exclude: []string{"attack.initial-access"}}, []string{"D"}, append([]string{"A: excluded", "B: status-deprecated", "C: status-unsupported"}, always...)},
		{"disabled", Options{Disabled: []string{"11111111-1111-4111-8111-111111111111"}}, []string{"D"}, append([]string{"A: disabled", "B: status-deprecated", "C: status-unsupported"}, always...)},
		{"placeholder", Options{Placeholders: map[string][]string{"names": {"X"}}}, []string{"A", "D", "E"}, []string{"B: status-deprecated", "C: status-unsupported", always[1]}},
	} {
		t.Run(c.name, func(t *testing.T) {
			set, _ := load(t, c.opt, files)
			expect(t, "active", titles(set), c.active...)
			expect(t, "skipped", skipped(set), c.skipped...)
			if set.Files != len(files) {
				t.Errorf("got %d files, want %d", set.Files, len(files))
			}
		})
	}
}

func TestLevelsIgnoreCaseOfIDs(t *testing.T) {
	files := map[string]string{"a.yml": rule("A", "id: ABCDEF01-1111-4111-8111-111111111111\nlevel: low\n", "eventName: A")}
	for _, id := range []string{"abcdef01-1111-4111-8111-111111111111", "ABCDEF01-1111-4111-8111-111111111111"} {
		set, _ := load(t, Options{MinLevel: "high", Levels: map[string]string{id: "high"}}, files)
		expect(t, id, titles(set), "A")
	}
}

func TestBaseRulesReportOnlyWithGenerate(t *testing.T) {
	base := rule("Base", "name: base\nlevel: low\n", "eventName: X")
	set, _ := load(t, Options{}, map[string]string{"base.yml": base, "count.yml": counted})
	expect(t, "active", titles(set), "(Base)", "Many")
	set, _ = load(t, Options{}, map[string]string{"base.yml": base, "count.yml": strings.Replace(counted, "    type", "    generate: true\n    type", 1)})
	expect(t, "generate", titles(set), "Base", "Many")
	set, _ = load(t, Options{MinLevel: "medium"}, map[string]string{"base.yml": base, "count.yml": counted})
	expect(t, "a base below the level still counts", titles(set), "(Base)", "Many")
	set, _ = load(t, Options{Exclude: []string{"base"}}, map[string]string{"base.yml": base, "count.yml": counted})
	expect(t, "an excluded base still counts", titles(set), "(Base)", "Many")
	expect(t, "nothing is skipped that runs", skipped(set))
}

func TestCorrelationsAreLinkedToRules(t *testing.T) {
	base := rule("Base", "name: base\n", "eventName: X")
	chain := "title: Chain\nname: chain\ncorrelation:\n    type: event_count\n    rules: [many]\n    timespan: 1h\n    group-by: [userIdentity.arn]\n    condition: {gte: 2}\n"
	set, list := load(t, Options{}, map[string]string{"a.yml": chain, "base.yml": base, "count.yml": "name: many\n" + counted})
	expect(t, "chain after what it names", titles(set), "(Base)", "(Many)", "Chain")
	if list.HasErrors() {
		t.Error(list)
	}
	set, list = load(t, Options{}, map[string]string{"count.yml": counted})
	expect(t, "unknown rule", skipped(set), "Many: invalid")
	expect(t, "unknown rule", codes(list), "unknown-rule")
	if set.Failed != 1 {
		t.Errorf("%d failed", set.Failed)
	}
	cycle := strings.Replace(strings.Replace(chain, "Chain", "Loop", 1), "many", "chain", 1)
	set, list = load(t, Options{}, map[string]string{"a.yml": cycle})
	expect(t, "cycle", skipped(set), "Loop: invalid")
	expect(t, "cycle", codes(list), "correlation-cycle")
	skippedBase := strings.Replace(base, "aws", "plan9", 1)
	set, _ = load(t, Options{}, map[string]string{"base.yml": skippedBase, "count.yml": counted})
	expect(t, "base that cannot run", skipped(set), "Base: unknown-log-source", "Many: base-skipped")
}

// A base rule is skipped if no correlation that counts it runs.
func TestBaseOfSkippedCorrelationsIsSkipped(t *testing.T) {
	chain := strings.Replace(strings.Replace(counted, "Many", "Chain", 1), "base", "many", 1)
	files := map[string]string{"base.yml": rule("Base", "name: base\n", "eventName: X"), "count.yml": "name: many\nstatus: deprecated\n" + counted}
	set, _ := load(t, Options{}, files)
	expect(t, "active", titles(set))
	expect(t, "skipped", skipped(set), "Base: base-only", "Many: status-deprecated")
	files["chain.yml"] = chain
	set, _ = load(t, Options{}, files)
	expect(t, "a chain runs it", titles(set), "(Base)", "(Many)", "Chain")
	files["chain.yml"], files["count.yml"] = "status: deprecated\n"+chain, "name: many\n"+counted
	set, _ = load(t, Options{}, files)
	expect(t, "with the end of the chain skipped", titles(set))
	expect(t, "its bases are skipped", skipped(set), "Base: base-only", "Chain: status-deprecated", "Many: base-only")
}

func TestCorrelationBeyondLimitsIsSkipped(t *testing.T) {
	files := map[string]string{
		"base.yml": rule("Base", "name: base\n", "eventName: X"), "count.yml": "name: many\n" + counted,
		"more.yml":  strings.Replace(counted, "Many", "More", 1),
		"chain.yml": strings.Replace(strings.Replace(counted, "Many", "Chain", 1), "base", "many", 1),
	}
	set, list := load(t, Options{CheckCorrelation: func(c *ir.Correlation) error {
		if c.Title == "Many" {
			return errors.New("too many")
		}
		return nil
	}}, files)
	expect(t, "other rules run", titles(set), "(Base)", "More")
	expect(t, "skipped", skipped(set), "Chain: base-skipped", "Many: invalid")
	expect(t, "diagnostics", codes(list), "correlation-limits")
	if set.Failed != 1 {
		t.Errorf("%d failed", set.Failed)
	}
}

func TestOldAggregationIsDisabledWithRule(t *testing.T) {
	old := strings.Replace(rule("Old", "id: 22222222-2222-4222-8222-222222222222\nlevel: high\n", "eventName: X"),
		"condition: selection", "timeframe: 5m\n    condition: selection | count() by userIdentity.arn > 3", 1)
	set, _ := load(t, Options{}, map[string]string{"old.yml": old})
	expect(t, "active", titles(set), "(Old)", "Old")
	set, _ = load(t, Options{Disabled: []string{"22222222-2222-4222-8222-222222222222"}}, map[string]string{"old.yml": old})
	expect(t, "disabled", titles(set))
	expect(t, "disabled", skipped(set), "Old: disabled")
}

func TestFirstRuleWithIDIsUsed(t *testing.T) {
	id := "id: 33333333-3333-4333-8333-333333333333\n"
	set, list := load(t, Options{}, map[string]string{"a.yml": rule("First", id, "eventName: X"), "b.yml": rule("Second", id, "eventName: Y")})
	expect(t, "active", titles(set), "First")
	expect(t, "skipped", skipped(set), "Second: duplicate-id")
	expect(t, "diagnostics", codes(list), "duplicate-id")
	if list.HasErrors() {
		t.Error("a duplicate is reported as an error, want a warning")
	}
}

func TestDerivedIDDoesNotDependOnFolder(t *testing.T) {
	a, _ := load(t, Options{}, map[string]string{"x/a.yml": rule("A", "", "eventName: X")})
	fsys := fstest.MapFS{"x/a.yml": {Data: []byte(rule("A", "", "eventName: Y"))}}
	b, _, err := Load(context.Background(), []Folder{{Name: "/elsewhere", FS: fsys}}, Options{})
	if err != nil {
		t.Fatal(err)
	}
	if a.Rules[0].ID != b.Rules[0].ID || len(a.Rules[0].ID) != 36 || a.Rules[0].ID[14] != '5' {
		t.Errorf("got ids %s and %s, want equal UUIDs of version 5", a.Rules[0].ID, b.Rules[0].ID)
	}
	if a.Rules[0].Level != "medium" {
		t.Errorf("got level %s, want medium", a.Rules[0].Level)
	}
}

func TestFilterAppliesToRulesOfItsLogSource(t *testing.T) {
	filter := "title: F\nlogsource:\n    product: aws\nfilter:\n    rules: %s\n    selection:\n        userIdentity.arn: ci\n    condition: not selection\n"
	files := map[string]string{"a.yml": rule("A", "name: a\n", "eventName: X"), "f.yml": fmt.Sprintf(filter, "any")}
	for _, c := range []struct{ rules, arn string }{{"any", "ci"}, {"[a]", "ci"}, {"any", "admin"}} {
		files["f.yml"] = fmt.Sprintf(filter, c.rules)
		set, list := load(t, Options{}, files)
		if list.HasErrors() {
			t.Fatal(list)
		}
		compiled := set.Compile(schema.ByName("cloudtrail"))
		var parser value.Parser
		doc, err := parser.Parse([]byte(`{"eventName":"X","userIdentity":{"arn":"` + c.arn + `"}}`))
		if err != nil {
			t.Fatal(err)
		}
		if got := len(compiled.Program.NewMatcher().Match(doc)) == 1; got != (c.arn != "ci") {
			t.Errorf("filter on %s, event of %s: got match %v", c.rules, c.arn, got)
		}
		if len(set.Filters) != 1 || !slices.Equal(set.Filters[0].Rules, []string{set.Rules[0].ID}) {
			t.Errorf("filters %v", set.Filters)
		}
	}
	files["f.yml"] = strings.Replace(fmt.Sprintf(filter, "any"), "aws", "windows", 1)
	set, list := load(t, Options{}, files)
	expect(t, "filter of another log source", codes(list), "filter-without-effect")
	if len(set.Filters) != 0 {
		t.Errorf("filters %v", set.Filters)
	}
}

func TestLoadReadsLevelAndTags(t *testing.T) {
	set, _ := load(t, Options{}, map[string]string{"a.yml": rule("A", "level: High\ntags: [attack.t1078.004, attack.initial-access, attack.privilege_escalation, attack.g0016, cve.2021-44228]\n", "eventName: X")})
	info := set.Rules[0].Info
	if info.Level != "high" || !slices.Equal(info.Attack, []string{"T1078.004"}) || !slices.Equal(info.Tactics, []string{"initial-access", "privilege-escalation"}) {
		t.Errorf("got level %s, techniques %v, tactics %v", info.Level, info.Attack, info.Tactics)
	}
}

func TestRulesWithSameTitleHaveDifferentIDs(t *testing.T) {
	text := rule("Same", "", "eventName: X") + "---\n" + rule("Same", "", "eventName: Y")
	set, list := load(t, Options{}, map[string]string{"a.yml": text})
	expect(t, "active", titles(set), "Same", "Same")
	if len(list) > 0 || set.Rules[0].ID == set.Rules[1].ID {
		t.Errorf("got ids %s and %s, want different ones: %v", set.Rules[0].ID, set.Rules[1].ID, list)
	}
}
