package evidence

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"errors"
	"iter"
	"slices"

	"github.com/klauspost/compress/s2"
)

const (
	sorterMemory = 4 << 20   // bytes of records in memory before a Sorter spills them
	sorterBlock  = 128 << 10 // bytes of records that are compressed together
)

// Sorter sorts records, which are bytes, in the order of bytes.Compare and in bounded memory: what does not fit is
// sorted and spilled in runs. Until Sorted is called, only one goroutine may use it.
type Sorter struct {
	spool  *Spool
	limit  int
	data   []byte
	at     []recordAt
	sorted bool // records in memory are in order
	runs   [][]sortedBlock
	count  int64
	buf    []byte
}

// recordAt is the position of a record in Sorter.data. It holds the record's first bytes, which decide most
// comparisons without access to the record.
type recordAt struct {
	first      uint64 // eight bytes, big-endian, shorter records padded with zeros
	start, end uint32
}

// recordAtSize is the size of a recordAt in memory.
const recordAtSize = 16

// sortedBlock is a piece of a run on disk.
type sortedBlock struct {
	at     int64
	length int32
}

// NewSorter returns a sorter that spills to a spool, which may be shared.
func NewSorter(spool *Spool) *Sorter { return &Sorter{spool: spool, limit: sorterMemory} }

// Len returns the number of records.
func (s *Sorter) Len() int64 { return s.count }

// Add adds a copy of a record. It fails if a record is longer than 1 GB or spilling fails.
func (s *Sorter) Add(record []byte) error {
	if len(record) > 1<<30 {
		return errors.New("record is too long to be sorted")
	}
	if len(s.at) > 0 && len(s.data)+len(record)+len(s.at)*recordAtSize > s.limit {
		if err := s.spill(); err != nil {
			return err
		}
	}
	start := len(s.data)
	s.data = append(growTwofold(s.data, len(record)), record...)
	s.at = append(growTwofold(s.at, 1), recordAt{firstBytes(record), uint32(start), uint32(len(s.data))})
	s.sorted = false
	s.count++
	return nil
}

// growTwofold makes space for n more elements. The built-in append grows large slices by a quarter, which copies each
// element about four times and allocates each time.
func growTwofold[T any](list []T, n int) []T {
	if cap(list)-len(list) >= n {
		return list
	}
	return slices.Grow(list, max(n, len(list)))
}

func firstBytes(record []byte) uint64 {
	if len(record) >= 8 {
		return binary.BigEndian.Uint64(record)
	}
	var first [8]byte
	copy(first[:], record)
	return binary.BigEndian.Uint64(first[:])
}

// Sort sorts the records in memory now. Without it Sorted does so, on one goroutine for all its sorters.
func (s *Sorter) Sort() {
	if s.sorted {
		return
	}
	s.sorted = true
	slices.SortFunc(s.at, func(a, b recordAt) int {
		if a.first != b.first {
			return cmp.Compare(a.first, b.first)
		}
		return bytes.Compare(s.data[a.start:a.end], s.data[b.start:b.end])
	})
}

// spill writes the records in memory as a run.
func (s *Sorter) spill() error {
	s.Sort()
	var run []sortedBlock
	var block []byte
	write := func() error {
		s.buf = s2.Encode(s.buf[:cap(s.buf)], block)
		at, err := s.spool.Append(s.buf)
		run = append(run, sortedBlock{at, int32(len(s.buf))})
		block = block[:0]
		return err
	}
	for _, r := range s.at {
		block = binary.AppendUvarint(block, uint64(r.end-r.start))
		block = append(block, s.data[r.start:r.end]...)
		if len(block) >= sorterBlock {
			if err := write(); err != nil {
				return err
			}
		}
	}
	if len(block) > 0 {
		if err := write(); err != nil {
			return err
		}
	}
	s.runs = append(s.runs, run)
	s.at = s.at[:0]
	if cap(s.data) > 4*s.limit { // one huge record must not occupy memory for good
		s.data = nil
	}
	s.data = s.data[:0]
	return nil
}

