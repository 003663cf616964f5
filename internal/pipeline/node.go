package pipeline

import (
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"

	"github.com/egret-hunt/egret/diag"
	"github.com/egret-hunt/egret/internal/lazyre"
	"github.com/egret-hunt/egret/internal/pyprint"
	"github.com/egret-hunt/egret/internal/yamlword"
	"github.com/egret-hunt/egret/source"
)

// A reader converts the YAML nodes of one pipeline and collects faults.
type reader struct {
	file  *source.File
	list  diag.List
	spent int
	opt   Options
	// nesting is the depth of nested steps, stepCount the number of steps so far.
	nesting, stepCount int
}

// errorf adds an error at a node.
func (r *reader) errorf(n *yaml.Node, help, format string, args ...any) {
	r.list.Add(diag.Diagnostic{Code: "pipeline-value", Span: r.span(n), Message: fmt.Sprintf(format, args...), Help: help})
}

// parse returns the root node of a text, nil after an error or for an empty text.
func (r *reader) parse() *yaml.Node {
	fault := func(span source.Span, message, help string) *yaml.Node {
		r.list.Add(diag.Diagnostic{Code: "pipeline-syntax", Span: span, Message: message, Help: help})
		return nil
	}
	start := source.Span{File: r.file}
	if len(r.file.Text) > maxSize {
		return fault(start, fmt.Sprintf("the pipeline has %d bytes; the limit is %d", len(r.file.Text), maxSize), "")
	}
	if !utf8.ValidString(r.file.Text) {
		return fault(start, "the pipeline is not UTF-8", "")
	}
	decoder := yaml.NewDecoder(strings.NewReader(r.file.Text))
	var document yaml.Node
	if err := decoder.Decode(&document); err != nil {
		if errors.Is(err, io.EOF) {
			return fault(start, "the pipeline is empty", "a pipeline is a map with the key transformations")
		}
		return r.syntax(err)
	}
	var second yaml.Node
	if err := decoder.Decode(&second); !errors.Is(err, io.EOF) {
		if err != nil {
			return r.syntax(err)
		}
		return fault(r.span(&second), "expected one YAML document", "write each pipeline to its own file")
	}
	if document.Kind != yaml.DocumentNode || len(document.Content) == 0 {
		return fault(start, "the pipeline is empty", "a pipeline is a map with the key transformations")
	}
	return document.Content[0]
}

// syntax reports an error of the YAML library, and returns nil.
func (r *reader) syntax(err error) *yaml.Node {
	line, message := yamlword.Syntax(r.file.Text, err)
	span := source.Span{File: r.file}
	if line > 0 {
		span.Start = r.file.Offset(line, 1)
		span.End = span.Start + len(r.file.Line(line))
	}
	r.list.Add(diag.Diagnostic{Code: "pipeline-syntax", Span: span, Message: message})
	return nil
}

// span returns the span of a node: of a scalar its text, of a map or list its first character.
func (r *reader) span(n *yaml.Node) source.Span {
	text := r.file.Text
	at := r.file.Offset(n.Line, 1)
	for skip := n.Column - 1; skip > 0 && at < len(text); skip-- { // the library counts characters
		_, width := utf8.DecodeRuneInString(text[at:])
		at += width
	}
	end := min(at+1, len(text))
	if n.Kind == yaml.ScalarNode {
		switch {
		case strings.HasPrefix(text[at:], n.Value):
			end = at + len(n.Value)
		case n.Style&(yaml.SingleQuotedStyle|yaml.DoubleQuotedStyle) != 0 && strings.HasPrefix(text[end:], n.Value):
			end += len(n.Value) + 1
		}
	}
	return source.Span{File: r.file, Start: at, End: min(end, len(text))}
}

// resolve returns the node that an alias stands for. It counts nodes, so that aliases cannot repeat without bound.
func (r *reader) resolve(n *yaml.Node) *yaml.Node {
	r.spent++
	for depth := 0; n.Kind == yaml.AliasNode && depth < maxDepth; depth++ {
		n = n.Alias
	}
	return n
}

// exhausted reports whether the pipeline has too many nodes, or is too deep, and adds a fault the first time.
func (r *reader) exhausted(n *yaml.Node, depth int) bool {
	if depth > maxDepth {
		r.errorf(n, "", "maps and lists are nested more than %d deep", maxDepth)
		return true
	}
	if r.spent <= maxNodes {
		return false
	}
	if r.spent < 2*maxNodes {
		r.spent = 2 * maxNodes
		r.errorf(n, "", "the pipeline has more than %d values", maxNodes)
	}
	return true
}

