package event

import (
	"io"

	"github.com/egret-hunt/egret/internal/event/textlog"
)

// chunk is a part of a file that contains whole records.
type chunk struct {
	buf    []byte // the bytes that were read; buf[:n] belongs to this chunk
	n      int
	file   *File
	base   int64  // offset of buf[0] in the content
	first  int64  // number of the first record
	lines  bool   // records are lines; otherwise spans lists them
	spans  []span // a negative start marks a record that was too long to keep
	maxRec int    // the limit for a record, in bytes
	// These are for rows of tables. places has the place of each span; it is nil for other chunks.
	places []rowPlace
	table  *Table // of the rows, nil if their columns fit none
	kind   string // what rows are that are no events
	// text is how the lines are read if they are text; nil for JSON.
	text *textlog.Layout
}

// keepChunk is the largest buffer that is kept for reuse.
const keepChunk = 4 << 20

// get returns a chunk with room for at least size bytes.
func (r *Reader) get(size int) *chunk {
	c, _ := r.pool.Get().(*chunk)
	if c == nil {
		c = &chunk{}
	}
	if size = max(size, r.limits.Chunk); cap(c.buf) < size {
		// Allocate a little more than requested: the incomplete record that a chunk takes over varies in length, and a
		// buffer that is too small cannot be reused.
		c.buf = make([]byte, size+r.limits.Chunk/8)
	}
	c.buf, c.maxRec = c.buf[:cap(c.buf)], r.limits.Record
	c.spans = c.spans[:0]
	c.places, c.table, c.kind = nil, nil, ""
	return c
}

func (r *Reader) put(c *chunk) {
	c.file, c.text = nil, nil
	if cap(c.buf) <= keepChunk {
		r.pool.Put(c)
	}
}

// producer cuts one stream of JSON text into chunks.
type producer struct {
	w      *worker
	file   *File
	from   io.Reader
	c      *chunk
	n      int             // bytes in c.buf
	err    error           // why no more can be read; nil until then
	base   int64           // offset of c.buf[0] in the content
	number int64           // of the next record
	text   *textlog.Layout // of the lines that follow; nil for JSON
	// inline means that the file is small: passing it to another worker costs more than it gains.
	inline bool
}

// dispatch passes the chunk on: to another worker if one may be idle, else to this one.
func (p *producer) dispatch(c *chunk) {
	r := p.w.reader
	c.file = p.file
	c.file.open.Add(1)
	if !p.inline {
		select {
		case r.work <- c:
			return
		default:
		}
	}
	p.w.consume(c)
}

// advance dispatches the first n bytes of the chunk and starts a new chunk with the rest.
func (p *producer) advance(n int) {
	rest := p.c.buf[n:p.n]
	next := p.w.reader.get(len(rest) + p.w.reader.limits.Chunk)
	copy(next.buf, rest)
	p.c.n = n
	p.dispatch(p.c)
	p.c, p.n, p.base = next, len(rest), p.base+int64(n)
}

// drop discards the first n bytes.
func (p *producer) drop(n int) {
	copy(p.c.buf, p.c.buf[n:p.n])
	p.n -= n
	p.base += int64(n)
}

// grow enlarges the buffer, or returns false at the limit for a record.
func (p *producer) grow(limit int) bool {
	if len(p.c.buf) >= limit {
		return false
	}
	buf := make([]byte, min(limit, 2*len(p.c.buf)))
	copy(buf, p.c.buf[:p.n])
	p.c.buf = buf
	return true
}

func (p *producer) fill() {
	if p.err == nil {
		var n int
		n, p.err = readFull(p.from, p.c.buf[p.n:])
		p.n += n
	}
}

// over reports whether the run has ended. It is not enough that a file begins with other log types: an export may
// contain one type after the other.
func (p *producer) over() bool {
	if err := p.w.reader.ctx.Err(); err != nil {
		p.err = err
		return true
	}
	return false
}

// finish dispatches the rest.
func (p *producer) finish() {
	p.c.n = p.n
	p.dispatch(p.c)
	p.c = nil
}

func (p *producer) failRecord(offset int64, reason string) {
	var t tally
	t.fail(p.number, offset, reason)
	p.number++
	p.file.add(&t)
}
