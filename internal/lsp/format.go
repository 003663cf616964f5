package lsp

import (
	"context"
	"errors"
	"io"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/egret-hunt/egret/diag"
	"github.com/egret-hunt/egret/source"
)

// step is the indent of a level, as in SigmaHQ's rules.
const step = 4

// formatting implements textDocument/formatting. The size of tabs of the editor does not count: rules have one form.
func (s *server) formatting(_ context.Context, d *document, _ *documentParams) (any, error) {
	if d.kind() != ruleFile {
		return nil, nil
	}
	text := formatted(d.text())
	if text == d.text() {
		return []textEdit{}, nil
	}
	file := d.file()
	edits := []textEdit{}
	for _, f := range lineEdits(file, text) {
		edits = append(edits, textEdit{d.lines.span(f.Span, s.encoding), f.Text})
	}
	return edits, nil
}

// formatted returns a rule with four blanks for each level, no blanks at the ends of lines and one line break at the end. Comments, order,
// quotes and all values stay as they are. A text that is no YAML, or that would get another meaning, is returned as it is.
func formatted(text string) string {
	before, ok := documentsOf(text)
	if !ok {
		return text
	}
	for _, indent := range []bool{true, false} {
		if next, ok := layout(text, indent); ok && next != text {
			if after, ok := documentsOf(next); ok && equalLists(before, after) {
				return next
			}
		}
	}
	return text
}

// documentsOf decodes the documents of a text; false for one that is no YAML.
func documentsOf(text string) (list []*yaml.Node, ok bool) {
	decoder := yaml.NewDecoder(strings.NewReader(text))
	for {
		n := new(yaml.Node)
		err := decoder.Decode(n)
		if errors.Is(err, io.EOF) {
			return list, true
		}
		if err != nil {
			return nil, false
		}
		list = append(list, n)
	}
}

func equalLists(a, b []*yaml.Node) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		x, y := a[i], b[i]
		if x.Kind != y.Kind || x.Tag != y.Tag || x.Value != y.Value || x.Anchor != y.Anchor || x.Style != y.Style || !equalLists(x.Content, y.Content) {
			return false
		}
	}
	return true
}

// level is an open map or list: the column of its entries before and after.
type level struct {
	old, now int
	dash     bool
}

// layouter writes lines with other indents.
type layouter struct {
	stack    []level
	out      []string
	comments []int // indexes in out of comments that belong to the next line
	ok       bool
}

// layout returns the text with other indents, if indent is set, and without what is superfluous at the ends of lines. ok is false where
// indents cannot be told.
func layout(text string, indent bool) (string, bool) {
	l := layouter{stack: []level{{}}, ok: true}
	lines := strings.Split(text, "\n")
	for i := 0; i < len(lines); i++ {
		body, end := strings.CutSuffix(lines[i], "\r")
		ending := ""
		if end {
			ending = "\r"
		}
		body = strings.TrimRight(body, " \t")
		first := len(l.out)
		switch {
		case !indent:
			l.out = append(l.out, body+ending)
		default:
			l.line(body, ending)
		}
		if !opensBlock(body) {
			continue
		}
		// The lines of the block are moved together.
		parent := indentOf(body)
		last := i
		for last+1 < len(lines) && (strings.TrimSpace(lines[last+1]) == "" || indentOf(lines[last+1]) > parent) {
			last++
		}
		for last > i && strings.TrimSpace(lines[last]) == "" {
			last--
		}
		l.block(lines[i+1:last+1], indent, indentOf(l.out[first]))
		i = last
	}
	out := strings.Join(l.out, "\n")
	out = strings.TrimRight(out, " \t\r\n")
	if strings.HasSuffix(text, "\r\n") {
		return out + "\r\n", l.ok
	}
	return out + "\n", l.ok
}

func indentOf(text string) int { return len(text) - len(strings.TrimLeft(text, " ")) }

// opensBlock reports whether a line ends in the header of a block of text, such as "description: |-".
func opensBlock(body string) bool {
	read := readLine(body)
	var rest string
	switch {
	case read.colon >= 0:
		rest = body[read.colon+1:]
	case read.dash >= 0:
		rest = body[min(len(body), read.dash+1):]
	default:
		return false
	}
	rest, _, _ = strings.Cut(strings.TrimSpace(rest), " #")
	rest = strings.TrimSpace(rest)
	return rest != "" && (rest[0] == '|' || rest[0] == '>') && strings.Trim(rest[1:], "+-") == ""
}

