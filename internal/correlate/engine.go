package correlate

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"sync/atomic"

	"github.com/egret-hunt/egret/internal/evidence"
	"github.com/egret-hunt/egret/internal/ir"
)

// minTime is earlier than any event.
const minTime = math.MinInt64

// DefaultMemory is the default limit, in bytes, of the records in memory.
const DefaultMemory = 64 << 20

// Options are settings of an Engine. The zero value works for correlations that are not based on one another.
type Options struct {
	// Memory is the limit, in bytes, of base matches in memory; beyond it they go to disk. 0 means DefaultMemory. Each
	// worker may use at least one chunk of 704 KB.
	Memory int64
	// Dir is the folder for temporary files; "" is the system's.
	Dir string
	// Workers is the number of workers that share Memory; 0 means 2.
	Workers int
	// Evidence is the store that the events' Refs point into. The engine reads ids from it for events whose keys are
	// hashes, and events for the fields of chained findings. If it is nil, events of one time are ordered by key, and
	// chained findings have only the fields of their group.
	Evidence *evidence.Store
	// Fields returns the fields of a stored event, for chains. The engine reads them before its next call of Fields.
	// Nil has the same effect as for Evidence.
	Fields func(e evidence.Event) (Fields, error)
	// Content returns the text by which events with the same id and time are ordered; nil means the text of the event.
	// It must be safe for concurrent use.
	Content func(e evidence.Event) ([]byte, error)
	// Direct lists bases whose events come only from Worker.AddDirect, because the caller has already decided which
	// events match. Other bases of the same correlation that name the same rule are direct too.
	Direct []Base
	// Groups is how many groups of each correlation Engine.Groups returns: those that came nearest to a burst. 0 means
	// none.
	Groups int

	chunk     int   // records in a chunk; 0 means chunkLength
	chainWork int64 // 0 means maxChainWork
}

// Base identifies a base of a correlation: Correlation is an index in the list passed to New, Base an index in its
// Bases.
type Base struct{ Correlation, Base int }

// Engine evaluates correlations over the base matches of one hunt.
type Engine struct {
	options Options
	plans   []*plan // in the order of the list passed to New
	ranked  []*plan // in the order of evaluation
	bases   [][]slot
	spool   *evidence.Spool
	texts   *evidence.Store // group texts and long numbers
	numbers *numberReader
	workers []*Worker
	clipped atomic.Int64
	dropped int64

	// ctx is the context of Finish while Finish runs, else nil. chainWork is the work done for chains so far.
	ctx         context.Context
	chainWork   int64
	unevaluated int

	sequence sequence
	merger   merger
	chained  []*Worker // by rank: workers that note the findings for this correlation
	found    [][]*Burst
	groups   []*Groups // by rank
}

// New returns an engine for a list of correlations. A base with Correlation set refers to the list by index. New
// returns an error that names the correlation if it cannot be evaluated: because of circular references, bounds that
// are not numbers, wrong numbers of fields, or conditions that are too large.
func New(list []*ir.Correlation, options Options) (*Engine, error) {
	if len(list) > math.MaxUint16 {
		return nil, fmt.Errorf("%d correlations, more than %d", len(list), math.MaxUint16)
	}
	if options.Memory <= 0 {
		options.Memory = DefaultMemory
	}
	if options.Workers <= 0 {
		options.Workers = 2
	}
	spool := evidence.NewSpool(options.Dir)
	if options.chunk <= 0 {
		options.chunk = chunkLength
	}
	if options.chainWork <= 0 {
		options.chainWork = maxChainWork
	}
	// Half of the memory is for the records of workers and later, when that is free, for chained findings; a quarter
	// each is for the merged groups and for texts.
	e := &Engine{options: options, spool: spool, texts: evidence.NewStore(options.Memory/4, options.Dir)}
	e.numbers = &numberReader{texts: e.texts}
	e.sequence = sequence{spool: spool, chunk: options.chunk, limit: options.chunks(options.Memory / 4)}
	for i, c := range list {
		p, err := newPlan(c, i, len(list), e.numbers)
		if err != nil {
			return nil, fmt.Errorf("correlation %q: %w", cmp.Or(c.Title, c.Rule), err)
		}
		e.plans = append(e.plans, p)
	}
	var err error
	if e.ranked, err = order(e.plans); err != nil {
		return nil, err
	}
	direct := map[slot]bool{}
	for _, b := range options.Direct {
		direct[e.slotOf(b)] = true
	}
	for _, p := range e.ranked {
		p.eachRule(func(base uint16) {
			b := p.Bases[base]
			if b.Correlation || direct[slot{p, base}] {
				return
			}
			for len(e.bases) <= b.Index {
				e.bases = append(e.bases, nil)
			}
			e.bases[b.Index] = append(e.bases[b.Index], slot{p, base})
		})
	}
	e.chained, e.found = make([]*Worker, len(list)), make([][]*Burst, len(list))
	e.groups = make([]*Groups, len(list))
	return e, nil
}

// chunks returns the number of chunks that fit the memory, at least one.
func (o *Options) chunks(memory int64) int { return int(max(1, memory/int64(o.chunk*recordSize))) }

