package schema_test

import (
	"strings"
	"testing"

	"github.com/egret-hunt/egret/internal/schema"
)

// TestNamesCountTheirLetterCase asks every profile whose columns have lost the spelling of the log for each documented
// field as the log writes it, and in other letter cases.
func TestNamesCountTheirLetterCase(t *testing.T) {
	asked := 0
	for _, p := range schema.AllProfiles() {
		for _, name := range p.Schema.Names() {
			if len(p.Places(name)) == 0 {
				continue // the table does not hold it
			}
			for _, other := range []string{strings.ToLower(name), strings.ToUpper(name), strings.ToUpper(name[:1]) + name[1:]} {
				if other == name || strings.HasPrefix(p.Places(name)[0].String(), "event ->") {
					continue // inside JSON text the engine compares keys as they are
				}
				asked++
				if places := p.Places(other); len(places) > 0 {
					t.Errorf("%s has %s at %s, although the log writes %s", p.FullName(), other, places[0], name)
				}
				if near, unknown := p.Schema.Unknown(other); !unknown || near != name {
					t.Errorf("%s: %s is unknown: %t, the nearest is %q, expected %s", p.FullName(), other, unknown, near, name)
				}
			}
		}
	}
	if asked < 500 {
		t.Errorf("%d names were asked for", asked)
	}
}

func TestUnknown(t *testing.T) {
	s := schema.ByName("cloudtrail")
	for _, c := range []struct {
		field, near string
		unknown     bool
	}{
		{"eventName", "", false}, {"userIdentity", "", false}, {"userIdentity.sessionContext", "", false},
		{"requestParameters", "", false}, {"requestParameters.anything.at.all", "", false},
		{"additionalEventData.MFAUsed", "", false}, {"userIdentity.sessionContext.webIdFederationData.attributes.sub", "", false},
		{"EventName", "eventName", true}, {"eventNam", "eventName", true}, {"sourceIpAddress", "sourceIPAddress", true},
		{"requestparameters.bucketName", "requestParameters.bucketName", true}, {"userIdentity.Arn", "userIdentity.arn", true},
		{"sessionIssuer.userName", "", true}, {"mfaAuthenticated", "userIdentity.sessionContext.attributes.mfaAuthenticated", true},
		{"colour", "", true}, {"userIdentity.", "", true},
	} {
		if near, unknown := s.Unknown(c.field); near != c.near || unknown != c.unknown {
			t.Errorf("%s: %q, %t, expected %q, %t", c.field, near, unknown, c.near, c.unknown)
		}
	}
	if _, unknown := schema.Generic().Unknown("colour"); unknown {
		t.Error("something is known of any table")
	}
}
