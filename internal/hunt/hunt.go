// Package hunt runs rules over a source of records: log files or the tables of a lake. It reads events, drops
// duplicates and events outside the time range, matches the rest, evaluates correlations, and returns findings in
// their final order together with a summary and a ledger.
//
// The input is a loaded rule set and a Source, the output is a Result. Of an event that no rule matches hunt keeps its
// id in 128 bits and a few counts; package evidence stores the events that a rule matches, compressed and bounded. The
// result does not depend on the order of the input, the number of threads or what was spilled to disk. The package
// prints nothing and knows no flags.
package hunt

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/egret-hunt/egret/internal/correlate"
	"github.com/egret-hunt/egret/internal/evidence"
	"github.com/egret-hunt/egret/internal/finding"
	"github.com/egret-hunt/egret/internal/hunt/firstseen"
	"github.com/egret-hunt/egret/internal/ioc"
	"github.com/egret-hunt/egret/internal/ir"
	"github.com/egret-hunt/egret/internal/origin"
	"github.com/egret-hunt/egret/internal/ruleset"
	"github.com/egret-hunt/egret/internal/schema"
)

// Options configure a hunt. Set and Source are required.
type Options struct {
	Set *ruleset.Set
	// Source is the source of the records.
	Source Source
	// Schemas are the log sources that events may belong to; nil means those built into egret. Those of the source are
	// added.
	Schemas []*schema.Schema
	// From and To are the half-open range of event times; a zero time is an open end.
	From, To time.Time
	// Context is how far around a finding to collect other events of its principal; 0 means none. It requires a second
	// pass over the input, for which standard input and pipes are saved in temporary files.
	Context time.Duration
	// MinLevel leaves out findings below it. Levels follow from outcomes, so that rules which may be at or above it run.
	MinLevel finding.Level
	// Unfolded keeps apart findings that are else shown under others, see ruleset.Set.Folds.
	Unfolded bool
	// Threads is the number of workers, at least 1.
	Threads int
	// TempDir is the folder for temporary files, "" for the system's.
	TempDir string
	// EvidenceMemory and CorrelationMemory limit the data in memory, in bytes; 0 means the defaults.
	EvidenceMemory, CorrelationMemory int64
	// SeenLimit is the number of event ids up to which duplicates are counted exactly; 0 for the default. For events of bulk
	// logs it is an eighth of that.
	SeenLimit int
	// Trace keeps the records of events that tie identities together, or that make or remove things: see Result.Records.
	Trace bool
	// Groups is the number of groups of each correlation that Result.Groups describes; 0 means none.
	Groups int
	// Indicators are the lists of indicators that findings show, besides the rules of Set made of them.
	Indicators []*ioc.List
	// FirstSeen marks what the principals of findings had not used before, although they are known for a week. Each event
	// of files is added to a history for it, so that it costs time. It goes with Files and without Observe.
	FirstSeen bool
	// Origins describes the addresses and agents of findings; nil if nothing is known of any.
	Origins *origin.Finder
	// Observe, if not nil, sees every event that is evaluated.
	Observe *Observe
	// Progress, if not nil, is called when a pass over the input begins. Its argument returns the current progress of
	// the pass, and is safe for concurrent use.
	Progress func(now func() Progress)
}

// Result is what a hunt found. It can be read any number of times until Close, which must be called.
type Result struct {
	// Ledger is complete except for Findings, which Each counts.
	Ledger finding.Ledger
	// InputFailed reports that an input could not be read completely, or that there was none.
	InputFailed bool

	hunt    *hunt
	entries *entrySet
	bursts  []*correlate.Burst

	// counting guards the number of events in findings, which the first complete call of Each counts.
	counting sync.Mutex
	counted  bool
	events   int
}

