package report_test

import (
	"strings"
	"testing"

	"github.com/egret-hunt/egret/internal/finding"
	"github.com/egret-hunt/egret/internal/report"
)

// lakeLines returns the lines of the ledger from "lake" to "cost".
func lakeLines(t *testing.T, l finding.LakeCounts) string {
	t.Helper()
	var b strings.Builder
	if err := report.WriteLedgerText(&b, &finding.Ledger{Lake: &l}, report.Options{}); err != nil {
		t.Fatal(err)
	}
	text := b.String()
	return text[strings.Index(text, "  lake "):strings.Index(text, "  records ")]
}

func TestLedgerOfALake(t *testing.T) {
	left := finding.Reasons{}
	left.Add("failed", "security.trail, 2026-03-12, rows of 3 rules: no")
	for _, c := range []struct {
		name string
		lake finding.LakeCounts
		want string
	}{
		{"free", finding.LakeCounts{Engine: "duckdb", Tables: []string{"logs/*.parquet (cloudtrail/athena)"}, Chunks: 1, Done: 1, Queries: 1, Rows: 1, ReturnedBytes: 358, Unmeasured: 1},
			"  lake     duckdb: logs/*.parquet (cloudtrail/athena)\n  chunks   1 = 1 evaluated + 0 left\n  queries  1 started; received 1 row, 358 bytes\n  cost     bytes not measured, 0.0 s of queries\n"},
		{"billed as it was read", finding.LakeCounts{Engine: "athena", Tables: []string{"a", "b"}, Chunks: 7, Done: 6, Left: left, Queries: 7, Retried: 2, ScannedBytes: 309_200_000_000,
			BilledBytes: 309_200_000_000, Billed: true, Dollars: 1.546, PricePerTB: 5, Seconds: 14.2, BudgetBytes: 2e12},
			"  lake     athena: a, b\n  chunks   7 = 6 evaluated + 1 left (1 failed)\n           security.trail, 2026-03-12, rows of 3 rules: no\n  queries  7 started, 2 retried; received 0 rows, 0 bytes\n" +
				"  cost     309.2 GB read and billed, about $1.55 at $5.00 per TB, 14.2 s of queries; budget 2.0 TB\n"},
		{"minimums cost little", finding.LakeCounts{Engine: "athena", Tables: []string{"a"}, Chunks: 2, Done: 2, Resumed: 1, Queries: 1, ScannedBytes: 1000, BilledBytes: 20_000_000, Billed: true,
			Dollars: 0.0001, PricePerTB: 5, EarlierQueries: 1, EarlierBytes: 500, BudgetBytes: 10_000_000, BudgetUsed: true},
			"  lake     athena: a\n  chunks   2 = 2 evaluated (1 fetched by an earlier run) + 0 left\n  queries  1 started; received 0 rows, 0 bytes\n" +
				"  cost     1.0 kB read, 20.0 MB billed, under $0.01 at $5.00 per TB, 500 bytes of it by earlier runs, 0.0 s of queries; budget 10.0 MB, used up\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := lakeLines(t, c.lake); got != c.want {
				t.Errorf("\n%s\nwant\n%s", got, c.want)
			}
		})
	}
}
