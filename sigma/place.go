package sigma

import (
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"

	"github.com/egret-hunt/egret/source"
)

// columnStep is the distance, in characters, between the offsets that are kept for long lines. Without them, each
// node on a line of several megabytes would cost a walk from the start of that line.
const columnStep = 256

// offset returns the byte offset of a line and column, both from 1; the column counts characters, as the YAML library
// does.
func (r *reader) offset(line, column int) int {
	text := r.file.Text
	at := r.lineStart(line)
	if line == 1 {
		at += r.bom
	}
	skip := column - 1
	if skip >= columnStep {
		steps := r.longLine(line, at)
		step := min(skip/columnStep, len(steps)-1)
		at, skip = steps[step], skip-step*columnStep
	}
	for ; skip > 0 && at < len(text); skip-- {
		at += runeWidth(text, at)
	}
	return at
}

// longLine returns the offset of every columnStep-th character of the line that begins at offset at.
func (r *reader) longLine(line, at int) []int {
	if steps, found := r.columns[line]; found {
		return steps
	}
	end := len(r.file.Text)
	if line < r.lineCount() {
		end = r.lineStart(line + 1)
	}
	var steps []int
	for i := 0; at < end; i++ {
		if i%columnStep == 0 {
			steps = append(steps, at)
		}
		at += runeWidth(r.file.Text, at)
	}
	if steps == nil {
		steps = []int{at}
	}
	if r.columns == nil {
		r.columns = map[int][]int{}
	}
	r.columns[line] = steps
	return steps
}

func runeWidth(text string, at int) int {
	if text[at] < utf8.RuneSelf {
		return 1
	}
	_, width := utf8.DecodeRuneInString(text[at:])
	return width
}

// start returns the byte offset at which a node begins, after its tag and anchor.
func (r *reader) start(n *yaml.Node) int {
	at := r.offset(n.Line, n.Column)
	if n.Kind != yaml.AliasNode && (n.Anchor != "" || n.Style&yaml.TaggedStyle != 0) {
		return r.skipProperties(at)
	}
	return at
}

// skipProperties skips tags and anchors, with the white space and comments after them.
func (r *reader) skipProperties(at int) int {
	text := r.file.Text
	for at < len(text) && (text[at] == '&' || text[at] == '!') {
		for at < len(text) && strings.IndexByte(" \t\r\n,]}", text[at]) < 0 {
			at++
		}
		for at < len(text) {
			if text[at] == '#' {
				for at < len(text) && text[at] != '\n' {
					at++
				}
			} else if strings.IndexByte(" \t\r\n", text[at]) < 0 {
				break
			} else {
				at++
			}
		}
	}
	return at
}

// nodeSpan returns the span of a node: of a scalar with its quotes, of a map or list to the end of its last entry, of
// an alias its name.
func (r *reader) nodeSpan(n *yaml.Node) source.Span { return r.span(r.start(n), r.end(n)) }

// end returns the byte offset at which a node ends.
func (r *reader) end(n *yaml.Node) int {
	for len(n.Content) > 0 {
		n = n.Content[len(n.Content)-1]
	}
	start := r.start(n)
	switch n.Kind { //nolint:exhaustive // the others are empty here
	case yaml.AliasNode:
		return start + 1 + len(n.Value)
	case yaml.ScalarNode:
		return r.scalarEnd(n, start)
	}
	return min(start+2, len(r.file.Text)) // an empty map or list: {} or []
}

// scalarEnd returns the end of a scalar that begins at start.
func (r *reader) scalarEnd(n *yaml.Node, start int) int {
	text := r.file.Text
	switch {
	case n.Style&yaml.SingleQuotedStyle != 0:
		return quotedEnd(text, start, '\'')
	case n.Style&yaml.DoubleQuotedStyle != 0:
		return quotedEnd(text, start, '"')
	case n.Style&(yaml.LiteralStyle|yaml.FoldedStyle) != 0:
		return blockEnd(text, start)
	case strings.HasPrefix(text[min(start, len(text)):], n.Value):
		return start + len(n.Value)
	}
	return foldedEnd(text, start, n.Value)
}

