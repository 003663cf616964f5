package sigma

import (
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/egret-hunt/egret/source"
)

// RefusedCorrelation holds the readable parts of a correlation that was not loaded because of an error. Its base
// rules were meant to be counted, not to report, so a caller that loads the file must not let them report instead.
type RefusedCorrelation struct {
	// Title is empty if it could not be read.
	Title string
	// Rules are the names and ids in the correlation's references to rules, each once; possibly none.
	Rules []Text
	// Generate is true if the correlation lets its base rules report.
	Generate bool
	// Span covers the title of the correlation, or else the document.
	Span source.Span
}

var sectionKeys = []string{"correlation", "detection", "filter"}

// isNear reports whether a key equals a word, or is closer to it than to any of the other words.
func isNear(key, word string, words []string) bool {
	return key == word || !slices.Contains(words, key) && nearOf(key, words) == word
}

// refuseCorrelation keeps the readable parts of a correlation that has an error.
func (r *reader) refuseCorrelation(collection *Collection, root *yaml.Node, pairs []pair) {
	refused := &RefusedCorrelation{Span: r.documentSpan(root)}
	salvage := salvage{reader: r, refused: refused, seen: map[string]bool{}}
	for _, p := range pairs {
		key := p.key.Value
		if key == "title" && r.resolve(p.value).Kind == yaml.ScalarNode {
			refused.Title, refused.Span = r.resolve(p.value).Value, r.nodeSpan(p.value)
		}
		// With wrong indentation the keys of the section are next to it instead of inside it.
		salvage.entry(p)
		if isNear(key, "correlation", sectionKeys) {
			salvage.section(p.value)
		}
	}
	collection.Refused = append(collection.Refused, refused)
}

// salvage collects the rules of a correlation, whatever other errors it has.
type salvage struct {
	reader  *reader
	refused *RefusedCorrelation
	seen    map[string]bool
}

func (s *salvage) section(n *yaml.Node) {
	n = s.reader.resolve(n)
	for i := 0; n.Kind == yaml.MappingNode && i+1 < len(n.Content); i += 2 {
		if key := s.reader.resolve(n.Content[i]); key.Kind == yaml.ScalarNode {
			s.entry(pair{key, n.Content[i+1]})
		}
	}
}

// entry reads one key of the section.
func (s *salvage) entry(p pair) {
	value := s.reader.resolve(p.value)
	switch key := p.key.Value; {
	case isNear(key, "rules", correlationKeys):
		nodes := []*yaml.Node{p.value}
		if value.Kind == yaml.SequenceNode {
			nodes = value.Content
		}
		for _, n := range nodes {
			if entry := s.reader.resolve(n); entry.Kind == yaml.ScalarNode {
				s.add(entry.Value, s.reader.nodeSpan(n))
			}
		}
	case isNear(key, "generate", correlationKeys):
		s.refused.Generate = s.refused.Generate || value.Kind == yaml.ScalarNode && equalFold(value.Value, "true")
	case isNear(key, "condition", correlationKeys) && value.Kind == yaml.ScalarNode:
		s.condition(value.Value, s.reader.nodeSpan(p.value))
	}
}

// condition collects the words of a condition over rules.
func (s *salvage) condition(text string, span source.Span) {
	if len(text) > maxCondition {
		return
	}
	for _, t := range tokenize(text) {
		switch strings.ToLower(t.text) {
		case "and", "or", "not", "(", ")", "|":
		default:
			s.add(t.text, span)
		}
	}
}

func (s *salvage) add(reference string, span source.Span) {
	if reference != "" && !s.seen[reference] {
		s.seen[reference] = true
		s.refused.Rules = append(s.refused.Rules, Text{reference, span})
	}
}

// refuseText keeps the readable parts of a correlation in a text that is not valid YAML: the entries of each list
// after the key `rules`, line by line.
func (r *reader) refuseText(collection *Collection, start, end int) {
	var s salvage
	correlation, list := false, false
	begin := func() {
		if correlation {
			collection.Refused = append(collection.Refused, s.refused)
		}
		s = salvage{reader: r, refused: &RefusedCorrelation{}, seen: map[string]bool{}}
		correlation, list = false, false
	}
	begin()
	for offset := start; offset < end; {
		line := r.file.Text[offset:end]
		if i := strings.IndexByte(line, '\n'); i >= 0 {
			line = line[:i+1]
		}
		text := strings.TrimSpace(line)
		at := offset + strings.Index(line, text)
		span := r.span(at, at+len(text))
		offset += len(line)
		key, rest, isKey := strings.Cut(text, ":")
		key, rest = plainText(key), plainText(rest)
		switch {
		case text == "" || text[0] == '#':
		case strings.HasPrefix(text, "---"), strings.HasPrefix(text, "..."):
			begin()
		case list && text[0] == '-', list && !isKey:
			for _, reference := range flowEntries(strings.TrimLeft(text, "- \t")) {
				s.add(reference, span)
			}
		case !isKey:
			list = false
		default:
			list = isNear(key, "rules", correlationKeys)
			if isNear(key, "correlation", sectionKeys) {
				correlation = true
				if s.refused.Span.IsZero() {
					s.refused.Span = span
				}
			}
			switch {
			case list:
				for _, reference := range flowEntries(rest) {
					s.add(reference, span)
				}
			case key == "title":
				s.refused.Title, s.refused.Span = rest, span
			case key == "generate":
				s.refused.Generate = s.refused.Generate || equalFold(rest, "true")
			}
		}
	}
	begin()
}

// flowEntries returns the entries of a list in brackets, or of the part of it that is on one line.
func flowEntries(text string) []string {
	var entries []string
	for entry := range strings.SplitSeq(strings.Trim(text, "[]"), ",") {
		if entry = plainText(entry); entry != "" {
			entries = append(entries, entry)
		}
	}
	return entries
}

// plainText returns a text without comment, surrounding blanks and quotes.
func plainText(text string) string {
	text, _, _ = strings.Cut(text, " #")
	return strings.Trim(text, "'\"[] \t\r\n")
}
