// Package finding defines the results of a hunt: findings, their summary, and the ledger that says what was read, what
// was not, and why.
//
// It contains data and their stable JSON forms, nothing else. Package hunt fills them in and package report prints
// them. The JSON keys of a finding are a contract (docs/formats/jsonl.md): they are always present, empty as {}, [] or
// "", and new ones may be added.
package finding

import (
	"cmp"
	"math"
	"strings"

	"github.com/egret-hunt/egret/internal/value"
)

// A Finding is one match with its evidence: one per event for a detection rule, one per burst for a correlation.
type Finding struct {
	// Time is the time of the event, or Last for a correlation. It is NoTime if the log gives no time.
	Time value.Time
	Rule *Rule
	// Level is the level of this finding: that of the rule, unless the rule has another one for the outcome of the events.
	Level Level
	// Schema is the name of the log source's schema, such as "cloudtrail"; for a correlation the schema of its first
	// event.
	Schema string
	// Subject describes the first event.
	Subject
	// EventIDs are the ids of the events, never empty; for a correlation in the order of their times.
	EventIDs []string
	// Group has the group-by values of a correlation in the order of its rule; empty for a detection rule.
	Group []Pair
	// Count is what the rule counted: 1 for a detection rule, the number of events for a correlation.
	Count int
	// First and Last are the times of the earliest and the latest event.
	First, Last value.Time
	// Facts describe all of the events.
	Facts Facts
	// Also are other rules whose findings say less about the same events, and are shown with this finding; the highest level
	// comes first. It is nil if there are none.
	Also []Also
	// Event is the complete first event as JSON text without line breaks outside strings.
	Event []byte
	// Context has other events of the same principal near the finding, ordered by time; nil unless requested.
	Context []ContextEvent
}

// Subject says who did what from where in one event. Strings are "" if the log does not have the value.
type Subject struct {
	// Account is the account or tenant of the event, Region its region or site.
	Account, Region string
	// Principal is who acted: session issuer, user or service. Session is the access key or logon id used.
	Principal, Session string
	// Address is where the call came from, Host the machine on which it happened.
	Address, Host string
	// Action is the name of the call, Service the service that was called.
	Action, Service string
	// Error is the error code, "" for a successful event.
	Error string
	// Details are the values of the schema's summary, such as the bucket; most important first.
	Details []Pair
}

// A Rule is the information about its rule in a finding.
type Rule struct {
	// ID is the rule's id; a rule without one gets a UUIDv5 of its path and title.
	ID    string
	Title string
	// OwnLevel is the level that the rule, or egret.yaml, gives to findings of unknown outcome. The level of a finding is
	// Finding.Level.
	OwnLevel Level
	// ByOutcome are the levels of findings by their Outcome, see LevelOf; OwnLevel where the rule makes no difference.
	ByOutcome [len(outcomeNames)]Level
	// First is the level of the first finding with a succeeded call of each principal, nil if the rule gives none.
	First *Level
	// Techniques are ATT&CK technique ids such as T1078.004, Tactics are ATT&CK tactic names such as initial-access,
	// both from the rule's tags in their order.
	Techniques, Tactics []string
	// Threat is the threat of which the rule is a part, zero for none.
	Threat Threat
	// Indicator is the id of the STIX indicator of which the rule was made, "" for other rules.
	Indicator string
}

// A Threat is the threat that findings report, see docs/threats.md.
type Threat struct {
	// ID is such as password-spraying.
	ID, Title string
}

// Also are the findings of one rule that are folded under another finding.
type Also struct {
	Rule *Rule
	// Level is the level of the rule for the outcome of the finding under which it is shown.
	Level Level
	// Count is the number of folded findings.
	Count int
}

// A Pair is a name and its value, for example a group-by field of a correlation and the value of its group.
type Pair struct{ Name, Value string }

// A ContextEvent is an event of the same principal near a finding; no rule needs to match it.
type ContextEvent struct {
	ID   string
	Time value.Time
	Subject
	// IsEvidence means that the event is itself evidence of a finding.
	IsEvidence bool
	// Facts are those of the event.
	Facts Facts
	// Event is the complete event as JSON text without line breaks outside strings.
	Event []byte
}

// NoTime is the time of an event without a readable time. It sorts before all other times.
var NoTime = value.Time{Nanos: math.MinInt64}

// TimeText formats a time as RFC 3339 in UTC with the log's precision, "" for NoTime.
func TimeText(t value.Time) string {
	if t == NoTime {
		return ""
	}
	return t.String()
}

// Compare orders findings by the time of their first event, then by its id, then by rule id; bursts of one rule by their
// groups and then by their ends.
func Compare(a, b *Finding) int {
	return cmp.Or(cmp.Compare(a.First.Nanos, b.First.Nanos), strings.Compare(firstID(a), firstID(b)),
		strings.Compare(a.Rule.ID, b.Rule.ID), comparePairs(a.Group, b.Group), cmp.Compare(a.Last.Nanos, b.Last.Nanos))
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
