package match

import (
	"bytes"
	"unicode"
	"unicode/utf8"

	"github.com/egret-hunt/egret/internal/ir"
)

// lowerASCII maps bytes below 0x80 to their lower case, others to themselves.
var lowerASCII = func() (table [256]byte) {
	for i := range table {
		table[i] = byte(i)
		if 'A' <= i && i <= 'Z' {
			table[i] += 'a' - 'A'
		}
	}
	return table
}()

// appendLower appends text in lower case, code point by code point as unicode.ToLower has it. Text is UTF-8.
func appendLower(dst, text []byte) []byte {
	for i, c := range text {
		if c >= utf8.RuneSelf {
			return appendLowerRunes(dst, text[i:])
		}
		dst = append(dst, lowerASCII[c])
	}
	return dst
}

func appendLowerRunes(dst, text []byte) []byte {
	for len(text) > 0 {
		r, size := utf8.DecodeRune(text)
		dst = utf8.AppendRune(dst, unicode.ToLower(r))
		text = text[size:]
	}
	return dst
}

// lowerString returns a text in lower case, or the text itself if it already is.
func lowerString(s string) string {
	for i := range len(s) {
		if c := s[i]; c >= utf8.RuneSelf || lowerASCII[c] != c {
			return string(appendLower(nil, []byte(s)))
		}
	}
	return s
}

// glob is a compiled pattern. Its segments are what stands between runs of any characters; each has a fixed number of
// code points, so that the leftmost place of a segment is always as good as any later one.
type glob struct {
	segments             [][]ir.Part
	openStart, openEnd   bool
	literal              []byte // the whole pattern if it is one literal segment, lower-cased unless cased
	isLiteral, wholeText bool
	size                 int // see patternSize
}

func newGlob(op ir.StringOp, pattern ir.Pattern, cased bool) *glob {
	g := &glob{
		openStart: op == ir.EndsWith || op == ir.Contains,
		openEnd:   op == ir.StartsWith || op == ir.Contains,
	}
	var segment []ir.Part
	for i, part := range pattern {
		if part.Kind == ir.Placeholder {
			panic("egret bug: placeholder %" + part.Text + "% is open; see lower.Runnable")
		}
		if part.Kind != ir.AnyRun {
			if part.Kind == ir.Literal && !cased {
				part.Text = lowerString(part.Text)
			}
			segment = append(segment, part)
			continue
		}
		if len(segment) > 0 {
			g.segments = append(g.segments, segment)
			segment = nil
		} else if i == 0 {
			g.openStart = true
		}
		if i == len(pattern)-1 {
			g.openEnd = true
		}
		if len(g.segments) == 0 {
			g.openStart = true
		}
	}
	if len(segment) > 0 {
		g.segments = append(g.segments, segment)
	}
	switch {
	case len(g.segments) == 0:
		g.isLiteral = true
	case len(g.segments) == 1 && len(g.segments[0]) == 1 && g.segments[0][0].Kind == ir.Literal:
		g.isLiteral = true
		g.literal = []byte(g.segments[0][0].Text)
	}
	g.wholeText = !g.openStart && !g.openEnd
	g.size = patternSize(g.segments)
	return g
}

// match matches a text against the pattern. The text must be lower-cased unless the pattern is cased.
func (g *glob) match(text []byte) bool { return g.matchUntil(text, nil) }

// matchUntil is like match but gives up, with any result, if stop returns true. stop may be nil.
func (g *glob) matchUntil(text []byte, stop func() bool) bool {
	if g.isLiteral {
		switch {
		case g.wholeText:
			return bytes.Equal(text, g.literal)
		case !g.openStart:
			return bytes.HasPrefix(text, g.literal)
		case !g.openEnd:
			return bytes.HasSuffix(text, g.literal)
		default:
			return bytes.Contains(text, g.literal)
		}
	}
	segments := g.segments
	if !g.openStart {
		end := matchSegment(segments[0], text, 0)
		if end < 0 {
			return false
		}
		if len(segments) == 1 {
			return g.openEnd || end == len(text)
		}
		text, segments = text[end:], segments[1:]
	}
	for i, segment := range segments {
		if i == len(segments)-1 && !g.openEnd {
			return matchEnd(segment, text)
		}
		end := findSegment(segment, text, stop)
		if end < 0 {
			return false
		}
		text = text[end:]
	}
	return true
}

// matchSegment returns the end of a segment that matches at byte i of text, or -1 if it does not match there.
func matchSegment(segment []ir.Part, text []byte, i int) int {
	for _, part := range segment {
		switch part.Kind {
		case ir.Literal:
			if len(text)-i < len(part.Text) || string(text[i:i+len(part.Text)]) != part.Text {
				return -1
			}
			i += len(part.Text)
		case ir.AnyOne, ir.Dash:
			if i >= len(text) {
				return -1
			}
			r, size := utf8.DecodeRune(text[i:])
			if part.Kind == ir.Dash && r != '-' && r != '/' && r != '–' && r != '—' && r != '―' {
				return -1
			}
			i += size
		case ir.AnyRun, ir.Placeholder:
			panic("egret bug: a run of any characters, or a placeholder, inside a segment")
		}
	}
	return i
}

// stopEvery is the number of positions between two calls of stop.
const stopEvery = 256

// findSegment returns the end of the leftmost match of a segment in text, or -1 if there is none or stop ends the search.
func findSegment(segment []ir.Part, text []byte, stop func() bool) int {
	if segment[0].Kind == ir.Literal {
		for from, n := 0, 1; ; n++ {
			if stop != nil && n%stopEvery == 0 && stop() {
				return -1
			}
			at := bytes.Index(text[from:], []byte(segment[0].Text))
			if at < 0 {
				return -1
			}
			if end := matchSegment(segment, text, from+at); end >= 0 {
				return end
			}
			from += at + 1
		}
	}
	for i, n := 0, 1; i < len(text); n++ {
		if stop != nil && n%stopEvery == 0 && stop() {
			return -1
		}
		if end := matchSegment(segment, text, i); end >= 0 {
			return end
		}
		_, size := utf8.DecodeRune(text[i:])
		i += size
	}
	return -1
}

// matchEnd reports whether text ends with the segment.
func matchEnd(segment []ir.Part, text []byte) bool {
	i := len(text)
	for p := len(segment) - 1; p >= 0; p-- {
		part := segment[p]
		if part.Kind == ir.Literal {
			if i -= len(part.Text); i < 0 || string(text[i:i+len(part.Text)]) != part.Text {
				return false
			}
			continue
		}
		if i == 0 {
			return false
		}
		r, size := utf8.DecodeLastRune(text[:i])
		if part.Kind == ir.Dash && r != '-' && r != '/' && r != '–' && r != '—' && r != '―' {
			return false
		}
		i -= size
	}
	return true
}
