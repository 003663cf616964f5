package yamlnode

import (
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"
)

// flowReader reads a map or list in flow style, which may have several lines.
type flowReader struct {
	*quickReader
	// pos is the index of the next character. counted is an index of the same or an earlier line, and column its column from 0; only
	// texts beyond ASCII use them.
	pos, counted, column int
}

// flow reads the map or list in flow style at a column, and goes to the line after it. parent is the column of the map or list in
// block style that has it. It returns nil if the library has to read the text.
func (q *quickReader) flow(column, parent, depth int) *yaml.Node {
	f := flowReader{quickReader: q, pos: q.at + column}
	n := f.collection(depth)
	if n == nil || !f.onlyComment() {
		return nil
	}
	q.next()
	if !q.end && q.indent > parent {
		return nil
	}
	return n
}

// onlyComment reports whether the rest of the line has nothing or a comment.
func (f *flowReader) onlyComment() bool {
	rest := f.text[f.pos:f.stop]
	tail := strings.TrimLeft(rest, " ")
	return tail == "" || tail[0] == '#' && rest[0] == ' '
}

// skip goes to the next character that is neither a space nor part of a comment. It reports false at the end of the text.
func (f *flowReader) skip() bool {
	for f.pos < f.stop && f.text[f.pos] == ' ' {
		f.pos++
	}
	if f.pos < f.stop && f.text[f.pos] != '#' {
		return true
	}
	if f.pos < f.stop && f.text[f.pos-1] != ' ' {
		return true // a # after a comma or bracket, which starts no value here
	}
	f.next()
	f.pos = f.at + f.indent
	return !f.end
}

// start returns a node at the next character.
func (f *flowReader) start(kind yaml.Kind, tag string) *yaml.Node {
	if f.ascii {
		return f.node(kind, tag, f.pos-f.at)
	}
	if f.counted < f.at {
		f.counted, f.column = f.at, 0
	}
	f.column += utf8.RuneCountInString(f.text[f.counted:f.pos])
	f.counted = f.pos
	return f.node(kind, tag, f.column)
}

func (f *flowReader) value(depth int) *yaml.Node {
	if c := f.text[f.pos]; c == '[' || c == '{' {
		return f.collection(depth)
	}
	return f.scalar()
}

// collection reads a map or list to its closing bracket.
func (f *flowReader) collection(depth int) *yaml.Node {
	if depth > maxQuickDepth {
		return nil
	}
	var n *yaml.Node
	isMap, closing := f.text[f.pos] == '{', byte(']')
	if isMap {
		n, closing = f.start(yaml.MappingNode, "!!map"), '}'
	} else {
		n = f.start(yaml.SequenceNode, "!!seq")
	}
	n.Style = yaml.FlowStyle
	f.pos++
	for f.skip() {
		if f.text[f.pos] == closing {
			f.pos++
			return n
		}
		if isMap {
			key := f.key()
			if key == nil || !f.skip() {
				return nil
			}
			n.Content = append(n.Content, key)
		}
		value := f.value(depth + 1)
		if value == nil || !f.skip() {
			return nil
		}
		n.Content = append(n.Content, value)
		switch f.text[f.pos] {
		case ',':
			f.pos++
		case closing:
		default:
			return nil // a pair in a list, or a scalar that goes on
		}
	}
	return nil
}

// key reads the key of a map and its colon.
func (f *flowReader) key() *yaml.Node {
	n := f.scalar()
	if n == nil || n.Tag != "!!str" || len(n.Value) > 128 || !strings.HasPrefix(f.text[f.pos:f.stop], ": ") {
		return nil
	}
	f.pos++
	return n
}

// scalar reads a scalar up to the character that ends it.
func (f *flowReader) scalar() *yaml.Node {
	n := f.start(yaml.ScalarNode, "!!str")
	rest := f.text[f.pos:f.stop]
	if rest[0] == '\'' || rest[0] == '"' {
		value, after, ok := quickQuoted(rest)
		if !ok || after < len(rest) && strings.IndexByte(" ,:]}", rest[after]) < 0 {
			return nil
		}
		n.Value, n.Style = value, yaml.DoubleQuotedStyle
		if rest[0] == '\'' {
			n.Style = yaml.SingleQuotedStyle
		}
		f.pos += after
		return n
	}
	if strings.IndexByte("-?:,[]{}#&*!|>%@`<=~", rest[0]) >= 0 || f.pos == f.at && rest[0] == '.' {
		return nil // the latter may be the end of the document
	}
	end := plainEnd(rest)
	if end < 0 {
		return nil
	}
	f.pos += end
	n.Value = strings.TrimRight(rest[:end], " ")
	if n.Tag = quickTag(n.Value); n.Tag == "" {
		return nil
	}
	return n
}

// plainEnd returns the number of bytes of the plain scalar at the start of a text in flow style, -1 where the library has to decide.
func plainEnd(text string) int {
	for i := range len(text) {
		switch text[i] {
		case ',', ']', '}':
			return i
		case '[', '{', '?':
			return -1
		case '#':
			if text[i-1] == ' ' {
				return i
			}
		case ':':
			if i+1 == len(text) || strings.IndexByte(",[]{}", text[i+1]) >= 0 {
				return -1
			}
			if text[i+1] == ' ' {
				return i
			}
		}
	}
	return len(text)
}
