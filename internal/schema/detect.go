package schema

import (
	"strings"
	"sync"

	_ "embed"

	"github.com/egret-hunt/egret/internal/value"
)

// signature is what tells the events of a log source: keys that are there, and keys with a value.
type signature struct {
	has    []keyPath
	equals []equality
}

type equality struct {
	path keyPath
	text string
}

// Detect is the schema that an event belongs to, nil if it is none of ours. It looks at keys alone and allocates
// nothing.
func Detect(doc *value.Doc) *Schema {
	for _, s := range detectable() {
		if s.Holds(doc) {
			return s
		}
	}
	return nil
}

// Holds reports whether an event looks like one of this schema.
func (s *Schema) Holds(doc *value.Doc) bool { return anySignature(s.detect, doc) }

// Foreign is the title of another kind of log that a document is known to be ("GuardDuty finding"), "" if it is not
// known. It is for documents in which Detect found nothing.
func Foreign(doc *value.Doc) string {
	for _, f := range foreigners() {
		if anySignature(f.detect, doc) {
			return f.title
		}
	}
	return ""
}

func anySignature(signatures []signature, doc *value.Doc) bool {
	for i := range signatures {
		if signatures[i].holds(doc) {
			return true
		}
	}
	return false
}

func (s *signature) holds(doc *value.Doc) bool {
	for i := range s.has {
		if s.has[i].find(doc) == value.None {
			return false
		}
	}
	for i := range s.equals {
		e := &s.equals[i]
		if n := e.path.find(doc); n == value.None || !doc.Equal(n, e.text) {
			return false
		}
	}
	return true
}

// keyPath is a way through objects: one key after the other, or one key that holds the dots itself ("id.orig_h").
type keyPath struct {
	text string
	keys []string
}

func newKeyPath(text string) keyPath { return keyPath{text, strings.Split(text, ".")} }

func (p *keyPath) find(doc *value.Doc) value.Node {
	if n := doc.Find(0, p.keys...); n != value.None || len(p.keys) == 1 {
		return n
	}
	return doc.Get(0, p.text)
}

type foreigner struct {
	name, title string
	detect      []signature
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
