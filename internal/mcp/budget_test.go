package mcp

import (
	"strings"
	"testing"

	"github.com/egret-hunt/egret/internal/finding"
)

func TestBudgetIsForAllCallsTogether(t *testing.T) {
	var b budget
	if rest, err := b.rest(); rest != "" || err != nil {
		t.Errorf("the first call has the budget of the server, got %q and %v", rest, err)
	}
	b.add(&finding.LakeCounts{BudgetBytes: 1000, BilledBytes: 400, ScannedBytes: 100})
	if rest, err := b.rest(); rest != "600B" || err != nil {
		t.Errorf("got %q and %v, want 600B", rest, err)
	}
	b.add(&finding.LakeCounts{BudgetBytes: 600, BilledBytes: 600})
	if _, err := b.rest(); err == nil || !strings.Contains(err.Error(), "used up") {
		t.Errorf("a third call may go on: %v", err)
	}
}

func TestCutKeepsTheLimitAndCounts(t *testing.T) {
	for _, text := range []string{"", "short", strings.Repeat("x", 5000), strings.Repeat("é\x00<\"", 3000), strings.Repeat("\U0001F600", 999)} {
		for _, n := range []int{40, 100, 1000, 4000} {
			c := cutter{left: &LeftOut{}}
			got := c.cut(text, n)
			if jsonSize(got)-2 > n || (got == text) != (c.left.Bytes == 0) {
				t.Errorf("%d bytes of at most %d; left out %+v", jsonSize(got), n, c.left)
			}
			if got != text && !strings.HasPrefix(text, strings.Split(got, "…")[0]) {
				t.Errorf("%.20q is not the beginning of %.20q", got, text)
			}
		}
	}
}
