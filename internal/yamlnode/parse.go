// Package yamlnode reads YAML into the nodes of go.yaml.in/yaml/v3, several times as fast as that library for the usual texts.
package yamlnode

import (
	"errors"
	"io"
	"strings"

	"go.yaml.in/yaml/v3"
)

// Parse returns the root of the first document of a text, nil if there is none. Text after the document is an error. Nodes have the
// kinds, tags, values, styles and positions that the library gives them; comments may be missing. Errors are those of the library.
func Parse(text string) (*yaml.Node, error) {
	if root := quick(text); root != nil {
		return root, nil
	}
	return library(text)
}

// library is Parse for any text.
func library(text string) (root *yaml.Node, err error) {
	// The library panics on some inputs; treat a panic as a syntax error.
	defer func() {
		if recover() != nil {
			root, err = nil, errors.New("yaml: the text cannot be read")
		}
	}()
	decoder := yaml.NewDecoder(strings.NewReader(text))
	var document, rest yaml.Node
	if err := decoder.Decode(&document); err != nil {
		if errors.Is(err, io.EOF) {
			return nil, nil
		}
		return nil, err
	}
	if err := decoder.Decode(&rest); err == nil {
		return nil, errors.New("yaml: did not find expected <document start>")
	} else if !errors.Is(err, io.EOF) {
		return nil, err
	}
	if len(document.Content) == 0 {
		return nil, nil
	}
	return document.Content[0], nil
}
