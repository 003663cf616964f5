// Package lake hunts in tables. It takes a plan for each table of a lake, divides it into chunks of time, has an
// engine run the statements, and returns the rows as events of the log. Package hunt evaluates the rules on these
// events, package plan builds the statements, and package engine runs them.
//
// # Tasks
//
// A task is one statement over one chunk. The rows of a task are first written to the journal and passed on once the
// task is done. So a query that fails half-way passes on nothing, a hunt that was killed resumes with the missing
// tasks, and memory is bounded however many rows there are. Tasks run newest chunk first, a limited number at a time.
//
// # Failed queries
//
// The engine retries single calls; lake does not retry a call that the engine gave up on. A query that fails with a
// transient error is run again, with backoff and jitter, as long as the budget lasts. A statement that is too complex
// is split. So is one that the engine refuses or fails to compute, until the rule that causes the error is alone and
// only its events are missing. Errors that would fail every further query (credentials, permissions, a missing table,
// a limit of the workgroup or cluster) end the hunt, and what was found so far counts. Any other error fails its task,
// which the ledger names, and the hunt continues; an invalid statement is not tried on other chunks.
package lake

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/egret-hunt/egret/internal/engine"
	"github.com/egret-hunt/egret/internal/hunt/journal"
	"github.com/egret-hunt/egret/internal/ir"
	"github.com/egret-hunt/egret/internal/plan"
	"github.com/egret-hunt/egret/internal/ruleset"
	"github.com/egret-hunt/egret/internal/schema"
	"github.com/egret-hunt/egret/internal/sqlgen"
	"github.com/egret-hunt/egret/internal/tablecheck"
)

// Table is a table of a lake.
type Table struct {
	// Name is the table as the user names it: a table of the engine, or files if the engine reads files.
	Name   string
	Layout *schema.Layout
	// Region replaces {region} in the layout's usual table name; "" if Name is complete.
	Region string
}

// Options configure a hunt in tables. Engine, Tables and Set are required.
type Options struct {
	Engine engine.Engine
	Tables []Table
	Set    *ruleset.Set
	// From and To are the half-open range of event times; a zero time is an open end.
	From, To time.Time
	// Accounts are the accounts whose partitions are read; nil means all. If set, each table must be partitioned by
	// account.
	Accounts []string
	// AllTime allows reading whole tables.
	AllTime bool
	// Chunk is the length of chunks, in whole days; 0 means one day on remote engines, otherwise one chunk.
	Chunk time.Duration
	// InFlight is how many queries run at a time; 0 means the engine's default.
	InFlight int
	// KeywordsOnly is as in plan.Options.
	KeywordsOnly bool
	// Budget is the most that may be billed, in bytes; 0 means no limit. No query starts once it is used up, so only
	// running queries can exceed it.
	Budget int64
	// Price is the price of reading a TB (10^12 bytes), in USD; 0 if reading is free.
	Price float64
	// Spellings and Sizes are those of the hunt's first run, one for each table; nil for a new hunt, which queries the
	// engine for them.
	Spellings []Spelling
	Sizes     []Size
	// Backoff is the first pause before a failed query is run again; 0 means a second. It doubles, up to a minute.
	Backoff time.Duration
	// RetryFor is how long a failing query is run again; 0 means five minutes.
	RetryFor time.Duration
	// OnPause, if not nil, is called before each pause with the error of the query and the length of the pause. It may
	// be called from several goroutines.
	OnPause func(err error, pause time.Duration)
}

// Lake holds a hunt's tables with their plans.
type Lake struct {
	opt     Options
	journal *journal.Journal // nil until Use
	info    engine.Info
	tables  []*table
	pairs   []plan.Pair
	fixed   bool // the user set the length of chunks
	sizes   []Size

	mutex sync.Mutex // guards all fields below
	total totals
	spent map[string]cost // by query
	queue []*task
	fault error // what ended the hunt
	// broken is the local error because of which rows were lost.
	broken error
}

