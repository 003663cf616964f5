package textlog

import (
	"bytes"
	"slices"
	"strings"

	"github.com/egret-hunt/egret/internal/schema"
	"github.com/egret-hunt/egret/internal/value"
)

// A Layout is the order of the columns in the lines of one log source. It is immutable and safe for concurrent use.
type Layout struct {
	// Schema is the log source.
	Schema *schema.Schema
	// Headed means that a header names the columns.
	Headed bool

	text    *schema.TextLog
	columns []column
	least   int
	simple  bool // no column has quotes, brackets or several names
	shape   *value.Shape
	joined  []joined
	rest    int // the member for values after the last column, -1 if a line must not have more
	line    []test
	time    int // the member with the event's time, -1 if it is none
	first   []byte
	// header is the line that names these columns; nil without one.
	header []byte
}

// rest is the member that holds what a line has after the last column.
const rest = "rest"

type column struct {
	member int // of the first name; the others follow
	names  int
	number [3]bool
	open   byte
	cut    byte
	// longest means that the value reaches as far as the columns after it allow.
	longest bool
}

type joined struct {
	member int
	parts  []int
}

type test struct {
	member   int
	patterns []schema.Pattern
}

// newLayout returns the layout of lines with these columns. open means that lines may have more columns.
func newLayout(s *schema.Schema, columns []schema.TextColumn, open bool) *Layout {
	l := &Layout{Schema: s, text: s.Text, least: len(columns), simple: true, rest: -1, time: -1}
	var keys []string
	index := map[string]int{}
	add := func(name string) int {
		index[name] = len(keys)
		keys = append(keys, name)
		return len(keys) - 1
	}
	for _, c := range columns {
		loaded := column{member: len(keys), names: len(c.Names), open: c.Open, cut: c.Cut, longest: c.Longest}
		if c.Open != 0 || len(c.Names) > 1 {
			l.simple = false
		}
		for i, name := range c.Names {
			loaded.number[i] = name.Number
			add(name.Name)
		}
		l.columns = append(l.columns, loaded)
	}
	for _, join := range s.Text.Joined {
		j := joined{}
		for _, part := range join.Parts {
			if at, ok := index[part]; ok {
				j.parts = append(j.parts, at)
			}
		}
		if len(j.parts) == len(join.Parts) {
			j.member = add(join.Name)
			l.joined = append(l.joined, j)
		}
	}
	if _, taken := index[rest]; open && !taken {
		l.least = s.Text.Least
		l.rest = add(rest)
	}
	for _, t := range s.Text.Line {
		if at, ok := index[t.Paths[0].Text]; ok {
			l.line = append(l.line, test{at, t.Patterns})
		}
	}
	for _, path := range s.Time {
		if at, ok := index[path.Text]; ok && l.time < 0 {
			l.time = at
		}
	}
	if len(columns) > 0 {
		l.first = []byte(columns[0].Names[0].Name)
	}
	l.shape = value.NewShape(keys)
	return l
}

// ofNames returns the layout of lines with the columns of these names, or nil if a name is listed twice.
func ofNames(s *schema.Schema, names []string) *Layout {
	columns := make([]schema.TextColumn, 0, len(names))
	for i, name := range names {
		if slices.Contains(names[:i], name) {
			return nil
		}
		known, ok := s.Text.Names[name]
		if !ok {
			known.Name = name
		}
		columns = append(columns, schema.TextColumn{Names: []schema.TextName{known}})
	}
	l := newLayout(s, columns, false)
	l.Headed = true
	return l
}

// maxColumns is the number of columns up to which a line can be a header.
const maxColumns = 200

// Formats are the formats of the logs in text among a set of log sources. They are immutable and safe for concurrent use.
type Formats struct {
	sources  []*schema.Schema
	defaults []*Layout
	markers  [][]byte
}

