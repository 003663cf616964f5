package inquiry

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/egret-hunt/egret/internal/engine"
	"github.com/egret-hunt/egret/internal/finding"
	"github.com/egret-hunt/egret/internal/hunt/journal"
	"github.com/egret-hunt/egret/internal/lake"
	"github.com/egret-hunt/egret/internal/scratch"
	"github.com/egret-hunt/egret/internal/search"
	"github.com/egret-hunt/egret/internal/setup"
)

// tables are the tables of a lake for one run.
type tables struct {
	question *Question
	options  lake.Options
	lake     *lake.Lake
	// journal is nil for a job that observes, and until one is made.
	journal *journal.Journal
}

// kept is what a journal stores for going on.
type kept struct {
	From      time.Time       `json:"from,omitzero"`
	To        time.Time       `json:"to,omitzero"`
	Sizes     []lake.Size     `json:"sizes,omitempty"`
	Spellings []lake.Spelling `json:"spellings,omitempty"`
}

// openTables opens the lake for a question, and the journal for a hunt. The answer closes both.
func (p *Places) openTables(ctx context.Context, q *Question, a *Answer) (*tables, error) {
	t := &tables{question: q, options: lake.Options{Set: a.Rules.Set, From: q.From, To: q.To}}
	observes := q.Job.observes()
	if observes {
		t.options.Set, _ = (&search.Terms{}).Set(p.Schemas, nil) // for the checks of tables and time range
	} else if err := t.resume(a); err != nil {
		return nil, err
	}
	e, err := p.plan(ctx, t)
	if e != nil {
		a.close = append(a.close, e.Close)
	}
	if err != nil || observes {
		return t, err
	}
	return t, t.useJournal(p, a)
}

// plan connects to the engine and plans. The caller closes the engine if it is not nil.
func (p *Places) plan(ctx context.Context, t *tables) (engine.Engine, error) {
	found, err := p.findLake()
	if err != nil {
		return nil, err
	}
	e, err := found.Open(ctx)
	if err != nil {
		return nil, err
	}
	limits, err := p.limitsOf(found, t.question.Budget)
	if err != nil {
		return e, err
	}
	t.lake, err = OpenLake(ctx, e, found, &t.options, limits, t.question.Job, p.Schemas, p.Now())
	return e, err
}

// limitsOf returns the limits of a question with a budget of its own, "" for none. It may not be larger than that of the places.
func (p *Places) limitsOf(found *setup.Lake, budget string) (setup.Limits, error) {
	limits := p.Limits
	if budget == "" {
		return limits, nil
	}
	var most, wanted lake.Options
	if err := limits.Apply(found, &most); err != nil {
		return limits, err
	}
	limits.Budget = budget
	if err := limits.Apply(found, &wanted); err != nil {
		return limits, err
	}
	if most.Budget > 0 && wanted.Budget > most.Budget {
		return limits, setup.UsageError("leave it out, or ask for less", fmt.Errorf("the budget %s is larger than that of the server", budget))
	}
	return limits, nil
}

// resume opens the journal of an earlier run of the question, if there is one.
func (t *tables) resume(a *Answer) error {
	dir := t.question.StateDir
	if dir == "" {
		return nil
	}
	entry, err := journal.Latest(dir)
	if err != nil || entry == nil {
		return err
	}
	if t.journal, err = journal.Open(dir, entry.ID); err != nil {
		return err
	}
	a.close = append(a.close, t.journal.Close)
	var k kept
	if err := json.Unmarshal(t.journal.Header().Settings, &k); err != nil {
		return fmt.Errorf("the journal of hunt %s cannot be read: %w", entry.ID, err)
	}
	t.options.From, t.options.To, t.options.Sizes, t.options.Spellings = k.From, k.To, k.Sizes, k.Spellings
	return nil
}

// useJournal makes the journal of a new hunt, or checks that of an earlier run.
func (t *tables) useJournal(p *Places, a *Answer) error {
	fingerprint := t.lake.Fingerprint()
	if t.journal != nil {
		if t.journal.Header().Fingerprint != fingerprint {
			return setup.UsageError("begin a new hunt", fmt.Errorf("hunt %s ran other queries: rules, tables or egret have changed since", t.journal.ID()))
		}
		t.lake.Use(t.journal)
		return nil
	}
	text, err := json.Marshal(kept{t.options.From, t.options.To, t.lake.Sizes(), t.lake.Spellings()})
	if err != nil {
		return err
	}
	dir := t.question.StateDir
	if dir == "" {
		folder, err := scratch.NewFolder("hunt")
		if err != nil {
			return err
		}
		a.close = append(a.close, folder.Remove)
		dir = folder.Path
	}
	t.journal, err = journal.Create(dir, journal.Header{Created: p.Now().UTC(), Version: p.Version, Settings: text, Fingerprint: fingerprint})
	if err != nil {
		return err
	}
	a.close = append(a.close, t.journal.Close)
	t.lake.Use(t.journal)
	return nil
}

// finish ends the journal of a hunt that is complete, and notes in the answer what ended one that is not.
func (t *tables) finish(a *Answer) error {
	l := a.Ledger.Lake
	a.Fault, a.CannotRun = t.lake.Fault(), t.lake.CannotRun()
	if t.question.StateDir == "" {
		l.Hunt = "" // its journal is about to be removed
	}
	if a.Ledger.Partial || l.Left.Total > 0 {
		return nil
	}
	return t.journal.Finish()
}

// spent returns what was asked of the lake, and billed, so far.
func (t *tables) spent() *finding.LakeCounts {
	l := &finding.Ledger{}
	t.lake.Account(l)
	return l.Lake
}

// tally lets the engine count for a job that observes.
func (t *tables) tally(ctx context.Context, a *Answer) error {
	if cannot := t.lake.CannotRun(); len(cannot) > 0 {
		return setup.UsageError("egret table check shows what differs", fmt.Errorf("the tables cannot be counted: %s", cannot[0].Reason))
	}
	counts, err := t.lake.RunTally(ctx, t.question.Job.Tally)
	if err != nil && ctx.Err() == nil {
		return err
	}
	a.Ledger = &finding.Ledger{}
	t.lake.AccountTally(a.Ledger, counts)
	a.Ledger.Partial = err != nil
	return nil
}

// Outline says what a hunt in the lake would ask and what it would cost, without running it.
func (p *Places) Outline(ctx context.Context, q Question) (*lake.Outline, error) {
	if err := p.Check(true); err != nil {
		return nil, err
	}
	a := &Answer{}
	if err := a.load(ctx, p, &q); err != nil {
		return nil, err
	}
	t := &tables{question: &q, options: lake.Options{Set: a.Rules.Set, From: q.From, To: q.To}}
	e, err := p.plan(ctx, t)
	if e != nil {
		defer func() { _ = e.Close() }() // all requests are answered
	}
	if err != nil {
		return nil, err
	}
	return t.lake.Outline(ctx)
}
