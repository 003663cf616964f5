package event

import (
	"bytes"
	"context"

	"github.com/egret-hunt/egret/internal/schema"
	"github.com/egret-hunt/egret/internal/value"
)

// A record that is not an event itself is searched for events: its objects, its lists, and its strings that contain
// JSON text, plain or in base64, with or without gzip. Shippers, queues and archives wrap events in too many ways to
// list, so only the order is fixed: if one of the usual wrappers leads to an event, the other members of the record are
// copies or metadata and are ignored; otherwise every member is searched.
//
// The search looks at each value at most once in each layer of text. The depth, the number of layers and the size of
// decoded text are bounded.

const (
	// maxDepth is the maximum number of objects, lists and texts that are open at a time.
	maxDepth = 16
	// maxTexts is the maximum number of texts among them.
	maxTexts = 4
)

// wrappers are the usual locations of an event within a transport record, as an object or as text: Elasticsearch and
// OpenSearch, their integrations, Splunk, lookup-events, CloudWatch Logs, SNS and SQS, EventBridge, log shippers.
var wrappers = [][]string{
	{"_source"}, {"result"}, {"CloudTrailEvent"}, {"@message"}, {"event", "original"}, {"_raw"}, {"message"}, {"Message"},
	{"detail"}, {"body"}, {"Body"}, {"log"}, {"data"}, {"event"}, {"record"},
}

// wrapperKeys are the keys of an object that a wrapper covers completely.
var wrapperKeys = func() map[string]bool {
	keys := map[string]bool{}
	for _, w := range wrappers {
		if len(w) == 1 {
			keys[w[0]] = true
		} else {
			keys[w[0]+"."+w[1]] = true
		}
	}
	return keys
}()

// frame is a value that is being searched.
type frame struct {
	kind frameKind
	doc  *value.Doc
	node value.Node // the object or list
	at   value.Node // its current member or element, None before the first
	next int        // object: index of the next wrapper; after the last one come the members
	text []byte     // text: the rest of it
	path int        // the length of the frame's own path
	// root means that the object is a whole record or text. Only then are lists under container keys records, and only
	// then is the object checked for other log types.
	root    bool
	result  result
	pending pending // list, text
}

type frameKind uint8

const (
	objectFrame frameKind = iota
	listFrame             // elements are records if one of them contains an event
	unitsFrame            // elements are records
	textFrame             // as listFrame, for the documents in a text
)

// search finds the events in one record. It keeps its memory for reuse.
type search struct {
	limits   *Limits
	detector *schema.Detector
	ctx      context.Context // ends a search early
	tally    *tally
	place    func() (number, offset int64) // returns the position of the record
	parsers  [maxTexts + 1]value.Parser    // for the record, and for a document in each layer of text
	event    value.Parser
	stack    []frame
	texts    int // number of text frames on the stack
	path     []byte
	payload  payload
	rows     rowReader
	kind     string     // what a record is that is no event and no known other log, "" for unknownKind
	time     value.Time // of the last event, if timed is set, see Record.Time
	timed    bool
	table    *Table // of the last event, if it was a row
	reader   *Reader
}

// begin starts with a parsed record and searches only its root; next continues.
func (s *search) begin(doc *value.Doc) (*value.Doc, *schema.Schema) {
	s.path, s.stack, s.texts = s.path[:0], s.stack[:0], 0
	s.payload.reset()
	return s.visit(doc, 0, true)
}

// active reports whether the current record is not searched to its end.
func (s *search) active() bool { return len(s.stack) > 0 }

// next continues the search and returns the next event, or nil if this step found none; call it again while the search
// is active. The event is valid until the next call.
func (s *search) next() (*value.Doc, *schema.Schema) {
	if s.ctx.Err() != nil {
		s.stack = s.stack[:0]
		return nil, nil
	}
	f := &s.stack[len(s.stack)-1]
	s.path = s.path[:f.path]
	switch f.kind {
	case objectFrame:
		return s.member(f)
	case textFrame:
		return s.document(f)
	case listFrame, unitsFrame:
	}
	if f.at == value.None {
		f.at = f.doc.First(f.node)
		s.path = append(s.path, "[]"...)
		f.path = len(s.path)
	} else {
		f.at = f.doc.Next(f.node, f.at)
	}
	if f.at == value.None {
		return s.leave()
	}
	return s.visit(f.doc, f.at, f.kind == unitsFrame)
}

