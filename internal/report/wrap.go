package report

import (
	"strings"
	"unicode/utf8"
)

// wrap writes a text behind a start of its line, broken into lines of at most a width in characters; 0 is no limit.
// Further lines begin with next. It breaks where two spaces part what is said, and within such a part only where the
// part alone is too long. A word that is longer than a line is left whole: the terminal breaks it, and it can be copied.
func wrap(start, next, text string, width int) string {
	if width <= 0 || visible(start)+visible(text) <= width {
		return start + text
	}
	w := wrapped{next: next, width: width, used: visible(start)}
	w.out.WriteString(start)
	for _, part := range strings.Split(text, "  ") {
		length := visible(part)
		if visible(next)+length <= width && (w.inLine || w.used+length <= width) {
			w.add("  ", part)
			continue
		}
		for i, word := range strings.Split(part, " ") {
			space := " "
			if i == 0 {
				space = "  "
			}
			w.add(space, word)
		}
	}
	return w.out.String()
}

// wrapped is a text that is being broken into lines.
type wrapped struct {
	out         strings.Builder
	next        string
	width, used int
	// inLine says that the line holds something behind its start.
	inLine bool
}

// add writes a piece behind what the line holds, or on a new line where it does not fit.
func (w *wrapped) add(space, piece string) {
	if !w.inLine {
		space = ""
	}
	length := visible(piece)
	if w.inLine && w.used+len(space)+length > w.width {
		w.out.WriteString("\n" + w.next)
		w.used, space = visible(w.next), ""
	}
	w.out.WriteString(space + piece)
	w.used += len(space) + length
	w.inLine = true
}

// visible is the number of characters that a text shows: all but those of its colours.
func visible(text string) int {
	count := 0
	for {
		before, rest, ok := strings.Cut(text, "\x1b[")
		count += utf8.RuneCountInString(before)
		if !ok {
			return count
		}
		_, text, _ = strings.Cut(rest, "m")
	}
}
