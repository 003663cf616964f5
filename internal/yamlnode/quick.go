package yamlnode

import (
	"strings"
	"time"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"
)

// Most rules and embedded schemas use a small part of YAML: maps and lists in block style, whose values are plain or quoted on one
// line, blocks of text, or maps and lists in flow style; values may have anchors and aliases. quick reads this part several times as
// fast as the library. It returns nil for any text that may be outside of this part, or that has a fault; the library reads these.
// Nodes are those of the library without comments; a fuzz test compares them.
func quick(text string) *yaml.Node {
	ascii := true
	for i := range len(text) {
		switch c := text[i]; {
		case c < ' ' && c != '\n' || c == 0x7f || c == 0xc2 || c == 0xef:
			return nil // control characters, and the first bytes of those beyond ASCII and of marks of byte order
		case c == 0xe2 && i+2 < len(text) && text[i+1] == 0x80 && (text[i+2] == 0xa8 || text[i+2] == 0xa9):
			return nil // line breaks beyond ASCII
		case c >= 0x80:
			ascii = false
		}
	}
	if !ascii && !utf8.ValidString(text) {
		return nil
	}
	q := &quickReader{text: text, ascii: ascii}
	q.next()
	if !q.end && q.text[q.at:q.stop] == "---" {
		q.next()
	}
	if q.end || q.indent != 0 {
		return nil
	}
	root := q.block(0, 0)
	if root == nil || !q.end {
		return nil
	}
	return root
}

// maxQuickDepth is the depth of nodes from which on the library reads, which has a limit of its own.
const maxQuickDepth = 50

// quickReader is at the first character of a line that is neither empty nor a comment, or at the end.
type quickReader struct {
	text string
	// at is where the line begins, stop where it ends, after where the next one begins. line counts from 1.
	at, stop, after, line, indent int
	end                           bool
	// ascii says that the text has no other characters, so that columns are numbers of bytes.
	ascii bool
	// anchors are the nodes that aliases may name, nil if there are none.
	anchors map[string]*yaml.Node
	// spare are nodes that were allocated together.
	spare []yaml.Node
}

// next goes to the next line that has more than a comment.
func (q *quickReader) next() {
	for q.after < len(q.text) {
		q.at, q.line = q.after, q.line+1
		q.stop = len(q.text)
		q.after = q.stop
		if n := strings.IndexByte(q.text[q.at:], '\n'); n >= 0 {
			q.stop = q.at + n
			q.after = q.stop + 1
		}
		q.indent = 0
		for q.at+q.indent < q.stop && q.text[q.at+q.indent] == ' ' {
			q.indent++
		}
		if q.at+q.indent < q.stop && q.text[q.at+q.indent] != '#' {
			return
		}
	}
	q.end = true
}

func (q *quickReader) node(kind yaml.Kind, tag string, column int) *yaml.Node {
	if len(q.spare) == 0 {
		q.spare = make([]yaml.Node, 32)
	}
	n := &q.spare[0]
	q.spare = q.spare[1:]
	n.Kind, n.Tag, n.Line, n.Column = kind, tag, q.line, column+1
	return n
}

// block reads the map or list whose entries begin at a column, from the column on of the current line. It returns nil if the
// library has to read the text.
func (q *quickReader) block(column, depth int) *yaml.Node {
	if depth > maxQuickDepth {
		return nil
	}
	if q.dash(column) {
		return q.list(column, depth)
	}
	return q.mapping(column, depth)
}

// dash reports whether the line has an entry of a list at a column.
func (q *quickReader) dash(column int) bool {
	return strings.HasPrefix(q.text[q.at+column:q.stop], "- ")
}

func (q *quickReader) list(column, depth int) *yaml.Node {
	n := q.node(yaml.SequenceNode, "!!seq", column)
	for {
		start := column + 2
		for q.at+start < q.stop && q.text[q.at+start] == ' ' {
			start++
		}
		if q.at+start == q.stop {
			return nil
		}
		var item *yaml.Node
		if _, _, _, isKey := q.key(start); isKey {
			item = q.mapping(start, depth+1)
		} else {
			item = q.value(start, column, depth+1)
		}
		if item == nil {
			return nil
		}
		n.Content = append(n.Content, item)
		if q.end || q.indent < column {
			return n
		}
		if q.indent > column {
			return nil
		}
		if !q.dash(column) {
			return n // the next key of the map that has the list as a value, if there is one
		}
	}
}

