package value

import (
	"errors"
	"fmt"
	"strings"
)

// A Select limits the objects at a prefix of a path, given by its length in bytes, to those in which the member Key is
// the string Text. It looks up a value in a list of names and values.
type Select struct {
	Length    int
	Key, Text string
}

// deepEnd is the end of a path in a schema that leads to all values below it.
const (
	deepEnd = ".**"
	listEnd = "[]"
)

// ParsePath reads a path as schemas write it: keys with dots between them, such as "a.b". After a key, "[name=text]"
// selects the objects in which the member name is the string text: "list[name=text].value" is the value of the member of
// that name. The text may contain dots, but no closing bracket. ".**" at the end stands for all strings, numbers and
// booleans below the path, and "**" alone for those of the event; "[]" at the end means the list itself, whose text is
// JSON, in place of its elements. Other brackets without "=" are part of a key.
func ParsePath(text string) (Path, error) {
	if text == deepEnd[1:] {
		return Path{Deep: true}, nil
	}
	var p Path
	rest, deep := strings.CutSuffix(text, deepEnd)
	rest, list := strings.CutSuffix(rest, listEnd)
	p.Deep, p.List = deep, list
	if deep && list {
		return Path{}, errors.New("a path cannot end in both .** and []")
	}
	var keys strings.Builder
	for {
		start := strings.IndexByte(rest, '[')
		if start < 0 {
			break
		}
		end := start + strings.IndexByte(rest[start:], ']')
		if end < start {
			break
		}
		inner := rest[start+1 : end]
		keys.WriteString(rest[:start])
		rest = rest[end+1:]
		key, want, ok := strings.Cut(inner, "=")
		if !ok {
			keys.WriteString("[" + inner + "]")
			continue
		}
		if key == "" || keys.Len() == 0 || rest != "" && rest[0] != '.' {
			return Path{}, fmt.Errorf("[%s] must follow a key and have a name before the equals sign", inner)
		}
		p.Selects = append(p.Selects, Select{keys.Len(), key, want})
	}
	keys.WriteString(rest)
	p.Text = keys.String()
	return p, nil
}

// String returns the path as ParsePath reads it. It differs for paths that lead to different values.
func (p *Path) String() string {
	if !p.Walked() {
		return p.Text
	}
	if p.Text == "" {
		return deepEnd[1:]
	}
	var b strings.Builder
	at := 0
	for _, s := range p.Selects {
		b.WriteString(p.Text[at:s.Length] + "[" + s.Key + "=" + s.Text + "]")
		at = s.Length
	}
	b.WriteString(p.Text[at:])
	if p.Deep {
		b.WriteString(deepEnd)
	}
	if p.List {
		b.WriteString(listEnd)
	}
	return b.String()
}

// Walked reports whether the path has a form that only a walk from the event's root follows: it selects objects, is
// deep, or ends in a list.
func (p *Path) Walked() bool { return p.Selects != nil || p.Deep || p.List }

// Partial reports whether the path has a meaning that its keys alone do not show: it leads to some of the values at
// Text only, or to values below it.
func (p *Path) Partial() bool { return p.Walked() || p.Shared > 0 }

// Whole returns the path of a value that contains everything that p depends on: up to the first selection, and up to a
// list that events share. For most paths that is p itself.
func (p *Path) Whole() Path {
	whole := *p
	whole.Selects, whole.Deep, whole.List, whole.Shared = nil, false, false, 0
	length := len(p.Text)
	if p.Selects != nil {
		length = p.Selects[0].Length
	}
	if p.Shared > 0 {
		length = min(length, p.Shared)
	}
	if length == len(p.Text) {
		return whole
	}
	whole.Text, whole.Embedded = p.Text[:length], nil
	for _, e := range p.Embedded {
		if e.Length < length {
			whole.Embedded = append(whole.Embedded, e)
		}
	}
	return whole
}

// selected reports whether a node to which the first length bytes of the path have led fits the selections there.
func (p *Path) selected(doc *Doc, n Node, length int) bool {
	for i := range p.Selects {
		s := &p.Selects[i]
		if s.Length != length {
			continue
		}
		switch doc.Kind(n) {
		case Object:
			if c := doc.Get(n, s.Key); c == None || doc.Kind(c) != String || !doc.Equal(c, s.Text) {
				return false
			}
		case String: // it may be JSON text, whose objects are tested
			if length == len(p.Text) {
				return false
			}
		case Null, False, True, Number, Array:
			return false
		}
	}
	return true
}

// longestKey returns the maximum length of a key that begins at byte at: no key includes a place of a selection.
func (p *Path) longestKey(at int) int {
	for i := range p.Selects {
		if length := p.Selects[i].Length; length > at {
			return length - at
		}
	}
	return len(p.Text) - at
}

// deepLeaves appends the strings, numbers and booleans within an object.
func deepLeaves(dst []Leaf, doc *Doc, n Node) []Leaf {
	for c := n + 1; c < doc.nodes[n].skip; c++ {
		switch doc.nodes[c].kind {
		case String, Number, True, False:
			dst = append(dst, Leaf{doc, c})
		case Null, Array, Object:
		}
	}
	return dst
}
