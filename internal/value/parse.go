package value

import (
	"encoding/binary"
	"fmt"
	"math"
	"math/bits"
	"unicode/utf16"
	"unicode/utf8"
)

// MaxDepth is how deep arrays and objects may nest. CloudTrail stays under 30; a document that nests deeper was made to
// exhaust its reader.
const MaxDepth = 1000

// SyntaxError says where a text is no JSON.
type SyntaxError struct {
	// Offset counts bytes from the start of the parsed text.
	Offset  int
	Message string
}

// Error is the message with its offset.
func (e *SyntaxError) Error() string {
	return fmt.Sprintf("invalid JSON at byte %d: %s", e.Offset, e.Message)
}

// Parser parses events one after the other and reuses its memory. It is not safe for concurrent use.
type Parser struct {
	doc   Doc
	stack []Node
	stops stopFinder
}

// Parse reads one JSON value; only white space may follow it. The Doc points into src and lives until the next Parse, so
// src must not change before. The error is a *SyntaxError.
//
// The grammar is that of RFC 8259 with one difference: bytes in strings that are no UTF-8 are accepted, and read as
// U+FFFD, since one bad byte must not hide an event.
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
				if i = key.read(src, i, stops.after(uint32(i))); i < 0 {
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
					if i = key.read(src, i, stops.after(uint32(i))); i < 0 {
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

// memberKey is the key of an object's member.
type memberKey struct {
	start, length uint32
	flags         uint8
}

// read reads `"key":` at i and returns the offset of the value; where there is none, the complement of i. stop is the stop
// after i.
func (k *memberKey) read(src []byte, i int, stop uint32) int {
	if i >= len(src) || src[i] != '"' {
		return ^i
	}
	end, flags := int(stop), uint8(0)
	if end >= len(src) || src[end] != '"' {
		if end, flags = scanString(src, i+1); end < 0 {
			return ^i
		}
	}
	k.start, k.length = uint32(i+1), uint32(end-i-1)
	if flags&flagEscaped != 0 {
		k.flags = flagKeyEscaped
	}
	next := end + 1
	if next < len(src) && src[next] <= ' ' {
		next = skipSpace(src, next)
	}
	if next >= len(src) || src[next] != ':' {
		return ^i
	}
	next++
	if next < len(src) && src[next] <= ' ' {
		next = skipSpace(src, next)
	}
	return next
}

// badKey says what is wrong with the member that begins at i.
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

// scanString finds the closing quote of the string whose content begins at i, eight bytes at a time, and tells what the
// content holds. It returns -1 if the string is not valid or does not end.
func scanString(src []byte, i int) (end int, flags uint8) {
	var high uint64
	for {
		for i+8 <= len(src) {
			w := binary.LittleEndian.Uint64(src[i:])
			quote := w ^ ('"' * ones)
			slash := w ^ ('\\' * ones)
			stop := ((quote-ones)&^quote | (slash-ones)&^slash | (w-0x20*ones)&^w) & highs
			if stop == 0 {
				high |= w
				i += 8
				continue
			}
			high |= w & ((stop & -stop) - 1)
			i += bits.TrailingZeros64(stop) >> 3
			goto stopped
		}
		for {
			if i >= len(src) {
				return -1, 0
			}
			if c := src[i]; c == '"' || c == '\\' || c < 0x20 {
				break
			}
			high |= uint64(src[i])
			i++
		}
	stopped:
		switch src[i] {
		case '"':
			if high&highs != 0 {
				flags |= flagNonASCII
			}
			return i, flags
		case '\\':
			flags |= flagEscaped
			if i+1 >= len(src) {
				return -1, 0
			}
			switch src[i+1] {
			case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
				i += 2
			case 'u':
				if i+6 > len(src) || hex4(src[i+2:i+6]) < 0 {
					return -1, 0
				}
				i += 6
			default:
				return -1, 0
			}
		default:
			return -1, 0
		}
	}
}

// ScanNumber is the end of the JSON number that begins at i, -1 if there is none.
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

// word is the kind and the length of the word at i, of length 0 where JSON knows none.
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

func badString(src []byte, i int) error {
	for ; i < len(src) && src[i] != '"'; i++ {
		if src[i] < 0x20 {
			return &SyntaxError{Offset: i, Message: "control character in a string"}
		}
		if src[i] == '\\' {
			size := 2
			if i+1 < len(src) && src[i+1] == 'u' {
				size = 6
			}
			if i+size > len(src) {
				break
			}
			if end, _ := scanString(append(append([]byte{}, src[i:i+size]...), '"'), 0); end < 0 {
				return &SyntaxError{Offset: i, Message: "invalid escape in a string"}
			}
			i += size - 1
		}
	}
	return &SyntaxError{Offset: len(src), Message: "the text ends inside a string"}
}

func hex4(b []byte) int {
	v := 0
	for _, c := range b[:4] {
		switch {
		case c-'0' <= 9:
			v = v<<4 | int(c-'0')
		case c|0x20 >= 'a' && c|0x20 <= 'f':
			v = v<<4 | int(c|0x20-'a'+10)
		default:
			return -1
		}
	}
	return v
}

// appendUnescaped resolves the escapes of a string that scanString accepted. A lone surrogate reads as U+FFFD.
func appendUnescaped(dst, raw []byte) []byte {
	for i := 0; i < len(raw); {
		c := raw[i]
		if c != '\\' {
			if c < utf8.RuneSelf {
				dst = append(dst, c)
				i++
				continue
			}
			r, size := utf8.DecodeRune(raw[i:])
			dst = utf8.AppendRune(dst, r)
			i += size
			continue
		}
		switch e := raw[i+1]; e {
		case 'b':
			dst = append(dst, '\b')
		case 'f':
			dst = append(dst, '\f')
		case 'n':
			dst = append(dst, '\n')
		case 'r':
			dst = append(dst, '\r')
		case 't':
			dst = append(dst, '\t')
		case 'u':
			r := rune(hex4(raw[i+2:]))
			i += 6
			if utf16.IsSurrogate(r) {
				pair := rune(utf8.RuneError)
				if i+6 <= len(raw) && raw[i] == '\\' && raw[i+1] == 'u' {
					pair = utf16.DecodeRune(r, rune(hex4(raw[i+2:])))
				}
				if pair != utf8.RuneError {
					i += 6
				}
				r = pair
			}
			dst = utf8.AppendRune(dst, r)
			continue
		default:
			dst = append(dst, e)
		}
		i += 2
	}
	return dst
}
