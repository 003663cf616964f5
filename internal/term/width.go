package term

import (
	"strings"

	"github.com/rivo/uniseg"
)

// Width returns the number of columns that a text takes on a terminal, without color sequences. East Asian wide
// characters and most emoji take two columns, combining characters none.
func Width(text string) int {
	columns := 0
	for {
		before, rest, colored := strings.Cut(text, "\x1b[")
		if isASCII(before) {
			columns += len(before)
		} else {
			columns += uniseg.StringWidth(before)
		}
		if !colored {
			return columns
		}
		_, text, _ = strings.Cut(rest, "m")
	}
}

// isASCII reports whether all characters of a text are printable ASCII, of one column each.
func isASCII(text string) bool {
	for i := range len(text) {
		if text[i] < 0x20 || text[i] >= 0x7f {
			return false
		}
	}
	return true
}

// Pad appends spaces to a text up to a width in columns. It returns longer texts unchanged.
func Pad(text string, columns int) string {
	return text + strings.Repeat(" ", max(0, columns-Width(text)))
}

// Head returns the longest prefix of a text without colors that fits into a width in columns. It never splits a
// character, so the result may be one column narrower.
func Head(text string, columns int) string {
	end, used := 0, 0
	for rest, state := text, -1; rest != ""; {
		var cluster string
		var width int
		cluster, rest, width, state = uniseg.FirstGraphemeClusterInString(rest, state)
		if used+width > columns {
			break
		}
		used += width
		end += len(cluster)
	}
	return text[:end]
}

// Tail returns the longest suffix of a text without colors that fits into a width in columns.
func Tail(text string, columns int) string {
	excess := Width(text) - columns
	if excess <= 0 {
		return text
	}
	rest, state := text, -1
	for excess > 0 && rest != "" {
		var width int
		_, rest, width, state = uniseg.FirstGraphemeClusterInString(rest, state)
		excess -= width
	}
	return rest
}
