package hunt

import (
	"cmp"
	"encoding/binary"
	"iter"
	"slices"

	"github.com/egret-hunt/egret/internal/correlate"
	"github.com/egret-hunt/egret/internal/evidence"
)

// folding decides which findings are shown with others: a finding folds under one of a rule that names its rule
// (ruleset.Set.Folds) and whose events include all of its own. Events are compared by their keys, in the order in which
// the detections are sorted, so that a burst of a million events needs no memory of its own.
type folding struct {
	hunt   *hunt
	bursts []*correlate.Burst
	// under are for each rule the rules that may fold it, the preferred one first; nil for most rules.
	under [][]int32
	// next returns the events of bursts that may fold or be folded, each followed by the burst's index; at is the next of
	// them, nil at the end.
	next func() ([]byte, error, bool)
	stop func()
	at   []byte

	// shared counts the events that a burst shares with another one that may fold it.
	shared map[burstPair]int
	// parents are the bursts under which others fold; -1 for one that folds under a detection.
	parents map[int32]int32
	also    map[int32][]alsoCount // by burst

	key  []byte  // of the event at hand
	here []int32 // bursts with the event at hand
	list []foldItem
}

// burstPair are two bursts; outer may fold inner.
type burstPair struct{ inner, outer int32 }

// maxBurstPairs limits the memory for overlapping bursts. Beyond it bursts stay unfolded.
const maxBurstPairs = 1 << 18

// alsoCount is a rule with the number of its findings that are folded under another finding.
type alsoCount struct{ rule, count int32 }

// foldItem is a finding whose only event is the one at hand.
type foldItem struct {
	rule  int32
	burst int32 // -1 for a detection
	entry int   // index among the detections
	root  int   // index of the item under which it folds, -1 for none
}

// newFolding returns nil if no finding folds.
func (h *hunt) newFolding(bursts []*correlate.Burst) (*folding, error) {
	if h.options.Unfolded {
		return nil, nil
	}
	folds := h.options.Set.Folds()
	present := make([]bool, len(h.rules))
	for _, w := range h.workers {
		for rule, matched := range w.matched {
			present[rule] = present[rule] || matched
		}
	}
	detections := len(h.options.Set.Rules)
	for _, b := range bursts {
		present[detections+b.Correlation] = true
	}
	f := &folding{
		hunt: h, bursts: bursts, under: make([][]int32, len(h.rules)), shared: map[burstPair]int{}, parents: map[int32]int32{},
		also: map[int32][]alsoCount{},
	}
	involved := make([]bool, len(h.rules))
	any := false
	for outer, list := range folds {
		for _, inner := range list {
			if present[outer] && present[inner] && h.rules[outer].reports && h.rules[inner].reports {
				f.under[inner] = append(f.under[inner], int32(outer))
				involved[outer], involved[inner], any = true, true, true
			}
		}
	}
	if !any {
		return nil, nil
	}
	for _, list := range f.under {
		slices.SortFunc(list, f.prefer)
	}
	keys := evidence.NewSorter(h.spool)
	var record []byte
	for i, b := range bursts {
		if !involved[detections+b.Correlation] {
			continue
		}
		for event, err := range b.Events() {
			if err != nil {
				return nil, err
			}
			record = binary.BigEndian.AppendUint32(appendKey(record[:0], event.Key), uint32(i))
			if err := keys.Add(record); err != nil {
				return nil, err
			}
		}
	}
	f.next, f.stop = iter.Pull2(evidence.Sorted(keys))
	return f, f.advance()
}

// prefer orders rules by which of them others fold under: the more severe one, then the first by id.
func (f *folding) prefer(a, b int32) int {
	one, two := &f.hunt.rules[a], &f.hunt.rules[b]
	return cmp.Or(cmp.Compare(two.rule.Highest(), one.rule.Highest()), cmp.Compare(one.rank, two.rank))
}

func (f *folding) advance() error {
	record, err, ok := f.next()
	if !ok {
		f.at = nil
		return nil
	}
	f.at = record
	return err
}

// before treats the events of bursts before a key: no detection has them.
func (f *folding) before(key []byte) error {
	for f.at != nil && string(f.at[:keyLength]) < string(key) {
		f.key = append(f.key[:0], f.at[:keyLength]...)
		if err := f.event(f.key, nil, nil); err != nil {
			return err
		}
	}
	return nil
}

// event decides about the findings that have only this event, and counts what bursts of several events share. mains are
// the detections of the event; those that do not fold are passed to keep.
func (f *folding) event(key []byte, mains []entry, keep func(entry) error) error {
	f.here, f.list = f.here[:0], f.list[:0]
	for f.at != nil && string(f.at[:keyLength]) == string(key) {
		f.here = append(f.here, int32(binary.BigEndian.Uint32(f.at[keyLength:])))
		if err := f.advance(); err != nil {
			return err
		}
	}
	for i := range mains {
		f.list = append(f.list, foldItem{rule: mains[i].rule, burst: -1, entry: i, root: -1})
	}
	for _, b := range f.here {
		if f.bursts[b].Count == 1 {
			f.list = append(f.list, foldItem{rule: f.ruleOf(b), burst: b, root: -1})
		}
	}
	f.foldWide()
	for i := range f.list {
		f.list[i].root = f.rootAmong(i)
	}
	for i := range f.list {
		f.place(i, mains)
	}
	for i := range f.list {
		item := &f.list[i]
		if item.burst >= 0 || item.root >= 0 || mains[item.entry].folded {
			continue
		}
		if err := keep(mains[item.entry]); err != nil {
			return err
		}
	}
	return nil
}

