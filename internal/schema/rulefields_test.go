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

// homeless are the fields that rules use and a profile of CloudTrail has no place for, by the prefix of the profile's
// name, with the reason.
var homeless = []struct{ profile, field, reason string }{
	{"cloudtrail/athena", "status", "CloudTrail has no such field"},
	{"cloudtrail/lake", "status", "CloudTrail has no such field"},
	{"cloudtrail/security-lake", "status", "CloudTrail has no such field; the column of that name means another thing"},
	{"cloudtrail/security-lake-v1", "requestParameters", "there may be only its leaves"},
	{"cloudtrail/security-lake-v1", "responseElements", "there may be only its leaves"},
}

func TestFieldsOfRulesHaveAPlace(t *testing.T) {
	fields := map[string]bool{}
	collect := func(_ string, text []byte) {
		decoder := yaml.NewDecoder(bytes.NewReader(text))
		for {
			var rule struct{ Detection map[string]yaml.Node }
			if decoder.Decode(&rule) != nil {
				return
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
	for _, p := range schema.ByName("cloudtrail").Profiles() {
		for _, field := range slices.Sorted(maps.Keys(fields)) {
			missing := len(p.Places(field)) == 0
			i := slices.IndexFunc(homeless, func(h struct{ profile, field, reason string }) bool {
				return h.field == field && strings.HasPrefix(p.FullName(), h.profile)
			})
			if missing && i < 0 {
				t.Errorf("%s has no place for %s", p.FullName(), field)
			}
			if !missing && i >= 0 {
				t.Errorf("%s has a place for %s", p.FullName(), field)
			}
			if i >= 0 {
				used[i] = true
			}
		}
	}
	for i, h := range homeless {
		if !used[i] {
			t.Errorf("no rule uses %s", h.field)
		}
	}
}

// fieldsOf collects the names of fields below a search identifier.
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
