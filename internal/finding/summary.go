package finding

import (
	"cmp"
	"encoding/json"
	"slices"
	"strings"

	"github.com/egret-hunt/egret/internal/value"
)

// A Summary counts the findings of a hunt in several ways. Its lists, except for the tactics, are ordered by severity,
// then by number of findings, then by name, so that the first row is where to look first.
type Summary struct {
	// Findings counts all findings, Events their distinct events.
	Findings int `json:"findings"`
	Events   int `json:"events"`
	Endings
	// First and Last are the earliest and the latest time of any finding; NoTime without findings.
	First Moment `json:"first"`
	Last  Moment `json:"last"`
	// Levels has a row for each level with findings, the most severe first.
	Levels []Row `json:"levels"`
	Rules  []Row `json:"rules"`
	// Principals, Sessions (access keys, logon ids), Accounts, Addresses and Hosts leave out findings without the
	// value. A finding counts once for each address and each session of its events. Those that are never the only one of
	// a finding come last: which of two addresses is the intruder's is not known.
	Principals []Row `json:"principals"`
	Sessions   []Row `json:"sessions"`
	Accounts   []Row `json:"accounts"`
	Addresses  []Row `json:"addresses"`
	// Hosts are the machines on which events happened; events of a cloud have none.
	Hosts []Row `json:"hosts"`
	// Tactics and Techniques are those of ATT&CK in the rules' tags; a finding counts in each tactic and technique of
	// its rule. Tactics have their names in the list Tactics, and its order.
	Tactics    []Row `json:"tactics"`
	Techniques []Row `json:"techniques"`
}

// A Row counts the findings of one rule, principal, account, address, tactic or technique.
type Row struct {
	// Name is the title of a rule, else the value itself.
	Name string `json:"name"`
	// ID is the id of a rule, "" for other rows.
	ID string `json:"id,omitempty"`
	// Origin is what is known of an address, nil if nothing is, and for other rows.
	Origin *Origin `json:"origin,omitempty"`
	// Level is the most severe level among the findings, without Shared if there are others.
	Level    Level `json:"level"`
	Findings int   `json:"findings"`
	Endings
	// Shared counts the findings that have another address, or session, as well.
	Shared int    `json:"shared,omitempty"`
	First  Moment `json:"first"`
	Last   Moment `json:"last"`
}

// Endings count findings by the best outcome of their calls. Findings whose outcomes are unknown are not counted.
type Endings struct {
	// Succeeded counts findings of which a call succeeded, Refused those of which calls were refused and none succeeded,
	// Failed those of which calls only failed.
	Succeeded int `json:"succeeded"`
	Refused   int `json:"refused"`
	Failed    int `json:"failed"`
}

// add counts a finding.
func (e *Endings) add(f *Finding) {
	counts := &f.Facts.Outcomes.Counts
	switch {
	case counts[Succeeded] > 0:
		e.Succeeded++
	case counts[Unknown] > 0:
	case counts[Refused] > 0:
		e.Refused++
	case counts[Failed] > 0:
		e.Failed++
	}
}

// A Moment is a time that JSON writes as RFC 3339, or as "" for NoTime.
type Moment struct{ value.Time }

// MarshalJSON writes the result of TimeText.
func (m Moment) MarshalJSON() ([]byte, error) { return json.Marshal(TimeText(m.Time)) }

// A Summarizer builds a Summary one finding at a time. The zero value is ready to use. It is not safe for concurrent
// use.
type Summarizer struct {
	findings                                                                             int
	endings                                                                              Endings
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
	s.endings.add(f)
	widen(&s.first, &s.last, f)
	s.levels.add(f.Level.String(), "", f)
	s.rules.add(f.Rule.Title, f.Rule.ID, f)
	s.principals.add(f.Principal, "", f)
	sessions := []string{}
	for i := range f.Facts.Actors {
		if session := f.Facts.Actors[i].Session; session != "" && !slices.Contains(sessions, session) {
			sessions = append(sessions, session)
		}
	}
	s.sessions.addEach(sessions, f.Session, f)
	s.accounts.add(f.Account, "", f)
	s.addresses.addEach(f.Facts.Addresses, f.Address, f)
	for i := range f.Facts.Origins {
		if row := s.addresses[rowKey{f.Facts.Origins[i].Address, ""}]; row != nil && row.Origin == nil && !f.Facts.Origins[i].IsZero() {
			o := f.Facts.Origins[i]
			o.Address = row.Name
			row.Origin = &o
		}
	}
	s.hosts.add(f.Host, "", f)
	s.addAttack(&s.tactics, f, func(r *Rule) []string { return r.Tactics }, TacticOf)
	s.addAttack(&s.techniques, f, func(r *Rule) []string { return r.Techniques }, func(name string) string { return name })
}

