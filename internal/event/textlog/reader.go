package textlog

import (
	"bytes"
	"fmt"

	"github.com/egret-hunt/egret/internal/schema"
	"github.com/egret-hunt/egret/internal/value"
)

// A Reader turns lines into documents. It is not safe for concurrent use.
type Reader struct {
	layout *Layout
	row    value.Row
	text   []byte
	// odd means that a column of numbers of the last line has other text.
	odd bool
}

// Use sets the layout of the lines that follow.
func (r *Reader) Use(l *Layout) { r.layout = l }

// Layout returns the layout of the lines, nil if there is none.
func (r *Reader) Layout() *Layout { return r.layout }

// Odd reports whether a column of numbers in the last line has a text that is no number. That is how the line of another
// log shows that has as many columns.
func (r *Reader) Odd() bool { return r.odd }

// A Kind is what a line is.
type Kind uint8

// The kinds of lines: an event, nothing (an empty line or a comment), a header, and a line that does not fit the layout.
const (
	Event Kind = iota
	Nothing
	Header
	Unfit
)

// Read reads a line. The document is that of an Event, and valid until the next call. The reason says why a line is unfit.
func (r *Reader) Read(line []byte) (doc *value.Doc, kind Kind, reason string) {
	l := r.layout
	if n := len(line); n > 0 && line[n-1] <= ' ' {
		line = trim(line)
	}
	switch {
	case len(line) == 0:
		return nil, Nothing, ""
	case line[0] == '#' && l.text.Header == schema.FieldsHeader:
		if bytes.HasPrefix(line, fieldsMark) {
			return nil, Header, ""
		}
		return nil, Nothing, ""
	case l.text.Header == schema.NamesHeader && l.first != nil && bytes.HasPrefix(line, l.first):
		return nil, Header, ""
	}
	r.odd = false
	r.row.Begin(l.shape, line)
	if l.simple {
		reason = r.columns(line)
	} else {
		reason = r.quoted(line)
	}
	if reason != "" {
		return nil, Unfit, reason
	}
	for i := range l.joined {
		r.join(&l.joined[i])
	}
	return r.row.Doc(), Event, ""
}

// columns reads a line without quotes and brackets.
func (r *Reader) columns(line []byte) string {
	l := r.layout
	plain := value.Plain(line)
	separator := l.text.Separator
	at := 0
	for i := range l.columns {
		end := at
		for end < len(line) && line[end] != separator {
			end++
		}
		c := &l.columns[i]
		r.set(c.member, at, end, c.number[0], plain)
		if end == len(line) {
			if i+1 < l.least {
				return l.tooFew(i + 1)
			}
			return ""
		}
		at = end + 1
	}
	return r.after(line, at)
}

// quoted reads a line with quotes and brackets.
func (r *Reader) quoted(line []byte) string {
	l := r.layout
	separator := l.text.Separator
	at := 0
	for i := range l.columns {
		c := &l.columns[i]
		start, end := at, at
		var next int
		bare := true
		if c.open != 0 && at < len(line) && line[at] == c.open {
			bare = false
			start = at + 1
			if end = l.closing(line, start, i); end < 0 {
				return fmt.Sprintf("column %d has no end", i+1)
			}
			next = end + 1
		} else {
			for end < len(line) && line[end] != separator {
				end++
			}
			next = end
		}
		switch {
		case bare && c.open != 0 && string(line[start:end]) == l.text.Missing && end > start:
		case c.names > 1:
			r.split(c, line, start, end)
		default:
			r.set(c.member, start, end, c.number[0], value.Plain(line[start:end]))
		}
		if next >= len(line) {
			if i+1 < l.least {
				return l.tooFew(i + 1)
			}
			return ""
		}
		at = next + 1
	}
	return r.after(line, at)
}

// closing returns the position of the quote or bracket that ends the value of a column, or -1. Values may contain others,
// since they come from the client of a service: the first one counts after which the line goes on as it must, and the last
// one in the columns that the schema names, in which a client could write the columns that follow.
func (l *Layout) closing(line []byte, start, column int) int {
	closer := l.columns[column].open
	if closer == '[' {
		closer = ']'
	}
	if l.columns[column].longest {
		for end := len(line); end > start; {
			if end = bytes.LastIndexByte(line[:end], closer); end < start {
				break
			}
			if l.continues(line, end+1, column+1) {
				return end
			}
		}
		return -1
	}
	for end := start; end < len(line); end++ {
		i := bytes.IndexByte(line[end:], closer)
		if i < 0 {
			return -1
		}
		if end += i; l.continues(line, end+1, column+1) {
			return end
		}
	}
	return -1
}

