package event

import "bytes"

// scanner finds the end of a JSON value without parsing it: it counts brackets and skips strings. It can stop at any
// byte and continue with the next buffer. It does not check the grammar; the parser does.
type scanner struct {
	depth    int
	inString bool
	escaped  bool // the next byte is the second of an escape
}

const (
	plain = iota
	quote
	opening
	closing
)

// classes marks the bytes that matter outside strings.
var classes = [256]uint8{'"': quote, '{': opening, '[': opening, '}': closing, ']': closing}

// run scans from i and returns the offset after the value's last byte and true, or the length of buf and false. The
// very first byte must open the value: a bracket or a quote.
func (s *scanner) run(buf []byte, i int) (int, bool) {
	if s.inString {
		if i = s.endOfString(buf, i); s.inString {
			return i, false
		}
		if s.depth == 0 {
			return i, true
		}
	}
	for i < len(buf) {
		switch classes[buf[i]] {
		case plain:
			i++
		case quote:
			s.inString = true
			if i = s.endOfString(buf, i+1); s.inString {
				return i, false
			}
			if s.depth == 0 {
				return i, true
			}
		case opening:
			s.depth++
			i++
		case closing:
			s.depth--
			i++
			if s.depth <= 0 {
				return i, true
			}
		}
	}
	return i, false
}

// endOfString continues in a string from i and returns the offset after its closing quote. inString stays true if the
// buffer ends first.
func (s *scanner) endOfString(buf []byte, i int) int {
	if s.escaped && i < len(buf) {
		s.escaped = false
		i++
	}
	for i < len(buf) {
		end := bytes.IndexByte(buf[i:], '"')
		stop := i + end
		if end < 0 {
			stop = len(buf)
		}
		slashes := 0
		for stop-slashes > i && buf[stop-slashes-1] == '\\' {
			slashes++
		}
		switch {
		case end < 0:
			s.escaped = slashes%2 == 1
			return stop
		case slashes%2 == 0:
			s.inString = false
			return stop + 1
		}
		i = stop + 1
	}
	return i
}

// balanced returns the offset after the JSON object, array or string that begins at i, or -1 if it does not end in buf.
func balanced(buf []byte, i int) int {
	var s scanner
	if end, ok := s.run(buf, i); ok {
		return end
	}
	return -1
}

// skipBlank returns the offset of the first byte from i that is not JSON white space.
func skipBlank(buf []byte, i int) int {
	for i < len(buf) && (buf[i] == ' ' || buf[i] == '\n' || buf[i] == '\r' || buf[i] == '\t') {
		i++
	}
	return i
}
