package event

import (
	"bytes"

	"github.com/egret-hunt/egret/internal/event/textlog"
	"github.com/egret-hunt/egret/internal/schema"
	"github.com/egret-hunt/egret/internal/value"
)

// A Record is one event. It, its text and its Doc are valid until the next call of Batch.Next.
type Record struct {
	// Number counts the records of a file from 0; for JSON lines it is the line number from 0. Events within the same
	// record share its number.
	Number int64
	// Raw is the event's JSON text without anything that wraps it; nil for an event that was no JSON, see JSON.
	Raw []byte
	// Doc is the event.
	Doc *value.Doc
	// Schema is the log source of the event, never nil.
	Schema *schema.Schema
	// Offset is the position of the record in the decompressed content, in bytes.
	Offset int64
	// Table is the table of which the event was a row, nil for other events. Rules that need a field without a place in the
	// table must not decide about it.
	Table *Table
	// Time is the time of a row of a table, from the table's column of the time, for events that have no readable time
	// themselves. Timed is set if there is one.
	Time  value.Time
	Timed bool

	made []byte // by JSON
}

// A Batch has some events of one file, for one worker. It is valid until handle returns.
type Batch struct {
	// File is the file; only its Path and Bucket may be read before the run has ended.
	File *File

	chunk  *chunk
	pos    int   // lines: offset of the next; values: index of the next span
	number int64 // of the current record
	line   int64 // lines: the number of the line at pos
	offset int64
	tally  tally
	record Record
	schema *schema.Schema // of the last event that was a whole record: the likely schema of the next one
	search search

	formats     *textlog.Formats
	text, other textlog.Reader
	// split divides records that hold several events; part parses them.
	split schema.Splitter
	part  value.Parser
}

func (b *Batch) reset(r *Reader, c *chunk) {
	b.File, b.chunk, b.pos, b.line = c.file, c, 0, c.first
	b.formats = r.texts
	b.text.Use(c.text)
	b.split = schema.Splitter{}
	s := &b.search
	s.limits, s.detector, s.ctx, s.tally, s.stack = &r.limits, r.detector, r.ctx, &b.tally, s.stack[:0]
	s.kind, s.reader, s.table, s.rows.whole = c.kind, r, nil, r.options.WholeRows
	if s.place == nil {
		s.place = func() (number, offset int64) { return b.number, b.offset }
	}
}

// Next returns the next event, or nil if there are no more. It skips records that cannot be parsed and records of other
// log types, and counts them in the file.
func (b *Batch) Next() *Record {
	for {
		if b.split.Active() {
			if text := b.split.Next(); text != nil {
				return b.deliverPart(text)
			}
			continue
		}
		if b.search.active() {
			if doc, s := b.search.next(); s != nil {
				if r := b.deliver(doc, s); r != nil {
					return r
				}
			}
			continue
		}
		if b.chunk.text != nil {
			r, ok := b.nextLine()
			if r != nil || !ok {
				return r
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
		if table := b.chunk.table; table != nil {
			if r := b.row(table, raw); r != nil {
				return r
			}
			continue
		}
		if r := b.json(raw); r != nil {
			return r
		}
	}
}

// row returns the event in a row of a table, or nil.
func (b *Batch) row(table *Table, raw []byte) *Record {
	doc, err := b.search.parsers[0].Parse(raw)
	if err == nil {
		s := &b.search
		s.path, s.timed = s.path[:0], false
		doc, err = s.row(table, doc, 0)
	}
	if err != nil {
		b.tally.fail(b.number, b.offset, err.Error())
		return nil
	}
	return b.deliver(doc, table.Layout.Schema)
}

// Fail rejects an event that Next returned because the caller cannot use it, for example because it has no time. The
// event then counts as a failed record.
func (b *Batch) Fail(r *Record, reason string) {
	b.tally.events--
	b.tally.records--
	b.tally.fail(r.Number, r.Offset, reason)
}

// unknownKind describes a record that fits no schema and no known foreign log.
const unknownKind = "JSON of an unknown log source"

// deliver makes a record the current one. It returns nil if the record holds several events, which follow, or if it
// cannot be divided into them.
func (b *Batch) deliver(doc *value.Doc, s *schema.Schema) *Record {
	if s.Splits() && doc.Shape() == nil {
		several, err := b.split.Begin(s, doc)
		if err != nil {
			b.tally.fail(b.number, b.offset, err.Error())
			return nil
		}
		if several {
			b.record.Schema, b.record.Time, b.record.Timed = s, b.search.time, b.search.timed
			return nil
		}
	}
	return b.single(doc, s)
}

// deliverPart makes an event of a divided record the current one.
func (b *Batch) deliverPart(text []byte) *Record {
	doc, err := b.part.Parse(text)
	if err != nil {
		panic("egret bug: an event of a record cannot be parsed: " + err.Error())
	}
	b.search.time, b.search.timed = b.record.Time, b.record.Timed
	return b.single(doc, b.record.Schema)
}

func (b *Batch) single(doc *value.Doc, s *schema.Schema) *Record {
	b.tally.records++
	b.tally.events++
	b.record = Record{
		Number: b.number, Doc: doc, Schema: s, Offset: b.offset, Time: b.search.time, Timed: b.search.timed, Table: b.search.table, made: b.record.made,
	}
	if doc.Shape() == nil {
		b.record.Raw = doc.Source()
	}
	b.search.timed, b.search.table = false, nil
	return &b.record
}

// nextRaw returns the text of the next record; nil and true mean a record that was too long to keep.
func (b *Batch) nextRaw() ([]byte, bool) {
	c := b.chunk
	if c.lines {
		data := c.buf[:c.n]
		record, start, next := nextLine(data, b.pos, &b.line)
		if len(record) == 0 {
			return nil, false
		}
		b.number, b.offset = b.line, c.base+int64(start)
		if next == start+len(record) { // a multi-line object without a final line break
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
	if c.places != nil {
		b.number, b.offset = c.places[b.pos].number, c.places[b.pos].offset
	}
	b.pos++
	if s.start < 0 {
		return nil, true
	}
	return b.unlessLong(c.buf[s.start:s.end]), true
}

// unlessLong enforces the limit for records that happen to fit into the chunk although they exceed it.
func (b *Batch) unlessLong(record []byte) []byte {
	if len(record) > b.chunk.maxRec {
		return nil
	}
	return record
}
