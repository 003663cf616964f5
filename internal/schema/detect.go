package schema

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"sync"

	_ "embed"

	"github.com/egret-hunt/egret/internal/value"
)

// A signature identifies the events of a log source: keys that must exist, keys that must not, keys with one of some
// values, and keys whose value ends in one of several suffixes.
type signature struct {
	has, lacks []keyPath
	equals     []equality
	ends       []ending
}

type equality struct {
	path  keyPath
	texts []string
}

type ending struct {
	path  keyPath
	texts []string
}

// A Detector finds which of its log sources an event belongs to. It looks at keys and a few values, allocates nothing,
// and is safe for concurrent use.
type Detector struct {
	// first holds egret's log sources in the order in which they are tried; own holds the user's.
	first, own []*Schema
	// all holds the log sources that the detector was made for, also those without signatures.
	all []*Schema
	// anchors holds keys such that every event of these log sources has at least one; keys and lengths are for a look at
	// whole keys, which may be paths.
	anchors [][]byte
	keys    map[string]bool
	lengths [maxKeyLength + 1]bool
	// long means that an anchor is too long for keys and lengths.
	long bool
	// common is the number of log sources in first that are tried before the index, which has the others.
	common int
	index  keyIndex
}

// NewDetector makes a detector for schemas; nil means All.
func NewDetector(schemas []*Schema) *Detector {
	if schemas == nil {
		schemas = All()
	}
	d := &Detector{all: schemas, keys: map[string]bool{}}
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
	for i, s := range d.first {
		if s.common {
			d.common++
		} else {
			d.index.add(i, s.detect)
		}
	}
	for _, s := range slices.Concat(d.first, d.own) {
		for i := range s.detect {
			anchor, path := s.detect[i].anchor()
			for _, key := range []string{anchor, path} {
				d.keys[key], d.lengths[min(len(key), maxKeyLength)] = true, true
				d.long = d.long || len(key) > maxKeyLength
			}
			if !slices.ContainsFunc(d.anchors, func(a []byte) bool { return string(a) == anchor }) {
				d.anchors = append(d.anchors, []byte(anchor))
			}
		}
	}
	return d
}

// anchor returns the longest key that an event must have to fit the signature, and the text of its path.
func (s *signature) anchor() (longest, path string) {
	s.each(func(p *keyPath) {
		for _, key := range p.keys {
			if len(key) > len(longest) {
				longest, path = key, p.text
			}
		}
	})
	return longest, path
}

// escapedASCII begins the JSON escapes that can hide letters of a key.
var escapedASCII = []byte(`\u00`)

// Promising reports whether JSON text may contain an event, in its objects or in strings within them, however often
// they are quoted. It only searches the bytes, so it also returns true for some text without events.
func (d *Detector) Promising(text []byte) bool {
	for _, anchor := range d.anchors {
		if bytes.Contains(text, anchor) {
			return true
		}
	}
	return bytes.Contains(text, escapedASCII)
}

var embeddedDetector = sync.OnceValue(func() *Detector { return NewDetector(nil) })

// Detect runs a detector for All.
func Detect(doc *value.Doc, n value.Node) *Schema { return embeddedDetector().Detect(doc, n) }

// Detect returns the schema of the event at node n of a document, or nil if no schema of the detector fits. egret's log
// sources come first; a user's wins if its matching signature has more keys, so that a broad signature takes no events
// from others.
func (d *Detector) Detect(doc *value.Doc, n value.Node) *Schema {
	var found *Schema
	for _, s := range d.first[:d.common] {
		if s.Holds(doc, n) {
			found = s
			break
		}
	}
	if found == nil {
		if i := d.index.find(doc, n); i >= 0 {
			found = d.first[i]
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

// Again reports whether an event has the schema of the event before it, which is the likely case.
func (d *Detector) Again(doc *value.Doc, n value.Node, last *Schema) bool {
	if len(d.own) == 0 {
		return last.Holds(doc, n)
	}
	return d.Detect(doc, n) == last
}

// matched returns the number of keys of the largest signature that fits an event, 0 if none does.
func (s *Schema) matched(doc *value.Doc, n value.Node) int {
	keys := 0
	for i := range s.detect {
		if size := s.detect[i].size(); size > keys && s.detect[i].holds(doc, n) {
			keys = size
		}
	}
	return keys
}

// size returns the number of conditions of a signature.
func (s *signature) size() int { return len(s.has) + len(s.equals) + len(s.ends) }

// Holds reports whether the node n of a document looks like an event of this schema.
func (s *Schema) Holds(doc *value.Doc, n value.Node) bool { return anySignature(s.detect, doc, n) }

// Foreign returns the title of a log type that egret recognizes but does not read ("GuardDuty finding"), or "" if node
// n is of no such type. Call it for nodes in which Detect found nothing.
func Foreign(doc *value.Doc, n value.Node) string {
	if i := foreignIndex().find(doc, n); i >= 0 {
		return foreigners()[i].title
	}
	return ""
}

// Carrier reports whether the log type that Foreign names carries other logs, such as queue messages and stream
// records.
func Carrier(doc *value.Doc, n value.Node) bool {
	i := foreignIndex().find(doc, n)
	return i >= 0 && foreigners()[i].carrier
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
		n := e.path.find(doc, root)
		if n == value.None || !slices.ContainsFunc(e.texts, func(text string) bool { return doc.Equal(n, text) }) {
			return false
		}
	}
	for i := range s.lacks {
		if s.lacks[i].find(doc, root) != value.None {
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
	raw := doc.Raw(n) // the endings are letters and dots, which writers do not escape
	for _, text := range e.texts {
		if len(raw) > len(text) && string(raw[len(raw)-len(text):]) == text {
			return true
		}
	}
	return false
}

// keyPath is a path through objects: one key after the other, or one key that contains the dots itself ("id.orig_h").
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

var foreignIndex = sync.OnceValue(func() *keyIndex {
	var x keyIndex
	for i, f := range foreigners() {
		x.add(i, f.detect)
	}
	return &x
})

// yamlForeigner is an entry of foreign.yaml.
type yamlForeigner struct {
	Name    string          `yaml:"name"`
	Title   string          `yaml:"title"`
	Carrier bool            `yaml:"carrier"`
	Detect  []yamlSignature `yaml:"detect"`
}

func loadForeign(text []byte) ([]foreigner, error) {
	var list []yamlForeigner
	if err := decodeEmbedded(text, &list); err != nil {
		return nil, err
	}
	var faults []string
	fault := func(format string, args ...any) { faults = append(faults, fmt.Sprintf(format, args...)) }
	var loaded []foreigner
	for _, entry := range list {
		if !validName.MatchString(entry.Name) || entry.Title == "" || len(entry.Detect) == 0 {
			fault("%q: name, title or detect missing", entry.Name)
		}
		loaded = append(loaded, foreigner{entry.Name, entry.Title, loadSignatures(entry.Detect, fault), entry.Carrier})
	}
	return loaded, joined(faults)
}
