package sigma

import (
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/egret-hunt/egret/diag"
	"github.com/egret-hunt/egret/source"
)

// Statuses are the values of `status` that the specification defines.
var Statuses = []string{"stable", "test", "experimental", "deprecated", "unsupported"}

// Levels are the values of `level` that the specification defines, from least to most severe.
var Levels = []string{"informational", "low", "medium", "high", "critical"}

var relatedTypes = []string{"derived", "obsolete", "merged", "renamed", "similar"}

// metaKeys are the top-level keys of all three kinds of documents. `action` is the key of old rule collections.
var metaKeys = []string{
	"action", "author", "correlation", "date", "description", "detection", "falsepositives", "fields", "filter",
	"generate", "id", "level", "license", "logsource", "modified", "name", "references", "related", "scope", "status",
	"tags", "taxonomy", "title",
}

// sections are the parts of a document that meta does not read itself; nil if absent.
type sections struct {
	logSource, detection, correlation, filter, generate *yaml.Node
}

// meta reads the fields that all documents share. Its diagnostics never keep a rule from being loaded.
func (r *reader) meta(m *Meta, root *yaml.Node, pairs []pair) sections {
	var s sections
	m.Document = r.document
	m.Span = r.documentSpan(root)
	for _, p := range pairs {
		switch key, n := p.key.Value, p.value; key {
		case "title":
			title := r.placed(key, n)
			m.Title, m.TitleSpan = title.Value, title.Span
		case "id":
			id := r.placed(key, n)
			m.ID, m.IDSpan = id.Value, id.Span
			if id.Value == "" && r.isEmptyText(n) {
				r.add(invalidID(r.nodeSpan(n), ""))
			} else if id.Value != "" && !isUUID(id.Value) {
				r.add(invalidID(id.Span, id.Value))
			}
		case "name":
			m.Name = r.text(key, n)
		case "related":
			m.Related = r.related(n)
		case "taxonomy":
			m.Taxonomy = r.text(key, n)
		case "status":
			m.Status, m.StatusSpan = r.word(key, n, Statuses, unknownStatus)
		case "description":
			m.Description = r.text(key, n)
		case "license":
			m.License = r.text(key, n)
		case "author":
			m.Author = strings.Join(r.plainTexts(key, n), ", ")
		case "references":
			m.References = r.plainTexts(key, n)
		case "date":
			m.Date = r.date(key, n)
		case "modified":
			m.Modified = r.date(key, n)
		case "fields":
			m.Fields = r.plainTexts(key, n)
		case "falsepositives":
			m.FalsePositives = r.plainTexts(key, n)
		case "level":
			m.Level, m.LevelSpan = r.word(key, n, Levels, unknownLevel)
		case "tags":
			m.Tags = r.tags(n)
		case "scope":
			m.Scope = r.plainTexts(key, n)
		case "logsource":
			s.logSource = n
		case "detection":
			s.detection = n
		case "correlation":
			s.correlation = n
		case "filter":
			s.filter = n
		case "generate":
			s.generate = n
		default:
			m.Unknown = append(m.Unknown, Unknown{key, r.anyValue(n, 0), r.nodeSpan(p.key)})
			if near := diag.Near(key, metaKeys); near != "" && !hasKey(pairs, near) {
				r.add(unknownKey(r.nodeSpan(p.key), key, near))
			}
		}
	}
	if m.Title == "" {
		r.add(missingTitle(r.span(m.Span.Start, m.Span.Start)))
	}
	return s
}

func hasKey(pairs []pair, key string) bool {
	return slices.ContainsFunc(pairs, func(p pair) bool { return p.key.Value == key })
}

// documentSpan returns the span of a document. It does not cover earlier parts of the file that an `action` document
// contributed.
func (r *reader) documentSpan(root *yaml.Node) source.Span {
	span := r.span(r.start(root), r.start(root))
	for _, child := range root.Content {
		span.End = max(span.End, r.end(child))
	}
	return r.span(span.Start, span.End)
}

// word reads a string that should be one of a list. It corrects the letter case and keeps unknown values, both with a
// warning.
func (r *reader) word(key string, n *yaml.Node, known []string,
	fault func(source.Span, string, string) diag.Diagnostic,
) (string, source.Span) {
	t := r.placed(key, n)
	if t.Value == "" && r.isEmptyText(n) {
		r.add(fault(r.nodeSpan(n), "", ""))
	}
	if t.Value == "" || slices.Contains(known, t.Value) {
		return t.Value, t.Span
	}
	lower := strings.ToLower(t.Value)
	if slices.Contains(known, lower) {
		if key == "level" {
			r.add(levelCase(t.Span, t.Value, lower))
		} else {
			r.add(fault(t.Span, t.Value, lower))
		}
		return lower, t.Span
	}
	r.add(fault(t.Span, t.Value, diag.Near(t.Value, known)))
	return t.Value, t.Span
}

func (r *reader) tags(n *yaml.Node) []string {
	var tags []string
	list := r.texts("tags", n)
	if r.resolve(n).Kind == yaml.ScalarNode && len(list) > 0 {
		text := list[0]
		list = nil
		for word := range strings.FieldsFuncSeq(text.Value, func(c rune) bool { return c == ',' || c == ';' || c == ' ' || c == '\n' || c == '\t' }) {
			list = append(list, Text{word, text.Span})
		}
		r.add(tagsAsText(text.Span, len(list)))
	}
	for _, tag := range list {
		tags = append(tags, tag.Value)
		if !isTag(tag.Value) {
			r.add(invalidTag(tag.Span, tag.Value))
		}
	}
	return tags
}

