package lsp

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/egret-hunt/egret/internal/ruleset"
	"github.com/egret-hunt/egret/internal/ruletest"
	"github.com/egret-hunt/egret/internal/schema"
	"github.com/egret-hunt/egret/internal/setup"
	"github.com/egret-hunt/egret/internal/term"
	"github.com/egret-hunt/egret/sigma"
	"github.com/egret-hunt/egret/source"
)

// maxBases limits the files with rules that the correlations of a file count.
const maxBases = 50

// codeLens implements textDocument/codeLens: above each rule with tests, how many of their events it matches.
func (s *server) codeLens(ctx context.Context, d *document, _ *documentParams) (any, error) {
	out := []codeLens{}
	if d.kind() != ruleFile || d.path == "" {
		return out, nil
	}
	d.project.wait(ctx)
	set, tests, err := s.testsOf(ctx, d, d.project.folders(d))
	if err != nil {
		return nil, err
	}
	counts, err := ruletest.Count(ctx, set, tests.Cases, d.project.schemas)
	if err != nil {
		return nil, err
	}
	for _, ref := range set.References() {
		info := set.Info(ref)
		if filepath.Clean(info.Path) != d.path {
			continue
		}
		if m, ok := counts[ref]; ok {
			place := info.Origin.Title
			if place.IsZero() {
				place = info.Origin.Place()
			}
			out = append(out, codeLens{d.lines.span(source.Span{Start: place.Start, End: place.Start}, s.encoding), command{Title: lensText(m, ref.Correlation)}})
		}
	}
	return out, nil
}

// testsOf returns the tests of a file of rules, and the rules of folders, which have those of the file.
func (s *server) testsOf(ctx context.Context, d *document, folders []ruleset.Folder) (*ruleset.Set, *ruletest.Tests, error) {
	options := ruleset.Options{
		Statuses: []string{"deprecated", "unsupported"}, Schemas: append(slices.Clone(d.project.schemas), schema.Generic()),
		Placeholders: map[string][]string{},
	}
	for _, p := range d.project.config.Settings.Placeholders {
		options.Placeholders[p.Name.Value] = p.Values
	}
	set, _, err := ruleset.Load(ctx, folders, options)
	if err != nil {
		return nil, nil, err
	}
	set.Paths = slices.DeleteFunc(set.Paths, func(path string) bool { return filepath.Clean(path) != d.path })
	tests, err := ruletest.FindIn(ctx, set, d.project.schemas, s.openText)
	return set, tests, err
}

// lensText says what the tests of a rule came to.
func lensText(m ruletest.Matched, correlation bool) string {
	var parts []string
	if !correlation {
		parts = append(parts, fmt.Sprintf("%s in %s", term.Plural(m.Matching, "match"), term.Plural(m.Events, "test event")))
	}
	if m.Failed > 0 {
		parts = append(parts, fmt.Sprintf("%d of %s failed", m.Failed, term.Plural(m.Tests, "test")))
	} else {
		parts = append(parts, fmt.Sprintf("%s passed", term.Plural(m.Tests-m.Skipped, "test")))
	}
	if m.Skipped > 0 {
		parts = append(parts, fmt.Sprintf("%d skipped", m.Skipped))
	}
	return strings.Join(parts, ", ")
}

// openText returns the text of an open file.
func (s *server) openText(path string) (string, bool) {
	path = filepath.Clean(path)
	s.mutex.Lock()
	defer s.mutex.Unlock()
	// Iteration order does not matter: at most one document has the path.
	for _, d := range s.documents {
		if d.path == path && d.lost == "" {
			return d.text(), true
		}
	}
	return "", false
}

// folders returns the text of a document with the files of the rules that its correlations count, and those that these count.
func (p *project) folders(d *document) []ruleset.Folder {
	folders := []ruleset.Folder{setup.TextFolder(d.path, d.text())}
	queue, seen := []*source.File{d.file()}, map[string]bool{d.name(): true}
	for len(queue) > 0 {
		collection, _ := sigma.Parse(queue[0])
		queue = queue[1:]
		for _, c := range collection.Correlations {
			for _, reference := range c.Rules {
				known, ok := p.index.Lookup(reference.Value)
				if !ok || seen[known.Place.File.Name] || len(folders) > maxBases {
					continue
				}
				seen[known.Place.File.Name] = true
				folders = append(folders, setup.TextFolder(known.Place.File.Name, known.Place.File.Text))
				queue = append(queue, known.Place.File)
			}
		}
	}
	return folders
}