// hunt is the state of one run.
type hunt struct {
	options Options
	lacks   lackList
	schemas []*schemaPlan  // those of Options.Schemas, then others of the source
	seen    *evidence.Seen // nil once everything is read
	full    bool           // seen could not store all ids
	bulk    atomic.Int64   // events of bulk logs, except those of batches at hand
	store   *evidence.Store
	spool   *evidence.Spool // for sorted records
	input   input
	record  []byte // buffer for one record of spool
	engine  *correlate.Engine
	ctx     context.Context // the context of run
	workers []*worker
	// followers have the records that were looked up after the findings were known.
	followers []*worker
	rules     []ruleInfo // of Set.Rules, then Set.Correlations
	from      int64
	to        int64
	ranged    bool
	context   *nearbyIndex // nil unless Options.Context is set
	// untraced says why the input does not have all records of Result.Records, "" if it has.
	untraced string
	// direct reports which correlations have direct bases, by index in Set.Correlations.
	direct map[int]bool
	// firstSeen is nil without Options.FirstSeen.
	firstSeen *firstseen.History
	// items are the rules with a Decision, by it.
	items map[decided]int
}

// ruleInfo is what findings report about a rule, and its rank among all rules ordered by id.
type ruleInfo struct {
	rule    *finding.Rule
	reports bool
	rank    int32
}

// schemaPlan is what a hunt needs for events of one schema.
type schemaPlan struct {
	schema  *schema.Schema
	subject *picker

	// The following fields are set by compile.
	once     sync.Once
	compiled *ruleset.Compiled
	asked    map[string]int // see matchedFields
	// base reports for each query of the program whether a correlation counts it, reports whether it produces
	// findings.
	base, reports []bool
}

const (
	defaultEvidenceMemory    = 32 << 20
	defaultCorrelationMemory = 64 << 20
)

// Run hunts. When the context ends, the result is what was found so far, and its ledger is marked partial. An error is
// external, such as a temporary file that cannot be written; inputs that cannot be read are in the ledger.
func Run(ctx context.Context, options Options) (*Result, error) {
	h, err := newHunt(options)
	if err != nil {
		return nil, err
	}
	result, err := h.run(ctx)
	if err != nil {
		return nil, errors.Join(err, h.close())
	}
	return result, nil
}

func newHunt(options Options) (*hunt, error) {
	options.Threads = max(1, options.Threads)
	needs := options.Source.needs(options.Set)
	if options.EvidenceMemory <= 0 {
		options.EvidenceMemory = needs.evidenceMemory
	}
	if options.CorrelationMemory <= 0 {
		options.CorrelationMemory = needs.correlationMemory
	}
	var seen *firstseen.History
	if options.FirstSeen {
		seen = firstseen.New(options.Origins)
		options.Observe = &Observe{Fields: firstseen.Fields, New: func() Observer { return seen.NewWorker() }}
	}
	h := &hunt{
		options: options, seen: evidence.NewSeen(options.SeenLimit),
		store: evidence.NewStore(options.EvidenceMemory, options.TempDir), spool: evidence.NewSpool(options.TempDir),
		rules: ruleInfos(options.Set), from: minNanos, to: maxNanos, direct: map[int]bool{}, untraced: needs.untraced, firstSeen: seen,
		items: itemsOf(options.Set),
	}
	for _, b := range needs.direct {
		h.direct[b.Correlation] = true
	}
	if !options.From.IsZero() {
		h.from, h.ranged = clampNanos(options.From), true
	}
	if !options.To.IsZero() {
		h.to, h.ranged = clampNanos(options.To), true
	}
	engine, err := correlate.New(correlations(options.Set), correlate.Options{
		Memory: options.CorrelationMemory, Dir: options.TempDir, Workers: options.Threads, Evidence: h.store,
		Fields: h.storedFields(), Content: h.storedContent, Groups: options.Groups, Direct: needs.direct,
	})
	if err != nil {
		return nil, err
	}
	h.engine = engine
	for _, rule := range needs.silent {
		h.rules[rule].reports = false
	}
	schemas := slices.Clone(options.Schemas)
	if schemas == nil {
		schemas = slices.Clone(schema.All())
	}
	for _, s := range needs.schemas {
		if !slices.Contains(schemas, s) { // a schema of the user, or of tables without a known log source
			schemas = append(schemas, s)
		}
	}
	for _, s := range schemas {
		h.schemas = append(h.schemas, &schemaPlan{schema: s, subject: subjectPicker(s)})
	}
	for range options.Threads {
		w := h.newWorker(engine.NewWorker())
		if options.Observe != nil {
			w.observer = options.Observe.New()
		}
		h.workers = append(h.workers, w)
	}
	h.input = options.Source.begin(h)
	return h, nil
}

