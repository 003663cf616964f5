// Package lake hunts in tables: it takes a plan for each table of a lake, cuts it into slices, has an engine run the
// statements, and hands over what comes back as events of the log. What the rules decide on these is the business of
// package hunt; what a statement says that of plan; how it is run that of engine.
//
// # Tasks
//
// A statement over one slice is a task. The rows of a task are written to the journal first and handed over once it is
// done. So a query that fails half-way hands over nothing, a hunt that was killed goes on with the tasks that are missing,
// and memory is bounded however many rows come. Tasks run newest slice first, a bounded number at a time.
//
// # What happens when a query fails
//
// Transient errors are retried, with backoff and jitter, as long as the budget lasts. What is too complex is split, and so
// is what the engine refuses, or fails to compute: until the rule that is the cause stands alone and is all that is lost. What no further query would survive either (credentials, permissions, a table that is not there, a limit of the
// workgroup or cluster) ends the hunt, and what was found so far counts. Everything else fails its task, which the ledger
// names, and the rest goes on; a statement that the engine does not understand is not tried on other slices.
package lake

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"time"

	"github.com/egret-hunt/egret/internal/engine"
	"github.com/egret-hunt/egret/internal/hunt/journal"
	"github.com/egret-hunt/egret/internal/plan"
	"github.com/egret-hunt/egret/internal/ruleset"
	"github.com/egret-hunt/egret/internal/schema"
	"github.com/egret-hunt/egret/internal/sqlgen"
)

// Table is a table of a lake.
type Table struct {
	// Name is the table as the user names it: a name of the engine's, or files where it reads such.
	Name    string
	Profile *schema.Profile
	// Region fills {region} in the profile's usual name; "" where Name says it all.
	Region string
}

// Options say what is hunted where. Engine, Tables, Set and Journal are needed.
type Options struct {
	Engine engine.Engine
	Tables []Table
	Set    *ruleset.Set
	// From and To are the half-open range of event times; zero times are open ends.
	From, To time.Time
	// Accounts are the accounts whose partitions are read; nil: all. Each table must be partitioned by account then.
	Accounts []string
	// AllTime says that whole tables may be read.
	AllTime bool
	// Slice is the length of slices, whole days; 0: a day on engines where others pay or wait, else one slice.
	Slice time.Duration
	// InFlight is how many queries run at a time; 0: what the engine takes well.
	InFlight int
	// Budget is the most that may be read, as it is billed, in bytes; 0 for any. No query begins once it is used up, so that
	// it is exceeded by no more than the queries in flight.
	Budget int64
	// Price is what a TB (10^12 bytes) costs, in USD, 0 where reading is free.
	Price float64
	// Spellings are those of the hunt's first run, one for each table; nil for a new hunt, which asks the engine.
	Spellings []Spelling
	// Journal keeps what was done. Open has checked that it belongs to the same hunt.
	Journal *journal.Journal
	// Backoff is the first wait before a failed query is tried again; 0: a second. It doubles, up to a minute.
	Backoff time.Duration
	// RetryFor is how long a task is tried while its errors may be gone at the next try; 0: five minutes.
	RetryFor time.Duration
	// Waits, unless it is nil, is told before each wait why a query is tried again, and after how long. It may be called from
	// several goroutines.
	Waits func(err error, pause time.Duration)
}

// Lake is a hunt's tables with what they are asked.
type Lake struct {
	opt    Options
	info   engine.Info
	tables []*table
	pairs  []plan.Pair
	fixed  bool // the length of slices is asked for
	sizes  []Size
	rand   func() float64
	random sync.Mutex

	mutex sync.Mutex // of all below
	total totals
	spent map[string]cost // by query
	queue []*task
	fault error // what ended the hunt
	// broken is what failed on this side, so that rows were lost.
	broken error
}

// table is a table with its plan.
type table struct {
	Table
	live *engine.Table
	// declared are the partition columns as its profile has them, spelling says how the table spells them otherwise, and injected
	// are those of which each query must name the values.
	declared []schema.Partition
	spelling []Difference
	injected []string
	// unfit are its columns that are not as its profile says.
	unfit []plan.Unfit
	plan  *plan.Plan
	// statements are those of the plan and what came of them.
	statements []*statement
	// worked says that a statement ran to its end, refused counts those that narrow was asked about. Guarded by Lake.mutex.
	worked  bool
	refused int
	// size is how it is asked, nil before that is known.
	size *Size
	// unpruned says that a time range keeps no part of the table from being read. Check finds that out.
	unpruned bool
}

// statement is a statement of a plan at work.
type statement struct {
	*plan.Statement
	table *table
	// name is unique within the hunt and stable from run to run.
	name string
	// hash stands for its text, without its time range.
	hash string
	// salt tells the statements apart, so that an event which two of them return is no copy.
	salt uint16
	// rules are the rules that a row may be decided for, by index in Set.Rules.
	rules []bool
	// pairs are those of the statement, as indexes in Lake.pairs.
	pairs []int
	// hopeless says why no slice can run, "" while that is not known. Guarded by Lake.mutex.
	hopeless string
	// halves are the statements in its stead once it was split. Guarded by Lake.mutex.
	halves []*statement
}

