package schema

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/egret-hunt/egret/internal/value"
)

// Some logs write several events as one record: a list of events beside fields that they share. Such a record becomes
// one event for each object of the list. The event is the record with null in place of the other elements before it
// and without those after it, so that its position in the list, which distinguishes its id, can be read from it.

// maxSplit is the maximum size of all events of one record in bytes. A record within the limits of readers exceeds it
// only if its shared fields are large and its events are many.
const maxSplit = 64 << 20

// A Splitter divides records into their events. It keeps its memory for reuse. The zero value is ready.
type Splitter struct {
	doc      *value.Doc
	list, at value.Node
	start    int // of the list in the text
	index    int // of the element at
	text     []byte
}

// Splits reports whether records of the log source may hold several events.
func (s *Schema) Splits() bool { return len(s.eventLists) > 0 }

// Begin reports whether a record holds several events, which Next then returns. The document must stay valid until the
// last one. The error says why they cannot be returned.
func (p *Splitter) Begin(s *Schema, doc *value.Doc) (bool, error) {
	list, count := s.eventList(doc)
	if count < 2 {
		return false, nil
	}
	start, end := doc.Span(list)
	if shared := len(doc.Source()) - (end - start); count*(shared+count*len("null,")) > maxSplit {
		return false, fmt.Errorf("it holds %d events, too many for the size of what they share", count)
	}
	p.doc, p.list, p.start, p.at, p.index = doc, list, start, doc.First(list), 0
	return true, nil
}

// Next returns the JSON text of the next event of the record, or nil if there are no more. It is valid until the next
// call.
func (p *Splitter) Next() []byte {
	for ; p.at != value.None; p.at, p.index = p.doc.Next(p.list, p.at), p.index+1 {
		if p.doc.Kind(p.at) != value.Object {
			continue
		}
		source := p.doc.Source()
		_, end := p.doc.Span(p.list)
		p.text = append(append(p.text[:0], source[:p.start]...), '[')
		for range p.index {
			p.text = append(p.text, "null,"...)
		}
		p.text = append(append(p.text, p.doc.Raw(p.at)...), ']')
		p.text = append(p.text, source[end:]...)
		p.at, p.index = p.doc.Next(p.list, p.at), p.index+1
		return p.text
	}
	p.doc = nil
	return nil
}

// Active reports whether Next may return another event.
func (p *Splitter) Active() bool { return p.doc != nil }

// eventList returns the list of a record's events and the number of objects in it.
func (s *Schema) eventList(doc *value.Doc) (list value.Node, objects int) {
	for i := range s.eventLists {
		list = s.eventLists[i].find(doc, 0)
		if list == value.None || doc.Kind(list) != value.Array {
			continue
		}
		for n := doc.First(list); n != value.None; n = doc.Next(list, n) {
			if doc.Kind(n) == value.Object {
				objects++
			}
		}
		return list, objects
	}
	return value.None, 0
}

// AppendPart appends to the id of an event its position within its record: nothing for the first event, "#2" for the
// second.
func (s *Schema) AppendPart(id []byte, doc *value.Doc) []byte {
	if len(s.eventLists) == 0 {
		return id
	}
	list, objects := s.eventList(doc)
	if objects != 1 {
		return id
	}
	before := 1
	for n := doc.First(list); doc.Kind(n) == value.Null; n = doc.Next(list, n) {
		before++
	}
	if before == 1 {
		return id
	}
	return strconv.AppendInt(append(id, '#'), int64(before), 10)
}

// shared returns the length of the prefix of a path that leads to a list of events, 0 if there is none.
func (s *Schema) shared(path string) int {
	for i := range s.eventLists {
		list := s.eventLists[i].text
		if len(path) > len(list) && path[:len(list)] == list && path[len(list)] == '.' {
			return len(list)
		}
	}
	return 0
}

// loadEventLists reads the paths of lists of events.
func (s *Schema) loadEventLists(texts []string, fault func(string, ...any)) {
	for _, text := range texts {
		if slices.Contains(strings.Split(text, "."), "") {
			fault("event_lists: %q is not a path", text)
			continue
		}
		s.eventLists = append(s.eventLists, newKeyPath(text))
	}
}
