package match

import (
	"context"
	"io"
	"unicode/utf8"

	"github.com/egret-hunt/egret/internal/ir"
)

// A few predicates take seconds on an event of megabytes: a large regular expression, a pattern of many wildcards, two long
// lists of fieldref. They look at the context now and then. Smaller ones are not slowed down by it.
const (
	// regexWork is how many steps of regular expressions, bytes times instructions, are taken without looking.
	regexWork = 1 << 25
	// globWork is the same for patterns, in bytes of text times bytes of pattern.
	globWork = 1 << 26
	// largeText is how many bytes of a field count as work of their own, textWork how much of it is done without looking.
	largeText = 1 << 16
	textWork  = 1 << 26
)

// Interrupt makes Matched end early when a context ends; nil, as at the start, for never.
func (m *Matcher) Interrupt(ctx context.Context) { m.ctx = ctx }

// Interrupted tells that the last Matched was cut short, so that it says nothing of its event.
func (m *Matcher) Interrupted() bool { return m.stopped }

// stop tells whether the context has ended, and remembers it.
func (m *Matcher) stop() bool {
	m.stopped = m.stopped || m.ctx != nil && m.ctx.Err() != nil
	return m.stopped
}

// spend counts work on large texts, and looks at the context when there was much of it.
func (m *Matcher) spend(bytes int) {
	if m.work += bytes; m.work >= textWork {
		m.work = 0
		m.stop()
	}
}

// matchRegex holds a regular expression against a text.
func (m *Matcher) matchRegex(n *node, text []byte) bool {
	if m.ctx == nil || len(text)*n.steps < regexWork {
		return n.regex.Match(text)
	}
	found := n.regex.MatchReader(&stoppableText{matcher: m, text: text, every: 1 + regexWork/64/n.steps})
	return found && !m.stopped
}

// stoppableText is a text that ends early when the matcher is to stop.
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

// matchGlob holds a pattern against a text.
func (m *Matcher) matchGlob(g *glob, text []byte) bool {
	if len(text)*g.size >= globWork && m.ctx != nil {
		return g.matchUntil(text, m.stop) && !m.stopped
	}
	if len(text) >= largeText {
		m.spend(len(text))
	}
	return g.match(text)
}

// patternSize is what a pattern costs at each place of a text at worst; 0 where searching is fast whatever it is.
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
