package hunt

import (
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"maps"
	"math"
	"slices"
	"strings"
	"sync"

	"github.com/egret-hunt/egret/internal/correlate"
	"github.com/egret-hunt/egret/internal/event"
	"github.com/egret-hunt/egret/internal/evidence"
	"github.com/egret-hunt/egret/internal/finding"
	"github.com/egret-hunt/egret/internal/lake"
	"github.com/egret-hunt/egret/internal/plan"
	"github.com/egret-hunt/egret/internal/ruleset"
	"github.com/egret-hunt/egret/internal/value"
)

// Tables returns the tables of a lake as a source. The lake must be ready to run; it can be hunted once.
func Tables(l *lake.Lake) Source { return &tables{l} }

// tables is a source of rows. A row of a table is an event like any other, with three differences. Only the rules of
// its statement are evaluated, since columns of other rules may be missing. It has no position in a file: where a
// position decides, as between different copies, its content does. And for events that the engine selected for a
// correlation (lake.Row.Pairs) it has only the columns needed for counting; the first event of each finding is looked
// up afterwards.
type tables struct{ lake *lake.Lake }

// Defaults of memory: a hunt in a lake waits for its engine, and its rows are already on disk.
const (
	lakeEvidenceMemory    = 8 << 20
	lakeCorrelationMemory = 16 << 20
)

func (s *tables) needs(set *ruleset.Set) needs {
	n := needs{evidenceMemory: lakeEvidenceMemory, correlationMemory: lakeCorrelationMemory, schemas: s.lake.Schemas(),
		untraced: onlySelected}
	for _, p := range s.lake.Pairs() {
		n.direct = append(n.direct, correlate.Base{Correlation: p.Correlation, Base: p.Base})
	}
	// Rules that cannot run on the tables do not report: a correlation without one of its base rules would be
	// incomplete.
	for _, c := range s.lake.CannotRun() {
		switch {
		case c.Elsewhere:
		case c.Correlation:
			n.silent = append(n.silent, len(set.Rules)+c.Index)
		default:
			n.silent = append(n.silent, c.Index)
		}
	}
	return n
}

func (s *tables) begin(h *hunt) input {
	in := &tableInput{lake: s.lake, hunt: h, pairs: s.lake.Pairs(), unnamed: map[evidence.EventKey]int{}}
	for _, w := range h.workers {
		in.workers = append(in.workers, in.newWorker(w))
	}
	return in
}

// tableInput reads the tables of a lake for one hunt.
type tableInput struct {
	lake    *lake.Lake
	hunt    *hunt
	pairs   []plan.Pair // of the lake
	workers []*rowWorker

	// unnamed counts the rows without an id that rules match, by statement and content.
	unnamed      map[evidence.EventKey]int
	unnamedMutex sync.Mutex
}

func (in *tableInput) read(ctx context.Context) error {
	in.hunt.watch(func() Progress {
		p := in.lake.Progress()
		return Progress{
			Unit: UnitQueries, Done: int64(p.Done), Total: int64(p.Tasks), Records: p.Rows, ReadBytes: p.ScannedBytes, Dollars: p.Dollars,
		}
	})
	return in.lake.Run(ctx, len(in.workers), func(worker int, b *lake.Batch) error { return in.workers[worker].batch(b) })
}

// nearby reads the events of the windows' principals.
func (in *tableInput) nearby(ctx context.Context, index *nearbyIndex, workers []*nearbyWorker) error {
	var who []lake.Principal
	for _, p := range in.hunt.schemas {
		for _, key := range slices.Sorted(maps.Keys(index.windows)) {
			if name, ok := strings.CutPrefix(key, p.schema.Name+"\x00"); ok {
				for _, w := range index.windows[key] {
					who = append(who, lake.Principal{Schema: p.schema, Name: name, From: nanoTime(w.from), To: nanoTime(w.to + 1)})
				}
			}
		}
	}
	rows := make([]*rowWorker, len(workers))
	for i, w := range workers {
		rows[i] = in.newWorker(w.worker)
	}
	return in.lake.Around(ctx, who, len(workers), func(worker int, b *lake.Batch) error { return rows[worker].nearbyBatch(b, workers[worker]) })
}

// account reports what was queried, what it cost, and which rows could not be read.
func (in *tableInput) account(r *Result) error {
	c := &r.Ledger.Records
	for _, w := range in.workers {
		c.In += w.rows
		c.Failed.Merge(w.failed)
	}
	r.InputFailed = c.Failed.Total > 0
	in.lake.Account(&r.Ledger)
	r.Ledger.Notes = append(r.Ledger.Notes, "no search for missing logs: a lake returns only the events that rules select")
	return nil
}

// accountNearby reports the queries of the second pass, which cost too.
func (in *tableInput) accountNearby(l *finding.Ledger) { in.lake.Account(l) }

func (in *tableInput) close() error { return nil }

// rowWorker processes rows on one goroutine. What it keeps of them belongs to its worker.
type rowWorker struct {
	*worker
	in      *tableInput
	parser  value.Parser
	files   map[string]*event.File // by table
	failed  finding.Reasons
	rows    int64
	allowed []int // queries of the program that match and that the row's statement covers
	bases   []correlate.Base
	// lastLacks are those of the statement lastOf of a table, since many batches are of one statement.
	lastOf    statementKey
	lastLacks int
}

// statementKey identifies a statement.
type statementKey struct {
	table string
	salt  uint16
	known bool
}

// lacksOf returns the index of what the rows of a batch lack.
func (w *rowWorker) lacksOf(b *lake.Batch) int {
	if of := (statementKey{b.Table, b.Salt, true}); of != w.lastOf {
		w.lastOf, w.lastLacks = of, w.hunt.lacks.of(b)
	}
	return w.lastLacks
}

