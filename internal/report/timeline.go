package report

import (
	"io"
	"slices"
	"strings"
	"time"

	"github.com/egret-hunt/egret/internal/finding"
	"github.com/egret-hunt/egret/internal/value"
)

// repeatGap is the maximum time between two findings of a rule about a principal in the same entry of the timeline.
const repeatGap = 15 * time.Minute

// timeline prints entries in the order of their first events. Findings of the same rule, level, principal and account that
// follow each other within repeatGap form one entry, even with findings of other rules between them. A finding of
// several events stands alone. Events that --context adds are between the entries, each once; calls of one action by one
// principal form an entry in the same way.
type timeline struct {
	w       io.Writer
	options Options
	// open has the entries that may still grow, and those that wait for them, in order of time.
	open []*entry
	keys map[entryKey]*entry
	// shown has the ids of the nearby events that were added.
	shown map[string]struct{}
	// hold is how long entries wait for earlier ones: for repeats, and for events near later findings.
	hold    time.Duration
	speaker speaker
	// from has the address that was printed last for a principal, near the principal of the last entry.
	from map[string]string
	near string
	out  strings.Builder
}

// entryKey identifies what repeats: a rule with the values of its group, or an action.
type entryKey struct {
	rule                              *finding.Rule
	level                             finding.Level
	principal, account, group, action string
}

// entry is one or more findings of the same rule, level, principal and account, or calls near them.
type entry struct {
	// nearby means that the entry is of calls near findings. first is empty then.
	nearby     bool
	key        entryKey
	time, last value.Time
	// grows means that repeats may be added.
	grows bool
	// findings and events are counts; first is kept without its event and with one of its ids.
	findings, events int
	first            finding.Finding
	hosts, details   []string
	facts            merged
	also             []finding.Also // each rule once
}

func newTimeline(w io.Writer, options Options) Writer {
	return &timeline{
		w: w, options: options, keys: map[entryKey]*entry{}, shown: map[string]struct{}{}, hold: repeatGap + options.Context,
		speaker: speaker{map[string]string{}}, from: map[string]string{},
	}
}

func (t *timeline) Finding(f *finding.Finding) error {
	key := entryKey{rule: f.Rule, level: f.Level, principal: f.Principal, account: f.Account}
	for _, pair := range f.Group { // an entry shows one group
		key.group += pair.Name + "\x00" + pair.Value + "\x00"
	}
	e := t.keys[key]
	if grows := len(f.EventIDs) < 2; e == nil || !grows || apart(e.last, f.First) {
		e = newEntry(key, f.First)
		e.grows = grows
		e.first = *f
		e.first.Event, e.first.Context, e.first.Facts, e.first.Also = nil, nil, finding.Facts{}, nil
		e.first.EventIDs = slices.Clone(f.EventIDs[:min(1, len(f.EventIDs))])
		t.wait(e)
		if grows {
			t.keys[key] = e
		}
	}
	e.add(f)
	for i := range f.Context {
		t.addNearby(f, &f.Context[i])
	}
	return t.flush(f.First)
}

// addNearby adds an event near a finding, unless it was added before or is evidence.
func (t *timeline) addNearby(f *finding.Finding, c *finding.ContextEvent) {
	if _, ok := t.shown[c.ID]; ok || c.IsEvidence {
		return
	}
	t.shown[c.ID] = struct{}{}
	key := entryKey{principal: f.Principal, account: f.Account, action: c.Action}
	e := t.keys[key]
	if e == nil || c.Time.Nanos < e.last.Nanos || apart(e.last, c.Time) {
		key.principal, key.account, key.action = strings.Clone(key.principal), strings.Clone(key.account), strings.Clone(key.action)
		e = newEntry(key, c.Time)
		e.nearby, e.grows = true, true
		t.wait(e)
		t.keys[key] = e
	}
	e.add(&finding.Finding{Subject: c.Subject, First: c.Time, Last: c.Time, EventIDs: []string{c.ID}, Facts: c.Facts})
}

// wait inserts an entry after those that are not later.
func (t *timeline) wait(e *entry) {
	at := len(t.open)
	for at > 0 && t.open[at-1].time.Nanos > e.time.Nanos {
		at--
	}
	t.open = slices.Insert(t.open, at, e)
}

// flush prints the first entries that cannot grow any more at this time.
func (t *timeline) flush(now value.Time) error {
	for len(t.open) > 0 && t.settled(t.open[0], now) {
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

// settled reports whether nothing that is to come belongs into an entry or before it.
func (t *timeline) settled(e *entry, now value.Time) bool {
	last := e.time
	if e.grows {
		last = e.last
	}
	return last == finding.NoTime && now != finding.NoTime || now.Nanos-last.Nanos > int64(t.hold)
}

func (t *timeline) Close(*finding.Summary, *finding.Ledger) error {
	for len(t.open) > 0 {
		e := t.open[0]
		t.open = t.open[1:]
		t.printEntry(e) // it may take others along
	}
	_, err := io.WriteString(t.w, t.out.String())
	return err
}

// apart reports whether the time between two findings is too long for one entry.
func apart(earlier, later value.Time) bool {
	if earlier == finding.NoTime {
		return later != finding.NoTime
	}
	return later.Nanos-earlier.Nanos > int64(repeatGap)
}

func newEntry(key entryKey, begin value.Time) *entry { return &entry{key: key, time: begin} }

func (e *entry) add(f *finding.Finding) {
	e.last = f.Last
	e.findings++
	e.events += len(f.EventIDs)
	remember(&e.hosts, f.Host)
	e.facts.add(f)
	for _, a := range f.Also {
		i := slices.IndexFunc(e.also, func(o finding.Also) bool { return o.Rule == a.Rule })
		if i >= 0 {
			e.also[i].Count += a.Count
		} else {
			e.also = append(e.also, a)
		}
	}
	for _, pair := range f.Details {
		remember(&e.details, pair.Name+"="+pair.Value)
	}
}

// maxRemembered limits what an entry keeps of each kind of value.
const maxRemembered = 1000

func remember(list *[]string, text string) {
	if text != "" && len(*list) < maxRemembered && !slices.Contains(*list, text) {
		*list = append(*list, strings.Clone(text))
	}
}
