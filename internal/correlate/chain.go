package correlate

import (
	"errors"
	"slices"

	"github.com/egret-hunt/egret/internal/evidence"
	"github.com/egret-hunt/egret/internal/ir"
)

// Limits of chains, which multiply: each finding of a correlation may have all events as its evidence, and be in many
// groups of the next.
const (
	// maxChainWork limits the records that are visited to find the evidence of chains, in a whole hunt. Reading a
	// field of an event counts as eventWork records.
	maxChainWork = 200_000_000
	eventWork    = 50
	// maxChainNotes limits, for each correlation, the records of findings beyond the first of each finding.
	maxChainNotes = 1_000_000
)

// errChainWork reports that maxChainWork is used up.
var errChainWork = errors.New("the evidence of chained correlations is too large")

// spendChain adds to the work for chains, and checks the context now and then.
func (e *Engine) spendChain(work int64) error {
	if e.ctx == nil { // evaluation is over: bursts may be read any number of times, on several goroutines
		return nil
	}
	before := e.chainWork
	e.chainWork += work
	if e.chainWork/checkEvery != before/checkEvery {
		if err := e.ctx.Err(); err != nil {
			return err
		}
	}
	if e.chainWork > e.options.chainWork {
		return errChainWork
	}
	return nil
}

// chain passes a burst to a correlation that is based on the burst's correlation, as an event.
func (e *Engine) chain(b *Burst, index int, s slot) error {
	w := e.chained[s.plan.rank]
	if w == nil {
		w = e.newWorker(e.options.chunks(e.options.Memory / 4 / int64(len(e.plans))))
		e.chained[s.plan.rank] = w
	}
	// The key belongs to no event. It only has to distinguish and sort findings.
	key := evidence.EventKey{ID: [16]byte{0: 0xff, 1: 0xff, 8: 0xff}}
	key.ID[2], key.ID[3] = byte(b.plan.rank>>8), byte(b.plan.rank)
	for i := range 7 {
		key.ID[9+i] = byte(index >> (8 * (6 - i)))
	}
	fields := &findingFields{burst: b}
	base := &s.plan.Bases[s.base]
	for _, list := range [][]ir.Field{base.GroupBy, base.Values} {
		for i := range list {
			if fields.load(&list[i]); errors.Is(fields.err, errChainWork) {
				e.dropped++
				return nil
			}
		}
	}
	w.limit = min(maxNotes, 1+max(0, maxChainNotes-s.plan.chainNotes))
	err := w.note(Event{Key: key, Time: b.Last, Ref: evidence.Ref(index)}, []slot{s}, fields)
	s.plan.chainNotes += max(0, w.notes-1)
	return errors.Join(err, fields.err)
}

// findingFields are the fields of a chained finding.
type findingFields struct {
	burst   *Burst
	events  []Event // of the evidence, once they are needed
	read    bool
	charged []string // fields whose work is counted
	err     error    // the first failure; the texts are incomplete after it
}

// load reads the events that have values of a field. It does nothing for group-by fields.
func (f *findingFields) load(field *ir.Field) {
	o := &f.burst.engine.options
	if f.err != nil || o.Evidence == nil || o.Fields == nil || slices.Contains(f.burst.plan.GroupBy, field.Name) || slices.Contains(f.charged, field.Name) {
		return
	}
	if !f.read {
		f.read = true
		if f.events, f.err = f.burst.gather(); f.err == nil {
			f.err = f.burst.engine.sortPeers(f.events)
		}
	}
	if f.err == nil {
		f.charged = append(f.charged, field.Name)
		f.err = f.burst.engine.spendChain(eventWork * int64(len(f.events)))
	}
}

// Texts implements Fields. Group-by fields have the group's text, other fields the texts of all evidence.
func (f *findingFields) Texts(field *ir.Field, yield func(text []byte)) {
	for i, name := range f.burst.plan.GroupBy {
		if name == field.Name {
			yield([]byte(f.burst.Group[i]))
			return
		}
	}
	f.load(field)
	if f.err != nil {
		return
	}
	o := &f.burst.engine.options
	for i, event := range f.events {
		if ctx := f.burst.engine.ctx; ctx != nil && i%1024 == 1023 && f.err == nil {
			f.err = ctx.Err()
		}
		if f.err != nil {
			return
		}
		var stored evidence.Event
		if stored, f.err = o.Evidence.Get(event.Ref); f.err != nil {
			return
		}
		var fields Fields
		if fields, f.err = o.Fields(stored); f.err == nil {
			fields.Texts(field, yield)
		}
	}
}
