package term

import (
	"strings"
)

// Wrap returns a text after the prefix of its line, broken into lines of at most width columns; 0 means no limit. All
// arguments may contain color sequences. Continuation lines begin with next. Wrap breaks lines where two spaces
// separate parts of the text, and inside a part only if the part alone is too long. It keeps a word that is longer
// than a line whole, so that it can be copied.
func Wrap(start, next, text string, width int) string {
	if width <= 0 || Width(start)+Width(text) <= width {
		return start + text
	}
	w := wrapped{next: next, width: width, used: Width(start)}
	w.out.WriteString(start)
	for _, part := range strings.Split(text, "  ") {
		length := Width(part)
		if Width(next)+length <= width && (w.inLine || w.used+length <= width) {
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
	// inLine is true if the line has text after its prefix.
	inLine bool
}

// add appends a piece to the line, or to a new line if it does not fit.
func (w *wrapped) add(space, piece string) {
	if !w.inLine {
		space = ""
	}
	length := Width(piece)
	if w.inLine && w.used+len(space)+length > w.width {
		w.out.WriteString("\n" + w.next)
		w.used, space = Width(w.next), ""
	}
	w.out.WriteString(space + piece)
	w.used += len(space) + length
	w.inLine = true
}