// table is a table with its plan.
type table struct {
	Table
	live *engine.Table
	// declared are the partition columns of its layout, spelling lists how the table's values differ from that, and
	// injected are the columns whose values each query must name.
	declared []schema.Partition
	spelling []tablecheck.Difference
	injected []string
	// unfit are its columns that do not match the layout.
	unfit []plan.Unfit
	plan  *plan.Plan
	// statements are those of the plan and those that replaced them.
	statements []*statement
	// worked reports that a statement ran to completion, refused counts the calls of narrow. Guarded by Lake.mutex.
	worked  bool
	refused int
	// size describes how it is queried, nil until that is known.
	size *Size
	// unpruned reports that a time range does not prune the table. Set by check.
	unpruned bool
}

// statement is a statement of a plan that the hunt runs.
type statement struct {
	*plan.Statement
	table *table
	// name is unique within the hunt and stable from run to run.
	name string
	// hash is a hash of its text, without its time range.
	hash string
	// salt identifies the statement, so that an event which two statements return is not a copy.
	salt uint16
	// rules reports, by index in Set.Rules, which rules may be evaluated on a row.
	rules []bool
	// pairs are the pairs of the statement, as indexes in Lake.pairs.
	pairs []int
	// unrunnable is the reason that no chunk can run, "" if none is known. Guarded by Lake.mutex.
	unrunnable string
	// halves are the statements that replace it after a split. Guarded by Lake.mutex.
	halves []*statement
}

// Open plans a hunt before a query costs anything: it reads the columns of all tables, verifies that the time range
// keeps the engine from reading whole tables, and chooses the length of chunks. The result is ready for Outline, and
// for Use and then Run. Errors are ErrNoWindow, before any request to the engine, *AccountsError, *UnprunedError, and
// the engine's: a hunt does not begin if a table cannot be read.
func Open(ctx context.Context, opt Options) (*Lake, error) {
	if err := opt.checkWindow(); err != nil {
		return nil, err
	}
	l, err := describe(ctx, opt)
	if err != nil {
		return nil, err
	}
	if err := l.check(ctx); err != nil {
		return nil, err
	}
	if opt.Sizes != nil {
		l.resize(opt.Sizes)
		return l, nil
	}
	return l, l.measure(ctx)
}

// describe reads the columns of all tables and plans the hunt.
func describe(ctx context.Context, opt Options) (*Lake, error) {
	l := &Lake{opt: opt, info: opt.Engine.Info()}
	l.opt.InFlight = max(1, opt.InFlight)
	if opt.InFlight == 0 {
		l.opt.InFlight = max(1, l.info.InFlight)
	}
	l.fixed = opt.Chunk != 0
	if opt.Chunk == 0 && l.info.Remote {
		l.opt.Chunk = 24 * time.Hour
	}
	if opt.RetryFor == 0 {
		l.opt.RetryFor = 5 * time.Minute
	}
	if opt.Backoff == 0 {
		l.opt.Backoff = time.Second
	}
	for i, t := range opt.Tables {
		live, err := opt.Engine.Describe(ctx, t.Name)
		if err != nil {
			return nil, err
		}
		s, err := opt.spell(ctx, i, live)
		if err != nil {
			return nil, err
		}
		if err := checkAccounts(t.Name, live, s, opt.Accounts); err != nil {
			return nil, err
		}
		declared := t.Layout.Partitions
		t.Layout, _ = tablecheck.Open(tablecheck.Counted(s.Layout, live), live, l.info.JSONIsText)
		l.tables = append(l.tables, &table{Table: t, live: live, declared: declared, spelling: s.Differences, injected: s.Injected})
	}
	l.build()
	return l, nil
}

// build builds the plans.
func (l *Lake) build() {
	var tables []plan.Table
	for _, t := range l.tables {
		t.unfit = tablecheck.Unfit(tablecheck.Compare(t.Layout, t.live, l.info.JSONIsText))
		var columns []string
		for _, c := range t.live.Columns {
			columns = append(columns, c.Name)
		}
		tables = append(tables, plan.Table{Layout: t.Layout, Options: plan.Options{
			Dialect: sqlgen.DialectByName(l.info.Dialect).InUTC(), Table: t.live.Name, Region: t.Region, Columns: columns,
			Unfit: t.unfit, Accounts: l.opt.Accounts, KeywordsOnly: l.opt.KeywordsOnly,
			From: l.opt.From, To: l.opt.To,
		}})
	}
	for n, p := range plan.BuildAll(l.opt.Set, tables) {
		t := l.tables[n]
		t.plan = p
		for i, s := range p.Statements {
			l.addStatement(t, s, fmt.Sprintf("%d-%s/%s-%d", n, t.Layout.Schema.Name, s.Kind, i))
		}
	}
}

