package report

import (
	"cmp"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/egret-hunt/egret/internal/finding"
	"github.com/egret-hunt/egret/internal/ruleset"
	"github.com/egret-hunt/egret/internal/term"
)

// ledgerExamples is how many examples of each reason the printed ledger has; --ledger writes more.
const ledgerExamples = 3

// ledgerGaps is how many gaps the printed ledger has.
const ledgerGaps = 5

// shownHash is how many digits of a hash the printed ledger has, so that the row fits 80 columns.
const shownHash = 12

// WriteLedgerText prints a compact ledger for people: what ran, what was read, what was not and why.
func WriteLedgerText(w io.Writer, l *finding.Ledger, options Options) error {
	title := "ledger"
	if l.Partial {
		title += ", partial: " + safe(l.Stopped)
	}
	var out strings.Builder
	out.WriteString(options.paint(term.Bold, title) + "\n")
	for _, row := range ledgerRows(l, &options) {
		out.WriteString(term.Wrap("  "+options.paint(term.Dim, term.Pad(row.name, 8))+" ", "             ", row.text, options.Width) + "\n")
	}
	_, err := io.WriteString(w, out.String())
	return err
}

// ledgerRow is a row of the printed ledger. alarm means that it tells of something that is missing or went wrong.
type ledgerRow struct {
	name, text string
	alarm      bool
}

// ledgerRows returns the rows of the printed ledger.
func ledgerRows(l *finding.Ledger, options *Options) []ledgerRow {
	t := ledgerText{o: options}
	if l.Search != "" {
		t.row("search", safe(l.Search))
	} else {
		t.rules(&l.Rules)
	}
	if l.Lake != nil {
		t.lake(l.Lake)
	} else {
		t.files(&l.Files)
	}
	t.records(l)
	t.span(l)
	if l.Lake == nil {
		t.gaps(l)
	}
	for _, note := range l.Notes {
		t.row("note", safe(note))
	}
	hashes := "egret " + l.Version
	if l.Rules.SHA256 != "" && l.Search == "" {
		hashes += " · rules sha256 " + l.Rules.SHA256[:min(shownHash, len(l.Rules.SHA256))]
	}
	if l.Files.SHA256 != "" {
		hashes += " · inputs sha256 " + l.Files.SHA256[:min(shownHash, len(l.Files.SHA256))]
	}
	t.row("version", hashes)
	return t.rows
}

type ledgerText struct {
	o    *Options
	rows []ledgerRow
	// alarmed means that the next row is an alarm.
	alarmed bool
}

// row adds one named row; the name is "" for further rows with the same name.
func (t *ledgerText) row(name, text string) {
	t.rows = append(t.rows, ledgerRow{name, text, t.alarmed})
	t.alarmed = false
}

// alarm paints a text, and makes the row that it becomes part of an alarm.
func (t *ledgerText) alarm(style, text string) string {
	t.alarmed = true
	return t.o.paint(style, text)
}

func (t *ledgerText) rules(r *finding.RuleCounts) {
	parts := []string{term.Count(r.Loaded) + " loaded"}
	if r.Correlations > 0 {
		parts[0] += fmt.Sprintf(" (%s)", term.Plural(r.Correlations, "correlation"))
	}
	if r.Skipped.Total > 0 {
		parts = append(parts, term.Count(r.Skipped.Total)+" skipped ("+reasons(&r.Skipped)+")")
	}
	if r.Failed.Total > 0 {
		parts = append(parts, t.alarm("31", term.Count(r.Failed.Total)+" failed")+" ("+reasons(&r.Failed)+")")
	}
	t.row("rules", strings.Join(parts, ", "))
	t.examples(&r.Failed)
	for _, reason := range r.Skipped.Reasons {
		if !chosen(reason.Reason) {
			t.named(&reason)
		}
		if reason.Reason == string(ruleset.UnknownLogSource) {
			t.row("", ruleset.UnknownSourceHelp)
		}
	}
	if c := r.Tuned; c.Levels+c.Disabled+c.Filters+c.Filtered > 0 { // a file that only defines lakes changes nothing about rules
		t.row("", fmt.Sprintf("%s: %s changed, %s disabled, %s (%s narrowed)", safe(c.Config),
			term.Plural(c.Levels, "level"), term.Plural(c.Disabled, "rule"), term.Plural(c.Filters, "filter"), term.Plural(c.Filtered, "rule")))
	}
}

