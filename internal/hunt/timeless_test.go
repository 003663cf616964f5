package hunt_test

import (
	"slices"
	"testing"

	"github.com/egret-hunt/egret/internal/finding"
	"github.com/egret-hunt/egret/internal/hunt"
)

// TestLedgerNamesCorrelationsWithUncountedRecords checks that the ledger names the correlations that cannot count
// records without a time, including those that depend on them.
func TestLedgerNamesCorrelationsWithUncountedRecords(t *testing.T) {
	count := func(name, of, id string) string {
		return "title: " + name + "\nid: 00000000-0000-4000-8000-0000000000" + id + "\nname: " + name + "\ncorrelation:\n  type: event_count\n  rules: [" + of +
			"]\n  timespan: 1h\n  condition: {gte: 2}\n"
	}
	path := write(t, "logs.jsonl", event("e1", "when?", "CreateAccessKey", "alice"), event("e1", "when?", "CreateAccessKey", "alice"),
		event("e2", "", "CreateAccessKey", "alice"), event("e3", "", "GetUser", "alice"), event("e4", "2026-03-10T11:00:00Z", "CreateAccessKey", "alice"))
	o := run(t, hunt.Options{Set: rules(t, base, count("keys", "key_made", "20"), count("bursts", "keys", "22"), count("others", "key_made", "21")), Source: &hunt.Files{Paths: []string{path}}})
	r := o.ledger.Records
	want := []finding.Unseen{
		{RuleID: "00000000-0000-4000-8000-000000000021", Title: "others", Records: 2},
		{RuleID: "00000000-0000-4000-8000-000000000022", Title: "bursts", Records: 2},
	}
	if r.WithoutTime != 3 || !slices.Equal(r.Unseen, want) {
		t.Errorf("got %d without time, unseen %v, want 3 and %v", r.WithoutTime, r.Unseen, want)
	}
}
