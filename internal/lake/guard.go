package lake

import (
	"context"
	"errors"
	"slices"
	"strings"

	"golang.org/x/sync/errgroup"

	"github.com/egret-hunt/egret/internal/engine"
	"github.com/egret-hunt/egret/internal/plan"
	"github.com/egret-hunt/egret/internal/tablecheck"
)

// ErrNoWindow means that a hunt has no time range and would read whole tables.
var ErrNoWindow = errors.New("a hunt in a lake needs a time range")

// UnprunedError means that the engine would read more of a table than the time range covers.
type UnprunedError struct {
	// Table is the table's name as the user wrote it. Partitions are the columns by which the engine could prune it, nil if it has none.
	Table      string
	Partitions []string
	// Spelling names the partition columns that cannot be restricted because their values are not readable; "" if that
	// is not the reason.
	Spelling string
	// Bytes is what a single query would read, negative if unknown.
	Bytes int64
}

func (e *UnprunedError) Error() string {
	text := "table " + e.Table
	if len(e.Partitions) == 0 {
		text += " has no partitions by time that the engine could prune"
	} else {
		text += ": the engine would not prune partitions by " + strings.Join(e.Partitions, ", ")
	}
	if e.Spelling != "" {
		text += " (" + e.Spelling + ")"
	}
	return text + ", so every query would read the whole table"
}

// ranged reports whether the hunt has a time range with both ends.
func (o *Options) ranged() bool { return !o.From.IsZero() && !o.To.IsZero() }

// checkWindow returns ErrNoWindow if the hunt lacks a time range that it needs. It does not query the engine.
func (o *Options) checkWindow() error {
	if o.Engine.Info().Remote && !o.ranged() && !o.AllTime {
		return ErrNoWindow
	}
	return nil
}

// check verifies, before a query costs anything, that the time range keeps the engine from reading whole tables. The
// error is an *UnprunedError or the engine's. If whole tables may be read, or the engine has no estimates, check finds
// out which of them are pruned by time: the others are read in one chunk. On local engines it checks nothing.
func (l *Lake) check(ctx context.Context) error {
	if !l.info.Remote || !l.opt.ranged() {
		return nil // local engines bill nobody, and without a range there is one chunk anyway
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
			continue // the engine has no estimate; only the budget limits the hunt
		}
		if t.unpruned && !l.opt.AllTime {
			return &UnprunedError{Table: t.Name, Partitions: t.partitions(), Spelling: t.unread(), Bytes: estimate.Bytes}
		}
	}
	return nil
}

// estimateDay estimates what one chunk of a table's first statement would read.
func (l *Lake) estimateDay(ctx context.Context, t *table) (estimate, error) {
	s := t.statements[0].Statement
	chunk := s.Chunks(lengthOf(s.Kind, l.opt.Chunk))[0]
	e, err := l.opt.Engine.Estimate(ctx, bounded(s, chunk))
	// A statement that is too complex is split when it runs. All parts have the same time bounds, so the estimate of
	// one is enough.
	for engine.KindOf(err) == engine.TooComplex {
		part, _, ok := t.plan.Split(s)
		if !ok {
			break
		}
		s = part
		e, err = l.opt.Engine.Estimate(ctx, bounded(s, chunk))
	}
	return estimate{e}, err
}

// bounded returns a statement for an estimate.
func bounded(s *plan.Statement, chunk plan.Chunk) engine.Statement {
	text, bounds := s.Bounded(chunk)
	return engine.Statement{SQL: text, Bounds: bounds}
}

// estimate is an engine's estimate for a statement.
type estimate struct{ engine.Estimate }

// reads reports whether anything is read: if no partition matches, the engine names no columns.
func (e *estimate) reads() bool { return e.Bytes != 0 || e.Rows != 0 }

// partitions returns those of a table's partition columns that follow time, in lower case, that the table has.
func (t *table) partitions() []string {
	var list []string
	for _, p := range t.Layout.Partitions {
		if slices.ContainsFunc(t.live.Columns, func(c engine.Column) bool { return strings.EqualFold(c.Name, p.Column) }) {
			list = append(list, strings.ToLower(p.Column))
		}
	}
	return list
}

// unread describes partition values that are not readable; "" if all are.
func (t *table) unread() string {
	for _, d := range t.spelling {
		if d.Kind == tablecheck.PartitionUnread {
			return "column " + d.Column + " has values that are not readable as dates: " + d.Found
		}
	}
	return ""
}

// byTime returns the columns whose bounds prune the table: its partition columns or, if the table's format hides
// these, the time column.
func (t *table) byTime() []string {
	list := t.partitions()
	if len(list) == 0 && len(t.live.PartitionedBy) == 0 && t.Layout.Time != nil {
		list = append(list, strings.ToLower(t.Layout.Time.Location.Column))
	}
	return list
}

