package report

import (
	"fmt"
	"strings"

	"github.com/egret-hunt/egret/internal/finding"
	"github.com/egret-hunt/egret/internal/term"
)

// lake prints the statements on a lake, and their cost.
func (t *ledgerText) lake(l *finding.LakeCounts) {
	tables := make([]string, len(l.Tables))
	for i, table := range l.Tables {
		tables[i] = safe(table)
	}
	t.row("lake", safe(l.Engine)+": "+strings.Join(tables, ", "))
	text := fmt.Sprintf("%s = %s evaluated", term.Count(l.Chunks), term.Count(l.Done))
	if l.Resumed > 0 {
		text += fmt.Sprintf(" (%s fetched by an earlier run)", term.Count(l.Resumed))
	}
	text += fmt.Sprintf(" + %s left", term.Count(l.Left.Total))
	if l.Left.Total > 0 {
		text += " (" + reasons(&l.Left) + ")"
	}
	t.row("chunks", text)
	t.examples(&l.Left)
	t.queries(l)
	t.row("cost", t.cost(l))
	t.notRun(l)
}

// notRun prints the rules that did not take part in the hunt.
func (t *ledgerText) notRun(l *finding.LakeCounts) {
	name := "not run"
	if l.CannotRun.Total > 0 {
		t.row(name, t.alarm("33", term.Plural(int(l.CannotRun.Total), "rule")+" cannot run here"))
		for _, reason := range l.CannotRun.Reasons {
			t.named(&reason)
		}
		name = ""
	}
	if l.NoTable > 0 {
		t.row(name, term.Plural(l.NoTable, "rule")+" without a table for their log source")
	}
}

func (t *ledgerText) queries(l *finding.LakeCounts) {
	parts := []string{term.Count(l.Queries) + " started"}
	for _, more := range []struct {
		n    int
		text string
	}{{l.Attached, "taken over"}, {l.Retried, "retried"}, {l.Split, "split"}, {l.Stopped, "stopped"}} {
		if more.n > 0 {
			parts = append(parts, term.Count(more.n)+" "+more.text)
		}
	}
	t.row("queries", fmt.Sprintf("%s; received %s, %s", strings.Join(parts, ", "), term.Plural(int(l.Rows), "row"), term.Bytes(l.ReturnedBytes)))
	if l.NotStopped.Total > 0 {
		t.row("", t.alarm("31", "possibly still running on the server: "+term.Count(l.NotStopped.Total)))
		t.examples(&l.NotStopped)
	}
}

func (t *ledgerText) cost(l *finding.LakeCounts) string {
	text := term.Bytes(l.ScannedBytes) + " read"
	switch {
	case l.Unmeasured > 0 && l.ScannedBytes == 0:
		text = "bytes not measured"
	case l.Unmeasured > 0:
		text += fmt.Sprintf(" plus %s queries not measured", term.Count(l.Unmeasured))
	}
	if l.Billed {
		if l.BilledBytes == l.ScannedBytes {
			text += " and billed"
		} else {
			text += fmt.Sprintf(", %s billed", term.Bytes(l.BilledBytes))
		}
		text += fmt.Sprintf(", %s at $%.2f per TB", price(l.Dollars), l.PricePerTB)
	}
	if l.EarlierQueries > 0 {
		text += fmt.Sprintf(", %s of it by earlier runs", term.Bytes(l.EarlierBytes))
	}
	text += fmt.Sprintf(", %.1f s of queries", l.Seconds)
	if l.BudgetBytes > 0 {
		text += "; budget " + term.Bytes(l.BudgetBytes)
		if l.BudgetUsed {
			text += ", used up"
		}
	}
	return text
}

// price formats a sum of US dollars.
func price(dollars float64) string {
	if dollars > 0 && dollars < 0.01 {
		return "under $0.01"
	}
	return fmt.Sprintf("about $%.2f", dollars)
}
