package lake

import (
	"encoding/json"
	"fmt"
	"math"
	"slices"

	"github.com/egret-hunt/egret/internal/engine"
	"github.com/egret-hunt/egret/internal/finding"
	"github.com/egret-hunt/egret/internal/hunt/journal"
	"github.com/egret-hunt/egret/internal/ir"
	"github.com/egret-hunt/egret/internal/plan"
	"github.com/egret-hunt/egret/internal/tablecheck"
)

// totals are the counts of one run of a hunt.
type totals struct {
	Tasks, Done, Resumed, Split, Retried, Attached, Queries, Stopped int
	Rows, ReturnedBytes                                              int64
	BudgetUsed                                                       bool
	Left, NotStopped                                                 finding.Reasons
}

func (l *Lake) count(change func(c *totals)) {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	change(&l.total)
}

// cost is what a query cost, in the form that the journal stores.
type cost struct {
	Query   string `json:"query"`
	Scanned int64  `json:"scanned_bytes"`
	Billed  int64  `json:"billed_bytes"`
	Rows    int64  `json:"rows"`
	// Scanned is -1 if the engine does not report it. Queued and Ran are in milliseconds.
	Queued int64 `json:"queued_ms"`
	Ran    int64 `json:"ran_ms"`
	Reused bool  `json:"reused,omitempty"`

	earlier bool // from an earlier run of the hunt
}

// spend records what a query cost. If its result was read several times, the last reading counts.
func (l *Lake) spend(query string, s engine.Stats) cost {
	c := cost{
		Query: query, Scanned: s.ScannedBytes, Billed: s.BilledBytes, Rows: s.Rows,
		Queued: s.Queued.Milliseconds(), Ran: s.Ran.Milliseconds(), Reused: s.Reused,
	}
	l.mutex.Lock()
	defer l.mutex.Unlock()
	l.spent[query] = c
	return c
}

// Use attaches the journal of a new or a resumed hunt. Call it before Run.
func (l *Lake) Use(j *journal.Journal) {
	l.journal = j
	l.spent = map[string]cost{}
	j.Each(func(_ string, t journal.Task) {
		for _, text := range t.Costs {
			var c cost
			if json.Unmarshal(text, &c) == nil && c.Query != "" {
				c.earlier = true
				l.spent[c.Query] = c
			}
		}
	})
}

// billed returns the bytes charged so far by all runs of the hunt, or the bytes read if the engine sends no bill. The
// caller holds Lake.mutex.
func (l *Lake) billed() int64 {
	sum := int64(0)
	for _, c := range l.spent {
		if l.info.Billed {
			sum += c.Billed
		} else {
			sum += max(0, c.Scanned)
		}
	}
	return sum
}

// overBudget reports whether the budget is used up. The caller holds Lake.mutex.
func (l *Lake) overBudget() bool {
	return l.opt.Budget > 0 && l.billed() >= l.opt.Budget
}

// remaining returns the bytes left of the budget, at least 1. It reports false if there is no budget.
func (l *Lake) remaining() (int64, bool) {
	if l.opt.Budget == 0 {
		return 0, false
	}
	l.mutex.Lock()
	defer l.mutex.Unlock()
	return max(1, l.opt.Budget-l.billed()), true
}

// Progress describes how far a hunt has come.
type Progress struct {
	Tasks, Done int
	// ScannedBytes is the number of bytes read so far, Rows the number of rows returned.
	ScannedBytes, Rows int64
	// Dollars is the cost so far, in USD.
	Dollars float64
}

// Progress returns the current progress. It is safe for concurrent use.
func (l *Lake) Progress() Progress {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	p := Progress{Tasks: l.total.Tasks, Done: l.total.Done, Rows: l.total.Rows, Dollars: l.dollars(l.billed())}
	for _, c := range l.spent {
		p.ScannedBytes += max(0, c.Scanned)
	}
	return p
}

// dollars returns the price of reading bytes, in USD.
func (l *Lake) dollars(bytes int64) float64 {
	if !l.info.Billed {
		return 0
	}
	return math.Round(float64(bytes)/1e12*l.opt.Price*1e6) / 1e6
}

// Fault returns the engine's error that ended the hunt, nil if there was none.
func (l *Lake) Fault() error {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	return l.fault
}

