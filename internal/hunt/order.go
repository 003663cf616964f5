package hunt

import (
	"cmp"
	"encoding/binary"
	"iter"
	"slices"
	"strings"

	"github.com/egret-hunt/egret/internal/correlate"
	"github.com/egret-hunt/egret/internal/evidence"
	"github.com/egret-hunt/egret/internal/finding"
	"github.com/egret-hunt/egret/internal/ruleset"
	"github.com/egret-hunt/egret/internal/value"
)

// entry is a future finding: an event that a rule matches, or a burst.
type entry struct {
	nanos  int64 // the time of the event, or of the first event of a burst
	digits uint8
	rule   int32 // index in hunt.rules
	burst  int32 // index in Result.bursts, -1 for a detection
	// key and ref are those of the event, or of the first event of a burst.
	key evidence.EventKey
	ref evidence.Ref
	// also are the rules whose findings fold under this one; folded means that it folds itself.
	also   []alsoCount
	folded bool
}

// ruleInfos returns what findings report about the rules of a set, correlations after the detections, with their ranks
// by id.
func ruleInfos(set *ruleset.Set) []ruleInfo {
	var infos []ruleInfo
	for _, rule := range set.References() {
		info := set.Info(rule)
		infos = append(infos, ruleInfo{reports: info.Reports, rule: findingRule(info)})
	}
	order := make([]int, len(infos))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(a, b int) int {
		return cmp.Or(strings.Compare(infos[a].rule.ID, infos[b].rule.ID), cmp.Compare(a, b))
	})
	for rank, i := range order {
		infos[i].rank = int32(rank)
	}
	return infos
}

// findingRule returns what findings show of a rule.
func findingRule(info *ruleset.Info) *finding.Rule {
	level, _ := finding.ParseLevel(info.Level)
	rule := finding.NewRule(info.ID, info.Title, level, info.Attack, info.Tactics)
	rule.Indicator = info.Indicator
	if info.Threat != nil {
		rule.Threat = finding.Threat{ID: info.Threat.ID, Title: info.Threat.Title}
	}
	levels := [...]struct {
		outcome finding.Outcome
		text    string
	}{{finding.Succeeded, info.Outcomes.Succeeded}, {finding.Refused, info.Outcomes.Refused}, {finding.Failed, info.Outcomes.Failed}}
	for _, l := range levels {
		if level, ok := finding.ParseLevel(l.text); ok {
			rule.ByOutcome[l.outcome] = level
		}
	}
	if level, ok := finding.ParseLevel(info.Outcomes.First); ok {
		rule.First = &level
	}
	return rule
}

// entrySet holds the future findings in their final order: by the time of the first event, its id and rule id. There may be millions, so
// they are sorted on disk, and read as often as needed.
type entrySet struct {
	hunt   *hunt
	sorter *evidence.Sorter
	// events is the number of different events among the detections.
	events int
	// refs are replacements for the references to the first events of findings, by the finding's number.
	refs map[int]evidence.Ref
	// also are the rules whose findings fold under bursts, by the index of the burst.
	also map[int32][]alsoCount
}

// payload is the length of what follows the sort key in a record of an entry, without the rules of entry.also, each of
// which takes alsoLength.
const (
	payload    = 4 + 4 + 1 + 16 + 8 + 8 + 4
	alsoLength = 4 + 4
)

// len returns the number of entries.
func (s *entrySet) len() int { return int(s.sorter.Len()) }

// entries sorts what the workers recorded, and the bursts that report.
func (h *hunt) entries(bursts []*correlate.Burst) (*entrySet, error) {
	s := &entrySet{hunt: h, sorter: evidence.NewSorter(h.spool), refs: map[int]evidence.Ref{}}
	fold, err := h.newFolding(bursts)
	if err == nil {
		err = s.detections(fold)
	}
	if err == nil && fold != nil {
		err = fold.finish()
	}
	if err != nil {
		return nil, err
	}
	detections := len(h.options.Set.Rules)
	var id []byte
	for i, b := range bursts {
		rule := int32(detections + b.Correlation)
		if !h.rules[rule].reports {
			continue // it only feeds another correlation
		}
		if fold != nil {
			if _, folded := fold.parents[int32(i)]; folded {
				continue
			}
			s.also = fold.also
		}
		e := entry{nanos: b.First, rule: rule, burst: int32(i)}
		for first, err := range b.Events() {
			if err != nil {
				return nil, err
			}
			e.key, e.ref = first.Key, first.Ref
			break
		}
		text, err := h.store.ID(e.key, e.ref)
		if err != nil {
			return nil, err
		}
		id = append(id[:0], text...)
		if err := s.add(&e, id, b); err != nil {
			return nil, err
		}
	}
	s.sorter.Sort() // so that several goroutines may read it
	return s, nil
}

