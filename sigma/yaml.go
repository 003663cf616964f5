package sigma

import (
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"

	"github.com/egret-hunt/egret/diag"
	"github.com/egret-hunt/egret/internal/yamlnode"
	"github.com/egret-hunt/egret/source"
)

const (
	// maxDocument is the maximum size of a YAML document in bytes; the largest public rule has 300 KB.
	maxDocument = 4 << 20
	// maxDepth limits the nesting of maps and lists; a rule needs six levels.
	maxDepth = 64
	// aliasAllowance is the number of nodes that aliases may add to those in the text.
	aliasAllowance = 100_000
)

// reader turns the documents of one file into trees. Each call of Parse has its own reader.
type reader struct {
	file  *source.File
	diags diag.List
	// errors counts the diagnostics of severity error; a part that raised one is dropped.
	errors int
	// documentErrors is the value of errors at the start of the current document.
	documentErrors int
	// lines holds the starts of lines as YAML counts them, nil if they equal the file's lines: YAML also breaks lines
	// at a lone carriage return, NEL, LS and PS.
	lines []int
	// bom is the length of the byte order mark, which YAML's columns do not count.
	bom int
	// budget is the number of nodes that may still be visited in this document. It stops "billion laughs" attacks.
	budget int
	// alias is the alias that was followed last.
	alias *yaml.Node
	// columns holds the offset of every columnStep-th character of long lines.
	columns map[int][]int
	// document is the index of the current document, from 0.
	document int
	// outlined is set if outlines are wanted.
	outlined bool
	// mergedOutlines counts the nodes of outlines of merged documents.
	mergedOutlines int
	outlines       []Outline
}

func (r *reader) add(d diag.Diagnostic) {
	if d.Severity == diag.Error {
		r.errors++
	}
	r.diags.Add(d)
}

func (r *reader) span(start, end int) source.Span {
	start = max(0, min(start, len(r.file.Text)))
	return source.Span{File: r.file, Start: start, End: max(start, min(end, len(r.file.Text)))}
}

// checkText reports another encoding and control characters. The library's own messages for these carry no position.
func (r *reader) checkText() bool {
	text := r.file.Text
	if strings.HasPrefix(text, "\xff\xfe") || strings.HasPrefix(text, "\xfe\xff") {
		r.add(notUTF8(r.span(0, 2), "UTF-16"))
		return false
	}
	if strings.HasPrefix(text, "\ufeff") {
		r.bom = len("\ufeff")
	}
	oddBreaks := false
	for i := r.bom; i < len(text); {
		c := text[i]
		if c < utf8.RuneSelf {
			if c < 0x20 && c != '\n' && c != '\t' || c == 0x7f {
				if c != '\r' {
					r.add(controlCharacter(r.span(i, i+1)))
					return false
				}
				oddBreaks = oddBreaks || i+1 == len(text) || text[i+1] != '\n'
			}
			i++
			continue
		}
		c1, width := utf8.DecodeRuneInString(text[i:])
		switch {
		case c1 == utf8.RuneError && width == 1:
			r.add(notUTF8(r.span(i, i+1), ""))
			return false
		case c1 == 0x85 || c1 == 0x2028 || c1 == 0x2029:
			oddBreaks = true
		case c1 < 0xa0 || c1 == 0xfffe || c1 == 0xffff:
			r.add(controlCharacter(r.span(i, i+width)))
			return false
		}
		i += width
	}
	if oddBreaks {
		r.lines = yamlLines(text)
	}
	return true
}

// yamlLines returns the starts of lines as YAML 1.1 counts them.
func yamlLines(text string) []int {
	lines := []int{0}
	for i, c := range text {
		switch c {
		case '\r':
			if strings.HasPrefix(text[i+1:], "\n") {
				continue
			}
		case '\n', 0x85, 0x2028, 0x2029:
		default:
			continue
		}
		lines = append(lines, i+utf8.RuneLen(c))
	}
	return lines
}

// lineStart returns the offset of a line, counted from 1 as YAML counts.
func (r *reader) lineStart(line int) int {
	if r.lines == nil {
		return r.file.Offset(line, 1)
	}
	return r.lines[max(1, min(line, len(r.lines)))-1]
}

func (r *reader) lineCount() int {
	if r.lines == nil {
		return r.file.Lines()
	}
	return len(r.lines)
}

// chunk is the part of the file with one document: lines from first (counted from 1) in [start, end).
type chunk struct{ first, start, end int }

