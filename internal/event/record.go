package event

import (
	"bytes"

	"github.com/egret-hunt/egret/internal/schema"
	"github.com/egret-hunt/egret/internal/value"
)

// Record is one event. It, its text and its Doc live until the next call of Batch.Next.
type Record struct {
	// Number counts the records of a file from 0; in JSON lines it is the number of the line. Events that one record
	// wraps share its number.
	Number int64
	// Raw is the event's own JSON text, taken out of whatever wraps it.
	Raw []byte
	// Doc is Raw parsed.
	Doc *value.Doc
	// Schema is the log source that the event belongs to, never nil.
	Schema *schema.Schema
	// Offset is where the record begins in the decompressed content, in bytes.
	Offset int64
}

// Batch is some events of one file, for one worker. It lives until the function that it was given to returns.
type Batch struct {
	// File is the file; only its Path and Bucket are fit to be read before the run has ended.
	File *File

	chunk  *chunk
	pos    int   // lines: offset of the next; values: index of the next span
	number int64 // of the record at hand
	line   int64 // lines: the number of the line at pos
	offset int64
	tally  tally
	record Record
	schema *schema.Schema // of the last event that was a record itself: most likely that of the next
	search search
}

func (b *Batch) reset(r *Reader, c *chunk) {
	b.File, b.chunk, b.pos, b.line = c.file, c, 0, c.first
	s := &b.search
	s.limits, s.detector, s.ctx, s.tally, s.stack = &r.limits, r.detector, r.ctx, &b.tally, s.stack[:0]
	if s.place == nil {
		s.place = func() (number, offset int64) { return b.number, b.offset }
	}
}

// Next is the next event, nil when there are no more. Records that cannot be parsed, and those of other kinds of log,
// are passed over and counted in the file.
func (b *Batch) Next() *Record {
	for {
		if b.search.active() {
			if doc, s := b.search.next(); s != nil {
				return b.deliver(doc, s)
			}
			continue
		}
		raw, ok := b.nextRaw()
		if !ok {
			return nil
		}
		if raw == nil {
			b.tally.fail(b.number, b.offset, tooLong(b.chunk.maxRec))
			continue
		}
		doc, err := b.search.parsers[0].Parse(raw)
		if err != nil {
			b.tally.fail(b.number, b.offset, err.Error())
			continue
		}
		if b.schema != nil && b.search.detector.Again(doc, 0, b.schema) {
			return b.deliver(doc, b.schema)
		}
		if doc, s := b.search.begin(doc); s != nil {
			b.schema = s
			return b.deliver(doc, s)
		}
	}
}

// Fail takes back an event that Next gave: the caller cannot use it, such as for want of a time. It counts as a failed
// record.
func (b *Batch) Fail(r *Record, reason string) {
	b.tally.events--
	b.tally.records--
	b.tally.fail(r.Number, r.Offset, reason)
}

// unknownKind is what a record is that no schema and no list of foreign logs knows.
const unknownKind = "JSON of a log source that is not known"

func (b *Batch) deliver(doc *value.Doc, s *schema.Schema) *Record {
	b.tally.records++
	b.tally.events++
	b.record = Record{Number: b.number, Raw: doc.Source(), Doc: doc, Schema: s, Offset: b.offset}
	return &b.record
}

// nextRaw is the text of the next record; nil with true is a record that was too long to be kept.
func (b *Batch) nextRaw() ([]byte, bool) {
	c := b.chunk
	if c.lines {
		data := c.buf[:c.n]
		record, start, next := nextLine(data, b.pos, &b.line)
		if len(record) == 0 {
			return nil, false
		}
		b.number, b.offset = b.line, c.base+int64(start)
		if next == start+len(record) { // an object over several lines, without the end of the last
			b.line += int64(bytes.Count(record, []byte{'\n'}))
		} else {
			b.line++
		}
		b.pos = next
		return b.unlessLong(record), true
	}
	if b.pos == len(c.spans) {
		return nil, false
	}
	s := c.spans[b.pos]
	b.number, b.offset = c.first+int64(b.pos), c.base+int64(s.start)
	b.pos++
	if s.start < 0 {
		return nil, true
	}
	return b.unlessLong(c.buf[s.start:s.end]), true
}

// unlessLong keeps the limit for records also where a longer one happens to fit into the chunk.
func (b *Batch) unlessLong(record []byte) []byte {
	if len(record) > b.chunk.maxRec {
		return nil
	}
	return record
}
