// Package value holds event values: the parsed form of one JSON event, the walk along a field path, and the only
// definitions of how values compare.
//
// In goes the text of one event. Out comes a Doc: a flat list of nodes that point into that text, so that an event costs
// no allocation once a Parser is warm. Numbers stay text until something compares them; an integer never passes through
// a float. The package knows nothing of rules, schemas or files.
package value

import (
	"bytes"
	"unicode/utf8"
)

// Kind is the type of a JSON value.
type Kind uint8

// The kinds of JSON values.
const (
	Null Kind = iota
	False
	True
	Number
	String
	Array
	Object
)

// Node is the index of a value in its Doc. The root is 0.
type Node int32

// None is the Node of a value that is not there.
const None Node = -1

// Flags of a node.
const (
	flagEscaped    = 1 << iota // the string holds escapes
	flagNonASCII               // the string holds bytes above 0x7f
	flagKeyEscaped             // the key of this member holds escapes
)

type node struct {
	kind  Kind
	flags uint8
	start uint32 // first byte of the value; for a string the byte after the quote
	end   uint32 // one past the last byte; for a string the closing quote
	key   uint32 // first byte of the member's key, after the quote
	klen  uint32
	skip  Node // one past the last node of this subtree
}

// Doc is one parsed event. It points into the text it was parsed from, and lives until the next Parse of its Parser.
// Reading it is safe for concurrent use.
type Doc struct {
	src   []byte
	nodes []node
}

// Source is the text that the Doc points into.
func (d *Doc) Source() []byte { return d.src }

// Kind is the type of a value.
func (d *Doc) Kind(n Node) Kind { return d.nodes[n].kind }

// First is the first member or element of an object or array, None if there is none.
func (d *Doc) First(n Node) Node {
	if n+1 < d.nodes[n].skip && d.nodes[n].kind >= Array {
		return n + 1
	}
	return None
}

// Next is the sibling after child within parent, None after the last.
func (d *Doc) Next(parent, child Node) Node {
	if next := d.nodes[child].skip; next < d.nodes[parent].skip {
		return next
	}
	return None
}

// Key is the key of an object's member with escapes resolved. It points into the source where it can.
func (d *Doc) Key(n Node) []byte {
	m := &d.nodes[n]
	raw := d.src[m.key : m.key+m.klen]
	if m.flags&flagKeyEscaped != 0 {
		return appendUnescaped(nil, raw)
	}
	return raw
}

// Get is the first member of an object with that key, None if there is none or n is no object.
func (d *Doc) Get(n Node, key string) Node {
	if d.nodes[n].kind != Object {
		return None
	}
	end := d.nodes[n].skip
	for c := n + 1; c < end; c = d.nodes[c].skip {
		m := &d.nodes[c]
		if m.flags&flagKeyEscaped == 0 {
			if int(m.klen) == len(key) && string(d.src[m.key:m.key+m.klen]) == key {
				return c
			}
		} else if string(d.Key(c)) == key {
			return c
		}
	}
	return None
}

// Find walks literal keys through objects; None if one is missing.
func (d *Doc) Find(n Node, keys ...string) Node {
	for _, key := range keys {
		if n = d.Get(n, key); n == None {
			return None
		}
	}
	return n
}

// Raw is the text of a value in the source; of a string what stands between the quotes, escapes and all.
func (d *Doc) Raw(n Node) []byte { return d.src[d.nodes[n].start:d.nodes[n].end] }

// Simple reports whether the text of a value is its Raw bytes, all of them ASCII: a number, or a string without escapes.
func (d *Doc) Simple(n Node) bool {
	m := &d.nodes[n]
	return (m.kind == String && m.flags&(flagEscaped|flagNonASCII) == 0) || m.kind == Number
}

// Text is the text of a value as string predicates see it: a string unescaped, a number as written, true or false,
// an object or array as JSON text, null as nothing. It is Raw where that is the same, else appended to buf[:0].
func (d *Doc) Text(n Node, buf []byte) []byte {
	if d.Simple(n) {
		return d.Raw(n)
	}
	return d.AppendText(buf[:0], n)
}

