package event

import "bytes"

// span is one framed value within a chunk.
type span struct{ start, end int }

// containers are the keys whose arrays hold records when they stand in a document's outer object: CloudTrail, the
// command line's lookup-events and filter-log-events, CloudWatch Logs subscriptions, Azure, and searches.
var containers = map[string]string{
	"Records": "CloudTrail records", "records": "records", "Events": "lookup-events output", "events": "events list",
	"logEvents": "CloudWatch Logs records", "hits": "search hits", "value": "value list", "results": "query results",
}

type frameState uint8

const (
	between  frameState = iota // between documents
	header                     // in the outer object of a document, looking for a container
	headerIn                   // in a value of the outer object
	elements                   // in an array of records, between them
	inValue                    // in a record of brackets or quotes
	inScalar                   // in a record of other bytes
)

// framer cuts a stream of JSON documents into records: the elements of arrays and containers, and the documents
// themselves where they are none. It looks at each byte once, keeps only the record that it is in, and can stop
// anywhere.
type framer struct {
	scan  scanner
	state frameState
	level int  // of the outer objects that are open: 0 to 2
	seen  bool // the document has a container, so it is no record itself
	start int  // of the record at hand, or of the key at hand once a container was seen
	key   span // the last string of the outer object, relative to start
	named bool // that string is a key: its colon was seen
	pos   int  // what was looked at
	long  bool // the record at hand is too long to be kept: its bytes are dropped, its end is still looked for
	// format names the first container found.
	format string
}

// feed looks at the rest of buf and appends the records that end in it.
func (f *framer) feed(buf []byte, spans []span) []span {
	i := f.pos
	for i < len(buf) {
		switch f.state {
		case between, elements:
			spans, i = f.next(buf, i, spans)
		case header:
			spans, i = f.headerByte(buf, i, spans)
		case headerIn:
			end, done := f.scan.run(buf, i)
			if i = end; done {
				f.state = header
				if buf[end-1] == '"' {
					f.key = span{f.key.start, end - 1 - f.start}
				}
			}
		case inValue:
			end, done := f.scan.run(buf, i)
			if i = end; done {
				spans = f.emit(spans, end)
			}
		case inScalar:
			if bytes.IndexByte(f.scalarEnds(), buf[i]) >= 0 {
				spans = f.emit(spans, i)
			} else {
				i++
			}
		}
	}
	f.pos = i
	return spans
}

// scalarEnds are the bytes that end a record without brackets: in a list those of JSON, outside only a line break, so
// that a line of garbage is one failure.
func (f *framer) scalarEnds() []byte {
	if f.level > 0 {
		return []byte(",] \t\r\n")
	}
	return []byte("\n")
}

// emit ends the record at hand. A span that begins before the buffer is that of a record too long to be kept.
func (f *framer) emit(spans []span, end int) []span {
	if end > f.start {
		spans = append(spans, span{f.start, end})
	}
	f.long = false
	f.state = between
	if f.level > 0 {
		f.state = elements
	}
	return spans
}

// next looks at a byte between records.
func (f *framer) next(buf []byte, i int, spans []span) ([]span, int) {
	switch c := buf[i]; {
	case c == ' ' || c == '\n' || c == '\r' || c == '\t' || c == ',' || c == 0x1e: // JSON text sequences begin with 0x1e
		return spans, i + 1
	case f.state == elements && c == ']':
		if f.level--; f.level > 0 {
			f.state, f.start, f.named = header, i+1, false
		} else {
			f.state = between
		}
		return spans, i + 1
	case f.state == between && c == '[':
		f.state, f.level, f.seen = elements, 1, true
		f.note("JSON array")
		return spans, i + 1
	case f.state == between && c == '{':
		f.state, f.level, f.seen, f.named, f.start = header, 1, false, false, i
		return spans, i + 1
	case c == '{' || c == '[' || c == '"':
		f.state, f.start, f.scan = inValue, i, scanner{}
	default:
		f.state, f.start = inScalar, i
	}
	return spans, i
}

