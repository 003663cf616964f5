// Package hunt runs rules over log files: it reads events, drops those that came before or lie outside the asked time,
// matches the rest, correlates, and gives findings in their final order beside summary and ledger.
//
// In go a loaded rule set and paths, out comes a Result. What is kept of an event that no rule matches is its id in 128
// bits and a few counts; events that a rule matches are kept in package evidence, compressed and bounded. The order of
// the input, the number of threads and what was spilled to disk never show in the result. The package prints nothing and
// knows no flags.
package hunt

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"slices"
	"sync"
	"time"

	"github.com/egret-hunt/egret/internal/correlate"
	"github.com/egret-hunt/egret/internal/event"
	"github.com/egret-hunt/egret/internal/evidence"
	"github.com/egret-hunt/egret/internal/finding"
	"github.com/egret-hunt/egret/internal/lake"
	"github.com/egret-hunt/egret/internal/ruleset"
	"github.com/egret-hunt/egret/internal/schema"
)

// Options say what to hunt. Set and Paths are needed.
type Options struct {
	Set *ruleset.Set
	// Paths are files, folders, globs, or "-" for Stdin.
	Paths []string
	Stdin io.Reader
	// StdinName stands for Stdin in the ledger and in the ids of events that have none; "": <stdin>.
	StdinName string
	// Schemas are the log sources that events may be of; nil: those that come with egret. Those of Lake come on top.
	Schemas []*schema.Schema
	// Remote reads the paths that lie in buckets; nil: none does.
	Remote event.Remote
	// Lake is hunted in the place of Paths; its tables are those that its rows come from. nil for files.
	Lake *lake.Lake
	// From and To are the half-open range of event times; zero times are open ends.
	From, To time.Time
	// Context is how far around a finding other events of its principal are collected; 0 for none. It makes a second
	// pass over the input; standard input and pipes are kept in temporary files for it.
	Context time.Duration
	// Threads is the number of workers, at least 1.
	Threads int
	// TempDir is the folder for temporary files, "" for the system's.
	TempDir string
	// Guard, if not nil, is asked about each file on this machine before it is read; its error ends the hunt.
	Guard func(path string, info fs.FileInfo) error
	// Limits bound what single files may cost.
	Limits event.Limits
	// EvidenceMemory and CorrelationMemory bound what is held in memory, in bytes; 0 for the defaults.
	EvidenceMemory, CorrelationMemory int64
	// SeenLimit is the number of event ids up to which duplicates are counted exactly; 0 for the default.
	SeenLimit int
	// Groups is how many groups of each correlation Result.Groups tells of; 0 for none.
	Groups int
	// Progress, if not nil, is called once the reader exists; the function it gets may be called at any time.
	Progress func(progress func() event.Progress)
}

// Result is what a hunt found. Close must be called when its findings have been taken.
type Result struct {
	// Ledger is complete but for Findings, which Each fills in.
	Ledger finding.Ledger
	// InputFailed says that an input could not be read to its end, or that there was none.
	InputFailed bool

	hunt    *hunt
	entries *entrySet
	bursts  []*correlate.Burst
}

// hunt is the state of one run.
type hunt struct {
	options Options
	schemas []*schemaPlan  // those of Options.Schemas, then others that a lake's tables have
	seen    *evidence.Seen // nil once everything is read
	full    bool           // seen had to leave ids out
	store   *evidence.Store
	spool   *evidence.Spool // of what is sorted
	files   *fileAccount
	record  []byte // memory for one record of it
	engine  *correlate.Engine
	ctx     context.Context // of run
	workers []*worker
	rules   []ruleInfo // of Set.Rules, then Set.Correlations
	from    int64
	to      int64
	ranged  bool
	paths   map[string]int64      // see event.Reader.Paths
	kept    map[string]*keptInput // what pipes gave, by path; "-" is standard input
	context *contextIndex         // nil unless context was asked for

	// unnamed counts the rows of a lake that rules hold for and that have no id, by statement and content.
	unnamed      map[evidence.EventKey]int
	unnamedMutex sync.Mutex
}