// Describe reads the columns of all tables and plans the hunt, before anything is spent. The error is the engine's: a table
// that cannot be read ends a hunt before it begins.
func Describe(ctx context.Context, opt Options) (*Lake, error) {
	l := &Lake{opt: opt, info: opt.Engine.Info(), rand: rand.Float64}
	l.opt.InFlight = max(1, opt.InFlight)
	if opt.InFlight == 0 {
		l.opt.InFlight = max(1, l.info.InFlight)
	}
	l.fixed = opt.Slice != 0
	if opt.Slice == 0 && l.info.Remote {
		l.opt.Slice = 24 * time.Hour
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
		declared := t.Profile.Partitions
		t.Profile = s.Profile
		l.tables = append(l.tables, &table{Table: t, live: live, declared: declared, spelling: s.Differences, injected: s.Injected})
	}
	l.build()
	return l, nil
}

// build makes the plans.
func (l *Lake) build() {
	var tables []plan.Table
	for _, t := range l.tables {
		t.unfit = Unfit(Compare(t.Profile, t.live, l.info.JSONIsText))
		var columns []string
		for _, c := range t.live.Columns {
			columns = append(columns, c.Name)
		}
		tables = append(tables, plan.Table{Profile: t.Profile, Options: plan.Options{
			Dialect: sqlgen.DialectByName(l.info.Dialect).InUTC(), Table: t.live.Name, Region: t.Region, Columns: columns,
			Unfit: t.unfit, Accounts: l.opt.Accounts,
			From: l.opt.From, To: l.opt.To,
		}})
	}
	for n, p := range plan.BuildAll(l.opt.Set, tables) {
		t := l.tables[n]
		t.plan = p
		for i, s := range p.Statements {
			l.admit(t, s, fmt.Sprintf("%d-%s/%s-%d", n, t.Profile.Schema.Name, s.Kind, i))
		}
	}
}

// admit puts a statement to work.
func (l *Lake) admit(t *table, s *plan.Statement, name string) *statement {
	sum := sha256.Sum256([]byte(s.SQL(plan.Slice{})))
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

// Pairs are the base rules of correlations whose events the lake finds itself: Row.Pairs are indexes here. It is complete
// before Run; statements that are split keep the pairs that they had.
func (l *Lake) Pairs() []plan.Pair { return l.pairs }

// Schemas are the log sources of the tables.
func (l *Lake) Schemas() []*schema.Schema {
	var list []*schema.Schema
	for _, t := range l.tables {
		if !slices.Contains(list, t.Profile.Schema) {
			list = append(list, t.Profile.Schema)
		}
	}
	return list
}

// CannotRun are the rules and correlations that need what their tables do not have, each once, in the order of tables.
func (l *Lake) CannotRun() []plan.CannotRun {
	type key struct {
		rule        int
		correlation bool
	}
	seen := map[key]bool{}
	var list []plan.CannotRun
	for _, t := range l.tables {
		for _, c := range t.plan.CannotRun {
			if k := (key{c.Rule, c.Correlation}); !seen[k] {
				seen[k] = true
				list = append(list, c)
			}
		}
	}
	return list
}

// Fingerprint stands for all that the hunt asks. A journal of another fingerprint belongs to another hunt.
func (l *Lake) Fingerprint() string {
	sum := sha256.New()
	fmt.Fprintf(sum, "%s\x00", rowFormat)
	for _, t := range l.tables {
		t.addPartitions(sum)
		// How rows become events is not in the statements.
		for _, listed := range t.Profile.Listed() {
			fmt.Fprintf(sum, "%s\x00", listed.Path)
			for _, place := range listed.Places {
				fmt.Fprintf(sum, "%s %q %q\x00", place, place.Values, place.Absent)
			}
		}
		for _, s := range t.statements {
			fmt.Fprintf(sum, "%s\x00%s\x00", s.name, s.hash)
			for _, slice := range l.slices(s) {
				fmt.Fprintf(sum, "%s\x00", slice.Key())
			}
		}
	}
	return hex.EncodeToString(sum.Sum(nil))
}

// hitsSlices is how many slices of rows make one of hits: these look at the events around, and where logs are filed late
// each slice reads days that its neighbour reads too.
const hitsSlices = 7

// slices are those of a statement. Where time leaves nothing out each of them would read the whole table, so that there is one.
func (l *Lake) slices(s *statement) []plan.Slice {
	if s.table.unpruned {
		return s.Slices(0)
	}
	length := l.opt.Slice
	if s.table.size != nil {
		length = s.table.size.Slice
	}
	return s.Slices(lengthOf(s.Kind, length))
}

// lengthOf is the length of the slices of a kind of statement, where that of rows is given.
func lengthOf(kind plan.Kind, length time.Duration) time.Duration {
	if kind == plan.Hits || kind == plan.Both {
		return hitsSlices * length
	}
	return length
}
