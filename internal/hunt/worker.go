package hunt

import (
	"hash/fnv"
	"io"
	"math"

	"github.com/egret-hunt/egret/internal/correlate"
	"github.com/egret-hunt/egret/internal/event"
	"github.com/egret-hunt/egret/internal/evidence"
	"github.com/egret-hunt/egret/internal/finding"
	"github.com/egret-hunt/egret/internal/match"
	"github.com/egret-hunt/egret/internal/value"
)

// worker takes batches of events on one goroutine. All its memory is its own; workers meet only in the set of ids.
type worker struct {
	hunt    *hunt
	writer  *evidence.Writer
	noter   *correlate.Worker
	schemas []*schemaWork // by hunt.schemas; nil until an event needs it
	last    *schemaWork

	matches   *evidence.Sorter // of rules that hold for events, see match
	record    []byte
	coverage  slots
	uncovered int64 // records that are not in coverage for its bounds
	evaluated int64
	duplicate int64
	outside   int64
	timeless  int64
	first     int64
	latest    int64
	blind     map[int]int64 // by correlation: events without a time that it could not see
	unseeing  []int

	id     []byte
	copied []byte
	wrap   int64 // events without id that the record at hand has given
	number int64 // of the record that wrap speaks of
	file   *event.File
	place  uint64 // a hash of the file's path
	rules  []int

	lake    lakeRow
	allowed []int
}

// schemaWork is a worker's memory for the events of one schema.
type schemaWork struct {
	plan      *schemaPlan
	index     uint32
	matcher   *match.Matcher
	fields    matchedFields
	evaluated int64
}

func (h *hunt) newWorker(noter *correlate.Worker) *worker {
	return &worker{
		hunt: h, writer: h.store.NewWriter(), matches: evidence.NewSorter(h.spool), noter: noter, schemas: make([]*schemaWork, len(h.schemas)),
		coverage: slots{accounts: map[string]map[string]*slot{}}, first: math.MaxInt64, latest: math.MinInt64,
	}
}

// forSchema is the worker's memory for the schema of an event.
func (w *worker) forSchema(r *event.Record) *schemaWork {
	if w.last != nil && w.last.plan.schema == r.Schema {
		return w.last
	}
	for i, plan := range w.hunt.schemas {
		if plan.schema != r.Schema {
			continue
		}
		if w.schemas[i] == nil {
			plan.compile(w.hunt)
			s := &schemaWork{plan: plan, index: uint32(i), matcher: plan.compiled.Program.NewMatcher()}
			s.matcher.Interrupt(w.hunt.ctx)
			s.fields = matchedFields{matcher: s.matcher, asked: plan.asked}
			w.schemas[i] = s
		}
		w.last = w.schemas[i]
		return w.last
	}
	panic("egret bug: an event of a schema that is not in the list")
}

// batch takes every event of a batch.
func (w *worker) batch(b *event.Batch) error {
	w.file, w.number, w.wrap = b.File, -1, 0
	path := fnv.New64a()
	_, _ = io.WriteString(path, b.File.Path) // a hash takes everything
	w.place = path.Sum64()
	for r := b.Next(); r != nil; r = b.Next() {
		if err := w.event(b, r); err != nil {
			return err
		}
	}
	return nil
}

// event takes one event: range, duplicates, rules. An event that no rule holds for costs no allocation.
func (w *worker) event(b *event.Batch, r *event.Record) error {
	s := w.forSchema(r)
	s.matcher.Begin(r.Doc)
	when, timed := s.timeOf()
	if w.hunt.ranged {
		if !timed {
			b.Fail(r, "no time that can be read, so it cannot be told whether it lies in the asked range")
			return nil
		}
		if when.Nanos < w.hunt.from || when.Nanos >= w.hunt.to {
			w.outside++
			return nil
		}
	}
	found := s.matcher.Matched()
	if s.matcher.Interrupted() {
		b.Fail(r, "the hunt was stopped while the record was evaluated")
		return w.hunt.ctx.Err()
	}
	sighting, key := w.sight(s, r, when, timed)
	if sighting == evidence.Again {
		// A copy is matched too: which of them is shown must not depend on which came first.
		w.duplicate++
	} else {
		w.count(s, when, timed, b.File)
	}
	if len(found) == 0 {
		return nil
	}
	if !timed && sighting != evidence.Again {
		w.unseenBy(s, found)
	}
	return w.keep(s, r, found, key, when)
}

