package event

import "bytes"

// span is the range of one framed value within a chunk.
type span struct{ start, end int }

// containers has the keys whose arrays contain records if they are in a document's outer object: CloudTrail, the
// command line's lookup-events, filter-log-events and get-findings, CloudWatch Logs subscriptions, Azure, and searches.
var containers = map[string]string{
	"Records": "CloudTrail records", "records": "records", "Events": "lookup-events output", "events": "events list",
	"Findings": "findings", "findings": "findings",
	"logEvents": "CloudWatch Logs records", "hits": "search hits", "value": "value list", "results": "query results",
}

// ownLists has the containers that are a list of one record's own events, and not of records, if the object has one of
// these keys before the list: an activity of the Reports API of Google Workspace has its events below who acted.
var ownLists = map[string][]string{"events": {`"actor"`, `"uniqueQualifier"`}}

type frameState uint8

const (
	between  frameState = iota // between documents
	header                     // in the outer object of a document, looking for a container
	headerIn                   // in a value of the outer object
	elements                   // in an array of records, between them
	inValue                    // in a record of brackets or quotes
	inScalar                   // in a record of other bytes
)

// framer splits a stream of JSON documents into records: the elements of arrays and containers, and all other documents
// as a whole. It looks at each byte once, keeps only the current record, and can stop at any byte.
type framer struct {
	scan  scanner
	state frameState
	level int  // number of open outer objects: 0 to 2
	seen  bool // the document has a container, so it is not a record itself
	start int  // of the current record, or of the current key once a container was found
	key   span // the last string of the outer object, relative to start
	named bool // that string is a key: its colon was read
	pos   int  // position up to which buf was read
	long  bool // the current record is too long to keep: its bytes are dropped, but its end is still searched
	// like holds the first bytes of the first record, such as {"eventVersion": to find the next record after a broken
	// one; nil until there is one.
	like    []byte
	resyncs int
	// format is the name of the first container found.
	format string
}

// feed reads the rest of buf and appends the records that end in it.
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
			if i = end; !done {
				break
			}
			if f.mismatched(buf, end) {
				var again bool
				if spans, again = f.resync(buf[:end], spans); again {
					i = f.pos
					break
				}
			}
			if f.like == nil {
				f.like = recordStart(buf, span{f.start, end})
			}
			spans = f.emit(spans, end)
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

// scalarEnds returns the bytes that end a record without brackets: in a list the JSON delimiters, otherwise only a line
// break, so that a line of garbage is one failure.
func (f *framer) scalarEnds() []byte {
	if f.level > 0 {
		return []byte(",] \t\r\n")
	}
	return []byte("\n")
}

// emit ends the current record. A span that begins before the buffer belongs to a record that was too long to keep.
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

// next handles a byte between records.
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
		f.state, f.level, f.seen, f.named, f.start, f.long = header, 1, false, false, i, false
		return spans, i + 1
	case c == '{' || c == '[' || c == '"':
		f.state, f.start, f.long, f.scan = inValue, i, false, scanner{}
	default:
		f.state, f.start, f.long = inScalar, i, false
	}
	return spans, i
}

// headerByte handles a byte of an outer object. The level counts outer objects and their container together: an array
// within an outer object of level 1 is level 2.
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
			f.start, f.long = i, false
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
	for _, mark := range ownLists[string(key)] {
		ok = ok && !bytes.Contains(buf[f.start:f.start+f.key.start], []byte(mark))
	}
	return name, ok && (f.level == 1 || string(key) == "hits")
}

func (f *framer) note(format string) {
	if f.format == "" {
		f.format = format
	}
}

// keep returns the offset from which the bytes are still needed.
func (f *framer) keep() int {
	if f.long || f.state == between || f.state == elements {
		return f.pos
	}
	return f.start
}

// shift adjusts all positions after the first n bytes of the buffer were removed. The start of a long record becomes
// negative.
func (f *framer) shift(n int) {
	f.pos -= n
	f.start -= n
}

// open reports whether the stream is incomplete if it ends here, and whether a record is incomplete rather than the
// list around it.
func (f *framer) open() (open, record bool) {
	switch f.state {
	case between:
		return false, false
	case inScalar:
		return f.level > 0, true
	case elements:
		return true, false
	case header, headerIn:
		return true, !f.seen
	case inValue:
		return true, true
	}
	panic("egret bug: unknown state of a framer")
}

// mismatched reports whether the record that ends at end begins with a different type of bracket.
func (f *framer) mismatched(buf []byte, end int) bool {
	return !f.long && (buf[f.start] == '{' && buf[end-1] != '}' || buf[f.start] == '[' && buf[end-1] != ']')
}

// maxResyncs is how many broken records of a file are skipped. Each costs a second look at the bytes after it.
const maxResyncs = 100

// resync gives up the current record, which lacks a bracket or a quote. It looks for the next position in buf at which
// a record seems to begin, ends the broken one before it, and continues there. It returns false if there is no such
// position.
func (f *framer) resync(buf []byte, spans []span) ([]span, bool) {
	if f.long || f.resyncs >= maxResyncs || f.start+1 >= len(buf) {
		return spans, false
	}
	next := f.nextLikely(buf)
	if next < 0 {
		return spans, false
	}
	f.resyncs++
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

// nextLikely returns the position at which the next record seems to begin, or -1.
func (f *framer) nextLikely(buf []byte) int {
	if f.level <= 1 { // documents or elements in a row: look for a line that begins with an object
		if i := bytes.Index(buf[f.start+1:], []byte("\n{")); i >= 0 {
			return f.start + 1 + i + 1
		}
	}
	if f.state != inValue || f.like == nil {
		return -1
	}
	for from := f.start + 1; ; from++ {
		i := bytes.Index(buf[from:], f.like)
		if i < 0 {
			return -1
		}
		from += i
		if before := bytes.TrimRight(buf[f.start:from], " \t\r\n"); len(before) > 0 && before[len(before)-1] == ',' {
			return from
		}
	}
}

// recordStart returns a record's bytes up to its first key, {"key": with the colon, or nil if it has none.
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
