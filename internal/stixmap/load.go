package stixmap

import (
	"bytes"
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"
	"sync"

	"go.yaml.in/yaml/v3"

	"github.com/egret-hunt/egret/internal/lazyre"
	"github.com/egret-hunt/egret/internal/value"
)

//go:embed data/*.yaml
var embedded embed.FS

// All returns the mappings of egret, in the order of their names.
func All() []*Mapping { return all() }

var all = sync.OnceValue(func() []*Mapping {
	names, err := fs.Glob(embedded, "data/*.yaml")
	if err != nil {
		panic("egret bug: " + err.Error())
	}
	var list []*Mapping
	for _, name := range names {
		text, err := embedded.ReadFile(name)
		if err != nil {
			panic("egret bug: " + err.Error())
		}
		m, err := Parse(path.Base(name), text)
		if err != nil {
			panic("egret bug: " + err.Error())
		}
		list = append(list, m)
	}
	return list
})

// Parse reads a mapping from YAML. The error names the file, and the object and property at fault.
func Parse(file string, text []byte) (*Mapping, error) {
	var raw yamlMapping
	decoder := yaml.NewDecoder(bytes.NewReader(text))
	decoder.KnownFields(true)
	if err := decoder.Decode(&raw); err != nil {
		return nil, fmt.Errorf("%s: %w", file, plainError(err))
	}
	m, err := raw.mapping()
	if err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	return m, nil
}

var unknownKey = lazyre.New(`field (.+) not found in type stixmap\.\w+`)

// plainError returns the first fault that the YAML library found, in words for people who write mappings.
func plainError(err error) error {
	var several *yaml.TypeError
	if !errors.As(err, &several) || len(several.Errors) == 0 {
		return err
	}
	first := unknownKey.ReplaceAllString(several.Errors[0], "key $1 is not defined")
	if more := len(several.Errors) - 1; more > 0 {
		first += fmt.Sprintf(" (and %d more)", more)
	}
	return errors.New(first)
}

type yamlMapping struct {
	Name    string       `yaml:"name"`
	Title   string       `yaml:"title"`
	Schemas []string     `yaml:"schemas"`
	Rows    bool         `yaml:"rows"`
	First   yamlValues   `yaml:"first"`
	Last    yamlValues   `yaml:"last"`
	Number  yamlValues   `yaml:"number"`
	Objects []yamlObject `yaml:"objects"`
	More    []yamlObject `yaml:"more"`
}

type yamlObject struct {
	Name       string          `yaml:"name"`
	Type       string          `yaml:"type"`
	Each       string          `yaml:"each"`
	Many       string          `yaml:"many"`
	If         orderedTexts    `yaml:"if"`
	Unless     orderedTexts    `yaml:"unless"`
	Differs    string          `yaml:"differs"`
	Require    []string        `yaml:"require"`
	Always     bool            `yaml:"always"`
	Properties orderedProperty `yaml:"properties"`
}

type yamlValue struct {
	From       string            `yaml:"from"`
	Const      any               `yaml:"const"`
	Join       []yamlValue       `yaml:"join"`
	Optional   bool              `yaml:"optional"`
	Until      string            `yaml:"until"`
	Ref        string            `yaml:"ref"`
	Each       string            `yaml:"each"`
	Key        string            `yaml:"key"`
	Properties orderedProperty   `yaml:"properties"`
	As         string            `yaml:"as"`
	Map        map[string]string `yaml:"map"`
	Prefix     string            `yaml:"prefix"`
	If         orderedTexts      `yaml:"if"`
	Unless     orderedTexts      `yaml:"unless"`
}

// UnmarshalYAML reads a path alone, or a mapping.
func (raw *yamlValue) UnmarshalYAML(node *yaml.Node) error {
	if node.Kind == yaml.ScalarNode {
		return node.Decode(&raw.From)
	}
	if node.Kind == yaml.MappingNode {
		for i := 0; i < len(node.Content); i += 2 {
			if key := node.Content[i]; !slices.Contains(valueKeys, key.Value) {
				return fmt.Errorf("line %d: %q is no key of a value", key.Line, key.Value)
			}
		}
	}
	type plain yamlValue
	return node.Decode((*plain)(raw))
}

var valueKeys = []string{"from", "const", "join", "optional", "until", "ref", "each", "key", "properties", "as", "map", "prefix", "if", "unless"}

// orderedTexts are conditions in the order of the file.
type orderedTexts []Condition

