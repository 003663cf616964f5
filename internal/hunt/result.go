package hunt

import (
	"github.com/egret-hunt/egret/internal/correlate"
	"github.com/egret-hunt/egret/internal/evidence"
	"github.com/egret-hunt/egret/internal/finding"
	"github.com/egret-hunt/egret/internal/ir"
	"github.com/egret-hunt/egret/internal/schema"
	"github.com/egret-hunt/egret/internal/value"
)

// Each calls a function for the findings in their order, for at most limit of them where limit is above 0, and returns
// the summary over all of them. A finding is the function's until it returns. It may be called once.
func (r *Result) Each(limit int, yield func(f *finding.Finding) error) (finding.Summary, error) {
	h := r.hunt
	var summarizer finding.Summarizer
	events := evidence.NewSeen(0)
	b := builder{hunt: h, bursts: r.bursts, events: events}
	for i := range r.entries {
		f, err := b.build(&r.entries[i])
		if err != nil {
			return finding.Summary{}, err
		}
		summarizer.Add(f)
		r.Ledger.Findings.Total++
		if limit > 0 && i >= limit {
			continue
		}
		if h.context != nil {
			if err := h.context.attach(f, &r.entries[i], r); err != nil {
				return finding.Summary{}, err
			}
		}
		if err := yield(f); err != nil {
			return finding.Summary{}, err
		}
		r.Ledger.Findings.Written++
	}
	return summarizer.Summary(events.Len()), nil
}

// Findings is the number of findings.
func (r *Result) Findings() int { return len(r.entries) }

// builder makes findings of entries. It reuses its memory, and so the finding, from one to the next.
type builder struct {
	hunt   *hunt
	bursts []*correlate.Burst
	events *evidence.Seen
	reader storedReader
	f      finding.Finding
	id     []byte
	event  []byte
}

func (b *builder) build(e *entry) (*finding.Finding, error) {
	stored, err := b.reader.read(b.hunt, e.ref)
	if err != nil {
		return nil, err
	}
	b.event = stored.doc.AppendJSON(b.event[:0], 0)
	b.f = finding.Finding{
		Rule: b.hunt.rules[e.rule].rule, Schema: stored.schema.Name, EventIDs: b.f.EventIDs[:0], Count: 1, Event: b.event,
		Subject: subject(stored.schema, &b.reader.walker, stored.doc),
	}
	if e.burst < 0 {
		when := value.Time{Nanos: e.nanos, Digits: e.digits}
		b.f.Time, b.f.First, b.f.Last = when, when, when
		id, err := b.hunt.store.ID(e.key, e.ref)
		if err != nil {
			return nil, err
		}
		b.f.EventIDs = append(b.f.EventIDs, string(id))
		b.events.Add(e.key)
		return &b.f, nil
	}
	return &b.f, b.burst(e, stored)
}

// burst fills in what a finding of a correlation says beyond its first event.
func (b *builder) burst(e *entry, first stored) error {
	burst := b.bursts[e.burst]
	correlation := b.hunt.options.Set.Correlations[burst.Correlation].IR
	for i, name := range correlation.GroupBy {
		b.f.Group = append(b.f.Group, finding.Pair{Name: name, Value: burst.Group[i]})
	}
	b.f.Count = burst.Count
	digits := uint8(0)
	if t, ok := first.schema.EventTime(&b.reader.walker, first.doc); ok {
		digits = t.Digits
	}
	var last evidence.Ref
	for event, err := range burst.Events() {
		if err != nil {
			return err
		}
		id, err := b.hunt.store.ID(event.Key, event.Ref)
		if err != nil {
			return err
		}
		b.f.EventIDs = append(b.f.EventIDs, string(id))
		b.events.Add(event.Key)
		last = event.Ref
	}
	b.f.First = value.Time{Nanos: burst.First, Digits: digits}
	if last != e.ref {
		stored, err := b.reader.read(b.hunt, last)
		if err != nil {
			return err
		}
		if t, ok := stored.schema.EventTime(&b.reader.walker, stored.doc); ok {
			digits = t.Digits
		}
	}
	b.f.Last = value.Time{Nanos: burst.Last, Digits: digits}
	b.f.Time = b.f.Last
	return nil
}

// storedReader reads events of the evidence. What it gives lives until its next read.
type storedReader struct {
	parser value.Parser
	walker value.Walker
}

// stored is an event of the evidence.
type stored struct {
	schema *schema.Schema
	doc    *value.Doc
}

func (s *storedReader) read(h *hunt, ref evidence.Ref) (stored, error) {
	e, err := h.store.Get(ref)
	if err != nil {
		return stored{}, err
	}
	return s.parse(h, e)
}

func (s *storedReader) parse(h *hunt, e evidence.Event) (stored, error) {
	s.walker.Reset()
	doc, err := s.parser.Parse(e.Raw)
	if err != nil {
		return stored{}, errBroken(err)
	}
	return stored{h.schemas[e.Tag].schema, doc}, nil
}

// storedFields makes the fields of stored events readable for correlations over correlations.
func (h *hunt) storedFields() func(e evidence.Event) (correlate.Fields, error) {
	var reader storedReader
	paths := map[*schema.Schema]func(field *ir.Field) []value.Path{}
	return func(e evidence.Event) (correlate.Fields, error) {
		s, err := reader.parse(h, e)
		if err != nil {
			return nil, err
		}
		if paths[s.schema] == nil {
			paths[s.schema] = boundPaths(h.schemas[e.Tag])
		}
		return &correlate.EventFields{Doc: s.doc, Walker: &reader.walker, Paths: paths[s.schema]}, nil
	}
}