func (t *ledgerText) files(f *finding.FileCounts) {
	parts := []string{term.Count(f.Read) + " read"}
	if f.Bytes > 0 {
		parts[0] += " (" + term.Bytes(f.Bytes) + ")"
	}
	missed, unlisted := f.Skipped.Count(finding.NotReached), f.Skipped.Count(finding.NotListed)
	if skipped := f.Skipped.Total - missed - unlisted; skipped > 0 {
		parts = append(parts, term.Count(skipped)+" skipped")
	}
	if f.Failed.Total > 0 {
		parts = append(parts, t.alarm("31", term.Count(f.Failed.Total)+" failed")+" ("+reasons(&f.Failed)+")")
	}
	text := strings.Join(parts, ", ")
	if missed > 0 {
		text = term.Count(int64(f.Read)+f.Skipped.Total-unlisted+f.Failed.Total) + " found: " + text + ", " + term.Count(missed) + " not reached"
	}
	if unlisted > 0 {
		text += "; there may be more, since the search for files was stopped"
	}
	t.row("files", text)
	t.examples(&f.Failed)
	for _, reason := range f.Skipped.Reasons {
		if reason.Reason != finding.NotReached { // their number says it; --ledger names them
			t.named(&reason)
		}
	}
}

func (t *ledgerText) records(l *finding.Ledger) {
	r := &l.Records
	least := ""
	if r.AtLeast {
		least = "at least "
	}
	text := fmt.Sprintf("%s in = %s evaluated + %s%s duplicate + %s out of range + %s failed", term.Count(r.In),
		term.Count(r.Evaluated), least, term.Count(r.Duplicate), term.Count(r.OutOfRange), term.Count(r.Failed.Total))
	if r.Failed.Total > 0 {
		text += " (" + reasons(&r.Failed) + ")"
	}
	t.row("records", text)
	t.examples(&r.Failed)
	if r.Skipped.Total > 0 {
		t.row("", term.Count(r.Skipped.Total)+" of other log types skipped")
		for _, reason := range r.Skipped.Reasons {
			t.row("", term.Count(reason.Count)+" "+safe(reason.Reason)+", in "+some(reason.Examples, ledgerExamples))
		}
	}
	t.paths(r.Paths)
	t.timeless(r)
	if r.WithoutRule > 0 && (l.Search == "" || l.Rules.Loaded > 0) {
		if l.Search != "" {
			t.row("", term.Count(r.WithoutRule)+" of log sources that do not have what was asked for")
		} else {
			t.row("", term.Count(r.WithoutRule)+" evaluated without a rule for their log source")
		}
	}
	if len(r.Schemas) > 0 {
		names := make([]string, 0, len(r.Schemas))
		for name := range r.Schemas {
			names = append(names, name)
		}
		slices.Sort(names)
		for i, name := range names {
			names[i] = safe(name) + " " + term.Count(r.Schemas[name])
		}
		t.row("kinds", strings.Join(names, ", "))
	}
	t.found(l)
}

// found prints how many findings there are, or events of a search, and which findings are not written by themselves.
func (t *ledgerText) found(l *finding.Ledger) {
	name, limit := "findings", "--max-findings"
	if l.Search != "" {
		if l.Rules.Loaded == 0 && l.Findings.WriteError == "" {
			return // events were counted, not found
		}
		name, limit = "events", "--max-events"
	}
	c := &l.Findings
	if c.WriteError != "" {
		t.row(name, t.alarm("31", "not all written")+": "+safe(c.WriteError))
		return
	}
	text := term.Count(c.Total)
	if c.Written < c.Total {
		text += fmt.Sprintf(", the first %s written (%s)", term.Count(c.Written), limit)
	}
	if c.Folded > 0 {
		text += ", " + term.Count(c.Folded) + " more folded under them (--no-fold shows all)"
	}
	if c.Below > 0 {
		text += ", " + term.Count(c.Below) + " left out by their outcome (--min-level)"
	}
	t.row(name, text)
}

// ledgerPaths is how many paths to events within records the printed ledger has.
const ledgerPaths = 5

// paths prints where within records events were found, the most frequent path first.
func (t *ledgerText) paths(counts map[string]int64) {
	paths := slices.SortedFunc(maps.Keys(counts), func(a, b string) int {
		return cmp.Or(cmp.Compare(counts[b], counts[a]), strings.Compare(a, b))
	})
	for _, path := range paths[:min(ledgerPaths, len(paths))] {
		t.row("", term.Count(counts[path])+" found in "+safe(path))
	}
	if more := len(paths) - ledgerPaths; more > 0 {
		t.row("", "and in "+term.Count(more)+" more paths")
	}
}

// timeless prints a warning about records without a time, with the correlations that could not use them.
func (t *ledgerText) timeless(r *finding.RecordCounts) {
	if r.WithoutTime == 0 {
		return
	}
	text := term.Count(r.WithoutTime) + " evaluated without a readable time"
	if len(r.Unseen) == 0 {
		t.row("", text)
		return
	}
	t.row("warning", t.alarm("33", text+"; correlations could not use them:"))
	for _, u := range r.Unseen[:min(ledgerUnseen, len(r.Unseen))] {
		t.row("", fmt.Sprintf("%s: %s records", safe(u.Title), term.Count(u.Records)))
	}
	if more := len(r.Unseen) - ledgerUnseen; more > 0 {
		t.row("", "and "+term.Count(more)+" more correlations")
	}
}

