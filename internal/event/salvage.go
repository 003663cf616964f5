package event

import "bytes"

// salvage is what can be read of a text whose first document is cut off: the records of its list that are whole, and the
// documents that begin on lines behind it. It changes the text. What it gives begins with a whole document or is shorter.
func salvage(text []byte) []byte {
	next := nextObject(text)
	var f framer
	if spans := f.feed(text, nil); len(spans) > 0 && f.seen && f.resyncs == 0 {
		last := spans[len(spans)-1].end
		if next < last { // the list goes on over lines, or there are none
			return text[:closeList(text, last)]
		}
		if end := closeList(text[:next], last); end > 0 {
			for i := end; i < next; i++ {
				text[i] = ' '
			}
			return text
		}
	}
	if next < 0 {
		return nil
	}
	return text[next:]
}

// closeList writes the brackets behind the last whole record of a list, where the cut one gives the room. It is where the
// document then ends, 0 if it cannot be closed so.
func closeList(text []byte, last int) int {
	for _, ends := range []string{"]", "]}", "]}}"} {
		if end := last + len(ends); end <= len(text) {
			copy(text[last:], ends)
			if balanced(text[:end], 0) == end {
				return end
			}
		}
	}
	return 0
}

// nextObject is where the second document of a text begins, if it is an object at the start of a line, -1 if there is none.
func nextObject(text []byte) int {
	for from := 1; from < len(text); {
		i := bytes.Index(text[from:], []byte("\n{"))
		if i < 0 {
			return -1
		}
		if from += i + 1; looksLikeJSON(text[from:]) {
			return from
		}
	}
	return -1
}