// key returns the plain or quoted key at a column, and where its value begins; at the end of the line if that has none.
func (q *quickReader) key(column int) (key string, style yaml.Style, value int, ok bool) {
	line := q.text[q.at+column : q.stop]
	if line[0] == '"' || line[0] == '\'' {
		style = yaml.DoubleQuotedStyle
		if line[0] == '\'' {
			style = yaml.SingleQuotedStyle
		}
		key, after, ok := quickQuoted(line)
		tail := strings.TrimLeft(line[after:], " ")
		if !ok || !strings.HasPrefix(tail, ":") || tail != line[after:] || len(tail) > 1 && tail[1] != ' ' {
			return "", 0, 0, false
		}
		return key, style, column + len(line) - len(strings.TrimLeft(tail[1:], " ")), true
	}
	for i := range len(line) {
		switch c := line[i]; {
		case c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c == '_':
		case i > 0 && (c >= '0' && c <= '9' || strings.IndexByte("|.-/@$()*%", c) >= 0):
		case i > 0 && c == ' ' && i+1 < len(line) && line[i+1] != '#' && line[i+1] != ':':
		case i > 0 && c == ':' && i+1 == len(line):
			return line[:i], 0, column + i + 1, true
		case i > 0 && c == ':' && line[i+1] == ' ':
			start := i + 1
			for start < len(line) && line[start] == ' ' {
				start++
			}
			return line[:i], 0, column + start, true
		default:
			return "", 0, 0, false
		}
	}
	return "", 0, 0, false
}

func (q *quickReader) mapping(column, depth int) *yaml.Node {
	n := q.node(yaml.MappingNode, "!!map", column)
	for {
		key, style, start, ok := q.key(column)
		if !ok || len(key) > 128 || style == 0 && quickTag(key) != "!!str" {
			return nil
		}
		name := q.node(yaml.ScalarNode, "!!str", column)
		name.Value, name.Style = key, style
		var value *yaml.Node
		line, anchorColumn := q.line, start
		anchor, after := quickName(q.text[q.at+start:q.stop], '&')
		start += after
		if rest := q.text[q.at+start : q.stop]; rest == "" || rest[0] == '#' {
			q.next()
			switch {
			case q.end:
				return nil
			case q.indent > column && strings.IndexByte("[{", q.text[q.at+q.indent]) >= 0:
				value = q.flow(q.indent, column, depth+1)
			case q.indent > column:
				value = q.block(q.indent, depth+1)
			case q.indent == column && q.dash(column):
				value = q.list(column, depth+1)
			}
		} else {
			value = q.value(start, column, depth+1)
		}
		if value == nil {
			return nil
		}
		if anchor != "" {
			if value.Kind == yaml.AliasNode {
				return nil
			}
			value.Anchor, value.Line, value.Column = anchor, line, anchorColumn+1
			if q.anchors == nil {
				q.anchors = map[string]*yaml.Node{}
			}
			q.anchors[anchor] = value
		}
		n.Content = append(n.Content, name, value)
		if q.end || q.indent < column {
			return n
		}
		if q.indent > column || q.dash(column) {
			return nil
		}
	}
}

// value reads the scalar, or the map or list in flow style, at a column, and goes to the line after it. parent is the column of
// the map or list that has it.
func (q *quickReader) value(column, parent, depth int) *yaml.Node {
	rest := q.text[q.at+column : q.stop]
	if rest[0] == '[' || rest[0] == '{' {
		return q.flow(column, parent, depth)
	}
	if name, after := quickName(rest, '*'); name != "" && (after == len(rest) || rest[after] == '#') && q.anchors[name] != nil {
		n := q.node(yaml.AliasNode, "", column)
		n.Value, n.Alias = name, q.anchors[name]
		q.next()
		if !q.end && q.indent > parent {
			return nil
		}
		return n
	}
	n := q.node(yaml.ScalarNode, "!!str", column)
	switch c := rest[0]; {
	case c == '\'' || c == '"':
		value, after, ok := quickQuoted(rest)
		if tail := strings.TrimLeft(rest[after:], " "); !ok || tail != "" && (tail[0] != '#' || rest[after] != ' ') {
			return nil
		}
		n.Value, n.Style = value, yaml.DoubleQuotedStyle
		if c == '\'' {
			n.Style = yaml.SingleQuotedStyle
		}
	case c == '|' || c == '>':
		if !q.blockScalar(n, rest, parent) {
			return nil
		}
		return n
	case strings.IndexByte("-?:,[]{}#&*!|>%@`<=~", c) >= 0:
		return nil
	default:
		if end := strings.Index(rest, " #"); end >= 0 {
			rest = rest[:end]
		}
		n.Value = strings.TrimRight(rest, " ")
		if strings.Contains(n.Value, ": ") || strings.HasSuffix(n.Value, ":") {
			return nil
		}
		if n.Tag = quickTag(n.Value); n.Tag == "" {
			return nil
		}
	}
	q.next()
	if !q.end && q.indent > parent {
		return nil // the scalar may go on
	}
	return n
}