func (in *tableInput) newWorker(w *worker) *rowWorker {
	return &rowWorker{worker: w, in: in, files: map[string]*event.File{}}
}

// fileOf returns a file that represents a table.
func (w *rowWorker) fileOf(table string) *event.File {
	f := w.files[table]
	if f == nil {
		f = &event.File{Path: table}
		w.files[table] = f
	}
	return f
}

// contentNumber returns a number that replaces an event's position in a table.
func contentNumber(text []byte) int64 {
	sum := fnv.New64a()
	_, _ = sum.Write(text) // writing to a hash never fails
	return int64(sum.Sum64() & math.MaxInt64)
}

// directSalt is added to the salt of a statement for rows of direct bases: the same statement may also return the
// complete event.
const directSalt = 1 << 15

// batch processes all rows of a batch.
func (w *rowWorker) batch(b *lake.Batch) error {
	w.file, w.pathHash, w.lacks = w.fileOf(b.Table), 0, w.lacksOf(b)
	for row := b.Next(); row != nil; row = b.Next() {
		if err := w.row(b, row); err != nil {
			return err
		}
	}
	return nil
}

// row processes one row: time range, copies, rules.
func (w *rowWorker) row(b *lake.Batch, row *lake.Row) error {
	w.rows++
	doc, fault := w.parser.Parse(row.Text)
	if fault == nil && doc.Kind(0) != value.Object {
		fault = errors.New(string(doc.AppendText(nil, 0)))
	}
	if fault != nil {
		w.failed.Add("cannot be read", b.Table+": "+fault.Error())
		return nil //nolint:nilerr // the row is counted as failed
	}
	r := &event.Record{Raw: row.Text, Doc: doc, Schema: b.Schema, Number: contentNumber(row.Text)}
	s := w.forSchema(r)
	s.matcher.Begin(doc)
	when, timed := s.timeOfRow(row)
	if w.hunt.ranged {
		if !timed {
			w.failed.Add("no time that can be read", b.Table)
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
		salt |= directSalt
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
		if len(row.Pairs) == 0 { // else the row may lack columns
			if err := w.trace(s, doc, when); err != nil {
				return err
			}
		}
	}
	w.allowed = w.allowed[:0]
	for _, query := range matched {
		if len(row.Pairs) > 0 || b.Rules[s.plan.compiled.Rules[query]] { // rows with pairs have their own rules
			w.allowed = append(w.allowed, query)
		}
	}
	bases := w.decidedBases(s, row.Pairs)
	switch {
	case timed || again:
	case len(row.Pairs) > 0:
		w.unseenDirect(bases)
	default:
		w.unseenBy(s, w.allowed)
	}
	rules := w.decide(s, doc, w.allowed)
	if len(rules) == 0 || len(row.Pairs) > 0 && len(bases) == 0 {
		return nil
	}
	if !own {
		key = w.unnamedKey(key, salt)
	}
	if len(row.Pairs) > 0 {
		return w.keepDirect(s, r, bases, !row.Complete, key, when)
	}
	return w.keep(s, r, rules, key, when)
}

// rowKey returns the key of a row's event, and whether the event has an id; without one the key is derived from the
// content.
func (w *rowWorker) rowKey(s *schemaWork, r *event.Record, when value.Time, timed bool) (evidence.EventKey, bool) {
	w.number = -1 // a row never continues the previous record
	return w.key(s, r, when, timed)
}

// salted returns a key that is distinct for each statement.
func salted(key evidence.EventKey, salt uint16) evidence.EventKey {
	key.ID[0] ^= byte(salt)
	key.ID[1] ^= byte(salt >> 8)
	return key
}

// unnamedKey returns the key of an event without an id that rules match, after rowKey; w.id becomes its text. Events
// with the same content are distinguished by counting them within their statement: another statement returns the same
// events.
func (w *rowWorker) unnamedKey(key evidence.EventKey, salt uint16) evidence.EventKey {
	content := salted(key, salt)
	w.in.unnamedMutex.Lock()
	w.in.unnamed[content]++
	n := w.in.unnamed[content]
	w.in.unnamedMutex.Unlock()
	if n > 1 {
		w.id = fmt.Appendf(w.id, ".%d", n)
	}
	return evidence.KeyOf(w.id)
}

// decidedBases returns those of a row's pairs whose rule is in rowWorker.allowed. The slice is valid until the next
// call.
func (w *rowWorker) decidedBases(s *schemaWork, pairs []int) []correlate.Base {
	w.bases = w.bases[:0]
	for _, p := range pairs {
		pair := w.in.pairs[p]
		rule := w.hunt.options.Set.Correlations[pair.Correlation].IR.Bases[pair.Base].Index
		if slices.ContainsFunc(w.allowed, func(query int) bool { return s.plan.compiled.Rules[query] == rule }) {
			w.bases = append(w.bases, correlate.Base{Correlation: pair.Correlation, Base: pair.Base})
		}
	}
	return w.bases
}

// nearbyBatch processes all rows of a batch of the second pass.
func (w *rowWorker) nearbyBatch(b *lake.Batch, to *nearbyWorker) error {
	w.file, to.lacks = w.fileOf(b.Table), w.lacksOf(b)
	for row := b.Next(); row != nil; row = b.Next() {
		doc, err := w.parser.Parse(row.Text)
		if err != nil {
			continue // a row that is not an event cannot be shown
		}
		r := &event.Record{Raw: row.Text, Doc: doc, Schema: b.Schema, Number: contentNumber(row.Text)}
		s := w.forSchema(r)
		s.matcher.Begin(r.Doc)
		when, timed := s.timeOfRow(row)
		w.number = -1 // copies of an event without an id are shown once
		if err := to.event(s, r, when, timed); err != nil {
			return err
		}
	}
	return nil
}