// chunks splits the file at the document markers, which YAML allows only at the start of a line and never inside a
// scalar. Each document is decoded by itself, so an error in one does not affect the others.
func (r *reader) chunks() []chunk {
	text := r.file.Text
	whole := chunk{1, r.bom, len(text)}
	if r.lines == nil && !strings.Contains(text, "\n---") && !strings.Contains(text, "\n...") {
		return []chunk{whole}
	}
	var chunks []chunk
	current := whole
	bare := true // only comments and directives so far: they belong to the document that follows
	for line, n := 1, r.lineCount(); line <= n; line++ {
		start, end := max(r.lineStart(line), r.bom), len(text)
		if line < n {
			end = r.lineStart(line + 1)
		}
		content := text[start:end]
		switch {
		case isMarker(content, "---"):
			if !bare {
				chunks = append(chunks, chunk{current.first, current.start, start})
				current = chunk{line, start, len(text)}
			}
			bare = false
		case isMarker(content, "..."):
			chunks = append(chunks, chunk{current.first, current.start, end})
			current, bare = chunk{line + 1, end, len(text)}, true
		case bare:
			trimmed := strings.TrimSpace(content)
			bare = trimmed == "" || trimmed[0] == '#' || content[0] == '%'
		}
	}
	return append(chunks, current)
}

func isMarker(line, marker string) bool {
	rest, found := strings.CutPrefix(line, marker)
	if !found || rest == "" {
		return found
	}
	first, _ := utf8.DecodeRuneInString(rest)
	return strings.ContainsRune(" \t\r\n\u0085\u2028\u2029", first)
}

// decode reads one document into nodes whose lines count from the start of the file. It returns nil if there is no
// document (only comments) and after an error, which it reports.
func (r *reader) decode(c chunk) *yaml.Node {
	text := r.file.Text[c.start:c.end]
	if len(text) > maxDocument {
		r.add(documentTooLarge(r.span(c.start, c.start), len(text)))
		return nil
	}
	root, err := yamlnode.Parse(text)
	if err != nil {
		r.add(yamlSyntax(r.faultSpan(c, err), syntaxMessage(err)))
		return nil
	}
	if root == nil {
		return nil
	}
	survey := survey{shift: c.first - 1}
	survey.walk(root, 0)
	switch {
	case survey.tooDeep != nil:
		r.add(nestedTooDeeply(r.nodeSpan(survey.tooDeep)))
		return nil
	case survey.aliases > 0:
		if alias := findCycle(root); alias != nil {
			r.add(cyclicAlias(r.nodeSpan(alias), alias.Value))
			return nil
		}
	}
	r.budget, r.alias = len(text)+aliasAllowance, nil
	return root
}

// syntaxMessage returns the library's message without its prefix and line.
func syntaxMessage(err error) string {
	message := strings.TrimPrefix(err.Error(), "yaml: ")
	if rest, found := strings.CutPrefix(message, "line "); found {
		if _, after, found := strings.Cut(rest, ": "); found {
			return after
		}
	}
	return message
}

// faultSpan returns the line of a syntax error: the first line up to which the text gives the same message. The line
// in the library's message is sometimes that of the surrounding map and sometimes absent.
func (r *reader) faultSpan(c chunk, err error) source.Span {
	message := syntaxMessage(err)
	low, high := c.first, c.first
	for high < r.lineCount() && r.lineStart(high+1) < c.end {
		high++
	}
	if c.end-c.start > maxDocument/16 {
		low = high // too large to decode repeatedly
	}
	for low < high {
		middle := (low + high) / 2
		_, err := yamlnode.Parse(r.file.Text[c.start:min(r.lineStart(middle+1), c.end)])
		if err != nil && syntaxMessage(err) == message {
			high = middle
		} else {
			low = middle + 1
		}
	}
	start := max(r.lineStart(low), c.start)
	end := c.end
	if low < r.lineCount() {
		end = min(end, r.lineStart(low+1))
	}
	line := r.file.Text[start:end]
	start += len(line) - len(strings.TrimLeft(line, " \t\r\n"))
	return r.span(start, start+len(strings.TrimSpace(line)))
}

// survey visits each node of a document once: it shifts line numbers, counts aliases and measures depth.
type survey struct {
	shift   int
	aliases int
	tooDeep *yaml.Node
}

func (s *survey) walk(n *yaml.Node, depth int) {
	n.Line += s.shift
	if n.Kind == yaml.AliasNode {
		s.aliases++
		return
	}
	if depth > maxDepth {
		if s.tooDeep == nil {
			s.tooDeep = n
		}
		return
	}
	for _, child := range n.Content {
		s.walk(child, depth+1)
	}
}

// findCycle returns an alias inside the node that it refers to, nil if there is none.
func findCycle(root *yaml.Node) *yaml.Node {
	const open, done = 1, 2
	state := map[*yaml.Node]int{}
	var walk func(n *yaml.Node) *yaml.Node
	walk = func(n *yaml.Node) *yaml.Node {
		if n.Kind == yaml.AliasNode {
			switch state[n.Alias] {
			case open:
				return n
			case done:
				return nil
			}
			n = n.Alias
		}
		if n.Anchor != "" {
			state[n] = open
			defer func() { state[n] = done }()
		}
		for _, child := range n.Content {
			if alias := walk(child); alias != nil {
				return alias
			}
		}
		return nil
	}
	return walk(root)
}
