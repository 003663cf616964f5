package report_test

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"github.com/egret-hunt/egret/internal/finding"
	"github.com/egret-hunt/egret/internal/report"
	"github.com/egret-hunt/egret/internal/stixout"
	"github.com/egret-hunt/egret/internal/value"
)

// bundled writes findings in a format and returns the objects by type.
func bundled(t *testing.T, name string, o report.Options, list ...*finding.Finding) map[string][]map[string]any {
	t.Helper()
	format, ok := report.Lookup(name)
	if !ok {
		t.Fatalf("there is no format %s", name)
	}
	var out bytes.Buffer
	w := format.New(&out, o)
	for _, f := range list {
		if err := w.Finding(f); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(&finding.Summary{}, &finding.Ledger{}); err != nil {
		t.Fatal(err)
	}
	var bundle struct{ Objects []map[string]any }
	if err := json.Unmarshal(out.Bytes(), &bundle); err != nil {
		t.Fatalf("%v in %s", err, out.Bytes())
	}
	found := map[string][]map[string]any{}
	for _, object := range bundle.Objects {
		kind, _ := object["type"].(string)
		found[kind] = append(found[kind], object)
	}
	return found
}

func flow(rule string) *finding.Finding {
	at, _ := value.ParseTime([]byte("2026-03-02T10:00:00Z"))
	return &finding.Finding{
		Time: at, First: at, Last: at, Count: 1, EventIDs: []string{"e-1"}, Schema: "vpcflow", Rule: &finding.Rule{ID: rule, Title: "Flow \"x\""},
		Event: []byte(`{"account-id":"111122223333","interface-id":"eni-1","srcaddr":"192.0.2.1","dstaddr":"192.0.2.2","srcport":0,"dstport":22,` +
			`"protocol":6,"packets":1,"bytes":60,"start":1772445600,"end":1772445640,"action":"ACCEPT"}`),
	}
}

// Two rules that match one event give one observation and two sightings.
func TestFindingsBecomeSightings(t *testing.T) {
	indicator := func(id string) (stixout.Indicator, bool) {
		return stixout.Indicator{Language: "stix", ID: "indicator--3b0c2b2e-8d7c-4f0e-9a51-0a7b7e5f1c11", Elsewhere: true}, id == "b"
	}
	for _, format := range []string{"stix", "stix-2.0"} {
		found := bundled(t, format, report.Options{Indicator: indicator}, flow("a"), flow("b"))
		observed, sightings := found["observed-data"], found["sighting"]
		if len(observed) != 1 || len(sightings) != 2 || observed[0]["last_observed"] != "2026-03-02T10:00:40.000Z" {
			t.Fatalf("%s: got %v and %v", format, observed, sightings)
		}
		for _, s := range sightings {
			if refs := s["observed_data_refs"].([]any); len(refs) != 1 || refs[0] != observed[0]["id"] {
				t.Errorf("%s: got %v", format, s)
			}
		}
		if sightings[1]["sighting_of_ref"] != "indicator--3b0c2b2e-8d7c-4f0e-9a51-0a7b7e5f1c11" || len(found["indicator"])+len(found["x-sigma-rule"]) != 1 {
			t.Errorf("%s: got %v", format, found)
		}
	}
	if found := bundled(t, "stix", report.Options{}, flow("a")); found["indicator"][0]["pattern_type"] != "sigma" || len(found["ipv4-addr"]) != 2 {
		t.Errorf("got %v", found)
	}
}

// An event of a log source without a mapping keeps what the finding says of it.
func TestEventsWithoutMappingAreBundled(t *testing.T) {
	f := flow("a")
	f.Schema, f.Event, f.Subject = "okta", []byte(`{"a":1}`), finding.Subject{Principal: "alice", Address: "2001:db8::1", Action: "login"}
	found := bundled(t, "stix", report.Options{}, f)
	if len(found["x-egret-event"]) != 1 || found["ipv6-addr"][0]["value"] != "2001:db8::1" || found["user-account"][0]["user_id"] != "alice" {
		t.Errorf("got %v", found)
	}
	if found := bundled(t, "stix", report.Options{}); len(found["identity"]) != 1 || strings.Contains(found["identity"][0]["id"].(string), " ") {
		t.Errorf("got %v", found)
	}
}