// addAttack counts a finding once for each tactic or technique of its rule and of the rules folded under it. clean returns
// the name of the row of a tactic or technique.
func (s *Summarizer) addAttack(to *rows, f *Finding, of func(*Rule) []string, clean func(string) string) {
	var names []string
	add := func(r *Rule) {
		for _, name := range of(r) {
			if name = clean(name); !slices.Contains(names, name) {
				names = append(names, name)
			}
		}
	}
	add(f.Rule)
	for i := range f.Also {
		add(f.Also[i].Rule)
	}
	for _, name := range names {
		to.add(name, "", f)
	}
}

// addEach counts a finding in the rows of several names, or of the one that is known if there are none.
func (r *rows) addEach(names []string, one string, f *Finding) {
	if len(names) == 0 {
		names = []string{one}
	}
	for _, name := range names {
		r.count(name, "", f, len(names) > 1)
	}
}

// add counts a finding in the row of a name and id.
func (r *rows) add(name, id string, f *Finding) { r.count(name, id, f, false) }

// count counts a finding in the row of a name and id; it does nothing if both are empty. shared means that the finding
// counts in other rows as well.
func (r *rows) count(name, id string, f *Finding, shared bool) {
	if name == "" && id == "" {
		return
	}
	if *r == nil {
		*r = rows{}
	}
	row := (*r)[rowKey{name, id}]
	if row == nil {
		name = strings.Clone(name) // the name may be part of a large event
		row = &Row{Name: name, ID: id, First: Moment{NoTime}, Last: Moment{NoTime}}
		(*r)[rowKey{name, id}] = row
	}
	row.Endings.add(f)
	widen(&row.First.Time, &row.Last.Time, f)
	row.Findings++
	switch alone := row.Findings - row.Shared; {
	case shared:
		row.Shared++
		if alone == 1 { // only shared findings so far
			row.Level = max(row.Level, f.Level)
		}
	case alone == 1:
		row.Level = f.Level // in place of that of shared findings
	default:
		row.Level = max(row.Level, f.Level)
	}
}

// widen extends a time range to include a finding.
func widen(first, last *value.Time, f *Finding) {
	if f.First != NoTime && (*first == NoTime || f.First.Nanos < first.Nanos) {
		*first = f.First
	}
	if f.Last != NoTime && (*last == NoTime || f.Last.Nanos > last.Nanos) {
		*last = f.Last
	}
}

// Summary returns the counts so far. events is the number of distinct events of the findings.
func (s *Summarizer) Summary(events int) Summary {
	out := Summary{Findings: s.findings, Events: events, Endings: s.endings, First: Moment{s.first}, Last: Moment{s.last}}
	if s.findings == 0 {
		out.First, out.Last = Moment{NoTime}, Moment{NoTime}
	}
	out.Levels, out.Rules = s.levels.sorted(), s.rules.sorted()
	out.Principals, out.Sessions = s.principals.sorted(), s.sessions.sorted()
	out.Accounts, out.Addresses, out.Hosts = s.accounts.sorted(), s.addresses.sorted(), s.hosts.sorted()
	out.Tactics, out.Techniques = s.tactics.sorted(), s.techniques.sorted()
	slices.SortFunc(out.Tactics, func(a, b Row) int { return CompareTactics(a.Name, b.Name) })
	return out
}

func (r rows) sorted() []Row {
	out := make([]Row, 0, len(r))
	for _, row := range r {
		out = append(out, *row)
	}
	slices.SortFunc(out, func(a, b Row) int {
		return cmp.Or(cmp.Compare(min(1, b.Findings-b.Shared), min(1, a.Findings-a.Shared)), cmp.Compare(b.Level, a.Level), cmp.Compare(b.Findings, a.Findings),
			strings.Compare(a.Name, b.Name), strings.Compare(a.ID, b.ID))
	})
	return out
}
