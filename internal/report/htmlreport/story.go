package htmlreport

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/egret-hunt/egret/diag"
	"github.com/egret-hunt/egret/internal/finding"
	"github.com/egret-hunt/egret/internal/story"
	"github.com/egret-hunt/egret/internal/term"
)

// Limits of the rows of an answer.
const (
	maxAnswer = 8
	maxShown  = 4
)

// intrusion is what the page shows of an intrusion of a story.
type intrusion struct {
	Anchor, Title, Period string
	Level                 finding.Level
	// Answer has the rows that a responder must know first.
	Answer []answerRow
	Do     []todo
	MoreDo int
	Graph  *graph
	Chain  []string
	// MoreChain is how many links are not in Chain.
	MoreChain int
	Steps     []step
	Made      []thing
	MoreMade  int
	// Lists are actors, sessions, addresses and so on.
	Lists []list
}

// answerRow is a named row. Items has one phrase each; one with Good is over or did not work, one with Bad still matters.
type answerRow struct {
	Name  string
	Items []item
	More  int
}

type item struct {
	Text, Note string
	Code       bool
	Bad, Good  bool

	rank int // lower ones come first
}

type todo struct{ Text, Command string }

type step struct {
	Tactic, Period, Outcome string
	Level                   finding.Level
	Findings                int
	Deeds                   []deed
	More                    int
}

type deed struct {
	Title, At, Outcome string
	Level              finding.Level
	Targets, Facts     []string
}

type thing struct {
	Name, At, By, Removed string
	Stands                bool
}

// tell fills in the intrusions of a story.
func (h *Writer) tell(v *view, s *story.Story, c clock) {
	anchors := map[string]string{}
	for i := range v.Sections {
		anchors[v.Sections[i].key] = v.Sections[i].Anchor
	}
	for i := range s.Intrusions {
		in := &s.Intrusions[i]
		one := intrusion{
			Anchor: fmt.Sprintf("intrusion-%d", i+1), Level: in.Level, Period: c.period(in.First, in.Last),
			Title: "What happened", Graph: newGraph(in, c, anchors), MoreDo: in.MoreDo,
			Steps: steps(in, c), MoreMade: in.MoreMade, MoreChain: in.MoreChain,
		}
		if n := len(s.Intrusions) + s.MoreIntrusions; n > 1 {
			one.Title = fmt.Sprintf("Intrusion %d: %s", i+1, identity(in.Principal))
		}
		t := teller{s, in, c}
		one.Answer = t.answer()
		for _, a := range in.Do {
			one.Do = append(one.Do, todo{safe(a.Text), commandText(a.Command)})
		}
		for j := range in.Chain {
			one.Chain = append(one.Chain, t.hop(&in.Chain[j]))
		}
		for j := range in.Made {
			one.Made = append(one.Made, t.thing(&in.Made[j]))
		}
		for _, l := range []struct {
			name  string
			texts story.Texts
		}{
			{"Actors", in.Actors}, {"Keys and sessions", in.Sessions}, {"Addresses", in.Addresses}, {"Agents", in.Agents},
			{"Accounts", in.Accounts}, {"Regions", in.Regions},
		} {
			if len(l.texts.List) > 0 {
				one.Lists = append(one.Lists, listOf(l.name, l.texts))
			}
		}
		v.Intrusions = append(v.Intrusions, one)
	}
	v.MoreIntrusions, v.MoreIntrusionFindings = s.MoreIntrusions, s.MoreFindings
	for i := range s.Apart {
		g := &s.Apart[i]
		v.Apart = append(v.Apart, apart{
			Principal: identity(g.Principal), Anchor: anchors[safe(g.Principal)], Automation: safe(g.Automation), Level: g.Level,
			Findings: g.Findings, Period: c.period(g.First, g.Last), Addresses: texts(g.Addresses, 3), Titles: texts(g.Titles, 3),
		})
	}
	v.MoreApart, v.MoreApartFindings = s.MoreApart, s.MoreApartFindings
	if s.NotFollowed != "" {
		v.Notices = append(v.Notices, "Identities were not followed through the whole log: "+safe(s.NotFollowed)+". What still stands is not known.")
	}
}

// apart is a group of findings that belong to no intrusion.
type apart struct {
	Principal, Anchor, Automation, Period, Addresses, Titles string
	Level                                                    finding.Level
	Findings                                                 int
}

// texts joins the first texts of a list.
func texts(t story.Texts, limit int) string {
	shown, more := safeAll(t.List, limit)
	text := strings.Join(shown, ", ")
	if more += t.More; more > 0 {
		text += fmt.Sprintf(" and %s more", term.Count(more))
	}
	return text
}

func listOf(name string, t story.Texts) list {
	l := list{Name: name, More: t.More}
	shown, more := safeAll(t.List, maxShownValues)
	for _, text := range shown {
		l.Values = append(l.Values, tallied{Text: text, Count: 1})
	}
	l.More += more
	return l
}

// maxCommandText is how long a command may be. A longer one is not cut, since a part of it would do something else.
const maxCommandText = 4 << 10

