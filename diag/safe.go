package diag

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/egret-hunt/egret/internal/value"
)

// Safe makes a text harmless for a terminal: control characters (escape sequences among them), characters that change
// the direction of writing, line and paragraph separators, and bytes that are not UTF-8 become visible escapes such as
// `\x1b` and `\u202e`. Line breaks and tabs are escaped too: the result is one line.
func Safe(text string) string {
	clean := true
	for _, r := range text {
		if unsafeRune(r) {
			clean = false
			break
		}
	}
	if clean {
		return text
	}
	var out strings.Builder
	for rest := text; rest != ""; {
		r, width := utf8.DecodeRuneInString(rest)
		out.WriteString(visible(r, rest[:width]))
		rest = rest[width:]
	}
	return out.String()
}

// visible is the printed form of one character.
func visible(r rune, text string) string {
	switch {
	case r == utf8.RuneError && len(text) == 1:
		return fmt.Sprintf(`\x%02x`, text[0])
	case !unsafeRune(r) || r == utf8.RuneError:
		return text
	case r == '\n':
		return `\n`
	case r == '\r':
		return `\r`
	case r == '\t':
		return `\t`
	case r < 0x80:
		return fmt.Sprintf(`\x%02x`, r)
	}
	if r > 0xffff {
		return fmt.Sprintf(`\U%08x`, r)
	}
	return fmt.Sprintf(`\u%04x`, r)
}

// unsafeRune tells whether a character may change what a terminal shows elsewhere. RuneError stands for a byte that
// is not UTF-8; a true U+FFFD is sorted out by visible.
func unsafeRune(r rune) bool {
	return r == utf8.RuneError || value.ActsOnTerminal(r)
}
