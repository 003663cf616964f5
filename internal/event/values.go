package event

// values cuts any other JSON text into chunks, with the positions of their records.
func (p *producer) values() {
	var f framer
	limit := p.w.reader.limits.Record
	defer func() {
		if f.format != "" {
			p.file.addFormat(f.format)
		}
	}()
	for {
		data := p.c.buf[:p.n]
		p.c.spans = f.feed(data, p.c.spans)
		if p.err != nil {
			p.lastValues(&f, data)
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
			var again bool
			if _, record := f.open(); record {
				if p.c.spans, again = f.resync(data, p.c.spans); again {
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

// lastValues handles the end of the text.
func (p *producer) lastValues(f *framer, data []byte) {
	if f.state == inScalar && f.level == 0 {
		p.c.spans = f.emit(p.c.spans, len(data))
	}
	open, record := f.open()
	for again := record; again; open, record = f.open() {
		if p.c.spans, again = f.resync(data, p.c.spans); again {
			p.c.spans = f.feed(data, p.c.spans)
		}
	}
	p.markValues()
	offset := p.base + int64(f.start)
	p.finish()
	switch {
	case record:
		p.failRecord(offset, "cut off: the file ends within the record")
	case open:
		p.failRecord(offset, "cut off: the file ends within the list of records")
	}
}

func (p *producer) markValues() {
	p.c.lines, p.c.base, p.c.first = false, p.base, p.number
	p.number += int64(len(p.c.spans))
}
