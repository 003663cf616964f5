package sqlregex

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode"

	"github.com/egret-hunt/egret/internal/ir"
)

// Surrogate halves occur in no text, and engines treat them differently.
const (
	firstSurrogate = 0xD800
	lastSurrogate  = 0xDFFF
)

// literal prints consecutive characters, in any case if fold is set.
func (p *regexPrinter) literal(text []rune, fold bool) regexText {
	var b strings.Builder
	pieces := 0
	for len(text) > 0 {
		if text[0] >= firstSurrogate && text[0] <= lastSurrogate {
			// Go treats such a literal as U+FFFD in some positions and as nothing in others.
			p.err = errors.New("it has half of a surrogate pair, which occurs in no text")
		}
		n := 1
		var piece string
		switch folded := orbit(text[0]); {
		case !fold || len(folded) == 2:
			piece = p.class([]rune{text[0], text[0]})
		case p.flavor == RE2 && text[0] < unicode.MaxASCII:
			// RE2 folds letters one by one; for ASCII letters its table equals Go's.
			for n < len(text) && text[n] < unicode.MaxASCII {
				n++
			}
			piece = "(?i:" + strings.ToLower(escapeLiteral(text[:n])) + ")"
		default:
			piece = p.class(folded)
		}
		b.WriteString(piece)
		text = text[n:]
		pieces++
	}
	if pieces == 1 {
		return regexText{b.String(), regexAtom}
	}
	return regexText{b.String(), regexConcat}
}

// orbit returns the characters that equal a character when case is ignored, as ranges in ascending order.
func orbit(r rune) []rune {
	all := []rune{r}
	for f := unicode.SimpleFold(r); f != r; f = unicode.SimpleFold(f) {
		all = append(all, f)
	}
	slices.Sort(all)
	var ranges []rune
	for _, r := range all {
		ranges = append(ranges, r, r)
	}
	return ranges
}

// class prints a character class, given as ranges in ascending order, either by its ranges or negated by their
// complement.
func (p *regexPrinter) class(ranges []rune) string {
	ranges = valid(ranges)
	standIn := func(ranges []rune) []rune {
		if p.flavor == ARE {
			return standing(ranges)
		}
		return ranges
	}
	if p.flavor == ARE && len(ranges) == 2 && ranges[0] == NullStand && ranges[1] == NullStand {
		return p.never()
	}
	switch {
	case len(ranges) == 0:
		return p.never()
	case len(ranges) == 2 && ranges[0] == ranges[1]:
		return escapeLiteral(ranges[:1])
	case ranges[0] > 0 || ranges[len(ranges)-1] < unicode.MaxRune:
		return "[" + rangesText(standIn(ranges)) + "]"
	}
	var gaps []rune
	for i := 1; i+1 < len(ranges); i += 2 {
		gaps = append(gaps, ranges[i]+1, ranges[i+1]-1)
	}
	if gaps = standIn(valid(gaps)); len(gaps) == 0 {
		return p.any()
	}
	return "[^" + rangesText(gaps) + "]"
}

// valid trims surrogates from the ends of ranges.
func valid(ranges []rune) []rune {
	var out []rune
	for i := 0; i+1 < len(ranges); i += 2 {
		lo, hi := ranges[i], ranges[i+1]
		if lo >= firstSurrogate && lo <= lastSurrogate {
			lo = lastSurrogate + 1
		}
		if hi >= firstSurrogate && hi <= lastSurrogate {
			hi = firstSurrogate - 1
		}
		if lo <= hi {
			out = append(out, lo, hi)
		}
	}
	return out
}

func rangesText(ranges []rune) string {
	var b strings.Builder
	for i := 0; i < len(ranges); i += 2 {
		lo, hi := ranges[i], ranges[i+1]
		b.WriteString(escape(lo, `\[]^-&`))
		if hi > lo {
			if hi > lo+1 {
				b.WriteByte('-')
			}
			b.WriteString(escape(hi, `\[]^-&`))
		}
	}
	return b.String()
}

func escapeLiteral(text []rune) string {
	var b strings.Builder
	for _, r := range text {
		b.WriteString(escape(r, `\.+*?()|[]{}^$`))
	}
	return b.String()
}

// escape writes a literal character. RE2 and Joni read \x{…} as a code point; see areEscapes.
func escape(r rune, special string) string {
	switch {
	case r == '\n':
		return `\n`
	case r == '\r':
		return `\r`
	case r == '\t':
		return `\t`
	case r < ' ' || r > '~':
		return fmt.Sprintf(`\x{%X}`, r)
	case strings.ContainsRune(special, r):
		return `\` + string(r)
	default:
		return string(r)
	}
}

// dashes are the characters that windash treats as equal, as the inside of a class.
const dashes = `\-/\x{2013}\x{2014}\x{2015}`

// Pattern writes a wildcard pattern as a regular expression for a text that is already in the case of the pattern.
func Pattern(pattern ir.Pattern, op ir.StringOp, flavor Flavor) string {
	fromStart := op == ir.Equal || op == ir.StartsWith
	toEnd := op == ir.Equal || op == ir.EndsWith
	// A wildcard at an unanchored end has no effect.
	for len(pattern) > 0 && pattern[0].Kind == ir.AnyRun {
		pattern, fromStart = pattern[1:], false
	}
	for len(pattern) > 0 && pattern[len(pattern)-1].Kind == ir.AnyRun {
		pattern, toEnd = pattern[:len(pattern)-1], false
	}
	p := regexPrinter{flavor: flavor}
	var b strings.Builder
	if flavor != POSIX && slices.ContainsFunc(pattern, func(part ir.Part) bool { return part.Kind == ir.AnyRun || part.Kind == ir.AnyOne }) {
		b.WriteString("(?s)")
	}
	if fromStart {
		b.WriteString("^")
	}
	for i, part := range pattern {
		switch part.Kind {
		case ir.Literal:
			b.WriteString(p.literal([]rune(part.Text), false).text)
		case ir.AnyRun:
			if pattern[i-1].Kind != ir.AnyRun {
				b.WriteString(".*")
			}
		case ir.AnyOne:
			b.WriteString(".")
		case ir.Dash:
			b.WriteString("[" + dashes + "]")
		case ir.Placeholder:
			panic("egret bug: a placeholder was not refused")
		}
	}
	if toEnd {
		b.WriteString(p.pick("$", `\z`))
	}
	switch flavor {
	case ARE:
		return areEscapes(b.String())
	case POSIX:
		return posixGroups(b.String())
	case RE2, Joni, Java:
	}
	return b.String()
}