// AppendText appends what Text describes.
func (d *Doc) AppendText(dst []byte, n Node) []byte {
	m := &d.nodes[n]
	switch m.kind {
	case String:
		raw := d.src[m.start:m.end]
		if m.flags&flagEscaped != 0 {
			return appendUnescaped(dst, raw)
		}
		return appendValid(dst, raw)
	case Null:
		return dst
	case False, True, Number:
		return append(dst, d.src[m.start:m.end]...)
	case Array, Object:
		return d.AppendJSON(dst, n)
	}
	panic("egret bug: unknown value kind")
}

// String is Text as a string, "" for None.
func (d *Doc) String(n Node) string {
	if n == None {
		return ""
	}
	return string(d.AppendText(nil, n))
}

// AppendJSON appends the JSON text of a value: no white space outside strings, members in the order of the log, numbers
// as written, only quotes, backslashes and control characters escaped (design, "text of an object").
func (d *Doc) AppendJSON(dst []byte, n Node) []byte {
	m := &d.nodes[n]
	switch m.kind {
	case String:
		return d.appendQuoted(dst, d.src[m.start:m.end], m.flags&flagEscaped != 0)
	case Null, False, True, Number:
		return append(dst, d.src[m.start:m.end]...)
	case Array:
		dst = append(dst, '[')
		for c := n + 1; c < m.skip; c = d.nodes[c].skip {
			if c > n+1 {
				dst = append(dst, ',')
			}
			dst = d.AppendJSON(dst, c)
		}
		return append(dst, ']')
	case Object:
		dst = append(dst, '{')
		for c := n + 1; c < m.skip; c = d.nodes[c].skip {
			if c > n+1 {
				dst = append(dst, ',')
			}
			k := &d.nodes[c]
			dst = d.appendQuoted(dst, d.src[k.key:k.key+k.klen], k.flags&flagKeyEscaped != 0)
			dst = append(dst, ':')
			dst = d.AppendJSON(dst, c)
		}
		return append(dst, '}')
	}
	panic("egret bug: unknown value kind")
}

func (d *Doc) appendQuoted(dst, raw []byte, escaped bool) []byte {
	if escaped {
		return AppendQuoted(dst, appendUnescaped(nil, raw))
	}
	return AppendQuoted(dst, raw)
}

// AppendQuoted appends a JSON string with only quotes, backslashes and control characters escaped; bytes that are no
// UTF-8 become U+FFFD.
func AppendQuoted(dst, text []byte) []byte {
	const hex = "0123456789ABCDEF"
	dst = append(dst, '"')
	for i := 0; i < len(text); {
		c := text[i]
		if c < utf8.RuneSelf {
			i++
			switch {
			case c == '"' || c == '\\':
				dst = append(dst, '\\', c)
			case c >= 0x20:
				dst = append(dst, c)
			case c == '\b':
				dst = append(dst, '\\', 'b')
			case c == '\f':
				dst = append(dst, '\\', 'f')
			case c == '\n':
				dst = append(dst, '\\', 'n')
			case c == '\r':
				dst = append(dst, '\\', 'r')
			case c == '\t':
				dst = append(dst, '\\', 't')
			default:
				dst = append(dst, '\\', 'u', '0', '0', hex[c>>4], hex[c&15])
			}
			continue
		}
		r, size := utf8.DecodeRune(text[i:])
		dst = utf8.AppendRune(dst, r)
		i += size
	}
	return append(dst, '"')
}

func appendValid(dst, text []byte) []byte {
	if utf8.Valid(text) {
		return append(dst, text...)
	}
	for len(text) > 0 {
		r, size := utf8.DecodeRune(text)
		dst = utf8.AppendRune(dst, r)
		text = text[size:]
	}
	return dst
}

// Equal reports whether a value is a string or number with exactly that text.
func (d *Doc) Equal(n Node, text string) bool {
	if n == None {
		return false
	}
	if d.Simple(n) {
		return string(d.Raw(n)) == text
	}
	return d.nodes[n].kind == String && bytes.Equal(d.AppendText(nil, n), []byte(text))
}

// Len is the number of nodes; they stand in the order of the text.
func (d *Doc) Len() int { return len(d.nodes) }