func commandText(command string) string {
	if len(command) > maxCommandText {
		return fmt.Sprintf("# the command has %s bytes and is left out", term.Count(len(command)))
	}
	return diag.Safe(command)
}

// identity returns the kind and name of a principal: "user ci-deploy".
func identity(principal string) string {
	kind, name := kindName(principal)
	return safe(strings.TrimSpace(kind + " " + name))
}

// teller puts an intrusion into words.
type teller struct {
	s  *story.Story
	in *story.Intrusion
	c  clock
}

// answerOf makes a row of the first items, nil without any.
func answerOf(name string, items []item, more int) []answerRow {
	if len(items) == 0 {
		return nil
	}
	shown := min(maxAnswer, len(items))
	return []answerRow{{name, items[:shown], len(items) - shown + more}}
}

// answer returns the rows in the order in which a responder asks.
func (t *teller) answer() []answerRow {
	in := t.in
	var rows []answerRow
	who := []item{{Text: identity(in.Principal), Note: safe(in.Account)}}
	for _, key := range in.Keys.List[:min(maxShown, len(in.Keys.List))] {
		who = append(who, item{Text: safe(key), Note: "key", Code: true})
	}
	rows = append(rows, answerOf("Who", who, max(0, len(in.Keys.List)-maxShown)+in.Keys.More)...)
	var from []item
	for _, address := range in.Addresses.List {
		from = append(from, item{Text: safe(address), Code: true})
	}
	rows = append(rows, answerOf("From", from, in.Addresses.More)...)
	way := safe(in.WayIn.Kind)
	if in.WayIn.Time != finding.NoTime {
		way += ", first used " + t.c.moment(in.WayIn.Time)
	}
	if in.WayIn.Agent != "" {
		way += ", with " + safe(in.WayIn.Agent)
	}
	rows = append(rows, answerOf("Way in", []item{{Text: way}}, 0)...)
	rows = append(rows, answerOf("Took", t.took(), 0)...)
	rows = append(rows, answerOf("Made", t.made(), 0)...)
	var calls []item
	for _, o := range []finding.Outcome{finding.Succeeded, finding.Refused, finding.Failed, finding.Unknown} {
		if n := in.Outcomes.Counts[o]; n > 0 {
			calls = append(calls, item{Text: term.Count(n) + " " + o.String(), Bad: o == finding.Succeeded, Note: t.codes(o)})
		}
	}
	rows = append(rows, answerOf("Calls", calls, 0)...)
	rows = append(rows, answerOf("Gave away", t.given(), in.MoreGiven)...)
	rows = append(rows, answerOf("Logging", t.logging(), in.MoreLogging)...)
	return append(rows, answerOf("Still stands", t.standing(), in.MoreMade)...)
}

// codes lists the error codes of an outcome.
func (t *teller) codes(o finding.Outcome) string {
	var codes []string
	for _, e := range t.in.Outcomes.Errors {
		if e.Outcome == o {
			codes = append(codes, e.Code)
		}
	}
	return texts(story.Texts{List: codes}, maxShown)
}

// took lists the roles and sessions that were taken on.
func (t *teller) took() []item {
	var items []item
	for i := range t.in.Chain {
		h := &t.in.Chain[i]
		if h.Kind != story.TookRole || h.Automation != "" {
			continue
		}
		one := item{Text: identity(h.To), Note: safe(h.Key)}
		if h.Count > 1 {
			one.Note += fmt.Sprintf(" ×%d", h.Count)
		}
		items = append(items, one)
	}
	return items
}

// made lists users, roles and keys that were made.
func (t *teller) made() []item {
	var items []item
	for i := range t.in.Chain {
		h := &t.in.Chain[i]
		if h.Automation != "" {
			continue
		}
		switch h.Kind {
		case story.MadeKey:
			items = append(items, item{Text: "key of " + identity(h.To), Note: safe(h.Key)})
		case story.MadeUser, story.MadeRole:
			items = append(items, item{Text: identity(h.To)})
		case story.SetPass:
			items = append(items, item{Text: "password of " + identity(h.To)})
		case story.SetTrust:
			items = append(items, item{Text: "trust of " + identity(h.To) + " changed"})
		case story.TookRole, story.RanMachine, story.SignedIn:
		}
	}
	return items
}

// given lists what was shared: first what others still have, last what was only tried.
func (t *teller) given() []item {
	var items []item
	for i := range t.in.Given {
		g := &t.in.Given[i]
		one := item{Text: safe(shortARNs(g.What) + " to " + g.Recipient()), Bad: g.Outcome != finding.Refused && g.Outcome != finding.Failed}
		switch {
		case !one.Bad:
			one.Note, one.Good, one.rank = g.Outcome.String(), true, 2
		case g.Undone != finding.NoTime:
			one.Note, one.rank = "taken back "+t.c.moment(g.Undone), 1
		}
		items = append(items, one)
	}
	slices.SortStableFunc(items, func(a, b item) int { return cmp.Compare(a.rank, b.rank) })
	return items
}

