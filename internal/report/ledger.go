package report

import (
	"cmp"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/egret-hunt/egret/internal/finding"
)

// ledgerExamples is how many things of each reason the printed ledger names; --ledger writes more.
const ledgerExamples = 3

// ledgerGaps is how many gaps the printed ledger names.
const ledgerGaps = 5

// WriteLedgerText prints the ledger for people, compactly: what ran, what was read, what was not and why.
func WriteLedgerText(w io.Writer, l *finding.Ledger, options Options) error {
	t := ledgerText{o: &options}
	title := "ledger"
	if l.Partial {
		title += ", partial: " + safe(l.Stopped)
	}
	t.out.WriteString(options.paint(bold, title) + "\n")
	t.rules(&l.Rules)
	if l.Lake != nil {
		t.lake(l.Lake)
	} else {
		t.files(&l.Files)
	}
	t.records(l)
	t.span(l)
	if l.Lake == nil {
		t.gaps(l.Gaps, l.Partial)
	}
	for _, note := range l.Notes {
		t.row("note", safe(note))
	}
	hashes := "egret " + l.Version
	if l.Rules.SHA256 != "" {
		hashes += " · rules sha256 " + l.Rules.SHA256[:min(16, len(l.Rules.SHA256))]
	}
	if l.Files.SHA256 != "" {
		hashes += " · inputs sha256 " + l.Files.SHA256[:min(16, len(l.Files.SHA256))]
	}
	t.row("version", hashes)
	_, err := io.WriteString(w, t.out.String())
	return err
}

type ledgerText struct {
	o   *Options
	out strings.Builder
}

// row prints one named row; a further row of the same name leaves the name out.
func (t *ledgerText) row(name, text string) {
	t.out.WriteString(wrap("  "+t.o.paint(dim, pad(name, 8))+" ", "             ", text, t.o.Width) + "\n")
}

func (t *ledgerText) rules(r *finding.RuleCounts) {
	parts := []string{number(r.Loaded) + " loaded"}
	if r.Correlations > 0 {
		parts[0] += fmt.Sprintf(" (%s)", plural(r.Correlations, "correlation"))
	}
	if r.Skipped.Total > 0 {
		parts = append(parts, number(r.Skipped.Total)+" skipped ("+reasons(&r.Skipped)+")")
	}
	if r.Failed.Total > 0 {
		parts = append(parts, t.o.paint("31", number(r.Failed.Total)+" failed")+" ("+reasons(&r.Failed)+")")
	}
	t.row("rules", strings.Join(parts, ", "))
	t.examples(&r.Failed)
	for _, reason := range r.Skipped.Reasons {
		if !chosen[reason.Reason] {
			t.named(&reason)
		}
	}
	if c := r.Tuned; c.Levels+c.Disabled+c.Filters+c.Filtered > 0 { // a file of lakes changes nothing about rules
		t.row("", fmt.Sprintf("%s: %s changed, %s disabled, %s (%s narrowed)", safe(c.Config),
			plural(c.Levels, "level"), plural(c.Disabled, "rule"), plural(c.Filters, "filter"), plural(c.Filtered, "rule")))
	}
}

func (t *ledgerText) files(f *finding.FileCounts) {
	parts := []string{number(f.Read) + " read"}
	if f.Bytes > 0 {
		parts[0] += " (" + size(f.Bytes) + ")"
	}
	missed := f.Skipped.Count(finding.NotReached)
	if skipped := f.Skipped.Total - missed; skipped > 0 {
		parts = append(parts, number(skipped)+" skipped")
	}
	if f.Failed.Total > 0 {
		parts = append(parts, t.o.paint("31", number(f.Failed.Total)+" failed")+" ("+reasons(&f.Failed)+")")
	}
	text := strings.Join(parts, ", ")
	if missed > 0 {
		text = number(int64(f.Read)+f.Skipped.Total+f.Failed.Total) + " found: " + text + ", " + number(missed) + " not reached"
	}
	t.row("files", text)
	t.examples(&f.Failed)
	for _, reason := range f.Skipped.Reasons {
		t.named(&reason)
	}
}

func (t *ledgerText) records(l *finding.Ledger) {
	r := &l.Records
	least := ""
	if r.AtLeast {
		least = "at least "
	}
	text := fmt.Sprintf("%s in = %s evaluated + %s%s duplicate + %s out of range + %s failed", number(r.In),
		number(r.Evaluated), least, number(r.Duplicate), number(r.OutOfRange), number(r.Failed.Total))
	if r.Failed.Total > 0 {
		text += " (" + reasons(&r.Failed) + ")"
	}
	t.row("records", text)
	t.examples(&r.Failed)
	if r.Skipped.Total > 0 {
		t.row("", number(r.Skipped.Total)+" of other kinds passed over")
		for _, reason := range r.Skipped.Reasons {
			t.row("", number(reason.Count)+" "+safe(reason.Reason)+", in "+some(reason.Examples, ledgerExamples))
		}
	}
	t.paths(r.Paths)
	t.timeless(r)
	if r.WithoutRule > 0 {
		t.row("", number(r.WithoutRule)+" evaluated of kinds that no rule which ran is about")
	}
	if len(r.Schemas) > 0 {
		names := make([]string, 0, len(r.Schemas))
		for name := range r.Schemas {
			names = append(names, name)
		}
		slices.Sort(names)
		for i, name := range names {
			names[i] = safe(name) + " " + number(r.Schemas[name])
		}
		t.row("kinds", strings.Join(names, ", "))
	}
	if l.Findings.WriteError != "" {
		t.row("findings", t.o.paint("31", "not all written")+": "+safe(l.Findings.WriteError))
	} else if l.Findings.Written < l.Findings.Total {
		t.row("findings", fmt.Sprintf("%s, the first %s written (--max-findings)", number(l.Findings.Total),
			number(l.Findings.Written)))
	} else {
		t.row("findings", number(l.Findings.Total))
	}
}

