package diag

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/egret-hunt/egret/internal/value"
)

// Safe makes text harmless for a terminal. Control characters (including escape sequences), characters that change the
// writing direction, line and paragraph separators, and invalid UTF-8 become visible escapes such as `\x1b` and
// `\u202e`. Line breaks and tabs are escaped too, so that the result is one line.
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

// visible returns the printed form of one character.
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

// unsafeRune reports whether a character may affect what a terminal shows elsewhere. RuneError means an invalid byte
// here; visible handles a real U+FFFD.
func unsafeRune(r rune) bool {
	return r == utf8.RuneError || value.ActsOnTerminal(r)
}
