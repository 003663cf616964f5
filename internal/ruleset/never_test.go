package ruleset_test

import (
	"context"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/egret-hunt/egret/internal/ruleset"
	"github.com/egret-hunt/egret/internal/schema"
)

const neverSource = `
name: own
title: Own log
logsource: {products: [own]}
detect: [{has: [result]}]
roots: [""]
never:
  - {field: ghost, why: the log has no such field}
  - {field: code, values: [ALLOW, "*deny*"], why: it is a number}
  - {field: name, together: [Add user, Add role], why: it is one name}
  - {field: method, values: ["v*.delete", .remove], why: it is written in another way}
time: [time]
id: [[id]]
`

func TestRulesThatAskForWhatTheLogNeverHas(t *testing.T) {
	s, err := schema.Load([]byte(neverSource))
	if err != nil {
		t.Fatal(err)
	}
	for detection, want := range map[string]string{
		"selection: {ghost: x}\n  condition: selection":                                `has no field "ghost"; the rule matches nothing`,
		"selection: {code: allow}\n  condition: selection":                             `never has "allow" in the field "code"; the rule matches nothing`,
		"selection: {code|contains: x_DENY_y}\n  condition: selection":                 `never has "x_DENY_y" in the field "code"; the rule matches nothing`,
		"selection: {code: [allow, 200]}\n  condition: selection":                      `this part of the rule is never true`,
		"selection: {a: b}\n  f: {ghost: x}\n  condition: selection and not f":         `this part of the rule is never true`,
		"selection: {name|contains|all: [add user, Add role]}\n  condition: selection": `never has "Add user and Add role" in the field "name"; the rule matches nothing`,
		"selection: {name|contains: [Add user, Add role]}\n  condition: selection":     "",
		"selection: {name|contains|all: [Add user, other]}\n  condition: selection":    "",
		"selection: {method: 'v*.delete'}\n  condition: selection":                     `never has "v*.delete" in the field "method"; the rule matches nothing`,
		"selection: {method|endswith: .remove}\n  condition: selection":                `never has ".remove" in the field "method"; the rule matches nothing`,
		"selection: {code: 200}\n  condition: selection":                               "",
		"selection: {Ghost: x}\n  condition: selection":                                "",
		"selection: {other: allow}\n  condition: selection":                            "",
		"selection: {code: allowed}\n  condition: selection":                           "",
	} {
		rule := "title: t\nid: 0a1b2c3d-0000-4000-8000-000000000021\nlogsource: {product: own}\ndetection:\n  " + detection + "\n"
		schemas := []*schema.Schema{s}
		set, list, err := ruleset.Load(context.Background(), []ruleset.Folder{{Name: "r", FS: fstest.MapFS{"a.yml": &fstest.MapFile{Data: []byte(rule)}}}},
			ruleset.Options{Schemas: schemas})
		if err != nil || list.HasErrors() {
			t.Fatal(err, list)
		}
		got := ruleset.NeverMatching(set, schemas, nil, 0)
		switch {
		case want == "" && len(got) > 0:
			t.Errorf("%s: got %v, want nothing", detection, got)
		case want != "" && (len(got) != 1 || !strings.Contains(got[0].Message, want)):
			t.Errorf("%s: got %v, want %q", detection, got, want)
		}
	}
}
