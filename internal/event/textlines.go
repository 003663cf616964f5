package event

import (
	"bytes"

	"github.com/egret-hunt/egret/internal/event/textlog"
	"github.com/egret-hunt/egret/internal/schema"
	"github.com/egret-hunt/egret/internal/value"
)

// sniffLines is sniff for content that may be a log in text; the layout is nil for any other.
func (r *Reader) sniffLines(shape shape, name string, head []byte, eof bool) (shape, string, *textlog.Layout) {
	text := skipMark(head)
	if start := skipBlank(text, 0); shape == linesShape && (start == len(text) || text[start] == '{' || text[start] == '[') ||
		shape != foreignShape && shape != csvShape && shape != linesShape {
		return shape, name, nil
	}
	if layout := r.texts.Sniff(text, eof); layout != nil {
		return linesShape, layout.Schema.Title, layout
	}
	return shape, name, nil
}

// cutLines returns the offset after the last line that can be handed on. Lines of text never span several lines.
func (p *producer) cutLines(data []byte) int {
	if p.text == nil {
		return lineCut(data)
	}
	return bytes.LastIndexByte(data, '\n') + 1
}

// layoutAfter returns the layout that applies after lines of text: that of the last header in them.
func (p *producer) layoutAfter(data []byte) *textlog.Layout {
	last := p.text
	formats := p.w.reader.texts
	if last == nil || !formats.Marked(data) {
		return last
	}
	for line := range bytes.Lines(data) {
		if l := formats.Header(line); l != nil {
			last = l
		}
	}
	return last
}

// nextLine returns the event in the next line of a log in text, or false at the end of the chunk. The event is nil if the
// line is handed to the search for JSON, is no event, or cannot be read.
func (b *Batch) nextLine() (*Record, bool) {
	c := b.chunk
	data := c.buf[:c.n]
	if b.pos >= len(data) {
		return nil, false
	}
	line := data[b.pos:]
	b.number, b.offset = b.line, c.base+int64(b.pos)
	if end := bytes.IndexByte(line, '\n'); end >= 0 {
		line = line[:end]
		b.pos += end + 1
	} else {
		b.pos = len(data)
	}
	b.line++
	if len(line) > c.maxRec {
		b.tally.fail(b.number, b.offset, tooLong(c.maxRec))
		return nil, true
	}
	if b.text.Layout() != nil {
		doc, kind, reason := b.text.Read(line)
		switch {
		case kind == textlog.Event && !b.text.Odd():
			return b.deliver(doc, b.text.Layout().Schema), true
		case kind == textlog.Nothing:
			return nil, true
		case kind != textlog.Header || !b.text.Layout().Names(line):
			return b.otherLine(line, doc, reason)
		}
	}
	return nil, true
}

// otherLine handles a line that does not fit the layout: a header, JSON, or a line of another log. If it is none of them,
// the document is the event, or else the reason says why there is none.
func (b *Batch) otherLine(line []byte, doc *value.Doc, reason string) (*Record, bool) {
	if layout := b.formats.Header(line); layout != nil {
		b.text.Use(layout)
		return nil, true
	}
	if text := bytes.TrimSpace(line); looksLikeJSON(text) {
		return b.json(text), true
	}
	current := b.text.Layout()
	if layout := b.formats.Line(line); layout != nil && layout != current {
		// Only this line: those after it may belong to either log.
		b.other.Use(layout)
		if other, kind, _ := b.other.Read(line); kind == textlog.Event {
			return b.deliver(other, layout.Schema), true
		}
	}
	if doc != nil {
		return b.deliver(doc, current.Schema), true
	}
	if reason == "" {
		reason = "a header that names no columns of the log"
	}
	b.tally.fail(b.number, b.offset, current.Schema.Name+": "+reason)
	return nil, true
}

// foreignLine handles a line of text among JSON lines: it returns its event, or nil for a header. It reports false if the
// line is neither. A header applies to the rest of the chunk.
func (b *Batch) foreignLine(raw []byte) (*Record, bool) {
	if !b.chunk.lines || b.chunk.text != nil {
		return nil, false
	}
	layout := b.formats.Line(raw)
	if layout == nil {
		return nil, false
	}
	b.other.Use(layout)
	doc, kind, _ := b.other.Read(raw)
	if kind == textlog.Header {
		b.chunk.text = layout
		b.text.Use(layout)
		return nil, true
	}
	if kind != textlog.Event {
		return nil, false
	}
	return b.deliver(doc, layout.Schema), true
}

// json returns the first event of a JSON text, or nil; the search continues with the others.
func (b *Batch) json(raw []byte) *Record {
	doc, err := b.search.parsers[0].Parse(raw)
	if err != nil {
		if r, ok := b.foreignLine(raw); ok {
			return r
		}
		b.tally.fail(b.number, b.offset, err.Error())
		return nil
	}
	if b.schema != nil && b.search.detector.Again(doc, 0, b.schema) {
		return b.deliver(doc, b.schema)
	}
	var s *schema.Schema
	if doc, s = b.search.begin(doc); s != nil {
		b.schema = s
		return b.deliver(doc, s)
	}
	return nil
}

// JSON returns the event's JSON text. It is Raw, or is made for an event that was no JSON, and is valid as long as the
// record.
func (r *Record) JSON() []byte {
	if r.Raw == nil {
		r.made = r.Doc.AppendJSON(r.made[:0], 0)
		r.Raw = r.made
	}
	return r.Raw
}
