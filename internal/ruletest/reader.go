package ruletest

import (
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"

	"github.com/egret-hunt/egret/diag"
	"github.com/egret-hunt/egret/internal/yamlword"
	"github.com/egret-hunt/egret/source"
)

// Limits of test files. They are not trusted: an alias must not make a small file large.
const (
	maxFile   = 16 << 20 // bytes of a file of tests or samples
	maxNodes  = 500_000  // nodes of a file, each alias counted anew
	maxDepth  = 200
	maxEvents = 100_000   // of a file, after repetition
	maxBytes  = 256 << 20 // of these events
)

// The codes of diagnostics.
const (
	codeSyntax = "test-syntax"
	codeValue  = "test-value"
	codeKey    = "unknown-test-key"
	codeFile   = "test-file"
)

// reader reads one file of tests.
type reader struct {
	file  *source.File
	list  diag.List
	nodes int
	// events and bytes are what the file has so far.
	events, bytes int
}

func newReader(name, text string) *reader { return &reader{file: source.NewFile(name, text)} }

// yaml parses the documents of the file. It returns those before an error.
func (r *reader) yaml() []*yaml.Node {
	decoder := yaml.NewDecoder(strings.NewReader(r.file.Text))
	var roots []*yaml.Node
	for {
		document := new(yaml.Node)
		err := decoder.Decode(document)
		if err != nil {
			if err.Error() != "EOF" {
				r.syntax(err)
			}
			return roots
		}
		if len(document.Content) == 1 {
			roots = append(roots, document.Content[0])
		}
	}
}

// syntax reports an error of the YAML library.
func (r *reader) syntax(err error) {
	line, message := yamlword.Syntax(r.file.Text, err)
	span := source.Span{File: r.file}
	if line > 0 {
		span.Start = r.file.Offset(line, 1)
		span.End = span.Start + len(r.file.Line(line))
	}
	r.list.Add(diag.Diagnostic{Code: codeSyntax, Message: message, Span: span})
}

func (r *reader) faultf(n *yaml.Node, code, help, format string, args ...any) {
	r.list.Add(diag.Diagnostic{Code: code, Message: fmt.Sprintf(format, args...), Help: help, Span: r.span(n)})
}

// span returns the place of a node: a whole scalar, or the first character of something else.
func (r *reader) span(n *yaml.Node) source.Span {
	if n.Line < 1 || n.Line > r.file.Lines() {
		return source.Span{File: r.file}
	}
	start, line := r.file.Offset(n.Line, 1), r.file.Line(n.Line)
	if n.Line == 1 && strings.HasPrefix(line, "\ufeff") {
		start, line = start+len("\ufeff"), line[len("\ufeff"):]
	}
	for i := 1; i < n.Column && line != ""; i++ {
		_, size := utf8.DecodeRuneInString(line)
		start, line = start+size, line[size:]
	}
	length := 1
	if n.Kind == yaml.ScalarNode {
		length = len(n.Value)
		if n.Style&(yaml.SingleQuotedStyle|yaml.DoubleQuotedStyle) != 0 {
			length += 2
		}
	}
	return source.Span{File: r.file, Start: start, End: start + min(length, len(line))}
}

// resolved returns the node that an alias refers to, or n itself.
func resolved(n *yaml.Node) *yaml.Node {
	if n.Kind == yaml.AliasNode {
		return n.Alias
	}
	return n
}

// each calls do for the keys of a map. what names the map in messages.
func (r *reader) each(n *yaml.Node, what string, do func(key, value *yaml.Node)) bool {
	n = resolved(n)
	if n.Kind != yaml.MappingNode {
		r.faultf(n, codeValue, "", "expected keys with values for %s, found %s", what, yamlword.Kind(n))
		return false
	}
	seen := map[string]bool{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key := n.Content[i]
		if seen[key.Value] {
			r.faultf(key, codeValue, "", "key %q appears twice", key.Value)
			continue
		}
		seen[key.Value] = true
		do(key, resolved(n.Content[i+1]))
	}
	return true
}

// unknown reports a key that is not one of keys.
func (r *reader) unknown(key *yaml.Node, keys []string) {
	help := "the keys are " + strings.Join(keys, ", ")
	if near := diag.Near(key.Value, keys); near != "" {
		help = "the nearest key is " + near
	}
	r.faultf(key, codeKey, help, "key %q is not defined", key.Value)
}

