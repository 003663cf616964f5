package lsp

import (
	"slices"
	"strings"
)

// A cursor is a place in a rule as somebody types it. It is found by lines and their indents, since a text that is half typed is often
// no YAML.
type cursor struct {
	// path are the keys from the top of the document to the map or list that the line belongs to.
	path []string
	// key is the key of the line, as far as it is typed, and inKey is set if the place is in it.
	key   string
	inKey bool
	// entry is set if the line begins with the dash of a list.
	entry bool
	// word is what is typed of the value or key before the place; text is all of it. start and end are its offsets.
	word, text string
	start, end int
	// quote is the quote before the word, 0 for none.
	quote byte
	// first and last are the lines of the document, [first, last).
	first, last int
}

// A line is a line of YAML without its comment.
type line struct {
	// indent is the column of the content behind dashes; dash that of the last dash, -1 for none.
	indent, dash int
	// key is the key of the line, colon the column of its colon, -1 for none.
	key   string
	colon int
	text  string
	blank bool
}

// maxScanned limits the lines that are looked at in each direction.
const maxScanned = 20_000

func readLine(text string) line {
	l := line{dash: -1, colon: -1, text: text}
	at := 0
	for at < len(text) {
		switch {
		case text[at] == ' ' || text[at] == '\t':
			at++
			continue
		case text[at] == '-' && (at+1 == len(text) || text[at+1] == ' '):
			l.dash = at
			at++
			continue
		}
		break
	}
	l.indent = at
	if at == len(text) || text[at] == '#' {
		l.blank = l.dash < 0
		return l
	}
	if l.colon = keyEnd(text, at); l.colon >= 0 {
		l.key = unquoted(strings.TrimSpace(text[at:l.colon]))
	}
	return l
}

// keyEnd returns the column of the colon that ends the key at a column, -1 if there is none.
func keyEnd(text string, at int) int {
	if quote := text[at]; quote == '"' || quote == '\'' {
		if end := strings.IndexByte(text[at+1:], quote); end >= 0 && at+end+2 < len(text) && text[at+end+2] == ':' {
			return at + end + 2
		}
		return -1
	}
	for i := at; i < len(text); i++ {
		if text[i] == ':' && (i+1 == len(text) || text[i+1] == ' ' || text[i+1] == '\t') {
			return i
		}
		if text[i] == '#' && i > at && text[i-1] == ' ' {
			return -1
		}
	}
	return -1
}

func unquoted(text string) string {
	if len(text) >= 2 && (text[0] == '"' || text[0] == '\'') && text[len(text)-1] == text[0] {
		return text[1 : len(text)-1]
	}
	return text
}

// lineAt returns a line of the text, without its break.
func (l *lines) lineAt(number int) string {
	start, end := l.bounds(number)
	return l.text[start:end]
}

// at returns the cursor at an offset.
func (l *lines) at(offset int) *cursor {
	number := l.position(offset, utf8Units).Line
	begin, _ := l.bounds(number)
	column := offset - begin
	own := readLine(l.lineAt(number))
	c := &cursor{key: own.key, entry: own.dash >= 0, first: max(0, number-maxScanned), last: min(len(l.starts), number+maxScanned)}
	for i := number; i >= max(0, number-maxScanned); i-- {
		if strings.HasPrefix(l.lineAt(i), "---") {
			c.first = i
			break
		}
	}
	for i := number + 1; i < c.last; i++ {
		if strings.HasPrefix(l.lineAt(i), "---") {
			c.last = i
		}
	}
	switch {
	case own.blank || own.indent >= len(own.text):
		own.indent = min(column, len(own.text))
		if own.dash < 0 {
			c.inKey = true
		}
		c.word, c.start, c.end = "", offset, offset
	case own.colon >= 0 && column <= own.colon:
		c.inKey = true
		c.take(own.text, begin, own.indent, column, own.colon)
	case own.colon >= 0:
		c.value(own.text, begin, own.colon+1, column)
	case own.dash >= 0:
		c.value(own.text, begin, own.dash+1, column)
	default:
		c.inKey = true
		c.take(own.text, begin, own.indent, column, len(own.text))
	}
	c.path = l.ancestors(number, own, c.first)
	return c
}