// add adds an entry; burst is nil for a detection.
func (s *entrySet) add(e *entry, id []byte, burst *correlate.Burst) error {
	h := s.hunt
	h.record = evidence.AppendInt(h.record[:0], e.nanos)
	h.record = evidence.AppendOrdered(h.record, id)
	h.record = binary.BigEndian.AppendUint32(h.record, uint32(h.rules[e.rule].rank))
	if burst != nil {
		for _, text := range burst.Group {
			h.record = evidence.AppendOrdered(h.record, text)
		}
		h.record = evidence.AppendInt(h.record, burst.Last)
	}
	h.record = binary.BigEndian.AppendUint32(h.record, uint32(e.rule))
	h.record = binary.BigEndian.AppendUint32(h.record, uint32(e.burst))
	h.record = append(h.record, e.digits)
	h.record = append(h.record, e.key.ID[:]...)
	h.record = binary.BigEndian.AppendUint64(h.record, e.key.Content)
	h.record = binary.BigEndian.AppendUint64(h.record, uint64(e.ref))
	for _, a := range e.also {
		h.record = binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32(h.record, uint32(a.rule)), uint32(a.count))
	}
	h.record = binary.BigEndian.AppendUint32(h.record, uint32(len(e.also)))
	return s.sorter.Add(h.record)
}

// all returns an iterator over the entries in order. It may be used any number of times.
func (s *entrySet) all() iter.Seq2[entry, error] {
	return func(yield func(entry, error) bool) {
		number := 0
		give := func(peers []entry) bool {
			if err := s.sortPeers(peers); err != nil {
				yield(entry{}, err)
				return false
			}
			for _, e := range peers {
				if ref, ok := s.refs[number]; ok {
					e.ref = ref
				}
				number++
				if !yield(e, nil) {
					return false
				}
			}
			return true
		}
		var order []byte // sort key of the peers
		var peers []entry
		for record, err := range evidence.Sorted(s.sorter) {
			if err != nil {
				yield(entry{}, err)
				return
			}
			also := int(binary.BigEndian.Uint32(record[len(record)-4:]))
			at := len(record) - payload - also*alsoLength
			if len(peers) > 0 && string(order) != string(record[:at]) {
				if !give(peers) {
					return
				}
				peers = peers[:0]
			}
			order = append(order[:0], record[:at]...)
			e := decodeEntry(record, at)
			if e.burst >= 0 {
				e.also = s.also[e.burst]
			}
			peers = append(peers, e)
		}
		give(peers)
	}
}

func decodeEntry(record []byte, at int) entry {
	nanos, _ := evidence.CutInt(record)
	r := record[at:]
	e := entry{
		nanos: nanos, rule: int32(binary.BigEndian.Uint32(r)), burst: int32(binary.BigEndian.Uint32(r[4:])), digits: r[8],
		ref: evidence.Ref(binary.BigEndian.Uint64(r[33:])),
	}
	copy(e.key.ID[:], r[9:25])
	e.key.Content = binary.BigEndian.Uint64(r[25:33])
	for r = r[41 : len(r)-4]; len(r) > 0; r = r[alsoLength:] {
		e.also = append(e.also, alsoCount{int32(binary.BigEndian.Uint32(r)), int32(binary.BigEndian.Uint32(r[4:]))})
	}
	return e
}

// sortPeers sorts entries with the same time, id and rule by what distinguishes their events, as text: hashes differ
// from run to run.
func (s *entrySet) sortPeers(list []entry) error {
	if len(list) < 2 || list[0].burst >= 0 {
		return nil
	}
	type named struct {
		text string
		entry
	}
	peers := make([]named, len(list))
	for i, e := range list {
		stored, err := s.hunt.store.Get(e.ref)
		if err != nil {
			return err
		}
		text, err := s.hunt.storedContent(stored)
		if err != nil {
			return err
		}
		peers[i] = named{string(text), e}
	}
	slices.SortFunc(peers, func(a, b named) int { return strings.Compare(a.text, b.text) })
	for i := range peers {
		list[i] = peers[i].entry
	}
	return nil
}

