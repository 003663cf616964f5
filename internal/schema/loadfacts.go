package schema

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"sync"

	"github.com/egret-hunt/egret/internal/lazyre"
)

// factsFolder is the folder below dataFolder that has a folder for each embedded schema with facts.
const factsFolder = "facts"

// embeddedFacts reads a schema's facts on first use. The files are part of the program, so a fault in one is a bug.
func (s *Schema) embeddedFacts(fsys fs.FS) func() *Facts {
	return sync.OnceValue(func() *Facts {
		facts, err := s.loadEmbeddedFacts(fsys)
		if err != nil {
			panic("egret bug: " + err.Error())
		}
		return facts
	})
}

// loadEmbeddedFacts reads the files of the schema's folder of facts in the order of their names; the folder may be
// missing.
func (s *Schema) loadEmbeddedFacts(fsys fs.FS) (*Facts, error) {
	folder := dataFolder + "/" + factsFolder + "/" + s.Name
	entries, err := fs.ReadDir(fsys, folder)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	var all yamlFacts
	for _, entry := range entries {
		name := folder + "/" + entry.Name()
		text, err := fs.ReadFile(fsys, name)
		if err != nil {
			return nil, err
		}
		var f yamlFacts
		if err := decodeEmbedded(text, &f); err != nil {
			return nil, fmt.Errorf("schema %s: %w", name, err)
		}
		if f.Outcome != nil {
			all.Outcome = f.Outcome
		}
		all.Targets, all.Facts = append(all.Targets, f.Targets...), append(all.Facts, f.Facts...)
	}
	var faults []string
	loader := factLoader{s, func(format string, args ...any) { faults = append(faults, fmt.Sprintf(format, args...)) }}
	facts := loader.load(&all)
	if err := joined(faults); err != nil {
		return nil, fmt.Errorf("schema %s: %w", folder, err)
	}
	return facts, nil
}

// yamlFacts are the sections of a schema that make its Facts.
type yamlFacts struct {
	Outcome *yamlOutcome     `yaml:"outcome"`
	Targets []yamlTargetRule `yaml:"targets"`
	Facts   []yamlFactRule   `yaml:"facts"`
}

// yamlSelection is what outcome, targets and facts have in common.
type yamlSelection struct {
	Services []string            `yaml:"services"`
	Actions  []string            `yaml:"actions"`
	When     map[string][]string `yaml:"when"`
	Unless   map[string][]string `yaml:"unless"`
}

type yamlOutcome struct {
	Refused []string     `yaml:"refused"`
	Results []yamlResult `yaml:"results"`
}

type yamlResult struct {
	yamlSelection `yaml:",inline"`

	Outcome string   `yaml:"outcome"`
	Code    []string `yaml:"code"`
}

type yamlTargetRule struct {
	yamlSelection `yaml:",inline"`

	Type       string   `yaml:"type"`
	Paths      []string `yaml:"paths"`
	AnyAccount bool     `yaml:"any_account"`
}

type yamlFactRule struct {
	yamlSelection `yaml:",inline"`

	Fact       string              `yaml:"fact"`
	Everyone   string              `yaml:"everyone"`
	EveryoneIs []string            `yaml:"everyone_is"`
	Each       []string            `yaml:"each"`
	Where      map[string][]string `yaml:"where"`
	Paths      []string            `yaml:"paths"`
	As         string              `yaml:"as"`
	Outside    bool                `yaml:"outside"`
	Only       []string            `yaml:"only"`
	Except     []string            `yaml:"except"`
	Value      string              `yaml:"value"`
	Parts      map[string][]string `yaml:"parts"`
	Count      []string            `yaml:"count"`
	Ports      struct {
		From     []string `yaml:"from"`
		To       []string `yaml:"to"`
		Protocol []string `yaml:"protocol"`
	} `yaml:"ports"`
	Conditions []string `yaml:"conditions"`
}

var valueKinds = map[string]ValueKind{"": TextValue, "text": TextValue, "account": AccountValue, "network": NetworkValue}

var templatePart = lazyre.New(`\{(\w*)\}`)

// factLoader loads the sections outcome, targets and facts of one schema.
type factLoader struct {
	schema *Schema
	fault  func(format string, args ...any)
}

