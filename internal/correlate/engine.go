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

// DefaultMemory is what records take in memory unless Options say otherwise.
const DefaultMemory = 64 << 20

// Options are settings of an Engine. The zero value works for correlations that are not based on one another.
type Options struct {
	// Memory bounds the bytes that base matches take in memory; beyond it they go to disk. 0 means DefaultMemory. Each
	// worker is allowed one chunk of 704 KB at least.
	Memory int64
	// Dir is the folder for temporary files; "" is the system's.
	Dir string
	// Workers is the number of workers that share Memory; 0 means 2.
	Workers int
	// Evidence is where the events' Refs point. It is asked for the ids of events whose keys are hashes, and for the
	// fields of findings in chains. With nil, events of one time are ordered by key, and findings have only their group.
	Evidence *evidence.Store
	// Fields makes the fields of an event in the evidence readable, for chains. They are read before its next call. Nil
	// as for Evidence.
	Fields func(e evidence.Event) (Fields, error)
	// Content gives texts by which events of one id and one time are put in order; nil: by the texts of the events. It must be
	// safe for concurrent use.
	Content func(e evidence.Event) ([]byte, error)
	// Groups is how many groups of each correlation are kept for Engine.Groups: those that came nearest to a burst. 0 for
	// none.
	Groups int

	chunk     int   // records in a chunk; 0 means chunkLength
	chainWork int64 // 0 means maxChainWork
}

// Engine evaluates correlations over the base matches of one hunt.
type Engine struct {
	options Options
	plans   []*plan // in the order of the list given to New
	ranked  []*plan // in the order of evaluation
	bases   [][]slot
	spool   *evidence.Spool
	texts   *evidence.Store // group texts and long numbers
	numbers *numberReader
	workers []*Worker
	clipped atomic.Int64
	dropped int64

	// ctx is that of Finish while it runs, else nil. chainWork is what was spent for chains.
	ctx         context.Context
	chainWork   int64
	unevaluated int

	sequence sequence
	merger   merger
	chained  []*Worker // by rank: findings that feed this correlation
	found    [][]*Burst
	groups   []*Groups // by rank
}

// New prepares an engine. A base with Correlation set refers to the list by index. The error names the correlation that
// cannot be evaluated: circles, bounds that are no numbers, wrong counts of fields, conditions too large.
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
	// Half of the memory is for what the workers note and later, as that gets free, for findings in chains; a quarter each
	// is for the merged groups and for texts.
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
	for _, p := range e.ranked {
		p.targets(func(base uint16) {
			b := p.Bases[base]
			if b.Correlation {
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

// chunks is the number of chunks that fit a size, at least one.
func (o *Options) chunks(memory int64) int { return int(max(1, memory/int64(o.chunk*recordSize))) }

// IsBase tells whether a correlation is based on a query.
func (e *Engine) IsBase(query int) bool {
	return query < len(e.bases) && len(e.bases[query]) > 0
}

// NewWorker makes a worker for another goroutine. It must not be called while workers are at work in Finish.
func (e *Engine) NewWorker() *Worker {
	w := e.newWorker(e.options.chunks(e.options.Memory / 2 / int64(e.options.Workers)))
	e.workers = append(e.workers, w)
	return w
}

// Clipped is the number of times that an event's groups or values in a correlation were too many to count them all.
func (e *Engine) Clipped() int64 { return e.clipped.Load() }

// Spilled is the number of bytes in temporary files.
func (e *Engine) Spilled() int64 { return e.spool.Size() + e.texts.Spilled() }

// Close frees memory and temporary files. The events of bursts can no longer be read.
func (e *Engine) Close() error {
	return errors.Join(e.spool.Close(), e.texts.Close())
}

// Dropped is the number of findings of chained correlations that were left out because the evidence of all of them is too
// large to be walked.
func (e *Engine) Dropped() int64 { return e.dropped }

// Unevaluated is the number of correlations that Finish did not get to before its context ended.
func (e *Engine) Unevaluated() int { return e.unevaluated }

// Finish evaluates what the workers noted, once, after their last Add. Bursts come by Last, First, place of the
// correlation in the list, and group. When the context ends it gives the bursts of the correlations that were evaluated by
// then, with the context's error. Other errors say that temporary files cannot be used.
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
	bursts := slices.Concat(e.found...)
	slices.SortFunc(bursts, compareBursts)
	return bursts, stopped
}

// collect takes a worker's records into the merge.
func (e *Engine) collect(w *Worker) error {
	if err := w.texts.Flush(); err != nil {
		return err
	}
	for _, s := range w.pile.sources() {
		if err := e.merger.add(s); err != nil {
			return err
		}
	}
	return nil
}

// evaluate finds the bursts of one correlation, whose records come next, and feeds them to those that are based on it.
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
	slices.SortFunc(found, compareBursts)
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
	s := sweep{engine: e, plan: p, texts: texts, nearest: nearest{fewest: p.fewest()}}
	if err := s.run(first, e.sequence.length); err != nil {
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
