package event

import "io"

// chunk is a piece of a file with whole records in it.
type chunk struct {
	buf    []byte // what was read; buf[:n] belongs to this chunk
	n      int
	file   *File
	base   int64  // offset of buf[0] in the content
	first  int64  // number of the first record
	lines  bool   // records are lines; otherwise spans lists them
	spans  []span // a negative start is a record too long to be kept
	maxRec int    // the limit for a record, in bytes
}

// keepChunk is the largest buffer that is kept for reuse.
const keepChunk = 4 << 20

// get takes a chunk with room for at least size bytes.
func (r *Reader) get(size int) *chunk {
	c, _ := r.pool.Get().(*chunk)
	if c == nil {
		c = &chunk{}
	}
	if size = max(size, r.limits.Chunk); cap(c.buf) < size {
		c.buf = make([]byte, size)
	}
	c.buf, c.maxRec = c.buf[:cap(c.buf)], r.limits.Record
	c.spans = c.spans[:0]
	return c
}

func (r *Reader) put(c *chunk) {
	c.file = nil
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
	n      int   // bytes in c.buf
	err    error // why no more can be read; nil while more can
	base   int64 // offset of c.buf[0] in the content
	number int64 // of the next record
	// inline says that the file is small: passing it to another worker costs more than it gains.
	inline bool
}

// dispatch hands over the chunk: to another worker if one may be free, else to this one.
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

// advance dispatches the first n bytes of the chunk and goes on with a new one that begins with the rest.
func (p *producer) advance(n int) {
	rest := p.c.buf[n:p.n]
	next := p.w.reader.get(len(rest) + p.w.reader.limits.Chunk)
	copy(next.buf, rest)
	p.c.n = n
	p.dispatch(p.c)
	p.c, p.n, p.base = next, len(rest), p.base+int64(n)
}

// drop forgets the first n bytes.
func (p *producer) drop(n int) {
	copy(p.c.buf, p.c.buf[n:p.n])
	p.n -= n
	p.base += int64(n)
}

// grow makes more room and reports false at the limit of a record.
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

// over reports whether the run has ended. A file that begins with other kinds of logs is read to its end: an export may
// hold one kind after the other.
func (p *producer) over() bool {
	if err := p.w.reader.ctx.Err(); err != nil {
		p.err = err
		return true
	}
	return false
}

// finish dispatches what is left.
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