// addStatement adds a statement to a table.
func (l *Lake) addStatement(t *table, s *plan.Statement, name string) *statement {
	sum := sha256.Sum256([]byte(s.SQL(plan.Chunk{})))
	w := &statement{Statement: s, table: t, name: name, hash: hex.EncodeToString(sum[:6]), salt: uint16(len(t.statements))}
	for _, pair := range s.Pairs {
		at := slices.Index(l.pairs, pair)
		if at < 0 {
			at = len(l.pairs)
			l.pairs = append(l.pairs, pair)
		}
		w.pairs = append(w.pairs, at)
	}
	w.rules = make([]bool, len(l.opt.Set.Rules))
	for _, i := range s.Rules {
		w.rules[i] = true
	}
	t.statements = append(t.statements, w)
	return w
}

// Pairs returns the base rules of correlations whose events the engine selects: Row.Pairs are indexes in it. It is
// complete before Run; a statement keeps its pairs when it is split.
func (l *Lake) Pairs() []plan.Pair { return l.pairs }

// Schemas returns the log sources of the tables.
func (l *Lake) Schemas() []*schema.Schema {
	var list []*schema.Schema
	for _, t := range l.tables {
		if !slices.Contains(list, t.Layout.Schema) {
			list = append(list, t.Layout.Schema)
		}
	}
	return list
}

// CannotRun returns the rules and correlations that need something their tables lack, each once, in the order of
// tables.
func (l *Lake) CannotRun() []plan.CannotRun {
	seen := map[ir.Reference]bool{}
	var list []plan.CannotRun
	for _, t := range l.tables {
		for _, c := range t.plan.CannotRun {
			if !seen[c.Reference] {
				seen[c.Reference] = true
				list = append(list, c)
			}
		}
	}
	return list
}

// Fingerprint returns a hash of all that the hunt runs. A journal with another fingerprint belongs to another hunt.
func (l *Lake) Fingerprint() string {
	sum := sha256.New()
	fmt.Fprintf(sum, "%s\x00", rowFormat)
	for _, t := range l.tables {
		t.addPartitions(sum)
		// The conversion of rows to events is not part of the statements.
		for _, listed := range t.Layout.Listed() {
			fmt.Fprintf(sum, "%s\x00", listed.Path)
			for _, place := range listed.Locations {
				fmt.Fprintf(sum, "%s %q %q\x00", place, place.Values, place.Absent)
			}
		}
		for _, s := range t.statements {
			fmt.Fprintf(sum, "%s\x00%s\x00", s.name, s.hash)
			for _, chunk := range l.chunks(s) {
				fmt.Fprintf(sum, "%s\x00", chunk.Key())
			}
		}
	}
	return hex.EncodeToString(sum.Sum(nil))
}

// countChunks is how many chunks of rows make up one of counts. Counting chunks also read the events around their range
// and, where events arrive late, days that the neighbouring chunk reads too.
const countChunks = 7

// chunks returns the chunks of a statement. If time does not prune the table each chunk would read all of it, so there
// is only one.
func (l *Lake) chunks(s *statement) []plan.Chunk {
	if s.table.unpruned {
		return s.Chunks(0)
	}
	length := l.opt.Chunk
	if s.table.size != nil {
		length = s.table.size.Chunk
	}
	return s.Chunks(lengthOf(s.Kind, length))
}

// lengthOf returns the length of chunks for a kind of statement, given the length for rows.
func lengthOf(kind plan.Kind, length time.Duration) time.Duration {
	if kind == plan.Counts || kind == plan.Both || kind == plan.Follow { // few rows, so that fewer queries do
		return countChunks * length
	}
	return length
}
