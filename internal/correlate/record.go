package correlate

import (
	"cmp"
	"encoding/binary"

	"github.com/egret-hunt/egret/internal/evidence"
)

// record is one part of a base match: that an event is in a group through one base, or has one value there. An event
// with several bases or values in a group has several records, which are neighbours after sorting.
type record struct {
	group [2]uint64 // hash of correlation and group texts
	time  int64
	key   [2]uint64 // the id of the event's key, big-endian, so that it sorts like the EventKey
	// content is EventKey.Content.
	content uint64
	order   uint64    // rank of the event among its copies
	ref     uint64    // of an event its location in the evidence; of a finding the index of its burst; of a header the location of its group's texts
	value   [2]uint64 // meaning depends on kind; with ir.Correlation.Spans the first word is the event's last time
	rank    uint16    // of the correlation in the order of evaluation
	base    uint16    // index in the correlation's bases; noBase or headerBase
	part    uint32    // number of the record within event and group, and its kind in the lowest two bits
}

const (
	// noBase marks a record that only adds a value to its event.
	noBase = 0xffff
	// headerBase marks the record that points to the texts of a group. It sorts before the group's events.
	headerBase = 0xfffe
	// maxBases keeps the numbers of real bases below these two.
	maxBases = headerBase
)

// Kinds of values in a record.
const (
	noValue     = iota
	hashValue   // hash of texts
	numberValue // mantissa and exponent of a number
	textValue   // location of the text of a number with a large mantissa
	kindBits    = 2
	kindMask    = 1<<kindBits - 1
)

// recordSize is the length of a record on disk.
const recordSize = 88

func (r *record) kind() uint32 { return r.part & kindMask }

// last returns the last time of the record's event in a correlation with ir.Correlation.Spans.
func (r *record) last() int64 { return int64(r.value[0]) }

// event returns the event that the record belongs to.
func (r *record) event() Event {
	e := Event{Time: r.time, Ref: evidence.Ref(r.ref), Order: r.order}
	binary.BigEndian.PutUint64(e.Key.ID[:8], r.key[0])
	binary.BigEndian.PutUint64(e.Key.ID[8:], r.key[1])
	e.Key.Content = r.content
	return e
}

func (r *record) setKey(key evidence.EventKey) {
	r.key, r.content = [2]uint64{binary.BigEndian.Uint64(key.ID[:8]), binary.BigEndian.Uint64(key.ID[8:])}, key.Content
}

// compareRecords orders records by correlation, group, time, event, copy and part.
func compareRecords(a, b *record) int {
	switch {
	case a.rank != b.rank:
		return cmp.Compare(a.rank, b.rank)
	case a.group[0] != b.group[0]:
		return cmp.Compare(a.group[0], b.group[0])
	case a.group[1] != b.group[1]:
		return cmp.Compare(a.group[1], b.group[1])
	case a.time != b.time:
		return cmp.Compare(a.time, b.time)
	case a.key[0] != b.key[0]:
		return cmp.Compare(a.key[0], b.key[0])
	case a.key[1] != b.key[1]:
		return cmp.Compare(a.key[1], b.key[1])
	case a.content != b.content:
		return cmp.Compare(a.content, b.content)
	case a.order != b.order:
		return cmp.Compare(a.order, b.order)
	}
	return cmp.Compare(a.part, b.part)
}

// repeats reports whether a record, which sorts after another, belongs to another copy of the same event or repeats
// the same part.
func repeats(r, before *record) bool {
	return r.key == before.key && r.content == before.content && r.time == before.time && r.group == before.group && r.rank == before.rank &&
		(r.order != before.order || r.part == before.part)
}

// appendRecord appends the form of a record that is written to disk.
func appendRecord(dst []byte, r *record) []byte {
	order := binary.LittleEndian
	for _, word := range [...]uint64{r.group[0], r.group[1], uint64(r.time), r.key[0], r.key[1], r.order, r.ref, r.value[0], r.value[1], r.content} {
		dst = order.AppendUint64(dst, word)
	}
	dst = order.AppendUint16(dst, r.rank)
	dst = order.AppendUint16(dst, r.base)
	return order.AppendUint32(dst, r.part)
}

// readRecord reads a record that appendRecord wrote.
func readRecord(src []byte) record {
	order := binary.LittleEndian
	word := func(i int) uint64 { return order.Uint64(src[8*i:]) }
	return record{
		group: [2]uint64{word(0), word(1)}, time: int64(word(2)), key: [2]uint64{word(3), word(4)}, order: word(5), ref: word(6),
		value: [2]uint64{word(7), word(8)}, content: word(9),
		rank: order.Uint16(src[80:]), base: order.Uint16(src[82:]), part: order.Uint32(src[84:]),
	}
}
