package ruletest

import (
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"

	"github.com/egret-hunt/egret/diag"
	"github.com/egret-hunt/egret/internal/yamlword"
)

// The keys of test files. Those in capitals are Panther's.
var (
	fileKeys    = []string{"events", "rule", "tests"}
	testKeys    = []string{"event", "events", "file", "findings", "match", "name", "rule", "skip"}
	pantherKeys = []string{"ExpectedResult", "Log", "Name"}
	findingKeys = []string{"events", "group"}
	repeatKeys  = []string{"event", "every", "repeat"}
)

// testFile reads the tests of a file beside a rule.
func (f *finder) testFile(r *reader) {
	roots := r.yaml()
	if len(roots) > 1 {
		r.faultf(roots[1], codeSyntax, "put the tests into the first one", "more than one YAML document")
	}
	if len(roots) == 0 || roots[0].Tag == "!!null" {
		if len(r.list) == 0 {
			r.list.Add(diag.Diagnostic{Code: codeValue, Message: "the file has no tests", Span: r.start(), Help: "it needs the key tests"})
		}
		return
	}
	t := tests{finder: f, reader: r, named: map[string]*yaml.Node{}}
	var list *yaml.Node
	known := r.each(roots[0], "the tests of a rule", func(key, value *yaml.Node) {
		switch key.Value {
		case "rule":
			t.rule, t.ruleNode = r.text(value, "the id, name or title of a rule"), value
		case "events":
			r.each(value, "events by name", func(key, value *yaml.Node) { t.named[key.Value] = value })
		case "tests":
			list = value
		default:
			r.unknown(key, fileKeys)
		}
	})
	switch {
	case list != nil:
		t.list(list)
	case known && !r.list.HasErrors():
		r.faultf(roots[0], codeValue, "", "the file has no key tests")
	}
}

// tests reads the tests of one rule, or of those that they name.
type tests struct {
	*finder
	*reader

	// rule is what the file names, "" for the rule that the file belongs to; ruleNode is its place.
	rule     string
	ruleNode *yaml.Node
	// subject is the rule of the document with the tests, for tests in rules.
	subject *subject
	named   map[string]*yaml.Node
}

func (t *tests) list(n *yaml.Node) {
	items := t.items(n, "tests")
	if len(items) == 0 && !t.reader.list.HasErrors() {
		t.faultf(n, codeValue, "", "the list of tests is empty")
	}
	for i, item := range items {
		t.test(item, i)
	}
}

// test reads one test.
func (t *tests) test(n *yaml.Node, index int) {
	c := &Case{Path: t.reader.file.Name, Name: "test " + strconv.Itoa(index+1)}
	rule, ruleNode := t.rule, t.ruleNode
	faults := len(t.reader.list)
	var match, findings, places *yaml.Node
	var events []*yaml.Node
	var files []*yaml.Node
	keys := testKeys
	if n.Kind == yaml.MappingNode && len(n.Content) > 0 && n.Content[0].Value != strings.ToLower(n.Content[0].Value) {
		keys = pantherKeys
	}
	if !t.each(n, "a test", func(key, value *yaml.Node) {
		switch key.Value {
		case "name", "Name":
			c.Name = t.text(value, "the name of the test")
		case "rule":
			rule, ruleNode = t.text(value, "the id, name or title of a rule"), value
		case "event", "Log":
			events, places = append(events, value), key
		case "events":
			events, places = append(events, t.items(value, "events")...), key
		case "file":
			files, places = append(files, value), key
		case "match", "ExpectedResult":
			match = value
		case "findings":
			findings = value
		case "skip":
			c.Skip = t.text(value, "why the test does not run")
		default:
			t.unknown(key, keys)
		}
	}) {
		return
	}
	t.want(c, n, match, findings)
	if places == nil && len(t.reader.list) == faults {
		t.faultf(n, codeValue, "it needs event, events or file", "the test has no events")
	}
	for _, event := range events {
		t.event(c, event)
	}
	for _, file := range files {
		if path := t.text(file, "the path of a file of events"); path != "" {
			t.eventFile(c, t.reader, path, t.span(file))
		}
	}
	if len(t.reader.list) > faults {
		return // the diagnostics say why the test does not run
	}
	if !t.resolve(c, rule, ruleNode) {
		return
	}
	if findings != nil && !t.isCorrelation(c) {
		t.faultf(findings, codeValue, "match: N counts the events that the rule matches", "findings are of correlations, and %q is none", c.Rule)
		return
	}
	t.add(c)
}

