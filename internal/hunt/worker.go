package hunt

import (
	"hash/fnv"
	"io"
	"math"

	"github.com/egret-hunt/egret/internal/correlate"
	"github.com/egret-hunt/egret/internal/event"
	"github.com/egret-hunt/egret/internal/evidence"
	"github.com/egret-hunt/egret/internal/facts"
	"github.com/egret-hunt/egret/internal/finding"
	"github.com/egret-hunt/egret/internal/gaps"
	"github.com/egret-hunt/egret/internal/match"
	"github.com/egret-hunt/egret/internal/value"
)

// worker processes batches of events on one goroutine. It shares only the set of ids with other workers.
type worker struct {
	hunt       *hunt
	writer     *evidence.Writer
	correlator *correlate.Worker
	observer   Observer      // nil without Options.Observe
	schemas    []*schemaWork // by index in hunt.schemas; nil until an event needs it
	last       *schemaWork

	matches   *evidence.Sorter // rules that match events, see match
	links     *evidence.Sorter // records of links and of things, see trace
	things    *evidence.Sorter
	record    []byte
	coverage  gaps.Recorder
	uncovered int64 // records left out of coverage because of its limits
	evaluated int64
	duplicate int64
	outside   int64
	timeless  int64
	first     int64
	latest    int64
	uncounted map[int]int64 // by correlation: events without a time that it could not count
	unseeing  []int
	matched   []bool // rules that report and matched an event

	id       []byte
	copied   []byte
	wrap     int64 // events without an id in the current record so far
	number   int64 // number of the record that wrap refers to
	file     *event.File
	pathHash uint64 // a hash of the file's path
	rules    []int
	// decided are the rules whose event is at hand, spanRules those of them that count in correlations by the span of the event.
	decided, spanRules []int
	items              []int
	tables             map[*event.Table]*tableWork
	lacks              int   // of the batch of rows being handled
	bulk               int64 // events of bulk logs since the start of the batch
	flooded            bool  // there were more events of bulk logs than the hunt remembers
}

// schemaWork is a worker's state for the events of one schema.
type schemaWork struct {
	plan      *schemaPlan
	index     int // in hunt.schemas
	matcher   *match.Matcher
	fields    matchedFields
	evaluated int64
	// deciders are those of rules with a Decision, each with whether it has the current event.
	deciders []deciderWork
	// tracer is nil unless Options.Trace is set, picking nil until it finds a record.
	tracer  *facts.Tracer
	picking *picking
}

func (h *hunt) newWorker(correlator *correlate.Worker) *worker {
	return &worker{
		hunt: h, writer: h.store.NewWriter(), matches: evidence.NewSorter(h.spool), links: evidence.NewSorter(h.spool),
		things: evidence.NewSorter(h.spool), correlator: correlator, schemas: make([]*schemaWork, len(h.schemas)), matched: make([]bool, len(h.rules)),
		first: math.MaxInt64, latest: math.MinInt64,
	}
}

// forSchema returns the worker's state for the schema of an event.
func (w *worker) forSchema(r *event.Record) *schemaWork {
	if w.last != nil && w.last.plan.schema == r.Schema {
		return w.last
	}
	for i, plan := range w.hunt.schemas {
		if plan.schema != r.Schema {
			continue
		}
		if w.schemas[i] == nil {
			plan.compile(w.hunt)
			s := &schemaWork{plan: plan, index: i, matcher: plan.compiled.Program.NewMatcher()}
			s.matcher.Interrupt(w.hunt.ctx)
			s.fields = matchedFields{matcher: s.matcher, asked: plan.asked}
			if w.hunt.options.Trace {
				s.tracer = facts.NewTracer(plan.schema)
			}
			w.schemas[i] = s
		}
		w.last = w.schemas[i]
		return w.last
	}
	panic("egret bug: an event of a schema that is not in the list")
}

// batch processes all events of a batch.
func (w *worker) batch(b *event.Batch) error {
	w.file, w.number, w.wrap = b.File, -1, 0
	path := fnv.New64a()
	_, _ = io.WriteString(path, b.File.Path) // writing to a hash never fails
	w.pathHash = path.Sum64()
	w.flooded = w.hunt.bulk.Add(w.bulk) > w.hunt.bulkLimit()
	w.bulk = 0
	for r := b.Next(); r != nil; r = b.Next() {
		if err := w.event(b, r); err != nil {
			return err
		}
	}
	return nil
}

