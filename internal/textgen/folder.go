package textgen

import (
	"fmt"
	"slices"
	"strings"

	"github.com/egret-hunt/egret/internal/specfile"
)

// ReadTargets returns the targets of a folder of specs (*.yaml, *.yml, not in subfolders), or of one file. Their names and
// aliases differ from each other and from those of the embedded targets.
func ReadTargets(path string) ([]*Target, error) {
	files, err := specfile.List(path, "specs")
	if err != nil {
		return nil, err
	}
	var targets []*Target
	for _, file := range files {
		text, err := specfile.Read(file, maxSpec)
		if err != nil {
			return nil, err
		}
		t, err := NewTarget(file, text)
		if err != nil {
			return nil, err
		}
		for _, name := range append([]string{t.Name}, t.Aliases...) {
			if FindTarget(name) != nil || slices.ContainsFunc(targets, func(o *Target) bool { return o.named(name) }) {
				return nil, fmt.Errorf("%s: another target is called %s", file, name)
			}
		}
		targets = append(targets, t)
	}
	return targets, nil
}

// named reports whether a target has a name or alias.
func (t *Target) named(name string) bool { return t.Name == name || slices.Contains(t.Aliases, name) }

// Draft returns the commented spec of a new text language with a name, which is a working example.
func Draft(name string) string { return strings.ReplaceAll(draft, "NAME", name) }

// DraftTests returns tests for the spec that Draft returns. They fail until they are filled in.
func DraftTests(name string) string { return strings.ReplaceAll(draftTests, "NAME", name) }