// ledgerUnseen is how many correlations that could not use records the printed ledger has.
const ledgerUnseen = 5

func (t *ledgerText) span(l *finding.Ledger) {
	if l.From.Time != finding.NoTime || l.To.Time != finding.NoTime {
		from, to := "the beginning", "the end"
		if l.From.Time != finding.NoTime {
			from = t.o.moment(l.From.Time)
		}
		if l.To.Time != finding.NoTime {
			to = t.o.moment(l.To.Time)
		}
		t.row("range", from+" until "+to)
	}
	if l.First.Time != finding.NoTime {
		t.row("span", t.o.moment(l.First.Time)+" to "+t.o.moment(l.Last.Time))
	}
}

// gaps prints the first gaps. If the hunt was stopped, files that it did not read look like gaps, too.
func (t *ledgerText) gaps(l *finding.Ledger) {
	name := "gaps"
	switch {
	case len(l.Gaps) == 0:
		t.row(name, "none")
		name = ""
	case l.Partial:
		t.row(name, "among the files read before the stop; the rest may fill them")
		name = ""
	}
	for _, gap := range l.Gaps[:min(ledgerGaps, len(l.Gaps))] {
		t.row(name, t.alarm("33", t.gap(&gap)))
		name = ""
	}
	if more := len(l.Gaps) - ledgerGaps; more > 0 {
		t.row("", "and "+term.Count(more)+" more")
	}
	if q := &l.Quiet; q.Streams > 0 {
		text := "too quiet to judge: " + some(q.Examples[:min(1, len(q.Examples))], 1)
		if more := q.Streams - 1; more > 0 {
			text += " and " + term.Plural(more, "more region")
		}
		t.row("", text)
	}
}

// gap describes one gap.
func (t *ledgerText) gap(gap *finding.Gap) string {
	where := "all accounts and regions"
	switch {
	case gap.Account != "" && gap.Region != "":
		where = safe(gap.Account) + " " + safe(gap.Region)
	case gap.Account != "":
		where = safe(gap.Account) + ", all regions"
	case gap.Region != "":
		where = safe(gap.Region) + ", all accounts"
	}
	from, to := t.o.moment(gap.From.Time), t.o.until(gap.From.Time, gap.To.Time)
	after := ""
	if gap.After != "" {
		after = fmt.Sprintf(", after %s at %s", safe(gap.After), t.o.until(gap.From.Time, gap.AfterTime.Time))
	}
	if gap.Kind == "stops" {
		return fmt.Sprintf("%s: %s stop at %s, others continue until %s%s", where, gap.Basis, from, to, after)
	}
	return fmt.Sprintf("%s: no %s from %s to %s (%s)%s", where, gap.Basis, from, to, term.Plural(gap.Hours, "hour"), after)
}

// examples prints some examples of failures, one per line.
func (t *ledgerText) examples(r *finding.Reasons) {
	for _, reason := range r.Reasons {
		for _, example := range reason.Examples[:min(ledgerExamples, len(reason.Examples))] {
			t.row("", safe(example))
		}
		if more := reason.Count - ledgerExamples; more > 0 && len(reason.Examples) > 0 {
			t.row("", fmt.Sprintf("and %s more: %s", term.Count(more), safe(reason.Reason)))
		}
	}
}

// chosen reports whether the user excluded rules for this reason or could have included them: a number is enough then.
func chosen(reason string) bool {
	cause := ruleset.Reason(reason).Cause()
	return cause == ruleset.ByUser || cause == ruleset.ByStatus || cause == ruleset.ByLogSource
}

// named prints the count and some examples of a reason for skipping, on one row.
func (t *ledgerText) named(reason *finding.Reason) {
	text := term.Count(reason.Count) + " " + safe(reason.Reason)
	if shown := min(ledgerExamples, len(reason.Examples)); shown > 0 {
		text += " (" + some(reason.Examples[:shown], shown)
		if more := reason.Count - int64(shown); more > 0 {
			text += " and " + term.Count(more) + " more"
		}
		text += ")"
	}
	t.row("", text)
}

// reasons formats counts by reason: "2 deprecated, 1 unsupported".
func reasons(r *finding.Reasons) string {
	parts := make([]string, len(r.Reasons))
	for i, reason := range r.Reasons {
		parts[i] = term.Count(reason.Count) + " " + safe(reason.Reason)
	}
	return strings.Join(parts, ", ")
}
