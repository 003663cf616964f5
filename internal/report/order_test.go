package report_test

import (
	"bytes"
	"encoding/csv"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/egret-hunt/egret/internal/finding"
	"github.com/egret-hunt/egret/internal/report"
)

// TestCSVCells: each value stands under the name of its column.
func TestCSVCells(t *testing.T) {
	f := one(t, login, "e-1", "2023-07-10T12:00:00Z")
	f.Error, f.Count = "AccessDenied", 3
	f.Last = at(t, "2023-07-10T12:30:00Z")
	f.Group = []finding.Pair{{Name: "user", Value: "alice"}, {Name: "host", Value: "h1"}}
	f.EventIDs = []string{"e-1", "e-2"}
	f.Facts = finding.Facts{
		Outcomes: finding.Outcomes{
			Counts: [4]int{finding.Succeeded: 2, finding.Refused: 1},
			Errors: []finding.ErrorCount{{Code: "AccessDenied", Outcome: finding.Refused, Count: 1}},
		},
		Actors:    []finding.Actor{{Principal: "alice", Session: "AKIA1"}, {Principal: "alice", Session: "ASIA2"}},
		Addresses: []string{"192.0.2.7", "198.51.100.9"}, Agents: []string{"aws-cli", "curl"},
		Targets: []finding.Target{
			{Type: "bucket", Name: "a", Outcome: finding.Succeeded, Count: 2}, {Type: "bucket", Name: "a", Outcome: finding.Refused, Count: 1},
			{Type: "bucket", Name: "b", Outcome: finding.Refused, Count: 1},
		},
		Notable: []finding.Fact{
			{Name: "open to everyone", Outcome: finding.Succeeded, Count: 1},
			{Name: "shared with account", Value: "444455556666 (outside)", Outcome: finding.Refused, Count: 1},
		},
		Origins:     []finding.Origin{{Address: "198.51.100.9", Country: "IE", CountryName: "Ireland", City: "Dublin", ASN: 64500, Organization: "Example", Known: "vpn", New: "address"}},
		KnownAgents: []finding.KnownAgent{{Agent: "curl", Label: "build"}},
	}
	records, err := csv.NewReader(strings.NewReader(render(t, "csv", report.Options{}, f))).ReadAll()
	if err != nil || len(records) != 2 {
		t.Fatal(err, records)
	}
	want := map[string]string{
		"time": "2023-07-10T12:00:00Z", "level": "high", "rule": "Root Login", "rule_id": "r-1", "attack": "T1078.004", "schema": "cloudtrail",
		"account": "111122223333", "region": "eu-west-1", "principal": "alice", "address": "192.0.2.7", "action": "ConsoleLogin", "error": "AccessDenied",
		"count": "3", "first": "2023-07-10T12:00:00Z", "last": "2023-07-10T12:30:00Z", "group": "user=alice host=h1", "event_ids": "e-1 e-2",
		"outcome": "2 succeeded, 1 refused (AccessDenied)", "targets": "bucket a; bucket b (refused)", "addresses": "192.0.2.7; 198.51.100.9",
		"agents": "aws-cli; curl", "keys": "AKIA1; ASIA2", "facts": "open to everyone; shared with account 444455556666 (outside) (refused)",
		"countries": "; IE", "cities": "; Dublin", "networks": "; AS64500 Example", "known": "; vpn", "known_agents": "build", "new": "; address",
		"message": "Root Login: ConsoleLogin 2 succeeded, 1 refused (AccessDenied) by alice from 192.0.2.7, 198.51.100.9; " +
			"bucket a, bucket b (refused); open to everyone, shared with account 444455556666 (outside) (refused)",
		"datetime": "2023-07-10T12:00:00+00:00", "timestamp_desc": "First Event of Finding", "spreadsheet_time": "2023-07-10 12:00:00",
	}
	for i, name := range records[0] {
		if got := records[1][i]; got != want[name] {
			t.Errorf("%s is %q, want %q", name, got, want[name])
		}
	}
	if len(records[0]) != len(want) {
		t.Errorf("%d columns, want %d", len(records[0]), len(want))
	}
}

// TestTableOrder: the highest level comes first, then the earliest finding.
func TestTableOrder(t *testing.T) {
	rule := func(title string, level finding.Level) *finding.Rule {
		return finding.NewRule(title, title, level, nil, nil)
	}
	text := render(t, "table", report.Options{},
		one(t, rule("LowEarly", finding.Low), "1", "2023-07-10T10:00:00Z"),
		one(t, rule("HighLate", finding.High), "2", "2023-07-10T12:00:00Z"),
		one(t, rule("CriticalLast", finding.Critical), "3", "2023-07-10T13:00:00Z"),
		one(t, rule("HighEarly", finding.High), "4", "2023-07-10T11:00:00Z"))
	var got []string
	for _, word := range strings.Fields(text) {
		if slices.Contains([]string{"LowEarly", "HighLate", "CriticalLast", "HighEarly"}, word) {
			got = append(got, word)
		}
	}
	if want := []string{"CriticalLast", "HighEarly", "HighLate", "LowEarly"}; !slices.Equal(got, want) {
		t.Errorf("%q, want %q\n%s", got, want, text)
	}
}

// full is an output that takes a number of bytes.
type full struct{ room int }

var errFull = errors.New("no space left on device")

func (f *full) Write(p []byte) (int, error) {
	if len(p) > f.room {
		return 0, errFull
	}
	f.room -= len(p)
	return len(p), nil
}

// TestFullOutputIsAnError in every format: a report that was cut is not taken for a whole one.
func TestFullOutputIsAnError(t *testing.T) {
	f := one(t, login, "e-1", "2023-07-10T12:00:00Z")
	for _, format := range report.Formats {
		var whole bytes.Buffer
		if err := write(t, format.New(&whole, report.Options{}), &f); err != nil {
			t.Fatal(format.Name, err)
		}
		for _, room := range []int{0, whole.Len() - 1} {
			if err := write(t, format.New(&full{room}, report.Options{}), &f); !errors.Is(err, errFull) {
				t.Errorf("%s, %d of %d bytes: %v", format.Name, room, whole.Len(), err)
			}
		}
	}
}

func write(t *testing.T, w report.Writer, f *finding.Finding) error {
	t.Helper()
	var s finding.Summarizer
	s.Add(f)
	summary := s.Summary(1)
	if err := w.Finding(f); err != nil {
		return err
	}
	return w.Close(&summary, &finding.Ledger{Version: "test"})
}
