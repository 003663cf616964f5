package hunt

import (
	"cmp"
	"context"
	"fmt"
	"hash/fnv"
	"math"
	"slices"
	"time"

	"github.com/egret-hunt/egret/internal/correlate"
	"github.com/egret-hunt/egret/internal/event"
	"github.com/egret-hunt/egret/internal/evidence"
	"github.com/egret-hunt/egret/internal/finding"
	"github.com/egret-hunt/egret/internal/ir"
	"github.com/egret-hunt/egret/internal/lake"
	"github.com/egret-hunt/egret/internal/plan"
	"github.com/egret-hunt/egret/internal/ruleset"
	"github.com/egret-hunt/egret/internal/value"
)

// A row of a table is an event like any other. Three things differ. Its rules are those of its statement only, since the
// columns of others may be missing. It has no place in a file: where a place decides, as between copies that differ, its
// content does. And of the events that the engine decided for a correlation (lake.Row.Pairs) only what is counted comes;
// the first event of each finding is asked for afterwards.

// thin marks the tag of an event in the evidence of which only a part is known.
const thin = 1 << 31

// lakeCorrelations are the correlations of a set as the hunt evaluates them: a base rule whose events the lake decides
// answers to a number of its own, beyond those of rules, so that events which the rule matches natively do not count twice.
func lakeCorrelations(set *ruleset.Set, l *lake.Lake) []*ir.Correlation {
	list := make([]*ir.Correlation, len(set.Correlations))
	for i, c := range set.Correlations {
		list[i] = c.IR
	}
	if l == nil {
		return list
	}
	for n, pair := range l.Pairs() {
		c := list[pair.Correlation]
		if c == set.Correlations[pair.Correlation].IR {
			changed := *c
			changed.Bases = slices.Clone(c.Bases)
			c = &changed
			list[pair.Correlation] = c
		}
		c.Bases[pair.Base].Index = len(set.Rules) + n
	}
	return list
}

// lakeRow is the reading of rows, for one worker.
type lakeRow struct {
	parser value.Parser
	tables map[string]*event.File
	failed finding.Reasons
	rows   int64
	bases  []int
}

// file stands for a table where a file is asked for.
func (l *lakeRow) file(table string) *event.File {
	f := l.tables[table]
	if f == nil {
		f = &event.File{Path: table}
		if l.tables == nil {
			l.tables = map[string]*event.File{}
		}
		l.tables[table] = f
	}
	return f
}

// contentNumber is a number that stands for an event's place in a table.
func contentNumber(text []byte) int64 {
	sum := fnv.New64a()
	_, _ = sum.Write(text) // a hash takes everything
	return int64(sum.Sum64() & math.MaxInt64)
}

// rows takes every row of a batch.
func (w *worker) rows(b *lake.Batch) error {
	w.file, w.place = w.lake.file(b.Table), 0
	for row := b.Next(); row != nil; row = b.Next() {
		if err := w.row(b, row); err != nil {
			return err
		}
	}
	return nil
}

// row takes one row: range, copies, rules.
func (w *worker) row(b *lake.Batch, row *lake.Row) error {
	w.lake.rows++
	doc, err := w.lake.parser.Parse(row.Text)
	if err != nil {
		w.lake.failed.Add("cannot be read", b.Table+": "+err.Error())
		return nil
	}
	r := &event.Record{Raw: row.Text, Doc: doc, Schema: b.Schema, Number: contentNumber(row.Text)}
	s := w.forSchema(r)
	s.matcher.Begin(doc)
	when, timed := s.timeOf()
	if w.hunt.ranged {
		if !timed {
			w.lake.failed.Add("no time that can be read", b.Table)
			return nil
		}
		if when.Nanos < w.hunt.from || when.Nanos >= w.hunt.to {
			w.outside++
			return nil
		}
	}
	key, own := w.key(s, r)
	if !own {
		key = w.unnamed()
	}
	if own && w.seenRow(key, b.Salt) == evidence.Again {
		w.duplicate++
	} else {
		w.evaluated++
		s.evaluated++
		if timed {
			w.first, w.latest = min(w.first, when.Nanos), max(w.latest, when.Nanos)
		} else {
			w.timeless++
		}
	}
	if len(row.Pairs) > 0 {
		return w.keepPairs(s, r, row.Pairs, key, when)
	}
	found := s.matcher.Matched()
	w.allowed = w.allowed[:0]
	for _, query := range found {
		if b.Rules[s.plan.compiled.Rules[query]] {
			w.allowed = append(w.allowed, query)
		}
	}
	if len(w.allowed) == 0 {
		return nil
	}
	return w.keep(s, r, w.allowed, key, when)
}

// seenRow looks a row up among those of its statement.
func (w *worker) seenRow(key evidence.EventKey, salt uint16) evidence.Sighting {
	key[0] ^= byte(salt)
	key[1] ^= byte(salt >> 8)
	return w.hunt.seen.Add(key)
}

// unnamed is the key of an event without an id, after key. Events of the same content are told apart by counting them: w.id
// is the text either way.
func (w *worker) unnamed() evidence.EventKey {
	h := w.hunt
	base := string(w.id)
	h.unnamedMutex.Lock()
	h.unnamed[base]++
	n := h.unnamed[base]
	h.unnamedMutex.Unlock()
	if n > 1 {
		w.id = fmt.Appendf(w.id, ".%d", n)
	}
	return evidence.KeyOf(w.id)
}

