package hunt

import (
	"context"
	"slices"

	"github.com/egret-hunt/egret/internal/correlate"
	"github.com/egret-hunt/egret/internal/evidence"
	"github.com/egret-hunt/egret/internal/finding"
	"github.com/egret-hunt/egret/internal/schema"
	"github.com/egret-hunt/egret/internal/value"
)

// Findings returns the number of findings of all levels, without folded ones.
func (r *Result) Findings() int { return r.entries.len() }

// Each calls yield for the findings in order, for at most limit of them if limit is above 0, and returns the summary
// of all of them. The finding is only valid during the call. If counts is not nil, Each sets it to the number of
// findings and the number that yield has accepted, even after an error. Each may be called any number of times, also
// concurrently, until Close. It ends with the error of yield or of the context.
func (r *Result) Each(ctx context.Context, limit int, counts *finding.FindCounts, yield func(f *finding.Finding) error) (finding.Summary, error) {
	return r.each(ctx, limit, counts, r.hunt.context != nil, yield)
}

// each is Each; withNearby attaches the events near findings, which takes about as long as the findings.
func (r *Result) each(ctx context.Context, limit int, counts *finding.FindCounts, withNearby bool, yield func(f *finding.Finding) error) (finding.Summary, error) {
	if counts == nil {
		counts = &finding.FindCounts{}
	}
	*counts = finding.FindCounts{}
	var nearby *nearbyReader
	if withNearby {
		nearby = &nearbyReader{r.hunt.context, r, newStoredReader(r.hunt), newExaminer(r.hunt)}
	}
	var summarizer finding.Summarizer
	levels := newLevels(r.hunt)
	var kept *evidence.Sorter // the events of findings, if some are left out
	if r.hunt.options.MinLevel > finding.Informational {
		kept = evidence.NewSorter(r.hunt.spool)
	}
	a := newAssembly(ctx, r)
	defer func() { _ = a.close() }() // its error is returned below if it matters
	for chunk := range a.finished {
		<-chunk.done
		if chunk.err != nil {
			return finding.Summary{}, chunk.err
		}
		for i := range chunk.findings {
			f := &chunk.findings[i]
			folded := levels.set(f, chunk.entries[i].also)
			if f.Level < r.hunt.options.MinLevel {
				counts.Below += 1 + folded
				continue
			}
			if kept != nil {
				if err := r.addKeys(kept, &chunk.entries[i]); err != nil {
					return finding.Summary{}, err
				}
			}
			summarizer.Add(f)
			counts.Total++
			counts.Folded += folded
			if limit > 0 && counts.Written >= limit {
				continue
			}
			if nearby != nil {
				if err := nearby.attach(f, &chunk.entries[i]); err != nil {
					return finding.Summary{}, err
				}
			}
			if err := yield(f); err != nil {
				return finding.Summary{}, err
			}
			counts.Written++
		}
	}
	if err := a.close(); err != nil {
		return finding.Summary{}, err
	}
	events, err := r.countEvents(a.keys, kept)
	return summarizer.Summary(events), err
}

// countEvents returns the number of different events in findings. keys are those of bursts, once all have been read;
// they are counted once for all calls of Each. If kept is not nil, it has the events of all findings.
func (r *Result) countEvents(keys []*evidence.Sorter, kept *evidence.Sorter) (int, error) {
	r.counting.Lock()
	defer r.counting.Unlock()
	if r.counted {
		return r.events, nil
	}
	var events int
	var err error
	if kept != nil {
		events, err = countKeys(kept)
	} else {
		events, err = r.entries.countEvents(keys)
	}
	r.events, r.counted = events, err == nil
	return events, err
}

// addKeys adds the keys of the events of a finding.
func (r *Result) addKeys(to *evidence.Sorter, e *entry) error {
	if e.burst < 0 {
		return to.Add(appendKey(nil, e.key))
	}
	var key []byte
	for event, err := range r.bursts[e.burst].Events() {
		if err != nil {
			return err
		}
		key = appendKey(key[:0], event.Key)
		if err := to.Add(key); err != nil {
			return err
		}
	}
	return nil
}

// builder builds findings from entries, on one goroutine.
type builder struct {
	hunt   *hunt
	bursts []*correlate.Burst
	events *evidence.Sorter // of bursts; nil if they are already counted
	key    []byte
	reader *storedReader
	ids    []byte
	ends   []int

	examiner examiner
}

func (b *builder) buildAll(ctx context.Context, chunk *assembled) error {
	chunk.findings = make([]finding.Finding, len(chunk.entries))
	for i := range chunk.entries {
		if err := ctx.Err(); err != nil {
			return err
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
	b.examiner.rule = e.rule
	if !stored.tag.partial {
		b.examiner.add(stored, &f.Subject)
	}
	if e.burst >= 0 {
		return b.burst(f, e, stored)
	}
	f.Facts = b.examiner.settle()
	when := value.Time{Nanos: e.nanos, Digits: e.digits}
	f.Time, f.First, f.Last = when, when, when
	id, err := b.hunt.store.ID(e.key, e.ref)
	if err != nil {
		return err
	}
	f.EventIDs = []string{string(id)}
	return nil
}

// burst fills in what a finding of a correlation contains besides its first event.
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
	f.Facts = b.examiner.settle()
	return nil
}

// burstIDs fills in the ids of a burst's events, and returns the reference to the last event. The ids share one
// string, because there may be a million of them.
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
		if n := len(b.ends); n > 1 && (n <= maxExamined/2 || n > burst.Count-maxExamined/2) {
			stored, err := b.reader.read(event.Ref)
			if err != nil {
				return 0, err
			}
			if !stored.tag.partial {
				subject := stored.picking.actor()
				b.examiner.add(stored, &subject)
			}
		}
		if b.events != nil {
			b.key = appendKey(b.key[:0], event.Key)
			if err := b.events.Add(b.key); err != nil {
				return 0, err
			}
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

// storedReader reads events of the evidence, on one goroutine. A result is valid until the next read.
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
	tag     tag
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
	tag := tagOf(e)
	index := tag.schema
	plan := s.hunt.schemas[index]
	p := s.pickings[index]
	if p == nil {
		p = plan.subject.start()
		s.pickings[index] = p
	}
	p.begin(doc)
	return stored{plan.schema, doc, p, tag}, nil
}

// digits returns the precision of the event's time.
func (s stored) digits() uint8 {
	t, _ := s.schema.ParseTime([]byte(s.picking.string(pickSubjectTime)))
	return t.Digits
}
