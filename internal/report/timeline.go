package report

import (
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
// follow each other within repeatGap are one entry, also when other rules' findings lie between them. Events that
// --context adds stand between the entries, each once.
type timeline struct {
	w       io.Writer
	options Options
	// open are the entries that may still grow, and what waits behind them, in order of time.
	open []*entry
	keys map[entryKey]*entry
	// shown are the ids of context events that have been taken.
	shown map[string]struct{}
	out   strings.Builder
}

type entryKey struct {
	rule               *finding.Rule
	principal, account string
}

// entry is one or more findings of the same rule, principal and account, or one event around them.
type entry struct {
	// context is the event, nil for findings; only key, time and last are set beside it.
	context    *finding.ContextEvent
	key        entryKey
	time, last value.Time
	// findings and events are counted, first is kept without its event and with one of its ids.
	findings, events                    int
	first                               finding.Finding
	actions, addresses, regions, errors []string
	hosts, details                      []string
}

func newTimeline(w io.Writer, options Options) Writer {
	return &timeline{w: w, options: options, keys: map[entryKey]*entry{}, shown: map[string]struct{}{}}
}

func (t *timeline) Finding(f *finding.Finding) error {
	key := entryKey{f.Rule, f.Principal, f.Account}
	// A finding with group values stands alone: its entry would hide which group it is of.
	e := t.keys[key]
	if e == nil || len(f.Group) > 0 || apart(e.last, f.Time) {
		e = newEntry(key, f)
		t.wait(e)
		t.keys[key] = e
	}
	e.add(f)
	for i := range f.Context {
		t.context(f, &f.Context[i])
	}
	return t.flush(f.Time)
}

// context takes an event around a finding, unless it was taken before or has an entry as evidence.
func (t *timeline) context(f *finding.Finding, c *finding.ContextEvent) {
	if _, ok := t.shown[c.ID]; ok || c.IsEvidence {
		return
	}
	t.shown[c.ID] = struct{}{}
	event := *c
	event.Event = nil
	t.wait(&entry{context: &event, key: entryKey{principal: f.Principal}, time: c.Time, last: c.Time})
}

// wait puts an entry behind those that are not later.
func (t *timeline) wait(e *entry) {
	at := len(t.open)
	for at > 0 && t.open[at-1].time.Nanos > e.time.Nanos {
		at--
	}
	t.open = slices.Insert(t.open, at, e)
}

// flush prints the entries from the front that cannot grow any more at a time.
func (t *timeline) flush(now value.Time) error {
	for len(t.open) > 0 && apart(t.open[0].last, now) {
		e := t.open[0]
		t.open = t.open[1:]
		if t.keys[e.key] == e {
			delete(t.keys, e.key)
		}
		t.printEntry(e)
	}
	_, err := io.WriteString(t.w, t.out.String())
	t.out.Reset()
	return err
}

func (t *timeline) Close(*finding.Summary, *finding.Ledger) error {
	for _, e := range t.open {
		t.printEntry(e)
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
	remember(&e.hosts, f.Host)
	remember(&e.errors, f.Error)
	for _, pair := range f.Details {
		remember(&e.details, pair.Name+"="+pair.Value)
	}
}

// maxRemembered bounds what an entry keeps of each kind of value.
const maxRemembered = 1000

func remember(list *[]string, text string) {
	if text != "" && len(*list) < maxRemembered && !slices.Contains(*list, text) {
		*list = append(*list, strings.Clone(text))
	}
}
