package hunt

import (
	"errors"
	"slices"
	"sync"

	"github.com/egret-hunt/egret/internal/correlate"
	"github.com/egret-hunt/egret/internal/evidence"
	"github.com/egret-hunt/egret/internal/finding"
	"github.com/egret-hunt/egret/internal/schema"
	"github.com/egret-hunt/egret/internal/value"
)

// Findings is the number of findings.
func (r *Result) Findings() int { return r.entries.len() }

// Each calls a function for the findings in their order, for at most limit of them where limit is above 0, and returns
// the summary over all of them. A finding is the function's until it returns. It may be called once.
func (r *Result) Each(limit int, yield func(f *finding.Finding) error) (finding.Summary, error) {
	h := r.hunt
	var summarizer finding.Summarizer
	line := newAssembly(r)
	defer line.close()
	for chunk := range line.finished {
		<-chunk.done
		if chunk.err != nil {
			return finding.Summary{}, chunk.err
		}
		for i := range chunk.findings {
			f := &chunk.findings[i]
			summarizer.Add(f)
			r.Ledger.Findings.Total++
			if limit > 0 && r.Ledger.Findings.Written >= limit {
				continue
			}
			if h.context != nil {
				if err := h.context.attach(f, &chunk.entries[i], r); err != nil {
					return finding.Summary{}, err
				}
			}
			if err := yield(f); err != nil {
				return finding.Summary{}, err
			}
			r.Ledger.Findings.Written++
		}
	}
	line.running.Wait()
	events, err := r.entries.countEvents(line.keys)
	return summarizer.Summary(events), err
}

// assembly makes findings of entries on several goroutines and gives them in order.
type assembly struct {
	finished chan *assembled // in order; each is to be waited for
	stop     chan struct{}
	running  sync.WaitGroup
	keys     []*evidence.Sorter // of the events in bursts, complete when nothing runs any more
}

// assembled is a run of findings in the making.
type assembled struct {
	entries  []entry
	findings []finding.Finding
	err      error
	done     chan struct{}
}

const (
	assembledAtOnce = 64   // findings that are handed over together
	largeBurst      = 1000 // events from which on a burst goes alone, so that few are in memory
)

func newAssembly(r *Result) *assembly {
	threads := r.hunt.options.Threads
	a := &assembly{finished: make(chan *assembled, threads), stop: make(chan struct{})}
	work := make(chan *assembled)
	for range threads {
		b := &builder{hunt: r.hunt, bursts: r.bursts, events: evidence.NewSorter(r.hunt.spool), reader: newStoredReader(r.hunt)}
		a.keys = append(a.keys, b.events)
		a.running.Go(func() {
			for chunk := range work {
				if chunk.err == nil {
					chunk.err = b.buildAll(chunk, a.stop)
				}
				close(chunk.done)
			}
		})
	}
	a.running.Go(func() {
		defer close(a.finished)
		defer close(work)
		hand := func(chunk *assembled) bool {
			select {
			case work <- chunk:
			case <-a.stop:
				return false
			}
			select {
			case a.finished <- chunk:
			case <-a.stop:
				return false
			}
			return true
		}
		chunk := &assembled{done: make(chan struct{})}
		for e, err := range r.entries.all() {
			if err != nil {
				chunk.err = err // what builds it leaves the error in place
				break
			}
			chunk.entries = append(chunk.entries, e)
			if len(chunk.entries) == assembledAtOnce || e.burst >= 0 && r.bursts[e.burst].Count >= largeBurst {
				if !hand(chunk) {
					return
				}
				chunk = &assembled{done: make(chan struct{})}
			}
		}
		if len(chunk.entries) > 0 || chunk.err != nil {
			hand(chunk)
		}
	})
	return a
}

// close ends the work, early or after all of it, and waits until nothing reads the evidence any more: Result.Close removes it.
func (a *assembly) close() {
	close(a.stop)
	a.running.Wait()
}

// errStopped ends the building of findings that nobody will see.
var errStopped = errors.New("no more findings are wanted")

// builder makes findings of entries, for one goroutine.
type builder struct {
	hunt   *hunt
	bursts []*correlate.Burst
	events *evidence.Sorter // of bursts
	key    []byte
	reader *storedReader
	ids    []byte
	ends   []int
}

