package lsp

import (
	"context"
	"strings"

	"github.com/egret-hunt/egret/source"
)

// definition implements textDocument/definition: the rule that a correlation, filter or relation names, and the search identifier that a
// condition names.
func (s *server) definition(ctx context.Context, d *document, p *documentParams) (any, error) {
	if d.kind() != ruleFile {
		return nil, nil
	}
	offset := d.lines.offset(p.Position, s.encoding)
	c := d.lines.at(offset)
	if c.inKey || len(c.path) == 0 {
		return nil, nil
	}
	d.project.wait(ctx)
	if known, ok := d.project.index.Lookup(strings.TrimSpace(c.text)); ok {
		if place, ok := s.place(known.Place); ok {
			return place, nil
		}
	}
	word := wordAt(c.text, len(c.word))
	if span, ok := d.search(c, word); ok && c.path[0] != "correlation" {
		place, _ := s.placeIn(&d.lines, span)
		return place, nil
	}
	if known, ok := d.project.index.Lookup(word); ok && c.path[0] == "correlation" {
		if place, ok := s.place(known.Place); ok {
			return place, nil
		}
	}
	return nil, nil
}

// wordAt returns the word of a condition at a place.
func wordAt(text string, at int) string {
	const ends = " \t()|"
	start := strings.LastIndexAny(text[:at], ends) + 1
	if end := strings.IndexAny(text[at:], ends); end >= 0 {
		return text[start : at+end]
	}
	return text[start:]
}

// search returns the place of a search identifier of the document.
func (d *document) search(c *cursor, name string) (source.Span, bool) {
	inside := false
	for i := c.first; i < c.last && name != ""; i++ {
		read := readLine(d.lines.lineAt(i))
		switch {
		case read.blank || read.key == "":
		case read.indent == 0:
			inside = read.key == "detection" || read.key == "filter"
		case inside && read.key == name && name != "condition":
			start, _ := d.lines.bounds(i)
			return source.Span{File: d.file(), Start: start + read.indent, End: start + read.colon}, true
		}
	}
	return source.Span{}, false
}
