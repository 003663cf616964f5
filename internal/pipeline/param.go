package pipeline

import (
	"fmt"
	"regexp"
	"regexp/syntax"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/egret-hunt/egret/diag"
	"github.com/egret-hunt/egret/internal/ir"
	"github.com/egret-hunt/egret/source"
)

// A Param describes a parameter of a kind.
type Param struct {
	Name string `json:"name"`
	// Type is text, number, boolean, texts (a text or a list of texts), mapping, value (any scalar), any, map, or a list of
	// steps or finalizers.
	Type     string `json:"type"`
	Required bool   `json:"required,omitempty"`
	// Default is the value of an absent parameter as written in YAML, "" for none.
	Default string `json:"default,omitempty"`
	// Choices are the allowed values, nil if there is no list.
	Choices []string `json:"choices,omitempty"`
	Help    string   `json:"help"`
}

// A Kind is a kind of transformation, condition, post-processing step or finalizer.
type Kind struct {
	Name   string  `json:"name"`
	Help   string  `json:"help"`
	Params []Param `json:"parameters"`

	// build returns the transformation, condition or finalizer; nil after a fault.
	build func(p *params) any
}

func findKind(kinds []Kind, name string) *Kind {
	for i := range kinds {
		if kinds[i].Name == name {
			return &kinds[i]
		}
	}
	return nil
}

func kindNames(kinds []Kind) []string {
	names := make([]string, len(kinds))
	for i := range kinds {
		names[i] = kinds[i].Name
	}
	return names
}

// params are the parameters of one use of a kind.
type params struct {
	*reader
	kind   *Kind
	node   *yaml.Node // the value of type
	values map[string]*yaml.Node
	depth  int
}

// readKind reads the map n as one use of a kind of the list. own are keys that do not belong to the kind. what describes the
// list for messages. It returns nil after a fault.
func (r *reader) readKind(n *yaml.Node, kinds []Kind, what string, own []string, depth int) (built any, kind *Kind, pairs map[string]*yaml.Node) {
	if n.Kind != yaml.MappingNode {
		r.errorf(n, "", "expected a map with the key type, found %s", kindOf(n))
		return nil, nil, nil
	}
	before := len(r.list)
	all := r.pairs(n, depth)
	pairs = map[string]*yaml.Node{}
	for _, p := range all {
		pairs[p.name()] = p.value
	}
	typed, ok := pairs["type"]
	if !ok {
		r.errorf(n, "the kinds are "+strings.Join(kindNames(kinds), ", "), "%s has no type", what)
		return nil, nil, nil
	}
	kind = findKind(kinds, typed.Value)
	if kind == nil || typed.Kind != yaml.ScalarNode {
		help := "see egret list " + listName(what)
		if near := diag.Near(typed.Value, kindNames(kinds)); near != "" {
			help = "the nearest is " + near
		}
		r.errorf(typed, help, "unknown %s %s", what, kindOf(typed))
		return nil, nil, nil
	}
	p := &params{reader: r, kind: kind, node: typed, values: map[string]*yaml.Node{}, depth: depth}
	names := slices.Clone(own)
	for i := range kind.Params {
		names = append(names, kind.Params[i].Name)
	}
	for _, pair := range all {
		if name := pair.name(); name != "type" && !slices.Contains(own, name) {
			if !slices.Contains(names, name) {
				help := kind.Name + " takes " + strings.Join(names[len(own):], ", ")
				if near := diag.Near(name, names); near != "" {
					help = "the nearest is " + near
				} else if len(names) == len(own) {
					help = kind.Name + " takes no parameters"
				}
				r.errorf(pair.key, help, "%s %s has no parameter %q", what, kind.Name, name)
				continue
			}
			p.values[name] = pair.value
		}
	}
	for i := range kind.Params {
		if param := &kind.Params[i]; param.Required && p.values[param.Name] == nil {
			r.errorf(typed, "", "%s %s needs the parameter %s", what, kind.Name, param.Name)
		}
	}
	if r.list[before:].HasErrors() {
		return nil, nil, nil
	}
	built = kind.build(p)
	if r.list[before:].HasErrors() {
		return nil, nil, nil
	}
	return built, kind, pairs
}

func listName(what string) string {
	if strings.Contains(what, "condition") {
		return "conditions"
	}
	return "transformations"
}

func (p *params) has(name string) bool { return p.values[name] != nil }

// at returns the span of a parameter, or of the type if it is absent.
func (p *params) at(name string) source.Span { return p.span(p.nodeOf(name)) }

func (p *params) nodeOf(name string) *yaml.Node {
	if n := p.values[name]; n != nil {
		return n
	}
	return p.node
}

// text returns a parameter that is a text. A number or boolean gives its text.
func (p *params) text(name, absent string) string {
	n := p.values[name]
	if n == nil || n.Kind == yaml.ScalarNode && scalar(n) == nil {
		return absent
	}
	if n.Kind != yaml.ScalarNode {
		p.errorf(n, "", "%s: expected a text, found %s", name, kindOf(n))
		return absent
	}
	return n.Value
}

// strictText returns a parameter that must be a text, not a number.
func (p *params) strictText(name string) string {
	if n := p.values[name]; n != nil && n.Kind == yaml.ScalarNode {
		if _, ok := scalar(n).(string); !ok && scalar(n) != nil {
			p.errorf(n, "put it in quotes", "%s: expected a text, found %s", name, kindOf(n))
		}
	}
	return p.text(name, "")
}