func (b *builder) buildAll(chunk *assembled, stop <-chan struct{}) error {
	chunk.findings = make([]finding.Finding, len(chunk.entries))
	for i := range chunk.entries {
		select {
		case <-stop:
			return errStopped
		default:
		}
		if err := b.build(&chunk.findings[i], &chunk.entries[i]); err != nil {
			return err
		}
	}
	return nil
}

func (b *builder) build(f *finding.Finding, e *entry) error {
	stored, err := b.reader.read(e.ref)
	if err != nil {
		return err
	}
	*f = finding.Finding{
		Rule: b.hunt.rules[e.rule].rule, Schema: stored.schema.Name, Count: 1,
		Event: stored.doc.AppendJSON(make([]byte, 0, len(stored.doc.Source())), 0), Subject: stored.picking.subject(stored.schema),
	}
	if e.burst >= 0 {
		return b.burst(f, e, stored)
	}
	when := value.Time{Nanos: e.nanos, Digits: e.digits}
	f.Time, f.First, f.Last = when, when, when
	id, err := b.hunt.store.ID(e.key, e.ref)
	if err != nil {
		return err
	}
	f.EventIDs = []string{string(id)}
	return nil
}

// burst fills in what a finding of a correlation says beyond its first event.
func (b *builder) burst(f *finding.Finding, e *entry, first stored) error {
	burst := b.bursts[e.burst]
	for i, name := range b.hunt.options.Set.Correlations[burst.Correlation].IR.GroupBy {
		f.Group = append(f.Group, finding.Pair{Name: name, Value: burst.Group[i]})
	}
	f.Count = burst.Count
	f.First = value.Time{Nanos: burst.First, Digits: first.digits()}
	last, err := b.burstIDs(f, burst)
	if err != nil {
		return err
	}
	digits := f.First.Digits
	if last != e.ref {
		stored, err := b.reader.read(last)
		if err != nil {
			return err
		}
		digits = stored.digits()
	}
	f.Last = value.Time{Nanos: burst.Last, Digits: digits}
	f.Time = f.Last
	return nil
}

// burstIDs lists the ids of a burst's events, and returns the place of the last. The ids share one text: there may be a
// million of them.
func (b *builder) burstIDs(f *finding.Finding, burst *correlate.Burst) (evidence.Ref, error) {
	var last evidence.Ref
	b.ids, b.ends = slices.Grow(b.ids[:0], burst.Count*evidence.TextLength), slices.Grow(b.ends[:0], burst.Count)
	for event, err := range burst.Events() {
		if err != nil {
			return 0, err
		}
		if event.Key.IsHash() {
			id, err := b.hunt.store.ID(event.Key, event.Ref)
			if err != nil {
				return 0, err
			}
			b.ids = append(b.ids, id...)
		} else {
			b.ids = event.Key.AppendText(b.ids)
		}
		b.ends = append(b.ends, len(b.ids))
		b.key = appendKey(b.key[:0], event.Key)
		if err := b.events.Add(b.key); err != nil {
			return 0, err
		}
		last = event.Ref
	}
	text, start := string(b.ids), 0
	f.EventIDs = make([]string, len(b.ends))
	for i, end := range b.ends {
		f.EventIDs[i] = text[start:end]
		start = end
	}
	return last, nil
}

// storedReader reads events of the evidence, for one goroutine. What it gives lives until its next read.
type storedReader struct {
	hunt     *hunt
	parser   value.Parser
	pickings []*picking // by schema; nil until needed
}

// stored is an event of the evidence.
type stored struct {
	schema  *schema.Schema
	doc     *value.Doc
	picking *picking
}

func newStoredReader(h *hunt) *storedReader {
	return &storedReader{hunt: h, pickings: make([]*picking, len(h.schemas))}
}

func (s *storedReader) read(ref evidence.Ref) (stored, error) {
	e, err := s.hunt.store.Get(ref)
	if err != nil {
		return stored{}, err
	}
	return s.parse(e)
}

func (s *storedReader) parse(e evidence.Event) (stored, error) {
	doc, err := s.parser.Parse(e.Raw)
	if err != nil {
		return stored{}, errBroken(err)
	}
	index := e.Tag &^ thin
	plan := s.hunt.schemas[index]
	p := s.pickings[index]
	if p == nil {
		p = plan.subject.start()
		s.pickings[index] = p
	}
	p.begin(doc)
	return stored{plan.schema, doc, p}, nil
}

// digits is the precision of the event's time.
func (s stored) digits() uint8 {
	t, _ := value.ParseTime([]byte(s.picking.string(pickSubjectTime)))
	return t.Digits
}