// headerByte looks at a byte of an outer object. Levels of outer objects and of their container count together: an
// array within an outer object of level 1 makes level 2.
func (f *framer) headerByte(buf []byte, i int, spans []span) ([]span, int) {
	switch buf[i] {
	case '"':
		f.key = span{i + 1 - f.start, 0}
		f.state, f.scan = headerIn, scanner{}
		return spans, i
	case ':':
		f.named = true
	case ',':
		f.named = false
		if f.seen {
			f.start = i
		}
	case '{', '[':
		name, ok := f.container(buf)
		switch {
		case ok && buf[i] == '[':
			f.note(name)
			f.state, f.seen = elements, true
			f.level++
			return spans, i + 1
		case ok && f.level == 1 && string(f.keyText(buf)) == "hits":
			f.level++ // {"hits":{"hits":[…]}}
			f.named = false
			return spans, i + 1
		}
		f.state, f.scan = headerIn, scanner{}
		return spans, i
	case '}', ']':
		if f.level--; f.level == 0 {
			f.state = between
			if !f.seen {
				f.note("JSON")
				return f.emit(spans, i+1), i + 1
			}
		}
	}
	return spans, i + 1
}

func (f *framer) keyText(buf []byte) []byte {
	if !f.named || f.key.end <= f.key.start || f.start < 0 {
		return nil // nothing, or dropped
	}
	return buf[f.start+f.key.start : f.start+f.key.end]
}

func (f *framer) container(buf []byte) (string, bool) {
	key := f.keyText(buf)
	name, ok := containers[string(key)]
	return name, ok && (f.level == 1 || string(key) == "hits")
}

func (f *framer) note(format string) {
	if f.format == "" {
		f.format = format
	}
}

// keep is the offset from which the bytes are still needed.
func (f *framer) keep() int {
	if f.long || f.state == between || f.state == elements {
		return f.pos
	}
	return f.start
}

// shift tells that the first n bytes of the buffer are gone. The start of a long record becomes negative.
func (f *framer) shift(n int) {
	f.pos -= n
	f.start -= n
}

// open reports whether the stream may not end here, and whether it would cut a record rather than the list around it.
func (f *framer) open() (open, record bool) {
	switch f.state {
	case between:
		return false, false
	case inScalar:
		return f.level > 0, true
	case elements:
		return true, false
	}
	return true, !f.seen || f.state == inValue
}

// resync gives up the record at hand, which does not end where it should: a bracket or a quote is missing. It looks for
// the next place where a record seems to begin, ends the broken one before it, and goes on there. like holds the first
// bytes of a good record, such as {"eventVersion":
func (f *framer) resync(buf, like []byte, spans []span) ([]span, bool) {
	if f.start+1 >= len(buf) {
		return spans, false
	}
	next := -1
	if f.level <= 1 && f.state != elements { // documents one after the other: a line that begins with an object
		if i := bytes.Index(buf[f.start+1:], []byte("\n{")); i >= 0 {
			next = f.start + 1 + i + 1
		}
	}
	if f.state == inValue && len(like) > 0 {
		for from := f.start + 1; next < 0; {
			i := bytes.Index(buf[from:], like)
			if i < 0 {
				break
			}
			from += i
			before := bytes.TrimRight(buf[f.start:from], " \t\r\n")
			if len(before) > 0 && before[len(before)-1] == ',' {
				next = from
			}
			from++
		}
	}
	if next < 0 {
		return spans, false
	}
	broken := bytes.TrimRight(buf[f.start:next], ", \t\r\n")
	spans = append(spans, span{f.start, f.start + len(broken)})
	if f.state == inValue {
		f.state = elements
	} else {
		f.state, f.level = between, 0
	}
	f.pos, f.scan = next, scanner{}
	return spans, true
}