// want reads what a test expects.
func (t *tests) want(c *Case, n, match, findings *yaml.Node) {
	switch {
	case match == nil && findings == nil:
		t.faultf(n, codeValue, "it needs match or findings", "the test expects nothing")
	case match != nil && findings != nil:
		t.faultf(findings, codeValue, "leave out match", "findings say already how many there are")
	case findings != nil:
		c.Span, c.Want.Listed = t.span(findings), true
		for _, item := range t.items(findings, "findings") {
			c.Want.Findings = append(c.Want.Findings, t.finding(item))
		}
		c.Want.Count = len(c.Want.Findings)
	default:
		c.Span = t.span(match)
		var yes bool
		if match.ShortTag() == "!!bool" && match.Decode(&yes) == nil {
			if yes {
				c.Want.Count = Any
			}
			return
		}
		c.Want.Count, _ = t.count(match, "true, false or the number of findings")
	}
}

func (t *tests) finding(n *yaml.Node) WantFinding {
	w := WantFinding{Span: t.span(n), Events: Any}
	t.each(n, "a finding", func(key, value *yaml.Node) {
		switch key.Value {
		case "group":
			t.each(value, "a group", func(key, value *yaml.Node) {
				if value.Kind != yaml.ScalarNode {
					t.faultf(value, codeValue, "", "expected a text, found %s", yamlword.Kind(value))
					return
				}
				w.Group = append(w.Group, [2]string{key.Value, value.Value})
			})
		case "events":
			w.Events, _ = t.count(value, "the number of events")
		default:
			t.unknown(key, findingKeys)
		}
	})
	return w
}

// event reads an event: its keys, the name of one of the file's events, or repeat with an event.
func (t *tests) event(c *Case, n *yaml.Node) {
	times, every, of := 1, time.Duration(0), n
	if repeats(n) {
		of = nil
		t.each(n, "a repeated event", func(key, value *yaml.Node) {
			switch key.Value {
			case "repeat":
				times, _ = t.count(value, "how often the event is repeated")
			case "every":
				d, err := time.ParseDuration(value.Value)
				if value.Kind != yaml.ScalarNode || err != nil || d < 0 {
					t.faultf(value, codeValue, "", "expected a duration such as 10s, found %s", yamlword.Value(value))
				}
				every = d
			case "event":
				of = value
			default:
				t.unknown(key, repeatKeys)
			}
		})
		if of == nil {
			t.faultf(n, codeValue, "", "repeat has no event")
			return
		}
	}
	if of.Kind == yaml.ScalarNode && of.Tag == "!!str" {
		named := t.named[of.Value]
		if named == nil {
			help := "events of the file have names under its key events"
			if near := diag.Near(of.Value, slices.Sorted(maps.Keys(t.named))); near != "" {
				help = "the nearest is " + near
			}
			t.faultf(of, codeValue, help, "no event is named %q", of.Value)
			return
		}
		of = named
	}
	if of.Kind != yaml.MappingNode {
		t.faultf(of, codeValue, "", "expected an event, found %s", yamlword.Kind(of))
		return
	}
	text, ok := t.jsonOf(of)
	if !ok {
		return
	}
	for i := range times {
		event := text
		if of != n && repeats(n) {
			event = repeated(t.detector, text, i, every)
		}
		if !t.take(event, func(message string) { t.faultf(n, codeValue, "", "%s", message) }) {
			return
		}
		c.Events = append(c.Events, event)
	}
}

// repeats reports whether a node is repeat with an event, and not an event of its own.
func repeats(n *yaml.Node) bool {
	if n.Kind != yaml.MappingNode {
		return false
	}
	for i := 0; i < len(n.Content); i += 2 {
		if n.Content[i].Value == "repeat" {
			return true
		}
	}
	return false
}
