package hunt

import (
	"bytes"
	"cmp"
	"context"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/egret-hunt/egret/internal/event"
	"github.com/egret-hunt/egret/internal/evidence"
	"github.com/egret-hunt/egret/internal/finding"
	"github.com/egret-hunt/egret/internal/lake"
	"github.com/egret-hunt/egret/internal/value"
)

// contextIndex holds the events of the findings' principals around the findings.
type contextIndex struct {
	around int64 // nanoseconds
	// windows are stretches of time by schema and principal, merged and sorted.
	windows map[string][]window
	// first and last are the outer ends of all windows: most events are passed over by their time alone.
	first, last int64
	// events are by schema and principal, sorted by time and key, each once.
	events map[string][]contextEvent
	// found are the events that are evidence of a finding.
	found  map[evidence.EventKey]struct{}
	reader *storedReader
}

// window is a stretch of time, both ends included, in nanoseconds.
type window struct{ from, to int64 }

type contextEvent struct {
	key    evidence.EventKey
	ref    evidence.Ref
	time   value.Time
	file   *event.File
	number int64
}

// collectContext reads the input again and keeps what the findings' principals did around the findings.
func (h *hunt) collectContext(ctx context.Context, r *Result) error {
	index := &contextIndex{
		around: int64(h.options.Context), windows: map[string][]window{}, events: map[string][]contextEvent{},
		first: maxNanos, last: minNanos, found: map[evidence.EventKey]struct{}{}, reader: newStoredReader(h),
	}
	h.context = index
	if err := h.findWindows(r, index); err != nil || len(index.windows) == 0 {
		return err
	}
	workers := make([]*contextWorker, h.options.Threads)
	for i := range workers {
		workers[i] = &contextWorker{worker: h.newWorker(nil), index: index, found: map[string][]contextEvent{}}
	}
	err := h.readAround(ctx, index, workers)
	if err != nil && !isStop(ctx, err) {
		return err
	}
	if ctx.Err() != nil {
		r.Ledger.Partial = true
		r.Ledger.Notes = append(r.Ledger.Notes, "stopped while collecting context: some is missing")
	}
	for _, w := range workers {
		if err := w.writer.Flush(); err != nil {
			return err
		}
		for principal, events := range w.found {
			index.events[principal] = append(index.events[principal], events...)
		}
	}
	// Any order: each principal has a list of its own.
	for principal, events := range index.events {
		slices.SortFunc(events, func(a, b contextEvent) int {
			return cmp.Or(cmp.Compare(a.time.Nanos, b.time.Nanos), a.key.Compare(b.key),
				strings.Compare(a.file.Path, b.file.Path), cmp.Compare(a.number, b.number))
		})
		index.events[principal] = slices.CompactFunc(events, func(a, b contextEvent) bool { return a.key == b.key })
	}
	return nil
}

// readAround reads again what may lie around the findings, also outside the asked range.
func (h *hunt) readAround(ctx context.Context, index *contextIndex, workers []*contextWorker) error {
	if h.options.Lake != nil {
		var who []lake.Principal
		for _, p := range h.schemas {
			for _, key := range slices.Sorted(maps.Keys(index.windows)) {
				if name, ok := strings.CutPrefix(key, p.schema.Name+"\x00"); ok {
					for _, w := range index.windows[key] {
						who = append(who, lake.Principal{Schema: p.schema, Name: name, From: nanoTime(w.from), To: nanoTime(w.to + 1)})
					}
				}
			}
		}
		return h.options.Lake.Around(ctx, who, len(workers), func(worker int, b *lake.Batch) error { return workers[worker].rows(b) })
	}
	from, to := h.options.From, h.options.To
	if !from.IsZero() {
		from = from.Add(-h.options.Context)
	}
	if !to.IsZero() {
		to = to.Add(h.options.Context)
	}
	reader := h.reader(from, to, false, func(*event.File) {})
	if h.options.Progress != nil {
		h.options.Progress(reader.Progress)
	}
	return reader.Run(ctx, h.options.Paths, len(workers), func(worker int, b *event.Batch) error {
		return workers[worker].batch(b)
	})
}

func nanoTime(nanos int64) time.Time { return time.Unix(0, nanos).UTC() }

// findWindows says around which times each principal is looked at.
func (h *hunt) findWindows(r *Result, index *contextIndex) error {
	for e, err := range r.entries.all() {
		if err != nil {
			return err
		}
		if e.nanos == finding.NoTime.Nanos {
			continue
		}
		w := window{e.nanos - index.around, e.nanos + index.around}
		index.found[e.key] = struct{}{}
		if e.burst >= 0 {
			w.from = r.bursts[e.burst].First - index.around
			for event, err := range r.bursts[e.burst].Events() {
				if err != nil {
					return err
				}
				index.found[event.Key] = struct{}{}
			}
		}
		s, err := index.reader.read(e.ref)
		if err != nil {
			return err
		}
		principal := s.picking.string(pickPrincipal)
		if principal == "" {
			continue
		}
		key := s.schema.Name + "\x00" + principal
		index.windows[key] = append(index.windows[key], w)
		index.first, index.last = min(index.first, w.from), max(index.last, w.to)
	}
	// Any order: each key has a list of its own.
	for key, windows := range index.windows {
		slices.SortFunc(windows, func(a, b window) int { return cmp.Compare(a.from, b.from) })
		merged := windows[:1]
		for _, w := range windows[1:] {
			if last := &merged[len(merged)-1]; w.from <= last.to {
				last.to = max(last.to, w.to)
			} else {
				merged = append(merged, w)
			}
		}
		index.windows[key] = merged
	}
	return nil
}

