package testkit

import (
	"encoding/base64"
	"errors"
	"strings"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"
)

// part is a part of a string value: a literal, a wildcard, a class of dash characters, or a placeholder.
type part struct {
	kind partKind
	text string // text of a literal, or name of a placeholder
}

type partKind uint8

const (
	literalPart partKind = iota
	anyRunPart           // *
	anyOnePart           // ?
	dashPart             // one of dashes
	holePart             // a placeholder
)

// dashes are the characters that windash treats as equivalent; Sigma modifiers appendix 2.1.
const dashes = "-/–—―"

// parseParts parses a Sigma string: a backslash escapes a wildcard or a backslash, and is literal before anything else.
func parseParts(value string) []part {
	var parts []part
	var literal strings.Builder
	flush := func() {
		if literal.Len() > 0 {
			parts = append(parts, part{text: literal.String()})
			literal.Reset()
		}
	}
	for i := 0; i < len(value); i++ {
		switch c := value[i]; {
		case c == '\\' && i+1 < len(value) && strings.IndexByte(`\*?`, value[i+1]) >= 0:
			i++
			literal.WriteByte(value[i])
		case c == '*':
			flush()
			parts = append(parts, part{kind: anyRunPart})
		case c == '?':
			flush()
			parts = append(parts, part{kind: anyOnePart})
		default:
			literal.WriteByte(c)
		}
	}
	flush()
	return parts
}

// isWord implements Python's \w: letters, numbers and the underscore. pySigma finds dashes with a Python expression.
func isWord(r rune) bool { return r == '_' || unicode.IsLetter(r) || unicode.IsNumber(r) }

// windash replaces every - or / that follows no word character and precedes one by a class (pySigma 1.5, \B[-/]\b). As
// in pySigma, each literal between wildcards is treated as a separate string.
func windash(parts []part) []part {
	var out []part
	for _, p := range parts {
		if p.kind != literalPart {
			out = append(out, p)
			continue
		}
		runes := []rune(p.text)
		start := 0
		for i, r := range runes {
			if (r != '-' && r != '/') || (i > 0 && isWord(runes[i-1])) || i+1 == len(runes) || !isWord(runes[i+1]) {
				continue
			}
			if i > start {
				out = append(out, part{text: string(runes[start:i])})
			}
			out = append(out, part{kind: dashPart})
			start = i + 1
		}
		if start < len(runes) {
			out = append(out, part{text: string(runes[start:])})
		}
	}
	return out
}

// maxVariants limits the expansion of dashes before an encoding; docs/meaning.md has the same limit for windash.
const maxVariants = 625

var errVariants = errors.New("windash expands to too many variants")

// expandDashes returns every variant of the dash classes, for encodings.
func expandDashes(parts []part) ([][]part, error) {
	variants := [][]part{nil}
	for _, p := range parts {
		if p.kind != dashPart {
			for i := range variants {
				variants[i] = append(variants[i], p)
			}
			continue
		}
		var next [][]part
		for _, v := range variants {
			for _, dash := range dashes {
				next = append(next, append(append([]part{}, v...), part{text: string(dash)}))
			}
		}
		if variants = next; len(variants) > maxVariants {
			return nil, errVariants
		}
	}
	return variants, nil
}

// encode16 converts the literals to UTF-16 bytes and keeps wildcards. utf16 adds the byte order mark.
func encode16(parts []part, modifier string) []part {
	var out []part
	if modifier == "utf16" {
		out = append(out, part{text: "\xff\xfe"})
	}
	for _, p := range parts {
		if p.kind != literalPart {
			out = append(out, p)
			continue
		}
		var b []byte
		for _, unit := range utf16.Encode([]rune(p.text)) {
			if modifier == "utf16be" {
				b = append(b, byte(unit>>8), byte(unit))
			} else {
				b = append(b, byte(unit), byte(unit>>8))
			}
		}
		out = append(out, part{text: string(b)})
	}
	return mergeLiterals(out)
}

var errEncodedWildcard = errors.New("a value with wildcards cannot be encoded in Base64")

// plain returns the text of parts without wildcards.
func plain(parts []part) (string, error) {
	var b strings.Builder
	for _, p := range parts {
		if p.kind != literalPart {
			return "", errEncodedWildcard
		}
		b.WriteString(p.text)
	}
	return b.String(), nil
}

// encode64 encodes the bytes of a value as Base64, standard alphabet, with padding.
func encode64(parts []part) ([]part, error) {
	text, err := plain(parts)
	if err != nil {
		return nil, err
	}
	return literalParts(base64.StdEncoding.EncodeToString([]byte(text))), nil
}

// encode64Offsets returns the Base64 of a value that begins 0, 1 or 2 bytes into a group of three: only the characters
// that depend on the value alone. A character has 6 bits, so those entirely within the value's bits remain. A value of
// one byte has none at offset 1; that empty variant, which matches everything, is left out.
func encode64Offsets(parts []part) ([][]part, error) {
	text, err := plain(parts)
	if err != nil {
		return nil, err
	}
	var out [][]part
	for offset := range 3 {
		encoded := base64.RawStdEncoding.EncodeToString([]byte("\x00\x00"[:offset] + text))
		first := (offset*8 + 5) / 6          // first character with all bits after the offset
		last := (offset + len(text)) * 8 / 6 // last character with all bits before the end
		first = min(first, last)
		if first < last || text == "" {
			out = append(out, literalParts(encoded[first:last]))
		}
	}
	return out, nil
}

func literalParts(text string) []part {
	if text == "" {
		return nil
	}
	return []part{{text: text}}
}

func mergeLiterals(parts []part) []part {
	var out []part
	for _, p := range parts {
		if n := len(out); n > 0 && p.kind == literalPart && out[n-1].kind == literalPart {
			out[n-1].text += p.text
			continue
		}
		out = append(out, p)
	}
	return out
}

// pattern matches a whole text, rune by rune.
type pattern struct {
	units []unit
	fold  bool
	// never is set for a literal that is not UTF-8 (bytes of an encoding): it matches no text.
	never bool
}

type unit struct {
	kind partKind
	r    rune
}

func newPattern(parts []part, fold bool) pattern {
	p := pattern{fold: fold}
	for _, part := range parts {
		if part.kind != literalPart {
			if n := len(p.units); part.kind != anyRunPart || n == 0 || p.units[n-1].kind != anyRunPart {
				p.units = append(p.units, unit{kind: part.kind}) // ** is *
			}
			continue
		}
		if !utf8.ValidString(part.text) {
			p.never = true
		}
		for _, r := range part.text {
			if fold {
				r = unicode.ToLower(r)
			}
			p.units = append(p.units, unit{r: r})
		}
	}
	return p
}

func (p pattern) match(n *node) bool {
	return !p.never && matchUnits(p.units, n.leafRunes(p.fold))
}

// matchUnits tries every length of a run: slow and simple.
func matchUnits(units []unit, text []rune) bool {
	for ; len(units) > 0; units, text = units[1:], text[1:] {
		if units[0].kind == anyRunPart {
			for skip := 0; skip <= len(text); skip++ {
				if matchUnits(units[1:], text[skip:]) {
					return true
				}
			}
			return false
		}
		if len(text) == 0 || !units[0].match(text[0]) {
			return false
		}
	}
	return len(text) == 0
}

func (u unit) match(r rune) bool {
	switch u.kind {
	case anyOnePart:
		return true
	case dashPart:
		return strings.ContainsRune(dashes, r)
	case literalPart, anyRunPart, holePart: // handled before
	}
	return u.r == r
}