func (l *factLoader) load(f *yamlFacts) *Facts {
	facts := &Facts{}
	if f.Outcome != nil {
		facts.Known = true
		if len(l.schema.Error) == 0 && len(f.Outcome.Results) == 0 {
			l.fault("outcome: no results and no paths of error, so that every call would have succeeded")
		}
		facts.Refused = patterns(f.Outcome.Refused)
		for i := range f.Outcome.Results {
			y := &f.Outcome.Results[i]
			if !slices.Contains([]string{"succeeded", "refused", "failed", "unknown"}, y.Outcome) {
				l.fault("outcome: results: got outcome %q, expected succeeded, refused, failed or unknown", y.Outcome)
			}
			facts.Results = append(facts.Results, Result{
				On: l.selection("outcome: results", &y.yamlSelection), Outcome: y.Outcome, Code: l.paths("outcome: results: code", y.Code),
			})
		}
	}
	for i := range f.Targets {
		y := &f.Targets[i]
		what := "targets " + y.Type
		if y.Type == "" || len(y.Paths) == 0 {
			l.fault("targets: an entry without type or paths")
		}
		facts.Targets = append(facts.Targets, TargetRule{
			On: l.selection(what, &y.yamlSelection), Type: y.Type, Paths: l.paths(what, y.Paths), AnyAccount: y.AnyAccount,
		})
	}
	for i := range f.Facts {
		facts.Notable = append(facts.Notable, l.fact(&f.Facts[i]))
	}
	return facts
}

func (l *factLoader) fact(y *yamlFactRule) FactRule {
	what := "facts " + y.Fact
	if y.Fact == "" {
		l.fault("facts: an entry without fact")
	}
	kind, ok := valueKinds[y.As]
	if !ok {
		l.fault("%s: as: got %q, expected text, account or network", what, y.As)
	}
	if kind == TextValue && y.Everyone != "" && len(y.EveryoneIs) == 0 {
		l.fault("%s: everyone needs as: account, as: network or everyone_is", what)
	}
	rule := FactRule{
		On: l.selection(what, &y.yamlSelection), Fact: y.Fact, Everyone: y.Everyone, EveryoneIs: y.EveryoneIs,
		Each: l.paths(what+": each", y.Each), Where: l.tests(what+": where", y.Where), Paths: l.paths(what, y.Paths), Kind: kind, Outside: y.Outside,
		Only: patterns(y.Only), Except: patterns(y.Except), Value: y.Value, Count: l.paths(what+": count", y.Count),
		Conditions: l.paths(what+": conditions", y.Conditions),
		Ports: [3]Paths{
			l.paths(what+": ports", y.Ports.From), l.paths(what+": ports", y.Ports.To), l.paths(what+": ports", y.Ports.Protocol),
		},
		Parts: map[string]Paths{},
	}
	known := map[string]bool{"": len(y.Paths) > 0, "count": len(y.Count) > 0, "port": len(y.Ports.From) > 0}
	// Iteration order does not matter: faults are sorted.
	for name, texts := range y.Parts {
		rule.Parts[name] = l.paths(what+": parts "+name, texts)
		known[name] = true
	}
	if y.Outside && kind != AccountValue {
		l.fault("%s: outside needs as: account", what)
	}
	for _, part := range templatePart.FindAllStringSubmatch(y.Value, -1) {
		if !known[part[1]] {
			l.fault("%s: value: no paths for %s", what, part[0])
		}
	}
	if rule.Value == "" && len(y.Paths) > 0 {
		rule.Value = "{}"
	}
	return rule
}

func (l *factLoader) selection(what string, y *yamlSelection) Selection {
	return Selection{
		Services: patterns(y.Services), Actions: patterns(y.Actions),
		When: l.tests(what+": when", y.When), Unless: l.tests(what+": unless", y.Unless),
	}
}

func (l *factLoader) tests(what string, y map[string][]string) []Test {
	var tests []Test
	for _, path := range slices.Sorted(maps.Keys(y)) {
		tests = append(tests, Test{Paths: l.paths(what, []string{path}), Patterns: patterns(y[path])})
	}
	return tests
}

func (l *factLoader) paths(what string, texts []string) Paths {
	return l.schema.loadPaths(what, texts, l.fault)
}

func patterns(texts []string) []Pattern {
	var list []Pattern
	for _, text := range texts {
		list = append(list, NewPattern(text))
	}
	return list
}