// ledgerPaths is how many ways to events within records the printed ledger names.
const ledgerPaths = 5

// paths prints where within records events stood, the most frequent way first.
func (t *ledgerText) paths(counts map[string]int64) {
	paths := slices.SortedFunc(maps.Keys(counts), func(a, b string) int {
		return cmp.Or(cmp.Compare(counts[b], counts[a]), strings.Compare(a, b))
	})
	for _, path := range paths[:min(ledgerPaths, len(paths))] {
		t.row("", number(counts[path])+" found in "+safe(path))
	}
	if more := len(paths) - ledgerPaths; more > 0 {
		t.row("", "and in "+number(more)+" more places")
	}
}

// timeless prints a warning about records without a time, with the correlations that could not see them.
func (t *ledgerText) timeless(r *finding.RecordCounts) {
	if r.WithoutTime == 0 {
		return
	}
	text := number(r.WithoutTime) + " evaluated without a time that could be read"
	if len(r.Unseen) == 0 {
		t.row("", text)
		return
	}
	t.row("warning", t.o.paint("33", text+"; correlations could not see them:"))
	for _, u := range r.Unseen[:min(ledgerUnseen, len(r.Unseen))] {
		t.row("", fmt.Sprintf("%s did not see %s", safe(u.Title), number(u.Records)))
	}
	if more := len(r.Unseen) - ledgerUnseen; more > 0 {
		t.row("", "nor did "+number(more)+" more")
	}
}

// ledgerUnseen is how many correlations the printed ledger names that could not see records.
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
		t.row("asked", from+" up to "+to)
	}
	if l.First.Time != finding.NoTime {
		t.row("span", t.o.moment(l.First.Time)+" to "+t.o.moment(l.Last.Time))
	}
}

// gaps prints the first gaps. Where a hunt was stopped, what it did not read looks like a gap.
func (t *ledgerText) gaps(gaps []finding.Gap, partial bool) {
	if len(gaps) == 0 {
		t.row("gaps", "none")
		return
	}
	name := "gaps"
	if partial {
		t.row(name, "in what was read before the stop; the rest may fill them")
		name = ""
	}
	for _, gap := range gaps[:min(ledgerGaps, len(gaps))] {
		t.row(name, t.o.paint("33", t.gap(&gap)))
		name = ""
	}
	if more := len(gaps) - ledgerGaps; more > 0 {
		t.row("", "and "+number(more)+" more")
	}
}

// gap says one gap in words.
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
	from, to := t.o.moment(gap.From.Time), t.o.moment(gap.To.Time)
	switch gap.Kind {
	case "stops":
		return fmt.Sprintf("%s: %s stop at %s, others go on to %s", where, gap.Basis, from, to)
	case "starts":
		return fmt.Sprintf("%s: %s begin only at %s, others at %s", where, gap.Basis, to, from)
	case "region":
		return fmt.Sprintf("%s: no %s at all, other accounts have them", where, gap.Basis)
	}
	return fmt.Sprintf("%s: no %s from %s to %s (%s)", where, gap.Basis, from, to, plural(gap.Hours, "hour"))
}

// examples names some of what failed, one on a line.
func (t *ledgerText) examples(r *finding.Reasons) {
	for _, reason := range r.Reasons {
		for _, example := range reason.Examples[:min(ledgerExamples, len(reason.Examples))] {
			t.row("", safe(example))
		}
		if more := reason.Count - ledgerExamples; more > 0 && len(reason.Examples) > 0 {
			t.row("", fmt.Sprintf("and %s more: %s", number(more), safe(reason.Reason)))
		}
	}
}

// chosen are the reasons for which the user left rules out: their number is enough.
var chosen = map[string]bool{
	"below-level": true, "not-included": true, "excluded": true, "disabled": true, "status-deprecated": true,
	"status-unsupported": true,
}

// named names some of what was skipped for a reason, on one row.
func (t *ledgerText) named(reason *finding.Reason) {
	text := number(reason.Count) + " " + safe(reason.Reason)
	if shown := min(ledgerExamples, len(reason.Examples)); shown > 0 {
		text += " (" + some(reason.Examples[:shown], shown)
		if more := reason.Count - int64(shown); more > 0 {
			text += " and " + number(more) + " more"
		}
		text += ")"
	}
	t.row("", text)
}

// reasons lists counts by reason: "2 deprecated, 1 unsupported".
func reasons(r *finding.Reasons) string {
	parts := make([]string, len(r.Reasons))
	for i, reason := range r.Reasons {
		parts[i] = number(reason.Count) + " " + safe(reason.Reason)
	}
	return strings.Join(parts, ", ")
}

// size is a number of bytes for people.
func size(bytes int64) string {
	switch {
	case bytes >= 1e12:
		return fmt.Sprintf("%.1f TB", float64(bytes)/1e12)
	case bytes >= 1e9:
		return fmt.Sprintf("%.1f GB", float64(bytes)/1e9)
	case bytes >= 1e6:
		return fmt.Sprintf("%.1f MB", float64(bytes)/1e6)
	case bytes >= 1e3:
		return fmt.Sprintf("%.1f kB", float64(bytes)/1e3)
	}
	return plural(bytes, "byte")
}
