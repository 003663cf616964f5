package hunt

import (
	"context"
	"encoding/binary"
	"errors"
	"iter"
	"slices"

	"github.com/egret-hunt/egret/internal/evidence"
	"github.com/egret-hunt/egret/internal/facts"
	"github.com/egret-hunt/egret/internal/finding"
	"github.com/egret-hunt/egret/internal/schema"
	"github.com/egret-hunt/egret/internal/story"
	"github.com/egret-hunt/egret/internal/value"
)

// trace keeps what the current event says about identities and things. The records are sorted on disk, since a log may
// have millions of them and only those of findings' identities are needed, which are not known yet.
func (w *worker) trace(s *schemaWork, doc *value.Doc, when value.Time) error {
	if s.tracer == nil {
		return nil
	}
	var buf [64]byte
	action, ok := text(s.matcher, s.plan.compiled.Event.Action, buf[:0])
	if !ok || !s.tracer.Applies(action) {
		return nil
	}
	if s.picking == nil {
		s.picking = s.plan.subject.start()
	}
	p := s.picking
	p.begin(doc)
	subject := p.actor()
	e := facts.Event{
		Doc: doc, Subject: &subject, Agent: p.string(pickAgent), ActorType: p.string(pickActorType),
		Lacks: w.hunt.lacks.at(w.lacks),
	}
	return s.tracer.Records(&e, when, func(r *facts.Record) error {
		if r.Link != nil {
			w.record = appendLink(w.record[:0], s.index, r, s.plan.schema.Trace())
			return w.links.Add(w.record)
		}
		w.record = appendThing(w.record[:0], s.index, r, s.plan.schema.Trace())
		return w.things.Add(w.record)
	})
}

// appendLink appends a record of a link, which sorts by time.
func appendLink(dst []byte, schemaIndex int, r *facts.Record, t *schema.Trace) []byte {
	dst = evidence.AppendInt(dst, r.Time.Nanos)
	dst = append(dst, r.Time.Digits)
	dst = binary.BigEndian.AppendUint16(dst, uint16(schemaIndex))
	dst = binary.BigEndian.AppendUint16(dst, uint16(indexOf(t.Links, r.Link)))
	return appendActor(dst, r, r.Identity, r.Key, r.From)
}

// appendThing appends a record of a thing, which sorts by what it is and then by time. Of the records of one second those
// that make come after those that they replace, and before those that remove: few things are made again at once.
func appendThing(dst []byte, schemaIndex int, r *facts.Record, t *schema.Trace) []byte {
	dst = binary.BigEndian.AppendUint16(dst, uint16(schemaIndex))
	dst = binary.BigEndian.AppendUint16(dst, uint16(indexOf(t.Things, r.Thing)))
	for _, text := range []string{r.Account, r.Region, schema.ShortName(r.Name)} {
		dst = evidence.AppendOrdered(dst, text)
	}
	dst = evidence.AppendInt(dst, r.Time.Nanos)
	order := byte(1)
	switch {
	case r.Replaces:
		order = 0
	case r.Removes:
		order = 2
	}
	dst = append(dst, r.Time.Digits, order)
	return appendActor(dst, r, r.Name, r.Part)
}

// indexOf returns the index of an element of a list by its address.
func indexOf[T any](list []T, of *T) int {
	for i := range list {
		if &list[i] == of {
			return i
		}
	}
	panic("egret bug: a record of another schema")
}

func appendActor(dst []byte, r *facts.Record, texts ...string) []byte {
	dst = append(dst, byte(r.Outcome))
	for _, text := range append([]string{r.Principal, r.Session, r.Address, r.Agent, r.Account, r.Region}, texts...) {
		dst = binary.AppendUvarint(dst, uint64(len(text)))
		dst = append(dst, text...)
	}
	return dst
}

var errBrokenRecord = errors.New("a record of an identity cannot be read again")

