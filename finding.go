package egret

import (
	"encoding/json"
	"time"

	"github.com/egret-hunt/egret/internal/finding"
	"github.com/egret-hunt/egret/internal/value"
)

// A Finding is a match with its evidence. A detection rule has one finding per event, a correlation one per burst of events.
type Finding struct {
	Rule Rule
	// Level is the level of this finding. It differs from Rule.Level if the rule gives another one to the outcome of the
	// events.
	Level string
	// Also are other rules whose findings say less about the same events. It is nil if there are none.
	Also []Also
	// Schema is the name of the log source, such as "cloudtrail". For a correlation it is the one of its first event.
	Schema string
	// First and Last are the times of the earliest and the latest event. Time equals Last. All are in UTC, and zero if the
	// log has no valid time.
	Time, First, Last time.Time
	// Count is the number of events that the rule counted: 1 for a detection rule.
	Count int
	// EventIDs are the ids of the events in the order of their times. It is never empty.
	EventIDs []string
	// Group are the group-by values of a correlation in the order of the rule. It is nil for a detection rule.
	Group []Pair
	// Subject describes the first event, and Event is that event as JSON.
	Subject
	Event json.RawMessage
	// Context are other events of the same principal near the finding, ordered by time. It is nil unless
	// HuntOptions.Context is set.
	Context []ContextEvent

	json []byte
}

// Also is a rule with the number of its findings that are folded under another finding.
type Also struct {
	Rule  Rule
	Count int
}

// A Pair is a name and its value.
type Pair struct{ Name, Value string }

// A Subject describes who did what from where. Fields are "" if the log does not record them.
type Subject struct {
	// Account is the account or tenant of the event, Region its region or site.
	Account, Region string
	// Principal is the actor: session issuer, user or service. Session is the access key or logon id.
	Principal, Session string
	// Address is the source address, Host the machine on which the event happened.
	Address, Host string
	// Action is the operation, Service its service, and Error the error code if it failed.
	Action, Service, Error string
}

// A ContextEvent is an event near a finding.
type ContextEvent struct {
	ID   string
	Time time.Time
	Subject
	// IsEvidence is set if the event is itself evidence of a finding.
	IsEvidence bool
	Event      json.RawMessage
}

// JSON returns the finding as one line of the format jsonl, without the line break. docs/formats/jsonl.md describes the
// keys, which are stable.
func (f *Finding) JSON() []byte { return f.json }

// finding converts an internal finding.
func (r *Result) finding(f *finding.Finding) *Finding {
	rule, ok := r.rules[ruleKey{f.Rule.ID, f.Rule.Title}]
	if !ok {
		panic("egret bug: a finding of a rule that is not loaded: " + f.Rule.ID)
	}
	out := &Finding{
		Rule: rule, Level: f.Level.String(), Schema: f.Schema, Time: goTime(f.Time), First: goTime(f.First), Last: goTime(f.Last), Count: f.Count,
		EventIDs: f.EventIDs, Subject: subjectOf(&f.Subject), Event: f.Event, json: f.AppendJSON(nil),
	}
	for _, a := range f.Also {
		out.Also = append(out.Also, Also{r.rules[ruleKey{a.Rule.ID, a.Rule.Title}], a.Count})
	}
	for _, pair := range f.Group {
		out.Group = append(out.Group, Pair(pair))
	}
	for i := range f.Context {
		c := &f.Context[i]
		out.Context = append(out.Context, ContextEvent{
			ID: c.ID, Time: goTime(c.Time), Subject: subjectOf(&c.Subject), IsEvidence: c.IsEvidence, Event: c.Event,
		})
	}
	return out
}

func subjectOf(s *finding.Subject) Subject {
	return Subject{
		Account: s.Account, Region: s.Region, Principal: s.Principal, Session: s.Session, Address: s.Address, Host: s.Host,
		Action: s.Action, Service: s.Service, Error: s.Error,
	}
}

// goTime converts the time of an event. It returns the zero time if the event has none.
func goTime(t value.Time) time.Time {
	if t == finding.NoTime {
		return time.Time{}
	}
	return t.UTC()
}
