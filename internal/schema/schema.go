// Package schema describes log sources: which events are theirs, where a rule's fields live in them, and what a hunt
// must know of every event, such as its time and who did it.
//
// A schema is a YAML file under data, embedded and checked when it is loaded; adding a log source needs no Go code. The
// tables in which it is stored are in the files of a folder of its name, loaded and checked when they are asked for. In
// goes a field name or a rule's log source, out come paths and conditions. The package never decides whether a rule
// matches; it holds no state besides the schemas, which are immutable and safe for concurrent use.
package schema

import (
	"strings"

	"github.com/egret-hunt/egret/internal/value"
)

// Schema describes one log source.
type Schema struct {
	// Name is the short name that configuration, findings and ledger use, such as "cloudtrail"; unique.
	Name string
	// Title is the name for people.
	Title string
	// TablesOnly says that the log is known as tables only: no file is read as one of it.
	TablesOnly bool
	// Time is where the event's time lives, never empty.
	Time Paths
	// ID lists the parts of the event's id, each with its alternatives; they are joined by IDSeparator. Never empty.
	ID          []Paths
	IDSeparator string
	// Copy lists what events of one id and one time must agree in besides to be copies of one event, each with its
	// alternatives; a part may be missing from an event. Empty where id and time tell.
	Copy []Paths
	// What a hunt groups, sorts and shows events by; empty where the log source has no such thing. Session is the access
	// key of a cloud, the logon id of a host. Error is there only for calls that failed.
	Account, Region, Principal, Session, Address, Action, Service, Error, Agent, Host Paths
	// Summary lists what is worth showing of an event in one line, the most telling first.
	Summary []Hint

	products   []string
	services   map[string]Cases
	categories map[string]Cases
	roots      []string
	fields     map[string]Paths
	synonyms   map[string][]string
	embedded   jsonText
	names      names
	detect     []signature
	// common makes Detect try the schema before the others.
	common bool
	// own says that it is a user's.
	own bool
	// anySource makes the schema serve every log source.
	anySource bool
	// tables makes the tables at its first call, and always gives the same; nil if there are none.
	tables func() *tables
}

// Paths are alternatives in order: the first that leads to a leaf counts.
type Paths []value.Path

// Hint is one thing to show of an event: a label and where its value lives.
type Hint struct {
	Label string
	Paths Paths
}

// jsonText says which strings hold JSON: those whose key is one of keys, below one of the first steps below.
type jsonText struct {
	below, keys map[string]bool
}

// Paths are the alternatives for a field as a rule names it, at least one. A field that the schema does not list is
// looked up under each of the schema's roots. The result is new; callers bind a field once and keep it.
func (s *Schema) Paths(field string) []value.Path {
	if paths, ok := s.fields[field]; ok {
		return append([]value.Path(nil), paths...)
	}
	names := append([]string{field}, s.synonyms[field]...)
	paths := make([]value.Path, 0, len(names)*len(s.roots))
	for _, name := range names {
		for _, root := range s.roots {
			path := s.path(root + name)
			path.Any = strings.Contains(root, "*") // a star in the field's own name is a key, unless a root has steps
			paths = append(paths, path)
		}
	}
	return paths
}

// path is a path with the prefixes that hold JSON marked.
func (s *Schema) path(text string) value.Path {
	path := value.Path{Text: text}
	first, _, _ := strings.Cut(text, ".")
	if !s.embedded.below[first] {
		return path
	}
	for start := len(first) + 1; start < len(text); {
		end := strings.IndexByte(text[start:], '.')
		if end < 0 {
			break // the last step is a leaf; nothing is walked below it
		}
		if s.embedded.keys[text[start:start+end]] {
			// The encoding that takes plain JSON text too: the same key is URL-encoded in some calls only.
			path.Embedded = append(path.Embedded, value.Embedded{Length: start + end, Encoding: value.URLEncodedJSON})
		}
		start += end + 1
	}
	return path
}

// Leaves appends the leaves of the first alternative that has any. They live until the walker's Reset.
func (p Paths) Leaves(dst []value.Leaf, walker *value.Walker, doc *value.Doc) []value.Leaf {
	before := len(dst)
	for i := range p {
		if dst = walker.Leaves(dst, doc, 0, &p[i]); len(dst) > before {
			return dst
		}
	}
	return dst
}

// AppendText appends the text of the first leaf, and reports whether there is one.
func (p Paths) AppendText(dst []byte, walker *value.Walker, doc *value.Doc) ([]byte, bool) {
	var few [8]value.Leaf
	leaves := p.Leaves(few[:0], walker, doc)
	if len(leaves) == 0 {
		return dst, false
	}
	return leaves[0].Doc.AppendText(dst, leaves[0].Node), true
}

// Text is the text of the first leaf, "" if there is none.
func (p Paths) Text(walker *value.Walker, doc *value.Doc) string {
	text, _ := p.AppendText(nil, walker, doc)
	return string(text)
}

// EventTime is the time of an event, false where it has none that can be read.
func (s *Schema) EventTime(walker *value.Walker, doc *value.Doc) (value.Time, bool) {
	var buf [64]byte
	text, ok := s.Time.AppendText(buf[:0], walker, doc)
	if !ok {
		return value.Time{}, false
	}
	return value.ParseTime(text)
}

// AppendEventID appends the id that the log itself gives an event, and reports false, with dst as it was, where a part
// of it is missing or empty.
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
	return dst, true
}