// slotOf returns the slot of a base: that of the first base that names the same rule.
func (e *Engine) slotOf(b Base) slot {
	p := e.plans[b.Correlation]
	return slot{p, p.steps[b.Base]}
}

// IsBase reports whether Worker.Add takes events of the query for any correlation.
func (e *Engine) IsBase(query int) bool {
	return query < len(e.bases) && len(e.bases[query]) > 0
}

// NewWorker returns a worker for one more goroutine. It must not be called once Finish has begun.
func (e *Engine) NewWorker() *Worker {
	w := e.newWorker(e.options.chunks(e.options.Memory / 2 / int64(e.options.Workers)))
	e.workers = append(e.workers, w)
	return w
}

// Clipped returns how many times an event had too many groups or values in a correlation to count all of them.
func (e *Engine) Clipped() int64 { return e.clipped.Load() }

// Spilled returns the number of bytes in temporary files.
func (e *Engine) Spilled() int64 { return e.spool.Size() + e.texts.Spilled() }

// Close frees memory and temporary files. The events of bursts cannot be read afterwards.
func (e *Engine) Close() error {
	return errors.Join(e.spool.Close(), e.texts.Close())
}

// Dropped returns the number of findings of chained correlations that were left out because their combined evidence is
// too large to walk.
func (e *Engine) Dropped() int64 { return e.dropped }

// Unevaluated returns the number of correlations that Finish had not evaluated when its context ended.
func (e *Engine) Unevaluated() int { return e.unevaluated }

// Finish evaluates what the workers noted. Call it once, after their last Add. Bursts are ordered by Last, First,
// index of the correlation, and group. When the context ends, Finish returns the bursts of the correlations evaluated
// by then and the context's error. Any other error means that temporary files cannot be used.
func (e *Engine) Finish(ctx context.Context) ([]*Burst, error) {
	e.ctx, e.sequence.ctx = ctx, ctx
	defer func() { e.ctx = nil }()
	for _, w := range e.workers {
		if err := e.collect(w); err != nil {
			return nil, err
		}
	}
	e.workers = nil
	var stopped error
	for i, p := range e.ranked {
		err := e.evaluate(p)
		if err != nil && ctx.Err() != nil {
			stopped, e.unevaluated = ctx.Err(), len(e.ranked)-i
			e.found[p.rank] = nil
			break
		}
		if err != nil {
			return nil, err
		}
	}
	// Merging is fast, so what was found before a stop is also put in order.
	bursts, err := mergeBursts(context.WithoutCancel(ctx), slices.Clone(e.found))
	if err != nil {
		return nil, err
	}
	return bursts, stopped
}

// collect moves a worker's records to the merger.
func (e *Engine) collect(w *Worker) error {
	if err := w.texts.Flush(); err != nil {
		return err
	}
	for _, s := range w.recordBuffer.sources() {
		if err := e.merger.add(s); err != nil {
			return err
		}
	}
	return nil
}

// evaluate finds the bursts of one correlation, whose records come next, and passes them to the correlations based on
// it.
func (e *Engine) evaluate(p *plan) error {
	if w := e.chained[p.rank]; w != nil {
		if err := e.collect(w); err != nil {
			return err
		}
		e.chained[p.rank] = nil
	}
	for {
		r, err := e.merger.peek()
		if err != nil {
			return err
		}
		if r == nil || r.rank != p.rank {
			break
		}
		if err := e.ctx.Err(); err != nil {
			return err
		}
		if err := e.group(p); err != nil {
			return err
		}
	}
	found := e.found[p.rank]
	if err := sortBursts(e.ctx, found); err != nil {
		return err
	}
	for i, b := range found {
		if i%checkEvery == 0 && e.ctx.Err() != nil {
			return e.ctx.Err()
		}
		for _, s := range p.outer {
			if err := e.chain(b, i, s); err != nil {
				return err
			}
		}
	}
	return nil
}

// group reads the next group and finds its bursts.
func (e *Engine) group(p *plan) error {
	first := e.sequence.length
	var group [2]uint64
	var texts evidence.Ref
	for n := 0; ; n++ {
		r, err := e.merger.peek()
		if err != nil {
			return err
		}
		if r == nil || r.rank != p.rank || (n > 0 && r.group != group) {
			break
		}
		if n%checkEvery == checkEvery-1 && e.ctx.Err() != nil {
			return e.ctx.Err()
		}
		group = r.group
		if r.base == headerBase {
			texts = evidence.Ref(r.ref)
		} else if err := e.sequence.append(r); err != nil {
			return err
		}
		if err := e.merger.take(); err != nil {
			return err
		}
	}
	s := groupScan{engine: e, plan: p, texts: texts, nearest: nearest{lowerIsNearer: p.lowerIsNearer()}}
	run := s.run
	switch {
	case p.Type == ir.Bindings:
		run = s.runBindings
	case p.Spans:
		run = s.runSpans
	}
	if err := run(first, e.sequence.length); err != nil {
		return err
	}
	if e.options.Groups > 0 {
		if err := e.noteGroup(&s); err != nil {
			return err
		}
	}
	if !s.found {
		e.sequence.truncate(first)
	}
	return nil
}