// correlations returns the correlations of a set.
func correlations(set *ruleset.Set) []*ir.Correlation {
	list := make([]*ir.Correlation, len(set.Correlations))
	for i, c := range set.Correlations {
		list[i] = c.IR
	}
	return list
}

// compile compiles the rules for the schema. It runs when the first event of the schema arrives: a thousand rules for
// other log sources should cost nothing.
func (p *schemaPlan) compile(h *hunt) {
	p.once.Do(func() {
		var further []schema.Paths
		if h.options.Observe != nil {
			further = h.options.Observe.Fields(p.schema)
		}
		p.compiled = h.options.Set.CompileWith(p.schema, further)
		p.asked = askedFields(h.options.Set, p.compiled)
		for _, rule := range p.compiled.Rules {
			p.base = append(p.base, h.engine.IsBase(rule))
			p.reports = append(p.reports, h.rules[rule].reports)
		}
	})
}

// stoppedGrace is how long correlations are evaluated after a hunt was stopped while reading.
const stoppedGrace = 700 * time.Millisecond

func (h *hunt) run(ctx context.Context) (*Result, error) {
	h.ctx = ctx
	err := h.input.read(ctx)
	stopped := ctx.Err() != nil
	if err != nil && !isStop(ctx, err) {
		return nil, err // events were lost, even if the hunt was stopped meanwhile
	}
	h.full, h.seen = h.seen.Full(), nil // frees tens of megabytes that are no longer needed
	for _, w := range h.workers {
		h.bulk.Add(w.bulk)
	}
	result := &Result{hunt: h}
	finish := ctx
	if stopped { // evaluate what was read, if that is fast
		var cancel context.CancelFunc
		finish, cancel = context.WithTimeout(context.WithoutCancel(ctx), stoppedGrace)
		defer cancel()
	}
	for _, w := range h.workers {
		if err := w.writer.Flush(); err != nil {
			return nil, err
		}
	}
	sortRecords(h.workers)
	if result.bursts, err = h.engine.Finish(finish); err != nil {
		if finish.Err() == nil || !errors.Is(err, finish.Err()) {
			return nil, err
		}
		stopped = true
	}
	if result.entries, err = h.entries(result.bursts); err != nil {
		return nil, err
	}
	if !stopped {
		if err := h.input.complete(ctx, result); err != nil {
			if !isStop(ctx, err) {
				return nil, err
			}
			stopped = true
		}
	}
	if !stopped && h.options.Trace {
		if err := h.input.follow(ctx, result); err != nil {
			if !isStop(ctx, err) {
				return nil, err
			}
			stopped = true
		}
	}
	if err := h.account(result, stopped); err != nil {
		return nil, err
	}
	if h.options.Context > 0 && !stopped {
		if err := h.collectNearby(ctx, result); err != nil {
			return nil, err
		}
		h.input.accountNearby(&result.Ledger)
	}
	return result, nil
}

// isStop reports whether an error only means that the context has ended, so that the findings so far count.
func isStop(ctx context.Context, err error) bool {
	return ctx.Err() != nil && (errors.Is(err, ctx.Err()) || errors.Is(err, context.Cause(ctx)))
}

// Groups returns how near the groups of a correlation came to a burst, by its index in Set.Correlations. See
// Options.Groups.
func (r *Result) Groups(correlation int) correlate.Groups { return r.hunt.engine.Groups(correlation) }

// Close frees memory and temporary files.
func (r *Result) Close() error { return r.hunt.close() }

func (h *hunt) close() error {
	return errors.Join(h.store.Close(), h.spool.Close(), h.engine.Close(), h.input.close())
}

const (
	minNanos = -1 << 63
	maxNanos = 1<<63 - 1
)

// clampNanos returns a time in nanoseconds since 1970; years outside 1678 to 2261 become the nearest limit.
func clampNanos(t time.Time) int64 {
	switch {
	case t.Year() < 1678:
		return minNanos
	case t.Year() > 2261:
		return maxNanos
	}
	return t.UnixNano()
}

// errBroken means that the store returned an event that cannot be parsed, although it could be parsed before.
func errBroken(err error) error { return fmt.Errorf("evidence cannot be read again: %w", err) }
