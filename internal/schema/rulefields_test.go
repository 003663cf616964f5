package schema_test

import (
	"bytes"
	"maps"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"

	"github.com/egret-hunt/egret/internal/schema"
	"github.com/egret-hunt/egret/internal/testkit"
)

// withoutPlace lists fields that rules use and that some layouts of CloudTrail do not have, by prefix of the layout's
// name, with the reason.
var withoutPlace = []struct{ layout, field, reason string }{
	{"cloudtrail/athena", "status", "CloudTrail has no such field"},
	{"cloudtrail/lake", "status", "CloudTrail has no such field"},
	{"cloudtrail/security-lake", "status", "CloudTrail has no such field; the column of that name has another meaning"},
	{"cloudtrail/security-lake-v1", "requestParameters", "there may be only its leaves"},
	{"cloudtrail/security-lake-v1", "responseElements", "there may be only its leaves"},
}

func TestFieldsOfRulesHaveAPlace(t *testing.T) {
	fields := map[string]bool{}
	collect := func(_ string, text []byte) {
		decoder := yaml.NewDecoder(bytes.NewReader(text))
		for {
			var rule struct {
				Detection map[string]yaml.Node
				LogSource struct{ Service string }
			}
			if decoder.Decode(&rule) != nil {
				return
			}
			if rule.LogSource.Service != "cloudtrail" {
				continue
			}
			for name, node := range rule.Detection {
				if name != "condition" {
					fieldsOf(fields, &node)
				}
			}
		}
	}
	walkFiles(t, "../rulepack/data", ".yml", collect)
	own := len(fields)
	if own < 100 {
		t.Errorf("only %d fields in the starter pack", own)
	}
	walkFiles(t, testkit.Shared(t, "data", "sigmahq", "rules", "cloud", "aws"), ".yml", collect)
	used := map[int]bool{}
	for _, p := range schema.ByName("cloudtrail").Layouts() {
		if p.Name == "event-history" {
			continue // it has 13 fields
		}
		for _, field := range slices.Sorted(maps.Keys(fields)) {
			missing := len(p.Locations(field)) == 0
			i := slices.IndexFunc(withoutPlace, func(h struct{ layout, field, reason string }) bool {
				return h.field == field && strings.HasPrefix(p.FullName(), h.layout)
			})
			if missing && i < 0 {
				t.Errorf("%s: got no place for %s, want one", p.FullName(), field)
			}
			if !missing && i >= 0 {
				t.Errorf("%s: got a place for %s, want none", p.FullName(), field)
			}
			if i >= 0 {
				used[i] = true
			}
		}
	}
	for i, h := range withoutPlace {
		if !used[i] {
			t.Errorf("no rule uses the listed field %s", h.field)
		}
	}
}

// fieldsOf collects the field names below a search identifier.
func fieldsOf(into map[string]bool, node *yaml.Node) {
	switch node.Kind {
	case yaml.MappingNode:
		for i := 0; i < len(node.Content); i += 2 {
			name, _, _ := strings.Cut(node.Content[i].Value, "|")
			if name != "" {
				into[name] = true
			}
		}
	case yaml.SequenceNode:
		for _, element := range node.Content {
			fieldsOf(into, element)
		}
	}
}
