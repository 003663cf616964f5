package report

import (
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/egret-hunt/egret/internal/finding"
	"github.com/egret-hunt/egret/internal/value"
)

// timesketch writes JSON lines for Timesketch's importer, which asks for message, datetime and timestamp_desc and takes
// timestamp in microseconds (https://timesketch.org/guides/user/import-from-json-csv/, read 2026-11-29). All other fields
// are flat: texts, numbers, and lists of texts. The event is one text, because an index of OpenSearch refuses documents in
// which a field is now a text and now an object, as parameters of calls are.
type timesketch struct{ w io.Writer }

func newTimesketch(w io.Writer, _ Options) Writer { return &timesketch{w} }

// timesketchLine is one line, in the order of its keys.
type timesketchLine struct {
	Message       string   `json:"message"`
	Datetime      string   `json:"datetime"`
	TimestampDesc string   `json:"timestamp_desc"`
	Timestamp     int64    `json:"timestamp"`
	Tag           []string `json:"tag"`
	Level         string   `json:"level"`
	Rule          string   `json:"rule"`
	RuleID        string   `json:"rule_id"`
	Attack        []string `json:"attack"`
	Tactics       []string `json:"tactics"`
	Schema        string   `json:"schema"`
	Account       string   `json:"account"`
	Principal     string   `json:"principal"`
	Keys          []string `json:"keys"`
	Addresses     []string `json:"addresses"`
	Agents        []string `json:"agents"`
	Regions       []string `json:"regions"`
	Actions       []string `json:"actions"`
	Outcome       string   `json:"outcome"`
	Succeeded     int      `json:"succeeded"`
	Refused       int      `json:"refused"`
	Failed        int      `json:"failed"`
	Targets       []string `json:"targets"`
	Facts         []string `json:"facts"`
	Origins       []string `json:"origins"`
	Also          []string `json:"also"`
	Group         []string `json:"group"`
	Count         int      `json:"count"`
	Last          string   `json:"last"`
	EventIDs      []string `json:"event_ids"`
	Event         string   `json:"event"`
}

func (t *timesketch) Finding(f *finding.Finding) error {
	var m merged
	m.add(f)
	line := timesketchLine{
		Message: message(f, &m), Datetime: isoTime(f.First), TimestampDesc: timestampDesc(f), Timestamp: microseconds(f.First),
		Tag: append([]string{f.Level.String()}, f.Rule.Techniques...), Level: f.Level.String(), Rule: f.Rule.Title, RuleID: f.Rule.ID,
		Attack: bounded(f.Rule.Techniques), Tactics: bounded(f.Rule.Tactics), Schema: f.Schema, Account: f.Account, Principal: f.Principal,
		Keys: bounded(m.sessions), Addresses: bounded(m.addresses), Agents: bounded(m.agents), Regions: bounded(m.regions),
		Actions: bounded(m.actions), Outcome: m.outcome(), Succeeded: m.counts[finding.Succeeded], Refused: m.counts[finding.Refused],
		Failed: m.counts[finding.Failed], Targets: bounded(m.targetTexts()), Facts: bounded(m.factTexts()), Also: []string{},
		Origins: []string{}, Group: []string{}, Count: f.Count, Last: isoTime(f.Last), EventIDs: bounded(f.EventIDs), Event: string(f.Event),
	}
	for i := range f.Facts.Origins {
		line.Origins = append(line.Origins, Address(&f.Facts.Origins[i]))
	}
	line.Origins = bounded(line.Origins)
	for _, also := range f.Also {
		line.Also = append(line.Also, also.Rule.Title)
	}
	for _, pair := range f.Group {
		line.Group = append(line.Group, pair.Name+"="+pair.Value)
	}
	text, err := finding.MarshalSafe(&line)
	if err != nil {
		return err
	}
	_, err = t.w.Write(append(text, '\n'))
	return err
}

func (t *timesketch) Close(*finding.Summary, *finding.Ledger) error { return nil }

// message describes a finding in one sentence, for lists of events of other tools.
func message(f *finding.Finding, m *merged) string {
	var b strings.Builder
	b.WriteString(f.Rule.Title)
	for i, part := range []struct{ before, text string }{
		{" ", some(m.actions, 5)}, {" ", m.outcome()}, {" by ", f.Principal}, {" from ", some(m.addresses, 3)},
	} {
		if part.text == "" {
			continue
		}
		if i == 0 {
			b.WriteByte(':')
		}
		b.WriteString(part.before + part.text)
	}
	if targets := m.targetGroups(f.Account); len(targets) > 0 {
		b.WriteString("; " + strings.Join(targets, ", "))
	}
	if facts := m.factGroups(f.Account); len(facts) > 0 {
		b.WriteString("; " + strings.Join(facts, ", "))
	}
	return b.String()
}

// timestampDesc says what the time of a finding is the time of.
func timestampDesc(f *finding.Finding) string {
	switch {
	case f.First == finding.NoTime:
		return "No Time"
	case len(f.EventIDs) > 1:
		return "First Event of Finding"
	}
	return "Event Time"
}

// isoTime formats a time by ISO 8601 with an offset, as Python does; a finding without a time gets that of microseconds.
func isoTime(t value.Time) string {
	layout := "2006-01-02T15:04:05"
	when := time.UnixMicro(microseconds(t)).UTC()
	if when.Nanosecond() != 0 {
		layout += ".000000"
	}
	return when.Format(layout) + "+00:00"
}

// microseconds returns the microseconds since 1970, 0 for NoTime: an importer refuses lines without a time.
func microseconds(t value.Time) int64 {
	if t == finding.NoTime {
		return 0
	}
	return t.UTC().UnixMicro()
}

// bounded returns a list of at most finding.ListLimit values, with the number of the others behind them; never nil.
func bounded(values []string) []string {
	if more := len(values) - finding.ListLimit; more > 0 {
		return append(values[:finding.ListLimit:finding.ListLimit], fmt.Sprintf("and %d more", more))
	}
	return append([]string{}, values...)
}
