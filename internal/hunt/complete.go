package hunt

import (
	"cmp"
	"context"
	"fmt"

	"github.com/egret-hunt/egret/internal/event"
	"github.com/egret-hunt/egret/internal/evidence"
	"github.com/egret-hunt/egret/internal/lake"
)

// complete looks up the first events of findings of which only a part is known.
func (in *tableInput) complete(ctx context.Context, r *Result) error {
	h := in.hunt
	type wanted struct {
		key   evidence.EventKey
		nanos int64
	}
	missing := map[wanted][]int{} // numbers of entries
	var ask []lake.Wanted
	var asked []wanted // parallel to ask
	number := -1
	for e, err := range r.entries.all() {
		if err != nil {
			return err
		}
		number++
		if e.burst < 0 {
			continue
		}
		stored, err := h.store.Get(e.ref)
		if err != nil {
			return err
		}
		if !tagOf(stored).partial {
			continue
		}
		w := wanted{key: e.key}
		for first, err := range r.bursts[e.burst].Events() {
			if err != nil {
				return err
			}
			w.nanos = first.Time
			break
		}
		if missing[w] == nil {
			id, err := h.store.ID(e.key, e.ref)
			if err != nil {
				return err
			}
			ask = append(ask, lake.Wanted{Schema: h.schemas[tagOf(stored).schema].schema, ID: string(id), Time: nanoTime(w.nanos)})
			asked = append(asked, w)
		}
		missing[w] = append(missing[w], number)
	}
	if len(ask) == 0 {
		return nil
	}
	found := map[wanted]whole{}
	finder := in.newWorker(h.newWorker(nil))
	take := func(b *lake.Batch) error {
		for row := b.Next(); row != nil; row = b.Next() {
			if err := finder.whole(b, row, func(key evidence.EventKey, nanos int64, e whole) {
				w := wanted{key, nanos}
				if missing[w] == nil {
					return
				}
				// Of different copies, show the same one in every run.
				if have, ok := found[w]; !ok || e.number < have.number {
					found[w] = e
				}
			}); err != nil {
				return err
			}
		}
		return nil
	}
	err := in.lake.Whole(ctx, ask, false, take)
	if err == nil {
		var late []lake.Wanted
		for i, w := range asked {
			if _, ok := found[w]; !ok {
				late = append(late, ask[i])
			}
		}
		err = in.lake.Whole(ctx, late, true, take)
	}
	// Events that arrived before the hunt was stopped are shown.
	stopped := err != nil && isStop(ctx, err)
	if err := cmp.Or(finder.writer.Flush(), err); err != nil && !isStop(ctx, err) {
		return err
	}
	left := 0
	// Iteration order does not matter: each entry belongs to one event.
	for w, entries := range missing {
		e, ok := found[w]
		if !ok {
			left += len(entries)
			continue
		}
		for _, i := range entries {
			r.entries.refs[i] = e.ref
		}
	}
	if left > 0 {
		r.Ledger.Notes = append(r.Ledger.Notes, fmt.Sprintf("findings whose first event could not be read completely: %d", left))
	}
	if stopped {
		return err
	}
	return nil
}

// whole is a complete event of a table.
type whole struct {
	ref    evidence.Ref
	number int64
}

// whole processes a row that was looked up by its id.
func (w *rowWorker) whole(b *lake.Batch, row *lake.Row, found func(key evidence.EventKey, nanos int64, e whole)) error {
	doc, err := w.parser.Parse(row.Text)
	if err != nil {
		return nil //nolint:nilerr // it cannot be shown, which the caller's note reports
	}
	w.file, w.lacks = w.fileOf(b.Table), w.lacksOf(b)
	r := &event.Record{Raw: row.Text, Doc: doc, Schema: b.Schema, Number: contentNumber(row.Text)}
	s := w.forSchema(r)
	s.matcher.Begin(doc)
	when, timed := s.timeOfRow(row)
	key, own := w.rowKey(s, r, when, timed)
	if !timed || !own {
		return nil
	}
	ref, err := w.store(tag{schema: s.index}, key, r.JSON())
	if err != nil {
		return err
	}
	found(key, when.Nanos, whole{ref, r.Number})
	return nil
}