// UnmarshalYAML reads paths with their texts.
func (o *orderedTexts) UnmarshalYAML(node *yaml.Node) error {
	if node.Kind != yaml.MappingNode {
		return fmt.Errorf("line %d: a condition has paths with lists of texts", node.Line)
	}
	for i := 0; i < len(node.Content); i += 2 {
		c := Condition{Path: node.Content[i].Value}
		if err := node.Content[i+1].Decode(&c.Texts); err != nil {
			return err
		}
		*o = append(*o, c)
	}
	return nil
}

// yamlValues are one value, or a sequence of them.
type yamlValues []yamlValue

// UnmarshalYAML reads both forms.
func (v *yamlValues) UnmarshalYAML(node *yaml.Node) error {
	if node.Kind == yaml.SequenceNode {
		return node.Decode((*[]yamlValue)(v))
	}
	*v = make(yamlValues, 1)
	return node.Decode(&(*v)[0])
}

type yamlProperty struct {
	path   string
	values yamlValues
}

// orderedProperty are properties in the order of the file.
type orderedProperty []yamlProperty

// UnmarshalYAML reads properties with one value or a sequence of them.
func (o *orderedProperty) UnmarshalYAML(node *yaml.Node) error {
	if node.Kind != yaml.MappingNode {
		return fmt.Errorf("line %d: properties have paths with values", node.Line)
	}
	for i := 0; i < len(node.Content); i += 2 {
		p := yamlProperty{path: node.Content[i].Value}
		if err := node.Content[i+1].Decode(&p.values); err != nil {
			return err
		}
		*o = append(*o, p)
	}
	return nil
}

func (raw *yamlMapping) mapping() (*Mapping, error) {
	m := &Mapping{Name: raw.Name, Title: raw.Title, Schemas: raw.Schemas, Rows: raw.Rows}
	if m.Name == "" || len(m.Schemas) == 0 || len(raw.First) == 0 {
		return nil, errors.New("a mapping needs name, schemas and first")
	}
	for _, of := range []struct {
		from yamlValues
		to   *[]*Value
	}{{raw.First, &m.First}, {raw.Last, &m.Last}, {raw.Number, &m.Number}} {
		for i := range of.from {
			v, err := of.from[i].value(false)
			if err != nil {
				return nil, err
			}
			*of.to = append(*of.to, v)
		}
	}
	for i := range raw.Objects {
		o, err := raw.Objects[i].object()
		if err != nil {
			return nil, fmt.Errorf("object %d (%s): %w", i+1, raw.Objects[i].Type, err)
		}
		m.Objects = append(m.Objects, o)
	}
	if len(raw.More) == 0 {
		return m, m.check()
	}
	full := *m
	full.Objects = slices.Clone(m.Objects)
	for i := range raw.More {
		o, err := raw.More[i].object()
		if err != nil {
			return nil, fmt.Errorf("object %d of more (%s): %w", i+1, raw.More[i].Type, err)
		}
		full.extend(o)
	}
	m.Full = &full
	return m, errors.Join(m.check(), full.check())
}

// extend adds the properties of an object to that of the same type and list, or else adds the object.
func (m *Mapping) extend(o *Object) {
	at := slices.IndexFunc(m.Objects, func(other *Object) bool { return other.Type == o.Type && other.Each == o.Each && other.Many == "" })
	joins := func(p *Property) bool {
		return slices.ContainsFunc(p.Values, func(v *Value) bool { return v.Join != nil })
	}
	if at < 0 || o.Many != "" || slices.ContainsFunc(o.Properties, joins) {
		m.Objects = append(m.Objects, o)
		return
	}
	own := *m.Objects[at]
	own.Properties = slices.Concat(own.Properties, o.Properties)
	if own.Name == "" {
		own.Name = o.Name
	}
	m.Objects[at] = &own
}

// check finds references to names that no object has.
func (m *Mapping) check() error {
	var in func(list []*Property) error
	in = func(list []*Property) error {
		for _, p := range list {
			for _, v := range p.Values {
				if v.Ref != "" && len(m.named(v.Ref)) == 0 {
					return fmt.Errorf("%s refers to %q, which no object is called", p.Text, v.Ref)
				}
				if err := in(v.Object); err != nil {
					return err
				}
			}
		}
		return nil
	}
	for _, o := range m.Objects {
		if err := in(o.Properties); err != nil {
			return err
		}
	}
	return nil
}