// Account writes to the ledger what was queried, what it cost, and what was not done and why. It may be called again
// after another pass.
func (l *Lake) Account(ledger *finding.Ledger) {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	c := &l.total
	account := &finding.LakeCounts{
		Engine: l.info.Name, Tables: []string{},
		Chunks: c.Tasks, Done: c.Done, Resumed: c.Resumed, Split: c.Split, Retried: c.Retried, Queries: c.Queries,
		Attached: c.Attached, Stopped: c.Stopped, Rows: c.Rows, ReturnedBytes: c.ReturnedBytes, Left: c.Left, NotStopped: c.NotStopped,
		Billed: l.info.Billed, PricePerTB: l.opt.Price, BudgetBytes: l.opt.Budget, BudgetUsed: c.BudgetUsed,
	}
	lost := int64(0)
	if l.journal != nil { // RunTally has none
		account.Hunt, lost = l.journal.ID(), l.journal.Lost()
	}
	for _, t := range l.tables {
		account.Tables = append(account.Tables, t.Name+" ("+t.Layout.FullName()+")")
	}
	// Iteration order does not matter: this computes sums.
	for _, spent := range l.spent {
		if spent.Scanned < 0 {
			account.Unmeasured++
		}
		account.ScannedBytes += max(0, spent.Scanned)
		account.BilledBytes += spent.Billed
		if !spent.earlier {
			account.Seconds += float64(spent.Ran) / 1000
			continue
		}
		account.EarlierBytes += max(0, spent.Scanned)
		account.EarlierQueries++
	}
	account.Seconds = math.Round(account.Seconds*1000) / 1000
	account.Dollars = l.dollars(account.BilledBytes)
	if lost > 0 {
		note := fmt.Sprintf("the journal has lost %d of its lines to damage: earlier runs may have cost more than reported here", lost)
		if !slices.Contains(ledger.Notes, note) {
			ledger.Notes = append(ledger.Notes, note)
		}
	}
	for _, t := range l.tables {
		if i := slices.IndexFunc(t.unfit, func(u plan.Unfit) bool { return !u.Missing }); i >= 0 {
			note := "table " + t.Name + ": " + t.unfit[i].Reason + "; egret table check lists all differences from " + t.Layout.FullName()
			if !slices.Contains(ledger.Notes, note) {
				ledger.Notes = append(ledger.Notes, note)
			}
		}
		for _, d := range t.spelling {
			note := fmt.Sprintf("table %s: partitions by %s are spelled as %s, not as %s", t.Name, d.Column, d.Found, d.Expected)
			switch d.Kind {
			case tablecheck.PartitionUnlisted:
				note = fmt.Sprintf("table %s: its partitions cannot be listed, so their values are assumed to be spelled as in %s: %s", t.Name, t.Layout.FullName(), d.Found)
			case tablecheck.PartitionUnread:
				note = fmt.Sprintf("table %s: partition values of %s are not readable as dates, so no time range includes them: %s", t.Name, d.Column, d.Found)
			}
			if !slices.Contains(ledger.Notes, note) {
				ledger.Notes = append(ledger.Notes, note)
			}
		}
		if t.unpruned {
			note := "a time range does not prune table " + t.Name + ": each query reads all of it, in one chunk"
			if !slices.Contains(ledger.Notes, note) {
				ledger.Notes = append(ledger.Notes, note)
			}
		}
	}
	for _, cannot := range l.CannotRun() {
		account.CannotRun.Add(cannot.Reason, l.ruleName(cannot.Reference))
	}
	account.NoTable = l.withoutTable()
	account.Left.Sort()
	account.CannotRun.Sort()
	account.NotStopped.Sort()
	ledger.Lake = account
	if l.fault == nil && l.broken == nil && !c.BudgetUsed {
		return
	}
	ledger.Partial = true
	switch {
	case l.broken != nil:
		ledger.Stopped = "rows were lost: " + l.broken.Error()
	case l.fault != nil:
		ledger.Stopped = l.fault.Error()
	default:
		ledger.Stopped = "the budget is used up"
	}
}

// ruleName returns the name of a rule or correlation for messages.
func (l *Lake) ruleName(rule ir.Reference) string {
	info := l.opt.Set.Info(rule)
	if rule.Correlation || info.Path == "" { // the rule of a search has no file
		return info.Title
	}
	return info.Path + ": " + info.Title
}

// withoutTable returns the number of rules whose log source has no table in the lake.
func (l *Lake) withoutTable() int {
	n := 0
	for _, rule := range l.opt.Set.Rules {
		if !slices.ContainsFunc(l.tables, func(t *table) bool { return t.Layout.Schema.Serves(rule.LogSource) }) {
			n++
		}
	}
	return n
}