// isTag reports whether a tag has a namespace and only the characters that the specification allows.
func isTag(tag string) bool {
	dot := strings.IndexByte(tag, '.')
	if dot <= 0 || dot == len(tag)-1 {
		return false
	}
	for i := range len(tag) {
		c := tag[i]
		if !('a' <= c && c <= 'z' || '0' <= c && c <= '9' || c == '_' || c == '-' || c == '.') {
			return false
		}
	}
	return true
}

func (r *reader) related(n *yaml.Node) []Related {
	list := r.resolve(n)
	if list.Kind != yaml.SequenceNode {
		if list.Kind != yaml.ScalarNode || scalarKind(list) != NullValue {
			r.add(wrongType(r.nodeSpan(n), "related", "a list of maps with id and type"))
		}
		return nil
	}
	var out []Related
	for _, child := range list.Content {
		entry := r.resolve(child)
		if entry.Kind != yaml.MappingNode {
			r.add(wrongType(r.nodeSpan(child), "related", "a list of maps with id and type"))
			continue
		}
		related := Related{Span: r.nodeSpan(child)}
		for _, p := range r.uniquePairs(entry, false) {
			switch p.key.Value {
			case "id":
				related.ID = r.text("id", p.value)
			case "type":
				related.Type = r.text("type", p.value)
				if !slices.Contains(relatedTypes, related.Type) {
					r.add(unknownRelation(r.nodeSpan(p.value), related.Type, diag.Near(related.Type, relatedTypes)))
				}
			default:
				r.add(unknownKey(r.nodeSpan(p.key), p.key.Value, diag.Near(p.key.Value, []string{"id", "type"})))
			}
		}
		out = append(out, related)
	}
	return out
}

// date reads a date and keeps it as written. `2020/01/31`, the form before specification 2.0, gives only a note:
// hundreds of public rules use it.
func (r *reader) date(key string, n *yaml.Node) string {
	t := r.placed(key, n)
	switch {
	case t.Value == "" && r.isEmptyText(n):
		r.add(invalidDate(r.nodeSpan(n), key, ""))
	case t.Value == "" || isDate(t.Value, '-'):
	case isDate(t.Value, '/'):
		r.add(oldDate(t.Span, key, t.Value))
	default:
		r.add(invalidDate(t.Span, key, t.Value))
	}
	return t.Value
}

// isEmptyText reports whether a value is a text without characters. A key without a value is null.
func (r *reader) isEmptyText(n *yaml.Node) bool {
	n = r.resolve(n)
	return n.Kind == yaml.ScalarNode && scalarKind(n) == StringValue && n.Value == ""
}

// isDate reports whether a text is the year, month and day of an existing date.
func isDate(text string, separator byte) bool {
	if len(text) != 10 || text[4] != separator || text[7] != separator {
		return false
	}
	number := func(part string) int {
		value := 0
		for i := range len(part) {
			if part[i] < '0' || part[i] > '9' {
				return -1
			}
			value = 10*value + int(part[i]-'0')
		}
		return value
	}
	year, month, day := number(text[:4]), number(text[5:7]), number(text[8:])
	if year < 0 || month < 1 || month > 12 || day < 1 {
		return false
	}
	days := [...]int{31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31}[month-1]
	if month == 2 && year%4 == 0 && (year%100 != 0 || year%400 == 0) {
		days = 29
	}
	return day <= days
}

func isUUID(text string) bool {
	if len(text) != 36 {
		return false
	}
	for i := range len(text) {
		c := text[i]
		switch {
		case i == 8 || i == 13 || i == 18 || i == 23:
			if c != '-' {
				return false
			}
		case '0' <= c && c <= '9', 'a' <= c && c <= 'f', 'A' <= c && c <= 'F':
		default:
			return false
		}
	}
	return true
}

// logSource reads `logsource`. If it is missing the rule applies to every event, with a warning.
func (r *reader) logSource(document source.Span, n *yaml.Node) LogSource {
	var out LogSource
	if n == nil {
		r.add(missingLogSource(r.span(document.Start, document.Start)))
		return out
	}
	resolved := r.resolve(n)
	if resolved.Kind != yaml.MappingNode {
		if resolved.Kind != yaml.ScalarNode || scalarKind(resolved) != NullValue {
			r.add(wrongLogSource(r.nodeSpan(n)))
			return out
		}
	}
	out.Span = r.nodeSpan(n)
	for _, p := range r.uniquePairs(resolved, true) {
		switch key := p.key.Value; key {
		case "category":
			out.Category = strings.ToLower(r.text(key, p.value))
		case "product":
			out.Product = strings.ToLower(r.text(key, p.value))
		case "service":
			out.Service = strings.ToLower(r.text(key, p.value))
		case "definition":
			out.Definition = strings.Join(r.plainTexts(key, p.value), "\n")
		default:
			out.Unknown = append(out.Unknown, Unknown{key, r.anyValue(p.value, 0), r.nodeSpan(p.key)})
			known := []string{"category", "definition", "product", "service"}
			if near := diag.Near(key, known); near != "" {
				r.add(unknownKey(r.nodeSpan(p.key), key, near))
			}
		}
	}
	if out.Category == "" && out.Product == "" && out.Service == "" {
		r.add(missingLogSource(out.Span))
	}
	return out
}