// A pair is an entry of a map.
type pair struct{ key, value *yaml.Node }

// name returns the key as text.
func (p pair) name() string { return p.key.Value }

// pairs returns the entries of a map in order, with those of merge keys (<<) first, and reports equal keys.
func (r *reader) pairs(n *yaml.Node, depth int) []pair {
	if r.exhausted(n, depth) {
		return nil
	}
	var out, merged []pair
	seen := map[string]bool{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := r.resolve(n.Content[i]), r.resolve(n.Content[i+1])
		switch {
		case key.Tag == "!!merge":
			merged = append(merged, r.merge(value, depth+1)...)
		case key.Kind != yaml.ScalarNode:
			r.errorf(key, "", "expected a text as key")
		case seen[key.Value]:
			r.errorf(key, "remove one of the two", "the key %q is there twice", key.Value)
		default:
			seen[key.Value] = true
			out = append(out, pair{key, value})
		}
	}
	var first []pair
	for _, p := range merged {
		if !seen[p.name()] {
			seen[p.name()] = true
			first = append(first, p)
		}
	}
	return append(first, out...)
}

// merge returns the entries that a merge key adds.
func (r *reader) merge(n *yaml.Node, depth int) []pair {
	switch n.Kind { //nolint:exhaustive // the others are faults
	case yaml.MappingNode:
		return r.pairs(n, depth)
	case yaml.SequenceNode:
		var out []pair
		for _, child := range n.Content {
			if child = r.resolve(child); child.Kind == yaml.MappingNode && !r.exhausted(child, depth) {
				out = append(out, r.pairs(child, depth+1)...)
			}
		}
		return out
	}
	r.errorf(n, "", "expected a map to merge")
	return nil
}

// children returns the entries of a list.
func (r *reader) children(n *yaml.Node, depth int) []*yaml.Node {
	if r.exhausted(n, depth) {
		return nil
	}
	out := make([]*yaml.Node, len(n.Content))
	for i, child := range n.Content {
		out[i] = r.resolve(child)
	}
	return out
}

// any returns a node as a value of package pyprint.
func (r *reader) any(n *yaml.Node, depth int) any {
	n = r.resolve(n)
	if r.exhausted(n, depth) {
		return nil
	}
	switch n.Kind { //nolint:exhaustive // the others cannot occur here
	case yaml.ScalarNode:
		return scalar(n)
	case yaml.SequenceNode:
		out := &pyprint.List{}
		for _, child := range n.Content {
			out.Items = append(out.Items, r.any(child, depth+1))
		}
		return out
	case yaml.MappingNode:
		out := &pyprint.Dict{}
		for _, p := range r.pairs(n, depth) {
			out.Set(p.name(), r.any(p.value, depth+1))
		}
		return out
	}
	return nil
}

// scalar returns the value of a scalar. As in rules, only decimal numbers are numbers and only true and false are booleans;
// `no`, `0x10`, `010` and dates are texts. Departure from YAML 1.1, which pySigma uses; TestYAMLTypes.
func scalar(n *yaml.Node) any {
	if n.Style&(yaml.SingleQuotedStyle|yaml.DoubleQuotedStyle|yaml.LiteralStyle|yaml.FoldedStyle) != 0 || n.Tag == "!!str" && n.Style&yaml.TaggedStyle != 0 {
		return n.Value
	}
	switch n.Value {
	case "", "~", "null", "Null", "NULL":
		return nil
	case "true", "True", "TRUE":
		return true
	case "false", "False", "FALSE":
		return false
	}
	if !decimal.MatchString(n.Value) {
		return n.Value
	}
	if i, err := strconv.ParseInt(n.Value, 10, 64); err == nil {
		return i
	}
	if f, err := strconv.ParseFloat(n.Value, 64); err == nil && strings.Contains(n.Value, ".") {
		return f
	}
	return n.Value
}

var decimal = lazyre.New(`^-?(0|[1-9][0-9]*)(\.[0-9]+)?$`)

// kindOf describes a node for messages.
func kindOf(n *yaml.Node) string {
	switch n.Kind { //nolint:exhaustive // aliases are resolved
	case yaml.MappingNode:
		return "a map"
	case yaml.SequenceNode:
		return "a list"
	}
	switch v := scalar(n).(type) {
	case nil:
		return "nothing"
	case string:
		return strconv.Quote(v)
	}
	return n.Value
}
