package correlate

import (
	"cmp"
	"encoding/binary"
	"math"
	"slices"
	"time"

	"github.com/egret-hunt/egret/internal/evidence"
	"github.com/egret-hunt/egret/internal/ir"
)

// Event is an event that a base rule matched.
type Event struct {
	Key evidence.EventKey
	// Time is in nanoseconds since 1970-01-01T00:00:00Z.
	Time int64
	// Duration is how long the event lasts from Time on; 0 or less for an instant. Only correlations with
	// ir.Correlation.Spans use it. Copies of an event must have the same Duration.
	Duration time.Duration
	// Ref is the event's location in the evidence; 0 if it is not stored.
	Ref evidence.Ref
	// Order chooses among the copies of an event that was delivered more than once: in each group the one with the
	// lowest Order counts. To make the choice the same in every run, derive it from the copy's position in the input.
	// It may stay 0 where copies have the same content.
	Order uint64
	// Number is how many sightings the event stands for, in correlations with ir.Correlation.Spans; 0 means one. Only ir.Bindings uses
	// it.
	Number int64
}

// last returns the time at which the event ends.
func (e *Event) last() int64 {
	if d := int64(max(0, e.Duration)); e.Time <= math.MaxInt64-d {
		return e.Time + d
	}
	return math.MaxInt64
}

// Worker notes base matches from one goroutine.
type Worker struct {
	engine       *Engine
	recordBuffer recordBuffer
	texts        *evidence.Writer
	// known are groups whose texts this worker has written, as far as it remembers them.
	known map[[2]uint64]struct{}

	columns *columns
	combos  combinations
	slots   []slot
	members []member
	bases   []uint16
	values  []foundValue
	// valuesOf are the bases that values belongs to.
	valuesOf []uint16
	fields   []string
	key      []byte
	// Of the event in the current correlation: the number of its records, and the bytes of its groups and long
	// numbers.
	notes, textBytes int
	limit            int // limit of notes: maxNotes, or less in a chain
}

// member states that an event is in a group through a base.
type member struct {
	group [2]uint64
	base  uint16
}

// foundValue is a value of an event with its kind.
type foundValue struct {
	kind  uint32
	value [2]uint64
}

// maxKnown limits the groups that a worker remembers. The texts of a forgotten group are written again.
const maxKnown = 1 << 16

func (e *Engine) newWorker(limit int) *Worker {
	return &Worker{
		engine: e, recordBuffer: recordBuffer{spool: e.spool, chunk: e.options.chunk, limit: limit}, texts: e.texts.NewWriter(),
		known: map[[2]uint64]struct{}{}, columns: newColumns(), limit: maxNotes,
	}
}

// Add notes an event that the given queries (indexes as in ir.Base) matched. It ignores queries that no correlation is
// based on. All queries of an event must be passed in one call, each once, in any order. Add fails if records cannot
// be written to disk.
func (w *Worker) Add(e Event, queries []int, fields Fields) error {
	w.slots = w.slots[:0]
	for _, q := range queries {
		if w.engine.IsBase(q) {
			w.slots = append(w.slots, w.engine.bases[q]...)
		}
	}
	if len(w.slots) == 0 {
		return nil
	}
	return w.note(e, w.slots, fields)
}

// AddDirect notes an event for some bases, which must all be among Options.Direct. All bases of an event must be
// passed in one call, in any order. Errors are as in Add.
func (w *Worker) AddDirect(e Event, bases []Base, fields Fields) error {
	w.slots = w.slots[:0]
	for _, b := range bases {
		if s := w.engine.slotOf(b); !slices.Contains(w.slots, s) {
			w.slots = append(w.slots, s)
		}
	}
	if len(w.slots) == 0 {
		return nil
	}
	return w.note(e, w.slots, fields)
}

// note records an event, or a finding, for the correlations and bases that it belongs to.
func (w *Worker) note(e Event, slots []slot, fields Fields) error {
	w.columns.reset(fields)
	slices.SortFunc(slots, func(a, b slot) int {
		return cmp.Or(cmp.Compare(a.plan.rank, b.plan.rank), cmp.Compare(a.base, b.base))
	})
	for len(slots) > 0 {
		n := 1
		for n < len(slots) && slots[n].plan == slots[0].plan {
			n++
		}
		inRange := slots[:n]
		if p := slots[0].plan; p.ranged {
			last := e.Time
			if p.Spans {
				last = e.last()
			}
			inRange = slices.DeleteFunc(slices.Clone(inRange), func(s slot) bool { return !p.Bases[s.base].Range.Overlaps(e.Time, last) })
		}
		if len(inRange) > 0 {
			if err := w.noteIn(e, slots[0].plan, inRange); err != nil {
				return err
			}
		}
		slots = slots[n:]
	}
	return nil
}

