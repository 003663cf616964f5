package event

import "bytes"

// maxResyncs is how many broken records of a file are stepped over. Each costs a second look at what follows it.
const maxResyncs = 100

// values cuts any other JSON text into chunks, with the places of the records in each.
func (p *producer) values() {
	var f framer
	var like []byte // the first bytes of the first record, by which another is found behind a broken one
	resyncs := 0
	limit := p.w.reader.limits.Record
	defer func() {
		if f.format != "" {
			p.file.addFormat(f.format)
		}
	}()
	for {
		data := p.c.buf[:p.n]
		p.c.spans = f.feed(data, p.c.spans)
		if like == nil && len(p.c.spans) > 0 {
			like = recordStart(data, p.c.spans[0])
		}
		if p.err != nil {
			p.lastValues(&f, data, like, resyncs)
			return
		}
		keep := f.keep()
		switch {
		case len(p.c.spans) > 0:
			p.markValues()
			p.advance(keep)
			f.shift(keep)
		case keep > 0:
			p.drop(keep)
			f.shift(keep)
		case !p.grow(limit):
			var ok bool
			if resyncs < maxResyncs {
				if p.c.spans, ok = f.resync(data, like, p.c.spans); ok {
					resyncs++
					continue
				}
			}
			f.long = true
		}
		if p.over() {
			p.w.reader.put(p.c)
			return
		}
		p.fill()
	}
}

// lastValues deals with the end of the text.
func (p *producer) lastValues(f *framer, data, like []byte, resyncs int) {
	if f.state == inScalar && f.level == 0 {
		p.c.spans = f.emit(p.c.spans, len(data))
	}
	cut := false
	for {
		open, record := f.open()
		if cut = open; !open || !record {
			break
		}
		again := false
		if !f.long && resyncs < maxResyncs {
			p.c.spans, again = f.resync(data, like, p.c.spans)
		}
		if !again {
			break
		}
		resyncs++
		p.c.spans = f.feed(data, p.c.spans)
	}
	p.markValues()
	offset := p.base + int64(f.start)
	p.finish()
	if !cut {
		return
	}
	if _, record := f.open(); record {
		p.failRecord(offset, "cut off: the file ends within the record")
	} else {
		p.failRecord(offset, "cut off: the file ends within the list of records")
	}
}

func (p *producer) markValues() {
	p.c.lines, p.c.base, p.c.first, p.c.maxRec = false, p.base, p.number, p.w.reader.limits.Record
	p.number += int64(len(p.c.spans))
}

// recordStart is the record's first key with all before it, "{"key":", nil if it has none.
func recordStart(data []byte, s span) []byte {
	if s.start < 0 {
		return nil
	}
	head := data[s.start:min(s.end, s.start+64)]
	if colon := bytes.IndexByte(head, ':'); colon > 3 {
		return bytes.Clone(head[:colon+1])
	}
	return nil
}
