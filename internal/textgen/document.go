package textgen

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/egret-hunt/egret/internal/pyprint"
)

// A document makes the document of one query from the tree in a format.
type document struct {
	c     *converter
	query string
	// queries are those of all rules, for the document of an output.
	queries []any
}

// maxDocument limits the text of a document in bytes.
const maxDocument = 16 << 20

// mapKey is the key of a map in a document that stands for a value which is looked up: `=map`: {of: VALUE, to: {TEXT: RESULT},
// or: RESULT}.
const mapKey = "=map"

// node returns a part of the document.
func (d *document) node(n *yaml.Node) (any, error) {
	switch n.Kind { //nolint:exhaustive // specs have no aliases
	case yaml.SequenceNode:
		list := pyprint.NewList()
		for _, item := range n.Content {
			v, err := d.node(item)
			if err != nil {
				return nil, err
			}
			list.Items = append(list.Items, v)
		}
		return list, nil
	case yaml.MappingNode:
		if len(n.Content) > 0 && n.Content[0].Value == mapKey {
			return d.lookUp(n.Content[1])
		}
		object := pyprint.NewDict()
		for i := 0; i+1 < len(n.Content); i += 2 {
			v, err := d.node(n.Content[i+1])
			if err != nil {
				return nil, err
			}
			name, optional := strings.CutSuffix(n.Content[i].Value, "?")
			if !optional || v != nil {
				object.Set(name, v)
			}
		}
		return object, nil
	}
	return d.scalar(n)
}

func (d *document) scalar(n *yaml.Node) (any, error) {
	var v any
	if err := n.Decode(&v); err != nil {
		return nil, err
	}
	text, ok := v.(string)
	if !ok {
		return v, nil
	}
	if name, ok := strings.CutPrefix(text, "=json "); ok {
		return d.embedded(n, name)
	}
	if name, ok := strings.CutPrefix(text, "="); ok {
		return d.named(name)
	}
	if !strings.ContainsAny(text, "{}") {
		return text, nil
	}
	t, err := ParseTemplate(text)
	if err != nil {
		return nil, err
	}
	return t.with(func(name string) string {
		return filtered(name, func(name string) string {
			if name == "query" {
				return d.query
			}
			return d.c.name(name)
		})
	}), nil
}

// embedded returns the document in Values with a name, as JSON text.
func (d *document) embedded(_ *yaml.Node, name string) (any, error) {
	n := d.c.Spec.Values[name]
	v, err := d.node(&n)
	if err != nil {
		return nil, err
	}
	return pyprint.JSON(v, pyprint.JSONOptions{}, maxDocument)
}

// named returns a value: NAME, or `NAME or DEFAULT` for one that the rule may not have.
func (d *document) named(expr string) (any, error) {
	name, or, hasOr := strings.Cut(expr, " or ")
	switch name {
	case "query":
		return d.query, nil
	case "queries":
		return pyprint.NewList(d.queries...), nil
	}
	name, number := strings.CutPrefix(name, "number ")
	if number {
		name = strings.TrimSpace(name)
	}
	v := d.c.value(name)
	if hasOr && (v == nil || v == "") {
		if other, ok := strings.CutPrefix(or, "="); ok {
			return d.named(other)
		}
		return or, nil
	}
	if number {
		return strconv.Atoi(fmt.Sprint(v))
	}
	return v, nil
}

func (d *document) lookUp(n *yaml.Node) (any, error) {
	var of string
	var to, or *yaml.Node
	for i := 0; i+1 < len(n.Content); i += 2 {
		switch v := n.Content[i+1]; n.Content[i].Value {
		case "of":
			of = v.Value
		case "to":
			to = v
		case "or":
			or = v
		}
	}
	v := d.c.value(of)
	for i := 0; i+1 < len(to.Content); i += 2 {
		if to.Content[i].Value == fmt.Sprint(v) && v != nil {
			return d.node(to.Content[i+1])
		}
	}
	return d.node(or)
}

// Values are the names of values for documents and formats.
var Values = []string{
	"query", "queries", "index", "threat", "rule.author", "rule.authors", "rule.date", "rule.description", "rule.falsepositives", "rule.id",
	"rule.level", "rule.license", "rule.name", "rule.other_tags", "rule.references", "rule.status", "rule.tags", "rule.title",
}

