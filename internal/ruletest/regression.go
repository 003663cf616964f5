package ruletest

import (
	"os"
	"path/filepath"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/egret-hunt/egret/diag"
	"github.com/egret-hunt/egret/internal/yamlword"
	"github.com/egret-hunt/egret/source"
)

// SigmaHQ's regression data (github.com/SigmaHQ/sigma, regression_data, read 2026-11): a rule names an info.yml by its path in the
// repository, and this the files with events and how many of them the rule matches. Events are in .evtx files and, with the same name,
// as JSON. SigmaHQ's own runner (tests/regression_tests_runner.py) passes a test if at least one event matches, whatever match_count
// says, and some counts do not fit their events. So a count above 0 means any here.

// regressionOf reads the regression tests that a rule names at an offset of its text.
func (f *finder) regressionOf(path, text string, start, end int) {
	for end > start && strings.TrimSpace(text[end-1:end]) == "" {
		end--
	}
	name := filepath.FromSlash(text[start:end])
	info, root := upward(filepath.Dir(path), name)
	if info == "" {
		f.tests.Diagnostics.Add(diag.Diagnostic{
			Code: codeFile, Severity: diag.Warning, Message: "no folder above the rule has " + name,
			Span: source.Span{File: source.NewFile(path, text), Start: start, End: end},
		})
		return
	}
	f.file(info, func(r *reader) { f.regression(r, root) })
}

// upward returns the file with a relative name in a folder or the nearest one above it, and that folder; "" if there is none.
func upward(dir, name string) (path, root string) {
	if !filepath.IsLocal(name) {
		return "", ""
	}
	dir, err := filepath.Abs(dir)
	if err != nil {
		return "", ""
	}
	for {
		if info, err := os.Stat(filepath.Join(dir, name)); err == nil && info.Mode().IsRegular() {
			return filepath.Join(dir, name), dir
		}
		above := filepath.Dir(dir)
		if above == dir {
			return "", ""
		}
		dir = above
	}
}

func (f *finder) regression(r *reader, root string) {
	for _, document := range r.yaml() {
		if document.Kind != yaml.MappingNode {
			continue
		}
		var list *yaml.Node
		for i := 0; i+1 < len(document.Content); i += 2 {
			if document.Content[i].Value == "regression_tests_info" {
				list = resolved(document.Content[i+1])
			}
		}
		if list == nil {
			continue // the tests are comments where their data is missing
		}
		for _, item := range r.items(list, "tests") {
			f.regressionTest(r, item, root)
		}
	}
}

func (f *finder) regressionTest(r *reader, n *yaml.Node, root string) {
	c := &Case{Path: r.file.Name, Name: "regression", Span: r.span(n), Want: Want{Count: Any}}
	var path *yaml.Node
	r.each(n, "a test", func(key, value *yaml.Node) {
		switch key.Value {
		case "name":
			c.Name = r.text(value, "the name of the test")
		case "match_count":
			if n, ok := r.count(value, "the number of events that the rule matches"); ok && n == 0 {
				c.Want.Count = 0
			}
			c.Span = r.span(value)
		case "path":
			path = value
		}
	})
	if path == nil {
		r.faultf(n, codeValue, "", "the test has no path")
		return
	}
	if s := reporting(f.byPath[f.path]); s != nil {
		c.about(s)
	} else {
		c.Rule, c.Broken = filepath.Base(f.path), "the rule file has no rule that was loaded"
	}
	name := filepath.FromSlash(path.Value)
	if !filepath.IsLocal(name) {
		r.faultf(path, codeValue, "", "%s is not below the repository", yamlword.Value(path))
		return
	}
	name = filepath.Join(root, name)
	if strings.EqualFold(filepath.Ext(name), ".evtx") {
		name = strings.TrimSuffix(name, filepath.Ext(name)) + ".json"
		if _, err := os.Stat(name); err != nil {
			c.Skip = "egret reads no .evtx, and there is no JSON beside it"
			f.add(c)
			return
		}
	}
	faults := len(r.list)
	f.eventFile(c, r, name, r.span(path))
	if len(r.list) == faults {
		f.add(c)
	}
}
