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
	{"cloudtrail/security-lake-v1", "requestParameters", "only its leaves are kept"},
	{"cloudtrail/security-lake-v1", "responseElements", "only its leaves are kept"},
	{"cloudtrail/security-lake-v1", "requestParameters.BucketLoggingStatus.LoggingEnabled", "only its leaves are kept"},
	{"cloudtrail/security-lake-v1", "requestParameters.PutAccessPointPolicyRequest.Policy", "only its leaves are kept"},
	{"cloudtrail/security-lake-v1", "requestParameters.advancedEventSelectors", "only its leaves are kept"},
	{"cloudtrail/security-lake-v1", "requestParameters.bucketPolicy", "only its leaves are kept"},
	{"cloudtrail/security-lake-v1", "requestParameters.environment", "only its leaves are kept"},
	{"cloudtrail/security-lake-v1", "requestParameters.filters", "only its leaves are kept"},
	{"cloudtrail/security-lake-v1", "requestParameters.ipPermissions", "only its leaves are kept"},
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
			for _, place := range p.Locations(field) {
				checkKey(t, p, field, place)
			}
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

// movedAlways are the fields that the published mappings of the three classes of CloudTrail events move to columns of their own
// in every event (github.com/ocsf/examples, mappings/markdown/AWS, v1.0.0-rc.2 and v1.1.0, CloudTrail, read 2026-11), so that the
// map of unmapped fields has no keys for them. A prefix ends in a dot.
var movedAlways = map[string][]string{
	"cloudtrail/security-lake-v": {
		"userIdentity.accountId", "userIdentity.accessKeyId", "userIdentity.userName", "userIdentity.type", "userIdentity.principalId",
		"userIdentity.arn", "userIdentity.sessionContext.attributes.creationDate", "userIdentity.sessionContext.attributes.mfaAuthenticated",
		"userIdentity.sessionContext.sessionIssuer.arn", "userIdentity.invokedBy", "userIdentity.webIdFederationData.federatedProvider",
		"userIdentity.identityProvider", "vpcEndpointId", "requestID", "eventSource", "apiVersion", "eventName", "awsRegion", "userAgent",
		"eventVersion", "eventID", "eventTime", "errorCode", "errorMessage", "eventCategory", "sourceIPAddress", "responseElements.ConsoleLogin",
		// objects are kept as their leaves
		"requestParameters", "responseElements", "additionalEventData", "userIdentity", "resources", "serviceEventDetails",
	},
	"cloudtrail/security-lake-v2": {"eventType", "requestParameters.", "responseElements.", "userIdentity.credentialId", "userIdentity.onBehalfOf."},
}

// checkKey fails for the key of a map that the published mapping cannot fill.
func checkKey(t *testing.T, p *schema.Layout, field string, place schema.Location) {
	t.Helper()
	for _, step := range place.Steps {
		if place.Column != "unmapped" || step.Kind != schema.Key && step.Kind != schema.Joined {
			continue
		}
		for layouts, moved := range movedAlways {
			if !strings.HasPrefix(p.FullName(), layouts) {
				continue
			}
			for _, name := range moved {
				if step.Name == name || strings.HasSuffix(name, ".") && strings.HasPrefix(step.Name, name) {
					t.Errorf("%s: got %s for %s, a key that the mapping never fills", p.FullName(), place, field)
				}
			}
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
