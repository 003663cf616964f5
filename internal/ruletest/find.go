package ruletest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/egret-hunt/egret/diag"
	"github.com/egret-hunt/egret/internal/event"
	"github.com/egret-hunt/egret/internal/ir"
	"github.com/egret-hunt/egret/internal/lazyre"
	"github.com/egret-hunt/egret/internal/parquetrow"
	"github.com/egret-hunt/egret/internal/ruleset"
	"github.com/egret-hunt/egret/internal/schema"
	"github.com/egret-hunt/egret/source"
)

// Tests are the tests of a set of rules.
type Tests struct {
	Cases []*Case
	// Diagnostics are the faults of test files. Tests with a fault are not among Cases.
	Diagnostics diag.List
	// Files are the paths of the files with tests.
	Files []string
}

// Find reads the tests that belong to the rules of a set. Paths of rules must be those of files, except for rules of the embedded pack,
// whose tests are not in the binary. schemas are the log sources that events are recognised by. The error is that of the context.
func Find(ctx context.Context, set *ruleset.Set, schemas []*schema.Schema) (*Tests, error) {
	return FindIn(ctx, set, schemas, func(string) (string, bool) { return "", false })
}

// FindIn is Find where some files of rules and tests have other texts than on disk, such as those that are open in an editor. open returns
// the text of a path, and false for a file that counts as it is on disk.
func FindIn(ctx context.Context, set *ruleset.Set, schemas []*schema.Schema, open func(path string) (string, bool)) (*Tests, error) {
	f := &finder{open: open, ctx: ctx, set: set, schemas: schemas, detector: schema.NewDetector(schemas), byPath: map[string][]*subject{}, seen: map[string]bool{}}
	f.index()
	for _, path := range set.Paths {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		f.rule(path)
	}
	f.tests.Diagnostics.Sort()
	return &f.tests, nil
}

// A subject is a rule that tests may be about.
type subject struct {
	info   *ruleset.Info
	ref    ir.Reference
	broken string // why the rule does not run, "" if it does
}

// finder finds the tests of a set.
type finder struct {
	ctx      context.Context
	open     func(path string) (string, bool)
	set      *ruleset.Set
	schemas  []*schema.Schema
	detector *schema.Detector
	all      []*subject
	byPath   map[string][]*subject
	seen     map[string]bool // files of tests
	// path is that of the rules whose tests are being read.
	path  string
	tests Tests
}

func (f *finder) index() {
	for _, ref := range f.set.References() {
		f.all = append(f.all, &subject{info: f.set.Info(ref), ref: ref})
	}
	for i := range f.set.Skipped {
		s := &f.set.Skipped[i]
		broken := "the rule does not run: " + string(s.Reason)
		if s.Detail != "" {
			broken += " (" + s.Detail + ")"
		}
		f.all = append(f.all, &subject{info: &s.Info, broken: broken})
	}
	for _, s := range f.all {
		path := filepath.ToSlash(s.info.Path)
		f.byPath[path] = append(f.byPath[path], s)
	}
	// Iteration order does not matter: each list is sorted by itself.
	for _, list := range f.byPath {
		slices.SortStableFunc(list, func(a, b *subject) int { return a.info.Origin.Document - b.info.Origin.Document })
	}
}

var regressionKey = lazyre.New(`(?m)^regression_tests_path:[ \t]*['"]?([^'"\r\n#]+)`)

// rule reads the tests of a file of rules.
func (f *finder) rule(path string) {
	f.path = filepath.ToSlash(path)
	stem := strings.TrimSuffix(path, filepath.Ext(path))
	for _, name := range []string{stem + ".test.yaml", stem + ".test.yml"} {
		f.file(name, f.testFile)
	}
	f.file(stem+".events.json", f.samples)
	text, err := f.read(path)
	if err != nil {
		return // of the embedded pack, or a fault that loading has reported
	}
	if strings.Contains(text, "ests:") {
		f.inline(path, text)
	}
	if found := regressionKey.FindStringSubmatchIndex(text); found != nil {
		f.regressionOf(path, text, found[2], found[3])
	}
}

// file reads a file of tests if there is one, each once.
func (f *finder) file(name string, read func(r *reader)) {
	if f.seen[name] {
		return
	}
	text, err := f.read(name)
	if errors.Is(err, fs.ErrNotExist) {
		return
	}
	f.seen[name] = true
	r := newReader(name, text)
	if err != nil {
		r.list.Add(diag.Diagnostic{Code: codeFile, Message: err.Error(), Span: source.Span{File: r.file}})
	} else {
		f.tests.Files = append(f.tests.Files, name)
		read(r)
	}
	f.tests.Diagnostics.Add(r.list...)
}

// read returns the text of a file of rules or tests.
func (f *finder) read(name string) (string, error) {
	if text, ok := f.open(name); ok {
		return text, nil
	}
	return readAll(name)
}

// readAll reads a regular file that is not too large.
func readAll(name string) (string, error) {
	info, err := os.Stat(name)
	switch {
	case err != nil:
		return "", err
	case !info.Mode().IsRegular():
		return "", errors.New("it is not a regular file")
	case info.Size() > maxFile:
		return "", fmt.Errorf("the file has %d bytes; the limit is %d", info.Size(), maxFile)
	}
	file, err := os.Open(name)
	if err != nil {
		return "", err
	}
	defer file.Close()
	text, err := io.ReadAll(io.LimitReader(file, maxFile))
	return string(text), err
}

