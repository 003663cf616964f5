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

// entry is a finding to be: an event that a rule holds for, or a burst.
type entry struct {
	nanos  int64
	digits uint8
	rule   int32 // index in hunt.rules
	burst  int32 // index in Result.bursts, -1 for a detection
	// key and ref are those of the event, of a burst those of its first event.
	key evidence.EventKey
	ref evidence.Ref
}

// ruleInfos is what findings say of the rules of a set, correlations behind the detections, with their order by id.
func ruleInfos(set *ruleset.Set) []ruleInfo {
	var infos []ruleInfo
	add := func(info *ruleset.Info) {
		level, _ := finding.ParseLevel(info.Level)
		infos = append(infos, ruleInfo{reports: info.Reports, rule: &finding.Rule{
			ID: info.ID, Title: info.Title, Level: level, Techniques: info.Attack, Tactics: info.Tactics,
		}})
	}
	for _, rule := range set.Rules {
		add(&rule.Info)
	}
	for _, correlation := range set.Correlations {
		add(&correlation.Info)
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

// entrySet is the findings to be, in their final order: by time, event id, rule id (design, "order"). There may be millions, so
// they are sorted on disk, and read as often as they are asked for.
type entrySet struct {
	hunt   *hunt
	sorter *evidence.Sorter
	// events is the number of different events among the detections.
	events int
	// refs are other places of the first events of findings, by the finding's number.
	refs map[int]evidence.Ref
}

// payload is the length of what stands behind the order in a record of an entry.
const payload = 4 + 4 + 1 + 16 + 8 + 8

// len is the number of entries.
func (s *entrySet) len() int { return int(s.sorter.Len()) }

// entries sorts what the workers noted, and the bursts that report.
func (h *hunt) entries(bursts []*correlate.Burst) (*entrySet, error) {
	s := &entrySet{hunt: h, sorter: evidence.NewSorter(h.spool), refs: map[int]evidence.Ref{}}
	if err := s.detections(); err != nil {
		return nil, err
	}
	detections := len(h.options.Set.Rules)
	var id []byte
	for i, b := range bursts {
		rule := int32(detections + b.Correlation)
		if !h.rules[rule].reports {
			continue // it only feeds another correlation
		}
		e := entry{nanos: b.Last, rule: rule, burst: int32(i)}
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
	return s, nil
}

// add notes an entry; burst is nil for a detection.
func (s *entrySet) add(e *entry, id []byte, burst *correlate.Burst) error {
	h := s.hunt
	h.record = evidence.AppendInt(h.record[:0], e.nanos)
	h.record = evidence.AppendOrdered(h.record, id)
	h.record = binary.BigEndian.AppendUint32(h.record, uint32(h.rules[e.rule].rank))
	if burst != nil {
		for _, text := range burst.Group {
			h.record = evidence.AppendOrdered(h.record, text)
		}
		h.record = evidence.AppendInt(h.record, burst.First)
	}
	h.record = binary.BigEndian.AppendUint32(h.record, uint32(e.rule))
	h.record = binary.BigEndian.AppendUint32(h.record, uint32(e.burst))
	h.record = append(h.record, e.digits)
	h.record = append(h.record, e.key.ID[:]...)
	h.record = binary.BigEndian.AppendUint64(h.record, e.key.Content)
	h.record = binary.BigEndian.AppendUint64(h.record, uint64(e.ref))
	return s.sorter.Add(h.record)
}

// all gives the entries in order with their numbers. It may be called as often as needed.
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
		var order []byte // of the peers
		var peers []entry
		for record, err := range evidence.Sorted(s.sorter) {
			if err != nil {
				yield(entry{}, err)
				return
			}
			at := len(record) - payload
			if len(peers) > 0 && string(order) != string(record[:at]) {
				if !give(peers) {
					return
				}
				peers = peers[:0]
			}
			order = append(order[:0], record[:at]...)
			peers = append(peers, decodeEntry(record, at))
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
	return e
}

// sortPeers orders entries of one time, id and rule by what tells their events apart, as text: hashes differ from run to run.
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

// match notes that a rule holds for an event. Records of one event and rule are in the order of file and number: of the copies
// of an event that a rule holds for only the first stays. Copies that differ in what does not tell events apart lose no
// rule: each shows the first that it holds for.
func (w *worker) match(key evidence.EventKey, ref evidence.Ref, when value.Time, number int64, rule int32) error {
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

// detections merges what the workers noted.
func (s *entrySet) detections() error {
	var last, id []byte // key and rule of the record before
	for record, err := range evidence.Sorted(s.hunt.matches()...) {
		if err != nil {
			return err
		}
		of := record[:keyLength+4]
		if string(last) == string(of) {
			continue // another copy
		}
		if len(last) == 0 || string(last[:keyLength]) != string(of[:keyLength]) {
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
		if err := s.add(&e, id, nil); err != nil {
			return err
		}
	}
	return nil
}

// matches are the detections of all workers.
func (h *hunt) matches() []*evidence.Sorter {
	list := make([]*evidence.Sorter, len(h.workers))
	for i, w := range h.workers {
		list[i] = w.matches
	}
	return list
}

// countEvents is the number of different events among the detections and the given keys.
func (s *entrySet) countEvents(keys []*evidence.Sorter) (int, error) {
	if !slices.ContainsFunc(keys, func(k *evidence.Sorter) bool { return k.Len() > 0 }) {
		return s.events, nil
	}
	n := 0
	var last []byte
	for record, err := range evidence.Sorted(append(s.hunt.matches(), keys...)...) {
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
