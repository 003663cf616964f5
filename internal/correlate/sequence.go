package correlate

import (
	"context"
	"slices"

	"github.com/egret-hunt/egret/internal/evidence"
)

// chunkLength is the number of records that are sorted, written and read together: 704 KB. Tests use less.
const chunkLength = 8192

// diskChunk is a chunk on disk.
type diskChunk struct {
	at     int64
	length int
}

// writeChunk writes records to disk. It reuses the buffer and returns it.
func writeChunk(spool *evidence.Spool, records []record, buf []byte) (diskChunk, []byte, error) {
	buf = slices.Grow(buf[:0], len(records)*recordSize)
	for i := range records {
		buf = appendRecord(buf, &records[i])
	}
	at, err := spool.Append(buf)
	return diskChunk{at, len(records)}, buf, err
}

// readChunk reads records back into dst[:0]. It reuses the buffer and returns it.
func readChunk(spool *evidence.Spool, c diskChunk, dst []record, buf []byte) ([]record, []byte, error) {
	buf = slices.Grow(buf[:0], c.length*recordSize)[:c.length*recordSize]
	if err := spool.Read(buf, c.at); err != nil {
		return dst[:0], buf, err
	}
	dst = dst[:0]
	for i := range c.length {
		dst = append(dst, readRecord(buf[i*recordSize:]))
	}
	return dst, buf, nil
}

// sequence holds the sorted records of all groups that have bursts, and of the current group. Beyond a limit full
// chunks go to disk.
type sequence struct {
	ctx    context.Context // of Finish; nil before
	spool  *evidence.Spool
	chunk  int // records in a chunk
	limit  int // chunks in memory
	memory int
	chunks []sequenceChunk
	length int
	buf    []byte
	spare  []record // memory of a chunk that was truncated away, or nil
}

// sequenceChunk is on disk where records is nil.
type sequenceChunk struct {
	records []record
	disk    diskChunk
}

func (s *sequence) append(r *record) error {
	if s.length%s.chunk == 0 {
		if s.memory >= s.limit {
			if err := s.spill(); err != nil {
				return err
			}
		}
		s.chunks = append(s.chunks, sequenceChunk{records: s.room()})
		s.memory++
	}
	c := &s.chunks[len(s.chunks)-1]
	c.records = append(c.records, *r)
	s.length++
	return nil
}

// room returns memory for a chunk. The first one starts small, because many hunts have few records; later chunks will
// be full.
func (s *sequence) room() []record {
	if records := s.spare; records != nil {
		s.spare = nil
		return records
	}
	if s.length == 0 {
		return make([]record, 0, min(64, s.chunk))
	}
	return make([]record, 0, s.chunk)
}

// spill moves the chunks in memory to disk. They must be full.
func (s *sequence) spill() error {
	for i := range s.chunks {
		c := &s.chunks[i]
		if c.records == nil {
			continue
		}
		var err error
		if c.disk, s.buf, err = writeChunk(s.spool, c.records, s.buf); err != nil {
			return err
		}
		c.records = nil
		s.memory--
	}
	return nil
}

// truncate drops the records after the first length ones, as far as they are in memory.
func (s *sequence) truncate(length int) {
	for len(s.chunks) > 0 {
		last := len(s.chunks) - 1
		c := &s.chunks[last]
		if c.records == nil {
			return // not worth reading back
		}
		first := last * s.chunk
		if first < length {
			c.records = c.records[:length-first]
			s.length = length
			return
		}
		s.chunks = s.chunks[:last]
		s.spare = c.records[:0]
		s.memory--
		s.length = first
	}
}

// cursor returns a cursor over the records from first to end.
func (s *sequence) cursor(first, end int) *cursor {
	c := &cursor{sequence: s, at: first, end: end, page: firstPage}
	c.load()
	c.head = c.record != nil
	return c
}

// cursor is a position in a sequence. Its record is valid until advance.
type cursor struct {
	sequence *sequence
	at, end  int
	// record is the one at the position, nil at the end. head reports whether it is the first of its event.
	record *record
	head   bool
	// heads is the number of events that begin before the position.
	heads int
	err   error

	records []record // the loaded records, which include the current one
	first   int      // position of the first of records
	own     []record // memory for records read from disk
	buf     []byte
	page    int // records to read from disk next time: few at first, since most bursts are small
}

// firstPage is how many records a cursor reads from disk the first time. Each read doubles it, up to a chunk.
const firstPage = 64

// advance moves to the next record. After an error, which stays in err, the cursor is at its end.
func (c *cursor) advance() {
	time, key, content := c.record.time, c.record.key, c.record.content
	if c.head {
		c.heads++
	}
	c.at++
	c.load()
	c.head = c.record != nil && (c.record.key != key || c.record.content != content || c.record.time != time)
}

func (c *cursor) load() {
	if c.at >= c.end {
		c.record = nil
		return
	}
	if c.at-c.first >= len(c.records) {
		if c.err = c.fetch(); c.err != nil {
			c.at, c.record = c.end, nil
			return
		}
	}
	c.record = &c.records[c.at-c.first]
}

// fetch loads records from the current position on.
func (c *cursor) fetch() error {
	s := c.sequence
	chunk := c.at / s.chunk
	stored := &s.chunks[chunk]
	if stored.records != nil {
		c.records, c.first = stored.records, chunk*s.chunk
		return nil
	}
	skip := c.at % s.chunk
	part := diskChunk{at: stored.disk.at + int64(skip*recordSize), length: min(c.page, c.end-c.at, stored.disk.length-skip)}
	c.page = min(2*c.page, s.chunk)
	var err error
	c.own, c.buf, err = readChunk(s.spool, part, c.own, c.buf)
	c.records, c.first = c.own, c.at
	return err
}
