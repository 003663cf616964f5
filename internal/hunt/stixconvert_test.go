package hunt_test

import (
	"encoding/json"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/egret-hunt/egret/internal/convert/textconvert"
	"github.com/egret-hunt/egret/internal/hunt"
	"github.com/egret-hunt/egret/internal/rulepack"
	"github.com/egret-hunt/egret/internal/ruleset"
	"github.com/egret-hunt/egret/internal/schema"
	"github.com/egret-hunt/egret/internal/stixhunt"
	"github.com/egret-hunt/egret/internal/testkit"
	"github.com/egret-hunt/egret/internal/textgen"
	"github.com/egret-hunt/egret/internal/value"
	"github.com/egret-hunt/egret/stix"
)

// trailRules and flowRules are rules whose patterns take every form of comparison.
const (
	trailRules = `
title: all forms
logsource: {product: aws, service: cloudtrail}
detection:
    names: {eventName|startswith: [create, 'Delete'], eventSource|endswith: .amazonaws.com, readOnly: false}
    agent: {userAgent|contains|cased: 'aws-cli/2._'}
    agents: {userAgent|re: '^aws-cli/\d+'}
    user: {userIdentity.type: [root, IAMUser], userIdentity.accountId: 111122223333}
    failed: {errorCode|exists: true}
    quiet: {errorCode: null}
    region: {awsRegion: us-east-1}
    condition: names and user and not region or (agents or agent) and failed or user and quiet and names
---
title: negated
logsource: {product: aws, service: cloudtrail}
detection:
    some: {eventName: '*ser*'}
    not_iam: {eventSource|contains: iam}
    failed: {errorCode|startswith: [Access, client]}
    condition: some and not 1 of not_* and not failed
---
title: address
logsource: {product: aws, service: cloudtrail}
detection:
    a: {sourceIPAddress|cidr: 198.51.100.0/24}
    b: {sourceIPAddress: [192.0.2.10, 203.0.113.57]}
    condition: a or b
`
	flowRules = `
title: flow
logsource: {product: aws, service: vpcflow}
detection:
    refused: {action: reject}
    port: {dstport: [22, '3389']}
    high: {srcport|gte: 50000, bytes|lt: 6000}
    tcp: {protocol: 6}
    from: {srcaddr|startswith: '10.'}
    condition: refused or port and tcp or high and from
`
)

