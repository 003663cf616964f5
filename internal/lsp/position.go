package lsp

import (
	"sort"
	"unicode/utf8"

	"github.com/egret-hunt/egret/source"
)

// An encoding is how an editor counts the characters of a line.
type encoding string

const (
	utf8Units  encoding = "utf-8"
	utf16Units encoding = "utf-16"
)

// lines finds positions in a text. Lines end in \n, \r\n or \r, as the protocol says.
type lines struct {
	text   string
	starts []int
}

func newLines(text string) lines {
	l := lines{text, []int{0}}
	for i := range len(text) {
		switch {
		case text[i] == '\n', text[i] == '\r' && (i+1 == len(text) || text[i+1] != '\n'):
			l.starts = append(l.starts, i+1)
		}
	}
	return l
}

// bounds returns the offsets of a line without its line break. The line must exist.
func (l *lines) bounds(line int) (start, end int) {
	start, end = l.starts[line], len(l.text)
	if line+1 < len(l.starts) {
		end = l.starts[line+1]
	}
	for end > start && (l.text[end-1] == '\n' || l.text[end-1] == '\r') {
		end--
	}
	return start, end
}

// offset returns the byte offset of a position. Positions behind the end of a line or of the text become that end, as the protocol says,
// and those within a character its start.
func (l *lines) offset(p position, by encoding) int {
	if p.Line >= len(l.starts) {
		return len(l.text)
	}
	if p.Line < 0 {
		return 0
	}
	at, end := l.bounds(p.Line)
	for units := 0; at < end; {
		c, size := utf8.DecodeRuneInString(l.text[at:end])
		if units += unitsOf(c, size, by); units > p.Character {
			break
		}
		at += size
	}
	return at
}

func unitsOf(c rune, size int, by encoding) int {
	switch {
	case by == utf8Units:
		return size
	case c > 0xffff:
		return 2
	}
	return 1
}

// position returns the position of a byte offset, which is clamped to the text.
func (l *lines) position(offset int, by encoding) position {
	offset = max(0, min(offset, len(l.text)))
	line := sort.SearchInts(l.starts, offset+1) - 1
	p := position{Line: line}
	for at := l.starts[line]; at < offset; {
		c, size := utf8.DecodeRuneInString(l.text[at:])
		if at+size > offset {
			break
		}
		p.Character += unitsOf(c, size, by)
		at += size
	}
	return p
}

// span returns the range of a span of this text.
func (l *lines) span(s source.Span, by encoding) textRange {
	return textRange{l.position(s.Start, by), l.position(max(s.Start, s.End), by)}
}