// logging lists what was done to logging, what worked first.
func (t *teller) logging() []item {
	var items []item
	for i := range t.in.Logging {
		l := &t.in.Logging[i]
		text := l.What
		if len(l.Targets.List) > 0 {
			text += ": " + shortARNs(texts(l.Targets, 2))
		}
		one := item{Text: safe(text), Note: l.Outcome.String(), Bad: l.Outcome == finding.Succeeded, Good: l.Outcome == finding.Refused || l.Outcome == finding.Failed}
		if l.Count > 1 {
			one.Note += fmt.Sprintf(" ×%d", l.Count)
		}
		if l.GapHours > 0 {
			one.Note += ", then " + term.Plural(l.GapHours, "hour") + " without logs"
		}
		if !one.Bad {
			one.rank = 1
		}
		items = append(items, one)
	}
	slices.SortStableFunc(items, func(a, b item) int { return cmp.Compare(a.rank, b.rank) })
	return items
}

// standing lists what was made and was there at the end of the log.
func (t *teller) standing() []item {
	var items []item
	gone := 0
	for i := range t.in.Made {
		if m := &t.in.Made[i]; m.Stands() {
			items = append(items, item{Text: thingName(m), Bad: true})
		} else {
			gone++
		}
	}
	switch {
	case len(items) > 0:
	case t.s.NotFollowed != "":
		items = append(items, item{Text: "not known: " + safe(t.s.NotFollowed)})
	case gone > 0:
		items = append(items, item{Text: fmt.Sprintf("nothing: all %d things that were made are gone", gone), Good: true})
	default:
		items = append(items, item{Text: "nothing that egret knows was made", Good: true})
	}
	if t.s.LogEnd != finding.NoTime {
		items[len(items)-1].Note = "at the end of the log, " + t.c.moment(t.s.LogEnd)
	}
	return items
}

// thingName names a thing for people.
func thingName(m *story.Thing) string {
	if m.Text != "" {
		return safe(m.Text)
	}
	text := m.Kind + " " + shortARNs(m.Name)
	if m.Part != "" {
		text += " for " + shortARNs(m.Part)
	}
	return safe(text)
}

func (t *teller) thing(m *story.Thing) thing {
	one := thing{Name: thingName(m), At: t.c.moment(m.Time), By: identity(m.By), Stands: m.Stands()}
	if !one.Stands {
		one.Removed = t.c.moment(m.Removed)
		if m.RemovedBy != "" {
			one.Removed += " by " + identity(m.RemovedBy)
		}
	}
	return one
}

// hop describes a link in words.
func (t *teller) hop(h *story.Hop) string {
	text := t.c.moment(h.Time) + "  " + identity(h.From)
	if h.FromKey != "" {
		text += " with " + safe(h.FromKey)
	}
	text += " " + hopWords[h.Kind] + " " + identity(h.To)
	if h.Key != "" {
		text += ", " + safe(h.Key)
	}
	if more := len(h.Keys.List) + h.Keys.More - 1; more > 0 {
		text += fmt.Sprintf(" and %d more", more)
	}
	if h.Count > 1 {
		text += fmt.Sprintf(", ×%d", h.Count)
	}
	if h.Address != "" {
		text += ", from " + safe(h.Address)
	}
	if h.Automation != "" {
		text += ", by " + safe(h.Automation)
	}
	return text
}

func steps(in *story.Intrusion, c clock) []step {
	var list []step
	for i := range in.Steps {
		s := &in.Steps[i]
		one := step{
			Tactic: safe(s.Tactic), Period: c.period(s.First, s.Last), Level: s.Level, Findings: s.Findings, More: s.MoreDeeds,
			Outcome: counts(s.Outcomes),
		}
		for j := range s.Deeds {
			d := &s.Deeds[j]
			targets := make([]string, 0, len(d.Targets.List))
			for _, text := range d.Targets.List[:min(maxShown, len(d.Targets.List))] {
				targets = append(targets, safe(shortARNs(text)))
			}
			if more := len(d.Targets.List) - len(targets) + d.Targets.More; more > 0 {
				targets = append(targets, term.Count(more)+" more")
			}
			facts, more := safeAll(d.Facts.List, maxShown)
			if more += d.Facts.More; more > 0 {
				facts = append(facts, term.Count(more)+" more")
			}
			one.Deeds = append(one.Deeds, deed{
				Title: safe(d.Title), At: c.period(d.First, d.Last), Outcome: counts(d.Outcomes), Level: d.Level, Targets: targets, Facts: facts,
			})
		}
		list = append(list, one)
	}
	return list
}

// counts puts numbers of calls by outcome into words.
func counts(n [4]int) string {
	var parts []string
	for _, o := range []finding.Outcome{finding.Succeeded, finding.Refused, finding.Failed} {
		if n[o] > 0 {
			parts = append(parts, term.Count(n[o])+" "+o.String())
		}
	}
	return strings.Join(parts, ", ")
}

// shortARNs leaves only the last part of each ARN in a text.
func shortARNs(text string) string {
	words := strings.Split(text, " ")
	for i, word := range words {
		if _, name := kindName(strings.TrimSuffix(word, ",")); strings.HasPrefix(word, "arn:") {
			if strings.HasSuffix(word, ",") {
				name += ","
			}
			words[i] = name
		}
	}
	return strings.Join(words, " ")
}
