package report_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/egret-hunt/egret/internal/finding"
	"github.com/egret-hunt/egret/internal/report"
	"github.com/egret-hunt/egret/internal/tally"
	"github.com/egret-hunt/egret/internal/value"
)

// hostileText has what must not reach a terminal or a spreadsheet, and is long.
var hostileText = "=cmd\x1b[2J\u202e\u009b\r\n" + strings.Repeat("x", 1<<17)

// hostileEvent returns an event all of whose texts are hostile.
func hostileEvent(n int) *finding.Finding {
	text := fmt.Sprint(hostileText, n)
	return &finding.Finding{
		Time: value.Time{Nanos: int64(n)}, First: value.Time{Nanos: int64(n)}, Last: value.Time{Nanos: int64(n)}, Count: 1,
		Rule: &finding.Rule{ID: "search", Title: "search"}, Schema: "cloudtrail", EventIDs: []string{text},
		Subject: finding.Subject{Account: text, Region: text, Principal: text, Session: text, Address: text, Action: text, Service: text, Error: text},
		Facts: finding.Facts{
			Examined: 1, Outcomes: finding.Outcomes{Counts: [4]int{finding.Refused: 1}, Errors: []finding.ErrorCount{{Code: text, Outcome: finding.Refused, Count: 1}}},
			Agents: []string{text}, Targets: []finding.Target{{Type: text, Name: text, Count: 1}}, Notable: []finding.Fact{{Name: text, Value: text, Count: 1}},
		},
		Event: []byte(`{}`),
	}
}

// harmless fails for characters that act on a terminal.
func harmless(t *testing.T, name, out string) {
	t.Helper()
	for _, r := range "\x1b\u202e\u009b\r" {
		if strings.ContainsRune(out, r) {
			t.Errorf("%s: the output has %U", name, r)
		}
	}
}

func TestEventFormatsAreHarmless(t *testing.T) {
	for _, format := range report.EventFormats {
		if format.Name == "html" {
			continue // the report for browsers has tests of its own
		}
		var out strings.Builder
		w := format.New(&out, report.Options{Width: 80})
		for n := range 3 {
			if err := w.Finding(hostileEvent(n)); err != nil {
				t.Fatal(err)
			}
		}
		if err := w.Close(&finding.Summary{}, &finding.Ledger{}); err != nil {
			t.Fatal(err)
		}
		harmless(t, format.Name, out.String())
		if format.Name == "csv" && strings.Contains(out.String(), ",=") {
			t.Error("csv: a cell begins a formula")
		}
		if format.ForPeople && out.Len() > 100_000 {
			t.Errorf("%s: %d bytes for three events with long values", format.Name, out.Len())
		}
		if format.Name == "json" && !json.Valid([]byte(out.String())) {
			t.Error("json: not valid")
		}
	}
}

func TestTalliesAreHarmless(t *testing.T) {
	text := hostileText
	counts := []tally.Count{{Name: text, Count: 1}}
	summary := &tally.Summary{Principals: []tally.Principal{{
		Name: text, Types: counts, Accounts: counts, First: finding.Moment{Time: finding.NoTime}, Last: finding.Moment{Time: finding.NoTime}, Events: 1,
		Services: counts, Once: []string{text}, Addresses: []tally.Address{{Address: text, Count: 1, Agents: counts}}, Regions: counts, Keys: counts,
		Errors: counts, Sessions: []tally.Link{{Kind: text, Identity: text, Key: text, Count: 1}}, Made: []tally.Link{{Kind: "key", Identity: text, Key: text, Count: 1}},
	}}}
	metrics := &tally.Metrics{Fields: []string{text}, Events: 1, Rows: []tally.MetricRow{{Values: []*string{&text}, Count: 1}}}
	for _, format := range report.TallyFormats {
		var out strings.Builder
		if err := report.WriteSummaryOf(&out, format.Name, summary, 0, &finding.Ledger{}, report.Options{Width: 80}); err != nil {
			t.Fatal(err)
		}
		if err := report.WriteMetrics(&out, format.Name, metrics, 0, &finding.Ledger{}, report.Options{Width: 80}); err != nil {
			t.Fatal(err)
		}
		harmless(t, format.Name, out.String())
		if format.Name == "text" && out.Len() > 100_000 {
			t.Errorf("text: %d bytes", out.Len())
		}
		if format.Name == "csv" && (strings.Contains(out.String(), ",=") || strings.HasPrefix(out.String(), "=")) {
			t.Error("csv: a cell begins a formula")
		}
	}
}
