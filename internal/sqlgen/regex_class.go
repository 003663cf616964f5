package sqlgen

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode"

	"github.com/egret-hunt/egret/internal/ir"
)

// Halves of surrogate pairs are in no text, and what the engines make of them differs.
const (
	firstSurrogate = 0xD800
	lastSurrogate  = 0xDFFF
)

// literal prints characters that stand one after the other, in any case if fold.
func (p *regexPrinter) literal(text []rune, fold bool) regexText {
	var b strings.Builder
	pieces := 0
	for len(text) > 0 {
		if text[0] >= firstSurrogate && text[0] <= lastSurrogate {
			// Go takes such a literal for U+FFFD at some places of an expression, and for nothing at others.
			p.err = errors.New("it has half of a surrogate pair, which is in no text")
		}
		n := 1
		var piece string
		switch folded := orbit(text[0]); {
		case !fold || len(folded) == 2:
			piece = p.class([]rune{text[0], text[0]})
		case p.flavor == re2 && text[0] < unicode.MaxASCII:
			// RE2 folds letters one by one; for those of ASCII its table and Go's are the same.
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

// orbit are the characters that one stands for when case is ignored, as ranges in ascending order.
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

// class prints a class of characters, given as ranges in ascending order, by the ranges or by what they leave out.
func (p *regexPrinter) class(ranges []rune) string {
	ranges = valid(ranges)
	switch {
	case len(ranges) == 0:
		return p.pick(re2Never, joniNever)
	case len(ranges) == 2 && ranges[0] == ranges[1]:
		return escapeLiteral(ranges[:1])
	case ranges[0] > 0 || ranges[len(ranges)-1] < unicode.MaxRune:
		return "[" + rangesText(ranges) + "]"
	}
	var gaps []rune
	for i := 1; i+1 < len(ranges); i += 2 {
		gaps = append(gaps, ranges[i]+1, ranges[i+1]-1)
	}
	if gaps = valid(gaps); len(gaps) == 0 {
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

// escape writes a character that stands for itself. Both flavors read \x{…} as a code point.
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

// dashes are the characters that stand for one another under windash, as the inside of a class.
const dashes = `\-/\x{2013}\x{2014}\x{2015}`

// patternRegex writes a pattern as a regular expression, which is to be held against a text in the case of the pattern.
func patternRegex(pattern ir.Pattern, op ir.StringOp, flavor regexFlavor) string {
	fromStart := op == ir.Equal || op == ir.StartsWith
	toEnd := op == ir.Equal || op == ir.EndsWith
	// A run at an end that is free, or becomes so, says nothing.
	for len(pattern) > 0 && pattern[0].Kind == ir.AnyRun {
		pattern, fromStart = pattern[1:], false
	}
	for len(pattern) > 0 && pattern[len(pattern)-1].Kind == ir.AnyRun {
		pattern, toEnd = pattern[:len(pattern)-1], false
	}
	p := regexPrinter{flavor: flavor}
	var b strings.Builder
	if slices.ContainsFunc(pattern, func(part ir.Part) bool { return part.Kind == ir.AnyRun || part.Kind == ir.AnyOne }) {
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
		}
	}
	if toEnd {
		b.WriteString(p.pick("$", `\z`))
	}
	return b.String()
}
