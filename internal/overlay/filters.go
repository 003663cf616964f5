package overlay

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"

	"go.yaml.in/yaml/v3"
)

// maxFilter is the largest text of filters that AddFilters takes, in bytes.
const maxFilter = 1 << 20

// Filters returns the filters, in the order of the file.
func (o *Overlay) Filters() ([]Filter, error) {
	var list []Filter
	for _, item := range items(o.value("filters")) {
		if item.Kind == yaml.ScalarNode {
			list = append(list, Filter{Path: item.Value})
			continue
		}
		text, err := yaml.Marshal(item)
		if err != nil {
			return nil, err
		}
		f := Filter{ID: textOf(item, "id"), Title: textOf(item, "title"), Text: string(text)}
		if body := entry(item, "filter"); body != nil && body.Kind == yaml.MappingNode {
			for _, rule := range items(entry(body, "rules")) {
				if rule.Value != "any" || len(items(entry(body, "rules"))) > 1 {
					f.Rules = append(f.Rules, rule.Value)
				}
			}
		}
		list = append(list, f)
	}
	return list, nil
}

// AddFilters adds the filters of a YAML text, each a document of its own. A filter with the id or, without an id, the title of another
// one replaces it. It returns an error for a text that has anything else.
func (o *Overlay) AddFilters(text []byte) error {
	if len(text) > maxFilter {
		return fmt.Errorf("the filter has more than %d MB", maxFilter>>20)
	}
	decoder := yaml.NewDecoder(bytes.NewReader(text))
	added := 0
	for {
		var document yaml.Node
		err := decoder.Decode(&document)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return err
		}
		filter := document.Content[0]
		if filter.Kind != yaml.MappingNode || entry(filter, "filter") == nil {
			return fmt.Errorf("line %d: expected a Sigma filter with the key filter", filter.Line)
		}
		if textOf(filter, "title") == "" {
			return fmt.Errorf("line %d: the filter has no title", filter.Line)
		}
		id, title := textOf(filter, "id"), textOf(filter, "title")
		o.remove("filters", func(item *yaml.Node) bool { return same(item, id, title) })
		list := o.list("filters")
		list.Content = append(list.Content, filter)
		added++
	}
	if added == 0 {
		return errors.New("the text has no filter")
	}
	return nil
}

// same reports whether a filter has an id, or a title where neither has an id.
func same(item *yaml.Node, id, title string) bool {
	if item.Kind != yaml.MappingNode {
		return false
	}
	other := textOf(item, "id")
	return id != "" && strings.EqualFold(id, other) || id == "" && other == "" && textOf(item, "title") == title
}

// RemoveFilter removes the filters with an id, title or path, and returns how many there were.
func (o *Overlay) RemoveFilter(name string) int {
	n := 0
	o.remove("filters", func(item *yaml.Node) bool {
		if item.Value == name || item.Kind == yaml.MappingNode && (strings.EqualFold(textOf(item, "id"), name) || textOf(item, "title") == name) {
			n++
			return true
		}
		return false
	})
	return n
}

// value returns the value of a top-level key, nil if it is missing or empty.
func (o *Overlay) value(key string) *yaml.Node {
	if o.root == nil {
		return nil
	}
	n := entry(o.root, key)
	if n == nil || n.Tag == "!!null" {
		return nil
	}
	return n
}

// list returns the list under a top-level key, which it makes where it is missing.
func (o *Overlay) list(key string) *yaml.Node {
	n := o.value(key)
	switch {
	case n == nil:
		return o.add(key, &yaml.Node{Kind: yaml.SequenceNode, Tag: "!!seq"})
	case n.Kind != yaml.SequenceNode: // a single value counts as a list of one
		one := *n
		*n = yaml.Node{Kind: yaml.SequenceNode, Tag: "!!seq", Content: []*yaml.Node{&one}}
	}
	return n
}

// add sets a top-level key that is missing or empty.
func (o *Overlay) add(key string, n *yaml.Node) *yaml.Node {
	if o.root == nil {
		o.root = &yaml.Node{Kind: yaml.MappingNode, Tag: "!!map"}
		if strings.TrimSpace(o.comment) == "" {
			o.comment = head
		}
	}
	for i := 0; i+1 < len(o.root.Content); i += 2 {
		if o.root.Content[i].Value == key {
			o.root.Content[i+1] = n
			return n
		}
	}
	o.root.Content = append(o.root.Content, scalar(key), n)
	return n
}

// remove removes the items of a list for which a function is true.
func (o *Overlay) remove(key string, is func(*yaml.Node) bool) {
	n := o.value(key)
	if n == nil {
		return
	}
	list := o.list(key)
	kept := list.Content[:0]
	for _, item := range list.Content {
		if !is(resolved(item)) {
			kept = append(kept, item)
		}
	}
	list.Content = kept
	o.dropEmpty(key)
}

// dropEmpty removes a top-level key whose value has nothing in it.
func (o *Overlay) dropEmpty(key string) {
	for i := 0; i+1 < len(o.root.Content); i += 2 {
		if o.root.Content[i].Value == key && len(o.root.Content[i+1].Content) == 0 {
			o.root.Content = append(o.root.Content[:i:i], o.root.Content[i+2:]...)
			return
		}
	}
}

// entry returns the value of a key, nil if it is missing.
func entry(mapping *yaml.Node, key string) *yaml.Node {
	for i := 0; i+1 < len(mapping.Content); i += 2 {
		if mapping.Content[i].Value == key {
			return resolved(mapping.Content[i+1])
		}
	}
	return nil
}

// textOf returns the text of a key, "" if it has none.
func textOf(mapping *yaml.Node, key string) string {
	if n := entry(mapping, key); n != nil && n.Kind == yaml.ScalarNode {
		return n.Value
	}
	return ""
}

// items returns the items of a list, of which a single value is one.
func items(n *yaml.Node) []*yaml.Node {
	switch {
	case n == nil:
		return nil
	case n.Kind != yaml.SequenceNode:
		return []*yaml.Node{n}
	}
	list := make([]*yaml.Node, len(n.Content))
	for i, item := range n.Content {
		list[i] = resolved(item)
	}
	return list
}

// resolved returns the node that an alias refers to, or n itself.
func resolved(n *yaml.Node) *yaml.Node {
	if n.Kind == yaml.AliasNode {
		return n.Alias
	}
	return n
}

func scalar(text string) *yaml.Node {
	n := &yaml.Node{}
	n.SetString(text)
	return n
}
