package pipeline

import (
	"os"
	"path/filepath"
	"testing"

	"golang.org/x/tools/txtar"

	"github.com/egret-hunt/egret/internal/pyprint"
	"github.com/egret-hunt/egret/sigma"
	"github.com/egret-hunt/egret/source"
)

// exampleTexts returns the pipelines of all examples.
func exampleTexts(f *testing.F) []string {
	paths, err := filepath.Glob(filepath.Join("testdata", "examples", "*.txtar"))
	if err != nil || len(paths) == 0 {
		f.Fatalf("no examples: %v", err)
	}
	var texts []string
	for _, path := range paths {
		archive, err := txtar.ParseFile(path)
		if err != nil {
			f.Fatal(err)
		}
		for _, file := range archive.Files {
			if filepath.Base(file.Name) == "pipeline.yml" {
				texts = append(texts, string(file.Data))
			}
		}
	}
	return texts
}

// FuzzLoad loads any text as a pipeline and applies what loads to a rule. Nothing panics, and faults are inside the text.
func FuzzLoad(f *testing.F) {
	for _, text := range exampleTexts(f) {
		f.Add(text)
	}
	f.Add("a: &a [*a]\n")
	f.Add("vars: &a {b: &c [1], <<: {d: *c}}\ntransformations:\n- &s {type: nest, items: [*s]}\n")
	f.Add("transformations:\n- type: regex\n  rule_cond_expr: ((not (a)\n  rule_conditions: {a: {type: tag, tag: a.b}}\n")
	f.Fuzz(func(t *testing.T, text string) {
		file := source.NewFile("p.yml", text)
		p, list := Load(file, Options{})
		if p == nil != list.HasErrors() {
			t.Fatalf("got %v and %v", p, list)
		}
		for _, d := range list {
			if d.Span.File != nil && (d.Span.Start < 0 || d.Span.Start > d.Span.End || d.Span.End > len(d.Span.File.Text)) {
				t.Fatalf("the span %d-%d of %q is outside of the text", d.Span.Start, d.Span.End, d.Message)
			}
		}
		if p == nil {
			return
		}
		chain := NewChain(nil, p)
		rule := parseRule(t, ruleText(simple))
		result, list := chain.Rule(rule)
		if result == nil != list.HasErrors() {
			t.Fatalf("got %v and %v", result, list)
		}
		if result == nil {
			return
		}
		_ = rule.String()
		query, list := result.Query("EventID=1")
		if !list.HasErrors() {
			chain.Finalize(pyprint.NewList(query), result)
		}
	})
}

// FuzzRule applies all kinds to any rule.
func FuzzRule(f *testing.F) {
	var chains []*Chain
	for _, text := range exampleTexts(f) {
		if p, _ := Load(source.NewFile("p.yml", text), Options{External: lists{}}); p != nil {
			chains = append(chains, NewChain(nil, p))
		}
	}
	for _, name := range Names() {
		chains = append(chains, NewChain(nil, Embedded(name)))
	}
	text, err := os.ReadFile(filepath.Join("testdata", "examples", "transformations.txtar"))
	if err != nil {
		f.Fatal(err)
	}
	for _, file := range txtar.Parse(text).Files {
		if filepath.Base(file.Name) == "rule.yml" {
			f.Add("    " + string(file.Data))
		}
	}
	f.Add("    a: [x, y*]\n    b:\n        - A|windash|contains: -1\n          B|base64offset|contains: x\n        - C|cidr: 192.0.2.0/24\n          D|neq: null\n    condition: 1 of them or not (a and b)")
	f.Fuzz(func(t *testing.T, detection string) {
		c, list := sigma.Parse(source.NewFile("rule.yml", ruleText(detection)))
		if list.HasErrors() {
			return
		}
		for _, chain := range chains {
			copied := c.Clone()
			results, _ := chain.Collections([]*sigma.Collection{copied})
			for _, rule := range copied.Rules {
				if results.Of(rule) == nil {
					t.Fatal("a rule that was not refused has no result")
				}
				_ = rule.String()
			}
		}
	})
}
