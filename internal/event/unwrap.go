package event

import (
	"bytes"

	"github.com/egret-hunt/egret/internal/schema"
	"github.com/egret-hunt/egret/internal/value"
)

// maxWraps is how many layers of wrapping are taken off a record.
const maxWraps = 4

// wrappers are where an event stands within what transports it, as an object or as JSON text: Elasticsearch and
// OpenSearch, their integrations, Splunk, lookup-events, CloudWatch Logs, SNS and SQS, EventBridge, log shippers.
var wrappers = [][]string{
	{"_source"}, {"result"}, {"CloudTrailEvent"}, {"@message"}, {"event", "original"}, {"_raw"}, {"message"}, {"Message"},
	{"detail"}, {"body"}, {"Body"}, {"log"}, {"data"}, {"event"}, {"record"},
}

// opener takes events out of wrappers. It owns the parsers, one a layer.
type opener struct {
	parsers [maxWraps + 1]value.Parser
	texts   [maxWraps + 1][]byte
	// list is the document whose elements are handed out one after the other, nil if there is none: the elements of
	// array, of which element was the last, or element alone where array is None. They are parsed at layer 1.
	list           *value.Doc
	array, element value.Node
}

// open finds the event in a document, or says what kind of log it is instead, "" if that is not known. The document's
// wrapped text is parsed at a layer from 1.
func (o *opener) open(doc *value.Doc, layer int) (*value.Doc, *schema.Schema, string) {
	if s := schema.Detect(doc); s != nil {
		return doc, s, ""
	}
	kind := schema.Foreign(doc)
	if layer > maxWraps {
		return nil, nil, kind
	}
	for _, keys := range wrappers {
		n := doc.Find(0, keys...)
		if n == value.None && len(keys) == 2 {
			n = doc.Get(0, keys[0]+"."+keys[1])
		}
		inner := o.parse(doc, n, layer)
		if inner == nil {
			continue
		}
		event, s, innerKind := o.open(inner, layer+1)
		if s != nil {
			return event, s, ""
		}
		if kind == "" {
			kind = innerKind
		}
	}
	return nil, nil, kind
}

// parse is the document that a node holds, as an object or as text; nil if it holds none.
func (o *opener) parse(doc *value.Doc, n value.Node, layer int) *value.Doc {
	if n == value.None {
		return nil
	}
	var text []byte
	switch doc.Kind(n) {
	case value.Object:
		text = doc.Raw(n)
	case value.String:
		raw := doc.Raw(n)
		if bytes.IndexByte(raw[:min(len(raw), 512)], '{') < 0 {
			return nil
		}
		o.texts[layer] = doc.AppendText(o.texts[layer][:0], n)
		if text = bytes.TrimSpace(o.texts[layer]); len(text) == 0 {
			return nil
		}
		if text[0] != '{' {
			text = eventInLine(text)
		}
	default:
		return nil
	}
	if len(text) == 0 {
		return nil
	}
	inner, err := o.parsers[layer].Parse(text)
	if err != nil || inner.Kind(0) != value.Object {
		return nil
	}
	return inner
}

// startList begins a list if the record is one: an array, or an object with a container, on a line of its own.
func (o *opener) startList(doc *value.Doc) bool {
	array := value.None
	switch doc.Kind(0) {
	case value.Array:
		array = 0
	case value.Object:
		for n := doc.First(0); n != value.None; n = doc.Next(0, n) {
			if doc.Kind(n) != value.Array {
				continue
			}
			if _, ok := containers[string(doc.Key(n))]; ok && schema.Detect(doc) == nil {
				array = n
				break
			}
		}
	default:
	}
	if array == value.None {
		return false
	}
	o.list, o.array, o.element = doc, array, value.None
	if message := messageField(doc, array); message != value.None {
		o.array, o.element = value.None, message
	}
	return true
}

// nextElement is the document of the next element of the list, nil where that is no object; false at the end.
func (o *opener) nextElement() (*value.Doc, bool) {
	list := o.list
	if o.array == value.None { // a single one
		o.list = nil
		return o.parse(list, o.element, 1), true
	}
	if o.element == value.None {
		o.element = list.First(o.array)
	} else {
		o.element = list.Next(o.array, o.element)
	}
	if o.element == value.None {
		o.list = nil
		return nil, false
	}
	if message := messageField(list, o.element); message != value.None {
		return o.parse(list, message, 1), true
	}
	return o.parse(list, o.element, 1), true
}

// messageField is the value of @message in a row of a CloudWatch Logs Insights result,
// [{"field":"@timestamp","value":"…"},{"field":"@message","value":"…"}], None if the value is no such row.
func messageField(doc *value.Doc, row value.Node) value.Node {
	if doc.Kind(row) != value.Array {
		return value.None
	}
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
