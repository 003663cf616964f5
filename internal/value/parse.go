package value

import (
	"fmt"
	"math"
)

// MaxDepth is the maximum nesting depth of arrays and objects. CloudTrail stays below 30; deeper documents are likely made to
// exhaust the reader.
const MaxDepth = 1000

// A SyntaxError is an error in JSON text.
type SyntaxError struct {
	// Offset is the position of the error in bytes from the start of the text.
	Offset  int
	Message string
}

// Error returns the message with the offset.
func (e *SyntaxError) Error() string {
	return fmt.Sprintf("invalid JSON at byte %d: %s", e.Offset, e.Message)
}

// A Parser parses one event after the other and reuses its memory. It is not safe for concurrent use.
type Parser struct {
	doc   Doc
	stack []Node
	stops stopFinder
}

// Parse reads one JSON value; only white space may follow it. The Doc points into src and lives until the next Parse, so
// src must not change before. The error is a *SyntaxError.
//
// The grammar is that of RFC 8259 with one difference: invalid UTF-8 in strings is accepted and read as U+FFFD, since one bad
// byte must not hide an event.
func (p *Parser) Parse(src []byte) (*Doc, error) {
	if uint64(len(src)) > math.MaxUint32 {
		return nil, &SyntaxError{Offset: 0, Message: "the value is larger than 4 GiB"}
	}
	p.doc.src = src
	p.doc.nodes = p.doc.nodes[:0]
	p.stack = p.stack[:0]
	end, err := p.parseValue(src, skipSpace(src, 0))
	if err != nil {
		return nil, err
	}
	if end = skipSpace(src, end); end < len(src) {
		return nil, &SyntaxError{Offset: end, Message: "text after the value"}
	}
	return &p.doc, nil
}

func skipSpace(src []byte, i int) int {
	for i < len(src) && src[i] <= ' ' && (src[i] == ' ' || src[i] == '\n' || src[i] == '\t' || src[i] == '\r') {
		i++
	}
	return i
}

// parseValue reads the value at i and all that it holds, without recursion: the stack keeps the open containers. Nodes
// are written in place, field by field: a node built elsewhere and copied would stall on the stores it was built with.
func (p *Parser) parseValue(src []byte, i int) (int, error) {
	nodes := p.doc.nodes
	stack := p.stack
	stops := p.stops.find(src)
	var key memberKey // of the member to come, zero in arrays and at the root
	for {
		if i >= len(src) {
			return i, cut(i)
		}
		c := src[i]
		index := len(nodes)
		if index == cap(nodes) {
			nodes = append(nodes, node{})
		} else {
			nodes = nodes[:index+1]
		}
		m := &nodes[index]
		m.flags, m.key, m.klen = key.flags, key.start, key.length
		m.skip = Node(index + 1)
		m.start = uint32(i)
		switch c {
		case '"':
			end, flags := int(stops.after(uint32(i))), uint8(0)
			if end >= len(src) || src[end] != '"' {
				if end, flags = scanString(src, i+1); end < 0 {
					return i, badString(src, i+1)
				}
			}
			m.kind, m.flags = String, key.flags|flags
			m.start, m.end = uint32(i+1), uint32(end)
			i = end + 1
		case '{', '[':
			if len(stack) >= MaxDepth {
				return i, &SyntaxError{Offset: i, Message: fmt.Sprintf("nested deeper than %d", MaxDepth)}
			}
			m.kind = Object
			if c == '[' {
				m.kind = Array
			}
			i = skipSpace(src, i+1)
			if i < len(src) && src[i] == c+2 { // ] and } are two after [ and {
				i++
				m.end = uint32(i)
				break
			}
			stack = append(stack, Node(index))
			key = memberKey{}
			if c == '{' {
				if key, i = readKey(src, i, stops.after(uint32(i))); i < 0 {
					return 0, badKey(src, ^i)
				}
			}
			continue
		case 't', 'f', 'n':
			kind, length := word(src, i)
			if length == 0 {
				return i, badValue(src, i)
			}
			i += length
			m.kind, m.end = kind, uint32(i)
		default:
			end := ScanNumber(src, i)
			if end < 0 {
				return i, badValue(src, i)
			}
			i = end
			m.kind, m.end = Number, uint32(i)
		}
		// A value has ended: close containers until one goes on.
		for {
			if len(stack) == 0 {
				p.doc.nodes, p.stack = nodes, stack
				return i, nil
			}
			top := &nodes[stack[len(stack)-1]]
			if i < len(src) && src[i] <= ' ' {
				i = skipSpace(src, i)
			}
			if i >= len(src) {
				return i, cut(i)
			}
			object := top.kind == Object
			if src[i] == ',' {
				i++
				if i < len(src) && src[i] <= ' ' {
					i = skipSpace(src, i)
				}
				key = memberKey{}
				if object {
					if key, i = readKey(src, i, stops.after(uint32(i))); i < 0 {
						return 0, badKey(src, ^i)
					}
				}
				break
			}
			closing := byte(']')
			if object {
				closing = '}'
			}
			if src[i] != closing {
				return i, &SyntaxError{Offset: i, Message: fmt.Sprintf("expected , or %c", closing)}
			}
			i++
			top.end = uint32(i)
			top.skip = Node(len(nodes))
			stack = stack[:len(stack)-1]
		}
	}
}

