package hunt_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/egret-hunt/egret/internal/hunt"
)

// call is a call of a user; only DeleteTrail is found.
func call(id, when, user, address, agent, region, action string) string {
	return fmt.Sprintf(`{"eventVersion":"1.08","userIdentity":{"type":"IAMUser","arn":"arn:aws:iam::111122223333:user/%s","userName":%q},"eventTime":%q,"eventSource":"cloudtrail.amazonaws.com","eventName":%q,"awsRegion":%q,"sourceIPAddress":%q,"userAgent":%q,"eventID":%q,"recipientAccountId":"111122223333"}`,
		user, user, when, action, region, address, agent, id)
}

const deleteTrail = `title: Trail deleted
id: 0a1b2c3d-0000-4000-8000-000000000001
logsource: {product: aws, service: cloudtrail}
detection:
  selection: {eventName: DeleteTrail}
  condition: selection
level: high
`

// marksOf hunts files, one for each list of events, and returns what is new in each finding by the id of its event.
func marksOf(t *testing.T, options hunt.Options, files ...[]string) (marks map[string]string, notes []string) {
	t.Helper()
	dir := t.TempDir()
	for i, events := range files {
		if err := os.WriteFile(filepath.Join(dir, fmt.Sprintf("%d.jsonl", i)), []byte(strings.Join(events, "\n")), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	options.Set = rules(t, deleteTrail)
	options.Source = &hunt.Files{Paths: []string{dir}}
	o := run(t, options)
	marks = map[string]string{}
	for _, line := range o.lines {
		var f struct {
			EventIDs  []string `json:"event_ids"`
			FirstSeen []struct {
				Kind, Value, Time string
				Since             string `json:"principal_since"`
			} `json:"first_seen"`
			Origins []struct{ Address, New string }
			Facts   []struct{ Name, Value string }
		}
		if err := json.Unmarshal([]byte(line), &f); err != nil {
			t.Fatal(err)
		}
		var all []string
		for _, s := range f.FirstSeen {
			all = append(all, fmt.Sprintf("%s %s %s since %s", s.Kind, s.Value, s.Time, s.Since))
		}
		for _, o := range f.Origins {
			all = append(all, o.Address+" is a new "+o.New)
		}
		for _, fact := range f.Facts {
			if strings.HasPrefix(fact.Name, "first use") {
				all = append(all, fact.Name+" "+fact.Value)
			}
		}
		slices.Sort(all)
		marks[f.EventIDs[0]] = strings.Join(all, "; ")
	}
	return marks, o.ledger.Notes
}

// What is new is decided by the whole log, also by events that no rule matches, and in any order of files.
func TestFirstUsesAreMarked(t *testing.T) {
	old := []string{
		call("1", "2026-03-01T10:00:00Z", "alice", "192.0.2.7", "a", "eu-west-1", "ListUsers"),
		call("2", "2026-03-05T10:00:00Z", "alice", "192.0.2.7", "a", "eu-west-1", "DeleteTrail"), // found before a week has passed
		call("3", "2026-03-09T10:00:00Z", "bob", "192.0.2.7", "a", "eu-west-1", "ListUsers"),
	}
	recent := []string{
		call("4", "2026-03-10T10:00:00Z", "alice", "192.0.2.9", "a", "eu-west-1", "DeleteTrail"), // a new address of a known network
		call("5", "2026-03-10T11:00:00Z", "alice", "203.0.113.9", "b", "us-east-1", "ListTrails"),
		call("6", "2026-03-10T12:00:00Z", "alice", "203.0.113.9", "b", "us-east-1", "DeleteTrail"), // all new, an hour before
		call("7", "2026-03-11T11:00:00Z", "alice", "203.0.113.9", "b", "us-east-1", "DeleteTrail"), // a day later
		call("8", "2026-03-10T12:00:00Z", "bob", "203.0.113.9", "b", "us-east-1", "DeleteTrail"),   // known for a day only
		call("9", "2026-03-10T13:00:00Z", "alice", "2001:db8:1::1", "a", "eu-west-1", "DeleteTrail"),
		call("10", "2026-03-10T14:00:00Z", "alice", "cloudformation.amazonaws.com", "a", "eu-west-1", "DeleteTrail"),
	}
	const since = " since 2026-03-01T10:00:00Z"
	want := map[string]string{
		"2": "",
		"4": "192.0.2.9 is a new address; address 192.0.2.9 2026-03-10T10:00:00Z" + since,
		"6": "203.0.113.9 is a new network; address 203.0.113.9 2026-03-10T11:00:00Z" + since + "; agent b 2026-03-10T11:00:00Z" + since +
			"; first use of agent b; first use of region us-east-1; network 203.0.113.0/24 2026-03-10T11:00:00Z" + since + "; region us-east-1 2026-03-10T11:00:00Z" + since,
		"7":  "",
		"8":  "",
		"9":  "2001:db8:1::1 is a new network; address 2001:db8:1::1 2026-03-10T13:00:00Z" + since + "; network 2001:db8:1::/48 2026-03-10T13:00:00Z" + since,
		"10": "address cloudformation.amazonaws.com 2026-03-10T14:00:00Z" + since + "; cloudformation.amazonaws.com is a new address",
	}
	for _, threads := range []int{1, 3} {
		for _, files := range [][][]string{{old, recent}, {recent, old}} {
			marks, notes := marksOf(t, hunt.Options{FirstSeen: true, Threads: threads}, files...)
			for id, text := range want {
				if got, ok := marks[id]; !ok || got != text {
					t.Errorf("event %s: got %q, want %q", id, got, text)
				}
			}
			for _, note := range notes {
				if strings.Contains(note, "first uses") {
					t.Errorf("got the note %q", note)
				}
			}
		}
	}
	for id, got := range first(marksOf(t, hunt.Options{}, old, recent)) {
		if got != "" {
			t.Errorf("event %s: got %q without history, want nothing", id, got)
		}
	}
}

func first[T, U any](v T, _ U) T { return v }

func TestShortLogsSayThatNothingIsMarked(t *testing.T) {
	marks, notes := marksOf(t, hunt.Options{FirstSeen: true}, []string{
		call("1", "2026-03-01T10:00:00Z", "alice", "192.0.2.7", "a", "eu-west-1", "ListUsers"), call("2", "2026-03-07T10:00:00Z", "alice", "192.0.2.9", "a", "eu-west-1", "DeleteTrail"),
	})
	if marks["2"] != "" || !slices.ContainsFunc(notes, func(n string) bool { return strings.Contains(n, "they need a week of history") }) {
		t.Errorf("got %q, notes %q", marks, notes)
	}
}
