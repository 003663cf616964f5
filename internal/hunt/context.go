package hunt

import (
	"bytes"
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"github.com/egret-hunt/egret/internal/event"
	"github.com/egret-hunt/egret/internal/evidence"
	"github.com/egret-hunt/egret/internal/finding"
	"github.com/egret-hunt/egret/internal/value"
)

// nearbyIndex holds the nearby events of the findings' principals.
type nearbyIndex struct {
	distance int64 // nanoseconds
	// windows are time ranges by schema and principal, merged and sorted.
	windows map[string][]window
	// first and last are the bounds of all windows: most events are skipped by their time alone.
	first, last int64
	// events are by schema and principal, sorted by time and key, without duplicates.
	events map[string][]nearbyEvent
	// found are the events that are evidence of a finding.
	found map[evidence.EventKey]struct{}
}

// window is a time range, both ends included, in nanoseconds.
type window struct{ from, to int64 }

type nearbyEvent struct {
	key    evidence.EventKey
	ref    evidence.Ref
	time   value.Time
	file   *event.File
	number int64
}

// collectNearby reads the input again and stores the nearby events of the findings' principals.
func (h *hunt) collectNearby(ctx context.Context, r *Result) error {
	index := &nearbyIndex{
		distance: int64(h.options.Context), windows: map[string][]window{}, events: map[string][]nearbyEvent{},
		first: maxNanos, last: minNanos, found: map[evidence.EventKey]struct{}{},
	}
	h.context = index
	if err := h.findWindows(r, index); err != nil || len(index.windows) == 0 {
		return err
	}
	workers := make([]*nearbyWorker, h.options.Threads)
	for i := range workers {
		workers[i] = &nearbyWorker{worker: h.newWorker(nil), index: index, found: map[string][]nearbyEvent{}}
	}
	err := h.input.nearby(ctx, index, workers)
	if err != nil && !isStop(ctx, err) {
		return err
	}
	if ctx.Err() != nil {
		r.Ledger.Partial = true
		r.Ledger.Notes = append(r.Ledger.Notes, "stopped while collecting context: some of it is missing")
	}
	for _, w := range workers {
		if err := w.writer.Flush(); err != nil {
			return err
		}
		for principal, events := range w.found {
			index.events[principal] = append(index.events[principal], events...)
		}
	}
	// Iteration order does not matter: each principal has its own list.
	for principal, events := range index.events {
		slices.SortFunc(events, func(a, b nearbyEvent) int {
			return cmp.Or(cmp.Compare(a.time.Nanos, b.time.Nanos), a.key.Compare(b.key),
				strings.Compare(a.file.Path, b.file.Path), cmp.Compare(a.number, b.number))
		})
		index.events[principal] = slices.CompactFunc(events, func(a, b nearbyEvent) bool { return a.key == b.key })
	}
	return nil
}

func nanoTime(nanos int64) time.Time { return time.Unix(0, nanos).UTC() }

// findWindows determines the time ranges of each principal.
func (h *hunt) findWindows(r *Result, index *nearbyIndex) error {
	reader := newStoredReader(h)
	for e, err := range r.entries.all() {
		if err != nil {
			return err
		}
		if e.nanos == finding.NoTime.Nanos {
			continue
		}
		w := window{e.nanos - index.distance, e.nanos + index.distance}
		index.found[e.key] = struct{}{}
		if e.burst >= 0 {
			w.to = r.bursts[e.burst].Last + index.distance
			for event, err := range r.bursts[e.burst].Events() {
				if err != nil {
					return err
				}
				index.found[event.Key] = struct{}{}
			}
		}
		s, err := reader.read(e.ref)
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
	// Iteration order does not matter: each key has its own list.
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

// nearbyWorker processes batches of the second pass on one goroutine.
type nearbyWorker struct {
	*worker
	index *nearbyIndex
	found map[string][]nearbyEvent
	who   []byte
}

func (w *nearbyWorker) batch(b *event.Batch) error {
	w.file, w.number, w.wrap = b.File, -1, 0
	for r := b.Next(); r != nil; r = b.Next() {
		s := w.forSchema(r)
		s.matcher.Begin(r.Doc)
		when, timed := s.timeOfRecord(r)
		if err := w.event(s, r, when, timed); err != nil {
			return err
		}
	}
	return nil
}

// event processes the matcher's current event.
func (w *nearbyWorker) event(s *schemaWork, r *event.Record, when value.Time, timed bool) error {
	if !timed || when.Nanos < w.index.first || when.Nanos > w.index.last {
		return nil
	}
	var buf [128]byte
	principal, ok := text(s.matcher, s.plan.compiled.Event.Principal, buf[:0])
	if !ok {
		return nil
	}
	w.who = append(append(append(w.who[:0], r.Schema.Name...), 0), principal...)
	if !containsTime(w.index.windows[string(w.who)], when.Nanos) {
		return nil
	}
	key, _ := w.key(s, r, when, timed)
	ref, err := w.store(tag{schema: s.index}, key, r.JSON())
	if err != nil {
		return err
	}
	w.found[string(w.who)] = append(w.found[string(w.who)], nearbyEvent{key, ref, when, w.file, r.Number})
	return nil
}

func containsTime(windows []window, nanos int64) bool {
	i, _ := slices.BinarySearchFunc(windows, nanos, func(w window, nanos int64) int { return cmp.Compare(w.to, nanos) })
	return i < len(windows) && windows[i].from <= nanos
}

// nearbyReader reads the nearby events of findings, on one goroutine.
type nearbyReader struct {
	*nearbyIndex
	result   *Result
	reader   *storedReader
	examiner examiner
}

// attach adds the nearby events to a finding.
func (c *nearbyReader) attach(f *finding.Finding, e *entry) error {
	f.Context = []finding.ContextEvent{}
	if f.Principal == "" || e.nanos == finding.NoTime.Nanos {
		return nil
	}
	own := map[evidence.EventKey]struct{}{e.key: {}}
	if e.burst >= 0 {
		for event, err := range c.result.bursts[e.burst].Events() {
			if err != nil {
				return err
			}
			own[event.Key] = struct{}{}
		}
	}
	events := c.events[f.Schema+"\x00"+f.Principal]
	from, to := f.First.Nanos-c.distance, f.Last.Nanos+c.distance
	start, _ := slices.BinarySearchFunc(events, from, func(e nearbyEvent, nanos int64) int { return cmp.Compare(e.time.Nanos, nanos) })
	for i := start; i < len(events) && events[i].time.Nanos <= to; i++ {
		if _, ok := own[events[i].key]; ok {
			continue
		}
		shown, err := c.show(&events[i])
		if err != nil {
			return err
		}
		f.Context = append(f.Context, shown)
	}
	return nil
}

// show returns what is printed of a nearby event.
func (c *nearbyReader) show(e *nearbyEvent) (finding.ContextEvent, error) {
	s, err := c.reader.read(e.ref)
	if err != nil {
		return finding.ContextEvent{}, err
	}
	id, err := c.result.hunt.store.ID(e.key, e.ref)
	if err != nil {
		return finding.ContextEvent{}, err
	}
	_, found := c.found[e.key]
	shown := finding.ContextEvent{
		ID: string(bytes.Clone(id)), Time: e.time, Subject: s.picking.subject(s.schema), IsEvidence: found,
		Event: s.doc.AppendJSON(nil, 0),
	}
	c.examiner.add(s, &shown.Subject)
	shown.Facts = c.examiner.settle()
	return shown, nil
}