// block adds the lines of a block of text below a line that now has an indent.
func (l *layouter) block(lines []string, indent bool, parent int) {
	base := -1
	for _, line := range lines {
		if strings.TrimSpace(line) != "" {
			base = indentOf(line)
			break
		}
	}
	for _, line := range lines {
		if !indent || base < 0 {
			l.out = append(l.out, line)
			continue
		}
		if n := indentOf(line); n < base {
			if strings.TrimSpace(line) != "" {
				l.ok = false
			}
			l.out = append(l.out, strings.TrimLeft(line, " "))
			continue
		}
		l.out = append(l.out, strings.Repeat(" ", parent+step)+line[base:])
	}
}

// line adds a line with its new indent.
func (l *layouter) line(body, ending string) {
	read := readLine(body)
	switch {
	case body == "":
		l.out = append(l.out, ending)
		return
	case body[0] == '#' || read.blank:
		l.comments = append(l.comments, len(l.out))
		l.out = append(l.out, body+ending)
		return
	case strings.HasPrefix(body, "---"), strings.HasPrefix(body, "..."), body[0] == '%':
		l.stack = []level{{}}
		l.comments = nil
		l.out = append(l.out, body+ending)
		return
	case strings.Contains(body[:read.indent], "\t"):
		l.ok = false
	}
	old := indentOf(body)
	dash := strings.HasPrefix(body[old:], "- ") || body[old:] == "-"
	now := l.enter(old, dash)
	for n := range l.comments {
		i := l.comments[n]
		at := indentOf(l.out[i])
		l.out[i] = strings.Repeat(" ", max(0, l.comment(at, old, now))) + l.out[i][at:]
	}
	l.comments = nil
	content := body[old:]
	text := strings.Repeat(" ", now)
	for dash && len(content) > 1 { // what stands behind a dash is a level of its own
		rest := strings.TrimLeft(content[1:], " ")
		old += len(content) - len(rest)
		now += 2
		text += "- "
		content = rest
		dash = strings.HasPrefix(content, "- ") || content == "-"
		l.stack = append(l.stack, level{old, now, dash})
	}
	l.out = append(l.out, text+content+ending)
}

// enter returns the new indent of a line.
func (l *layouter) enter(old int, dash bool) int {
	for len(l.stack) > 1 && l.top().old > old {
		l.stack = l.stack[:len(l.stack)-1]
	}
	if top := l.top(); len(l.stack) > 1 && top.old == old && top.dash && !dash {
		l.stack = l.stack[:len(l.stack)-1]
	}
	switch top := l.top(); {
	case top.old == old && top.dash == dash:
		return top.now
	case top.old == old && !dash:
		return top.now
	case len(l.stack) == 1 && top.old == old && dash && len(l.out) == 0:
		l.stack = append(l.stack, level{old, top.now, true}) // a list at the top
		return top.now
	}
	now := l.top().now + step
	l.stack = append(l.stack, level{old, now, dash})
	return now
}

func (l *layouter) top() level { return l.stack[len(l.stack)-1] }

// comment returns the new indent of a comment above a line.
func (l *layouter) comment(at, old, now int) int {
	for _, open := range l.stack {
		if open.old == at {
			return open.now
		}
	}
	return at + now - old
}

// lineEdits returns the edits that make a file another text, line by line.
func lineEdits(file *source.File, text string) []diag.Fix {
	from, to := strings.SplitAfter(file.Text, "\n"), strings.SplitAfter(text, "\n")
	var fixes []diag.Fix
	at := 0
	for i := range min(len(from), len(to)) {
		if from[i] != to[i] {
			a, b := strings.TrimRight(from[i], "\r\n"), strings.TrimRight(to[i], "\r\n")
			if strings.TrimPrefix(from[i], a) != strings.TrimPrefix(to[i], b) {
				a, b = from[i], to[i]
			}
			fixes = append(fixes, diag.Fix{Span: source.Span{File: file, Start: at, End: at + len(a)}, Text: b})
		}
		at += len(from[i])
	}
	if len(from) > len(to) {
		fixes = append(fixes, diag.Fix{Span: source.Span{File: file, Start: at, End: len(file.Text)}})
	} else if len(to) > len(from) {
		fixes = append(fixes, diag.Fix{Span: source.Span{File: file, Start: at, End: at}, Text: strings.Join(to[len(from):], "")})
	}
	return fixes
}
