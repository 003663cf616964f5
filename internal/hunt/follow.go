package hunt

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/egret-hunt/egret/internal/event"
	"github.com/egret-hunt/egret/internal/finding"
	"github.com/egret-hunt/egret/internal/lake"
	"github.com/egret-hunt/egret/internal/plan"
	"github.com/egret-hunt/egret/internal/story"
)

// Limits of the look-ups that follow identities through a lake. Each one reads the days from the findings on again.
const (
	maxRounds   = 8
	maxFollowed = 5_000
)

// The reasons that a story gives for records that it may lack.
const (
	onlySelected = "a lake returns only the events that rules select, so identities were followed only through those"
	notAllRead   = "not all queries that follow identities were answered"
)

// follow looks up what ties the identities of findings to others, and what these made, until nothing new is found.
func (in *tableInput) follow(ctx context.Context, r *Result) error {
	h := in.hunt
	tied := false
	for _, s := range in.lake.Schemas() {
		tied = tied || len(s.Trace().Links) > 0
	}
	if !tied {
		return nil
	}
	b := story.NewBuilder(h.schemaList())
	if _, err := r.each(ctx, 0, nil, false, func(f *finding.Finding) error {
		b.Add(f)
		return nil
	}); err != nil {
		return err
	}
	f := follower{in: in, asked: map[plan.Trait]bool{}}
	for range maxRounds {
		wanted, err := b.Identities(r.Records())
		if err != nil {
			return err
		}
		traits := f.fresh(&wanted)
		if len(traits) == 0 {
			break
		}
		f.rounds++
		if err := f.look(ctx, traits, wanted.Since.Nanos); err != nil {
			h.untraced = notAllRead
			return err
		}
		if f.incomplete {
			break
		}
	}
	if !f.incomplete {
		wanted, err := b.Identities(r.Records())
		if err != nil {
			return err
		}
		f.left += len(f.fresh(&wanted))
	}
	f.tell(r)
	return nil
}

// follower follows the identities of one hunt.
type follower struct {
	in    *tableInput
	asked map[plan.Trait]bool
	// rounds and rows are counts, left is how many identities were not looked up because of the limits.
	rounds, left int
	rows         int64
	incomplete   bool
}

// fresh returns the traits of identities that were not asked for yet, within the limit.
func (f *follower) fresh(wanted *story.Identities) []plan.Trait {
	var list []plan.Trait
	left := 0
	add := func(t plan.Trait) {
		switch {
		case f.asked[t]:
		case f.rounds >= maxRounds || len(f.asked) >= maxFollowed:
			left++
		default:
			f.asked[t] = true
			list = append(list, t)
		}
	}
	for _, key := range wanted.Keys {
		add(plan.Trait{Key: key})
	}
	for _, place := range wanted.Places {
		add(plan.Trait{Principal: place.Principal, Address: place.Address})
	}
	for _, name := range wanted.Machines {
		add(plan.Trait{Machine: name})
	}
	for _, name := range wanted.Names {
		add(plan.Trait{Name: name})
	}
	f.left = left
	return list
}

// look looks up the events of traits in all tables.
func (f *follower) look(ctx context.Context, traits []plan.Trait, since int64) error {
	h := f.in.hunt
	var workers []*worker
	var rows []*rowWorker
	for range h.options.Threads {
		w := h.newWorker(nil)
		workers, rows = append(workers, w), append(rows, f.in.newWorker(w))
	}
	h.followers = append(h.followers, workers...)
	var from time.Time
	timeless := int64(0) // a range would leave out events without a time
	for _, w := range h.workers {
		timeless += w.timeless
	}
	if since != finding.NoTime.Nanos && since != minNanos && timeless == 0 {
		from = nanoTime(since)
	}
	for _, s := range f.in.lake.Schemas() {
		if len(s.Trace().Links) == 0 {
			continue
		}
		done, err := f.in.lake.Follow(ctx, f.rounds, s, traits, from, len(rows), func(worker int, b *lake.Batch) error { return rows[worker].followed(b) })
		if err != nil {
			return err
		}
		f.incomplete = f.incomplete || !done
	}
	for _, w := range rows {
		f.rows += w.rows
	}
	sortRecords(workers)
	return nil
}

// followed keeps the records of all rows of a batch.
func (w *rowWorker) followed(b *lake.Batch) error {
	w.file, w.lacks = w.fileOf(b.Table), w.lacksOf(b)
	for row := b.Next(); row != nil; row = b.Next() {
		w.rows++
		doc, err := w.parser.Parse(row.Text)
		if err != nil {
			continue // a row that is not an event ties nothing
		}
		s := w.forSchema(&event.Record{Raw: row.Text, Doc: doc, Schema: b.Schema})
		s.matcher.Begin(doc)
		when, timed := s.timeOfRow(row)
		if w.hunt.ranged && (!timed || when.Nanos < w.hunt.from || when.Nanos >= w.hunt.to) {
			continue
		}
		if timed {
			w.latest = max(w.latest, when.Nanos)
		}
		if err := w.trace(s, doc, when); err != nil {
			return err
		}
	}
	return nil
}

// tell writes to the ledger what was looked up, and decides whether the story has what it needs.
func (f *follower) tell(r *Result) {
	h := f.in.hunt
	var missing []string
	if f.incomplete {
		missing = append(missing, notAllRead)
	}
	if f.left > 0 {
		missing = append(missing, fmt.Sprintf("%d identities were left out, because of the limit of %d look-ups for %d identities", f.left, maxRounds, maxFollowed))
	}
	h.untraced = strings.Join(missing, "; ")
	if f.rounds > 0 {
		r.Ledger.Notes = append(r.Ledger.Notes, fmt.Sprintf("identities followed in the lake: %d keys, places and names in %d look-ups, which returned %d events", len(f.asked), f.rounds, f.rows))
	}
}
