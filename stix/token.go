package stix

import (
	"strings"
	"unicode/utf8"

	"github.com/egret-hunt/egret/internal/lazyre"
)

// A tokenKind is a kind of token. Brackets, commas and operators are their own text.
type tokenKind uint8

const (
	tokenEnd     tokenKind = iota
	tokenKeyword           // a word of the language, which cannot be a name
	tokenName              // a name without hyphens
	tokenHyphen            // a name with hyphens
	tokenLiteral
	tokenSign    // a bracket, an operator, a comma, a point, a colon or a star
	tokenInvalid // a character that begins no token
)

type token struct {
	kind       tokenKind
	start, end int
	literal    LiteralKind // of tokenLiteral
}

// keywords are the words that cannot be names: they are matched with their letter case.
var keywords = map[string]bool{
	"AND": true, "OR": true, "NOT": true, "FOLLOWEDBY": true, "LIKE": true, "MATCHES": true, "ISSUPERSET": true, "ISSUBSET": true,
	"EXISTS": true, "IN": true, "START": true, "STOP": true, "SECONDS": true, "WITHIN": true, "REPEATS": true, "TIMES": true,
	"true": true, "false": true,
}

// The forms of literals in STIX 2.1, section 9.7. Of two that match the longer one counts.
var (
	nameForm      = lazyre.New(`^[a-zA-Z_][a-zA-Z0-9_-]*`)
	integerForm   = lazyre.New(`^[+-]?(?:0|[1-9][0-9]*)`)
	floatForm     = lazyre.New(`^[+-]?[0-9]*\.[0-9]+`)
	stringForm    = lazyre.New(`^'(?:[^'\\]|\\'|\\\\)*'`)
	hexForm       = lazyre.New(`^h'(?:[0-9a-fA-F]{2})*'`)
	binaryForm    = lazyre.New(`^b'(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{4}|[A-Za-z0-9+/]{3}=|[A-Za-z0-9+/]{2}==)'`)
	timestampForm = lazyre.New(`^t'[0-9]{4}-(?:0[1-9]|1[012])-(?:0[1-9]|[12][0-9]|3[01])T(?:[01][0-9]|2[0-3]):[0-5][0-9]:(?:[0-5][0-9]|60)(?:\.[0-9]+)?Z'`)
)

var literalForms = []struct {
	kind LiteralKind
	form *lazyre.Regexp
}{{Integer, integerForm}, {Float, floatForm}, {String, stringForm}, {Hex, hexForm}, {Binary, binaryForm}, {Timestamp, timestampForm}}

// signs are tried in this order: longer ones first.
var signs = []string{"==", "!=", "<>", "<=", ">=", "=", "<", ">", "[", "]", "(", ")", ",", ".", ":", "*"}

// next returns the token at or after an offset, without spaces and comments.
func next(text string, at int) token {
	at = skip(text, at)
	if at >= len(text) {
		return token{kind: tokenEnd, start: len(text), end: len(text)}
	}
	rest := text[at:]
	best := token{kind: tokenInvalid, start: at, end: at}
	for _, l := range literalForms {
		if !mayBegin(l.kind, rest[0]) {
			continue
		}
		if end := at + len(l.form.FindString(rest)); end > best.end {
			best = token{kind: tokenLiteral, literal: l.kind, start: at, end: end}
		}
	}
	if name := nameForm.FindString(rest); at+len(name) > best.end {
		best = token{kind: tokenName, start: at, end: at + len(name)}
		switch {
		case name == "true" || name == "false":
			best.kind, best.literal = tokenLiteral, Boolean
		case keywords[name]:
			best.kind = tokenKeyword
		case strings.Contains(name, "-"):
			best.kind = tokenHyphen
		}
	}
	if best.end > at {
		return best
	}
	for _, sign := range signs {
		if strings.HasPrefix(rest, sign) {
			return token{kind: tokenSign, start: at, end: at + len(sign)}
		}
	}
	_, size := utf8.DecodeRuneInString(rest)
	best.end = at + size
	return best
}

// mayBegin reports whether a literal of a kind can begin with a character. It saves the search for most tokens.
func mayBegin(kind LiteralKind, first byte) bool {
	switch kind {
	case String:
		return first == '\''
	case Hex:
		return first == 'h'
	case Binary:
		return first == 'b'
	case Timestamp:
		return first == 't'
	case Integer, Float:
		return first >= '0' && first <= '9' || first == '+' || first == '-' || first == '.'
	case Boolean:
	}
	return false
}

// skip returns the offset after spaces and comments. A comment without an end is not skipped.
func skip(text string, at int) int {
	for at < len(text) {
		switch rest := text[at:]; {
		case strings.HasPrefix(rest, "//"):
			end := strings.IndexAny(rest, "\r\n")
			if end < 0 {
				return len(text)
			}
			at += end
		case strings.HasPrefix(rest, "/*"):
			end := strings.Index(rest[2:], "*/")
			if end < 0 {
				return at
			}
			at += end + 4
		default:
			r, size := utf8.DecodeRuneInString(rest)
			if !isSpace(r) {
				return at
			}
			at += size
		}
	}
	return at
}

// isSpace reports whether a character is white space in the grammar, which has no zero-width characters.
func isSpace(r rune) bool {
	switch r {
	case ' ', '\t', '\r', '\n', '\v', '\f', 0x85, 0xa0, 0x1680, 0x2028, 0x2029, 0x202f, 0x205f, 0x3000:
		return true
	}
	return r >= 0x2000 && r <= 0x200a
}
