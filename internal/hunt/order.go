package hunt

import (
	"bytes"
	"cmp"
	"slices"
	"strings"

	"github.com/egret-hunt/egret/internal/correlate"
	"github.com/egret-hunt/egret/internal/evidence"
	"github.com/egret-hunt/egret/internal/finding"
	"github.com/egret-hunt/egret/internal/ruleset"
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

// entries are the findings in their final order: by time, event id, rule id (design, "order").
func (h *hunt) entries(bursts []*correlate.Burst) ([]entry, error) {
	list := h.detections()
	detections := len(h.options.Set.Rules)
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
		list = append(list, e)
	}
	slices.SortFunc(list, func(a, b entry) int {
		return cmp.Or(cmp.Compare(a.nanos, b.nanos), a.key.Compare(b.key), h.compareRules(&a, &b, bursts))
	})
	return list, h.sortByID(list, bursts)
}

// detections merges what the workers noted. Of the copies of an event that a rule holds for only the first by file and
// number stays. Copies that differ in what does not tell events apart lose no rule: each shows the first that it holds for.
func (h *hunt) detections() []entry {
	total := 0
	for _, w := range h.workers {
		total += len(w.matches)
	}
	all := make([]matched, 0, total)
	for _, w := range h.workers {
		all = append(all, w.matches...)
		w.matches = nil
	}
	slices.SortFunc(all, func(a, b matched) int {
		if c := cmp.Or(a.key.Compare(b.key), cmp.Compare(a.rule, b.rule)); c != 0 {
			return c
		}
		if a.file != b.file {
			if c := strings.Compare(a.file.Path, b.file.Path); c != 0 {
				return c
			}
		}
		return cmp.Or(cmp.Compare(a.number, b.number), cmp.Compare(a.ref, b.ref))
	})
	list := make([]entry, 0, len(all))
	for i := range all {
		m := &all[i]
		if i > 0 && all[i-1].key == m.key && all[i-1].rule == m.rule {
			continue // another copy
		}
		list = append(list, entry{nanos: m.time.Nanos, digits: m.time.Digits, rule: m.rule, burst: -1, key: m.key, ref: m.ref})
	}
	return list
}

func (h *hunt) compareRules(a, b *entry, bursts []*correlate.Burst) int {
	if c := cmp.Compare(h.rules[a.rule].rank, h.rules[b.rule].rank); c != 0 || a.burst < 0 || b.burst < 0 {
		return c
	}
	x, y := bursts[a.burst], bursts[b.burst]
	return cmp.Or(slices.Compare(x.Group, y.Group), cmp.Compare(x.First, y.First))
}

// sortByID orders entries of the same time by the text of their ids, and those of one id and rule by what tells them
// apart.
// The order of keys is that of ids only where both are UUIDs, and different; other ids, and texts, are in the evidence, so this
// is done where it matters.
func (h *hunt) sortByID(list []entry, bursts []*correlate.Burst) error {
	for start := 0; start < len(list); {
		end, unsorted := start, false
		for ; end < len(list) && list[end].nanos == list[start].nanos; end++ {
			key := &list[end].key
			unsorted = unsorted || key.IsHash() || end > start && key.ID == list[end-1].key.ID && *key != list[end-1].key
		}
		if unsorted && end-start > 1 {
			if err := h.sortPeers(list[start:end], bursts); err != nil {
				return err
			}
		}
		start = end
	}
	return nil
}

func (h *hunt) sortPeers(list []entry, bursts []*correlate.Burst) error {
	type named struct {
		id, text []byte // text only where events have the same id
		entry
	}
	peers := make([]named, len(list))
	contents := map[[16]byte]uint64{} // of each id
	several := map[[16]byte]bool{}    // ids with more than one
	for i, e := range list {
		id, err := h.store.ID(e.key, e.ref)
		if err != nil {
			return err
		}
		peers[i] = named{id: bytes.Clone(id), entry: e}
		if content, ok := contents[e.key.ID]; ok && content != e.key.Content {
			several[e.key.ID] = true
		}
		contents[e.key.ID] = e.key.Content
	}
	for i := range peers {
		if p := &peers[i]; several[p.key.ID] {
			stored, err := h.store.Get(p.ref)
			if err != nil {
				return err
			}
			if p.text, err = h.storedContent(stored); err != nil {
				return err
			}
		}
	}
	slices.SortFunc(peers, func(a, b named) int {
		return cmp.Or(bytes.Compare(a.id, b.id), h.compareRules(&a.entry, &b.entry, bursts), bytes.Compare(a.text, b.text))
	})
	for i := range peers {
		list[i] = peers[i].entry
	}
	return nil
}
