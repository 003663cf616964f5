package testkit

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/url"
	"strings"
	"unicode"
)

// nodeKind is the type of a JSON value.
type nodeKind uint8

const (
	nullNode nodeKind = iota
	boolNode
	numberNode
	stringNode
	arrayNode
	objectNode
)

// node is one JSON value. text is the string without quotes and escapes, the number as written, or true/false; for an
// object it is the JSON text, computed on first use. lower is text in lower case, computed on first use.
type node struct {
	kind   nodeKind
	text   string
	elems  []*node  // of an array
	keys   []string // of an object, in the order of the log; of equal keys the first is kept
	values []*node  // parallel to keys

	ready bool // text of an object is computed
	runes []rune
	fold  []rune
	// parsed is the string's JSON value; triedJSON means that it was parsed.
	parsed    *node
	triedJSON bool
}

// Event is one decoded event of the naive evaluator. It caches results, so it is not safe for concurrent use.
type Event struct {
	root   *node
	leaves map[string][]*node
	words  []*node // all string values, nil until first used
	asked  bool
}

// DecodeEvent decodes the JSON text of one event, which must be an object. As in encoding/json, invalid UTF-8 and lone
// surrogates become U+FFFD.
func DecodeEvent(text string) (*Event, error) {
	root, err := decodeJSON(text)
	if err != nil {
		return nil, err
	}
	if root.kind != objectNode {
		return nil, fmt.Errorf("event is not a JSON object")
	}
	return &Event{root: root, leaves: map[string][]*node{}}, nil
}

// decodeJSON decodes one JSON value and rejects text after it.
func decodeJSON(text string) (*node, error) {
	if !json.Valid([]byte(text)) { // the token reader accepts wrong commas and colons
		return nil, fmt.Errorf("invalid JSON")
	}
	decoder := json.NewDecoder(strings.NewReader(text))
	decoder.UseNumber()
	root, err := decodeNode(decoder)
	if err != nil {
		return nil, err
	}
	if _, err := decoder.Token(); err != io.EOF {
		return nil, fmt.Errorf("text after the JSON value")
	}
	return root, nil
}

func decodeNode(decoder *json.Decoder) (*node, error) {
	token, err := decoder.Token()
	if err != nil {
		return nil, err
	}
	switch token := token.(type) {
	case nil:
		return &node{kind: nullNode}, nil
	case bool:
		return &node{kind: boolNode, text: fmt.Sprint(token)}, nil
	case json.Number:
		return &node{kind: numberNode, text: token.String()}, nil
	case string:
		return &node{kind: stringNode, text: token}, nil
	case json.Delim:
		if token == '[' {
			n := &node{kind: arrayNode}
			for decoder.More() {
				elem, err := decodeNode(decoder)
				if err != nil {
					return nil, err
				}
				n.elems = append(n.elems, elem)
			}
			_, err := decoder.Token()
			return n, err
		}
		n := &node{kind: objectNode}
		for decoder.More() {
			key, err := decoder.Token()
			if err != nil {
				return nil, err
			}
			value, err := decodeNode(decoder)
			if err != nil {
				return nil, err
			}
			n.keys = append(n.keys, key.(string))
			n.values = append(n.values, value)
		}
		_, err := decoder.Token()
		return n, err
	}
	return nil, fmt.Errorf("unexpected token %v", token)
}

// child returns the value of an object's key, or nil.
func (n *node) child(key string) *node {
	for i, k := range n.keys {
		if k == key {
			return n.values[i]
		}
	}
	return nil
}

// leafText returns the text that string predicates see.
func (n *node) leafText() string {
	if n.kind == objectNode && !n.ready {
		var b bytes.Buffer
		writeJSON(&b, n)
		n.text, n.ready = b.String(), true
	}
	return n.text
}

// leafRunes returns leafText as code points, each converted to lower case if fold is set.
func (n *node) leafRunes(fold bool) []rune {
	if n.runes == nil {
		n.runes = []rune(n.leafText())
		n.fold = make([]rune, len(n.runes))
		for i, r := range n.runes {
			n.fold[i] = unicode.ToLower(r)
		}
	}
	if fold {
		return n.fold
	}
	return n.runes
}

// writeJSON writes JSON text without white space: keys in the order of the log, numbers as written, and escapes only
// for the quote, the backslash and control characters.
func writeJSON(b *bytes.Buffer, n *node) {
	switch n.kind {
	case nullNode:
		b.WriteString("null")
	case boolNode, numberNode:
		b.WriteString(n.text)
	case stringNode:
		writeJSONString(b, n.text)
	case arrayNode:
		b.WriteByte('[')
		for i, elem := range n.elems {
			if i > 0 {
				b.WriteByte(',')
			}
			writeJSON(b, elem)
		}
		b.WriteByte(']')
	case objectNode:
		b.WriteByte('{')
		for i, key := range n.keys {
			if i > 0 {
				b.WriteByte(',')
			}
			writeJSONString(b, key)
			b.WriteByte(':')
			writeJSON(b, n.values[i])
		}
		b.WriteByte('}')
	}
}

