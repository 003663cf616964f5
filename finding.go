package egret

import (
	"encoding/json"
	"time"

	"github.com/egret-hunt/egret/internal/finding"
	"github.com/egret-hunt/egret/internal/value"
)

// Finding is one match with its evidence: of a detection rule one per event, of a correlation one per burst of events.
type Finding struct {
	Rule Rule
	// Schema is the name of the log source, such as "cloudtrail"; of a correlation that of its first event.
	Schema string
	// Time is that of the event, of a correlation Last. First and Last are the times of the earliest and the latest event.
	// All are in UTC, and zero where the log gives none that can be read.
	Time, First, Last time.Time
	// Count is the number of events that the rule counted: 1 for a detection rule.
	Count int
	// EventIDs are the ids of the events in the order of their times, never empty.
	EventIDs []string
	// Group are the group-by values of a correlation in the order of its rule; nil for a detection rule.
	Group []Pair
	// Subject describes the first event, Event is that event as JSON text.
	Subject
	Event json.RawMessage
	// Context are other events of the same principal around the finding, ordered by time; nil unless asked for.
	Context []ContextEvent

	json []byte
}

// Pair is a name with its value.
type Pair struct{ Name, Value string }

// Subject says who did what from where. Texts are "" where the log does not say.
type Subject struct {
	// Account is the account or tenant, Region the region or site of the event.
	Account, Region string
	// Principal is who acted: session issuer, user or service. Session is the access key or logon id.
	Principal, Session string
	// Address is where the call came from, Host the machine that it happened on.
	Address, Host string
	// Action is what was called, Service of which service, Error the error code of what failed.
	Action, Service, Error string
}

// ContextEvent is an event that was near a finding.
type ContextEvent struct {
	ID   string
	Time time.Time
	Subject
	// IsEvidence says that the event is evidence of a finding itself.
	IsEvidence bool
	Event      json.RawMessage
}

// JSON is the finding as one line of the format jsonl, without the line break; docs/formats/jsonl.md describes the keys,
// which are stable.
func (f *Finding) JSON() []byte { return f.json }

// finding copies a finding out of a hunt.
func (r *Result) finding(f *finding.Finding) *Finding {
	rule, ok := r.rules[ruleKey{f.Rule.ID, f.Rule.Title}]
	if !ok {
		panic("egret bug: a finding of a rule that is not loaded: " + f.Rule.ID)
	}
	out := &Finding{
		Rule: rule, Schema: f.Schema, Time: goTime(f.Time), First: goTime(f.First), Last: goTime(f.Last), Count: f.Count,
		EventIDs: f.EventIDs, Subject: subjectOf(&f.Subject), Event: f.Event, json: f.AppendJSON(nil),
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

// goTime is a time of a log, zero where there is none.
func goTime(t value.Time) time.Time {
	if t == finding.NoTime {
		return time.Time{}
	}
	return t.UTC()
}
