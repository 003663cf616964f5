package report

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/egret-hunt/egret/internal/finding"
	"github.com/egret-hunt/egret/internal/term"
)

// EventFormats are the formats of events that were searched for, in the order of the help text. Their writers take a finding
// for each event; its rule says nothing.
var EventFormats = []Format{
	{Name: "timeline", Help: "what was done, in order, repeats grouped", ForPeople: true, New: once(newEventTimeline)},
	{Name: "table", Help: "one row for each principal, address and call", ForPeople: true, New: once(newEventTable)},
	{Name: "csv", Help: "one row per event, safe to open in a spreadsheet", New: once(newEventCSV)},
	{Name: "jsonl", Help: "one JSON object per event; a stable contract", New: once(newEventJSONL)},
	{Name: "json", Help: "one JSON object with events and ledger", New: once(newEventJSON)},
	{Name: "html", Help: "a report in one file for a browser, to hand over; goes with -o", ForPeople: true, ForFile: true, New: once(newEventHTML)},
}

// once returns a writer that prints each event once: where log sources overlap, several rules of a search may match it. Such
// findings have the same time and id and follow each other.
func once(start func(w io.Writer, options Options) Writer) func(w io.Writer, options Options) Writer {
	return func(w io.Writer, options Options) Writer { return &onceWriter{Writer: start(w, options)} }
}

type onceWriter struct {
	Writer

	time int64
	id   string
}

func (o *onceWriter) Finding(f *finding.Finding) error {
	if len(f.EventIDs) == 1 {
		if o.id != "" && o.time == f.Time.Nanos && o.id == f.EventIDs[0] {
			return nil
		}
		o.time, o.id = f.Time.Nanos, strings.Clone(f.EventIDs[0])
	}
	return o.Writer.Finding(f)
}

// callName is the name of a call: with its service as IAM policies write it, iam:CreateUser, where that is a host name.
func callName(service, action string) string {
	label, rest, ok := strings.Cut(service, ".")
	if ok && strings.Contains(rest, ".") && action != "" {
		return label + ":" + action
	}
	return cmp.Or(action, service)
}

// outcomeOf returns how the call of an event ended, with its error code.
func outcomeOf(f *finding.Finding) (finding.Outcome, string) {
	for outcome, n := range f.Facts.Outcomes.Counts {
		if n == 0 {
			continue
		}
		code := f.Error
		if len(f.Facts.Outcomes.Errors) > 0 {
			code = f.Facts.Outcomes.Errors[0].Code
		}
		return finding.Outcome(outcome), code
	}
	return finding.Unknown, f.Error
}

// summaryRows is how many rows of each list the summary of a search prints; json has all of them.
const summaryRows = 10

// WriteEventSummary prints a summary for people: the number of events, then the first rows by principal, key, account and
// address. The ledger explains why there are no events.
func WriteEventSummary(w io.Writer, s *finding.Summary, l *finding.Ledger, options Options) error {
	o := &options
	var out strings.Builder
	if s.Findings == 0 {
		if NothingRead(l) != "" {
			return nil // an error has said so
		}
		out.WriteString(o.paint(term.Bold, noEvent(l)) + "\n")
		_, err := io.WriteString(w, out.String())
		return err
	}
	out.WriteString(o.paint(term.Bold, term.Plural(s.Events, "event")))
	if s.First.Time != finding.NoTime {
		out.WriteString(", " + o.moment(s.First.Time) + " to " + o.moment(s.Last.Time))
	}
	out.WriteByte('\n')
	for _, part := range []struct {
		title string
		rows  []finding.Row
	}{
		{"PRINCIPAL", s.Principals}, {"ACCESS KEY OR SESSION", s.Sessions}, {"ADDRESS", s.Addresses}, {"ACCOUNT", s.Accounts}, {"HOST", s.Hosts},
	} {
		if len(part.rows) == 0 {
			continue
		}
		out.WriteByte('\n')
		g := grid{head: []string{"EVENTS", "FIRST", "LAST", part.title}, right: 0, shrink: []int{3}, drop: []int{2}}
		rows := slices.Clone(part.rows)
		slices.SortStableFunc(rows, func(a, b finding.Row) int { return cmp.Compare(b.Findings, a.Findings) })
		for _, row := range rows[:min(summaryRows, len(rows))] {
			g.rows = append(g.rows, []string{term.Count(row.Findings), o.moment(row.First.Time), o.moment(row.Last.Time), safe(row.Name)})
		}
		out.WriteString(g.String(o))
		if more := len(rows) - summaryRows; more > 0 {
			out.WriteString(o.paint(term.Dim, "and "+term.Count(more)+" more") + "\n")
		}
	}
	_, err := io.WriteString(w, out.String())
	return err
}

// noEvent explains why no event matches. It returns "No event matches." only if everything was searched.
func noEvent(l *finding.Ledger) string {
	text := nothingFound(l)
	if rest, ok := strings.CutPrefix(text, "No findings"); ok {
		return "No event matches" + rest
	}
	if strings.Contains(text, "no rule") {
		return "Nothing was searched: the log sources that were read do not have what was asked for."
	}
	return text
}

// Limits of what a line of an event timeline lists.
const (
	lineTargets = 3 // of each type
	lineTypes   = 3
	lineFacts   = 3
	lineAgent   = 40 // columns
)

// call describes the calls of a group: their name, and how often and until when they were repeated.
func (g *eventGroup) call(o *Options) string {
	text := o.paint(term.Bold, safe(callName(g.key.service, g.key.action)))
	if g.events > 1 {
		text += fmt.Sprintf(" ×%s until %s", term.Count(g.events), o.until(g.time, g.last))
	}
	return text
}

// outcome describes how the calls of a group ended, in red if some did not succeed.
func (g *eventGroup) outcome(o *Options) string {
	text := g.facts.outcome()
	bad := g.facts.counts[finding.Refused]+g.facts.counts[finding.Failed] > 0
	switch {
	case text == "" && len(g.facts.errors) > 0:
		text, bad = "error "+safe(g.facts.errors[0].Code), true
	case g.events > 1 && g.facts.counts[finding.Succeeded] == g.events:
		text = "succeeded"
	}
	if bad {
		return o.paint("31", text)
	}
	return text
}

// targets lists what the calls of a group were about, by type: "user a, b and 2 more, role c".
func (g *eventGroup) targets() string {
	names := map[string][]string{}
	var types []string
	for _, t := range g.facts.targets {
		if names[t.Type] == nil {
			types = append(types, t.Type)
		}
		if !slices.Contains(names[t.Type], t.Name) {
			names[t.Type] = append(names[t.Type], t.Name)
		}
	}
	if len(types) == 0 {
		return some(g.details, lineTargets)
	}
	var parts []string
	for _, t := range types[:min(lineTypes, len(types))] {
		parts = append(parts, safe(t)+" "+some(names[t], lineTargets))
	}
	if more := len(types) - lineTypes; more > 0 {
		parts = append(parts, fmt.Sprintf("and %d more types", more))
	}
	return strings.Join(parts, "; ")
}