// count counts an event that is evaluated.
func (w *worker) count(s *schemaWork, when value.Time, timed bool, file *event.File) {
	w.evaluated++
	s.evaluated++
	if !timed {
		w.timeless++
		return
	}
	w.first, w.latest = min(w.first, when.Nanos), max(w.latest, when.Nanos)
	if !file.Bucket.IsZero() {
		return // the files' names tell the coverage
	}
	var buf [2][64]byte
	account, _ := text(s.matcher, s.plan.compiled.Event.Account, buf[0][:0])
	region, _ := text(s.matcher, s.plan.compiled.Event.Region, buf[1][:0])
	if !w.coverage.add(account, region, hourOf(when.Nanos)) {
		w.uncovered++
	}
}

// store puts an event into the evidence, with the text of its id, which is w.id, where the key does not tell it.
func (w *worker) store(tag uint32, key evidence.EventKey, raw []byte) (evidence.Ref, error) {
	e := evidence.Event{Tag: tag, Raw: raw}
	if key.IsHash() {
		e.ID = w.id
	}
	return w.writer.Put(e)
}

// keep notes an event that rules hold for: its text as evidence, the rules that report, and those that are counted.
func (w *worker) keep(s *schemaWork, r *event.Record, found []int, key evidence.EventKey, when value.Time) error {
	ref, err := w.store(s.index, key, r.Raw)
	if err != nil {
		return err
	}
	w.rules = w.rules[:0]
	for _, query := range found {
		rule := s.plan.compiled.Rules[query]
		if s.plan.reports[query] {
			if err := w.match(key, ref, when, r.Number, int32(rule)); err != nil {
				return err
			}
		}
		if s.plan.base[query] && when != finding.NoTime {
			w.rules = append(w.rules, rule)
		}
	}
	if len(w.rules) == 0 {
		return nil
	}
	// Which copy of an event counts in a correlation depends on its place alone.
	noted := correlate.Event{Key: key, Time: when.Nanos, Ref: ref, Order: w.place + uint64(r.Number)}
	return w.noter.Add(noted, w.rules, &s.fields)
}

// slots are the hours in which accounts and regions have records, for inputs whose file names do not tell. Looking one
// up costs no allocation.
type slots struct {
	accounts map[string]map[string]*slot
	last     *slot // that was added to last: most records are of the same
}

// Logs are not trusted: made-up accounts, regions and times must not fill the memory. Beyond these bounds the coverage
// stays incomplete, which the ledger says.
const (
	maxAccounts = 10_000
	maxRegions  = 1_000
	maxHours    = 100_000
)

type slot struct {
	account, region string

	hours hours
	last  int64
	any   bool
}

// add notes an hour, and reports whether it lies within the bounds.
func (s *slots) add(account, region []byte, hour int64) bool {
	if l := s.last; l != nil && l.last == hour && l.region == string(region) && l.account == string(account) {
		return true
	}
	regions := s.accounts[string(account)]
	if regions == nil {
		if len(s.accounts) >= maxAccounts {
			return false
		}
		regions = map[string]*slot{}
		s.accounts[string(account)] = regions
	}
	at := regions[string(region)]
	if at == nil {
		if len(regions) >= maxRegions {
			return false
		}
		at = &slot{account: string(account), region: string(region), hours: hours{}}
		regions[string(region)] = at
	}
	if at.any && at.last == hour {
		s.last = at
		return true
	}
	if _, ok := at.hours[hour]; !ok && len(at.hours) >= maxHours {
		return false
	}
	at.any, at.last = true, hour
	at.hours[hour] = struct{}{}
	s.last = at
	return true
}
