package ruleset_test

import (
	"testing"
	"testing/fstest"

	"github.com/egret-hunt/egret/internal/ruleset"
)

const threatDocument = `threat: key-made
title: Key made for another
why: A key outlives the session of an intruder.
level: high
vendors:
  aws:
    logsource: {product: aws, service: cloudtrail}
    fields: {user: userIdentity.userName}
    detection: {selection: {eventName: CreateAccessKey}, condition: selection}
  other:
    rules: [hand-written, missing]
`

// TestThreatsBelongToTheirRules: a set has the threats of its files, and each rule knows its own.
func TestThreatsBelongToTheirRules(t *testing.T) {
	files := fstest.MapFS{
		"threats/key.yml":   {Data: []byte(threatDocument)},
		"threats/again.yml": {Data: []byte(threatDocument)},
		"hand.yml": {Data: []byte(`title: Written by hand
name: hand-written
logsource: {product: aws, service: cloudtrail}
detection: {selection: {eventName: CreateLoginProfile}, condition: selection}
`)},
		"none.yml": {Data: []byte(`title: Of no threat
logsource: {product: aws, service: cloudtrail}
detection: {selection: {eventName: StopLogging}, condition: selection}
`)},
	}
	set, list, err := ruleset.Load(t.Context(), []ruleset.Folder{{Name: "rules", FS: files}}, ruleset.Options{})
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]string{}
	for _, r := range set.Rules {
		got[r.Title] = ""
		if r.Threat != nil {
			got[r.Title] = r.Threat.ID
		}
	}
	if len(got) != 3 || got["Key made for another (aws)"] != "key-made" || got["Written by hand"] != "key-made" || got["Of no threat"] != "" {
		t.Errorf("got %v", got)
	}
	messages := map[string]int{}
	for _, d := range list {
		messages[d.Code+": "+d.Message]++
	}
	for _, want := range []string{
		`threat-rule: no loaded rule has the id or name "missing", so none reports under "Key made for another"`,
		`threat-rule: the threat "key-made" is already described; this document is skipped`,
	} {
		if messages[want] != 1 {
			t.Errorf("got %v, want %s", messages, want)
		}
	}
	only, _, err := ruleset.Load(t.Context(), []ruleset.Folder{{Name: "rules", FS: files}}, ruleset.Options{Include: []string{"key-made"}})
	if err != nil || len(only.Rules) != 2 || len(only.Threats) != 1 {
		t.Errorf("the id of a threat selects %d rules, want 2", len(only.Rules))
	}
}
