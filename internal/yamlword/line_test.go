package yamlword_test

import (
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"

	"github.com/egret-hunt/egret/internal/yamlword"
)

// TestSyntaxNamesTheLine checks the lines of errors that the library finds in its scanner, which names them right, and in its
// parser, which names the line before.
func TestSyntaxNamesTheLine(t *testing.T) {
	for _, c := range []struct {
		text string
		line int
	}{
		{"a: 1\nb: [x\nc: 2\n", 2},
		{"a: 1\nb: {x: 1\nc: 2\n", 2},
		{"a: 1\nb: x: y\nc: 2\n", 2},
		{"a: 1\nb:\n\t- x\n", 3},
		{"a: 1\n b: 2\n", 2},
		{"a:\n  b: 1\n c: 2\n", 3},
		{"a: 'x\n", 1},
		{"a: \"\\q\"\n", 1},
		{"a: 1\n---\nb: [\n", 3},
		{"a: %x\n", 1},
	} {
		var node yaml.Node
		err := yaml.Unmarshal([]byte(c.text), &node)
		if err == nil {
			decoder := yaml.NewDecoder(strings.NewReader(c.text))
			for err == nil {
				err = decoder.Decode(&node)
			}
		}
		if line, message := yamlword.Syntax(c.text, err); line != c.line || message == "" {
			t.Errorf("%q: got line %d (%s; the library says %v), want %d", c.text, line, message, err, c.line)
		}
	}
}
