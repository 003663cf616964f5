package ruleset

import "testing"

// The fingerprint depends on the rules that run and how they run, and on nothing else.
func TestFingerprintChangesWithRunningRules(t *testing.T) {
	const id = "0a1b2c3d-0000-4000-8000-000000000001"
	one := rule("One", "id: "+id+"\nlevel: low\n", "eventName: A")
	two := rule("Two", "id: 0a1b2c3d-0000-4000-8000-000000000002\nlevel: high\n", "eventName: B")
	open := rule("Open", "id: 0a1b2c3d-0000-4000-8000-000000000003\n", "eventName|expand: '%names%'")
	filter := "title: Not us\nlogsource: {product: aws, service: cloudtrail}\nfilter:\n  rules: [" + id +
		"]\n  selection: {sourceIPAddress: 192.0.2.1}\n  condition: not selection\n"
	fingerprint := func(opt Options, files map[string]string) string {
		set, _ := load(t, opt, files)
		return set.Fingerprint()
	}
	base := map[string]string{"a.yml": one, "b.yml": two}
	want := fingerprint(Options{}, base)
	for name, got := range map[string]string{
		"other file names":                      fingerprint(Options{}, map[string]string{"z/a.yml": two, "z/b.yml": one}),
		"a rule that does not run":              fingerprint(Options{}, map[string]string{"a.yml": one, "b.yml": two, "c.yml": open}),
		"an unchanged level":                    fingerprint(Options{Levels: map[string]string{id: "low"}}, base),
		"a minimum level that excludes nothing": fingerprint(Options{MinLevel: "low"}, base),
	} {
		if got != want {
			t.Errorf("%s: the fingerprint changed", name)
		}
	}
	seen := map[string]string{want: "all"}
	for name, got := range map[string]string{
		"--min-level":         fingerprint(Options{MinLevel: "high"}, base),
		"--exclude":           fingerprint(Options{Exclude: []string{"0a1b2c3d-0000-4000-8000-000000000002"}}, base),
		"another level":       fingerprint(Options{Levels: map[string]string{id: "critical"}}, base),
		"a filter":            fingerprint(Options{}, map[string]string{"a.yml": one, "b.yml": two, "f.yml": filter}),
		"another text":        fingerprint(Options{}, map[string]string{"a.yml": one + "# seen\n", "b.yml": rule("Two", "level: high\n", "eventName: C")}),
		"one placeholder":     fingerprint(Options{Placeholders: map[string][]string{"names": {"A"}}}, map[string]string{"a.yml": one, "b.yml": two, "c.yml": open}),
		"another placeholder": fingerprint(Options{Placeholders: map[string][]string{"names": {"B"}}}, map[string]string{"a.yml": one, "b.yml": two, "c.yml": open}),
	} {
		if other, ok := seen[got]; ok {
			t.Errorf("%s has the same fingerprint as %s", name, other)
		}
		seen[got] = name
	}
	if got := fingerprint(Options{MinLevel: "critical"}, base); got != "" {
		t.Errorf("without running rules: got fingerprint %q, want none", got)
	}
}

// T1078 includes its sub-technique attack.t1078.004. T107 does not include T1078.
func TestTechniqueIncludesSubTechniques(t *testing.T) {
	files := map[string]string{
		"a.yml": rule("Sub", "tags: [attack.t1078.004, attack.initial-access]\n", "eventName: A"),
		"b.yml": rule("Whole", "tags: [attack.T1078]\n", "eventName: B"),
		"c.yml": rule("Other", "tags: [attack.t1079.001, attack.t10780]\n", "eventName: C"),
	}
	for choice, want := range map[string][]string{
		"T1078": {"Sub", "Whole"}, "attack.t1078": {"Sub", "Whole"}, "t1078.004": {"Sub"}, "T1078.001": nil, "T107": nil,
		"T1079": {"Other"}, "initial_access": {"Sub"}, "attack": nil,
	} {
		set, _ := load(t, Options{Include: []string{choice}}, files)
		expect(t, "--include "+choice, titles(set), want...)
		set, _ = load(t, Options{Exclude: []string{choice}}, files)
		if len(set.Rules) != len(files)-len(want) {
			t.Errorf("--exclude %s: got rules %q", choice, titles(set))
		}
	}
}