// quickName reads the name of an anchor or alias, whose first character is sign. It returns the bytes to the next word, 0 and an
// empty name if there is no such name.
func quickName(text string, sign byte) (name string, after int) {
	if text == "" || text[0] != sign {
		return "", 0
	}
	end := 1
	for end < len(text) && (text[end] >= 'a' && text[end] <= 'z' || text[end] >= 'A' && text[end] <= 'Z') {
		end++
	}
	if end == 1 || end < len(text) && text[end] != ' ' {
		return "", 0
	}
	after = len(text) - len(strings.TrimLeft(text[end:], " "))
	return text[1:end], after
}

// quickQuoted reads a quoted scalar, and returns the bytes that it takes.
func quickQuoted(text string) (value string, after int, ok bool) {
	quote := text[0]
	for i := 1; i < len(text); i++ {
		switch {
		case text[i] == '\\' && quote == '"':
			return "", 0, false
		case text[i] != quote:
		case quote == '\'' && i+1 < len(text) && text[i+1] == quote:
			i++
		default:
			value = text[1:i]
			if quote == '\'' {
				value = strings.ReplaceAll(value, "''", "'")
			}
			return value, i + 1, true
		}
	}
	return "", 0, false
}

// blockScalar reads the lines of a literal or folded block, which have more indentation than parent. Its header ends a line.
func (q *quickReader) blockScalar(n *yaml.Node, header string, parent int) bool {
	folded, end := header[0] == '>', "\n"
	n.Style = yaml.LiteralStyle
	if folded {
		n.Style = yaml.FoldedStyle
	}
	switch header[1:] {
	case "":
	case "-":
		end = ""
	default:
		return false
	}
	var b strings.Builder
	indent, empty := 0, 0
	for q.after < len(q.text) {
		stop := len(q.text)
		if i := strings.IndexByte(q.text[q.after:], '\n'); i >= 0 {
			stop = q.after + i
		}
		line := q.text[q.after:stop]
		own := len(line) - len(strings.TrimLeft(line, " "))
		switch {
		case own == len(line):
			if indent == 0 || own > indent {
				return false // at the start, or with spaces that count
			}
			empty++
		case indent == 0 && own <= parent:
			return false
		case indent != 0 && own < indent:
			if own > parent {
				return false
			}
			n.Value = b.String() + end
			q.next()
			return !q.end
		default:
			first := indent == 0
			if first {
				indent = own
			}
			if folded && own > indent {
				return false // lines with more indentation are not folded
			}
			if !first && folded && empty == 0 {
				b.WriteByte(' ')
			} else if !first && !folded {
				b.WriteByte('\n')
			}
			for range empty {
				b.WriteByte('\n')
			}
			empty = 0
			b.WriteString(line[indent:])
		}
		if stop == len(q.text) {
			return false // without a line break at the end
		}
		q.line, q.after = q.line+1, stop+1
	}
	n.Value = b.String() + end
	q.next()
	return indent > 0
}

// quickTag returns the tag of a plain scalar that is no merge key, "" where that is not plain to see.
func quickTag(text string) string {
	switch c := text[0]; {
	case c >= '0' && c <= '9':
		digits := 0
		for digits < len(text) && text[digits] >= '0' && text[digits] <= '9' {
			digits++
		}
		if digits == len(text) && digits < 18 && (c != '0' || digits == 1) {
			return "!!int"
		}
		if len(text) == len(time.DateOnly) && text[4] == '-' && text[7] == '-' {
			if _, err := time.Parse(time.DateOnly, text); err == nil {
				return "!!timestamp"
			}
		}
		if len(text) == 36 && text[8] == '-' && text[13] == '-' && text[18] == '-' && text[23] == '-' {
			return "!!str" // an id: no number or time has such dashes
		}
		// Digits, signs, letters of numbers and parts of times.
		if strings.Trim(text, "0123456789abcdefABCDEFxXoO_+-.:TtZz ") == "" {
			return libraryTag(text)
		}
		return "!!str"
	case c == '+' || c == '.':
		return libraryTag(text)
	}
	switch text {
	case "true", "false":
		return "!!bool"
	case "null":
		return "!!null"
	}
	if len(text) <= len("false") {
		switch strings.ToLower(text) {
		case "y", "yes", "n", "no", "on", "off", "true", "false", "null":
			return libraryTag(text)
		}
	}
	return "!!str"
}

// libraryTag returns the tag of a plain scalar by the library.
func libraryTag(text string) string {
	n, err := library(text)
	if err != nil || n == nil || n.Kind != yaml.ScalarNode || n.Value != text {
		return ""
	}
	return n.Tag
}
