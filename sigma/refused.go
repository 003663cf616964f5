package sigma

import (
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/egret-hunt/egret/source"
)

// RefusedCorrelation is a correlation that an error keeps from being loaded, as far as it could be read. Its author meant
// the rules that it names to count, not to report, so whoever loads the file must not let them report instead.
type RefusedCorrelation struct {
	// Title is empty where it could not be read.
	Title string
	// Rules are the names and ids that stand where rules of a correlation stand, each once; perhaps none.
	Rules []Text
	// Generate says that the correlation lets its rules report.
	Generate bool
	// Span is where the correlation stands: its title, or the document.
	Span source.Span
}

var sectionKeys = []string{"correlation", "detection", "filter"}

// isNear tells whether a key is a word, or is nearer to it than to any other of the words.
func isNear(key, word string, words []string) bool {
	return key == word || !slices.Contains(words, key) && nearOf(key, words) == word
}

// refuseCorrelation keeps what can be read of a correlation that has an error.
func (r *reader) refuseCorrelation(collection *Collection, root *yaml.Node, pairs []pair) {
	refused := &RefusedCorrelation{Span: r.documentSpan(root)}
	salvage := salvage{reader: r, refused: refused, seen: map[string]bool{}}
	for _, p := range pairs {
		key := p.key.Value
		if key == "title" && r.resolve(p.value).Kind == yaml.ScalarNode {
			refused.Title, refused.Span = r.resolve(p.value).Value, r.nodeSpan(p.value)
		}
		// With wrong indentation the keys of the section stand beside it.
		salvage.entry(p)
		if isNear(key, "correlation", sectionKeys) {
			salvage.section(p.value)
		}
	}
	collection.Refused = append(collection.Refused, refused)
}

// salvage gathers the rules of a correlation, whatever else is wrong with it.
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

// condition takes the words of a condition over rules.
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

// refuseText keeps what can be read of a correlation in a text that is not valid YAML: the entries of every list behind
// the key `rules`, line by line.
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

// flowEntries are the entries of a list in brackets, or of what stands on one line of it.
func flowEntries(text string) []string {
	var entries []string
	for entry := range strings.SplitSeq(strings.Trim(text, "[]"), ",") {
		if entry = plainText(entry); entry != "" {
			entries = append(entries, entry)
		}
	}
	return entries
}

// plainText is a text without comment, blanks and quotes.
func plainText(text string) string {
	text, _, _ = strings.Cut(text, " #")
	return strings.Trim(text, "'\"[] \t\r\n")
}
