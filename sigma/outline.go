package sigma

import (
	"go.yaml.in/yaml/v3"

	"github.com/egret-hunt/egret/diag"
	"github.com/egret-hunt/egret/source"
)

// OutlineKind is the type of an Outline.
type OutlineKind uint8

// The kinds of nodes. Scalars have the types of ValueKind.
const (
	TextNode OutlineKind = iota
	NumberNode
	BoolNode
	NullNode
	ListNode
	MapNode
)

// An Outline is a part of a document as the file has it, before Parse corrects or drops anything. Programs that check how a document
// is written use it to find the position of each key. The outline of a rule has what an `action: global` or `action: repeat` document
// adds to it, at the positions there.
type Outline struct {
	Kind OutlineKind
	// Key is the name of an entry of a map, and KeySpan its position. They are zero for entries of a list and for a document.
	Key     string
	KeySpan source.Span
	// Text is the value of a scalar as in Value.Text, "" for null, lists and maps.
	Text string
	// Quoted is set if a scalar is in quotes or a block.
	Quoted bool
	Span   source.Span
	// Children are the entries of a list or a map, in the order of the file. Entries of maps whose keys are not scalars are left
	// out, and so are merge keys, and what lies deeper than eight levels.
	Children []Outline
}

// maxOutline is the depth of an outline. A rule needs six levels.
const maxOutline = 8

// Find returns the entry of a map with a key, nil if there is none or n is nil.
func (n *Outline) Find(path ...string) *Outline {
	for _, key := range path {
		if n == nil {
			return nil
		}
		children := n.Children
		n = nil
		for i := range children {
			if children[i].Key == key {
				n = &children[i]
				break
			}
		}
	}
	return n
}

// ParseOutline is Parse with an outline of each document. The outlines are in the order of the file: Meta.Document is the index of
// a document's outline. A document that YAML cannot read has none, and the detection of a rule is left out, since Rule has it.
// "all of" a pattern without search identifiers gives a warning only, so that a rule with this fault can be judged; it must not run.
func ParseOutline(file *source.File) (*Collection, []Outline, diag.List) {
	r := &reader{file: file, outlined: true}
	collection := &Collection{}
	r.parse(collection)
	return collection, r.outlines, r.diags
}

// outline keeps the outline of a document.
func (r *reader) outline(root *yaml.Node) {
	if !r.outlined {
		return
	}
	for len(r.outlines) <= r.document {
		r.outlines = append(r.outlines, Outline{})
	}
	r.outlines[r.document] = r.outlineNode(root, 0)
}

// maxMergedOutlines limits the nodes of outlines of merged documents in a file, since a large global document may be merged into very
// many small ones. The documents behind the limit have the outlines of what they say themselves.
const maxMergedOutlines = 200_000

// outlineMerged replaces the outline of a document by that of what the actions of its file make of it.
func (r *reader) outlineMerged(root *yaml.Node) {
	if !r.outlined {
		return
	}
	if r.mergedOutlines += countNodes(root); r.mergedOutlines <= maxMergedOutlines {
		r.outline(root)
	}
}

func (r *reader) outlineNode(n *yaml.Node, depth int) Outline {
	resolved := n
	if n.Kind == yaml.AliasNode {
		resolved = n.Alias
		for resolved.Kind == yaml.AliasNode {
			resolved = resolved.Alias
		}
		if depth > 2 {
			return Outline{Kind: NullNode, Span: r.nodeSpan(n)} // aliases of aliases may be larger than any file
		}
	}
	out := Outline{Span: r.nodeSpan(n)}
	switch resolved.Kind { //nolint:exhaustive // a resolved node is a map, a list or a scalar
	case yaml.ScalarNode:
		kind := scalarKind(resolved)
		out.Kind = [...]OutlineKind{StringValue: TextNode, NumberValue: NumberNode, BoolValue: BoolNode, NullValue: NullNode}[kind]
		out.Text = scalarText(resolved, kind)
		out.Quoted = resolved.Style&(yaml.SingleQuotedStyle|yaml.DoubleQuotedStyle|yaml.LiteralStyle|yaml.FoldedStyle) != 0
	case yaml.SequenceNode:
		out.Kind = ListNode
		if depth == maxOutline {
			return out
		}
		out.Children = make([]Outline, 0, len(resolved.Content))
		for _, child := range resolved.Content {
			out.Children = append(out.Children, r.outlineNode(child, depth+1))
		}
	case yaml.MappingNode:
		out.Kind = MapNode
		if depth == maxOutline {
			return out
		}
		out.Children = make([]Outline, 0, len(resolved.Content)/2)
		for i := 0; i+1 < len(resolved.Content); i += 2 {
			key := r.resolve(resolved.Content[i])
			if key.Kind != yaml.ScalarNode || isMergeKey(key) {
				continue
			}
			var entry Outline
			if depth == 0 && key.Value == "detection" {
				entry = Outline{Kind: MapNode, Span: r.nodeSpan(resolved.Content[i+1])}
			} else {
				entry = r.outlineNode(resolved.Content[i+1], depth+1)
			}
			entry.Key, entry.KeySpan = key.Value, r.nodeSpan(resolved.Content[i])
			out.Children = append(out.Children, entry)
		}
	}
	return out
}
