package htmlreport

import (
	"cmp"
	"slices"

	"github.com/egret-hunt/egret/internal/evidence"
	"github.com/egret-hunt/egret/internal/finding"
)

const (
	// maxKeptBytes limits the texts of kept findings without their raw events, which a hostile log can make long.
	maxKeptBytes = 32 << 20
	// keptMemory is how many compressed bytes of kept findings stay in memory; the rest goes to a temporary file.
	keptMemory = 16 << 20
)

// levels is the number of levels of severity.
const levels = int(finding.Critical) + 1

// keeper keeps the most severe findings; of those of one level, the first ones.
type keeper struct {
	limit, room int
	store       *evidence.Store
	writer      *evidence.Writer
	// kept has findings by level, in order.
	kept        [levels][]kept
	count, size int
	// closed is the most severe level of which a finding had to go, -1 for none; no finding of it, or below, is taken any more.
	closed  int
	leftOut [levels]int
	next    int
	buf     []byte
}

// kept is the place of a finding. order is its position among the findings that were ever
// kept.
type kept struct {
	ref          evidence.Ref
	order, level int
	// size is the length of the row, details that of the rest.
	size, details int
}

func newKeeper(limit, room int) *keeper {
	store := evidence.NewStore(keptMemory, "")
	return &keeper{limit: limit, room: room, store: store, writer: store.NewWriter(), closed: -1}
}

// wants reports whether a finding of a level has a place.
func (k *keeper) wants(level finding.Level) bool { return int(level) > k.closed }

func (k *keeper) leaveOut(level finding.Level) { k.leftOut[level]++ }

// add keeps a finding, and lets others go if there are too many.
func (k *keeper) add(r *row, d *detail, level finding.Level) error {
	var size int
	var err error
	if k.buf, size, err = appendRecord(k.buf[:0], r, d); err != nil {
		return err
	}
	ref, err := k.writer.Put(evidence.Event{Raw: k.buf})
	if err != nil {
		return err
	}
	k.kept[level] = append(k.kept[level], kept{ref, k.next, int(level), size, len(k.buf) - size})
	if cap(k.buf) > 1<<20 { // one huge event must not occupy memory for good
		k.buf = nil
	}
	k.next++
	k.count++
	k.size += size
	for lowest := 0; k.count > k.limit || k.size > k.room && k.count > 1; {
		list := k.kept[lowest]
		if len(list) == 0 {
			lowest++
			continue
		}
		last := list[len(list)-1]
		k.kept[lowest] = list[:len(list)-1]
		k.count--
		k.size -= last.size
		k.leftOut[lowest]++
		k.closed = max(k.closed, lowest)
	}
	return nil
}

// inOrder returns the kept findings in the order in which they came.
func (k *keeper) inOrder() ([]kept, error) {
	all := make([]kept, 0, k.count)
	for _, list := range k.kept {
		all = append(all, list...)
	}
	slices.SortFunc(all, func(a, b kept) int { return cmp.Compare(a.order, b.order) })
	return all, k.writer.Flush()
}

// omitted is the number of findings that were not kept.
func (k *keeper) omitted() int {
	total := 0
	for _, n := range k.leftOut {
		total += n
	}
	return total
}

func (k *keeper) close() error { return k.store.Close() }
