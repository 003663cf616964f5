package lake

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"

	"github.com/egret-hunt/egret/internal/engine"
	"github.com/egret-hunt/egret/internal/plan"
)

// ErrNoWindow says that a hunt would read whole tables for want of a time range.
var ErrNoWindow = errors.New("a hunt in a lake needs a time range")

// UnprunedError says that the engine would read more of a table than the time range asks for.
type UnprunedError struct {
	// Table is its name as the user gave it. Partitions are the columns by which it could be left out, nil if it has none.
	Table      string
	Partitions []string
	// Spelling says which partition columns cannot be asked for, since their values are not understood; "" if that is not the
	// reason.
	Spelling string
	// Bytes is what a single query would read, negative if that is not known.
	Bytes int64
}

func (e *UnprunedError) Error() string {
	text := "table " + e.Table
	if len(e.Partitions) == 0 {
		text += " has no partitions by time that the engine could leave out"
	} else {
		text += ": the engine would leave out no partition by " + strings.Join(e.Partitions, ", ")
	}
	if e.Spelling != "" {
		text += " (" + e.Spelling + ")"
	}
	return text + ", so that every query would read the whole table"
}

// ranged tells whether the hunt has a time range with both ends.
func (o *Options) ranged() bool { return !o.From.IsZero() && !o.To.IsZero() }

// CheckWindow returns ErrNoWindow where the hunt lacks a time range that it needs. It asks the engine nothing, so that callers
// can tell users before Describe reads metadata.
func (o *Options) CheckWindow() error {
	if o.Engine.Info().Remote && !o.ranged() && !o.AllTime {
		return ErrNoWindow
	}
	return nil
}

// Check proves, before anything is spent, that the time range keeps the engine from reading whole tables. The error is
// ErrNoWindow, an *UnprunedError, or the engine's. Where whole tables may be read, or the engine cannot tell, it finds out which
// of them time prunes: the others are read in one slice. It must be called before Fingerprint. On engines where nobody else
// pays or waits nothing is asked.
func (l *Lake) Check(ctx context.Context) error {
	if err := l.opt.CheckWindow(); err != nil {
		return err
	}
	if !l.info.Remote || !l.opt.ranged() {
		return nil // nobody else pays or waits, or there is one slice anyway
	}
	for _, t := range l.tables {
		if len(t.statements) == 0 {
			continue
		}
		if unread := t.unread(); unread != "" && len(t.partitions()) == 0 && !l.opt.AllTime {
			return &UnprunedError{Table: t.Name, Spelling: unread, Bytes: -1}
		}
		estimate, err := l.estimateDay(ctx, t)
		if err != nil && (!l.opt.AllTime || ctx.Err() != nil) {
			return err
		}
		if estimate.Known && err == nil {
			t.unpruned = estimate.reads() && !slices.ContainsFunc(t.byTime(), func(column string) bool { return slices.Contains(estimate.Constrained, column) })
		} else {
			t.unpruned = len(t.partitions()) == 0
			continue // the engine cannot tell; the budget is what is left
		}
		if t.unpruned && !l.opt.AllTime {
			return &UnprunedError{Table: t.Name, Partitions: t.partitions(), Spelling: t.unread(), Bytes: estimate.Bytes}
		}
	}
	return nil
}

// estimateDay asks what a slice of a table's first statement would read.
func (l *Lake) estimateDay(ctx context.Context, t *table) (estimate, error) {
	s := t.statements[0].Statement
	slice := s.Slices(lengthOf(s.Kind, l.opt.Slice))[0]
	e, err := l.opt.Engine.Estimate(ctx, s.SQL(slice))
	// What is too complex is split when it runs. Its parts are bounded in time alike, so that one speaks for all.
	for engine.KindOf(err) == engine.TooComplex {
		part, _, ok := t.plan.Split(s)
		if !ok {
			break
		}
		s = part
		e, err = l.opt.Engine.Estimate(ctx, s.SQL(slice))
	}
	return estimate{e}, err
}

// estimate is what an engine says of a statement.
type estimate struct{ engine.Estimate }

// reads tells whether anything is read: where no partition fits the engine names no columns.
func (e *estimate) reads() bool { return e.Bytes != 0 || e.Rows != 0 }

// partitions are the partition columns of a table that follow time, in lower case, as far as the table has them.
func (t *table) partitions() []string {
	var list []string
	for _, p := range t.Profile.Partitions {
		if slices.ContainsFunc(t.live.Columns, func(c engine.Column) bool { return strings.EqualFold(c.Name, p.Column) }) {
			list = append(list, strings.ToLower(p.Column))
		}
	}
	return list
}

// unread says which values of partitions are not understood, "" if all are.
func (t *table) unread() string {
	for _, d := range t.spelling {
		if d.Kind == PartitionUnread {
			return "column " + d.Column + " holds no date that is understood: " + d.Found
		}
	}
	return ""
}

// byTime are the columns whose bounds keep parts of a table from being read: those of its partitions, and where the table's
// format hides these, the time itself.
func (t *table) byTime() []string {
	list := t.partitions()
	if len(list) == 0 && len(t.live.PartitionedBy) == 0 && t.Profile.Time != nil {
		list = append(list, strings.ToLower(t.Profile.Time.Place.Column))
	}
	return list
}

