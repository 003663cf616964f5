package ruleset_test

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"testing/fstest"

	"github.com/egret-hunt/egret/internal/ruleset"
	"github.com/egret-hunt/egret/internal/schema"
	"github.com/egret-hunt/egret/internal/value"
)

const valuesSource = `
name: own
title: Own
logsource: {products: [own]}
detect: [{has: [result]}]
roots: [""]
fields:
  status: {at: [result], values: {success: [Succeeded, "True"], "0": [none]}}
time: [time]
id: [[id]]
`

// A value of the log counts as the word of rules besides itself, in every kind of comparison and under negation.
func TestWordsForValues(t *testing.T) {
	s, err := schema.Load([]byte(valuesSource))
	if err != nil {
		t.Fatal(err)
	}
	events := []string{`"Succeeded"`, `true`, `"Success"`, `"Failed"`, `"none"`, `null`}
	for detection, want := range map[string][]int{
		"selection: {status: success}\n  condition: selection":                                             {0, 1, 2},
		"selection: {status: SUCCESS}\n  condition: not selection":                                         {3, 4, 5},
		"selection: {status: [failed, success]}\n  condition: selection":                                   {0, 1, 2, 3},
		"selection: {status|contains: ces}\n  condition: selection":                                        {0, 1, 2},
		"selection: {status|contains|all: [suc, ces]}\n  condition: selection":                             {0, 1, 2},
		"selection: {status|re: ^succ..s$}\n  condition: selection":                                        {0, 1},
		"selection: {status|cased: Success}\n  condition: selection":                                       {2},
		"selection: {status: Succeeded}\n  condition: selection":                                           {0},
		"selection: {status: 0}\n  condition: selection":                                                   {4},
		"selection: {status|lt: 1}\n  condition: selection":                                                {4},
		"selection: {status: null}\n  condition: selection":                                                {5},
		"selection: {status|exists: true}\n  condition: selection":                                         {0, 1, 2, 3, 4},
		"selection: {result: success}\n  condition: selection":                                             {2},
		"selection: {status: success}\n  other: {result: Succeeded}\n  condition: selection and not other": {1, 2},
	} {
		rule := "title: t\nid: 0a1b2c3d-0000-4000-8000-000000000020\nlogsource: {product: own}\ndetection:\n  " + detection + "\n"
		set, list, err := ruleset.Load(context.Background(), []ruleset.Folder{{Name: "r", FS: fstest.MapFS{"a.yml": &fstest.MapFile{Data: []byte(rule)}}}},
			ruleset.Options{Schemas: []*schema.Schema{s}})
		if err != nil || list.HasErrors() {
			t.Fatal(err, list)
		}
		matcher := set.Compile(s).Program.NewMatcher()
		var got []int
		for i, result := range events {
			doc, err := new(value.Parser).Parse(fmt.Appendf(nil, `{"result":%s}`, result))
			if err != nil {
				t.Fatal(err)
			}
			if len(matcher.Match(doc)) > 0 {
				got = append(got, i)
			}
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s: got events %v, want %v", detection, got, want)
		}
	}
}
