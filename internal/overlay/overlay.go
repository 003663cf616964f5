// Package overlay reads and changes overlays: YAML files with what users change about rules without editing them. An overlay has
// the keys disabled, levels and filters of egret.yaml, and stays apart from packages of rules, so that an update never loses it.
//
// Comments and the order of the file stay. A front end, such as
// a command or a page, reads with Read and writes with Edit. The package loads no rules: whether an id exists is for the caller to
// check.
package overlay

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/egret-hunt/egret/internal/config"
	"github.com/egret-hunt/egret/internal/durable"
	"github.com/egret-hunt/egret/internal/finding"
	"github.com/egret-hunt/egret/source"
)

// An Overlay is the content of an overlay. The zero value is empty.
type Overlay struct {
	// root is the mapping of the document, nil for an empty one.
	root *yaml.Node
	// comment is the text before the mapping, all of it for a file that has comments only, and foot the text behind it.
	comment, foot string
}

// A Level is a changed level of a rule. Level is one of finding.Levels.
type Level struct{ ID, Level string }

// A Filter is a Sigma filter. Text is its YAML. ID and Title are "" if it has none. Rules are the ids or names of the rules that it is
// for, as written; nil for any. Path is the path of a file or folder of filters, and the rest is then empty.
type Filter struct {
	ID, Title, Text, Path string
	Rules                 []string
}

// ErrChanged is returned by Edit if someone else changed the file meanwhile.
var ErrChanged = errors.New("the overlay was changed by someone else meanwhile")

// Read reads the overlay at a path. A missing file is an empty overlay. An error names the position of the first fault.
func Read(path string) (*Overlay, error) {
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return &Overlay{}, nil
	}
	if err != nil {
		return nil, err
	}
	return Parse(path, string(text))
}

// Parse reads the text of an overlay. name is for messages.
func Parse(name, text string) (*Overlay, error) {
	if err := check(name, text); err != nil {
		return nil, err
	}
	var document yaml.Node
	if err := yaml.Unmarshal([]byte(text), &document); err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	if document.Kind == 0 || document.Content[0].Kind != yaml.MappingNode {
		return &Overlay{comment: comments(text)}, nil
	}
	o := &Overlay{root: document.Content[0]}
	if document.HeadComment != "" {
		o.comment = document.HeadComment + "\n\n"
	}
	if document.FootComment != "" {
		o.foot = "\n" + document.FootComment + "\n"
	}
	return o, nil
}

// comments returns the comment lines of a text without keys, and the empty lines between them. Anything else in it, such as a null,
// would not be YAML with keys behind it.
func comments(text string) string {
	var out strings.Builder
	for line := range strings.Lines(text) {
		if rest := strings.TrimSpace(line); rest == "" || rest[0] == '#' {
			out.WriteString(line)
		}
	}
	if out.Len() > 0 && !strings.HasSuffix(out.String(), "\n") {
		out.WriteString("\n")
	}
	return out.String()
}

// check returns the first fault of the text of an overlay as an error.
func check(name, text string) error {
	_, list := config.ParseOverlay(source.NewFile(name, text))
	if len(list) == 0 {
		return nil
	}
	at := list[0].Span.File.Position(list[0].Span.Start)
	return fmt.Errorf("%s:%d:%d: %s", name, at.Line, at.Column, list[0].Message)
}

// Edit reads the overlay at a path, lets change change it, and replaces the file. It creates the file and its folder where they are
// missing. Nothing is written if change returns an error or the content is as before. If another process changes the file meanwhile,
// Edit returns ErrChanged and leaves the file alone.
func Edit(path string, change func(*Overlay) error) error {
	before, err := os.ReadFile(path)
	missing := errors.Is(err, fs.ErrNotExist)
	if err != nil && !missing {
		return err
	}
	o, err := Parse(path, string(before))
	if err != nil {
		return err
	}
	old, err := o.Text()
	if err != nil {
		return err
	}
	if err := change(o); err != nil {
		return err
	}
	text, err := o.Text()
	if err != nil || bytes.Equal(text, old) {
		return err
	}
	if err := check(path, string(text)); err != nil {
		return err
	}
	if missing {
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return err
		}
	}
	now, err := os.ReadFile(path)
	if err != nil && !(missing && errors.Is(err, fs.ErrNotExist)) {
		return err
	}
	if !bytes.Equal(now, before) {
		return ErrChanged
	}
	return durable.Replace(path, text)
}

// head begins a new file.
const head = "# What egret rules disable, level and filter changed; the keys are those of egret.yaml.\n\n"

// Text returns the overlay as YAML.
func (o *Overlay) Text() ([]byte, error) {
	if o.root == nil {
		return []byte(o.comment), nil
	}
	var b bytes.Buffer
	b.WriteString(o.comment)
	encoder := yaml.NewEncoder(&b)
	encoder.SetIndent(2)
	if len(o.root.Content) > 0 {
		if err := encoder.Encode(o.root); err != nil {
			return nil, err
		}
	}
	b.WriteString(o.foot)
	return b.Bytes(), nil
}

// Disabled returns the ids of the rules that do not run, in the order of the file.
func (o *Overlay) Disabled() []string {
	var ids []string
	for _, item := range items(o.value("disabled")) {
		ids = append(ids, item.Value)
	}
	return ids
}

// Disable adds the ids of rules that do not run. Ids that are there already are left alone.
func (o *Overlay) Disable(ids ...string) {
	have := o.Disabled()
	for _, id := range ids {
		if !slices.ContainsFunc(have, func(other string) bool { return strings.EqualFold(id, other) }) {
			have = append(have, id)
			list := o.list("disabled")
			list.Content = append(list.Content, scalar(id))
		}
	}
}

// Enable removes ids from those of the rules that do not run, and returns those that were among them.
func (o *Overlay) Enable(ids ...string) []string {
	var found []string
	o.remove("disabled", func(item *yaml.Node) bool {
		for _, id := range ids {
			if strings.EqualFold(id, item.Value) {
				found = append(found, id)
				return true
			}
		}
		return false
	})
	return found
}

// Levels returns the changed levels, in the order of the file.
func (o *Overlay) Levels() []Level {
	var list []Level
	if levels := o.value("levels"); levels != nil {
		for i := 0; i+1 < len(levels.Content); i += 2 {
			list = append(list, Level{levels.Content[i].Value, levels.Content[i+1].Value})
		}
	}
	return list
}

// SetLevel gives the rule with an id another level, or its own again for "". It returns an error for an unknown level.
func (o *Overlay) SetLevel(id, level string) error {
	if _, ok := finding.ParseLevel(level); level != "" && !ok {
		return fmt.Errorf("unknown level %q", level)
	}
	levels := o.value("levels")
	if levels != nil {
		for i := 0; i+1 < len(levels.Content); i += 2 {
			if !strings.EqualFold(levels.Content[i].Value, id) {
				continue
			}
			if level == "" {
				levels.Content = slices.Delete(levels.Content, i, i+2)
				o.dropEmpty("levels")
			} else {
				levels.Content[i+1].Value = level
			}
			return nil
		}
	}
	if level == "" {
		return nil
	}
	if levels == nil {
		levels = o.add("levels", &yaml.Node{Kind: yaml.MappingNode, Tag: "!!map"})
	}
	levels.Content = append(levels.Content, scalar(id), scalar(level))
	return nil
}
