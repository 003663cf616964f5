package event

import (
	"bytes"
	"context"

	"github.com/egret-hunt/egret/internal/schema"
	"github.com/egret-hunt/egret/internal/value"
)

// A record that is no event itself is searched for events: its objects, its lists, and its strings that hold JSON text,
// plain or as base64, with or without gzip. Shippers, queues and archives wrap events in more ways than can be listed, so
// only the order is known in advance: where one of the usual wrappers leads to an event, the record's other members are
// copies or decoration and are left alone; otherwise every member counts.
//
// The search looks at each value at most once in each layer of text. Its depth, the layers and what they unpack to are
// bounded.

const (
	// maxDepth is how many objects, lists and texts are open at a time.
	maxDepth = 16
	// maxTexts is how many of them are texts.
	maxTexts = 4
)

// wrappers are where an event usually stands within what transports it, as an object or as text: Elasticsearch and
// OpenSearch, their integrations, Splunk, lookup-events, CloudWatch Logs, SNS and SQS, EventBridge, log shippers.
var wrappers = [][]string{
	{"_source"}, {"result"}, {"CloudTrailEvent"}, {"@message"}, {"event", "original"}, {"_raw"}, {"message"}, {"Message"},
	{"detail"}, {"body"}, {"Body"}, {"log"}, {"data"}, {"event"}, {"record"},
}

// wrapperKeys are the keys of an object that the wrappers cover as a whole.
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
	at   value.Node // its member or element at hand, None before the first
	next int        // object: the wrapper that comes next; behind the last one, members come
	text []byte     // text: what is left of it
	path int        // the length of the frame's own path
	// root says that the object is the whole of a record or text: lists under the keys of containers are records then, and
	// other kinds of logs are told by it.
	root    bool
	result  result
	pending pending // list, text
}

type frameKind uint8

const (
	objectFrame frameKind = iota
	listFrame             // elements are records if one of them leads to an event
	unitsFrame            // elements are records
	textFrame             // as listFrame, for the documents in a text
)

// search finds the events in one record. It owns all memory that it takes, to use it again.
type search struct {
	limits   *Limits
	detector *schema.Detector
	ctx      context.Context // ends a search early
	tally    *tally
	place    func() (number, offset int64) // of the record
	parsers  [maxTexts + 1]value.Parser    // of the record, and of a document in each layer of text
	event    value.Parser
	stack    []frame
	texts    int // text frames on the stack
	path     []byte
	payload  payload
}

// begin starts with a parsed record. The first call of next searches it.
func (s *search) begin(doc *value.Doc) (*value.Doc, *schema.Schema) {
	s.path, s.stack, s.texts = s.path[:0], s.stack[:0], 0
	s.payload.reset()
	return s.visit(doc, 0, true)
}

// active tells that a record is not searched to its end.
func (s *search) active() bool { return len(s.stack) > 0 }

// next goes on to the next event, nil where there is none at this step: the caller asks again while the search is active.
// The event lives until the next call.
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

// member goes on with an object: containers and wrappers first, then all other members.
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

// open tells whether the members of an object are worth a look: not if it is known to be another kind of log that carries
// no others.
func (s *search) open(f *frame) bool {
	return f.result.kind == "" || !f.root || schema.Carrier(f.doc, f.node)
}

func (s *search) sibling(f *frame) value.Node {
	if f.at == value.None {
		return f.doc.First(f.node)
	}
	return f.doc.Next(f.node, f.at)
}

// container is the list of records of an object that is the whole of a record, None if there is none.
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

// document goes on with a text: the next document in it.
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

// faulty notes a part of the value at hand that cannot be read.
func (s *search) faulty(reason string) (*value.Doc, *schema.Schema) {
	if len(s.path) > 0 {
		reason = string(s.path) + ": " + reason
	}
	s.settle(result{fault: reason})
	return nil, nil
}

// visit looks at a value, whose path is at hand: an event is returned, what may hold one is searched next.
func (s *search) visit(doc *value.Doc, n value.Node, root bool) (*value.Doc, *schema.Schema) {
	switch doc.Kind(n) {
	case value.Object:
		if found := s.detector.Detect(doc, n); found != nil {
			return s.deliver(doc, n), found
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

// promising takes a quick look at a record: whether there may be an event in it, or a text that would have to be read to tell.
// Logs of other sources are many, and a search costs more than all else about them.
func (s *search) promising(doc *value.Doc) bool {
	if s.detector.Promising(doc.Source()) {
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

// leave ends with the value at hand.
func (s *search) leave() (*value.Doc, *schema.Schema) {
	f := &s.stack[len(s.stack)-1]
	r := f.result
	switch {
	case f.kind == objectFrame:
	case f.kind == listFrame && len(f.pending.faults) > 0:
		s.flush(f) // a list of texts is one of records, also if none of them can be read
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

// deliver makes a document of the event at a node.
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

// key appends a key to the path at hand.
func (s *search) key(key []byte) {
	if len(s.path) > 0 {
		s.path = append(s.path, '.')
	}
	s.path = append(s.path, key[:min(len(key), maxKey)]...)
}

// maxKey is how much of a key a path shows.
const maxKey = 64

// messageField is the value of @message in a row of a CloudWatch Logs Insights result,
// [{"field":"@timestamp","value":"…"},{"field":"@message","value":"…"}], None if the value is no such row.
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

// looksLikeJSON tells whether a text begins as an object, as a list of objects or lists, or as the JSON string of such a text
// does.
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
