package schema

import (
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

// Detect is the schema of the event that the node n of a document holds, nil if it is none of ours. It looks at the
// members of n alone and allocates nothing.
func Detect(doc *value.Doc, n value.Node) *Schema {
	for _, s := range detectable() {
		if s.Holds(doc, n) {
			return s
		}
	}
	return nil
}

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
