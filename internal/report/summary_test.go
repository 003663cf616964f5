package report_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/egret-hunt/egret/internal/finding"
	"github.com/egret-hunt/egret/internal/report"
)

func summaryOf(t *testing.T, width int, findings ...finding.Finding) string {
	t.Helper()
	var s finding.Summarizer
	for i := range findings {
		s.Add(&findings[i])
	}
	summary := s.Summary(len(findings))
	var out bytes.Buffer
	if err := report.WriteSummary(&out, &summary, nil, report.Options{Width: width}); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

// The summary of a hunt with many of everything fits on a screen of 80x24 together with a ledger of nine lines.
func TestSummaryFitsAScreen(t *testing.T) {
	var list []finding.Finding
	for i := range 300 {
		rule := &finding.Rule{
			ID: fmt.Sprint("r", i), Title: fmt.Sprintf("Number %d of many rules with a long title of many words", i),
			OwnLevel: finding.Level(i % 5), Tactics: []string{finding.Tactics[i%len(finding.Tactics)]},
		}
		f := one(t, rule, fmt.Sprint("e-", i), "2023-07-10T12:00:00Z")
		f.Principal = fmt.Sprintf("arn:aws:iam::111122223333:role/a-role-with-a-name-that-is-quite-long-%d", i)
		f.Session, f.Address = fmt.Sprintf("ASIA%016d", i), fmt.Sprintf("192.0.2.%d", i%256)
		list = append(list, f)
	}
	out := summaryOf(t, 80, list...)
	lineWidths(t, out, 80)
	if n := strings.Count(out, "\n"); n > 24-9-1 {
		t.Errorf("got %d lines:\n%s", n, out)
	}
}

// The summary says what succeeded, and orders tactics as an intrusion goes, under one name.
func TestSummarySaysOutcomesAndTactics(t *testing.T) {
	var list []finding.Finding
	for i, c := range []struct {
		outcome finding.Outcome
		tactics []string
	}{
		{finding.Succeeded, []string{"impact", "stealth"}}, {finding.Refused, []string{"defense-evasion", "defense-impairment"}},
		{finding.Failed, []string{"initial-access"}}, {finding.Succeeded, []string{"own-tactic"}},
	} {
		f := one(t, &finding.Rule{ID: fmt.Sprint(i), Title: "R", OwnLevel: finding.High, Tactics: c.tactics}, fmt.Sprint("e-", i), "2023-07-10T12:00:00Z")
		f.Facts.Outcomes.Counts[c.outcome]++
		f.Facts.Outcomes.Counts[finding.Failed]++
		list = append(list, f)
	}
	out := summaryOf(t, 0, list...)
	for _, want := range []string{
		"4 high:  2 with a call that succeeded, 1 only refused, 1 only failed\n",
		"tactics    initial-access 1,  defense-evasion 2,  impact 1,  own-tactic 1\n",
		"high          4          2  2023-07-10 12:00:00Z  2023-07-10 12:00:00Z  alice\n",
	} {
		if !strings.Contains(out, want) {
			t.Errorf("want %q in:\n%s", want, out)
		}
	}
}

// A finding of two addresses does not make the victim's address the first to look at.
func TestSummaryKeepsSharedAddressesLast(t *testing.T) {
	stolen := one(t, login, "e-1", "2023-07-10T12:00:00Z")
	stolen.Facts.Addresses = []string{"198.51.100.1", "203.0.113.9"}
	low := one(t, &finding.Rule{ID: "low", Title: "Low", OwnLevel: finding.Low}, "e-2", "2023-07-10T12:00:00Z")
	low.Facts.Addresses = []string{"203.0.113.9"}
	if out, want := summaryOf(t, 0, stolen, low, stolen), "addresses  203.0.113.9 3,  198.51.100.1 2 (beside others)\n"; !strings.Contains(out, want) {
		t.Errorf("want %q in:\n%s", want, out)
	}
	var s finding.Summarizer
	for _, f := range []finding.Finding{stolen, low, stolen} {
		s.Add(&f)
	}
	rows := s.Summary(2).Addresses
	if rows[0].Level != finding.Low || rows[0].Shared != 2 || rows[1].Level != finding.High || rows[1].Shared != 2 {
		t.Errorf("got %+v, want the level of its own findings for the first, that of shared ones for the second", rows)
	}
}