// ruleInfo is what findings say of a rule, and its place among all rules ordered by id.
type ruleInfo struct {
	rule    *finding.Rule
	reports bool
	rank    int32
}

// schemaPlan is what a hunt needs for the events of one schema.
type schemaPlan struct {
	schema  *schema.Schema
	subject *picker

	// The rest is there after compile.
	once     sync.Once
	compiled *ruleset.Compiled
	asked    map[string]int // see matchedFields
	// base tells for each query of the program whether a correlation counts it, reports whether it gives findings.
	base, reports []bool
}

const (
	defaultEvidenceMemory    = 32 << 20
	defaultCorrelationMemory = 64 << 20

	// A hunt in a lake waits for its engine, and has its rows on disk already.
	lakeEvidenceMemory    = 8 << 20
	lakeCorrelationMemory = 16 << 20
)

// Run hunts. When the context ends, what was found so far is the result, and its ledger is marked partial. The error is
// of the outside world, such as a temporary file that cannot be written; inputs that cannot be read are in the ledger.
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
	evidenceMemory, correlationMemory := int64(defaultEvidenceMemory), int64(defaultCorrelationMemory)
	if options.Lake != nil {
		evidenceMemory, correlationMemory = lakeEvidenceMemory, lakeCorrelationMemory
	}
	if options.EvidenceMemory <= 0 {
		options.EvidenceMemory = evidenceMemory
	}
	if options.CorrelationMemory <= 0 {
		options.CorrelationMemory = correlationMemory
	}
	h := &hunt{
		options: options, seen: evidence.NewSeen(options.SeenLimit),
		store: evidence.NewStore(options.EvidenceMemory, options.TempDir), spool: evidence.NewSpool(options.TempDir),
		rules: ruleInfos(options.Set), from: minNanos, to: maxNanos, unnamed: map[evidence.EventKey]int{},
	}
	h.files = newFileAccount(h.spool)
	if !options.From.IsZero() {
		h.from, h.ranged = clampNanos(options.From), true
	}
	if !options.To.IsZero() {
		h.to, h.ranged = clampNanos(options.To), true
	}
	engine, err := correlate.New(lakeCorrelations(options.Set, options.Lake), correlate.Options{
		Memory: options.CorrelationMemory, Dir: options.TempDir, Workers: options.Threads, Evidence: h.store,
		Fields: h.storedFields(), Content: h.storedContent, Groups: options.Groups,
	})
	if err != nil {
		return nil, err
	}
	h.engine = engine
	if options.Lake != nil {
		h.silence(options.Lake.CannotRun())
	}
	schemas := slices.Clone(options.Schemas)
	if schemas == nil {
		schemas = slices.Clone(schema.All())
	}
	if options.Lake != nil {
		for _, s := range options.Lake.Schemas() {
			if !slices.Contains(schemas, s) { // a user's own, or that of tables which nothing is known of
				schemas = append(schemas, s)
			}
		}
	}
	for _, s := range schemas {
		h.schemas = append(h.schemas, &schemaPlan{schema: s, subject: subjectPicker(s)})
	}
	for range options.Threads {
		h.workers = append(h.workers, h.newWorker(engine.NewWorker()))
	}
	return h, nil
}

// compile compiles the rules for the schema. It is done when the first event of the schema comes: a thousand rules for
// another log source than the one at hand should cost nothing.
func (p *schemaPlan) compile(h *hunt) {
	p.once.Do(func() {
		p.compiled = h.options.Set.Compile(p.schema)
		p.asked = askedFields(h.options.Set, p.compiled)
		for _, rule := range p.compiled.Rules {
			p.base = append(p.base, h.engine.IsBase(rule))
			p.reports = append(p.reports, h.rules[rule].reports)
		}
	})
}

// stoppedGrace is how long correlations are evaluated after a hunt was stopped while it read.
const stoppedGrace = 700 * time.Millisecond

