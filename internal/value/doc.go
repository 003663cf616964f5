// Package value holds event values: the parsed form of one JSON event, the walk along a field path, and the only
// definitions of how values compare.
//
// A Parser turns the text of one event into a Doc: a flat list of nodes that point into that text, so that an event costs
// no allocation once a Parser is warm. Numbers stay text until something compares them; an integer never passes through
// a float. The package knows nothing of rules, schemas or files.
package value

import (
	"bytes"
	"encoding/binary"
	"math/bits"
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

// None is the Node of a missing value.
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

// A Doc is one parsed event. It points into the text that it was parsed from, and is valid until the next Parse of its Parser.
// Concurrent reads are safe.
type Doc struct {
	src   []byte
	nodes []node
	shape *Shape // nil for a document that was parsed
}

// Source returns the text that the Doc points into. For a document of a Row it is no JSON text.
func (d *Doc) Source() []byte { return d.src }

// Kind returns the type of a value.
func (d *Doc) Kind(n Node) Kind { return d.nodes[n].kind }

// First returns the first member or element of an object or array, or None if there is none.
func (d *Doc) First(n Node) Node {
	if n+1 < d.nodes[n].skip && d.nodes[n].kind >= Array {
		return n + 1
	}
	return None
}

// Next returns the sibling after child within parent, or None after the last.
func (d *Doc) Next(parent, child Node) Node {
	if next := d.nodes[child].skip; next < d.nodes[parent].skip {
		return next
	}
	return None
}

// Key returns the key of an object's member with escapes resolved. It points into the source if possible.
func (d *Doc) Key(n Node) []byte {
	m := &d.nodes[n]
	raw := d.src[m.key : m.key+m.klen]
	if m.flags&flagKeyEscaped != 0 {
		return appendUnescaped(nil, raw)
	}
	return raw
}

// Get returns the first member of an object with that key, or None if there is none or n is not an object.
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

// Find follows literal keys through objects. It returns None if one is missing.
func (d *Doc) Find(n Node, keys ...string) Node {
	for _, key := range keys {
		if n = d.Get(n, key); n == None {
			return None
		}
	}
	return n
}

// Raw returns the text of a value in the source. For a string that is the text between the quotes with its escapes.
func (d *Doc) Raw(n Node) []byte { return d.src[d.nodes[n].start:d.nodes[n].end] }

// Span returns the position of Raw in the source.
func (d *Doc) Span(n Node) (start, end int) { return int(d.nodes[n].start), int(d.nodes[n].end) }

// Simple reports whether the text of a value is its Raw bytes, all of them ASCII: a number, or a string without escapes.
func (d *Doc) Simple(n Node) bool {
	m := &d.nodes[n]
	return (m.kind == String && m.flags&(flagEscaped|flagNonASCII) == 0) || m.kind == Number
}

// Text returns the text of a value as string predicates compare it: a string without escapes, a number as written, true or
// false, an object or array as JSON text, null as the empty text. It returns Raw if that is the same, else appends to buf[:0].
func (d *Doc) Text(n Node, buf []byte) []byte {
	if d.Simple(n) {
		return d.Raw(n)
	}
	return d.AppendText(buf[:0], n)
}

// AppendText appends the text of a value, as for Text.
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

// String returns Text as a string, "" for None.
func (d *Doc) String(n Node) string {
	if n == None {
		return ""
	}
	return string(d.AppendText(nil, n))
}

// AppendJSON appends the JSON text of a value: no white space outside strings, members in the order of the log, numbers
// as written, only quotes, backslashes and control characters escaped.
func (d *Doc) AppendJSON(dst []byte, n Node) []byte {
	m := &d.nodes[n]
	switch m.kind {
	case String:
		raw := d.src[m.start:m.end]
		if m.flags&(flagEscaped|flagNonASCII) == 0 {
			return append(append(append(dst, '"'), raw...), '"')
		}
		return d.appendQuoted(dst, raw, m.flags&flagEscaped != 0)
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

// AppendQuoted appends a JSON string with only quotes, backslashes and control characters escaped. Invalid UTF-8 becomes
// U+FFFD.
func AppendQuoted(dst, text []byte) []byte {
	const hex = "0123456789ABCDEF"
	dst = append(dst, '"')
	for {
		n := plainPrefix(text)
		dst, text = append(dst, text[:n]...), text[n:]
		if len(text) == 0 {
			return append(dst, '"')
		}
		size := 1
		switch c := text[0]; {
		case c >= utf8.RuneSelf:
			var r rune
			r, size = utf8.DecodeRune(text)
			dst = utf8.AppendRune(dst, r)
		case c == '"' || c == '\\':
			dst = append(dst, '\\', c)
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
		text = text[size:]
	}
}

// plainPrefix returns the number of bytes at the start of a text that need no escape in a JSON string: ASCII without quotes,
// backslashes and control characters.
func plainPrefix(text []byte) int {
	i := 0
	for ; i+8 <= len(text); i += 8 {
		w := binary.LittleEndian.Uint64(text[i:])
		quote := w ^ ('"' * ones)
		slash := w ^ ('\\' * ones)
		if stop := ((quote-ones)&^quote | (slash-ones)&^slash | (w-0x20*ones)&^w | w) & highs; stop != 0 {
			return i + bits.TrailingZeros64(stop)>>3
		}
	}
	for i < len(text) && text[i] >= 0x20 && text[i] < utf8.RuneSelf && text[i] != '"' && text[i] != '\\' {
		i++
	}
	return i
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

// Len returns the number of nodes. They are in the order of the text.
func (d *Doc) Len() int { return len(d.nodes) }