// A memberKey is the key of an object's member.
type memberKey struct {
	start, length uint32
	flags         uint8
}

// readKey reads `"key":` at i and returns the key and the offset of the value, or the complement of i if there is no key. stop is
// the stop after i. The key is a result and not an out parameter, so that it stays in registers: a key in memory would be
// written in parts and read as a whole, which stalls the processor.
func readKey(src []byte, i int, stop uint32) (key memberKey, next int) {
	if i >= len(src) || src[i] != '"' {
		return key, ^i
	}
	end, flags := int(stop), uint8(0)
	if end >= len(src) || src[end] != '"' {
		if end, flags = scanString(src, i+1); end < 0 {
			return key, ^i
		}
	}
	key.start, key.length = uint32(i+1), uint32(end-i-1)
	if flags&flagEscaped != 0 {
		key.flags = flagKeyEscaped
	}
	next = end + 1
	if next < len(src) && src[next] <= ' ' {
		next = skipSpace(src, next)
	}
	if next >= len(src) || src[next] != ':' {
		return key, ^i
	}
	next++
	if next < len(src) && src[next] <= ' ' {
		next = skipSpace(src, next)
	}
	return key, next
}

// badKey returns the error of the member that begins at i.
func badKey(src []byte, i int) error {
	if i >= len(src) {
		return cut(i)
	}
	if src[i] != '"' {
		return &SyntaxError{Offset: i, Message: "expected a key in double quotes"}
	}
	end, _ := scanString(src, i+1)
	if end < 0 {
		return badString(src, i+1)
	}
	if i = skipSpace(src, end+1); i >= len(src) {
		return cut(i)
	}
	return &SyntaxError{Offset: i, Message: "expected a colon after the key"}
}

const (
	ones  = 0x0101010101010101
	highs = 0x8080808080808080
)

// ScanNumber returns the end of the JSON number that begins at i, or -1 if there is none.
func ScanNumber(src []byte, i int) int {
	if i < len(src) && src[i] == '-' {
		i++
	}
	switch {
	case i >= len(src):
		return -1
	case src[i] == '0':
		i++
	default:
		end := digits(src, i)
		if end == i {
			return -1
		}
		i = end
	}
	if i < len(src) && src[i] == '.' {
		end := digits(src, i+1)
		if end == i+1 {
			return -1
		}
		i = end
	}
	if i < len(src) && src[i]|0x20 == 'e' {
		i++
		if i < len(src) && (src[i] == '+' || src[i] == '-') {
			i++
		}
		end := digits(src, i)
		if end == i {
			return -1
		}
		i = end
	}
	return i
}

func digits(src []byte, i int) int {
	for i < len(src) && src[i]-'0' <= 9 {
		i++
	}
	return i
}

// word returns the kind and length of the JSON literal at i: true, false or null. The length is 0 if there is none.
func word(src []byte, i int) (Kind, int) {
	switch {
	case hasPrefix(src, i, "true"):
		return True, len("true")
	case hasPrefix(src, i, "null"):
		return Null, len("null")
	case hasPrefix(src, i, "false"):
		return False, len("false")
	}
	return Null, 0
}

func hasPrefix(src []byte, i int, word string) bool {
	return len(src)-i >= len(word) && string(src[i:i+len(word)]) == word
}

func cut(i int) error { return &SyntaxError{Offset: i, Message: "the text ends inside a value"} }

func badValue(src []byte, i int) error {
	for _, word := range []string{"true", "false", "null"} {
		if rest := src[i:]; len(rest) < len(word) && string(rest) == word[:len(rest)] {
			return cut(len(src))
		}
	}
	return &SyntaxError{Offset: i, Message: fmt.Sprintf("expected a value, found %q", src[i])}
}
