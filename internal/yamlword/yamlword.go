// Package yamlword names YAML nodes in messages, so that all readers of YAML files use the same words.
package yamlword

import (
	"strconv"

	"go.yaml.in/yaml/v3"
)

// Kind says what a node is: "a list", "keys with values", "nothing" or "a single value".
func Kind(n *yaml.Node) string {
	switch {
	case n.Kind == yaml.SequenceNode:
		return "a list"
	case n.Kind == yaml.MappingNode:
		return "keys with values"
	case n.Tag == "!!null":
		return "nothing"
	}
	return "a single value"
}

// Value returns the quoted text of a single value, and the Kind of any other node.
func Value(n *yaml.Node) string {
	if n.Kind == yaml.ScalarNode && n.Tag != "!!null" {
		return strconv.Quote(n.Value)
	}
	return Kind(n)
}
