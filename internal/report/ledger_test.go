package report_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/egret-hunt/egret/internal/finding"
	"github.com/egret-hunt/egret/internal/report"
)

func ledgerText(t *testing.T, l *finding.Ledger) string {
	t.Helper()
	var out bytes.Buffer
	if err := report.WriteLedgerText(&out, l, report.Options{}); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

// The files of a stopped hunt add up, and folders that were not listed to their end are not counted as files.
func TestLedgerOfAStoppedHuntAddsUp(t *testing.T) {
	l := finding.Ledger{Partial: true}
	l.Files.Read = 3866
	l.Files.Skipped.AddN(finding.NotReached, 42_597, "a.json")
	l.Files.Skipped.Add("empty", "b.json")
	if out, want := ledgerText(t, &l), "  files    46,464 found: 3,866 read, 1 skipped, 42,597 not reached\n"; !strings.Contains(out, want) || strings.Contains(out, "a.json") {
		t.Errorf("want %q and no name of a file that was not reached in:\n%s", want, out)
	}
	l.Files.Skipped.Add(finding.NotListed, "folder")
	want := "  files    46,464 found: 3,866 read, 1 skipped, 42,597 not reached; there may be more, since the search for files was stopped\n"
	if out := ledgerText(t, &l); !strings.Contains(out, want) || !strings.Contains(out, "1 not listed to its end (folder)") {
		t.Errorf("want %q and the folder in:\n%s", want, out)
	}
}

// Quiet regions take one line, and a gap says what change of logging it follows.
func TestLedgerNamesQuietRegionsOnce(t *testing.T) {
	l := finding.Ledger{Quiet: finding.Quiet{Streams: 26, Gaps: 40, Examples: []string{"a r1", "a r2"}}}
	if out, want := ledgerText(t, &l), "  gaps     none\n           too quiet to judge: a r1 and 25 more regions\n"; !strings.Contains(out, want) {
		t.Errorf("want %q in:\n%s", want, out)
	}
	l.Gaps = []finding.Gap{{
		Kind: "hours", Basis: "files", Account: "a", From: finding.Moment{Time: at(t, "2026-03-10T12:00:00Z")},
		To: finding.Moment{Time: at(t, "2026-03-10T14:00:00Z")}, Hours: 2, After: "Trail deleted", AfterTime: finding.Moment{Time: at(t, "2026-03-10T11:47:12Z")},
	}}
	want := "  gaps     a, all regions: no files from 2026-03-10 12:00:00Z to 14:00:00 (2 hours), after Trail deleted at 11:47:12\n"
	if out := ledgerText(t, &l); !strings.Contains(out, want) {
		t.Errorf("want %q in:\n%s", want, out)
	}
}
