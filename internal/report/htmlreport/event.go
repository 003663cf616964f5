package htmlreport

import (
	"fmt"
	"unicode/utf8"

	"github.com/egret-hunt/egret/internal/finding"
)

const (
	// maxString is how many bytes of a string of a raw event are shown, maxEvent how many of the whole event.
	maxString = 4 << 10
	maxEvent  = 64 << 10
	// maxIndent is how deep lines are indented.
	maxIndent = 20
)

// layOut writes the JSON text of an event on indented lines. It does not change names, numbers or their order. Strings beyond
// maxString bytes are cut, and so is an event beyond maxEvent; a note in the text says how long they are, and cut reports
// it. Text that is not JSON comes out in some form, bounded as well.
func layOut(event []byte) (text []byte, cut bool) {
	dst, depth := make([]byte, 0, min(len(event)+len(event)/4, maxEvent)), 0
	line := func() {
		dst = append(dst, '\n')
		for range min(depth, maxIndent) {
			dst = append(dst, ' ', ' ')
		}
	}
	for i := 0; i < len(event); {
		if len(dst) > maxEvent {
			dst = fmt.Appendf(dst, "\n… cut: the event has %d bytes", len(event))
			return finding.EscapeUnsafe(dst), true
		}
		c := event[i]
		switch c {
		case '"':
			end := stringEnd(event, i)
			dst, cut = appendCut(dst, event[i:end], cut)
			i = end
			continue
		case '{', '[':
			if next := skipSpace(event, i+1); next < len(event) && event[next] == c+2 {
				dst = append(dst, c, c+2)
				i = next + 1
				continue
			}
			depth++
			dst = append(dst, c)
			line()
		case '}', ']':
			depth = max(0, depth-1)
			line()
			dst = append(dst, c)
		case ',':
			dst = append(dst, c)
			line()
		case ':':
			dst = append(dst, ':', ' ')
		case ' ', '\t', '\r', '\n':
		default:
			dst = append(dst, c)
		}
		i++
	}
	return finding.EscapeUnsafe(dst), cut
}

// stringEnd returns the position after the string that begins at i.
func stringEnd(event []byte, i int) int {
	for i++; i < len(event); i++ {
		switch event[i] {
		case '\\':
			i++
		case '"':
			return i + 1
		}
	}
	return len(event)
}

func skipSpace(event []byte, i int) int {
	for i < len(event) && (event[i] == ' ' || event[i] == '\t' || event[i] == '\r' || event[i] == '\n') {
		i++
	}
	return i
}

// appendCut appends a quoted string, or its beginning with a note. before is returned unless the string was cut.
func appendCut(dst, quoted []byte, before bool) ([]byte, bool) {
	if len(quoted) <= maxString {
		return append(dst, quoted...), before
	}
	end := maxString
	for end > 0 && !utf8.RuneStart(quoted[end]) {
		end--
	}
	// A cut must not divide an escape, which is at most six bytes long: \u202e.
	for back := 1; back <= 6 && back < end; back++ {
		if quoted[end-back] == '\\' {
			slashes := 0
			for at := end - back; at > 0 && quoted[at] == '\\'; at-- {
				slashes++
			}
			if slashes%2 == 1 {
				end -= back
			}
			break
		}
	}
	dst = append(dst, quoted[:end]...)
	return fmt.Appendf(dst, `…" (cut: %d bytes)`, len(quoted)-2), true
}
