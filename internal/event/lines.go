package event

import "bytes"

// lines cuts JSON lines into chunks of whole lines. It only searches line breaks near the end of a chunk; the consumer
// splits and parses the lines.
func (p *producer) lines() {
	limit := p.w.reader.limits.Record
	for {
		data := p.c.buf[:p.n]
		if p.err != nil {
			p.markLines(data)
			p.finish()
			return
		}
		cut := p.cutLines(data)
		if cut == 0 && len(data) >= keepChunk {
			cut = bytes.LastIndexByte(data, '\n') + 1
		}
		switch {
		case cut > 0:
			p.markLines(data[:cut])
			p.advance(cut)
		case !p.grow(limit):
			if !p.skipLine() {
				p.finish()
				return
			}
		}
		if p.over() {
			p.w.reader.put(p.c)
			return
		}
		p.fill()
	}
}

func (p *producer) markLines(data []byte) {
	p.c.lines, p.c.base, p.c.first, p.c.text = true, p.base, p.number, p.text
	p.text = p.layoutAfter(data)
	p.number += int64(bytes.Count(data, []byte{'\n'}))
}

// skipLine drops a line that exceeds the limit for a record and counts it as failed. It returns false at the end of the
// file.
func (p *producer) skipLine() bool {
	p.failRecord(p.base, tooLong(p.w.reader.limits.Record))
	for {
		if i := bytes.IndexByte(p.c.buf[:p.n], '\n'); i >= 0 {
			p.drop(i + 1)
			return true
		}
		if p.drop(p.n); p.err != nil || p.over() {
			p.markLines(nil)
			return false
		}
		p.fill()
	}
}

func tooLong(limit int) string {
	return "longer than " + size(int64(limit)) + ", the limit for one record"
}

// lineCut returns the offset after the last line break that ends a record, or 0. Line breaks inside a pretty-printed
// object do not count.
func lineCut(data []byte) int {
	end := len(data)
	for {
		i := bytes.LastIndexByte(data[:end], '\n')
		if i < 0 {
			return 0
		}
		if i+1 < len(data) {
			switch data[i+1] {
			case ' ', '\t', '}', ']', '"', '\n', '\r':
			default:
				return i + 1
			}
		}
		end = i
	}
}

// nextLine returns the next record of a chunk of lines from offset i, without surrounding white space, where it begins,
// and where to continue; the record is empty at the end of the chunk. It adds the number of line breaks that it passes
// to *line.
func nextLine(data []byte, i int, line *int64) (record []byte, start, next int) {
	for i < len(data) {
		end := bytes.IndexByte(data[i:], '\n')
		next = i + end + 1
		if end < 0 {
			next = len(data)
		}
		start = skipBlank(data[:next], i)
		record = trimLine(data[start:next])
		if len(record) == 0 {
			i = next
			*line++
			continue
		}
		last := record[len(record)-1]
		switch record[0] {
		case '{', '[':
			if last != '}' && last != ']' { // a multi-line object among JSON lines
				if whole := balanced(data, start); whole > 0 {
					return data[start:whole], start, whole
				}
			}
		default:
			if event := eventInLine(record); event != nil {
				start += len(record) - len(event)
				record = event
			}
		}
		return record, start, next
	}
	return nil, i, i
}

// trimLine removes white space, and the comma of a list without brackets, from the end.
func trimLine(line []byte) []byte {
	n := len(line)
	for n > 0 && (line[n-1] <= ' ' || line[n-1] == ',') {
		n--
	}
	return line[:n]
}
