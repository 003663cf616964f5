// Package finding is the model of what a hunt brings back: findings, their summary, and the ledger that says what was
// read, what was not and why.
//
// It holds data and their stable JSON, nothing else. Package hunt fills it, package report prints it. The JSON keys of
// a finding are a contract (docs/formats/jsonl.md): always present, empty as {}, [] or "", and new ones may come.
package finding

import (
	"cmp"
	"math"
	"strings"

	"github.com/egret-hunt/egret/internal/value"
)

// Finding is one match with its evidence: of a detection rule one per event, of a correlation one per burst.
type Finding struct {
	// Time is that of the event, of a correlation Last. NoTime where the log gives none.
	Time value.Time
	Rule *Rule
	// Schema is the name of the log source's schema, such as "cloudtrail"; of a correlation that of its first event.
	Schema string
	// Subject describes the first event.
	Subject
	// EventIDs are the ids of the events, never empty; those of a correlation in the order of their times.
	EventIDs []string
	// Group are the group-by values of a correlation in the order of its rule, else empty.
	Group []Pair
	// Count is what the rule counted: 1 for a detection rule, of a correlation the number of its events.
	Count int
	// First and Last are the times of the earliest and the latest event.
	First, Last value.Time
	// Event is the first event, whole, as JSON text without line breaks outside strings.
	Event []byte
	// Context are other events of the same principal around the finding, ordered by time; nil unless asked for.
	Context []ContextEvent
}

// Subject says who did what from where in one event. Texts are "" where the log does not say.
type Subject struct {
	// Account is the account or tenant, Region the region or site that the event belongs to.
	Account, Region string
	// Principal is who acted: session issuer, user or service. Session is the access key or logon id that was used.
	Principal, Session string
	// Address is where the call came from, Host the machine that it happened on.
	Address, Host string
	// Action is what was called, Service of which service.
	Action, Service string
	// Error is the error code, "" for an event that succeeded.
	Error string
	// Details are the schema's hints on what the call was about, such as the bucket; the most telling first.
	Details []Pair
}

// Rule is what a finding says about its rule.
type Rule struct {
	// ID is the rule's id; a rule without one has a UUIDv5 of its path and title.
	ID    string
	Title string
	Level Level
	// Techniques are ATT&CK technique ids such as T1078.004, Tactics ATT&CK tactic names such as initial-access, both
	// from the rule's tags in their order.
	Techniques, Tactics []string
}

// Pair is a name and its value, for example a group-by field of a correlation and the value of its group.
type Pair struct{ Name, Value string }

// ContextEvent is an event that no rule needs to have matched, shown since its principal acted near a finding.
type ContextEvent struct {
	ID   string
	Time value.Time
	Subject
	// IsEvidence says that the event is evidence of a finding itself.
	IsEvidence bool
	// Event is the event, whole, as JSON text without line breaks outside strings.
	Event []byte
}

// NoTime stands for the time of an event whose log gives none that can be read. It sorts before all times.
var NoTime = value.Time{Nanos: math.MinInt64}

// TimeText is RFC 3339 in UTC with the log's precision, "" for NoTime.
func TimeText(t value.Time) string {
	if t == NoTime {
		return ""
	}
	return t.String()
}

// Compare orders findings by time, then the id of their first event, then rule id (design, "order"); bursts of one rule
// by their groups.
func Compare(a, b *Finding) int {
	return cmp.Or(cmp.Compare(a.Time.Nanos, b.Time.Nanos), strings.Compare(firstID(a), firstID(b)),
		strings.Compare(a.Rule.ID, b.Rule.ID), comparePairs(a.Group, b.Group), cmp.Compare(a.First.Nanos, b.First.Nanos))
}

func firstID(f *Finding) string {
	if len(f.EventIDs) == 0 {
		return ""
	}
	return f.EventIDs[0]
}

func comparePairs(a, b []Pair) int {
	for i := 0; i < len(a) && i < len(b); i++ {
		if c := cmp.Or(strings.Compare(a[i].Name, b[i].Name), strings.Compare(a[i].Value, b[i].Value)); c != 0 {
			return c
		}
	}
	return cmp.Compare(len(a), len(b))
}
