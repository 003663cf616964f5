package report

import (
	"fmt"
	"strings"

	"github.com/egret-hunt/egret/internal/finding"
)

// lake prints what a lake was asked, and what it cost.
func (t *ledgerText) lake(l *finding.LakeCounts) {
	tables := make([]string, len(l.Tables))
	for i, table := range l.Tables {
		tables[i] = safe(table)
	}
	t.row("lake", safe(l.Engine)+": "+strings.Join(tables, ", "))
	text := fmt.Sprintf("%s = %s evaluated", number(l.Slices), number(l.Done))
	if l.Resumed > 0 {
		text += fmt.Sprintf(" (%s fetched by an earlier run)", number(l.Resumed))
	}
	text += fmt.Sprintf(" + %s left", number(l.Left.Total))
	if l.Left.Total > 0 {
		text += " (" + reasons(&l.Left) + ")"
	}
	t.row("slices", text)
	t.examples(&l.Left)
	t.queries(l)
	t.row("cost", t.cost(l))
	t.notRun(l)
}

// notRun names the rules that had no part in the hunt.
func (t *ledgerText) notRun(l *finding.LakeCounts) {
	name := "not run"
	if l.CannotRun.Total > 0 {
		t.row(name, t.o.paint("33", plural(int(l.CannotRun.Total), "rule")+" cannot run here"))
		for _, reason := range l.CannotRun.Reasons {
			t.named(&reason)
		}
		name = ""
	}
	if l.NoTable > 0 {
		t.row(name, plural(l.NoTable, "rule")+" of log sources that have no table here")
	}
}

func (t *ledgerText) queries(l *finding.LakeCounts) {
	parts := []string{number(l.Queries) + " started"}
	for _, more := range []struct {
		n    int
		text string
	}{{l.Attached, "found running"}, {l.Retried, "tried again"}, {l.Split, "split"}, {l.Stopped, "stopped"}} {
		if more.n > 0 {
			parts = append(parts, number(more.n)+" "+more.text)
		}
	}
	t.row("queries", fmt.Sprintf("%s; %s, %s came back", strings.Join(parts, ", "), plural(int(l.Rows), "row"), size(l.ReturnedBytes)))
	if l.NotStopped.Total > 0 {
		t.row("", t.o.paint("31", "may still run on the server: "+number(l.NotStopped.Total)))
		t.examples(&l.NotStopped)
	}
}

func (t *ledgerText) cost(l *finding.LakeCounts) string {
	text := size(l.ScannedBytes) + " read"
	switch {
	case l.Unmeasured > 0 && l.ScannedBytes == 0:
		text = "bytes not measured"
	case l.Unmeasured > 0:
		text += fmt.Sprintf(" besides %s not measured", number(l.Unmeasured))
	}
	if l.Billed {
		if l.BilledBytes == l.ScannedBytes {
			text += " and billed"
		} else {
			text += fmt.Sprintf(", %s billed", size(l.BilledBytes))
		}
		text += fmt.Sprintf(", %s at $%.2f a TB", price(l.Dollars), l.PricePerTB)
	}
	if l.EarlierQueries > 0 {
		text += fmt.Sprintf(", %s of it by earlier runs", size(l.EarlierBytes))
	}
	text += fmt.Sprintf(", %.1f s of queries", l.Seconds)
	if l.BudgetBytes > 0 {
		text += "; budget " + size(l.BudgetBytes)
		if l.BudgetUsed {
			text += ", used up"
		}
	}
	return text
}

// price is a sum of US dollars.
func price(dollars float64) string {
	if dollars > 0 && dollars < 0.01 {
		return "under $0.01"
	}
	return fmt.Sprintf("about $%.2f", dollars)
}
