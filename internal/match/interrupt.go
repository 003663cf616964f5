package match

import (
	"context"
	"io"
	"unicode/utf8"

	"github.com/egret-hunt/egret/internal/ir"
)

// A few predicates take seconds on an event of megabytes: a large regular expression, a pattern with many wildcards, fieldref
// with two long lists. They check the context periodically. Smaller ones do not, so they are not slower.
const (
	// regexWork is the number of steps of regular expressions, bytes times instructions, between checks of the context.
	regexWork = 1 << 25
	// globWork is the same for patterns, in bytes of text times bytes of pattern.
	globWork = 1 << 26
	// largeText is how many bytes of a field count as work of their own, textWork how much of it is done without looking.
	largeText = 1 << 16
	textWork  = 1 << 26
)

// Interrupt makes Matched end early if ctx ends. With nil, the default, it never does.
func (m *Matcher) Interrupt(ctx context.Context) { m.ctx = ctx }

// Interrupted reports whether the last Matched ended early, so that its result is not valid.
func (m *Matcher) Interrupted() bool { return m.stopped }

// stop reports whether the context has ended, and remembers it.
func (m *Matcher) stop() bool {
	m.stopped = m.stopped || m.ctx != nil && m.ctx.Err() != nil
	return m.stopped
}

// spend counts work on large texts and checks the context after much of it.
func (m *Matcher) spend(bytes int) {
	if m.work += bytes; m.work >= textWork {
		m.work = 0
		m.stop()
	}
}

// matchRegex matches a text against a regular expression.
func (m *Matcher) matchRegex(n *node, text []byte) bool {
	if m.ctx == nil || len(text)*n.steps < regexWork {
		return n.regex.Match(text)
	}
	found := n.regex.MatchReader(&stoppableText{matcher: m, text: text, every: 1 + regexWork/64/n.steps})
	return found && !m.stopped
}

// A stoppableText is a text that ends early if the matcher must stop.
type stoppableText struct {
	matcher     *Matcher
	text        []byte
	read, every int
}

// ReadRune implements io.RuneReader.
func (t *stoppableText) ReadRune() (rune, int, error) {
	if t.read++; t.read%t.every == 0 && t.matcher.stop() {
		return 0, 0, io.EOF
	}
	if len(t.text) == 0 {
		return 0, 0, io.EOF
	}
	r, size := utf8.DecodeRune(t.text)
	t.text = t.text[size:]
	return r, size, nil
}

// matchGlob matches a text against a pattern.
func (m *Matcher) matchGlob(g *glob, text []byte) bool {
	if len(text)*g.size >= globWork && m.ctx != nil {
		return g.matchUntil(text, m.stop) && !m.stopped
	}
	if len(text) >= largeText {
		m.spend(len(text))
	}
	return g.match(text)
}

// patternSize returns the worst-case cost of a pattern at each position of a text, or 0 if the search is always fast.
func patternSize(segments [][]ir.Part) int {
	size := 0
	for _, segment := range segments {
		if len(segment) == 1 && segment[0].Kind == ir.Literal {
			continue
		}
		for _, part := range segment {
			size += 1 + len(part.Text)
		}
	}
	return size
}
