package sigma

import (
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/egret-hunt/egret/source"
)

// pair is one entry of a map. The key is resolved; the value may be an alias.
type pair struct{ key, value *yaml.Node }

// resolve follows an alias.
func (r *reader) resolve(n *yaml.Node) *yaml.Node {
	for n.Kind == yaml.AliasNode {
		r.alias = n
		n = n.Alias
	}
	return n
}

// visible returns a span that can be underlined. An empty span, which follows a key without a value, becomes the text
// of the line before it.
func (r *reader) visible(span source.Span) source.Span {
	if span.Start < span.End {
		return span
	}
	start := strings.LastIndexAny(r.file.Text[:span.Start], "\n\r") + 1
	line := r.file.Text[start:span.Start]
	text := strings.TrimSpace(line)
	if text == "" {
		return span
	}
	start += strings.Index(line, text)
	return r.span(start, start+len(text))
}

// spend takes the children of a node from the budget and checks the depth, which aliases can make larger than that of
// the text. It reports once that the budget is used up. From then on all reading is cut short, and the document is
// dropped because the report is an error.
func (r *reader) spend(n *yaml.Node, depth int) bool {
	if r.budget < 0 {
		return false
	}
	r.budget -= 1 + len(n.Content)
	switch {
	case r.budget < 0:
		if r.alias != nil {
			n = r.alias
		}
		r.add(tooManyAliases(r.nodeSpan(n)))
		return false
	case depth > maxDepth:
		r.add(nestedTooDeeply(r.nodeSpan(n)))
		r.budget = -1
		return false
	}
	return true
}

// pairs returns the entries of a map in the order of the file. A merge key (`<<`) is replaced by its entries, except
// those that the map defines itself.
func (r *reader) pairs(n *yaml.Node) []pair {
	pairs := make([]pair, 0, len(n.Content)/2)
	merged := false
	for i := 0; i+1 < len(n.Content); i += 2 {
		key := r.resolve(n.Content[i])
		if isMergeKey(key) {
			merged = true
		}
		pairs = append(pairs, pair{key, n.Content[i+1]})
	}
	if merged {
		return r.merge(pairs, 0)
	}
	return pairs
}

func isMergeKey(key *yaml.Node) bool {
	return key.Kind == yaml.ScalarNode && key.Tag == "!!merge"
}

// merge resolves merge keys. If several maps have a key the first one wins, as YAML's merge type requires.
func (r *reader) merge(pairs []pair, depth int) []pair {
	known := map[string]bool{}
	for _, p := range pairs {
		if !isMergeKey(p.key) {
			known[p.key.Value] = true
		}
	}
	var out []pair
	for _, p := range pairs {
		if !isMergeKey(p.key) {
			out = append(out, p)
			continue
		}
		sources := []*yaml.Node{p.value}
		if value := r.resolve(p.value); value.Kind == yaml.SequenceNode {
			sources = value.Content
		}
		for _, s := range sources {
			s = r.resolve(s)
			if s.Kind != yaml.MappingNode {
				r.add(invalidMerge(r.nodeSpan(p.value)))
				continue
			}
			if !r.spend(s, depth) {
				return out
			}
			var inner []pair
			for i := 0; i+1 < len(s.Content); i += 2 {
				inner = append(inner, pair{r.resolve(s.Content[i]), s.Content[i+1]})
			}
			for _, q := range r.merge(inner, depth+1) {
				if !known[q.key.Value] {
					known[q.key.Value] = true
					out = append(out, q)
				}
			}
		}
	}
	return out
}

// uniquePairs returns the entries of a map whose keys are strings, each key once; the first of two equal keys counts.
// It reports faulty entries as errors if strict is set (losing the entry would change what a rule finds), otherwise
// as warnings.
func (r *reader) uniquePairs(n *yaml.Node, strict bool) []pair {
	pairs := r.pairs(n)
	out := pairs[:0]
	var seen map[string]*yaml.Node
	if len(pairs) > 16 {
		seen = make(map[string]*yaml.Node, len(pairs))
	}
	for _, p := range pairs {
		if p.key.Kind != yaml.ScalarNode || scalarKind(p.key) == NullValue {
			r.add(invalidKey(r.nodeSpan(p.key), strict))
			continue
		}
		first := seen[p.key.Value]
		if seen == nil { // maps usually have few keys, for which a set costs more than it saves
			for _, earlier := range out {
				if earlier.key.Value == p.key.Value {
					first = earlier.key
				}
			}
		}
		if first != nil {
			r.add(duplicateKey(r.nodeSpan(p.key), r.nodeSpan(first), p.key.Value, strict))
			continue
		}
		if seen != nil {
			seen[p.key.Value] = p.key
		}
		out = append(out, p)
	}
	return out
}

// text returns the text of a scalar. It returns "" for null, and "" with a warning for a map or list.
func (r *reader) text(key string, n *yaml.Node) string {
	resolved := r.resolve(n)
	if resolved.Kind != yaml.ScalarNode {
		r.add(wrongType(r.nodeSpan(n), key, "a text"))
		return ""
	}
	return scalarText(resolved, scalarKind(resolved))
}

// placed returns the text of a scalar with its span, the zero Text for null and for maps and lists.
func (r *reader) placed(key string, n *yaml.Node) Text {
	text := r.text(key, n)
	if text == "" {
		return Text{}
	}
	return Text{text, r.nodeSpan(n)}
}

// texts reads a list of strings. A single string counts as a list of one; other entries are skipped with a warning.
func (r *reader) texts(key string, n *yaml.Node) []Text {
	resolved := r.resolve(n)
	switch {
	case !r.spend(resolved, 0):
		return nil
	case resolved.Kind == yaml.ScalarNode:
		if scalarKind(resolved) == NullValue {
			return nil
		}
		return []Text{{scalarText(resolved, scalarKind(resolved)), r.nodeSpan(n)}}
	case resolved.Kind != yaml.SequenceNode:
		r.add(wrongType(r.nodeSpan(n), key, "a list of strings"))
		return nil
	}
	list := make([]Text, 0, len(resolved.Content))
	for _, child := range resolved.Content {
		entry := r.resolve(child)
		if entry.Kind != yaml.ScalarNode {
			r.add(wrongType(r.nodeSpan(child), key, "a list of strings"))
			continue
		}
		list = append(list, Text{scalarText(entry, scalarKind(entry)), r.nodeSpan(child)})
	}
	return list
}

// plainTexts is texts without spans; it returns nil for an empty list.
func (r *reader) plainTexts(key string, n *yaml.Node) []string {
	resolved := r.resolve(n)
	if resolved.Kind != yaml.SequenceNode || !r.spend(resolved, 0) {
		var list []string
		for _, t := range r.texts(key, n) {
			list = append(list, t.Value)
		}
		return list
	}
	var list []string
	for _, child := range resolved.Content {
		entry := r.resolve(child)
		if entry.Kind != yaml.ScalarNode {
			r.add(wrongType(r.nodeSpan(child), key, "a list of strings"))
			continue
		}
		list = append(list, scalarText(entry, scalarKind(entry)))
	}
	return list
}

// covering returns the span from the start of one span to the end of another.
func covering(from, to source.Span) source.Span {
	from.End = max(from.Start, to.End)
	return from
}