// Sorted returns an iterator over the records of some sorters in order. It can be used several times. A record is
// valid until the next one. No record may be added afterwards.
func Sorted(sorters ...*Sorter) iter.Seq2[[]byte, error] {
	return func(yield func([]byte, error) bool) {
		var heap runHeap
		for _, s := range sorters {
			s.Sort()
			if len(s.at) > 0 {
				heap = append(heap, &runReader{memory: s.data, at: s.at})
			}
			for _, run := range s.runs {
				heap = append(heap, &runReader{spool: s.spool, blocks: run})
			}
		}
		for i := 0; i < len(heap); {
			ok, err := heap[i].next()
			if err != nil {
				yield(nil, err)
				return
			}
			if !ok {
				heap = slices.Delete(heap, i, i+1)
				continue
			}
			i++
		}
		for i := len(heap)/2 - 1; i >= 0; i-- {
			heap.down(i)
		}
		for len(heap) > 0 {
			if !yield(heap[0].record, nil) {
				return
			}
			ok, err := heap[0].next()
			if err != nil {
				yield(nil, err)
				return
			}
			if !ok {
				heap[0] = heap[len(heap)-1]
				heap = heap[:len(heap)-1]
			}
			heap.down(0)
		}
	}
}

// runReader reads a run from memory or from disk.
type runReader struct {
	record []byte

	memory []byte
	at     []recordAt

	spool  *Spool
	blocks []sortedBlock
	packed []byte
	block  []byte
	rest   []byte
}

// next moves to the next record. It reports false at the end.
func (r *runReader) next() (bool, error) {
	if r.spool == nil {
		if len(r.at) == 0 {
			return false, nil
		}
		r.record = r.memory[r.at[0].start:r.at[0].end]
		r.at = r.at[1:]
		return true, nil
	}
	if len(r.rest) == 0 {
		if len(r.blocks) == 0 {
			return false, nil
		}
		b := r.blocks[0]
		r.blocks = r.blocks[1:]
		r.packed = slices.Grow(r.packed[:0], int(b.length))[:b.length]
		if err := r.spool.Read(r.packed, b.at); err != nil {
			return false, err
		}
		var err error
		if r.block, err = s2.Decode(r.block[:cap(r.block)], r.packed); err != nil {
			return false, err
		}
		r.rest = r.block
	}
	length, n := binary.Uvarint(r.rest)
	if n <= 0 || length > uint64(len(r.rest)-n) {
		return false, errors.New("spilled records are damaged")
	}
	r.record = r.rest[n : n+int(length)]
	r.rest = r.rest[n+int(length):]
	return true, nil
}

// runHeap is a heap of readers, the one with the least record first.
type runHeap []*runReader

func (h runHeap) down(i int) {
	for {
		least := i
		for child := 2*i + 1; child <= 2*i+2 && child < len(h); child++ {
			if bytes.Compare(h[child].record, h[least].record) < 0 {
				least = child
			}
		}
		if least == i {
			return
		}
		h[i], h[least] = h[least], h[i]
		i = least
	}
}

// AppendOrdered appends a text to a record so that records sort as their texts do, whatever follows.
func AppendOrdered[T string | []byte](record []byte, text T) []byte {
	for i := range len(text) {
		record = append(record, text[i])
		if text[i] == 0 {
			record = append(record, 0xff)
		}
	}
	return append(record, 0, 1)
}

// CutOrdered reads the text that AppendOrdered wrote at the beginning of a record, and returns it and the rest.
func CutOrdered(record []byte) (text, rest []byte) {
	for i := 0; i+1 < len(record); i++ {
		switch {
		case record[i] != 0:
			text = append(text, record[i])
		case record[i+1] == 0xff:
			text = append(text, 0)
			i++
		default:
			return text, record[i+2:]
		}
	}
	return text, nil
}

// AppendInt appends a number to a record so that records sort as their numbers do.
func AppendInt(record []byte, n int64) []byte {
	return binary.BigEndian.AppendUint64(record, uint64(n)^1<<63)
}

// CutInt reads the number that AppendInt wrote at the beginning of a record, and returns it and the rest.
func CutInt(record []byte) (n int64, rest []byte) {
	return int64(binary.BigEndian.Uint64(record) ^ 1<<63), record[8:]
}
