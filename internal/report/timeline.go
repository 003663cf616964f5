package report

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/egret-hunt/egret/internal/finding"
	"github.com/egret-hunt/egret/internal/value"
)

// repeatGap is how long a rule may stay silent about a principal before its next finding makes a new entry of the
// timeline.
const repeatGap = 15 * time.Minute

// timeline prints entries in the order of their first finding. Findings of the same rule, principal and account that
// follow each other within repeatGap are one entry, also when other rules' findings lie between them.
type timeline struct {
	w       io.Writer
	options Options
	// open are the entries that may still grow or that wait behind such a one, in the order of their first finding.
	open []*entry
	keys map[entryKey]*entry
	out  strings.Builder
}

type entryKey struct {
	rule               *finding.Rule
	principal, account string
}

// entry is one or more findings of the same rule, principal and account.
type entry struct {
	key        entryKey
	time, last value.Time
	// findings and events are counted, first is kept without its event and with one of its ids.
	findings, events                    int
	first                               finding.Finding
	actions, addresses, regions, errors []string
	details                             []string
	context                             []finding.ContextEvent
}

func newTimeline(w io.Writer, options Options) Writer {
	return &timeline{w: w, options: options, keys: map[entryKey]*entry{}}
}

func (t *timeline) Finding(f *finding.Finding) error {
	key := entryKey{f.Rule, f.Principal, f.Account}
	// A finding with group values stands alone: its entry would hide which group it is of.
	e := t.keys[key]
	if e == nil || len(f.Group) > 0 || apart(e.last, f.Time) {
		e = newEntry(key, f)
		t.open = append(t.open, e)
		t.keys[key] = e
	}
	e.add(f)
	return t.flush(f.Time)
}

// flush prints the entries from the front that cannot grow any more at a time.
func (t *timeline) flush(now value.Time) error {
	for len(t.open) > 0 && apart(t.open[0].last, now) {
		e := t.open[0]
		t.open = t.open[1:]
		if t.keys[e.key] == e {
			delete(t.keys, e.key)
		}
		t.print(e)
	}
	_, err := io.WriteString(t.w, t.out.String())
	t.out.Reset()
	return err
}

func (t *timeline) Close(*finding.Summary, *finding.Ledger) error {
	for _, e := range t.open {
		t.print(e)
	}
	t.open = nil
	_, err := io.WriteString(t.w, t.out.String())
	return err
}

// apart tells whether a later time is too far from an earlier one to be a repeat.
func apart(earlier, later value.Time) bool {
	if earlier == finding.NoTime {
		return later != finding.NoTime
	}
	return later.Nanos-earlier.Nanos > int64(repeatGap)
}

func newEntry(key entryKey, f *finding.Finding) *entry {
	e := &entry{key: key, time: f.Time, first: *f}
	e.first.Event, e.first.Context = nil, nil
	e.first.EventIDs = slices.Clone(f.EventIDs[:min(1, len(f.EventIDs))])
	return e
}

func (e *entry) add(f *finding.Finding) {
	e.last = f.Time
	e.findings++
	e.events += len(f.EventIDs)
	remember(&e.actions, f.Action)
	remember(&e.addresses, f.Address)
	remember(&e.regions, f.Region)
	remember(&e.errors, f.Error)
	for _, pair := range f.Details {
		remember(&e.details, pair.Name+"="+pair.Value)
	}
	for _, c := range f.Context {
		if !slices.ContainsFunc(e.context, func(have finding.ContextEvent) bool { return have.ID == c.ID }) {
			e.context = append(e.context, c)
		}
	}
}

// maxRemembered bounds what an entry keeps of each kind of value.
const maxRemembered = 1000

func remember(list *[]string, text string) {
	if text != "" && len(*list) < maxRemembered && !slices.Contains(*list, text) {
		*list = append(*list, strings.Clone(text))
	}
}

// print writes an entry: when, how serious and what rule; then who, from where, doing what; then where to look.
func (t *timeline) print(e *entry) {
	o := &t.options
	out := &t.out
	slices.SortStableFunc(e.context, func(a, b finding.ContextEvent) int {
		switch {
		case a.Time.Nanos < b.Time.Nanos:
			return -1
		case a.Time.Nanos > b.Time.Nanos:
			return 1
		}
		return strings.Compare(a.ID, b.ID)
	})
	context := e.context
	for len(context) > 0 && context[0].Time.Nanos < e.first.First.Nanos {
		t.printContext(&context[0])
		context = context[1:]
	}
	fmt.Fprintf(out, "%s  %s  %s", o.moment(e.time), o.level(e.key.rule.Level), o.paint(bold, safe(e.key.rule.Title)))
	if e.findings > 1 {
		fmt.Fprintf(out, "  ×%s until %s", number(e.findings), o.until(e.time, e.last))
	}
	out.WriteByte('\n')
	who := []string{}
	if e.key.principal != "" {
		who = append(who, o.paint(bold, safe(e.key.principal)))
	}
	if len(e.addresses) > 0 {
		who = append(who, "from "+some(e.addresses, 3))
	}
	if place := strings.TrimSpace(safe(e.key.account) + " " + some(e.regions, 3)); place != "" {
		who = append(who, "in "+place)
	}
	t.line(strings.Join(who, "  "))
	what := []string{}
	if len(e.actions) > 0 {
		what = append(what, some(e.actions, 5))
	}
	if len(e.errors) > 0 {
		what = append(what, o.paint("31", "error "+some(e.errors, 3)))
	}
	if len(e.details) > 0 {
		what = append(what, some(e.details, 4))
	}
	if len(e.key.rule.Techniques) > 0 {
		what = append(what, o.paint(dim, some(e.key.rule.Techniques, 8)))
	}
	t.line(strings.Join(what, "  "))
	if len(e.first.Group) > 0 || e.first.Count > 1 {
		t.line(t.burst(e))
	}
	id := ""
	if len(e.first.EventIDs) > 0 {
		id = safe(e.first.EventIDs[0])
	}
	if more := e.events - 1; more > 0 {
		id += fmt.Sprintf(" and %s", plural(more, "more event"))
	}
	t.line(o.paint(dim, "event "+id))
	for i := range context {
		t.printContext(&context[i])
	}
}

// burst describes the window of a correlation: how much, from when, of which group.
func (t *timeline) burst(e *entry) string {
	text := "count " + number(e.first.Count)
	if e.first.First != e.time {
		text += " since " + t.options.until(e.time, e.first.First)
	}
	for _, pair := range e.first.Group {
		text += "  " + safe(pair.Name) + "=" + safe(pair.Value)
	}
	return text
}

func (t *timeline) line(text string) {
	if text != "" {
		t.out.WriteString("    " + text + "\n")
	}
}

// printContext writes an event around a finding on one dimmed line.
func (t *timeline) printContext(c *finding.ContextEvent) {
	text := t.options.moment(c.Time) + "  ·  " + safe(c.Action)
	if c.Error != "" {
		text += "  error " + safe(c.Error)
	}
	if c.Address != "" {
		text += "  from " + safe(c.Address)
	}
	t.out.WriteString(t.options.paint(dim, "  "+text+"  "+safe(c.ID)) + "\n")
}
