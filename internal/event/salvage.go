package event

import "bytes"

// salvage is what can be read of a text whose first document is cut off: the documents that begin on lines behind it, or
// the records of its list that are whole. It changes the text.
func salvage(text []byte) []byte {
	if next := nextObject(text); next > 0 {
		return text[next:]
	}
	var f framer
	spans := f.feed(text, nil)
	if len(spans) == 0 || !f.seen || f.resyncs > 0 {
		return nil
	}
	// The cut record gives the room for the brackets.
	ends := "]"
	if text[0] == '{' {
		ends = "]}"
	}
	last := spans[len(spans)-1].end
	if last+len(ends) > len(text) {
		return nil
	}
	return text[:last+copy(text[last:], ends)]
}

// nextObject is where the second document of a text begins, if it is an object at the start of a line, -1 if there is none.
// Within a document no key stands right behind an unescaped line break and a bracket.
func nextObject(text []byte) int {
	if i := bytes.Index(text[1:], []byte("\n{\"")); i >= 0 {
		return 1 + i + 1
	}
	return -1
}