// Outline describes what a hunt would do.
type Outline struct {
	Engine string `json:"engine"`
	// Statements are those that would run, in the order of tables.
	Statements []OutlineStatement `json:"statements"`
	// Queries is the number of queries over all chunks. Bytes is the engine's estimate of what they would read, -1 if
	// unknown; Dollars is its price.
	Queries int     `json:"queries"`
	Bytes   int64   `json:"bytes"`
	Dollars float64 `json:"dollars"`
	// Billed, PricePerTB and BudgetBytes have the same meaning as in the ledger.
	Billed      bool    `json:"billed"`
	PricePerTB  float64 `json:"price_per_tb"`
	BudgetBytes int64   `json:"budget_bytes"`
	// CannotRun lists the rules that cannot run, and why; NoTable counts those whose log source has no table.
	CannotRun []OutlineRule `json:"cannot_run"`
	NoTable   int           `json:"no_table"`
}

// OutlineStatement is a statement with its chunks.
type OutlineStatement struct {
	Table  string `json:"table"`
	Schema string `json:"schema"`
	Kind   string `json:"kind"`
	// Rules and Correlations count what it runs, Exact the rules that it expresses exactly.
	Rules        int `json:"rules"`
	Exact        int `json:"exact"`
	Correlations int `json:"correlations"`
	// WholeTable means that it returns every event: some rule has no part that the engine can evaluate.
	WholeTable bool `json:"whole_table"`
	// Columns are the columns that it selects.
	Columns []string `json:"columns"`
	// SQL is its text for the first chunk.
	SQL    string         `json:"sql"`
	Chunks []OutlineChunk `json:"slices"`
}

// OutlineChunk is a chunk of a statement.
type OutlineChunk struct {
	Chunk string `json:"slice"`
	// Bytes and Rows are the engine's estimate of what is read, -1 if unknown. Constrained lists the columns by which
	// the table is pruned.
	Bytes       int64    `json:"bytes"`
	Rows        int64    `json:"rows"`
	Constrained []string `json:"constrained"`
}

// OutlineRule is a rule that cannot run.
type OutlineRule struct {
	Rule   string `json:"rule"`
	Reason string `json:"reason"`
}

// maxEstimates is how many chunks of a statement are estimated, because each takes seconds; the others are assumed to
// equal the last one.
const maxEstimates = 7

// Outline asks the engine what the hunt would read, without running it. An estimate that fails is unknown, except for
// errors that would fail every query.
func (l *Lake) Outline(ctx context.Context) (*Outline, error) {
	o := &Outline{
		Engine: l.info.Name, Statements: []OutlineStatement{}, CannotRun: []OutlineRule{}, NoTable: l.withoutTable(),
		Billed: l.info.Billed, PricePerTB: l.opt.Price, BudgetBytes: l.opt.Budget,
	}
	for _, s := range l.all() {
		out := OutlineStatement{
			Table: s.table.Name, Schema: s.table.Layout.FullName(), Kind: s.Kind.String(), Rules: len(s.Rules), Exact: len(s.Exact),
			Correlations: len(s.Correlations), WholeTable: s.WholeTable, Columns: []string{},
		}
		for _, c := range s.Columns {
			out.Columns = append(out.Columns, c.Name)
		}
		list := l.chunks(s)
		out.SQL = s.SQL(list[0])
		estimates, err := l.estimates(ctx, s, list[:min(len(list), maxEstimates)])
		if err != nil {
			return nil, err
		}
		for i, chunk := range list {
			e := estimates[min(i, len(estimates)-1)]
			out.Chunks = append(out.Chunks, OutlineChunk{Chunk: chunk.String(), Bytes: e.Bytes, Rows: e.Rows, Constrained: append([]string{}, e.Constrained...)})
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
		o.CannotRun = append(o.CannotRun, OutlineRule{l.ruleName(c.Reference), c.Reason})
	}
	return o, nil
}

func (l *Lake) estimates(ctx context.Context, s *statement, list []plan.Chunk) ([]engine.Estimate, error) {
	out := make([]engine.Estimate, len(list))
	faults := make([]error, len(list))
	var group errgroup.Group
	group.SetLimit(l.opt.InFlight)
	for i, chunk := range list {
		group.Go(func() error {
			out[i], faults[i] = l.opt.Engine.Estimate(ctx, bounded(s.Statement, chunk))
			if faults[i] != nil {
				out[i] = engine.Estimate{Bytes: -1, Rows: -1}
			}
			return nil
		})
	}
	_ = group.Wait() // errors are reported in the order of the list
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