func (raw *yamlObject) object() (*Object, error) {
	o := &Object{Name: raw.Name, Type: raw.Type, Each: raw.Each, Many: raw.Many, If: raw.If, Unless: raw.Unless, Differs: raw.Differs, Require: raw.Require, Always: raw.Always}
	if o.Type == "" || len(raw.Properties) == 0 {
		return nil, errors.New("an object needs a type and properties")
	}
	if o.Require == nil && slices.Contains([]string{Address, "url", "domain-name"}, o.Type) {
		o.Require = []string{"value"}
	}
	if o.Always && (o.Each != "" || o.Many != "" || o.Differs != "" || len(o.If)+len(o.Unless) > 0) {
		return nil, errors.New("always does not go with each, many, if, unless and differs")
	}
	inside := o.Each != ""
	var err error
	if o.Properties, err = raw.Properties.properties(inside); err != nil {
		return nil, err
	}
	for _, name := range append(slices.Clone(o.Require), o.Many) {
		if name != "" && !slices.ContainsFunc(o.Properties, func(p *Property) bool { return p.Text == name }) {
			return nil, fmt.Errorf("%q is no property of it", name)
		}
	}
	return o, checkPaths(inside, append([]string{o.Each, o.Differs}, conditionPaths(o.If, o.Unless)...)...)
}

func (o orderedProperty) properties(inside bool) ([]*Property, error) {
	var out []*Property
	for _, raw := range o {
		p := &Property{Text: raw.path}
		p.Text, p.List = strings.CutSuffix(p.Text, "[*]")
		for _, key := range splitKeys(p.Text) {
			if key == "" {
				return nil, fmt.Errorf("%q is no path of a property", raw.path)
			}
			p.Path = append(p.Path, key)
		}
		p.Members = p.Path[len(p.Path)-1] == "*"
		for i := range raw.values {
			v, err := raw.values[i].value(inside)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", raw.path, err)
			}
			if p.Members != (v.Key != "") {
				return nil, fmt.Errorf("%s: key goes with a property whose name is a star", raw.path)
			}
			p.Values = append(p.Values, v)
		}
		out = append(out, p)
	}
	return out, nil
}

// splitKeys divides a path at dots outside of quotes.
func splitKeys(text string) []string {
	var keys []string
	start, quote := 0, false
	for i := 0; i <= len(text); i++ {
		switch {
		case i == len(text) || text[i] == '.' && !quote:
			keys = append(keys, strings.Trim(text[start:i], "'"))
			start = i + 1
		case text[i] == '\'':
			quote = !quote
		}
	}
	return keys
}

func (raw *yamlValue) value(inside bool) (*Value, error) {
	v := &Value{
		From: raw.From, Optional: raw.Optional, Until: raw.Until, Ref: raw.Ref, Each: raw.Each, Key: raw.Key, As: raw.As, Map: raw.Map,
		Prefix: raw.Prefix, If: raw.If, Unless: raw.Unless,
	}
	switch c := raw.Const.(type) {
	case nil:
	case string, bool:
		v.Const = c
	case int, float64:
		v.Const = json.Number(fmt.Sprint(c))
	default:
		return nil, fmt.Errorf("%v is no text, number or boolean", c)
	}
	for i := range raw.Join {
		part, err := raw.Join[i].value(inside)
		if err != nil {
			return nil, err
		}
		v.Join = append(v.Join, part)
	}
	var err error
	if v.Object, err = raw.Properties.properties(true); err != nil {
		return nil, err
	}
	ways := 0
	for _, is := range []bool{v.From != "" && v.Each == "", v.Const != nil, v.Join != nil, v.Ref != "", v.Each != ""} {
		if is {
			ways++
		}
	}
	if ways != 1 {
		return nil, errors.New("a value needs one of from, const, join, ref and each")
	}
	if _, ok := conversions[v.As]; v.As != "" && !ok {
		return nil, fmt.Errorf("there is no conversion %q", v.As)
	}
	paths := append([]string{v.Each}, conditionPaths(v.If, v.Unless)...)
	if v.Each == "" {
		return v, checkPaths(inside, append(paths, v.From)...)
	}
	if err := checkPaths(true, v.From, v.Key); err != nil {
		return nil, err
	}
	return v, checkPaths(inside, paths...)
}

func conditionPaths(lists ...[]Condition) []string {
	var paths []string
	for _, list := range lists {
		for _, c := range list {
			paths = append(paths, c.Path)
		}
	}
	return paths
}

// checkPaths checks paths of fields; only inside of an element they may be relative.
func checkPaths(inside bool, list ...string) error {
	for _, text := range list {
		rest, relative := strings.CutPrefix(text, ".")
		if relative && !inside {
			return fmt.Errorf("%q is relative, but there is no each", text)
		}
		if _, err := value.ParsePath(rest); err != nil {
			return err
		}
	}
	return nil
}
