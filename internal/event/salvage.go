package event

import "bytes"

// salvage returns the readable part of text whose first document is cut off: the complete records of its list, and the
// documents on later lines. It modifies the text. The result begins with a complete document or is shorter than the
// input.
func salvage(text []byte) []byte {
	next := nextObject(text)
	var f framer
	if spans := f.feed(text, nil); len(spans) > 0 && f.seen && f.resyncs == 0 {
		last := spans[len(spans)-1].end
		if next < last { // the list continues on more lines, or there is no list
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

// closeList writes closing brackets after the last complete record of a list, over the bytes of the incomplete one. It
// returns the end of the document, or 0 if it cannot be closed this way.
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

// nextObject returns the start of the second document of a text if it is an object at the start of a line, or -1.
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