// sampleTrail writes the CloudTrail events of the starter pack's samples as a file.
func sampleTrail(t *testing.T) string {
	t.Helper()
	seen := map[string]bool{}
	var lines []string
	var add func(raw json.RawMessage)
	add = func(raw json.RawMessage) {
		var list []json.RawMessage
		if json.Unmarshal(raw, &list) == nil {
			for _, one := range list {
				add(one)
			}
			return
		}
		doc, err := new(value.Parser).Parse(raw)
		if err != nil {
			return
		}
		s := schema.Detect(doc, 0)
		if s == nil || s.Name != "cloudtrail" {
			return
		}
		id, ok := s.AppendEventID(nil, &value.Walker{}, doc)
		if ok && !seen[string(id)] {
			seen[string(id)] = true
			lines = append(lines, string(doc.AppendJSON(nil, 0)))
		}
	}
	err := filepath.WalkDir(filepath.Join(testkit.Root(t), "internal", "rulepack", "data"), func(path string, _ fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(path, ".events.json") {
			return err
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		var file map[string]json.RawMessage
		if json.Unmarshal(text, &file) == nil {
			add(file["match"])
			add(file["no_match"])
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "trail.jsonl")
	if err := os.WriteFile(path, []byte(strings.Join(lines, "\n")+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Logf("%d events", len(lines))
	return path
}

// patternsOf converts rules to patterns, by the ids of the rules.
func patternsOf(t *testing.T, folders ...ruleset.Folder) (*ruleset.Set, map[string]string) {
	t.Helper()
	set, list, err := ruleset.Load(t.Context(), folders, ruleset.Options{Open: true})
	if err != nil {
		t.Fatal(err)
	}
	backend, err := textgen.FindTarget("stix").Backend(textgen.Options{})
	if err != nil {
		t.Fatal(err)
	}
	outcome := textconvert.All(set, list, textconvert.Options{Backend: backend, Format: backend.Spec.FormatByName("default")})
	patterns := map[string]string{}
	for _, r := range outcome.Results {
		if r.Query != "" {
			patterns[r.Info.ID] = r.Query
		}
	}
	return set, patterns
}

// idsByRule returns the events of the findings of each rule. Of a pattern it is the indicator.
func idsByRule(t *testing.T, o outcome, name func(rule string) string) map[string]string {
	t.Helper()
	byRule := map[string][]string{}
	for _, line := range o.lines {
		var f struct {
			Rule struct{ ID string }
			IDs  []string `json:"event_ids"`
		}
		if err := json.Unmarshal([]byte(line), &f); err != nil {
			t.Fatal(err)
		}
		byRule[name(f.Rule.ID)] = append(byRule[name(f.Rule.ID)], f.IDs...)
	}
	out := map[string]string{}
	for rule, ids := range byRule {
		slices.Sort(ids)
		out[rule] = strings.Join(slices.Compact(ids), " ")
	}
	return out
}

// TestRulesAsPatterns hunts rules and the patterns that they are converted to. Both find the same events.
func TestRulesAsPatterns(t *testing.T) {
	flows := filepath.Join(t.TempDir(), "flows.log")
	if err := os.WriteFile(flows, []byte(`version account-id interface-id srcaddr dstaddr srcport dstport protocol packets bytes start end action log-status
2 111122223333 eni-1 192.0.2.1 198.51.100.2 40000 22 6 1 60 1772445600 1772445640 ACCEPT OK
2 111122223333 eni-1 192.0.2.1 198.51.100.2 40001 22 17 1 60 1772445660 1772445700 ACCEPT OK
2 111122223333 eni-1 192.0.2.1 198.51.100.2 40002 3389 6 1 60 1772445661 1772445700 ACCEPT OK
2 111122223333 eni-1 10.0.0.5 192.0.2.1 50000 443 6 1 5999 1772445900 1772445910 ACCEPT OK
2 111122223333 eni-1 10.0.0.5 192.0.2.1 50001 443 6 1 6000 1772445900 1772445910 ACCEPT OK
2 111122223333 eni-1 100.0.0.5 192.0.2.1 50002 443 6 1 60 1772445900 1772445910 ACCEPT OK
2 111122223333 eni-1 203.0.113.5 203.0.113.6 53 53 17 1 60 1772446000 1772446010 REJECT OK
2 111122223333 eni-1 - - - - - - - 1772446000 1772446010 - NODATA
`), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		path    string
		folders []ruleset.Folder
		least   int
	}{
		{sampleTrail(t), []ruleset.Folder{{Name: "own", FS: fstest.MapFS{"a.yml": {Data: []byte(trailRules)}}}, {Name: "starter", FS: rulepack.FS()}}, 100},
		{flows, []ruleset.Folder{{Name: "own", FS: fstest.MapFS{"a.yml": {Data: []byte(flowRules)}}}}, 1},
	} {
		set, patterns := patternsOf(t, c.folders...)
		set.Correlations = nil
		for _, rule := range set.Rules {
			rule.Reports = true
		}
		options := hunt.Options{Set: set, Unfolded: true, Source: &hunt.Files{Paths: []string{c.path}}}
		byRule := idsByRule(t, run(t, options), func(rule string) string { return rule })
		var list []*stixhunt.Indicator
		for _, rule := range slices.Sorted(maps.Keys(patterns)) {
			i := stixhunt.Alone(rule, patterns[rule], stix.V21)
			i.ID = rule
			list = append(list, i)
		}
		made, faults := stixhunt.Make(list, stixhunt.Options{Schemas: schema.All()})
		if faults.HasErrors() {
			t.Fatal(faults)
		}
		var err error
		if options.Set, _, err = ruleset.Load(t.Context(), nil, ruleset.Options{Lowered: []*ruleset.Lowered{made.Lowered}}); err != nil {
			t.Fatal(err)
		}
		byPattern := idsByRule(t, run(t, options), func(rule string) string { return made.Indicators[rule].ID })
		hits := 0
		for rule, pattern := range patterns {
			if byRule[rule] != byPattern[rule] {
				t.Errorf("%s\nthe rule finds    %s\nthe pattern finds %s", pattern, byRule[rule], byPattern[rule])
			}
			if byRule[rule] != "" {
				hits++
			}
		}
		t.Logf("%d patterns, %d with findings", len(patterns), hits)
		if hits < c.least {
			t.Errorf("got %d patterns with findings, want %d", hits, c.least)
		}
	}
}
