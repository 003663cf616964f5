package lower

import (
	"encoding/base64"
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/egret-hunt/egret/internal/ir"
)

// ParsePattern reads a Sigma string. `*` and `?` are wildcards. A backslash escapes a wildcard or another backslash; before
// any other character it is literal (Sigma rules specification, "Escaping").
func ParsePattern(text string) ir.Pattern {
	if !strings.ContainsAny(text, `*?\`) {
		if text == "" {
			return nil
		}
		return ir.Pattern{{Kind: ir.Literal, Text: text}}
	}
	var pattern ir.Pattern
	var literal strings.Builder
	flush := func() {
		if literal.Len() > 0 {
			pattern = append(pattern, ir.Part{Kind: ir.Literal, Text: literal.String()})
			literal.Reset()
		}
	}
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case c == '\\' && i+1 < len(text) && strings.IndexByte(`*?\`, text[i+1]) >= 0:
			i++
			literal.WriteByte(text[i])
		case c == '*':
			flush()
			pattern = append(pattern, ir.Part{Kind: ir.AnyRun})
		case c == '?':
			flush()
			pattern = append(pattern, ir.Part{Kind: ir.AnyOne})
		default:
			literal.WriteByte(c)
		}
	}
	flush()
	return pattern
}

// Windash replaces dashes and slashes that begin an option by ir.Dash: those with a word character after and none before
// them in the same literal part, as pySigma's modifier does.
func Windash(pattern ir.Pattern) ir.Pattern {
	var out ir.Pattern
	for _, part := range pattern {
		if part.Kind != ir.Literal {
			out = append(out, part)
			continue
		}
		start := 0
		before := rune(0)
		for i, r := range part.Text {
			if r == '-' || r == '/' {
				after, _ := utf8.DecodeRuneInString(part.Text[i+1:])
				if !wordRune(before) && i+1 < len(part.Text) && wordRune(after) {
					if start < i {
						out = append(out, ir.Part{Kind: ir.Literal, Text: part.Text[start:i]})
					}
					out = append(out, ir.Part{Kind: ir.Dash})
					start = i + 1
				}
			}
			before = r
		}
		if start < len(part.Text) {
			out = append(out, ir.Part{Kind: ir.Literal, Text: part.Text[start:]})
		}
	}
	return out
}

// dashes are the characters that ir.Dash matches.
var dashes = []string{"-", "/", "\u2013", "\u2014", "\u2015"}

// maxDashVariants is the maximum number of variants of an encoded value: those of four dashes. Encoding needs a variant for
// each dash character.
const maxDashVariants = 625

// expandDashes returns the variants of a pattern with its Dash parts replaced by each dash character, since the encoded
// text depends on the character.
func expandDashes(pattern ir.Pattern) ([]ir.Pattern, error) {
	variants := []ir.Pattern{nil}
	for _, part := range pattern {
		if part.Kind != ir.Dash {
			for i := range variants {
				variants[i] = variants[i].Append(part)
			}
			continue
		}
		if len(variants)*len(dashes) > maxDashVariants {
			return nil, errTooManyDashes
		}
		var next []ir.Pattern
		for _, variant := range variants {
			for _, dash := range dashes {
				next = append(next, slices.Clone(variant).Append(ir.Part{Kind: ir.Literal, Text: dash}))
			}
		}
		variants = next
	}
	return variants, nil
}

func wordRune(r rune) bool {
	return r == '_' || unicode.IsLetter(r) || unicode.IsNumber(r)
}

var (
	errWildcardEncoded = errors.New("a value with wildcards cannot be encoded")
	errTooManyDashes   = errors.New("windash has too many variants to encode")
	errTooShort        = errors.New("the value needs at least two bytes")
	errNotText         = errors.New("the encoded value is not text; add base64 or base64offset")
)

// plain returns the text of a pattern, and an error if it has wildcards.
func plain(pattern ir.Pattern) (string, error) {
	switch {
	case len(pattern) == 0:
		return "", nil
	case len(pattern) == 1 && pattern[0].Kind == ir.Literal:
		return pattern[0].Text, nil
	}
	return "", errWildcardEncoded
}

func literal(text string) ir.Pattern {
	if text == "" {
		return nil
	}
	return ir.Pattern{{Kind: ir.Literal, Text: text}}
}

// encode applies one of the encoding modifiers. The texts of the result may be invalid UTF-8 before base64 is applied.
func encode(modifier string, pattern ir.Pattern) ([]ir.Pattern, error) {
	if open := slices.IndexFunc(pattern, func(p ir.Part) bool { return p.Kind == ir.Placeholder }); open >= 0 {
		return nil, fmt.Errorf("placeholder %%%s%% has no values to encode", pattern[open].Text)
	}
	switch modifier {
	case "wide", "utf16le":
		return eachLiteral(pattern, func(s string) string { return UTF16Bytes(s, 0, 1) }), nil
	case "utf16be":
		return eachLiteral(pattern, func(s string) string { return UTF16Bytes(s, 1, 0) }), nil
	}
	text, err := plain(pattern)
	if err != nil {
		return nil, err
	}
	switch modifier {
	case "utf16": // little endian with a byte order mark, as Sigma specifies
		return []ir.Pattern{literal("\xff\xfe" + UTF16Bytes(text, 0, 1))}, nil
	case "base64":
		return []ir.Pattern{literal(base64.StdEncoding.EncodeToString([]byte(text)))}, nil
	case "base64offset":
		var out []ir.Pattern
		for shift := range 3 {
			part := Base64Shifted(text, shift)
			if part == "" { // at some offsets, a single byte determines no character completely
				return nil, errTooShort
			}
			out = append(out, literal(part))
		}
		return out, nil
	}
	panic("egret bug: encoding " + modifier)
}

func eachLiteral(pattern ir.Pattern, apply func(string) string) []ir.Pattern {
	out := make(ir.Pattern, len(pattern))
	for i, part := range pattern {
		if part.Kind == ir.Literal {
			part.Text = apply(part.Text)
		}
		out[i] = part
	}
	return []ir.Pattern{out}
}

// UTF16Bytes returns a text in UTF-16: the low byte of each unit at the offset low, its high byte at the offset high.
func UTF16Bytes(text string, low, high int) string {
	units := utf16.Encode([]rune(text))
	out := make([]byte, 2*len(units))
	for i, u := range units {
		out[2*i+low], out[2*i+high] = byte(u), byte(u>>8)
	}
	return string(out)
}

// Base64Shifted returns the part of a text's base64 form, at an offset of shift bytes, that does not depend on the
// surrounding bytes. It drops the characters with bits of the bytes before or after the text.
func Base64Shifted(text string, shift int) string {
	encoded := base64.StdEncoding.EncodeToString([]byte(strings.Repeat(" ", shift) + text))
	start := []int{0, 2, 3}[shift]
	end := len(encoded) - []int{0, 3, 2}[(len(text)+shift)%3]
	if start >= end {
		return ""
	}
	return encoded[start:end]
}
