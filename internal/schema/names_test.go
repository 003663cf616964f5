package schema_test

import (
	"strings"
	"testing"

	"github.com/egret-hunt/egret/internal/schema"
)

// TestNamesCountTheirLetterCase looks up every documented field in every layout whose columns have lost the log's
// spelling, as the log writes it and in other letter cases.
func TestNamesCountTheirLetterCase(t *testing.T) {
	looked := 0
	for _, p := range schema.AllLayouts() {
		for _, name := range p.Schema.Names() {
			if len(p.Locations(name)) == 0 {
				continue // the table does not have the field
			}
			for _, other := range []string{strings.ToLower(name), strings.ToUpper(name), strings.ToUpper(name[:1]) + name[1:]} {
				if other == name || strings.HasPrefix(p.Locations(name)[0].String(), "event ->") {
					continue // inside JSON text the engine compares keys exactly
				}
				looked++
				if places := p.Locations(other); len(places) > 0 {
					t.Errorf("%s: %s: got place %s, want none, since the log writes %s", p.FullName(), other, places[0], name)
				}
				if near, unknown := p.Schema.Unknown(other); !unknown || near != name {
					t.Errorf("%s: Unknown(%s) = %t with nearest %q, want true with %s", p.FullName(), other, unknown, near, name)
				}
			}
		}
	}
	if looked < 500 {
		t.Errorf("looked up only %d names", looked)
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
			t.Errorf("%s: got %q, %t, want %q, %t", c.field, near, unknown, c.near, c.unknown)
		}
	}
	if _, unknown := schema.Generic().Unknown("colour"); unknown {
		t.Error("got documented fields for the generic schema")
	}
}
