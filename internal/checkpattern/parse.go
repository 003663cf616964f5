package checkpattern

import (
	_ "embed"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/egret-hunt/egret/diag"
	"github.com/egret-hunt/egret/internal/lazyre"
	"github.com/egret-hunt/egret/internal/specfile"
	"github.com/egret-hunt/egret/internal/yamlword"
)

// The limits of a file of checks.
const (
	maxFile   = 256 << 10
	maxChecks = 200
	maxWords  = 200
	maxText   = 500
	maxLength = 1_000_000
)

//go:embed checks.schema.json
var jsonSchema string

// JSONSchema returns the JSON schema of files of checks, for editors.
func JSONSchema() string { return jsonSchema }

// Levels are the words for the level of a check.
var Levels = []string{"informational", "low", "medium", "high", "error"}

// Read returns the checks of a file, or of the files of a folder in the order of their names. The error names the place of the first
// fault. Ids are unique among the checks.
func Read(path string) ([]*Spec, error) {
	files, err := specfile.List(path, "checks")
	if err != nil {
		return nil, err
	}
	var all []*Spec
	seen := map[string]string{}
	for _, file := range files {
		text, err := specfile.Read(file, maxFile)
		if err != nil {
			return nil, err
		}
		list, err := Parse(file, text)
		if err != nil {
			return nil, err
		}
		for _, s := range list {
			if other, twice := seen[s.ID]; twice {
				return nil, fmt.Errorf("%s: %s also has a check %s", file, other, s.ID)
			}
			seen[s.ID] = file
		}
		all = append(all, list...)
	}
	return all, nil
}

// Parse reads a file of checks. The error has the line and column of the first fault behind the name.
func Parse(name string, text []byte) ([]*Spec, error) {
	p := &parser{name: name}
	if len(text) > maxFile {
		return nil, fmt.Errorf("%s: larger than %d kB", name, maxFile>>10)
	}
	decoder := yaml.NewDecoder(strings.NewReader(string(text)))
	var document, more yaml.Node
	if err := decoder.Decode(&document); err != nil {
		if errors.Is(err, io.EOF) {
			return nil, fmt.Errorf("%s: empty", name)
		}
		line, message := yamlword.Syntax(string(text), err)
		return nil, fmt.Errorf("%s:%d:1: %s", name, max(line, 1), message)
	}
	if err := decoder.Decode(&more); !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("%s: expected one document", name)
	}
	var list []*Spec
	p.keys(document.Content[0], "the file", map[string]func(*yaml.Node){"checks": func(n *yaml.Node) { list = p.checks(n) }}, "checks")
	if p.err != nil {
		return nil, p.err
	}
	return list, nil
}

// A parser keeps the first fault.
type parser struct {
	name string
	err  error
}

func (p *parser) faultf(n *yaml.Node, format string, args ...any) {
	if p.err == nil {
		p.err = fmt.Errorf("%s:%d:%d: %s", p.name, n.Line, n.Column, fmt.Sprintf(format, args...))
	}
}

// keys reads a map with the functions for its keys. what names the map in faults.
func (p *parser) keys(n *yaml.Node, what string, read map[string]func(*yaml.Node), required ...string) {
	if n.Kind != yaml.MappingNode {
		p.faultf(n, "expected %s as keys with values, found %s", what, yamlword.Kind(n))
		return
	}
	seen := map[string]bool{}
	for i := 0; i+1 < len(n.Content) && p.err == nil; i += 2 {
		key, value := n.Content[i], n.Content[i+1]
		do := read[key.Value]
		if do == nil || key.Kind != yaml.ScalarNode {
			names := make([]string, 0, len(read))
			for name := range read { // sorted below
				names = append(names, name)
			}
			slices.Sort(names)
			help := "the keys are " + strings.Join(names, ", ")
			if near := diag.Near(key.Value, names); near != "" {
				help = "the nearest key is " + near
			}
			p.faultf(key, "key %.80q is not defined; %s", key.Value, help)
			return
		}
		if seen[key.Value] {
			p.faultf(key, "%s appears twice", key.Value)
		}
		seen[key.Value] = true
		do(value)
	}
	for _, name := range required {
		if !seen[name] {
			p.faultf(n, "%s lacks %s", what, name)
		}
	}
}

var (
	idForm   = lazyre.New(`^[a-z][a-z0-9]*(-[a-z0-9]+)+$`)
	lineForm = lazyre.New(`^[^\p{C}]+$`)
	braced   = lazyre.New(`\{[^{}]*\}`)
)

func (p *parser) checks(n *yaml.Node) []*Spec {
	if n.Kind != yaml.SequenceNode || len(n.Content) == 0 || len(n.Content) > maxChecks {
		p.faultf(n, "checks: expected a list of 1 to %d checks", maxChecks)
		return nil
	}
	var list []*Spec
	for _, entry := range n.Content {
		s := p.check(entry)
		if p.err != nil {
			return nil
		}
		if slices.ContainsFunc(list, func(o *Spec) bool { return o.ID == s.ID }) {
			p.faultf(entry, "another check has the id %s", s.ID)
		}
		list = append(list, s)
	}
	return list
}