// checkDocument returns an error for a value that does not exist.
func checkDocument(n *yaml.Node, where string, s *Spec) error {
	if n.Kind == yaml.MappingNode && len(n.Content) > 0 && n.Content[0].Value == mapKey {
		if m := n.Content[1]; m.Kind != yaml.MappingNode || child(m, "of") == nil || child(m, "to") == nil || child(m, "or") == nil {
			return faultAt(n, "%s: =map needs of, to and or", where)
		}
		m := n.Content[1]
		if of := child(m, "of"); !isValue(of.Value) {
			return faultAt(of, "%s: %q is not a value; the values are %s", where, of.Value, strings.Join(Values, ", "))
		}
		if to := child(m, "to"); to.Kind != yaml.MappingNode {
			return faultAt(to, "%s: `to` of =map is a map", where)
		}
		if err := checkDocument(child(m, "to"), where, s); err != nil {
			return err
		}
		return checkDocument(child(m, "or"), where, s)
	}
	if n.Kind == yaml.MappingNode && len(n.Content) == 0 {
		return nil
	}
	if n.Kind != yaml.ScalarNode {
		for _, c := range n.Content {
			if err := checkDocument(c, where, s); err != nil {
				return err
			}
		}
		return nil
	}
	text := n.Value
	if n.Tag != "!!str" {
		return nil
	}
	if name, ok := strings.CutPrefix(text, "=json "); ok {
		v, ok := s.Values[name]
		if !ok {
			return faultAt(n, "%s: `values` has no %q", where, name)
		}
		return checkDocument(&v, "values."+name, &Spec{})
	}
	if name, ok := strings.CutPrefix(text, "="); ok {
		name, _, _ = strings.Cut(name, " or ")
		name = strings.TrimPrefix(name, "number ")
		if !isValue(name) {
			return faultAt(n, "%s: %q is not a value; the values are %s", where, name, strings.Join(Values, ", "))
		}
		return nil
	}
	t, err := ParseTemplate(text)
	if err != nil {
		return faultAt(n, "%s: %v", where, err)
	}
	t.line = n.Line
	return t.checkNames(where, slices.Concat([]string{"option.", "state."}, Values))
}

// isValue reports whether a name is that of a value.
func isValue(name string) bool {
	return slices.Contains(Values, name) || strings.HasPrefix(name, "option.") || strings.HasPrefix(name, "state.")
}

// child returns the value of a key of a map, nil if it has none.
func child(n *yaml.Node, key string) *yaml.Node {
	for i := 0; i+1 < len(n.Content); i += 2 {
		if n.Content[i].Value == key {
			return n.Content[i+1]
		}
	}
	return nil
}

// value returns a named value: a text, a list, or nil if the rule does not have it.
func (c *converter) value(name string) any {
	r := c.rule
	text := func(s string) any {
		if s == "" {
			return nil
		}
		return s
	}
	switch name {
	case "rule.author":
		return text(r.Author)
	case "rule.authors":
		if r.Author == "" {
			return pyprint.NewList()
		}
		return pyprint.NewList(r.Author)
	case "rule.date":
		return text(r.Date)
	case "rule.description":
		return text(r.Description)
	case "rule.falsepositives":
		return textList(r.FalsePositives)
	case "rule.id":
		return text(r.ID)
	case "rule.level":
		return text(strings.ToLower(r.Level))
	case "rule.license":
		return text(r.License)
	case "rule.name":
		return text(r.Name)
	case "rule.references":
		return textList(r.References)
	case "rule.status":
		return text(r.Status)
	case "rule.title":
		return text(r.Title)
	case "rule.tags":
		return tagTexts(r.Tags)
	case "rule.other_tags":
		return otherTags(r.Tags)
	case "threat":
		return threats(r.Tags)
	case "index":
		return textList(c.index())
	}
	if key, ok := strings.CutPrefix(name, "option."); ok {
		return c.options[key]
	}
	if key, ok := strings.CutPrefix(name, "state."); ok {
		return r.State[key]
	}
	panic("egret bug: value " + name)
}

// textList returns texts as a list of a document.
func textList(texts []string) *pyprint.List {
	list := pyprint.NewList()
	for _, t := range texts {
		list.Items = append(list.Items, t)
	}
	return list
}

// index returns the indexes that a pipeline or the option index_names names.
func (c *converter) index() []string {
	if c.Spec.IndexFromState {
		switch v := c.rule.State["index"].(type) {
		case string:
			if v != "" {
				return []string{v}
			}
		case nil:
		default:
			if list, ok := stateList(v); ok && len(list) > 0 {
				return list
			}
		}
	}
	return strings.Split(c.options["index_names"], ",")
}
