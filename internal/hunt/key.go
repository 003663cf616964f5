package hunt

import (
	"cmp"
	"encoding/binary"
	"strconv"

	"github.com/egret-hunt/egret/internal/event"
	"github.com/egret-hunt/egret/internal/evidence"
	"github.com/egret-hunt/egret/internal/value"
)

// sight looks up an event in the set of seen events, and adds it.
func (w *worker) sight(s *schemaWork, r *event.Record, when value.Time, timed bool) (evidence.Sighting, evidence.EventKey) {
	key, own := w.key(s, r, when, timed)
	if !own {
		return evidence.First, key
	}
	return w.hunt.seen.Add(key), key
}

// bulkLimit is how many events of bulk logs the hunt remembers.
func (h *hunt) bulkLimit() int64 {
	return int64(cmp.Or(h.options.SeenLimit, evidence.DefaultSeenLimit)) / 8
}

// key returns the key of an event, and whether its log gives it an id. An event without an id is identified by its
// position; w.id becomes the text in both cases.
func (w *worker) key(s *schemaWork, r *event.Record, when value.Time, timed bool) (evidence.EventKey, bool) {
	var ok bool
	if w.id, ok = s.appendID(w.id[:0]); ok {
		key := evidence.KeyOf(w.id)
		key.Content = w.content(s, when, timed)
		return key, true
	}
	if r.Number != w.number {
		w.number, w.wrap = r.Number, 0
	}
	w.wrap++
	w.id = append(append(w.id[:0], w.file.Path...), '#')
	w.id = strconv.AppendInt(w.id, r.Number, 10)
	if w.wrap > 1 {
		w.id = strconv.AppendInt(append(w.id, '.'), w.wrap, 10)
	}
	return evidence.KeyOf(w.id), false
}

// content returns a hash of what copies of the current event share besides the id: the time and the parts that the
// schema names. A missing part differs from an empty one.
func (w *worker) content(s *schemaWork, when value.Time, timed bool) uint64 {
	w.copied = w.copied[:0]
	if timed {
		w.copied = binary.LittleEndian.AppendUint64(w.copied, uint64(when.Nanos))
	}
	var buf [128]byte
	for _, field := range s.plan.compiled.Event.Copy {
		text, ok := text(s.matcher, field, buf[:0])
		if !ok {
			w.copied = append(w.copied, 0)
			continue
		}
		w.copied = binary.AppendUvarint(w.copied, uint64(len(text))+1)
		w.copied = append(w.copied, text...)
	}
	return evidence.HashContent(w.copied)
}

// storedContent returns a text that distinguishes a stored event from others with the same id and time, and that sorts
// the same way in every run. It is safe for concurrent use.
func (h *hunt) storedContent(e evidence.Event) ([]byte, error) {
	doc, err := new(value.Parser).Parse(e.Raw)
	if err != nil {
		return nil, errBroken(err)
	}
	var walker value.Walker
	var text []byte
	for _, part := range h.schemas[tagOf(e).schema].schema.Copy {
		text, _ = part.AppendText(text, &walker, doc)
		text = append(text, 0)
	}
	return text, nil
}