// continues reports whether a line goes on at a separator with a column and those after it: up to the next one in quotes,
// none of them has a quote.
func (l *Layout) continues(line []byte, at, column int) bool {
	for ; column < len(l.columns); column++ {
		if at >= len(line) {
			return column >= l.least
		}
		if line[at] != l.text.Separator {
			return false
		}
		at++
		end := at
		for end < len(line) && line[end] != l.text.Separator {
			end++
		}
		if open := l.columns[column].open; open != 0 {
			return end > at && line[at] == open || string(line[at:end]) == l.text.Missing
		}
		if bytes.IndexByte(line[at:end], '"') >= 0 {
			return false
		}
		at = end
	}
	return at >= len(line) || line[at] == l.text.Separator
}

// set sets the member for the value at [start, end) of the line.
func (r *Reader) set(member, start, end int, number, plain bool) {
	if number {
		if r.row.SetNumber(member, start, end) {
			return
		}
		if text := r.row.Text(start, end); len(text) == 0 || string(text) == r.layout.text.Missing {
			return
		}
		r.odd = true
	}
	r.row.SetText(member, start, end, plain)
}

// split sets the members for a value of several names.
func (r *Reader) split(c *column, line []byte, start, end int) {
	text := line[start:end]
	plain := value.Plain(text)
	if c.cut == ':' {
		colon := bytes.LastIndexByte(text, ':')
		if colon < 0 {
			r.set(c.member, start, end, c.number[0], plain)
			return
		}
		r.set(c.member, start, start+colon, c.number[0], plain)
		r.set(c.member+1, start+colon+1, end, c.number[1], plain)
		return
	}
	if n := len(text); n > 0 && text[n-1] == c.cut {
		text = text[:n-1]
		end--
	}
	first := bytes.IndexByte(text, c.cut)
	if first < 0 {
		r.set(c.member, start, end, c.number[0], plain)
		return
	}
	r.set(c.member, start, start+first, c.number[0], plain)
	from := start + first + 1
	if c.names == 3 {
		if last := start + bytes.LastIndexByte(text, c.cut); last >= from {
			r.set(c.member+2, last+1, end, c.number[2], plain)
			end = last
		}
	}
	r.set(c.member+1, from, end, c.number[1], plain)
}

// after handles what follows the last column.
func (r *Reader) after(line []byte, at int) string {
	l := r.layout
	if l.rest < 0 {
		more := bytes.Count(line[at:], []byte{l.text.Separator}) + 1
		if more == 1 && at == len(line) {
			return ""
		}
		return fmt.Sprintf("%d columns, expected %d", len(l.columns)+more, len(l.columns))
	}
	r.row.SetText(l.rest, at, len(line), value.Plain(line[at:]))
	return ""
}

func (l *Layout) tooFew(found int) string {
	return fmt.Sprintf("%d columns, expected %d", found, max(l.least, 1))
}

// join sets a member that is made of others.
func (r *Reader) join(j *joined) {
	doc := r.row.Doc()
	r.text = r.text[:0]
	for i, part := range j.parts {
		n := value.Node(part + 1)
		if doc.Kind(n) == value.Null {
			return
		}
		if i > 0 {
			r.text = append(r.text, ' ')
		}
		r.text = append(r.text, doc.Raw(n)...)
	}
	start, end := r.row.Append(r.text)
	r.row.SetText(j.member, start, end, value.Plain(r.text))
}

// fits reports whether a line without a header belongs to the log source: it has all columns, its time is a time, its
// numbers are numbers, and its other values are as the log source says.
func (r *Reader) fits(line []byte) bool {
	doc, kind, _ := r.Read(line)
	if kind != Event || r.odd {
		return false
	}
	l := r.layout
	if l.time >= 0 {
		n := value.Node(l.time + 1)
		if _, ok := l.Schema.TimeFormat.Parse(doc.Raw(n)); !ok {
			return false
		}
	}
	for i := range l.line {
		if !schema.MatchesAny(l.line[i].patterns, doc.Raw(value.Node(l.line[i].member+1))) {
			return false
		}
	}
	return true
}
