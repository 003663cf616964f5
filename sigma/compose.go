package sigma

import (
	"go.yaml.in/yaml/v3"

	"github.com/egret-hunt/egret/diag"
	"github.com/egret-hunt/egret/source"
)

// Documents are the YAML documents of a file before they are read as rules. Other formats whose documents contain parts of
// rules are read with it: such a reader composes the documents of rules from the nodes of its file, so that faults in a part
// point to its place there. Documents are not safe for concurrent use.
type Documents struct {
	reader *reader
	// Roots are the documents that could be decoded, without empty ones, in the order of the file.
	Roots []Node
}

// A Node is a scalar, list or map of a file, or one that a program made. The zero Node stands for an absent value: it is of no
// kind and has no entries.
type Node struct {
	reader *reader
	node   *yaml.Node
}

// An Entry is a key of a map with its value.
type Entry struct {
	Key   Text
	Value Node
}

// ReadDocuments decodes the documents of a file. It applies the limits of Parse to their size and depth and to aliases.
func ReadDocuments(file *source.File) *Documents {
	r := &reader{file: file}
	d := &Documents{reader: r}
	if !r.checkText() {
		return d
	}
	for _, c := range r.chunks() {
		root := r.decode(c)
		if root != nil && (root.Kind != yaml.ScalarNode || scalarKind(root) != NullValue) {
			d.Roots = append(d.Roots, Node{r, root})
		}
	}
	r.budget, r.alias = len(file.Text)+aliasAllowance, nil // for all documents together
	return d
}

// Rules reads nodes as the documents of rules, correlations and filters, as Parse does. Documents are numbered in the order of
// the nodes.
func (d *Documents) Rules(nodes []Node) *Collection {
	collection := &Collection{}
	for _, n := range nodes {
		d.reader.documentErrors = d.reader.errors
		d.reader.collect(collection, n.node, false)
		d.reader.document++
	}
	return collection
}

// Faults returns what was found so far, in the order of the file.
func (d *Documents) Faults() diag.List {
	d.reader.diags.Sort()
	return d.reader.diags
}

// Report adds a fault that the caller found.
func (d *Documents) Report(fault diag.Diagnostic) { d.reader.add(fault) }

// Text returns a new scalar with a text. Faults in it point to the node at.
func (d *Documents) Text(text string, at Node) Node {
	return d.made(yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Style: yaml.TaggedStyle, Value: text}, at)
}

// List returns a new list. Faults in it as a whole point to the node at.
func (d *Documents) List(items []Node, at Node) Node {
	list := yaml.Node{Kind: yaml.SequenceNode}
	for _, item := range items {
		list.Content = append(list.Content, item.node)
	}
	return d.made(list, at)
}

// Map returns a new map of the entries that have a value. Faults in it as a whole, and in its keys, point to the node at.
func (d *Documents) Map(entries []Entry, at Node) Node {
	m := yaml.Node{Kind: yaml.MappingNode}
	for _, e := range entries {
		if !e.Value.IsZero() {
			m.Content = append(m.Content, d.Text(e.Key.Value, at).node, e.Value.node)
		}
	}
	return d.made(m, at)
}

func (d *Documents) made(n yaml.Node, at Node) Node {
	n.Line, n.Column = at.node.Line, at.node.Column
	return Node{d.reader, &n}
}

// IsZero reports whether the node stands for an absent value.
func (n Node) IsZero() bool { return n.node == nil }

// Span returns the place of the node, the zero Span for an absent one.
func (n Node) Span() source.Span {
	if n.IsZero() {
		return source.Span{}
	}
	return n.reader.nodeSpan(n.node)
}

// Entries returns the entries of a map in the order of the file, with merge keys resolved and each key once; ok is false if
// the node is no map. Faulty and repeated keys are reported as errors.
func (n Node) Entries() (entries []Entry, ok bool) {
	m, ok := n.resolved(yaml.MappingNode)
	if !ok {
		return nil, false
	}
	for _, p := range n.reader.uniquePairs(m, true) {
		entries = append(entries, Entry{Text{p.key.Value, n.reader.nodeSpan(p.key)}, Node{n.reader, p.value}})
	}
	return entries, true
}

// Items returns the entries of a list; ok is false if the node is no list.
func (n Node) Items() (items []Node, ok bool) {
	list, ok := n.resolved(yaml.SequenceNode)
	if !ok {
		return nil, false
	}
	for _, item := range list.Content {
		items = append(items, Node{n.reader, item})
	}
	return items, true
}

// Scalar returns a scalar as text, "" for null; ok is false if the node is no scalar.
func (n Node) Scalar() (text string, ok bool) {
	scalar, ok := n.resolved(yaml.ScalarNode)
	if !ok {
		return "", false
	}
	return scalarText(scalar, scalarKind(scalar)), true
}

// resolved returns the node of a kind with aliases followed. It returns false beyond the budget of the file too.
func (n Node) resolved(kind yaml.Kind) (*yaml.Node, bool) {
	if n.IsZero() {
		return nil, false
	}
	resolved := n.reader.resolve(n.node)
	return resolved, resolved.Kind == kind && n.reader.spend(resolved, 0)
}