// cutActor reads what appendActor wrote.
func cutActor(record []byte, r *facts.Record, texts ...*string) error {
	if len(record) == 0 {
		return errBrokenRecord
	}
	r.Outcome, record = finding.Outcome(record[0]), record[1:]
	for _, to := range append([]*string{&r.Principal, &r.Session, &r.Address, &r.Agent, &r.Account, &r.Region}, texts...) {
		length, n := binary.Uvarint(record)
		if n <= 0 || length > uint64(len(record)-n) {
			return errBrokenRecord
		}
		*to = string(record[n : n+int(length)])
		record = record[n+int(length):]
	}
	return nil
}

// Records returns the records of the log's links and things, for a hunt with Options.Trace. They can be read until Close.
func (r *Result) Records() story.Records {
	h := r.hunt
	if !h.options.Trace {
		return story.Records{Missing: "the hunt did not follow identities"}
	}
	var links, things []*evidence.Sorter
	for _, w := range slices.Concat(h.workers, h.followers) {
		links, things = append(links, w.links), append(things, w.things)
	}
	last := value.Time{}
	for _, w := range h.followers {
		if w.latest > last.Nanos {
			last.Nanos = w.latest
		}
	}
	return story.Records{Links: h.read(links, cutLink), Things: h.read(things, cutThing), Last: last, Missing: h.untraced}
}

func (h *hunt) read(sorters []*evidence.Sorter, cut func(h *hunt, record []byte, r *facts.Record) error) func() iter.Seq2[*facts.Record, error] {
	return func() iter.Seq2[*facts.Record, error] {
		return func(yield func(*facts.Record, error) bool) {
			var last []byte
			for record, err := range evidence.Sorted(sorters...) {
				if err != nil {
					yield(nil, err)
					return
				}
				if last != nil && string(last) == string(record) {
					continue // a copy, or the same event from another statement
				}
				last = append(last[:0], record...)
				var r facts.Record
				if err := cut(h, record, &r); err != nil {
					yield(nil, err)
					return
				}
				if !yield(&r, nil) {
					return
				}
			}
		}
	}
}

func cutLink(h *hunt, record []byte, r *facts.Record) error {
	if len(record) < 8+1+4 {
		return errBrokenRecord
	}
	r.Time.Nanos, record = evidence.CutInt(record)
	r.Time.Digits = record[0]
	r.Schema = h.schemas[binary.BigEndian.Uint16(record[1:])].schema
	r.Link = &r.Schema.Trace().Links[binary.BigEndian.Uint16(record[3:])]
	return cutActor(record[5:], r, &r.Identity, &r.Key, &r.From)
}

func cutThing(h *hunt, record []byte, r *facts.Record) error {
	if len(record) < 4 {
		return errBrokenRecord
	}
	r.Schema = h.schemas[binary.BigEndian.Uint16(record)].schema
	r.Thing = &r.Schema.Trace().Things[binary.BigEndian.Uint16(record[2:])]
	record = record[4:]
	for range 3 {
		_, record = evidence.CutOrdered(record)
	}
	if len(record) < 8+2 {
		return errBrokenRecord
	}
	r.Time.Nanos, record = evidence.CutInt(record)
	r.Time.Digits = record[0]
	r.Removes, r.Replaces = record[1] != 1, record[1] == 0
	return cutActor(record[2:], r, &r.Name, &r.Part)
}

// sortRecords sorts the records, so that several readers may read them at a time.
func sortRecords(workers []*worker) {
	for _, w := range workers {
		w.links.Sort()
		w.things.Sort()
	}
}

// Story returns what the findings mean together. It reads all findings once.
func (r *Result) Story(ctx context.Context) (*story.Story, error) {
	b := story.NewBuilder(r.hunt.schemaList())
	if _, err := r.each(ctx, 0, nil, false, func(f *finding.Finding) error {
		b.Add(f)
		return nil
	}); err != nil {
		return nil, err
	}
	return b.Story(r.Records(), &r.Ledger)
}

func (h *hunt) schemaList() []*schema.Schema {
	list := make([]*schema.Schema, len(h.schemas))
	for i, p := range h.schemas {
		list[i] = p.schema
	}
	return list
}
