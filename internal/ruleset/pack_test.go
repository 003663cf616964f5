package ruleset

import (
	"testing"
	"testing/fstest"

	"github.com/egret-hunt/egret/internal/schema"
)

// Rules of a pack for another log than that of the target are left out, and so are correlations that count them; a log that
// nothing is known of is a fault even there.
func TestRulesOfAPackForOtherLogs(t *testing.T) {
	files := fstest.MapFS{"r.yml": {Data: []byte(`title: Flow
name: flow
logsource: {product: aws, service: vpcflow}
detection: {selection: {dstport: 22}, condition: selection}
---
title: Many
correlation: {type: event_count, rules: [flow], group-by: [srcaddr], timespan: 1m, condition: {gte: 3}}
---
title: Call
logsource: {product: aws, service: cloudtrail}
detection: {selection: {eventName: x}, condition: selection}
---
title: Nothing known
logsource: {product: abacus}
detection: {selection: {a: x}, condition: selection}
`)}}
	for _, test := range []struct {
		pack bool
		want map[string]Reason
	}{
		{true, map[string]Reason{"Flow": OtherLogSource, "Many": OtherLogSource, "Nothing known": UnknownLogSource}},
		{false, map[string]Reason{"Flow": UnknownLogSource, "Many": BaseSkipped, "Nothing known": UnknownLogSource}},
	} {
		set, list, err := Load(t.Context(), []Folder{{FS: files, Pack: test.pack}}, Options{Schemas: []*schema.Schema{schema.ByName("cloudtrail")}})
		if err != nil || list.HasErrors() || len(set.Rules) != 1 || len(set.Skipped) != len(test.want) {
			t.Errorf("pack %t: got %d rules, %+v, %v, %v", test.pack, len(set.Rules), set.Skipped, list, err)
		}
		for _, skipped := range set.Skipped {
			if skipped.Reason != test.want[skipped.Title] {
				t.Errorf("pack %t: %s: got %s, want %s", test.pack, skipped.Title, skipped.Reason, test.want[skipped.Title])
			}
		}
	}
}