// items returns the elements of a list, or reports that n is none.
func (r *reader) items(n *yaml.Node, what string) []*yaml.Node {
	n = resolved(n)
	if n.Kind != yaml.SequenceNode {
		r.faultf(n, codeValue, "", "expected a list of %s, found %s", what, yamlword.Kind(n))
		return nil
	}
	items := make([]*yaml.Node, len(n.Content))
	for i, item := range n.Content {
		items[i] = resolved(item)
	}
	return items
}

// text returns a single text.
func (r *reader) text(n *yaml.Node, what string) string {
	if n.Kind != yaml.ScalarNode || n.Tag == "!!null" || n.Value == "" {
		r.faultf(n, codeValue, "", "expected %s, found %s", what, yamlword.Kind(n))
		return ""
	}
	return n.Value
}

// count returns a whole number that is not negative.
func (r *reader) count(n *yaml.Node, what string) (int, bool) {
	number, err := strconv.Atoi(n.Value)
	if n.Kind != yaml.ScalarNode || err != nil || number < 0 || number > math.MaxInt32 {
		r.faultf(n, codeValue, "", "expected %s, found %s", what, yamlword.Value(n))
		return 0, false
	}
	return number, true
}

// jsonOf returns a node as JSON: keys in their order, numbers as written, times as text.
func (r *reader) jsonOf(n *yaml.Node) ([]byte, bool) { return r.appendJSON(nil, n, 0) }

func (r *reader) appendJSON(dst []byte, n *yaml.Node, depth int) ([]byte, bool) {
	n = resolved(n)
	if r.nodes++; r.nodes > maxNodes || depth > maxDepth {
		if r.nodes <= maxNodes+1 || depth > maxDepth {
			r.faultf(n, codeValue, "", "the events are too large: at most %d values in a file and %d levels are read", maxNodes, maxDepth)
		}
		r.nodes = max(r.nodes, maxNodes+1)
		return dst, false
	}
	switch n.Kind {
	case yaml.MappingNode:
		dst = append(dst, '{')
		var keys []string
		for i := 0; i+1 < len(n.Content); i += 2 {
			key := resolved(n.Content[i])
			if key.Kind != yaml.ScalarNode || key.Tag == "!!merge" || len(keys) < 1000 && slices.Contains(keys, key.Value) {
				r.faultf(n.Content[i], codeValue, "", "an event needs plain keys, each once")
				return dst, false
			}
			keys = append(keys, key.Value)
			if i > 0 {
				dst = append(dst, ',')
			}
			dst = append(appendText(dst, key.Value), ':')
			var ok bool
			if dst, ok = r.appendJSON(dst, n.Content[i+1], depth+1); !ok {
				return dst, false
			}
		}
		return append(dst, '}'), true
	case yaml.SequenceNode:
		dst = append(dst, '[')
		for i, item := range n.Content {
			if i > 0 {
				dst = append(dst, ',')
			}
			var ok bool
			if dst, ok = r.appendJSON(dst, item, depth+1); !ok {
				return dst, false
			}
		}
		return append(dst, ']'), true
	default:
		return r.appendScalar(dst, n)
	}
}

func (r *reader) appendScalar(dst []byte, n *yaml.Node) ([]byte, bool) {
	switch n.ShortTag() {
	case "!!null":
		return append(dst, "null"...), true
	case "!!bool":
		var b bool
		if err := n.Decode(&b); err == nil {
			return strconv.AppendBool(dst, b), true
		}
	case "!!int", "!!float":
		if json.Valid([]byte(n.Value)) {
			return append(dst, n.Value...), true
		}
		var whole int64
		if err := n.Decode(&whole); err == nil {
			return strconv.AppendInt(dst, whole, 10), true
		}
		r.faultf(n, codeValue, "put it in quotes if it is a text", "%s is not a number that JSON can write", yamlword.Value(n))
		return dst, false
	}
	return appendText(dst, n.Value), true
}

func appendText(dst []byte, text string) []byte {
	var b strings.Builder
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	_ = encoder.Encode(text) //nolint:errchkjson // a string can always be written
	return append(dst, strings.TrimSuffix(b.String(), "\n")...)
}

// take counts an event against the limits, and reports the first that is too many at the place of n.
func (r *reader) take(text []byte, report func(message string)) bool {
	before := r.events > maxEvents || r.bytes > maxBytes
	r.events++
	r.bytes += len(text)
	if r.events > maxEvents || r.bytes > maxBytes {
		if !before {
			report(fmt.Sprintf("the file has too many events: at most %d, and %d MiB, are read", maxEvents, maxBytes>>20))
		}
		return false
	}
	return true
}
