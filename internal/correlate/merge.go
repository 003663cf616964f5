package correlate

import (
	"cmp"
	"slices"

	"github.com/egret-hunt/egret/internal/evidence"
)

// source is a sorted run of records, in memory or on disk.
type source struct {
	records []record // being read; empty at the end
	at      int
	spool   *evidence.Spool
	rest    []diskChunk
	own     []record
	buf     []byte
}

func (s *source) head() *record { return &s.records[s.at] }

// advance moves to the next record. It reports false at the end.
func (s *source) advance() (bool, error) {
	if s.at++; s.at < len(s.records) {
		return true, nil
	}
	s.records = nil
	return s.load()
}

// mergePage is how many records of a source on disk are in memory during a merge. Millions of records make many sources,
// and each holds a page, encoded and decoded.
const mergePage = 1024

// load reads the next page from disk. It reports false if there is none.
func (s *source) load() (bool, error) {
	if len(s.records) > 0 {
		return true, nil
	}
	if len(s.rest) == 0 {
		return false, nil
	}
	part := s.rest[0]
	if part.length <= mergePage {
		s.rest = s.rest[1:]
	} else {
		part.length = mergePage
		s.rest[0].at += mergePage * recordSize
		s.rest[0].length -= mergePage
	}
	var err error
	s.own, s.buf, err = readChunk(s.spool, part, s.own, s.buf)
	s.records, s.at = s.own, 0
	return err == nil, err
}

// merger merges the records of many sources in order. Of the copies of an event it returns the first.
type merger struct {
	heap    []*source // by their heads
	last    record
	hasLast bool // last is set
}

// add adds a source whose records do not sort before those already taken.
func (m *merger) add(s *source) error {
	ok, err := s.load()
	if ok {
		m.heap = append(m.heap, s)
		for i := len(m.heap) - 1; i > 0; {
			parent := (i - 1) / 2
			if compareRecords(m.heap[i].head(), m.heap[parent].head()) >= 0 {
				break
			}
			m.heap[i], m.heap[parent] = m.heap[parent], m.heap[i]
			i = parent
		}
	}
	return err
}

// peek returns the next record, nil at the end. The record is valid until the next call.
func (m *merger) peek() (*record, error) {
	for len(m.heap) > 0 {
		r := m.heap[0].head()
		if !m.hasLast || !repeats(r, &m.last) {
			return r, nil
		}
		if err := m.drop(); err != nil {
			return nil, err
		}
	}
	return nil, nil
}

// take removes the record that peek returned.
func (m *merger) take() error {
	m.last, m.hasLast = *m.heap[0].head(), true
	return m.drop()
}

func (m *merger) drop() error {
	more, err := m.heap[0].advance()
	if err != nil {
		return err
	}
	if !more {
		last := len(m.heap) - 1
		m.heap[0] = m.heap[last]
		m.heap[last] = nil
		m.heap = m.heap[:last]
	}
	for i := 0; ; {
		least := i
		for child := 2*i + 1; child <= 2*i+2 && child < len(m.heap); child++ {
			if compareRecords(m.heap[child].head(), m.heap[least].head()) < 0 {
				least = child
			}
		}
		if least == i {
			return nil
		}
		m.heap[i], m.heap[least] = m.heap[least], m.heap[i]
		i = least
	}
}

// recordBuffer collects records in any order and returns them as sorted sources. Only one goroutine may use it.
type recordBuffer struct {
	spool *evidence.Spool
	chunk int // records in a chunk
	limit int // full chunks in memory
	open  []record
	full  [][]record
	runs  [][]diskChunk
	keys  []sortKey
	buf   []byte
}

func (p *recordBuffer) add(r *record) error {
	if len(p.open) == cap(p.open) {
		if err := p.grow(); err != nil {
			return err
		}
	}
	p.open = append(p.open, *r)
	return nil
}

// grow makes space for a record. The first chunk starts small, because many workers note little.
func (p *recordBuffer) grow() error {
	if n := len(p.open); n < p.chunk {
		bigger := make([]record, n, min(max(64, 4*n), p.chunk))
		copy(bigger, p.open)
		p.open = bigger
		return nil
	}
	p.close()
	if len(p.full) >= p.limit {
		if err := p.spill(); err != nil {
			return err
		}
	}
	return nil
}

// sortKey represents a record during sorting: records are too large to move, and the prefix decides most comparisons.
type sortKey struct {
	prefix uint64 // rank and the first bits of the group
	at     int
}

// close sorts the open chunk and moves it to the full ones.
func (p *recordBuffer) close() {
	if len(p.open) == 0 {
		return
	}
	p.keys = p.keys[:0]
	for i := range p.open {
		r := &p.open[i]
		p.keys = append(p.keys, sortKey{uint64(r.rank)<<48 | r.group[0]>>16, i})
	}
	slices.SortFunc(p.keys, func(a, b sortKey) int {
		if a.prefix != b.prefix {
			return cmp.Compare(a.prefix, b.prefix)
		}
		return compareRecords(&p.open[a.at], &p.open[b.at])
	})
	sorted := make([]record, len(p.open))
	for i, key := range p.keys {
		sorted[i] = p.open[key.at]
	}
	p.full = append(p.full, sorted)
	p.open = p.open[:0]
}

// spill merges the chunks in memory into one run on disk.
func (p *recordBuffer) spill() error {
	var m merger
	for _, chunk := range p.full {
		if err := m.add(&source{records: chunk}); err != nil {
			return err
		}
	}
	p.full = nil
	var run []diskChunk
	out := make([]record, 0, p.chunk)
	write := func() error {
		chunk, buf, err := writeChunk(p.spool, out, p.buf)
		p.buf, out = buf, out[:0]
		run = append(run, chunk)
		return err
	}
	for {
		r, err := m.peek()
		if err != nil {
			return err
		}
		if r == nil {
			break
		}
		out = append(out, *r)
		if err := m.take(); err != nil {
			return err
		}
		if len(out) == p.chunk {
			if err := write(); err != nil {
				return err
			}
		}
	}
	if len(out) > 0 {
		if err := write(); err != nil {
			return err
		}
	}
	p.runs = append(p.runs, run)
	return nil
}

// sources returns the records as sorted sources and empties the buffer.
func (p *recordBuffer) sources() []*source {
	p.close()
	p.open, p.keys = nil, nil
	var sources []*source
	for _, chunk := range p.full {
		sources = append(sources, &source{records: chunk})
	}
	for _, run := range p.runs {
		sources = append(sources, &source{spool: p.spool, rest: run})
	}
	p.full, p.runs = nil, nil
	return sources
}
