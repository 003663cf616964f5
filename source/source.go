// Package source holds the texts that egret reads (rule files, configuration) and byte spans that point into them. A
// span has a file and two byte offsets; line and column are computed only when something is printed.
//
// The package imports nothing of egret and does no input or output.
package source

import (
	"sort"
	"strings"
)

// A File is one text with a name. It is immutable and safe for concurrent use.
type File struct {
	// Name is the path as the user gave it, or a label such as "<stdin>".
	Name string
	// Text is the whole content, UTF-8.
	Text string

	lines []int // byte offset of the start of each line
}

// NewFile returns a file with a name and text.
func NewFile(name, text string) *File {
	lines := make([]int, 1, 1+strings.Count(text, "\n"))
	for i := 0; i < len(text); i++ {
		next := strings.IndexByte(text[i:], '\n')
		if next < 0 {
			break
		}
		i += next
		lines = append(lines, i+1)
	}
	return &File{Name: name, Text: text, lines: lines}
}

// A Position is a line and column for people, both from 1. The column counts bytes.
type Position struct {
	Line   int `json:"line"`
	Column int `json:"column"`
}

// Position returns the line and column of a byte offset; offsets outside the text are clamped to it.
func (f *File) Position(offset int) Position {
	offset = max(0, min(offset, len(f.Text)))
	line := sort.SearchInts(f.lines, offset+1)
	return Position{Line: line, Column: offset - f.lines[line-1] + 1}
}

// Offset returns the byte offset of a line and a column in bytes, both from 1, clamped to the text.
func (f *File) Offset(line, column int) int {
	line = max(1, min(line, len(f.lines)))
	return max(0, min(f.lines[line-1]+column-1, len(f.Text)))
}

// Line returns the text of a line, counted from 1, without its line break, or "" if there is no such line.
func (f *File) Line(line int) string {
	if line < 1 || line > len(f.lines) {
		return ""
	}
	rest := f.Text[f.lines[line-1]:]
	if end := strings.IndexByte(rest, '\n'); end >= 0 {
		rest = rest[:end]
	}
	return strings.TrimSuffix(rest, "\r")
}

// Lines returns the number of lines; text without a line break has one.
func (f *File) Lines() int { return len(f.lines) }

// A Span is the half-open byte range [Start, End) of a file. The zero Span has no position.
type Span struct {
	File       *File
	Start, End int
}

// IsZero reports whether the span has no position.
func (s Span) IsZero() bool { return s.File == nil }

// Text returns the text that the span covers, "" for the zero span.
func (s Span) Text() string {
	if s.File == nil || s.Start < 0 || s.End > len(s.File.Text) || s.Start > s.End {
		return ""
	}
	return s.File.Text[s.Start:s.End]
}

// Lines returns the text that the span covers and what follows it in its last line, such as a closing bracket; "" for the zero span.
func (s Span) Lines() string {
	text := s.Text()
	if s.File == nil || s.End > len(s.File.Text) {
		return text
	}
	rest, _, _ := strings.Cut(s.File.Text[s.End:], "\n")
	return text + strings.TrimRight(rest, "\r")
}
