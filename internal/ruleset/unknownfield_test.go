package ruleset_test

import (
	"fmt"
	"os"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/egret-hunt/egret/internal/rulepack"
	"github.com/egret-hunt/egret/internal/ruleset"
	"github.com/egret-hunt/egret/internal/testkit"
)

// Public rules use only documented fields, except for one rule: CloudTrail has no field status.
func TestPublicRulesUseKnownFields(t *testing.T) {
	set, _, err := ruleset.Load(t.Context(), []ruleset.Folder{
		{Name: "starter", FS: rulepack.FS()}, {Name: "sigmahq", FS: os.DirFS(testkit.Shared(t, "data/sigmahq/rules/cloud/aws"))},
	}, ruleset.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range ruleset.UnknownFields(set, nil, nil, 0) {
		if !strings.Contains(d.Message, `"status"`) {
			t.Error(d.Message)
		}
	}
}

// With a limit of five, UnknownFields reports five of a thousand fields and counts the others.
func TestUnknownFieldsLimitsDiagnostics(t *testing.T) {
	var rules strings.Builder
	for i := range 1000 {
		fmt.Fprintf(&rules, "---\ntitle: R%d\nlogsource: {product: aws, service: cloudtrail}\ndetection:\n  a: {colour%d: x, EventName: y}\n  condition: a\n", i, i)
	}
	text := strings.TrimPrefix(rules.String(), "---\n")
	set, _, err := ruleset.Load(t.Context(), []ruleset.Folder{{FS: fstest.MapFS{"r.yml": {Data: []byte(text)}}}}, ruleset.Options{})
	if err != nil {
		t.Fatal(err)
	}
	list := ruleset.UnknownFields(set, nil, nil, 5)
	if len(list) != 5 || !strings.Contains(list[1].Message, `"EventName" (1000 rules)`) || list[1].Help != "the nearest is eventName" ||
		!strings.Contains(list[4].Message, "996 more fields") {
		t.Errorf("got %d diagnostics: %v", len(list), list)
	}
	if all := ruleset.UnknownFields(set, nil, func(info *ruleset.Info) bool { return info.Title == "R7" }, 0); len(all) != 2 {
		t.Errorf("for one rule: got %v, want 2 diagnostics", all)
	}
}