func (p *params) choice(name, absent string, choices ...string) string {
	text := p.text(name, absent)
	if !slices.Contains(choices, text) && p.has(name) {
		p.errorf(p.values[name], "write one of "+strings.Join(choices, ", "), "%s: %q is not allowed", name, text)
	}
	return text
}

func (p *params) boolean(name string, absent bool) bool {
	n := p.values[name]
	if n == nil {
		return absent
	}
	value, ok := scalar(n).(bool)
	if !ok || n.Kind != yaml.ScalarNode {
		p.errorf(n, "write true or false", "%s: expected true or false, found %s", name, kindOf(n))
	}
	return value
}

func (p *params) number(name string, absent, lowest, highest int64) int64 {
	n := p.values[name]
	if n == nil {
		return absent
	}
	value, ok := scalar(n).(int64)
	if !ok || n.Kind != yaml.ScalarNode || value < lowest || value > highest {
		p.errorf(n, "", "%s: expected a number from %d to %d, found %s", name, lowest, highest, kindOf(n))
		return absent
	}
	return value
}

// value returns a parameter that is a scalar.
func (p *params) value(name string) any {
	n := p.values[name]
	if n == nil {
		return nil
	}
	if n.Kind != yaml.ScalarNode {
		p.errorf(n, "", "%s: expected a text, number or boolean, found %s", name, kindOf(n))
		return nil
	}
	return scalar(n)
}

// anyValue returns a parameter as a value of package pyprint.
func (p *params) anyValue(name string) any {
	if n := p.values[name]; n != nil {
		return p.any(n, p.depth+1)
	}
	return nil
}

// texts returns a parameter that is a text or a list of texts.
func (p *params) texts(name string) []string {
	n := p.values[name]
	if n == nil || n.Kind == yaml.ScalarNode && scalar(n) == nil {
		return nil
	}
	return p.textsAt(name, n)
}

func (p *params) textsAt(name string, n *yaml.Node) []string {
	switch n.Kind { //nolint:exhaustive // the others are faults
	case yaml.ScalarNode:
		return []string{n.Value}
	case yaml.SequenceNode:
		out := make([]string, 0, len(n.Content))
		for _, child := range p.children(n, p.depth+1) {
			if child.Kind != yaml.ScalarNode {
				p.errorf(child, "", "%s: expected a text, found %s", name, kindOf(child))
				continue
			}
			out = append(out, child.Value)
		}
		return out
	}
	p.errorf(n, "", "%s: expected a text or a list of texts, found %s", name, kindOf(n))
	return nil
}

// A target is what a mapping maps a name to.
type target struct {
	names []string
	// list is set if the names are a list, also of one name.
	list bool
}

// A mapping maps names. For the null key see keyword.
type mapping struct {
	keys    []string // in order
	targets map[string]target
	keyword *target
}

// mapping returns the parameter mapping, which maps texts to texts or lists of texts.
func (p *params) mapping(nullKey bool) mapping {
	const name = "mapping"
	m := mapping{targets: map[string]target{}}
	n := p.values[name]
	if n == nil {
		return m
	}
	if n.Kind != yaml.MappingNode {
		p.errorf(n, "", "%s: expected a map, found %s", name, kindOf(n))
		return m
	}
	for _, pair := range p.pairs(n, p.depth+1) {
		if pair.value.Kind == yaml.ScalarNode {
			if _, ok := scalar(pair.value).(string); !ok {
				p.errorf(pair.value, "", "%s: expected a text or a list of texts, found %s", name, kindOf(pair.value))
				continue
			}
		}
		t := target{names: p.textsAt(name, pair.value), list: pair.value.Kind == yaml.SequenceNode}
		if scalar(pair.key) == nil {
			if !nullKey {
				p.errorf(pair.key, "", "%s: a null key is not allowed here", name)
			}
			m.keyword = &t
			continue
		}
		m.keys = append(m.keys, pair.name())
		m.targets[pair.name()] = t
	}
	return m
}

// regex returns a parameter that is a regular expression, nil after a fault.
func (p *params) regex(name string) *regexp.Regexp {
	n := p.values[name]
	if n == nil {
		return nil
	}
	return p.compile(name, n, p.text(name, ""))
}

func (p *params) compile(name string, n *yaml.Node, text string) *regexp.Regexp {
	if len(text) > maxRegex {
		p.errorf(n, "", "%s: the regular expression has %d bytes; the limit is %d", name, len(text), maxRegex)
		return nil
	}
	parsed, err := syntax.Parse(text, syntax.Perl)
	if err == nil && ir.RegexSteps(parsed) > maxRegexSteps {
		err = fmt.Errorf("it is too large")
	}
	if err != nil {
		p.list.Add(diag.Diagnostic{
			Code: "invalid-regex", Span: p.span(n), Message: fmt.Sprintf("%s: %v", name, err),
			Help: "use RE2 syntax, which has no lookaround and no backreferences",
		})
		return nil
	}
	compiled, err := regexp.Compile(text)
	if err != nil {
		p.errorf(n, "", "%s: %v", name, err)
		return nil
	}
	return compiled
}
