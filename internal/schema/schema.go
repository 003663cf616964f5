// Package schema describes log sources: how to recognize their events, where their fields are, and what a hunt needs
// from every event, such as its time and the principal.
//
// A schema is a YAML file under data, embedded and checked when it is loaded; adding a log source needs no Go code. The
// table layouts of a log source are files in a folder of the same name; they are loaded and checked on first use. The
// package turns field names and a rule's log source into paths and conditions. It does not decide whether a rule
// matches. The schemas are immutable and safe for concurrent use, and the package has no other state.
package schema

import (
	"strings"

	"github.com/egret-hunt/egret/internal/value"
)

// A Schema describes one log source.
type Schema struct {
	// Name is the unique short name that configuration, findings and ledger use, such as "cloudtrail".
	Name string
	// Title is the name for people.
	Title string
	// TablesOnly means that the log is known only as tables: no file is detected as this log.
	TablesOnly bool
	// Time is the path of the event's time, never empty, and TimeFormat the form in which the log writes it.
	Time       Paths
	TimeFormat value.TimeFormat
	// Bulk means that the log has no ids and very many events. A hunt recognizes all copies among the first half million of them,
	// and later only copies of events that a rule matches.
	Bulk bool
	// Text describes the lines of a log in text, nil for a log in JSON.
	Text *TextLog
	// ID lists the parts of the event's id, each with its alternatives. The parts are joined by IDSeparator. Never
	// empty.
	ID          []Paths
	IDSeparator string
	// Copy lists what events with equal id and time must also have in common to be copies of one event, each with its
	// alternatives. A part may be missing from an event. Empty if id and time are enough.
	Copy []Paths
	// These are the fields by which a hunt groups, sorts and shows events; empty if the log source does not have them.
	// Session is the access key of a cloud or the logon id of a host. Error is present only in failed calls.
	Account, Region, Principal, Session, Address, Action, Service, Error, Agent, Host Paths
	// Summary lists what to show of an event in one line, most important first.
	Summary []Hint
	// ActorType are the paths of the kind of identity that acted, such as AssumedRole.
	ActorType Paths

	products   []string
	services   map[string]Cases
	categories map[string]Cases
	roots      []string
	fields     map[string]Paths
	synonyms   map[string][]string
	embedded   jsonText
	names      names
	// eventLists are the paths of lists of which each element is an event of its own.
	eventLists []keyPath
	indicators map[string][]string // by kind
	detect     []signature
	values     map[string][]Synonymous // by field
	never      []Never
	firstKey   []func(string) string // other spellings of the first key of a path
	timeForms  []timeForm
	also       []string
	// common makes Detect try the schema before the others.
	common bool
	// own marks a schema from a user's folder.
	own bool
	// anySource makes the schema serve every log source.
	anySource bool
	// tables builds the tables on the first call and then returns the same ones; nil if there are none.
	tables func() *tables
	// facts builds the facts on the first call and then returns the same ones; nil if there are none.
	facts func() *Facts
	// trace builds the trace on the first call and then returns the same one; nil if there is none.
	trace func() *Trace
}

// Paths are alternatives in order: the first that leads to a leaf is used.
type Paths []value.Path

// A Hint is one thing to show of an event: a label and the paths of its value.
type Hint struct {
	Label string
	Paths Paths
}

// jsonText selects the strings that hold JSON: those whose key is in keys and whose first step is in below, and those
// whose path is in paths.
type jsonText struct {
	below, keys, paths map[string]bool
}

// Paths returns the alternatives for a field as a rule names it, at least one. A field that the schema does not list is
// looked up under each of the schema's roots. The result is newly allocated; callers bind a field once and keep it.
func (s *Schema) Paths(field string) []value.Path {
	if paths, ok := s.fields[field]; ok {
		return append([]value.Path(nil), paths...)
	}
	names := append([]string{field}, s.synonyms[field]...)
	paths := make([]value.Path, 0, len(names)*len(s.roots))
	for _, name := range names {
		for _, root := range s.roots {
			path := s.path(root + name)
			path.Any = strings.Contains(root, "*") // a star in the field's name is an ordinary key, unless the root has steps
			paths = append(paths, path)
		}
	}
	if len(s.firstKey) > 0 {
		texts := make([]string, len(paths))
		for i := range paths {
			texts[i] = paths[i].Text
		}
		for _, other := range s.respelt(texts)[len(texts):] {
			paths = append(paths, s.path(other))
		}
	}
	return paths
}

// path returns a path with marks on the prefixes that hold JSON.
func (s *Schema) path(text string) value.Path {
	path := value.Path{Text: text, Shared: s.shared(text)}
	first, _, _ := strings.Cut(text, ".")
	below := s.embedded.below[first]
	if !below && len(s.embedded.paths) == 0 {
		return path
	}
	for start := 0; start < len(text); {
		end := strings.IndexByte(text[start:], '.')
		if end < 0 {
			break // the last step is a leaf; the walk ends there
		}
		if start > 0 && below && s.embedded.keys[text[start:start+end]] || s.embedded.paths[text[:start+end]] {
			// URLEncodedJSON accepts plain JSON text too: the same key is URL-encoded in some calls only.
			path.Embedded = append(path.Embedded, value.Embedded{Length: start + end, Encoding: value.URLEncodedJSON})
		}
		start += end + 1
	}
	return path
}

// Leaves appends the leaves of the first alternative that has any. They are valid until the walker's Reset.
func (p Paths) Leaves(dst []value.Leaf, walker *value.Walker, doc *value.Doc) []value.Leaf {
	before := len(dst)
	for i := range p {
		if dst = walker.Leaves(dst, doc, 0, &p[i]); len(dst) > before {
			return dst
		}
	}
	return dst
}

// AppendText appends the text of the first leaf and reports whether there is one.
func (p Paths) AppendText(dst []byte, walker *value.Walker, doc *value.Doc) ([]byte, bool) {
	var few [8]value.Leaf
	leaves := p.Leaves(few[:0], walker, doc)
	if len(leaves) == 0 {
		return dst, false
	}
	return leaves[0].Doc.AppendText(dst, leaves[0].Node), true
}

// Text returns the text of the first leaf, "" if there is none.
func (p Paths) Text(walker *value.Walker, doc *value.Doc) string {
	text, _ := p.AppendText(nil, walker, doc)
	return string(text)
}

// EventTime returns the time of an event, or false if it has no readable time.
func (s *Schema) EventTime(walker *value.Walker, doc *value.Doc) (value.Time, bool) {
	var buf [64]byte
	text, ok := s.Time.AppendText(buf[:0], walker, doc)
	if !ok {
		return value.Time{}, false
	}
	return s.ParseTime(text)
}

// AppendEventID appends the id that the log gives an event. It returns dst unchanged and false if a part of the id is
// missing or empty.
func (s *Schema) AppendEventID(dst []byte, walker *value.Walker, doc *value.Doc) ([]byte, bool) {
	before := len(dst)
	for i, part := range s.ID {
		if i > 0 {
			dst = append(dst, s.IDSeparator...)
		}
		start := len(dst)
		var ok bool
		if dst, ok = part.AppendText(dst, walker, doc); !ok || len(dst) == start {
			return dst[:before], false
		}
	}
	return s.AppendPart(dst, doc), true
}