// take sets the word to the text from a column to the place, and the text up to an end.
func (c *cursor) take(text string, begin, from, column, to int) {
	from = min(from, len(text))
	column = min(max(column, from), len(text))
	to = max(column, min(to, len(text)))
	if from < column && (text[from] == '"' || text[from] == '\'') {
		c.quote = text[from]
		from++
	}
	to = from + len(strings.TrimRight(text[from:to], " \t\r"))
	to = max(to, column)
	c.word, c.text, c.start, c.end = text[from:column], text[from:to], begin+from, begin+to
}

// value sets the word to what is typed of a value behind a column: the whole value, or an entry of a list in brackets.
func (c *cursor) value(text string, begin, from, column int) {
	column = min(column, len(text))
	for from < len(text) && (text[from] == ' ' || text[from] == '\t') {
		from++
	}
	if from >= column {
		c.start, c.end = begin+column, begin+column
		if from < len(text) {
			return
		}
		return
	}
	to := len(text)
	if hash := strings.Index(text[from:], " #"); hash >= 0 && from+hash >= column {
		to = from + hash
	}
	if text[from] == '[' {
		open := from + 1 + strings.LastIndexAny(text[from+1:column], "[,") + 1
		for open < column && text[open] == ' ' {
			open++
		}
		from = open
		if next := strings.IndexAny(text[column:to], ",]"); next >= 0 {
			to = column + next
		}
	}
	c.take(text, begin, from, column, to)
	if c.quote != 0 {
		if end := strings.IndexByte(c.text[len(c.word):], c.quote); end >= 0 {
			c.text = c.text[:len(c.word)+end]
			c.end = c.start + len(c.text)
		}
	}
}

// ancestors returns the keys above a line, the outermost first.
func (l *lines) ancestors(number int, own line, first int) []string {
	var path []string
	limit, dash := own.indent, own.dash
	for i := number - 1; i >= first && (limit > 0 || dash >= 0); i-- {
		above := readLine(l.lineAt(i))
		switch {
		case above.blank || strings.HasPrefix(above.text, "---"):
			continue
		case dash >= 0: // the key of the list is wanted
			if above.key == "" || above.indent > dash || above.indent == dash && above.dash >= 0 {
				continue
			}
		case above.dash >= 0 && above.dash < limit && above.indent == limit:
			dash = above.dash // another key of the same entry
			continue
		case above.key == "" || above.indent >= limit:
			continue
		}
		path = append(path, above.key)
		limit, dash = above.indent, above.dash
	}
	slices.Reverse(path)
	return path
}

// logSource returns the parts of the log source of the document, as far as they are typed.
func (l *lines) logSource(c *cursor) map[string]string {
	parts := map[string]string{}
	inside := false
	for i := c.first; i < c.last; i++ {
		read := readLine(l.lineAt(i))
		switch {
		case read.blank:
		case read.indent == 0:
			inside = read.key == "logsource"
		case inside && read.colon >= 0 && read.dash < 0:
			value, _, _ := strings.Cut(read.text[read.colon+1:], " #")
			parts[read.key] = strings.ToLower(unquoted(strings.TrimSpace(value)))
		}
	}
	return parts
}

// searches returns the names of the search identifiers of the document, in the order of the text.
func (l *lines) searches(c *cursor) []string {
	var names []string
	inside, level := false, -1
	for i := c.first; i < c.last; i++ {
		read := readLine(l.lineAt(i))
		switch {
		case read.blank || read.key == "":
		case read.indent == 0:
			inside, level = read.key == "detection" || read.key == "filter", -1
		case inside && (level < 0 || read.indent == level):
			level = read.indent
			if !slices.Contains([]string{"condition", "timeframe", "rules"}, read.key) {
				names = append(names, read.key)
			}
		}
	}
	return names
}