// contextWorker takes batches of the second pass on one goroutine.
type contextWorker struct {
	*worker
	index *contextIndex
	found map[string][]contextEvent
	who   []byte
}

func (w *contextWorker) batch(b *event.Batch) error {
	w.file, w.number, w.wrap = b.File, -1, 0
	for r := b.Next(); r != nil; r = b.Next() {
		s := w.forSchema(r)
		s.matcher.Begin(r.Doc)
		when, timed := s.timeOf()
		if err := w.event(s, r, when, timed); err != nil {
			return err
		}
	}
	return nil
}

// rows takes every row of a batch of a lake.
func (w *contextWorker) rows(b *lake.Batch) error {
	w.file = w.lake.file(b.Table)
	for row := b.Next(); row != nil; row = b.Next() {
		doc, err := w.lake.parser.Parse(row.Text)
		if err != nil {
			continue // what is no event cannot be shown
		}
		r := &event.Record{Raw: row.Text, Doc: doc, Schema: b.Schema, Number: contentNumber(row.Text)}
		s := w.forSchema(r)
		s.matcher.Begin(r.Doc)
		when, timed := s.timeOfRow(row)
		w.number = -1 // copies of an event without an id are shown once
		if err := w.event(s, r, when, timed); err != nil {
			return err
		}
	}
	return nil
}

// event takes an event that the matcher is at.
func (w *contextWorker) event(s *schemaWork, r *event.Record, when value.Time, timed bool) error {
	if !timed || when.Nanos < w.index.first || when.Nanos > w.index.last {
		return nil
	}
	var buf [128]byte
	principal, ok := text(s.matcher, s.plan.compiled.Event.Principal, buf[:0])
	if !ok {
		return nil
	}
	w.who = append(append(append(w.who[:0], r.Schema.Name...), 0), principal...)
	if !holdsTime(w.index.windows[string(w.who)], when.Nanos) {
		return nil
	}
	key, _ := w.key(s, r, when, timed)
	ref, err := w.store(s.index, key, r.Raw)
	if err != nil {
		return err
	}
	w.found[string(w.who)] = append(w.found[string(w.who)], contextEvent{key, ref, when, w.file, r.Number})
	return nil
}

func holdsTime(windows []window, nanos int64) bool {
	i, _ := slices.BinarySearchFunc(windows, nanos, func(w window, nanos int64) int { return cmp.Compare(w.to, nanos) })
	return i < len(windows) && windows[i].from <= nanos
}

// attach gives a finding the events around it.
func (c *contextIndex) attach(f *finding.Finding, e *entry, r *Result) error {
	f.Context = []finding.ContextEvent{}
	if f.Principal == "" || e.nanos == finding.NoTime.Nanos {
		return nil
	}
	own := map[evidence.EventKey]struct{}{e.key: {}}
	if e.burst >= 0 {
		for event, err := range r.bursts[e.burst].Events() {
			if err != nil {
				return err
			}
			own[event.Key] = struct{}{}
		}
	}
	events := c.events[f.Schema+"\x00"+f.Principal]
	from, to := f.First.Nanos-c.around, f.Last.Nanos+c.around
	start, _ := slices.BinarySearchFunc(events, from, func(e contextEvent, nanos int64) int { return cmp.Compare(e.time.Nanos, nanos) })
	for i := start; i < len(events) && events[i].time.Nanos <= to; i++ {
		if _, ok := own[events[i].key]; ok {
			continue
		}
		shown, err := c.show(&events[i], r.hunt)
		if err != nil {
			return err
		}
		f.Context = append(f.Context, shown)
	}
	return nil
}

// show makes what is printed of an event around a finding.
func (c *contextIndex) show(e *contextEvent, h *hunt) (finding.ContextEvent, error) {
	s, err := c.reader.read(e.ref)
	if err != nil {
		return finding.ContextEvent{}, err
	}
	id, err := h.store.ID(e.key, e.ref)
	if err != nil {
		return finding.ContextEvent{}, err
	}
	_, found := c.found[e.key]
	return finding.ContextEvent{
		ID: string(bytes.Clone(id)), Time: e.time, Subject: s.picking.subject(s.schema), IsEvidence: found,
		Event: s.doc.AppendJSON(nil, 0),
	}, nil
}
