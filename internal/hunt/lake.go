package hunt

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"math"
	"slices"

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

// thinSalt is added to the salt of a statement for rows that are counted.
const thinSalt = 1 << 15

// lakeCorrelations are the correlations of a set as the hunt evaluates them: a base rule whose events the lake decides
// answers to a number of its own, beyond those of rules, so that events which the rule matches natively do not count twice.
// A rule that the correlation lists twice stays one rule: it has the number of the first.
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
		number := len(set.Rules) + n
		written := set.Correlations[pair.Correlation].IR.Bases
		for i, base := range written[:pair.Base] {
			if base.Index == written[pair.Base].Index {
				number = c.Bases[i].Index
				break
			}
		}
		c.Bases[pair.Base].Index = number
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
	pairs  []int
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
	doc, fault := w.lake.parser.Parse(row.Text)
	if fault == nil && doc.Kind(0) != value.Object {
		fault = errors.New(string(doc.AppendText(nil, 0)))
	}
	if fault != nil {
		w.lake.failed.Add("cannot be read", b.Table+": "+fault.Error())
		return nil //nolint:nilerr // it is counted
	}
	r := &event.Record{Raw: row.Text, Doc: doc, Schema: b.Schema, Number: contentNumber(row.Text)}
	s := w.forSchema(r)
	s.matcher.Begin(doc)
	when, timed := s.timeOfRow(row)
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
	matched := s.matcher.Matched()
	if s.matcher.Interrupted() {
		return w.hunt.ctx.Err()
	}
	salt := b.Salt
	if len(row.Pairs) > 0 {
		salt |= thinSalt // the same statement may return the event whole
	}
	key, own := w.rowKey(s, r, when, timed)
	again := own && w.hunt.seen.Add(salted(key, salt)) == evidence.Again
	if again {
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
	w.allowed = w.allowed[:0]
	for _, query := range matched {
		if len(row.Pairs) > 0 || b.Rules[s.plan.compiled.Rules[query]] { // pairs have rules of their own
			w.allowed = append(w.allowed, query)
		}
	}
	pairs := w.decidedPairs(s, row.Pairs)
	switch {
	case timed || again:
	case len(row.Pairs) > 0:
		w.unseenInPairs(pairs)
	default:
		w.unseenBy(s, w.allowed)
	}
	if len(w.allowed) == 0 || len(row.Pairs) > 0 && len(pairs) == 0 {
		return nil
	}
	if !own {
		key = w.unnamed(key, salt)
	}
	if len(row.Pairs) > 0 {
		return w.keepPairs(s, r, pairs, key, when)
	}
	return w.keep(s, r, w.allowed, key, when)
}

// rowKey is the key of a row's event, as key; of one without an id it stands for the content.
func (w *worker) rowKey(s *schemaWork, r *event.Record, when value.Time, timed bool) (evidence.EventKey, bool) {
	w.number = -1 // a row is no further event of the record before it, whatever it holds
	return w.key(s, r, when, timed)
}

// salted is a key among those of one statement.
func salted(key evidence.EventKey, salt uint16) evidence.EventKey {
	key.ID[0] ^= byte(salt)
	key.ID[1] ^= byte(salt >> 8)
	return key
}

// unnamed is the key of an event without an id that rules hold for, after rowKey; w.id is the text either way. Those of
// the same content are told apart by counting them within their statement: another statement returns the same events.
func (w *worker) unnamed(key evidence.EventKey, salt uint16) evidence.EventKey {
	h := w.hunt
	content := salted(key, salt)
	h.unnamedMutex.Lock()
	h.unnamed[content]++
	n := h.unnamed[content]
	h.unnamedMutex.Unlock()
	if n > 1 {
		w.id = fmt.Appendf(w.id, ".%d", n)
	}
	return evidence.KeyOf(w.id)
}

// decidedPairs are those of a row's pairs whose rule is among worker.allowed. They live until the next call.
func (w *worker) decidedPairs(s *schemaWork, pairs []int) []int {
	w.lake.pairs = w.lake.pairs[:0]
	all := w.hunt.options.Lake.Pairs()
	for _, p := range pairs {
		rule := w.hunt.options.Set.Correlations[all[p].Correlation].IR.Bases[all[p].Base].Index
		if slices.ContainsFunc(w.allowed, func(query int) bool { return s.plan.compiled.Rules[query] == rule }) {
			w.lake.pairs = append(w.lake.pairs, p)
		}
	}
	return w.lake.pairs
}

// keepPairs notes an event of some base rules that the lake counts.
func (w *worker) keepPairs(s *schemaWork, r *event.Record, pairs []int, key evidence.EventKey, when value.Time) error {
	if when == finding.NoTime {
		return nil
	}
	ref, err := w.store(s.index|thin, key, r.Raw)
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
	var asked []wanted // of ask
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
		if stored.Tag&thin == 0 {
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
			ask = append(ask, lake.Wanted{Schema: h.schemas[stored.Tag&^thin].schema, ID: string(id), Time: nanoTime(w.nanos)})
			asked = append(asked, w)
		}
		missing[w] = append(missing[w], number)
	}
	if len(ask) == 0 {
		return nil
	}
	found := map[wanted]whole{}
	finder := h.newWorker(nil)
	take := func(b *lake.Batch) error {
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
	}
	err := h.options.Lake.Whole(ctx, ask, false, take)
	if err == nil {
		var late []lake.Wanted
		for i, w := range asked {
			if _, ok := found[w]; !ok {
				late = append(late, ask[i])
			}
		}
		err = h.options.Lake.Whole(ctx, late, true, take)
	}
	// What came before the hunt was stopped is shown.
	if err := cmp.Or(finder.writer.Flush(), err); err != nil && !isStop(ctx, err) {
		return err
	}
	left := 0
	// Any order: each entry is one event's.
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
	when, timed := s.timeOfRow(row)
	key, own := w.rowKey(s, r, when, timed)
	if !timed || !own {
		return nil
	}
	ref, err := w.store(s.index, key, r.Raw)
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
	r.InputFailed = c.Failed.Total > 0
	h.options.Lake.Account(&r.Ledger)
	r.Ledger.Notes = append(r.Ledger.Notes, "no search for missing logs: a lake gives only the events that rules ask for")
}