// keepPairs notes an event that the engine has decided to be of some base rules.
func (w *worker) keepPairs(s *schemaWork, r *event.Record, pairs []int, key evidence.EventKey, when value.Time) error {
	if when == finding.NoTime {
		return nil
	}
	e := evidence.Event{Tag: s.index | thin, Raw: r.Raw}
	if key.IsHash() {
		e.ID = w.id
	}
	ref, err := w.writer.Put(e)
	if err != nil {
		return err
	}
	w.lake.bases = w.lake.bases[:0]
	for _, p := range pairs {
		w.lake.bases = append(w.lake.bases, len(w.hunt.options.Set.Rules)+p)
	}
	noted := correlate.Event{Key: key, Time: when.Nanos, Ref: ref, Order: uint64(r.Number)}
	return w.noter.Add(noted, w.lake.bases, &s.fields)
}

// completeEvents asks the lake for the first events of findings of which only a part is known.
func (h *hunt) completeEvents(ctx context.Context, r *Result) error {
	type wanted struct {
		key   evidence.EventKey
		nanos int64
	}
	missing := map[wanted][]int{} // entries
	var ask []lake.Wanted
	reader := newStoredReader(h)
	for i := range r.entries {
		e := &r.entries[i]
		if e.burst < 0 {
			continue
		}
		stored, err := h.store.Get(e.ref)
		if err != nil {
			return err
		}
		if stored.Tag&thin == 0 {
			continue
		}
		s, err := reader.parse(stored)
		if err != nil {
			return err
		}
		at, ok := value.ParseTime([]byte(s.picking.string(pickSubjectTime)))
		if !ok {
			continue
		}
		w := wanted{e.key, at.Nanos}
		if missing[w] == nil {
			id, err := h.store.ID(e.key, e.ref)
			if err != nil {
				return err
			}
			ask = append(ask, lake.Wanted{Schema: s.schema, ID: string(id), Time: time.Unix(0, at.Nanos).UTC()})
		}
		missing[w] = append(missing[w], i)
	}
	if len(ask) == 0 {
		return nil
	}
	found := map[wanted]whole{}
	finder := h.newWorker(nil)
	err := h.options.Lake.Whole(ctx, ask, func(b *lake.Batch) error {
		for row := b.Next(); row != nil; row = b.Next() {
			if err := finder.whole(b, row, func(key evidence.EventKey, nanos int64, e whole) {
				w := wanted{key, nanos}
				if missing[w] == nil {
					return
				}
				// Of copies that differ the same one is shown in every run.
				if have, ok := found[w]; !ok || e.number < have.number {
					found[w] = e
				}
			}); err != nil {
				return err
			}
		}
		return nil
	})
	// What came before the hunt was stopped is shown.
	if err := cmp.Or(finder.writer.Flush(), err); err != nil && ctx.Err() == nil {
		return err
	}
	left := 0
	for w, entries := range missing {
		e, ok := found[w]
		if !ok {
			left += len(entries)
			continue
		}
		for _, i := range entries {
			r.entries[i].ref = e.ref
		}
	}
	if left > 0 {
		r.Ledger.Notes = append(r.Ledger.Notes, fmt.Sprintf("findings whose first event could not be fetched whole: %d", left))
	}
	return nil
}

// whole is an event as the table has it.
type whole struct {
	ref    evidence.Ref
	number int64
}

// whole takes a row that was asked for by its id.
func (w *worker) whole(b *lake.Batch, row *lake.Row, found func(key evidence.EventKey, nanos int64, e whole)) error {
	doc, err := w.lake.parser.Parse(row.Text)
	if err != nil {
		return nil //nolint:nilerr // it cannot be shown, which is what the note of the caller says
	}
	w.file = w.lake.file(b.Table)
	r := &event.Record{Raw: row.Text, Doc: doc, Schema: b.Schema, Number: contentNumber(row.Text)}
	s := w.forSchema(r)
	s.matcher.Begin(doc)
	when, timed := s.timeOf()
	key, own := w.key(s, r)
	if !timed || !own {
		return nil
	}
	e := evidence.Event{Tag: s.index, Raw: r.Raw}
	if key.IsHash() {
		e.ID = w.id
	}
	ref, err := w.writer.Put(e)
	if err != nil {
		return err
	}
	found(key, when.Nanos, whole{ref, r.Number})
	return nil
}

// silence keeps rules that cannot run on the tables from reporting: without one of its base rules a correlation would say
// too little.
func (h *hunt) silence(list []plan.CannotRun) {
	for _, c := range list {
		if c.Elsewhere {
			continue
		}
		i := c.Rule
		if c.Correlation {
			i += len(h.options.Set.Rules)
		}
		h.rules[i].reports = false
	}
}

// accountLake fills in the ledger's part about records of a lake.
func (h *hunt) accountLake(r *Result) {
	c := &r.Ledger.Records
	for _, w := range h.workers {
		c.In += w.lake.rows
		c.Failed.Merge(w.lake.failed)
	}
	c.Failed.Sort()
	r.Ledger.Files.Inputs = []finding.Input{}
	h.options.Lake.Account(&r.Ledger)
	r.Ledger.Notes = append(r.Ledger.Notes, "no search for missing logs: a lake gives only the events that rules ask for")
}