func writeJSONString(b *bytes.Buffer, s string) {
	b.WriteByte('"')
	for _, r := range s {
		switch {
		case r == '"' || r == '\\':
			b.WriteByte('\\')
			b.WriteRune(r)
		case r == '\b':
			b.WriteString(`\b`)
		case r == '\f':
			b.WriteString(`\f`)
		case r == '\n':
			b.WriteString(`\n`)
		case r == '\r':
			b.WriteString(`\r`)
		case r == '\t':
			b.WriteString(`\t`)
		case r < 0x20:
			fmt.Fprintf(b, `\u%04X`, r)
		default:
			b.WriteRune(r)
		}
	}
	b.WriteByte('"')
}

// JSONKind says how to walk into a string value.
type JSONKind uint8

// The kinds of string values: plain text, JSON text, and URL-encoded JSON text (percent signs; a plus is a plus). A
// URL-encoded field may also contain plain JSON.
const (
	PlainText JSONKind = iota
	JSONText
	URLEncodedJSON
)

// lookup returns the leaves of a field: arrays are flattened at every step and at the end, nulls and missing keys have
// no leaves.
func (e *Event) lookup(path string, jsonField func(string) JSONKind) []*node {
	leaves, ok := e.leaves[path]
	if !ok {
		leaves = walk(e.root, "", path, jsonField)
		e.leaves[path] = leaves
	}
	return leaves
}

// walk follows the rest of a path below n; done is the part already walked, with dots.
func walk(n *node, done, rest string, jsonField func(string) JSONKind) []*node {
	switch n.kind {
	case arrayNode:
		var leaves []*node
		for _, elem := range n.elems {
			leaves = append(leaves, walk(elem, done, rest, jsonField)...)
		}
		return leaves
	case objectNode:
		// Try the longest key first: a key with dots matches literally before it is split.
		for end := len(rest); end >= 0; end-- {
			if end < len(rest) && rest[end] != '.' {
				continue
			}
			value := n.child(rest[:end])
			if value == nil {
				continue
			}
			path := rest[:end]
			if done != "" {
				path = done + "." + path
			}
			var leaves []*node
			if end == len(rest) {
				leaves = flatten(value)
			} else {
				leaves = walk(value, path, rest[end+1:], jsonField)
			}
			if len(leaves) > 0 {
				return leaves
			}
		}
	case stringNode:
		if inner := n.asJSON(done, jsonField); inner != nil {
			return walk(inner, done, rest, func(string) JSONKind { return PlainText })
		}
	case nullNode, boolNode, numberNode: // nothing is below
	}
	return nil
}

// flatten returns the leaves at the end of a path.
func flatten(n *node) []*node {
	switch n.kind {
	case nullNode:
		return nil
	case arrayNode:
		var leaves []*node
		for _, elem := range n.elems {
			leaves = append(leaves, flatten(elem)...)
		}
		return leaves
	case boolNode, numberNode, stringNode, objectNode:
	}
	return []*node{n}
}

// asJSON returns the JSON value in a string if the schema says that it contains JSON, else nil. It is used only if the
// path continues below the string: a path that ends at the string sees the string as written.
func (n *node) asJSON(path string, jsonField func(string) JSONKind) *node {
	if jsonField == nil || n.triedJSON {
		return n.parsed
	}
	kind := jsonField(path)
	if kind == PlainText {
		return nil
	}
	n.triedJSON = true
	text := n.text
	start := strings.TrimLeft(text, " \t\r\n")
	if kind == URLEncodedJSON && !strings.HasPrefix(start, "{") && !strings.HasPrefix(start, "[") {
		if decoded, err := url.PathUnescape(text); err == nil {
			text = decoded
		}
	}
	n.parsed, _ = decodeJSON(text)
	return n.parsed
}

// strings returns all string values of the event in the order of the log, without keys, numbers and booleans.
func (e *Event) strings() []*node {
	if !e.asked {
		e.asked = true
		var collect func(n *node)
		collect = func(n *node) {
			switch n.kind {
			case stringNode:
				e.words = append(e.words, n)
			case arrayNode:
				for _, elem := range n.elems {
					collect(elem)
				}
			case objectNode:
				for _, value := range n.values {
					collect(value)
				}
			case nullNode, boolNode, numberNode:
			}
		}
		collect(e.root)
	}
	return e.words
}