func (r *reader) start() source.Span {
	return source.Span{File: r.file, End: min(1, len(r.file.Text))}
}

// add adds a test.
func (f *finder) add(c *Case) { f.tests.Cases = append(f.tests.Cases, c) }

// inline reads the tests in a file of rules: the key tests of a document, or Tests as Panther has it.
func (f *finder) inline(path, text string) {
	r := newReader(path, text)
	document := -1
	for _, root := range r.yaml() {
		document++
		if root.Kind != yaml.MappingNode {
			continue
		}
		for i := 0; i+1 < len(root.Content); i += 2 {
			if key := root.Content[i].Value; key != "tests" && key != "Tests" {
				continue
			}
			t := tests{finder: f, reader: r, named: map[string]*yaml.Node{}}
			for _, s := range f.byPath[f.path] {
				if s.info.Origin.Document == document {
					t.subject = s
				}
			}
			if !slices.Contains(f.tests.Files, path) {
				f.tests.Files = append(f.tests.Files, path)
			}
			t.list(resolved(root.Content[i+1]))
		}
	}
	for _, d := range r.list {
		if d.Code != codeSyntax { // loading the rule has reported it
			f.tests.Diagnostics.Add(d)
		}
	}
}

// resolve finds the rule of a test by its words, "" for the rule that the file belongs to. It reports a rule that does not exist.
func (t *tests) resolve(c *Case, words string, n *yaml.Node) bool {
	own := t.byPath[t.path]
	if words == "" {
		s := t.subject
		if s == nil {
			s = reporting(own)
		}
		if s == nil {
			c.Rule, c.Broken = filepath.Base(t.path), "the rule file has no rule that was loaded"
			return true
		}
		c.about(s)
		return true
	}
	for _, list := range [][]*subject{own, t.all} {
		for _, s := range list {
			if s.info.IsNamed(words) || s.info.Title == words {
				c.about(s)
				return true
			}
		}
	}
	var names []string
	for _, s := range t.all {
		names = append(names, s.info.Title, s.info.ID)
		if s.info.Name != "" {
			names = append(names, s.info.Name)
		}
	}
	help := "name a rule by its id, name or title"
	if near := diag.Near(words, names); near != "" {
		help = "the nearest is " + near
	}
	t.faultf(n, codeValue, help, "no rule is named %q", words)
	return false
}

// reporting returns the rule of a file that has findings: the last one if there are several.
func reporting(list []*subject) *subject {
	for _, s := range slices.Backward(list) {
		if s.info.Reports && s.broken == "" {
			return s
		}
	}
	for _, s := range slices.Backward(list) {
		return s
	}
	return nil
}

// about sets the rule of a test.
func (c *Case) about(s *subject) {
	c.Rule, c.Broken = s.info.Title, s.broken
	if s.broken == "" {
		c.Rules = []ir.Reference{s.ref}
	}
}

func (f *finder) isCorrelation(c *Case) bool {
	return len(c.Rules) == 0 || slices.ContainsFunc(c.Rules, func(r ir.Reference) bool { return r.Correlation })
}

// eventFile adds the events of a file to a test. A relative path starts at the file of the test.
func (f *finder) eventFile(c *Case, r *reader, path string, span source.Span) {
	unread := func(help, format string, args ...any) {
		r.list.Add(diag.Diagnostic{Code: codeFile, Message: fmt.Sprintf(format, args...), Help: help, Span: span})
	}
	if !filepath.IsAbs(path) {
		path = filepath.Join(filepath.Dir(r.file.Name), filepath.FromSlash(path))
	}
	if info, err := os.Stat(path); err != nil || !info.Mode().IsRegular() {
		help := ""
		if entries, err := os.ReadDir(filepath.Dir(path)); err == nil {
			var names []string
			for _, entry := range entries {
				names = append(names, entry.Name())
			}
			if near := diag.Near(filepath.Base(path), names); near != "" {
				help = "the nearest is " + near
			}
		}
		unread(help, "%s is not a file that can be read", path)
		return
	}
	before := len(c.Events)
	take := func(text []byte) bool {
		if !r.take(text, func(message string) { unread("", "%s", message) }) {
			return false
		}
		c.Events = append(c.Events, slices.Clone(text))
		return true
	}
	reader := event.NewReader(event.Options{NoHash: true, Schemas: f.schemas, Parquet: parquetrow.Reader})
	err := reader.Run(f.ctx, []string{path}, 1, func(_ int, b *event.Batch) error {
		for record := b.Next(); record != nil; record = b.Next() {
			if !take(record.JSON()) {
				return errTooMany
			}
		}
		return nil
	})
	if errors.Is(err, errTooMany) {
		return
	}
	if len(c.Events) > before && err == nil {
		return
	}
	c.Events = c.Events[:before]
	text, readErr := readAll(path)
	if readErr != nil {
		unread("", "%s: %v", path, readErr)
		return
	}
	if list, ok := plainEvents(text); ok && len(list) > 0 {
		for _, event := range list {
			if !take(event) {
				return
			}
		}
		return
	}
	reason := "no events"
	for _, file := range reader.Files() {
		if file.Status != event.Read && file.Reason != "" {
			reason = file.Reason
		}
	}
	unread("egret reads what egret hunt reads, and JSON", "%s: %s", path, reason)
}

var errTooMany = errors.New("too many events")