// quotedEnd returns the offset after the closing quote of a scalar.
func quotedEnd(text string, start int, quote byte) int {
	for i := start + 1; i < len(text); i++ {
		switch {
		case text[i] == '\\' && quote == '"':
			i++
		case text[i] != quote:
		case quote == '\'' && i+1 < len(text) && text[i+1] == quote:
			i++
		default:
			return i + 1
		}
	}
	return len(text)
}

// blockEnd returns the end of the last line of a block scalar. The scalar consists of the lines after its header that
// are indented at least as far as the first one that is not blank.
func blockEnd(text string, start int) int {
	next := func(at int) int {
		if i := strings.IndexByte(text[at:], '\n'); i >= 0 {
			return at + i + 1
		}
		return len(text)
	}
	indent := -1
	at := next(start)
	end := start + len(strings.TrimRight(text[start:at], " \t\r\n"))
	for at < len(text) {
		after := next(at)
		line := strings.TrimRight(text[at:after], " \t\r\n")
		depth := len(line) - len(strings.TrimLeft(line, " "))
		switch {
		case line == "":
		case indent >= 0 && depth < indent, depth == 0:
			return end
		default:
			if indent < 0 {
				indent = depth
			}
			end = at + len(line)
		}
		at = after
	}
	return end
}

// foldedEnd returns the end of a plain scalar that spans several lines and whose line breaks and indentation were
// folded.
func foldedEnd(text string, start int, value string) int {
	offsets := alignFolded(text, start, value)
	if offsets == nil {
		if i := strings.IndexByte(text[start:], '\n'); i >= 0 {
			return start + i
		}
		return len(text)
	}
	return offsets[len(value)]
}

// alignFolded returns for each byte of a folded value its offset in the text, with the end as the last entry; nil if
// value and text do not agree. A run of white space in the value corresponds to a run of white space in the text.
func alignFolded(text string, start int, value string) []int {
	offsets := make([]int, 0, len(value)+1)
	at := start
	for i := 0; i < len(value); {
		if at < len(text) && text[at] == value[i] && !isBlank(value[i]) {
			offsets = append(offsets, at)
			at++
			i++
			continue
		}
		blanks := 0
		for at+blanks < len(text) && isBlank(text[at+blanks]) {
			blanks++
		}
		if blanks == 0 || !isBlank(value[i]) {
			return nil
		}
		for i < len(value) && isBlank(value[i]) {
			offsets = append(offsets, at)
			i++
		}
		at += blanks
	}
	return append(offsets, at)
}

func isBlank(c byte) bool { return c == ' ' || c == '\t' || c == '\n' || c == '\r' }

// placer maps parts of a scalar's value to spans in the file.
type placer struct {
	r       *reader
	whole   source.Span
	base    int   // offset of the value's first byte if the file contains the value as it is; otherwise -1
	offsets []int // offset of each byte of a folded value
}

// placer returns a placer for a scalar. If the value differs from the text in ways that cannot be mapped (escapes,
// blocks), each part gets the span of the whole scalar.
func (r *reader) placer(n *yaml.Node) placer {
	p := placer{r: r, whole: r.nodeSpan(n), base: -1}
	start := p.whole.Start
	if n.Style&(yaml.SingleQuotedStyle|yaml.DoubleQuotedStyle) != 0 {
		start++
	}
	switch text := r.file.Text; {
	case n.Kind != yaml.ScalarNode || n.Style&(yaml.LiteralStyle|yaml.FoldedStyle) != 0:
	case start <= len(text) && strings.HasPrefix(text[start:], n.Value):
		p.base = start
	default:
		p.offsets = alignFolded(text, start, n.Value)
	}
	return p
}

// span returns the span of value[start:end].
func (p *placer) span(start, end int) source.Span {
	switch {
	case p.base >= 0:
		return p.r.span(p.base+start, p.base+end)
	case p.offsets == nil || start >= end:
		return p.whole
	}
	return p.r.span(p.offsets[start], p.offsets[end-1]+1)
}