func (h *hunt) run(ctx context.Context) (*Result, error) {
	h.ctx = ctx
	err := h.readAll(ctx)
	stopped := ctx.Err() != nil
	if err != nil && !isStop(ctx, err) {
		return nil, err // events were lost, also if the hunt was stopped meanwhile
	}
	h.full, h.seen = h.seen.Full(), nil // tens of megabytes that nobody asks any more
	result := &Result{hunt: h}
	finish := ctx
	if stopped { // what was read is evaluated as far as that takes no time to speak of
		var cancel context.CancelFunc
		finish, cancel = context.WithTimeout(context.WithoutCancel(ctx), stoppedGrace)
		defer cancel()
	}
	for _, w := range h.workers {
		if err := w.writer.Flush(); err != nil {
			return nil, err
		}
	}
	if result.bursts, err = h.engine.Finish(finish); err != nil {
		if finish.Err() == nil || !errors.Is(err, finish.Err()) {
			return nil, err
		}
		stopped = true
	}
	if result.entries, err = h.entries(result.bursts); err != nil {
		return nil, err
	}
	if h.options.Lake != nil && !stopped {
		if err := h.completeEvents(ctx, result); err != nil {
			return nil, err
		}
		stopped = ctx.Err() != nil
	}
	if err := h.account(result, stopped); err != nil {
		return nil, err
	}
	if h.options.Context > 0 && !stopped {
		if err := h.collectContext(ctx, result); err != nil {
			return nil, err
		}
		if h.options.Lake != nil { // the context was asked for, and paid, as well
			h.options.Lake.Account(&result.Ledger)
		}
	}
	return result, nil
}

// isStop tells whether an error only says that the context has ended, so that what was found so far counts.
func isStop(ctx context.Context, err error) bool {
	return ctx.Err() != nil && (errors.Is(err, ctx.Err()) || errors.Is(err, context.Cause(ctx)))
}

// readAll is the pass over the input that all findings come from.
func (h *hunt) readAll(ctx context.Context) error {
	if h.options.Lake != nil {
		return h.options.Lake.Run(ctx, h.options.Threads, func(worker int, b *lake.Batch) error { return h.workers[worker].rows(b) })
	}
	if err := h.keepInputs(ctx); err != nil {
		return err
	}
	reader := h.reader(h.options.From, h.options.To, true, h.files.add)
	if h.options.Progress != nil {
		h.options.Progress(reader.Progress)
	}
	err := reader.Run(ctx, h.options.Paths, h.options.Threads, func(worker int, b *event.Batch) error {
		return h.workers[worker].batch(b)
	})
	h.paths = reader.Paths()
	return err
}

// reader makes a reader for one pass; done is told what became of each file.
func (h *hunt) reader(from, to time.Time, hash bool, done func(*event.File)) *event.Reader {
	return event.NewReader(event.Options{
		From: from, To: to, Stdin: h.stdinReader(), StdinName: h.options.StdinName, Kept: h.keptReaders(), Limits: h.options.Limits, NoHash: !hash,
		Remote: h.options.Remote, Schemas: h.options.Schemas, Guard: h.options.Guard, Done: done,
	})
}

// Groups are the groups of a correlation, by its index in Set.Correlations: how near their events came to a burst. See
// Options.Groups.
func (r *Result) Groups(correlation int) correlate.Groups { return r.hunt.engine.Groups(correlation) }

// Close frees memory and temporary files.
func (r *Result) Close() error { return r.hunt.close() }

func (h *hunt) close() error {
	return errors.Join(h.store.Close(), h.spool.Close(), h.engine.Close(), h.closeKept())
}

const (
	minNanos = -1 << 63
	maxNanos = 1<<63 - 1
)

// clampNanos is a time in nanoseconds since 1970; years outside 1678 to 2261 become the nearest end.
func clampNanos(t time.Time) int64 {
	switch {
	case t.Year() < 1678:
		return minNanos
	case t.Year() > 2261:
		return maxNanos
	}
	return t.UnixNano()
}

// errBroken says that an event was parsed once and now cannot be: the store gave back something else.
func errBroken(err error) error { return fmt.Errorf("evidence cannot be read again: %w", err) }