func (p *parser) check(n *yaml.Node) *Spec {
	s := &Spec{Path: p.name}
	p.keys(n, "the check", map[string]func(*yaml.Node){
		"id": func(n *yaml.Node) {
			if s.ID = p.line(n, "id"); !idForm.MatchString(s.ID) || len(s.ID) > 60 {
				p.faultf(n, "id: expected lower-case words joined by dashes, such as acme-root-user, found %.80q", s.ID)
			}
		},
		"title": func(n *yaml.Node) { s.Title = p.line(n, "title") },
		"level": func(n *yaml.Node) {
			if s.Level = p.line(n, "level"); !slices.Contains(Levels, s.Level) {
				p.faultf(n, "level: expected one of %s, found %.80q", strings.Join(Levels, ", "), s.Level)
			}
		},
		"why":        func(n *yaml.Node) { s.Why = p.line(n, "why") },
		"message":    func(n *yaml.Node) { s.Message = p.message(n, "message") },
		"help":       func(n *yaml.Node) { s.Help = p.message(n, "help") },
		"applies":    func(n *yaml.Node) { p.applies(n, &s.Applies) },
		"find":       func(n *yaml.Node) { s.Find = p.comparison(n, "find") },
		"without":    func(n *yaml.Node) { s.Without = p.comparison(n, "without") },
		"beside":     func(n *yaml.Node) { s.Beside = p.comparison(n, "beside") },
		"not_beside": func(n *yaml.Node) { s.NotBeside = p.comparison(n, "not_beside") },
	}, "id", "title", "level", "message")
	switch {
	case p.err != nil:
	case s.Find == nil && s.Without == nil:
		p.faultf(n, "the check lacks find or without")
	case s.Find == nil && (s.Beside != nil || s.NotBeside != nil):
		p.faultf(n, "beside and not_beside are about the comparison of find, which is missing")
	case s.Find == nil && braced.MatchString(s.Message+s.Help):
		p.faultf(n, "placeholders are those of the comparison of find, which is missing")
	}
	return s
}

func (p *parser) line(n *yaml.Node, key string) string {
	if n.Kind != yaml.ScalarNode || n.Tag == "!!null" || !lineForm.MatchString(n.Value) || len(n.Value) > maxText {
		p.faultf(n, "%s: expected one line of at most %d bytes, found %s", key, maxText, yamlword.Value(n))
		return ""
	}
	return n.Value
}

func (p *parser) message(n *yaml.Node, key string) string {
	text := p.line(n, key)
	for _, word := range braced.FindAllString(text, -1) {
		if word != "{field}" && word != "{operator}" && word != "{value}" {
			p.faultf(n, "%s: the placeholders are {field}, {operator} and {value}, found %.80q", key, word)
		}
	}
	return text
}

func (p *parser) applies(n *yaml.Node, a *Applies) {
	read := map[string]func(*yaml.Node){}
	for key, to := range map[string]*[]string{ // order does not matter: each goes to its own place
		"product": &a.Product, "category": &a.Category, "service": &a.Service, "level": &a.Level, "status": &a.Status, "tag": &a.Tag,
	} {
		read[key] = func(n *yaml.Node) { *to = p.words(n, key, true) }
	}
	p.keys(n, "applies", read)
}

func (p *parser) comparison(n *yaml.Node, what string) *Comparison {
	c := &Comparison{LongerThan: -1}
	flag := func(to **bool, key string) func(*yaml.Node) {
		return func(n *yaml.Node) {
			if n.Kind != yaml.ScalarNode || n.Tag != "!!bool" || n.Value != "true" && n.Value != "false" {
				p.faultf(n, "%s: expected true or false, found %s", key, yamlword.Value(n))
			}
			value := n.Value == "true"
			*to = &value
		}
	}
	number := func(to *int, key string, least int) func(*yaml.Node) {
		return func(n *yaml.Node) {
			value, err := strconv.Atoi(n.Value)
			if n.Kind != yaml.ScalarNode || n.Tag != "!!int" || err != nil || value < least || value > maxLength {
				p.faultf(n, "%s: expected a number from %d to %d, found %s", key, least, maxLength, yamlword.Value(n))
			}
			*to = value
		}
	}
	p.keys(n, what, map[string]func(*yaml.Node){
		"field": func(n *yaml.Node) { c.Field = p.words(n, "field", false) },
		"operator": func(n *yaml.Node) {
			c.Operator = p.words(n, "operator", false)
			for _, word := range c.Operator {
				if !slices.Contains(Operators, word) {
					p.faultf(n, "operator: expected one of %s, found %.80q", strings.Join(Operators, ", "), word)
				}
			}
		},
		"value":        func(n *yaml.Node) { c.Value = p.words(n, "value", true) },
		"shorter_than": number(&c.ShorterThan, "shorter_than", 1), "longer_than": number(&c.LongerThan, "longer_than", 0),
		"cased": flag(&c.Cased, "cased"), "negated": flag(&c.Negated, "negated"), "alone": flag(&c.Alone, "alone"),
	})
	return c
}

// words reads a text or a list of texts.
func (p *parser) words(n *yaml.Node, key string, folded bool) []string {
	entries := []*yaml.Node{n}
	if n.Kind == yaml.SequenceNode {
		entries = n.Content
	}
	if len(entries) == 0 || len(entries) > maxWords {
		p.faultf(n, "%s: expected 1 to %d texts", key, maxWords)
	}
	var list []string
	for _, entry := range entries {
		if entry.Kind != yaml.ScalarNode || entry.Tag == "!!null" || len(entry.Value) > maxText {
			p.faultf(entry, "%s: expected a text of at most %d bytes, found %s", key, maxText, yamlword.Value(entry))
			return nil
		}
		text := entry.Value
		if folded {
			text = strings.ToLower(text)
		}
		list = append(list, text)
	}
	return list
}