// noteIn records an event for one correlation.
func (w *Worker) noteIn(e Event, p *plan, slots []slot) error {
	w.members, w.notes = w.members[:0], 0
	clipped := false
	w.textBytes = 0
	for _, s := range slots {
		clipped = w.combos.start(w.columns, p.Bases[s.base].GroupBy) || clipped
		for {
			// The rank makes groups of different correlations have different hashes, since each needs its own header.
			key, ok := w.combos.next(binary.AppendUvarint(w.key[:0], uint64(p.rank)))
			w.key = key
			if !ok {
				break
			}
			if w.textBytes += len(key); len(w.members) > 0 && (w.textBytes > maxGroupText || len(w.members) == w.limit) {
				clipped = true
				break
			}
			group := hashOf(key)
			w.members = append(w.members, member{group, s.base})
			if err := w.writeHeader(p, group, key); err != nil {
				return err
			}
		}
	}
	if len(slots) > 1 {
		slices.SortFunc(w.members, func(a, b member) int {
			return cmp.Or(cmp.Compare(a.group[0], b.group[0]), cmp.Compare(a.group[1], b.group[1]), cmp.Compare(a.base, b.base))
		})
	}
	w.valuesOf = w.valuesOf[:0]
	for i := 0; i < len(w.members); {
		group := w.members[i].group
		w.bases = w.bases[:0]
		for ; i < len(w.members) && w.members[i].group == group; i++ {
			w.bases = append(w.bases, w.members[i].base)
		}
		if w.notes >= w.limit {
			clipped = true
			break
		}
		if !slices.Equal(w.bases, w.valuesOf) { // else the values are those of the previous group
			more, err := w.readValues(p)
			if err != nil {
				return err
			}
			clipped = clipped || more
			w.valuesOf = append(w.valuesOf[:0], w.bases...)
		}
		if err := w.put(e, p, group); err != nil {
			return err
		}
	}
	if clipped {
		w.engine.clipped.Add(1)
	}
	return nil
}

func hashOf(text []byte) [2]uint64 {
	sum := evidence.Hash(text)
	return [2]uint64{binary.BigEndian.Uint64(sum[:8]), binary.BigEndian.Uint64(sum[8:])}
}

// writeHeader writes a group's header unless this worker has already written it.
func (w *Worker) writeHeader(p *plan, group [2]uint64, key []byte) error {
	if len(p.GroupBy) == 0 {
		return nil
	}
	if _, ok := w.known[group]; ok {
		return nil
	}
	if len(w.known) >= maxKnown {
		clear(w.known)
	}
	w.known[group] = struct{}{}
	_, rank := binary.Uvarint(key)
	ref, err := w.texts.Put(evidence.Event{Raw: key[rank:]})
	if err != nil {
		return err
	}
	return w.recordBuffer.add(&record{group: group, time: minTime, ref: uint64(ref), rank: p.rank, base: headerBase})
}

// readValues finds the values that the event has in a group through w.bases. It reports true if some were left out.
func (w *Worker) readValues(p *plan) (clipped bool, err error) {
	w.values = w.values[:0]
	if p.numeric {
		return w.readNumbers(p)
	}
	if p.Type == ir.ValueCount {
		clipped = w.readDistinct(p)
	}
	return clipped, nil
}

func (w *Worker) readDistinct(p *plan) (clipped bool) {
	for i, base := range w.bases {
		fields := p.Bases[base].Values
		if slices.ContainsFunc(w.bases[:i], func(other uint16) bool { return sameFields(p.Bases[other].Values, fields) }) {
			continue
		}
		clipped = w.combos.start(w.columns, fields) || clipped
		for {
			key, ok := w.combos.next(w.key[:0])
			w.key = key
			if !ok {
				break
			}
			if len(w.values) == maxCombinations {
				return true
			}
			w.values = append(w.values, foundValue{hashValue, hashOf(key)})
		}
	}
	return clipped
}

func sameFields(a, b []ir.Field) bool {
	return slices.EqualFunc(a, b, func(a, b ir.Field) bool { return a.Name == b.Name })
}

// readNumbers reads each field once, however many bases use it.
func (w *Worker) readNumbers(p *plan) (clipped bool, err error) {
	w.fields = w.fields[:0]
	for _, base := range w.bases {
		for i := range p.Bases[base].Values {
			field := &p.Bases[base].Values[i]
			if slices.Contains(w.fields, field.Name) {
				continue
			}
			w.fields = append(w.fields, field.Name)
			col := w.columns.of(field, false)
			for clipped = clipped || col.clipped; col.first < col.end; col.first++ {
				text := w.columns.text(col.first)
				n, ok := parseNumber(text)
				if !ok {
					continue
				}
				if len(w.values) == maxCombinations {
					return true, nil
				}
				v := foundValue{numberValue, [2]uint64{uint64(n.small), uint64(int64(n.exponent))}}
				if n.big != nil {
					if w.textBytes += len(text); w.textBytes > maxGroupText && w.textBytes > len(text) {
						return true, nil
					}
					ref, err := w.texts.Put(evidence.Event{Raw: text})
					if err != nil {
						return false, err
					}
					v = foundValue{textValue, [2]uint64{uint64(ref)}}
				}
				w.values = append(w.values, v)
			}
		}
	}
	return clipped, nil
}

// put writes the records of an event in a group, each with one base and one value as long as there are both.
func (w *Worker) put(e Event, p *plan, group [2]uint64) error {
	r := record{group: group, time: e.Time, order: e.Order, ref: uint64(e.Ref), rank: p.rank}
	r.setKey(e.Key)
	n := max(len(w.bases), len(w.values))
	w.notes += n
	for i := range n {
		r.base, r.part, r.value = noBase, uint32(i)<<kindBits, [2]uint64{}
		if i < len(w.bases) {
			r.base = w.bases[i]
		}
		if i < len(w.values) {
			r.part |= w.values[i].kind
			r.value = w.values[i].value
		}
		if p.Spans {
			r.value = [2]uint64{uint64(e.last()), uint64(max(1, e.Number))}
		}
		if err := w.recordBuffer.add(&r); err != nil {
			return err
		}
	}
	return nil
}