// event processes one event: time range, duplicates, rules. An event that no rule matches causes no allocation.
func (w *worker) event(b *event.Batch, r *event.Record) error {
	s := w.forSchema(r)
	s.matcher.Begin(r.Doc)
	when, timed := s.timeOfRecord(r)
	if w.hunt.ranged {
		if !timed {
			b.Fail(r, "no readable time, so it is unknown whether the record is in the time range")
			return nil
		}
		if when.Nanos < w.hunt.from || when.Nanos >= w.hunt.to {
			w.outside++
			return nil
		}
	}
	found := s.matcher.Matched()
	if r.Table != nil {
		found = w.decidable(s, r.Table, found)
	}
	if s.matcher.Interrupted() {
		b.Fail(r, "the hunt was stopped while the record was evaluated")
		return w.hunt.ctx.Err()
	}
	rules := w.decide(s, r.Doc, found)
	var sighting evidence.Sighting
	var key evidence.EventKey
	if s.plan.schema.Bulk {
		w.bulk++
	}
	if s.plan.schema.Bulk && w.flooded && len(rules) == 0 {
		sighting = evidence.Unknown
	} else {
		sighting, key = w.sight(s, r, when, timed)
	}
	if sighting == evidence.Again {
		// A copy is matched too: which copy is shown must not depend on their order.
		w.duplicate++
	} else {
		w.count(s, when, timed, b.File)
		if w.observer != nil {
			w.observer.Event(r.Schema, when, s.matcher.Fields(s.plan.compiled.Further))
		}
		if err := w.trace(s, r.Doc, when); err != nil {
			return err
		}
	}
	if len(rules) == 0 {
		return nil
	}
	if !timed && sighting != evidence.Again {
		w.unseenBy(s, found)
	}
	return w.keep(s, r, rules, key, when)
}

// count counts an event that is evaluated.
func (w *worker) count(s *schemaWork, when value.Time, timed bool, file *event.File) {
	w.evaluated++
	s.evaluated++
	if !timed {
		w.timeless++
		return
	}
	w.first, w.latest = min(w.first, when.Nanos), max(w.latest, when.Nanos)
	if !file.Bucket.IsZero() {
		return // the files' names determine the coverage
	}
	var buf [2][64]byte
	account, _ := text(s.matcher, s.plan.compiled.Event.Account, buf[0][:0])
	region, _ := text(s.matcher, s.plan.compiled.Event.Region, buf[1][:0])
	if !w.coverage.Add(account, region, gaps.HourOf(when.Nanos)) {
		w.uncovered++
	}
}

// store stores an event in the evidence, with w.id as the text of its id if the key does not contain it.
func (w *worker) store(t tag, key evidence.EventKey, raw []byte) (evidence.Ref, error) {
	t.lacks = w.lacks
	e := evidence.Event{Tag: t.number(), Raw: raw}
	if key.IsHash() {
		e.ID = w.id
	}
	return w.writer.Put(e)
}

// keep records an event of rules: its text as evidence, the rules that report, and those that correlations count.
func (w *worker) keep(s *schemaWork, r *event.Record, rules []int, key evidence.EventKey, when value.Time) error {
	ref, err := w.store(tag{schema: s.index}, key, r.JSON())
	if err != nil {
		return err
	}
	w.rules, w.spanRules = w.rules[:0], w.spanRules[:0]
	for _, rule := range rules {
		if w.hunt.rules[rule].reports {
			if err := w.match(key, ref, when, r.Number, int32(rule)); err != nil {
				return err
			}
		}
		switch {
		case !w.hunt.engine.IsBase(rule):
		case w.hunt.options.Set.Rules[rule].Decision != nil:
			w.spanRules = append(w.spanRules, rule)
		case when != finding.NoTime:
			w.rules = append(w.rules, rule)
		}
	}
	// Which copy of an event counts in a correlation depends only on its position.
	noted := correlate.Event{Key: key, Time: when.Nanos, Ref: ref, Order: w.pathHash + uint64(r.Number)}
	if len(w.rules) > 0 {
		if err := w.correlator.Add(noted, w.rules, &s.fields); err != nil {
			return err
		}
	}
	return w.keepSpan(s, noted)
}

// keepDirect records an event of direct bases; partial means that its text is only a part of the event.
func (w *worker) keepDirect(s *schemaWork, r *event.Record, bases []correlate.Base, partial bool, key evidence.EventKey, when value.Time) error {
	if when == finding.NoTime {
		return nil
	}
	ref, err := w.store(tag{schema: s.index, partial: partial}, key, r.JSON())
	if err != nil {
		return err
	}
	return w.correlator.AddDirect(correlate.Event{Key: key, Time: when.Nanos, Ref: ref, Order: uint64(r.Number)}, bases, &s.fields)
}
