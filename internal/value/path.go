package value

import (
	"net/url"
	"strings"
)

// Encoding says how a string holds JSON.
type Encoding uint8

// The ways in which a string holds JSON: not at all, as its text, or URL-encoded as IAM returns policies.
const (
	NoJSON Encoding = iota
	JSONText
	URLEncodedJSON
)

// Path says where in an event a field lives.
type Path struct {
	// Text is the way through the objects with dots between the keys, such as "userIdentity.arn". A key that holds
	// dots itself is found too: the longest key that leads to a value wins.
	Text string
	// Any makes a step "*" stand for every key of an object.
	Any bool
	// Embedded lists the prefixes of Text whose strings hold JSON that the rest of the path walks; nil if none.
	Embedded []Embedded
}

// Embedded marks a prefix of a path, by its length in bytes, as a string that holds JSON.
type Embedded struct {
	Length   int
	Encoding Encoding
}

// Leaf is one value that a path leads to. Doc is the event's, or that of JSON text embedded in it.
type Leaf struct {
	Doc  *Doc
	Node Node
}

// Walker finds the leaves of paths. It owns the documents of embedded JSON, which live until Reset. It is not safe for
// concurrent use.
type Walker struct {
	embedded []*embeddedDoc
	used     int
}

type embeddedDoc struct {
	parser Parser
	text   []byte
	of     Leaf
	doc    *Doc // nil where the text is no JSON
}

// Reset forgets the documents of the last event. It must be called between events.
func (w *Walker) Reset() { w.used = 0 }

// Leaves appends what a path leads to below node n: strings, numbers, booleans and objects, arrays flattened. Missing
// keys, nulls and empty arrays give nothing.
func (w *Walker) Leaves(dst []Leaf, doc *Doc, n Node, p *Path) []Leaf {
	return w.walk(dst, doc, n, p, p.Text)
}

// LeavesFrom is Leaves from a node on to which the first consumed bytes of the path's text, a key, have led already.
func (w *Walker) LeavesFrom(dst []Leaf, doc *Doc, n Node, p *Path, consumed int) []Leaf {
	return w.walk(dst, doc, n, p, strings.TrimPrefix(p.Text[consumed:], "."))
}

func (w *Walker) walk(dst []Leaf, doc *Doc, n Node, p *Path, rest string) []Leaf {
	m := &doc.nodes[n]
	switch m.kind {
	case Null:
		return dst
	case Array:
		for c := n + 1; c < m.skip; c = doc.nodes[c].skip {
			dst = w.walk(dst, doc, c, p, rest)
		}
		return dst
	case False, True, Number:
		if rest == "" {
			dst = append(dst, Leaf{doc, n})
		}
		return dst
	case String:
		if rest == "" {
			return append(dst, Leaf{doc, n})
		}
		if sub := w.embeddedIn(doc, n, p, rest); sub != nil {
			dst = w.walk(dst, sub, 0, p, rest)
		}
		return dst
	case Object:
		if rest == "" {
			return append(dst, Leaf{doc, n})
		}
		return w.walkObject(dst, doc, n, p, rest)
	}
	panic("egret bug: unknown value kind")
}

func (w *Walker) walkObject(dst []Leaf, doc *Doc, n Node, p *Path, rest string) []Leaf {
	end := doc.nodes[n].skip
	if p.Any && (rest == "*" || strings.HasPrefix(rest, "*.")) {
		rest = strings.TrimPrefix(rest[1:], ".")
		for c := n + 1; c < end; c = doc.nodes[c].skip {
			dst = w.walk(dst, doc, c, p, rest)
		}
		return dst
	}
	// Among the keys that are a prefix of the rest the longest that leads somewhere wins.
	for limit := len(rest); limit > 0; {
		best, length := None, 0
		for c := n + 1; c < end; c = doc.nodes[c].skip {
			if size := doc.keyPrefix(c, rest); size > length && size <= limit {
				best, length = c, size
			}
		}
		if best == None {
			return dst
		}
		before := len(dst)
		dst = w.walk(dst, doc, best, p, strings.TrimPrefix(rest[length:], "."))
		if len(dst) > before {
			return dst
		}
		limit = length - 1
	}
	return dst
}

// keyPrefix is the length of member c's key if it is a prefix of rest that ends at a dot or at the end, else 0.
func (d *Doc) keyPrefix(c Node, rest string) int {
	m := &d.nodes[c]
	if m.flags&flagKeyEscaped != 0 {
		key := string(d.Key(c))
		if key != "" && strings.HasPrefix(rest, key) && (len(key) == len(rest) || rest[len(key)] == '.') {
			return len(key)
		}
		return 0
	}
	size := int(m.klen)
	if size == 0 || size > len(rest) || d.src[m.key] != rest[0] || (size < len(rest) && rest[size] != '.') ||
		string(d.src[m.key:m.key+m.klen]) != rest[:size] {
		return 0
	}
	return size
}

// embeddedIn is the document in a string, nil if the schema knows of none there or the text is no JSON.
func (w *Walker) embeddedIn(doc *Doc, n Node, p *Path, rest string) *Doc {
	encoding := NoJSON
	for _, e := range p.Embedded {
		if e.Length == len(p.Text)-len(rest)-1 {
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
	}
	if w.used == len(w.embedded) {
		w.embedded = append(w.embedded, &embeddedDoc{})
	}
	e := w.embedded[w.used]
	w.used++
	e.of, e.doc = of, nil
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
