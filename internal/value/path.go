package value

import (
	"net/url"
	"strings"
)

// Encoding is the encoding of JSON in a string.
type Encoding uint8

// The encodings of JSON in a string: no JSON, JSON text, or URL-encoded JSON as in policies that IAM returns.
const (
	NoJSON Encoding = iota
	JSONText
	URLEncodedJSON
)

// A Path is the path of a field in an event.
type Path struct {
	// Text has the keys of objects with dots between them, such as "userIdentity.arn". Keys may contain dots themselves: the
	// longest key that leads to a value is used.
	Text string
	// Any makes a step "*" match every key of an object.
	Any bool
	// Embedded lists the prefixes of Text that lead to strings with JSON, into which the rest of the path leads. nil if none.
	Embedded []Embedded
	// Selects lists the prefixes of Text at which only some objects count, in the order of their lengths. nil if all do.
	Selects []Select
	// Deep makes the leaves of the path the strings, numbers and booleans at any depth below it, in place of objects.
	Deep bool
	// List makes a list at the end of the path one value, in place of its elements.
	List bool
	// Shared is the length of the prefix of Text that leads to a list of which each event has one element, while a row of
	// a table has all of them; 0 if there is none.
	Shared int
}

// Embedded marks a prefix of a path, by its length in bytes, that leads to a string with JSON.
type Embedded struct {
	Length   int
	Encoding Encoding
}

// A Leaf is a value at the end of a path. Doc is the event or a document embedded in it.
type Leaf struct {
	Doc  *Doc
	Node Node
}

// A Walker finds the leaves of paths. It owns the documents of embedded JSON, which are valid until Reset. It is not safe for
// concurrent use.
type Walker struct {
	embedded []*embeddedDoc
	used     int
}

type embeddedDoc struct {
	parser Parser
	text   []byte
	of     Leaf
	length int  // of the path's prefix that led to it
	doc    *Doc // nil where the text is no JSON
}

// Reset discards the documents of the last event. Call it between events.
func (w *Walker) Reset() { w.used = 0 }

// Leaves appends the values at the end of a path from node n: strings, numbers, booleans, objects, and the elements of arrays.
// Missing keys, nulls and empty arrays add nothing.
func (w *Walker) Leaves(dst []Leaf, doc *Doc, n Node, p *Path) []Leaf {
	if p.Deep && p.Text == "" {
		return w.walk(dst, doc, n, p, 1)
	}
	return w.walk(dst, doc, n, p, 0)
}

// LeavesFrom is Leaves from a node on to which the first consumed bytes of the path's text, a key, have led already.
func (w *Walker) LeavesFrom(dst []Leaf, doc *Doc, n Node, p *Path, consumed int) []Leaf {
	return w.walk(dst, doc, n, p, consumed+1)
}

// walk goes on with the key that begins at byte at of the path's text; past its end the path is at its goal.
func (w *Walker) walk(dst []Leaf, doc *Doc, n Node, p *Path, at int) []Leaf {
	m := &doc.nodes[n]
	switch m.kind {
	case Null:
		// Departure from Sigma: a null counts as absent, for exists too; a column of a table cannot tell the two apart
		// (testdata/case/null).
		return dst
	case Array:
		if p.List && at > len(p.Text) {
			return append(dst, Leaf{doc, n})
		}
		for c := n + 1; c < m.skip; c = doc.nodes[c].skip {
			dst = w.walk(dst, doc, c, p, at)
		}
		return dst
	case False, True, Number, String, Object:
	}
	if p.Selects != nil && !p.selected(doc, n, at-1) {
		return dst
	}
	switch {
	case at > len(p.Text) && p.Deep && m.kind == Object:
		return deepLeaves(dst, doc, n)
	case at > len(p.Text) && p.Deep && m.kind == String:
		if sub := w.embeddedIn(doc, n, p, at-1); sub != nil {
			return w.walk(dst, sub, 0, p, at)
		}
		return append(dst, Leaf{doc, n})
	case at > len(p.Text):
		return append(dst, Leaf{doc, n})
	case m.kind == Object:
		return w.walkObject(dst, doc, n, p, at)
	case m.kind == String:
		if sub := w.embeddedIn(doc, n, p, at-1); sub != nil {
			return w.walk(dst, sub, 0, p, at)
		}
	}
	return dst
}

func (w *Walker) walkObject(dst []Leaf, doc *Doc, n Node, p *Path, at int) []Leaf {
	end := doc.nodes[n].skip
	rest := p.Text[at:]
	if p.Any && (rest == "*" || strings.HasPrefix(rest, "*.")) {
		for c := n + 1; c < end; c = doc.nodes[c].skip {
			dst = w.walk(dst, doc, c, p, at+2)
		}
		return dst
	}
	if strings.IndexByte(rest, '.') < 0 { // one key, as mostly: no other can lead there
		if c := doc.Get(n, rest); c != None {
			dst = w.walk(dst, doc, c, p, at+len(rest)+1)
		}
		return dst
	}
	// Among the keys that are a prefix of the rest the longest that leads somewhere wins.
	for limit := p.longestKey(at); limit >= 0; {
		best, length := None, -1
		for c := n + 1; c < end; c = doc.nodes[c].skip {
			if size := doc.keyPrefix(c, rest); size > length && size <= limit {
				best, length = c, size
			}
		}
		if best == None {
			return dst
		}
		before := len(dst)
		dst = w.walk(dst, doc, best, p, at+length+1)
		if len(dst) > before {
			return dst
		}
		limit = length - 1
	}
	return dst
}

// keyPrefix returns the length of member c's key if it is a prefix of rest that ends at a dot or at the end, else -1.
func (d *Doc) keyPrefix(c Node, rest string) int {
	m := &d.nodes[c]
	if m.flags&flagKeyEscaped != 0 {
		key := string(d.Key(c))
		if strings.HasPrefix(rest, key) && (len(key) == len(rest) || rest[len(key)] == '.') {
			return len(key)
		}
		return -1
	}
	size := int(m.klen)
	if size > len(rest) || (size > 0 && d.src[m.key] != rest[0]) || (size < len(rest) && rest[size] != '.') ||
		string(d.src[m.key:m.key+m.klen]) != rest[:size] {
		return -1
	}
	return size
}

// embeddedIn returns the document in a string, or nil if the path has no embedded JSON there or the text is not valid JSON.
func (w *Walker) embeddedIn(doc *Doc, n Node, p *Path, length int) *Doc {
	encoding := NoJSON
	for _, e := range p.Embedded {
		if e.Length == length {
			encoding = e.Encoding
		}
	}
	if encoding == NoJSON {
		return nil
	}
	of := Leaf{doc, n}
	for _, e := range w.embedded[:w.used] {
		if e.of == of {
			return e.doc
		}
		if e.doc == doc && e.length == length {
			return nil // a string in an array that is itself embedded JSON: only one level is parsed
		}
	}
	if w.used == len(w.embedded) {
		w.embedded = append(w.embedded, &embeddedDoc{})
	}
	e := w.embedded[w.used]
	w.used++
	e.of, e.length, e.doc = of, length, nil
	e.text = doc.AppendText(e.text[:0], n)
	if encoding == URLEncodedJSON && len(e.text) > 0 && e.text[0] == '%' {
		decoded, err := url.PathUnescape(string(e.text))
		if err != nil {
			return nil
		}
		e.text = append(e.text[:0], decoded...)
	}
	if parsed, err := e.parser.Parse(e.text); err == nil && parsed.Kind(0) >= Array {
		e.doc = parsed
	}
	return e.doc
}
