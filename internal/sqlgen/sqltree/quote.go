package sqltree

import (
	"fmt"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// quoteText writes a string literal. Characters that no literal can hold everywhere, control characters above all, are
// added with chr(), so that the text of a query has no character that a terminal, a log or a driver would change. The
// second result says that the text is a concatenation and not one token.
func quoteText(text, chr string, backslashes bool) (string, bool) {
	text = strings.ToValidUTF8(text, "\ufffd")
	if backslashes || IsPrintable(text) || strings.IndexFunc(text, needsChr) < 0 {
		return "'" + escapeText(text, backslashes) + "'", false
	}
	var b strings.Builder
	open := false
	part := func(s string) {
		if b.Len() > 0 {
			b.WriteString(" || ")
		}
		b.WriteString(s)
	}
	for len(text) > 0 {
		r, size := utf8.DecodeRuneInString(text)
		switch {
		case needsChr(r):
			if open {
				b.WriteByte('\'')
				open = false
			}
			part(chr + "(" + strconv.Itoa(int(r)) + ")")
		default:
			if !open {
				part("'")
				open = true
			}
			b.WriteString(escapeText(text[:size], false))
		}
		text = text[size:]
	}
	if open {
		b.WriteByte('\'')
	}
	out := b.String()
	if out[0] != '\'' && !strings.Contains(out, "||") {
		return out, false // a single call
	}
	return out, true
}

// escapeText writes what stands between the quotation marks of a literal.
func escapeText(text string, backslashes bool) string {
	if !backslashes {
		return strings.ReplaceAll(text, "'", "''")
	}
	var b strings.Builder
	for _, r := range text {
		switch {
		case r == '\'' || r == '\\':
			b.WriteByte('\\')
			b.WriteRune(r)
		case needsChr(r) && r <= 0xFFFF:
			fmt.Fprintf(&b, `\u%04X`, r)
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}

// IsPrintable tells of text that has nothing but the visible characters of ASCII and spaces, as most has.
func IsPrintable(text string) bool {
	for i := range len(text) {
		if text[i] < ' ' || text[i] > '~' {
			return false
		}
	}
	return true
}

// needsChr tells of characters that a literal should not hold: control characters, and those that reorder or hide text.
func needsChr(r rune) bool {
	return unicode.IsControl(r) || unicode.Is(unicode.Cf, r) || r == '\u2028' || r == '\u2029'
}

// plainName reports whether an identifier needs no quotes: lower-case letters, digits and underscores, and no word that
// any dialect reserves.
func plainName(name string, reserved map[string]bool) bool {
	if name == "" || name[0] >= '0' && name[0] <= '9' || reserved[name] {
		return false
	}
	for i := range len(name) {
		c := name[i]
		if (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '_' {
			return false
		}
	}
	return true
}

// Comment makes text safe for a line comment: no character of it can end the line.
func Comment(text string) string {
	if IsPrintable(text) {
		return text
	}
	return strings.Map(func(r rune) rune {
		if r == utf8.RuneError || needsChr(r) {
			return ' '
		}
		return r
	}, text)
}

// LikeEscaper escapes what LIKE takes for its own.
var LikeEscaper = strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`)
