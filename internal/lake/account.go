package lake

import (
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/egret-hunt/egret/internal/engine"
	"github.com/egret-hunt/egret/internal/finding"
	"github.com/egret-hunt/egret/internal/hunt/journal"
	"github.com/egret-hunt/egret/internal/plan"
)

// totals are what a hunt did in this run.
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

// cost is what a query cost, as the journal keeps it.
type cost struct {
	Query   string `json:"query"`
	Scanned int64  `json:"scanned_bytes"`
	Billed  int64  `json:"billed_bytes"`
	Rows    int64  `json:"rows"`
	// Scanned is -1 where the engine cannot tell. Queued and Ran are in milliseconds.
	Queued int64 `json:"queued_ms"`
	Ran    int64 `json:"ran_ms"`
	Reused bool  `json:"reused,omitempty"`

	earlier bool // in an earlier run of the hunt
}

// spend counts what a query cost. Of one whose result was read several times the last word counts.
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

// Use begins the hunt that a journal keeps, or goes on with it. It must be called before Run.
func (l *Lake) Use(j *journal.Journal) {
	l.opt.Journal = j
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

// billed is what was charged so far, in bytes, by all runs of the hunt; without a bill what was read. Lake.mutex is held.
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

// overBudget tells that the budget is used up. Lake.mutex is held.
func (l *Lake) overBudget() bool {
	return l.opt.Budget > 0 && l.billed() >= l.opt.Budget
}

// remaining is what the budget leaves, in bytes, at least 1; false without a budget.
func (l *Lake) remaining() (int64, bool) {
	if l.opt.Budget == 0 {
		return 0, false
	}
	l.mutex.Lock()
	defer l.mutex.Unlock()
	return max(1, l.opt.Budget-l.billed()), true
}

// Progress is how far a hunt is.
type Progress struct {
	Tasks, Done int
	// ScannedBytes is what was read so far, Rows what came back.
	ScannedBytes, Rows int64
	// Dollars is what it cost so far, in USD.
	Dollars float64
}

// Progress may be called at any time, from any goroutine.
func (l *Lake) Progress() Progress {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	p := Progress{Tasks: l.total.Tasks, Done: l.total.Done, Rows: l.total.Rows, Dollars: l.dollars(l.billed())}
	for _, c := range l.spent {
		p.ScannedBytes += max(0, c.Scanned)
	}
	return p
}

// dollars is the price of bytes, in USD.
func (l *Lake) dollars(bytes int64) float64 {
	if !l.info.Billed {
		return 0
	}
	return math.Round(float64(bytes)/1e12*l.opt.Price*1e6) / 1e6
}

// Fault is what ended the hunt on the engine's side, nil if nothing did.
func (l *Lake) Fault() error {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	return l.fault
}

// Account tells the ledger what was asked, what it cost, and what was not done and why. It may be called again after a further
// pass.
func (l *Lake) Account(ledger *finding.Ledger) {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	c := &l.total
	account := &finding.LakeCounts{
		Engine: l.info.Name, Hunt: l.opt.Journal.ID(), Tables: []string{},
		Slices: c.Tasks, Done: c.Done, Resumed: c.Resumed, Split: c.Split, Retried: c.Retried, Queries: c.Queries,
		Attached: c.Attached, Stopped: c.Stopped, Rows: c.Rows, ReturnedBytes: c.ReturnedBytes, Left: c.Left, NotStopped: c.NotStopped,
		Billed: l.info.Billed, PricePerTB: l.opt.Price, BudgetBytes: l.opt.Budget, BudgetUsed: c.BudgetUsed,
	}
	for _, t := range l.tables {
		account.Tables = append(account.Tables, t.Name+" ("+t.Profile.FullName()+")")
	}
	// Any order: only sums are made.
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
	if lost := l.opt.Journal.Lost(); lost > 0 {
		note := fmt.Sprintf("the journal has lost %d of its lines to damage: earlier runs may have cost more than is told here", lost)
		if !slices.Contains(ledger.Notes, note) {
			ledger.Notes = append(ledger.Notes, note)
		}
	}
	for _, t := range l.tables {
		if i := slices.IndexFunc(t.unfit, func(u plan.Unfit) bool { return !u.Missing }); i >= 0 {
			note := "table " + t.Name + ": " + t.unfit[i].Reason + "; egret table check names all that is not as in " + t.Profile.FullName()
			if !slices.Contains(ledger.Notes, note) {
				ledger.Notes = append(ledger.Notes, note)
			}
		}
		for _, d := range t.spelling {
			note := fmt.Sprintf("table %s: partitions by %s are spelled as %s, not as %s", t.Name, d.Column, d.Found, d.Expected)
			switch d.Kind {
			case PartitionUnlisted:
				note = fmt.Sprintf("table %s: its partitions cannot be listed, so that they are taken to be spelled as in %s: %s", t.Name, t.Profile.FullName(), d.Found)
			case PartitionUnread:
				note = fmt.Sprintf("table %s: partitions by %s hold no date that is understood, so that no time range asks for them: %s", t.Name, d.Column, d.Found)
			}
			if !slices.Contains(ledger.Notes, note) {
				ledger.Notes = append(ledger.Notes, note)
			}
		}
		if t.unpruned {
			note := "no time range keeps parts of table " + t.Name + " from being read: each query reads all of it, in one slice"
			if !slices.Contains(ledger.Notes, note) {
				ledger.Notes = append(ledger.Notes, note)
			}
		}
	}
	for _, cannot := range l.CannotRun() {
		account.CannotRun.Add(cannot.Reason, l.ruleName(cannot.Rule, cannot.Correlation))
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

// ruleName names a rule for people.
func (l *Lake) ruleName(rule int, correlation bool) string {
	if correlation {
		return l.opt.Set.Correlations[rule].Title
	}
	return l.opt.Set.Rules[rule].Path + ": " + l.opt.Set.Rules[rule].Title
}

// withoutTable counts the rules whose log source has no table in the lake.
func (l *Lake) withoutTable() int {
	n := 0
	for _, rule := range l.opt.Set.Rules {
		source := rule.Rule.LogSource
		if !slices.ContainsFunc(l.tables, func(t *table) bool {
			_, ok := t.Profile.Schema.Gate(source.Product, source.Service, source.Category)
			return ok
		}) {
			n++
		}
	}
	return n
}

// backoffLimit is the longest wait between two attempts.
const backoffLimit = time.Minute
