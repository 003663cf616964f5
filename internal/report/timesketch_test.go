package report_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/egret-hunt/egret/internal/finding"
	"github.com/egret-hunt/egret/internal/report"
)

// Each line has what Timesketch's importer asks for: message, datetime by ISO 8601, timestamp_desc, and timestamp in
// microseconds of the same time; all other fields are texts, numbers or lists of texts.
func TestTimesketch(t *testing.T) {
	f := burstOf(t, "Attempt", 2, "2015-07-24T19:01:01.25Z", "2015-07-24T19:05:00Z")
	f.Rule = &finding.Rule{ID: "r-1", Title: "Attempt", Techniques: []string{"T1078"}, Tactics: []string{"initial-access"}}
	f.Facts = finding.Facts{
		Outcomes: finding.Outcomes{Counts: [4]int{finding.Succeeded: 1, finding.Refused: 1}},
		Actors:   []finding.Actor{{Session: "AKIA1"}}, Addresses: []string{"192.0.2.7", "198.51.100.9"}, Agents: []string{"curl"},
		Targets: []finding.Target{{Type: "bucket", Name: "a", Outcome: finding.Succeeded, Count: 1}},
		Notable: []finding.Fact{{Name: "open to everyone", Outcome: finding.Succeeded, Count: 1}},
	}
	f.Event = []byte(`{"a":{"b":1}}`)
	var line map[string]any
	if err := json.Unmarshal([]byte(render(t, "timesketch", report.Options{}, f)), &line); err != nil {
		t.Fatal(err)
	}
	const micros = 1437764461250000 // date -u -d 2015-07-24T19:01:01.25Z +%s%6N
	for key, want := range map[string]any{
		"datetime": "2015-07-24T19:01:01.250000+00:00", "timestamp": float64(micros), "timestamp_desc": "First Event of Finding",
		"message": "Attempt: ConsoleLogin 1 succeeded, 1 refused by alice from 192.0.2.7, 198.51.100.9; bucket a; open to everyone",
		"tag":     []any{"high", "T1078"}, "level": "high", "rule": "Attempt", "rule_id": "r-1", "tactics": []any{"initial-access"},
		"principal": "alice", "keys": []any{"AKIA1"}, "addresses": []any{"192.0.2.7", "198.51.100.9"}, "agents": []any{"curl"},
		"succeeded": float64(1), "refused": float64(1), "failed": float64(0), "targets": []any{"bucket a"}, "facts": []any{"open to everyone"},
		"group": []any{"user=x"}, "count": float64(2), "last": "2015-07-24T19:05:00+00:00", "event_ids": []any{"Attempt-0", "Attempt-1"},
		"event": `{"a":{"b":1}}`,
	} {
		if got := fmt.Sprint(line[key]); got != fmt.Sprint(want) {
			t.Errorf("%s is %s, want %v", key, got, want)
		}
	}
	for key, v := range line {
		switch v := v.(type) {
		case string, float64:
		case []any:
			for _, one := range v {
				if _, ok := one.(string); !ok {
					t.Errorf("%s has a value that is no text: %v", key, one)
				}
			}
		default:
			t.Errorf("%s is not flat: %v", key, v)
		}
	}
}

// A finding without a time has one, since an importer refuses lines without, and says so. Long lists are cut and counted.
func TestTimesketchWithoutTimeAndWithLongLists(t *testing.T) {
	f := burstOf(t, "Many", finding.ListLimit+7, "2015-07-24T19:01:01Z", "2015-07-24T19:01:01Z")
	f.Time, f.First, f.Last = finding.NoTime, finding.NoTime, finding.NoTime
	out := render(t, "timesketch", report.Options{}, f)
	for _, want := range []string{
		`"datetime":"1970-01-01T00:00:00+00:00","timestamp_desc":"No Time","timestamp":0`, fmt.Sprintf(`"Many-%d","and 7 more"]`, finding.ListLimit-1),
	} {
		if !strings.Contains(out, want) {
			t.Errorf("want %s in %s", want, out)
		}
	}
}

// The time for spreadsheets has the form that they read in every locale, in the zone of the report.
func TestSpreadsheetTime(t *testing.T) {
	for when, want := range map[string]string{
		"2023-07-10T23:30:00Z": "2023-07-10 23:30:00", "2023-07-10T23:30:00.1234Z": "2023-07-10 23:30:00.123",
	} {
		if out := render(t, "csv", report.Options{}, one(t, login, "e-1", when)); !strings.HasSuffix(out, ","+want+",\n") { // then the column new
			t.Errorf("want %s in\n%s", want, out)
		}
	}
}