// NewFormats returns the formats of these log sources. orders has the columns of lines without a header by log source, in
// place of the order in its schema; it may be nil.
func NewFormats(schemas []*schema.Schema, orders map[string][]string) *Formats {
	f := &Formats{}
	for _, s := range schemas {
		if s.Text == nil {
			continue
		}
		f.sources = append(f.sources, s)
		switch order := orders[s.Name]; {
		case len(order) > 0:
			if l := ofNames(s, order); l != nil {
				f.defaults = append(f.defaults, l)
			}
		case len(s.Text.Columns) > 0:
			f.defaults = append(f.defaults, newLayout(s, s.Text.Columns, s.Text.Header != schema.NamesHeader))
		}
		for _, marker := range s.Text.Markers {
			f.markers = append(f.markers, []byte(marker))
		}
		if s.Text.Header == schema.FieldsHeader {
			f.markers = append(f.markers, fieldsMark)
		}
	}
	return f
}

var fieldsMark = []byte("#Fields:")

// maxLook is the number of lines at the start of a file that are looked at.
const maxLook = 8

// Sniff returns the layout of the first line of a log among the first lines of a file, or nil if there is none. eof means
// that the file ends with head.
func (f *Formats) Sniff(head []byte, eof bool) *Layout {
	if f == nil || len(f.sources) == 0 {
		return nil
	}
	for range maxLook {
		line, more, whole := bytes.Cut(head, []byte("\n"))
		if !whole && !eof {
			return nil
		}
		if l := f.Line(line); l != nil {
			return l
		}
		if head = more; len(head) == 0 {
			return nil
		}
	}
	return nil
}

// Line returns the layout of a header, or of a line that fits a log source's own order; nil if the line is neither.
func (f *Formats) Line(line []byte) *Layout {
	line = trim(line)
	if len(line) == 0 {
		return nil
	}
	if l := f.Header(line); l != nil {
		return l
	}
	var r Reader
	for _, l := range f.defaults {
		if r.Use(l); r.fits(line) {
			return l
		}
	}
	return nil
}

// Header returns the layout that a header names, or nil if the line is no header.
func (f *Formats) Header(line []byte) *Layout {
	line = trim(line)
	if after, ok := bytes.CutPrefix(line, fieldsMark); ok {
		return f.named(line, strings.Fields(string(after)), schema.FieldsHeader)
	}
	if !f.Marked(line) || line[0] == '#' || bytes.Count(line, []byte(" "))+bytes.Count(line, []byte("\t")) > maxColumns {
		return nil
	}
	return f.named(line, strings.Fields(string(line)), schema.NamesHeader)
}

// Marked reports whether text contains a word that every header has one of. Text without one has no header.
func (f *Formats) Marked(text []byte) bool {
	for _, marker := range f.markers {
		if bytes.Contains(text, marker) {
			return true
		}
	}
	return false
}

// named returns the layout of the log source that knows most of the names, at least two and half of them.
func (f *Formats) named(line []byte, names []string, kind schema.TextHeader) *Layout {
	var best *schema.Schema
	most := max(2, (len(names)+1)/2) - 1
	for _, s := range f.sources {
		if s.Text.Header != kind || !marked(s, line) {
			continue
		}
		known := 0
		for _, name := range names {
			if _, ok := s.Text.Names[name]; ok {
				known++
			}
		}
		if known > most {
			best, most = s, known
		}
	}
	if best == nil || len(names) > maxColumns || slices.ContainsFunc(names, func(name string) bool { return !isName(name) }) {
		return nil
	}
	l := ofNames(best, names)
	if l != nil {
		l.header = bytes.Clone(line)
	}
	return l
}

// marked reports whether a header has one of the words that those of the log source have.
func marked(s *schema.Schema, line []byte) bool {
	return len(s.Text.Markers) == 0 ||
		slices.ContainsFunc(s.Text.Markers, func(marker string) bool { return bytes.Contains(line, []byte(marker)) })
}

// isName reports whether a text may be the name of a column.
func isName(text string) bool {
	for i := range len(text) {
		c := text[i] | 0x20
		if (c < 'a' || c > 'z') && (i == 0 || !strings.ContainsRune("0123456789-_()", rune(text[i]))) {
			return false
		}
	}
	return len(text) <= 64
}

// trim removes the end of a line.
func trim(line []byte) []byte { return bytes.TrimRight(line, "\r\n") }

// Names reports whether a line is the header that named the layout's columns, as files that were joined repeat it.
func (l *Layout) Names(line []byte) bool { return l.header != nil && bytes.Equal(trim(line), l.header) }
