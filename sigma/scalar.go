package sigma

import (
	"math"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// scalarKind returns the type of a scalar. Quoted and block scalars are strings. A plain scalar is a number only if
// JSON would write it without an exponent: `0x17`, `007`, `+5`, `1e3`, `1_000` and dates are strings, since logs
// contain such values as strings. Booleans and nulls are those of YAML 1.2's core schema (including `True` and
// `NULL`, as in pySigma); `yes` and `on` are strings.
func scalarKind(n *yaml.Node) ValueKind {
	if n.Style&yaml.TaggedStyle != 0 {
		return taggedKind(n)
	}
	if n.Style != 0 && n.Style != yaml.FlowStyle {
		return StringValue
	}
	return plainKind(n.Value)
}

// plainKind returns the type of a plain scalar's text.
func plainKind(text string) ValueKind {
	switch text {
	case "", "~", "null", "Null", "NULL":
		return NullValue
	case "true", "True", "TRUE", "false", "False", "FALSE":
		return BoolValue
	}
	if isDecimal(text) {
		return NumberValue
	}
	return StringValue
}

// taggedKind returns the type of a scalar with an explicit tag, or string if the text does not fit the tag.
func taggedKind(n *yaml.Node) ValueKind {
	kind := plainKind(n.Value)
	switch n.Tag {
	case "!!int", "!!float":
		if kind == NumberValue {
			return kind
		}
	case "!!bool":
		if kind == BoolValue {
			return kind
		}
	case "!!null":
		return NullValue
	}
	return StringValue
}

// isDecimal reports whether a text is a decimal integer or fraction as JSON writes it, without an exponent.
func isDecimal(text string) bool {
	digits := func() bool {
		n := 0
		for n < len(text) && '0' <= text[n] && text[n] <= '9' {
			n++
		}
		ok := n > 0
		text = text[n:]
		return ok
	}
	text = strings.TrimPrefix(text, "-")
	if strings.HasPrefix(text, "0") {
		text = text[1:]
	} else if !digits() {
		return false
	}
	if strings.HasPrefix(text, ".") {
		text = text[1:]
		if !digits() {
			return false
		}
	}
	return text == ""
}

// scalarText returns the text of a scalar as the tree keeps it.
func scalarText(n *yaml.Node, kind ValueKind) string {
	switch kind {
	case NullValue:
		return ""
	case BoolValue:
		return strings.ToLower(n.Value)
	case NumberValue, StringValue:
	}
	return n.Value
}

// plainValue returns a scalar as a Go value; see Unknown.
func plainValue(n *yaml.Node) any {
	switch scalarKind(n) {
	case NullValue:
		return nil
	case BoolValue:
		return strings.EqualFold(n.Value, "true")
	case NumberValue:
		if i, err := strconv.ParseInt(n.Value, 10, 64); err == nil {
			return i
		}
		if u, err := strconv.ParseUint(n.Value, 10, 64); err == nil {
			return u
		}
		if f, err := strconv.ParseFloat(n.Value, 64); err == nil && !math.IsInf(f, 0) {
			return f
		}
	case StringValue:
	}
	return n.Value
}

// anyValue returns a node as Go values; see Unknown. Parts beyond the budget or the depth limit are nil.
func (r *reader) anyValue(n *yaml.Node, depth int) any {
	n = r.resolve(n)
	if !r.spend(n, depth) {
		return nil
	}
	switch n.Kind { //nolint:exhaustive // a resolved node is a map, a list or a scalar
	case yaml.ScalarNode:
		return plainValue(n)
	case yaml.SequenceNode:
		list := make([]any, 0, len(n.Content))
		for _, child := range n.Content {
			list = append(list, r.anyValue(child, depth+1))
		}
		return list
	case yaml.MappingNode:
		pairs := r.uniquePairs(n, false)
		values := make(map[string]any, len(pairs))
		for _, p := range pairs {
			values[p.key.Value] = r.anyValue(p.value, depth+1)
		}
		return values
	}
	return nil
}
