package yamlword

import (
	"errors"
	"io"
	"strings"

	"go.yaml.in/yaml/v3"
)

// maxSearched is the size of a text, in bytes, up to which SyntaxLine searches it.
const maxSearched = 1 << 20

// Syntax returns the message of a syntax error of the YAML library without its prefix and line, and the line of the
// error, counted from 1: the first line up to which the text gives the same message. The library's own line is often
// the line before, or that of the surrounding map. line is 0 if it is not known.
func Syntax(text string, err error) (line int, message string) {
	message = plain(err)
	if len(text) > maxSearched {
		return 0, message
	}
	var ends []int
	for i := range len(text) {
		if text[i] == '\n' {
			ends = append(ends, i+1)
		}
	}
	if ends = append(ends, len(text)); len(ends) > 1 && ends[len(ends)-2] == len(text) {
		ends = ends[:len(ends)-1]
	}
	low, high := 0, len(ends)-1
	for low < high {
		middle := (low + high) / 2
		if fails := decode(text[:ends[middle]]); fails != nil && plain(fails) == message {
			high = middle
		} else {
			low = middle + 1
		}
	}
	if fails := decode(text[:ends[low]]); fails == nil || plain(fails) != message {
		return 0, message
	}
	return low + 1, message
}

// decode decodes all documents of a text into nodes.
func decode(text string) error {
	decoder := yaml.NewDecoder(strings.NewReader(text))
	for {
		var document yaml.Node
		if err := decoder.Decode(&document); err != nil {
			if errors.Is(err, io.EOF) {
				return nil
			}
			return err
		}
	}
}

// plain returns the message of an error without the library's name and line.
func plain(err error) string {
	message := strings.TrimPrefix(err.Error(), "yaml: ")
	if rest, found := strings.CutPrefix(message, "line "); found {
		if _, after, found := strings.Cut(rest, ": "); found {
			return after
		}
	}
	return message
}
