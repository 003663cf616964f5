package schema

import (
	"bytes"
	"slices"
	"strings"
	"sync"

	_ "embed"

	"github.com/egret-hunt/egret/internal/value"
)

// signature is what tells the events of a log source: keys that are there, keys with a value, and keys with one of
// several endings.
type signature struct {
	has    []keyPath
	equals []equality
	ends   []ending
}

type equality struct {
	path keyPath
	text string
}

type ending struct {
	path  keyPath
	texts []string
}

// Detector tells which of some log sources an event belongs to. It looks at keys alone, allocates nothing, and is safe for
// concurrent use.
type Detector struct {
	// first are the log sources of egret, in the order in which they are tried; own are a user's.
	first, own []*Schema
	// anchors are keys of which every event of these has one.
	anchors [][]byte
}

// NewDetector makes a detector for schemas; nil stands for All.
func NewDetector(schemas []*Schema) *Detector {
	if schemas == nil {
		schemas = All()
	}
	d := &Detector{}
	for _, common := range []bool{true, false} {
		for _, s := range schemas {
			switch {
			case len(s.detect) == 0 || s.common != common:
			case s.own:
				d.own = append(d.own, s)
			default:
				d.first = append(d.first, s)
			}
		}
	}
	for _, s := range slices.Concat(d.first, d.own) {
		for i := range s.detect {
			if anchor := s.detect[i].anchor(); !slices.ContainsFunc(d.anchors, func(a []byte) bool { return string(a) == anchor }) {
				d.anchors = append(d.anchors, []byte(anchor))
			}
		}
	}
	return d
}

// anchor is the longest key that an event must have to fit the signature.
func (s *signature) anchor() string {
	longest := ""
	look := func(path *keyPath) {
		for _, key := range path.keys {
			if len(key) > len(longest) {
				longest = key
			}
		}
	}
	for i := range s.has {
		look(&s.has[i])
	}
	for i := range s.equals {
		look(&s.equals[i].path)
	}
	for i := range s.ends {
		look(&s.ends[i].path)
	}
	return longest
}

// escapedASCII is how JSON text may hide letters of a key.
var escapedASCII = []byte(`\u00`)

// Promising reports whether an event may stand anywhere within JSON text, in its objects or in texts within them, however
// often they are quoted. It is a quick look at the bytes, and true for other texts too.
func (d *Detector) Promising(text []byte) bool {
	for _, anchor := range d.anchors {
		if bytes.Contains(text, anchor) {
			return true
		}
	}
	return bytes.Contains(text, escapedASCII)
}

var embeddedDetector = sync.OnceValue(func() *Detector { return NewDetector(nil) })

// Detect is what a detector for All gives.
func Detect(doc *value.Doc, n value.Node) *Schema { return embeddedDetector().Detect(doc, n) }

// Detect is the schema of the event that the node n of a document holds, nil if it is none of the detector's. The log sources of egret come first; a
// user's own wins where the signature that holds asks for more keys, so that a broad signature takes no events away.
func (d *Detector) Detect(doc *value.Doc, n value.Node) *Schema {
	var found *Schema
	for _, s := range d.first {
		if s.Holds(doc, n) {
			found = s
			break
		}
	}
	if len(d.own) == 0 {
		return found
	}
	keys := 0
	if found != nil {
		keys = found.matched(doc, n)
	}
	for _, s := range d.own {
		if more := s.matched(doc, n); more > keys {
			found, keys = s, more
		}
	}
	return found
}

// Again reports whether an event is of the same schema as the one before it, which is likely.
func (d *Detector) Again(doc *value.Doc, n value.Node, last *Schema) bool {
	if len(d.own) == 0 {
		return last.Holds(doc, n)
	}
	return d.Detect(doc, n) == last
}

// matched is how many keys the largest signature asks for that an event fits, 0 if it fits none.
func (s *Schema) matched(doc *value.Doc, n value.Node) int {
	keys := 0
	for i := range s.detect {
		if size := s.detect[i].size(); size > keys && s.detect[i].holds(doc, n) {
			keys = size
		}
	}
	return keys
}

// size is how many keys a signature asks for.
func (s *signature) size() int { return len(s.has) + len(s.equals) + len(s.ends) }

// Holds reports whether the node n of a document looks like an event of this schema.
func (s *Schema) Holds(doc *value.Doc, n value.Node) bool { return anySignature(s.detect, doc, n) }

// Foreign is the title of another kind of log that the node n of a document is known to be ("GuardDuty finding"), "" if
// it is not known. It is for nodes in which Detect found nothing.
func Foreign(doc *value.Doc, n value.Node) string {
	for _, f := range foreigners() {
		if anySignature(f.detect, doc, n) {
			return f.title
		}
	}
	return ""
}

// Carrier reports whether the kind of log that Foreign names carries other logs: messages of queues, records of streams.
func Carrier(doc *value.Doc, n value.Node) bool {
	for _, f := range foreigners() {
		if anySignature(f.detect, doc, n) {
			return f.carrier
		}
	}
	return false
}

func anySignature(signatures []signature, doc *value.Doc, n value.Node) bool {
	for i := range signatures {
		if signatures[i].holds(doc, n) {
			return true
		}
	}
	return false
}

func (s *signature) holds(doc *value.Doc, root value.Node) bool {
	for i := range s.has {
		if s.has[i].find(doc, root) == value.None {
			return false
		}
	}
	for i := range s.equals {
		e := &s.equals[i]
		if n := e.path.find(doc, root); n == value.None || !doc.Equal(n, e.text) {
			return false
		}
	}
	for i := range s.ends {
		if !s.ends[i].holds(doc, root) {
			return false
		}
	}
	return true
}

func (e *ending) holds(doc *value.Doc, root value.Node) bool {
	n := e.path.find(doc, root)
	if n == value.None || doc.Kind(n) != value.String {
		return false
	}
	raw := doc.Raw(n) // the endings are letters and dots, which nobody escapes
	for _, text := range e.texts {
		if len(raw) > len(text) && string(raw[len(raw)-len(text):]) == text {
			return true
		}
	}
	return false
}

// keyPath is a way through objects: one key after the other, or one key that holds the dots itself ("id.orig_h").
type keyPath struct {
	text string
	keys []string
}

func newKeyPath(text string) keyPath { return keyPath{text, strings.Split(text, ".")} }

func (p *keyPath) find(doc *value.Doc, root value.Node) value.Node {
	if n := doc.Find(root, p.keys...); n != value.None || len(p.keys) == 1 {
		return n
	}
	return doc.Get(root, p.text)
}

type foreigner struct {
	name, title string
	detect      []signature
	carrier     bool
}

//go:embed foreign.yaml
var foreignYAML []byte

var foreigners = sync.OnceValue(func() []foreigner {
	list, err := loadForeign(foreignYAML)
	if err != nil {
		panic("egret bug: foreign.yaml: " + err.Error())
	}
	return list
})