// member continues with an object: containers and wrappers first, then all other members.
func (s *search) member(f *frame) (*value.Doc, *schema.Schema) {
	if f.next == 0 {
		f.next = 1
		if n := s.container(f); n != value.None {
			s.key(f.doc.Key(n))
			s.push(frame{kind: unitsFrame, doc: f.doc, node: n})
			return nil, nil
		}
	}
	if f.result.events == 0 || f.next > len(wrappers) {
		for f.next <= len(wrappers) {
			keys := wrappers[f.next-1]
			f.next++
			n := f.doc.Find(f.node, keys...)
			if n == value.None && len(keys) == 2 {
				n = f.doc.Get(f.node, keys[0]+"."+keys[1])
			}
			if n == value.None || f.doc.Kind(n) < value.String {
				continue
			}
			for _, key := range keys {
				s.key([]byte(key))
			}
			return s.visit(f.doc, n, false)
		}
		if s.open(f) {
			for f.at = s.sibling(f); f.at != value.None; f.at = s.sibling(f) {
				key := f.doc.Key(f.at)
				if f.doc.Kind(f.at) < value.String || wrapperKeys[string(key)] {
					continue
				}
				if _, ok := containers[string(key)]; ok && f.root && f.result.counted && f.doc.Kind(f.at) == value.Array {
					continue
				}
				s.key(key)
				return s.visit(f.doc, f.at, false)
			}
		}
	}
	return s.leave()
}

// open reports whether the members of an object are worth searching. They are not if it is a known log type that
// carries no others.
func (s *search) open(f *frame) bool {
	return f.result.kind == "" || !f.root || schema.Carrier(f.doc, f.node)
}

func (s *search) sibling(f *frame) value.Node {
	if f.at == value.None {
		return f.doc.First(f.node)
	}
	return f.doc.Next(f.node, f.at)
}

// container returns the list of records of an object that is a whole record, or None.
func (s *search) container(f *frame) value.Node {
	if !f.root {
		return value.None
	}
	for n := f.doc.First(f.node); n != value.None; n = f.doc.Next(f.node, n) {
		if f.doc.Kind(n) == value.Array {
			if _, ok := containers[string(f.doc.Key(n))]; ok {
				return n
			}
		}
	}
	return value.None
}

// document continues with the next document in a text.
func (s *search) document(f *frame) (*value.Doc, *schema.Schema) {
	i := skipBlank(f.text, 0)
	for i < len(f.text) && (f.text[i] == ',' || f.text[i] == 0x1e) {
		i = skipBlank(f.text, i+1)
	}
	f.text = f.text[i:]
	if !looksLikeJSON(f.text) {
		return s.leave()
	}
	end := balanced(f.text, 0)
	if end < 0 {
		f.text = salvage(f.text)
		return s.faulty("the JSON text in it is cut off")
	}
	text := f.text[:end]
	doc, err := s.parsers[s.texts].Parse(text)
	if err != nil {
		if next := nextObject(text); next > 0 {
			end = next
		}
		f.text = f.text[end:]
		return s.faulty("the JSON text in it cannot be read: " + err.Error())
	}
	f.text = f.text[end:]
	return s.visit(doc, 0, true)
}

// faulty records that a part of the current value cannot be read.
func (s *search) faulty(reason string) (*value.Doc, *schema.Schema) {
	if len(s.path) > 0 {
		reason = string(s.path) + ": " + reason
	}
	s.settle(result{fault: reason})
	return nil, nil
}

// visit handles the value at the current path: it returns an event, and opens a value that may contain one.
func (s *search) visit(doc *value.Doc, n value.Node, root bool) (*value.Doc, *schema.Schema) {
	switch doc.Kind(n) {
	case value.Object:
		if found := s.detector.Detect(doc, n); found != nil {
			return s.deliver(doc, n), found
		}
		if layout := s.detector.RowLayout(doc, n); layout != nil {
			event, err := s.row(s.tableOf(layout), doc, n)
			if err != nil {
				return s.faulty("its row cannot become an event: " + err.Error())
			}
			s.settle(result{events: 1})
			if len(s.path) > 0 {
				s.tally.paths.add(s.path, 1)
			}
			return event, layout.Schema
		}
		f := frame{kind: objectFrame, doc: doc, node: n, root: root}
		if root || len(s.stack) == 0 {
			f.result.kind = schema.Foreign(doc, n)
		}
		if len(s.stack) == 0 && s.container(&f) == value.None && !s.promising(doc) {
			s.settle(f.result)
			return nil, nil
		}
		if s.push(f) {
			return nil, nil
		}
		s.settle(f.result)
		return nil, nil
	case value.Array:
		if message := messageField(doc, n); message != value.None {
			s.key([]byte("@message"))
			return s.visit(doc, message, false)
		}
		kind := listFrame
		if len(s.stack) == 0 {
			kind = unitsFrame
		}
		if s.push(frame{kind: kind, doc: doc, node: n}) {
			return nil, nil
		}
	case value.String:
		if len(s.stack) < maxDepth && s.texts < maxTexts {
			text, fault := s.payload.open(doc, n, s.texts, s.limits, s.detector)
			if fault != "" {
				return s.faulty(fault)
			}
			if text != nil {
				s.texts++
				s.push(frame{kind: textFrame, text: text})
				return nil, nil
			}
		}
	case value.Null, value.False, value.True, value.Number:
	}
	s.settle(result{})
	return nil, nil
}

