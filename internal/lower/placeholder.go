package lower

import (
	"strings"

	"github.com/egret-hunt/egret/internal/ir"
)

// expand replaces the placeholders %name% of a value by each of their values. The values are Sigma strings, or raw text if
// raw is set.
func (l *lowerer) expand(o operand, raw bool) []operand {
	variants := []ir.Pattern{nil}
	for _, part := range o.pattern {
		pieces := []piece{{text: part.Text}}
		if part.Kind == ir.Literal {
			pieces = splitPlaceholders(part.Text)
		}
		for _, piece := range pieces {
			fillings := []ir.Pattern{{{Kind: part.Kind, Text: piece.text}}}
			if piece.placeholder {
				fillings = l.fillings(piece.text, o, raw)
			}
			if piece.placeholder && len(fillings) > 0 && !l.spend(filledValues, values(len(fillings)*len(variants), o.value.Text), o.value.Span) {
				return nil
			}
			variants = ir.Join(variants, fillings)
		}
	}
	out := make([]operand, len(variants))
	for i, variant := range variants {
		out[i] = operand{value: o.value, pattern: variant}
		if raw {
			out[i].value.Text, _ = plain(variant)
		}
	}
	return out
}

// fillings returns the values of a placeholder. If it has none, fillings reports it or, with Open, keeps the placeholder.
func (l *lowerer) fillings(name string, o operand, raw bool) []ir.Pattern {
	values := l.opt.Placeholders[name]
	if len(values) == 0 {
		// A raw value is parsed as a whole, as an expression or a network, and cannot contain a Placeholder part.
		if l.opt.Open && !raw {
			return []ir.Pattern{{{Kind: ir.Placeholder, Text: name}}}
		}
		l.list.Add(unresolvedPlaceholder(o.value.Span, name))
	}
	var fillings []ir.Pattern
	for _, text := range values {
		if raw {
			fillings = append(fillings, literal(text))
		} else {
			fillings = append(fillings, ParsePattern(text))
		}
	}
	return fillings
}

// SplitPlaceholders splits a text, which has no wildcards, into Literal and Placeholder parts. It reads placeholders as the
// modifier `expand` does.
func SplitPlaceholders(text string) ir.Pattern {
	var parts ir.Pattern
	for _, p := range splitPlaceholders(text) {
		kind := ir.Literal
		if p.placeholder {
			kind = ir.Placeholder
		}
		parts = append(parts, ir.Part{Kind: kind, Text: p.text})
	}
	return parts
}

// A piece is a literal text or the name of a placeholder.
type piece struct {
	text        string
	placeholder bool
}

// splitPlaceholders splits a text into literal texts and placeholders. An unpaired percent sign is literal, and so is one
// after a backslash, which is removed, as in pySigma.
func splitPlaceholders(text string) []piece {
	var pieces []piece
	add := func(literal string) {
		if literal = strings.ReplaceAll(literal, `\%`, "%"); literal != "" {
			pieces = append(pieces, piece{text: literal})
		}
	}
	start := 0
	for at := 0; at < len(text); at++ {
		if text[at] != '%' || at > 0 && text[at-1] == '\\' {
			continue
		}
		length := strings.IndexByte(text[at+1:], '%')
		if length < 0 {
			break
		}
		if length == 0 {
			continue
		}
		add(text[start:at])
		pieces = append(pieces, piece{text: text[at+1 : at+1+length], placeholder: true})
		at += length + 1
		start = at + 1
	}
	add(text[start:])
	return pieces
}

// WithPlaceholders returns a pattern whose placeholders %name% in literal parts are Placeholder parts.
func WithPlaceholders(pattern ir.Pattern) ir.Pattern {
	var out ir.Pattern
	for _, part := range pattern {
		if part.Kind != ir.Literal {
			out = append(out, part)
			continue
		}
		for _, piece := range splitPlaceholders(part.Text) {
			kind := ir.Literal
			if piece.placeholder {
				kind = ir.Placeholder
			}
			out = out.Append(ir.Part{Kind: kind, Text: piece.text})
		}
	}
	return out
}
