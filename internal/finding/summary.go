package finding

import (
	"cmp"
	"encoding/json"
	"slices"
	"strings"

	"github.com/egret-hunt/egret/internal/value"
)

// Summary says what a hunt found, counted in several ways. Its lists are ordered by seriousness, then number of
// findings, then name, so that the first row of each is where to look first.
type Summary struct {
	// Findings counts all findings, Events the distinct events that they rest on.
	Findings int `json:"findings"`
	Events   int `json:"events"`
	// First and Last are the earliest and the latest time of any finding; NoTime without findings.
	First Moment `json:"first"`
	Last  Moment `json:"last"`
	// Levels has a row for each level that has findings, the most serious first.
	Levels []Row `json:"levels"`
	Rules  []Row `json:"rules"`
	// Principals, Sessions (access keys, logon ids), Accounts, Addresses and Hosts leave out findings that have none.
	Principals []Row `json:"principals"`
	Sessions   []Row `json:"sessions"`
	Accounts   []Row `json:"accounts"`
	Addresses  []Row `json:"addresses"`
	// Hosts are the machines that events happened on; a cloud's events have none.
	Hosts []Row `json:"hosts"`
	// Tactics and Techniques are those of ATT&CK that the rules' tags name; a finding counts in each of its rule's.
	Tactics    []Row `json:"tactics"`
	Techniques []Row `json:"techniques"`
}

// Row counts the findings of one rule, principal, account, address, tactic or technique.
type Row struct {
	// Name is what is counted: of a rule its title, else the value itself.
	Name string `json:"name"`
	// ID is the id of a rule, "" for other rows.
	ID string `json:"id,omitempty"`
	// Level is the most serious level among the findings.
	Level    Level  `json:"level"`
	Findings int    `json:"findings"`
	First    Moment `json:"first"`
	Last     Moment `json:"last"`
}

// Moment is a time that is written as RFC 3339 in JSON, and as "" where it is NoTime.
type Moment struct{ value.Time }

// MarshalJSON writes the text of TimeText.
func (m Moment) MarshalJSON() ([]byte, error) { return json.Marshal(TimeText(m.Time)) }

// Summarizer builds a Summary finding by finding. Its zero value is ready. It is not safe for concurrent use.
type Summarizer struct {
	findings                                                                             int
	first, last                                                                          value.Time
	levels, rules, principals, sessions, accounts, addresses, hosts, tactics, techniques rows
}

type rowKey struct{ name, id string }

type rows map[rowKey]*Row

// Add counts a finding. It keeps no reference to it.
func (s *Summarizer) Add(f *Finding) {
	if s.findings == 0 {
		s.first, s.last = NoTime, NoTime
	}
	s.findings++
	widen(&s.first, &s.last, f)
	s.levels.add(f.Rule.Level.String(), "", f)
	s.rules.add(f.Rule.Title, f.Rule.ID, f)
	s.principals.add(f.Principal, "", f)
	s.sessions.add(f.Session, "", f)
	s.accounts.add(f.Account, "", f)
	s.addresses.add(f.Address, "", f)
	s.hosts.add(f.Host, "", f)
	for _, tactic := range f.Rule.Tactics {
		s.tactics.add(tactic, "", f)
	}
	for _, technique := range f.Rule.Techniques {
		s.techniques.add(technique, "", f)
	}
}

// add counts a finding in the row of a name and id; without both it is not counted.
func (r *rows) add(name, id string, f *Finding) {
	if name == "" && id == "" {
		return
	}
	if *r == nil {
		*r = rows{}
	}
	row := (*r)[rowKey{name, id}]
	if row == nil {
		name = strings.Clone(name) // f's may be part of a large event
		row = &Row{Name: name, ID: id, First: Moment{NoTime}, Last: Moment{NoTime}}
		(*r)[rowKey{name, id}] = row
	}
	row.Findings++
	row.Level = max(row.Level, f.Rule.Level)
	widen(&row.First.Time, &row.Last.Time, f)
}

// widen stretches a span of times to cover a finding.
func widen(first, last *value.Time, f *Finding) {
	if f.First != NoTime && (*first == NoTime || f.First.Nanos < first.Nanos) {
		*first = f.First
	}
	if f.Last != NoTime && (*last == NoTime || f.Last.Nanos > last.Nanos) {
		*last = f.Last
	}
}

// Summary is what was counted so far. events is the number of distinct events that the findings rest on.
func (s *Summarizer) Summary(events int) Summary {
	out := Summary{Findings: s.findings, Events: events, First: Moment{s.first}, Last: Moment{s.last}}
	if s.findings == 0 {
		out.First, out.Last = Moment{NoTime}, Moment{NoTime}
	}
	out.Levels, out.Rules = s.levels.sorted(), s.rules.sorted()
	out.Principals, out.Sessions = s.principals.sorted(), s.sessions.sorted()
	out.Accounts, out.Addresses, out.Hosts = s.accounts.sorted(), s.addresses.sorted(), s.hosts.sorted()
	out.Tactics, out.Techniques = s.tactics.sorted(), s.techniques.sorted()
	return out
}

func (r rows) sorted() []Row {
	out := make([]Row, 0, len(r))
	for _, row := range r {
		out = append(out, *row)
	}
	slices.SortFunc(out, func(a, b Row) int {
		return cmp.Or(cmp.Compare(b.Level, a.Level), cmp.Compare(b.Findings, a.Findings),
			strings.Compare(a.Name, b.Name), strings.Compare(a.ID, b.ID))
	})
	return out
}