// Outline is what a hunt would do.
type Outline struct {
	Engine string `json:"engine"`
	// Statements are those that would run, in the order of tables.
	Statements []OutlineStatement `json:"statements"`
	// Queries is how many they are in all slices. Bytes is what they would read by the engine's estimate, -1 if that is not
	// known, Dollars its price.
	Queries int     `json:"queries"`
	Bytes   int64   `json:"bytes"`
	Dollars float64 `json:"dollars"`
	// Billed, PricePerTB and BudgetBytes are as in the ledger.
	Billed      bool    `json:"billed"`
	PricePerTB  float64 `json:"price_per_tb"`
	BudgetBytes int64   `json:"budget_bytes"`
	// CannotRun are the rules that cannot run, and why; NoTable counts those whose log source has no table.
	CannotRun []OutlineRule `json:"cannot_run"`
	NoTable   int           `json:"no_table"`
}

// OutlineStatement is a statement with its slices.
type OutlineStatement struct {
	Table  string `json:"table"`
	Schema string `json:"schema"`
	Kind   string `json:"kind"`
	// Rules and Correlations are how many it serves, Exact how many rules stand in it exactly.
	Rules        int `json:"rules"`
	Exact        int `json:"exact"`
	Correlations int `json:"correlations"`
	// WholeTable says that every event comes back: a rule has no part that the engine could look for.
	WholeTable bool `json:"whole_table"`
	// Columns are those that it asks for.
	Columns []string `json:"columns"`
	// SQL is its text for the first slice.
	SQL    string         `json:"sql"`
	Slices []OutlineSlice `json:"slices"`
}

// OutlineSlice is a slice of a statement.
type OutlineSlice struct {
	Slice string `json:"slice"`
	// Bytes and Rows are the engine's estimate of what is read, -1 if that is not known. Constrained are the columns that
	// keep parts of the table from being read.
	Bytes       int64    `json:"bytes"`
	Rows        int64    `json:"rows"`
	Constrained []string `json:"constrained"`
}

// OutlineRule is a rule that cannot run.
type OutlineRule struct {
	Rule   string `json:"rule"`
	Reason string `json:"reason"`
}

// maxEstimates is how many slices of a statement the engine is asked about, since it takes seconds for each; the others are
// taken to be as the last of them.
const maxEstimates = 7

// Outline asks the engine what the hunt would read, without running it. Estimates that fail are unknown, except where no
// query could run.
func (l *Lake) Outline(ctx context.Context) (*Outline, error) {
	o := &Outline{
		Engine: l.info.Name, Statements: []OutlineStatement{}, CannotRun: []OutlineRule{}, NoTable: l.withoutTable(),
		Billed: l.info.Billed, PricePerTB: l.opt.Price, BudgetBytes: l.opt.Budget,
	}
	for _, s := range l.all() {
		out := OutlineStatement{
			Table: s.table.Name, Schema: s.table.Profile.FullName(), Kind: s.Kind.String(), Rules: len(s.Rules), Exact: len(s.Exact),
			Correlations: len(s.Correlations), WholeTable: s.WholeTable, Columns: []string{},
		}
		for _, c := range s.Columns {
			out.Columns = append(out.Columns, c.Name)
		}
		list := l.slices(s)
		out.SQL = s.SQL(list[0])
		estimates, err := l.estimates(ctx, s, list[:min(len(list), maxEstimates)])
		if err != nil {
			return nil, err
		}
		for i, slice := range list {
			e := estimates[min(i, len(estimates)-1)]
			out.Slices = append(out.Slices, OutlineSlice{Slice: slice.String(), Bytes: e.Bytes, Rows: e.Rows, Constrained: append([]string{}, e.Constrained...)})
			o.Queries++
			if e.Bytes < 0 || o.Bytes < 0 {
				o.Bytes = -1
			} else {
				o.Bytes += e.Bytes
			}
		}
		o.Statements = append(o.Statements, out)
	}
	if o.Bytes >= 0 {
		o.Dollars = l.dollars(o.Bytes)
	}
	for _, c := range l.CannotRun() {
		o.CannotRun = append(o.CannotRun, OutlineRule{l.ruleName(c.Rule, c.Correlation), c.Reason})
	}
	return o, nil
}

func (l *Lake) estimates(ctx context.Context, s *statement, list []plan.Slice) ([]engine.Estimate, error) {
	out := make([]engine.Estimate, len(list))
	faults := make([]error, len(list))
	var wait sync.WaitGroup
	slots := make(chan struct{}, l.opt.InFlight)
	for i, slice := range list {
		slots <- struct{}{}
		wait.Go(func() {
			defer func() { <-slots }()
			out[i], faults[i] = l.opt.Engine.Estimate(ctx, s.SQL(slice))
			if faults[i] != nil {
				out[i] = engine.Estimate{Bytes: -1, Rows: -1}
			}
		})
	}
	wait.Wait()
	for _, err := range faults {
		switch engine.KindOf(err) {
		case engine.Denied, engine.Expired, engine.Missing, engine.Misconfigured:
			return nil, err
		case engine.Other, engine.Transient, engine.TooComplex, engine.Invalid, engine.OverLimit, engine.Cancelled, engine.BadValue:
		}
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
	}
	return out, nil
}