// foldWide counts the events that bursts of several events share with bursts that may fold them.
func (f *folding) foldWide() {
	for _, inner := range f.here {
		if f.bursts[inner].Count == 1 {
			continue
		}
		under := f.under[f.ruleOf(inner)]
		if len(under) == 0 {
			continue
		}
		for _, outer := range f.here {
			if !slices.Contains(under, f.ruleOf(outer)) {
				continue
			}
			pair := burstPair{inner, outer}
			if n, ok := f.shared[pair]; ok || len(f.shared) < maxBurstPairs {
				f.shared[pair] = n + 1
			}
		}
	}
}

// rootAmong returns the item under which another one folds, -1 for none. Relations are transitive, so that the preferred
// item which does not fold itself is the one.
func (f *folding) rootAmong(i int) int {
	for _, outer := range f.under[f.list[i].rule] {
		for j := range f.list {
			if f.list[j].rule == outer && !f.foldsAmong(j) {
				return j
			}
		}
	}
	return -1
}

func (f *folding) foldsAmong(i int) bool {
	return slices.ContainsFunc(f.list, func(other foldItem) bool { return slices.Contains(f.under[f.list[i].rule], other.rule) })
}

// place records under what an item folds: a burst of several events, or an item of the same event.
func (f *folding) place(i int, mains []entry) {
	item := &f.list[i]
	root := item
	if item.root >= 0 {
		root = &f.list[item.root]
	}
	wide := f.wideFor(root.rule)
	switch {
	case wide >= 0:
		f.addAlso(wide, item.rule, 1)
		if item.burst >= 0 {
			f.parents[item.burst] = wide
		} else {
			mains[item.entry].folded = true
		}
		return
	case item.root < 0:
		return
	case root.burst >= 0:
		f.addAlso(root.burst, item.rule, 1)
	default:
		addTo(&mains[root.entry].also, item.rule, 1)
	}
	if item.burst >= 0 {
		f.parents[item.burst] = root.burst
	}
}

// wideFor returns the burst of several events, with the event at hand, under which a rule folds, -1 for none.
func (f *folding) wideFor(rule int32) int32 {
	for _, outer := range f.under[rule] {
		for _, b := range f.here {
			if f.bursts[b].Count > 1 && f.ruleOf(b) == outer {
				return b
			}
		}
	}
	return -1
}

func (f *folding) ruleOf(burst int32) int32 {
	return int32(len(f.hunt.options.Set.Rules) + f.bursts[burst].Correlation)
}

func (f *folding) addAlso(burst, rule, count int32) {
	list := f.also[burst]
	addTo(&list, rule, count)
	f.also[burst] = list
}

func addTo(list *[]alsoCount, rule, count int32) {
	for i := range *list {
		if (*list)[i].rule == rule {
			(*list)[i].count += count
			return
		}
	}
	*list = append(*list, alsoCount{rule, count})
}

// finish treats the events after the last detection, and folds bursts of several events whose events another burst has.
func (f *folding) finish() error {
	defer f.stop()
	for f.at != nil {
		f.key = append(f.key[:0], f.at[:keyLength]...)
		if err := f.event(f.key, nil, nil); err != nil {
			return err
		}
	}
	pairs := make([]burstPair, 0, len(f.shared))
	for pair, n := range f.shared { // sorted below
		if n == f.bursts[pair.inner].Count {
			pairs = append(pairs, pair)
		}
	}
	slices.SortFunc(pairs, func(a, b burstPair) int {
		return cmp.Or(cmp.Compare(a.inner, b.inner), f.prefer(f.ruleOf(a.outer), f.ruleOf(b.outer)), cmp.Compare(a.outer, b.outer))
	})
	for _, pair := range pairs {
		if _, ok := f.parents[pair.inner]; !ok {
			f.parents[pair.inner] = pair.outer
			f.addAlso(pair.outer, f.ruleOf(pair.inner), 1)
		}
	}
	// What was folded under a burst that folds itself moves to the one that remains.
	moved := make([]int32, 0, len(f.also))
	for b := range f.also { // sorted below
		if parent, ok := f.parents[b]; ok && parent >= 0 {
			moved = append(moved, b)
		}
	}
	slices.Sort(moved)
	for _, b := range moved {
		root := f.parents[b]
		for parent, ok := f.parents[root]; ok && parent >= 0; parent, ok = f.parents[root] {
			root = parent
		}
		for _, a := range f.also[b] {
			f.addAlso(root, a.rule, a.count)
		}
		delete(f.also, b)
	}
	return nil
}