// match records that a rule matches an event. Records of one event and rule are in the order of file and number: of
// the copies of an event that a rule matches only the first is kept. Copies may differ in content that does not
// distinguish events; no rule is lost then: each shows the first copy that it matches.
func (w *worker) match(key evidence.EventKey, ref evidence.Ref, when value.Time, number int64, rule int32) error {
	w.matched[rule] = true
	w.record = appendKey(w.record[:0], key)
	w.record = binary.BigEndian.AppendUint32(w.record, uint32(rule))
	w.record = evidence.AppendOrdered(w.record, w.file.Path)
	w.record = evidence.AppendInt(w.record, number)
	w.record = binary.BigEndian.AppendUint64(w.record, uint64(ref))
	w.record = evidence.AppendInt(w.record, when.Nanos)
	w.record = append(w.record, when.Digits)
	if key.IsHash() {
		w.record = append(w.record, w.id...)
	}
	return w.matches.Add(w.record)
}

func appendKey(record []byte, key evidence.EventKey) []byte {
	return binary.BigEndian.AppendUint64(append(record, key.ID[:]...), key.Content)
}

// keyLength is the length of a key in a record.
const keyLength = 16 + 8

// detections merges what the workers recorded, and lets fold decide which of them remain, if it is not nil.
func (s *entrySet) detections(fold *folding) error {
	var last, id []byte // key and rule of the previous record
	var group []entry   // the detections of one event
	keep := func(e entry) error { return s.add(&e, id, nil) }
	decide := func() error {
		if fold == nil || len(group) == 0 {
			return nil
		}
		err := fold.before(last[:keyLength])
		if err == nil {
			err = fold.event(last[:keyLength], group, keep)
		}
		group = group[:0]
		return err
	}
	for record, err := range evidence.Sorted(s.hunt.matches()...) {
		if err != nil {
			return err
		}
		of := record[:keyLength+4]
		if string(last) == string(of) {
			continue // another copy
		}
		if len(last) == 0 || string(last[:keyLength]) != string(of[:keyLength]) {
			if err := decide(); err != nil {
				return err
			}
			s.events++
		}
		last = append(last[:0], of...)
		e := entry{burst: -1, rule: int32(binary.BigEndian.Uint32(record[keyLength:]))}
		copy(e.key.ID[:], record)
		e.key.Content = binary.BigEndian.Uint64(record[16:])
		_, rest := evidence.CutOrdered(record[keyLength+4:])
		_, rest = evidence.CutInt(rest)
		e.ref, rest = evidence.Ref(binary.BigEndian.Uint64(rest)), rest[8:]
		e.nanos, rest = evidence.CutInt(rest)
		e.digits, rest = rest[0], rest[1:]
		id = append(e.key.AppendText(id[:0]), rest...)
		if fold != nil {
			group = append(group, e)
			continue
		}
		if err := keep(e); err != nil {
			return err
		}
	}
	return decide()
}

// matches returns the detections of all workers.
func (h *hunt) matches() []*evidence.Sorter {
	list := make([]*evidence.Sorter, len(h.workers))
	for i, w := range h.workers {
		list[i] = w.matches
	}
	return list
}

// countEvents returns the number of different events among the detections and the given keys.
func (s *entrySet) countEvents(keys []*evidence.Sorter) (int, error) {
	if !slices.ContainsFunc(keys, func(k *evidence.Sorter) bool { return k.Len() > 0 }) {
		return s.events, nil
	}
	return countKeys(append(s.hunt.matches(), keys...)...)
}

// countKeys returns the number of different keys at the beginnings of records.
func countKeys(records ...*evidence.Sorter) (int, error) {
	n := 0
	var last []byte
	for record, err := range evidence.Sorted(records...) {
		if err != nil {
			return 0, err
		}
		if key := record[:keyLength]; last == nil || string(last) != string(key) {
			n++
			last = append(last[:0], key...)
		}
	}
	return n, nil
}