// promising checks quickly whether a record may contain an event, or text that must be decoded to find out. Records of
// other log sources are frequent, and a full search is the most expensive step for them.
func (s *search) promising(doc *value.Doc) bool {
	if s.detector.PromisingKeys(doc) || schema.PromisingRow(doc.Source()) {
		return true
	}
	for n := range value.Node(doc.Len()) {
		if doc.Kind(n) == value.String && mayBeText(doc.Raw(n)) {
			return true
		}
	}
	return false
}

// push opens a value, unless too many are open.
func (s *search) push(f frame) bool {
	if len(s.stack) >= maxDepth {
		return false
	}
	f.path, f.at = len(s.path), value.None
	s.stack = append(s.stack, f)
	return true
}

// leave closes the current value.
func (s *search) leave() (*value.Doc, *schema.Schema) {
	f := &s.stack[len(s.stack)-1]
	r := f.result
	switch {
	case f.kind == objectFrame:
	case f.kind == listFrame && len(f.pending.faults) > 0:
		s.flush(f) // a list of texts is a list of records, even if none of them can be read
		r = f.result
	case r.events == 0 && !r.counted:
		for _, kind := range f.pending.kinds {
			if r.kind == "" {
				r.kind = kind
			}
		}
		if len(f.pending.faults) > 0 {
			r.fault = f.pending.faults[0]
		}
	}
	if f.kind == textFrame {
		s.texts--
	}
	s.stack = s.stack[:len(s.stack)-1]
	s.settle(r)
	return nil, nil
}

// deliver returns a document for the event at a node.
func (s *search) deliver(doc *value.Doc, n value.Node) *value.Doc {
	s.settle(result{events: 1})
	if len(s.path) > 0 {
		s.tally.paths.add(s.path, 1)
	}
	if n == 0 {
		return doc
	}
	event, err := s.event.Parse(doc.Raw(n))
	if err != nil {
		panic("egret bug: a part of a JSON text cannot be parsed: " + err.Error())
	}
	return event
}

// row returns a document for the event of a row of a table. It fails if the event is nested too deeply.
func (s *search) row(table *Table, doc *value.Doc, n value.Node) (*value.Doc, error) {
	s.table = table
	s.rows.text, s.time, s.timed = s.rows.converter(table.Layout).Append(s.rows.text[:0], doc, n)
	return s.event.Parse(s.rows.text)
}

// tableOf returns the table of rows of which each has its own columns.
func (s *search) tableOf(layout *schema.Layout) *Table {
	t := s.rows.tables[layout]
	if t == nil {
		if s.rows.tables == nil {
			s.rows.tables = map[*schema.Layout]*Table{}
		}
		t = s.reader.table(layout, nil)
		s.rows.tables[layout] = t
	}
	return t
}

// key appends a key to the current path.
func (s *search) key(key []byte) {
	if len(s.path) > 0 {
		s.path = append(s.path, '.')
	}
	s.path = append(s.path, key[:min(len(key), maxKey)]...)
}

// maxKey is the maximum length of a key in a path.
const maxKey = 64

// messageField returns the value of @message in a row of a CloudWatch Logs Insights result,
// [{"field":"@timestamp","value":"…"},{"field":"@message","value":"…"}], or None for any other value.
func messageField(doc *value.Doc, row value.Node) value.Node {
	for n := doc.First(row); n != value.None; n = doc.Next(row, n) {
		if doc.Kind(n) != value.Object {
			return value.None
		}
		field := doc.Get(n, "field")
		if field == value.None {
			return value.None
		}
		if doc.Equal(field, "@message") {
			return doc.Get(n, "value")
		}
	}
	return value.None
}

// looksLikeJSON reports whether text begins like an object, like a list of objects or lists, or like a JSON string that
// contains such text.
func looksLikeJSON(text []byte) bool {
	if len(text) == 0 {
		return false
	}
	i := skipBlank(text, 1)
	switch {
	case i == len(text):
		return false
	case text[0] == '{':
		return text[i] == '"' || text[i] == '}'
	case text[0] == '[':
		return text[i] == '{' || text[i] == '['
	case text[0] == '"': // quotes and backslashes of each layer, then the text itself
		inner := bytes.TrimLeft(text[:min(len(text), 64)], `"\`)
		return bytes.HasPrefix(inner, []byte(`{\`)) || bytes.HasPrefix(inner, []byte(`[{\`))
	}
	return false
}
