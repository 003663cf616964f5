package pipeline

import (
	"fmt"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/egret-hunt/egret/diag"
	"github.com/egret-hunt/egret/internal/lazyre"
	"github.com/egret-hunt/egret/sigma"
)

var addConditionKinds = []Kind{
	{
		Name: "add_condition", Help: "add a search to all conditions of the rule: and, or and not with negated", Params: []Param{
			{Name: "conditions", Type: "map", Required: true, Help: "a search as in rules: a map of fields with modifiers and values, or a list"},
			{Name: "name", Type: "text", Help: "name of the search; a search of the rule with this name is replaced"},
			{Name: "template", Type: "boolean", Default: "false", Help: "replace $category, $product and $service by the log source of the rule"},
			{Name: "negated", Type: "boolean", Default: "false", Help: "require that the search does not match"},
		}, build: newAddCondition,
	},
}

// addCondition is the transformation add_condition.
type addCondition struct {
	search            sigma.SearchExpr
	name              string
	template, negated bool
}

func newAddCondition(p *params) any {
	c := &addCondition{
		name: p.text("name", ""), template: p.boolean("template", false), negated: p.boolean("negated", false),
		search: p.search(p.values["conditions"], p.depth+1),
	}
	if c.name != "" && !searchName.MatchString(c.name) {
		p.errorf(p.nodeOf("name"), "use letters, digits, _ and -", "%q cannot be the name of a search", c.name)
	}
	return c
}

var searchName = lazyre.New(`^[A-Za-z0-9_][A-Za-z0-9_-]*$`)

// search reads a search as in the detection of a rule.
func (p *params) search(n *yaml.Node, depth int) sigma.SearchExpr {
	span := p.span(n)
	switch n.Kind { //nolint:exhaustive // aliases are resolved
	case yaml.MappingNode:
		all := &sigma.AllOf{Span: span}
		for _, pair := range p.pairs(n, depth) {
			all.Exprs = append(all.Exprs, p.item(pair, depth))
		}
		if len(all.Exprs) > 0 {
			return all
		}
	case yaml.SequenceNode:
		anyOf := &sigma.AnyOf{Span: span}
		keywords := &sigma.Item{Span: span, FieldSpan: span}
		for _, child := range p.children(n, depth) {
			if child.Kind == yaml.ScalarNode {
				keywords.Values = append(keywords.Values, p.sigmaValue(child))
			} else {
				anyOf.Exprs = append(anyOf.Exprs, p.search(child, depth+1))
			}
		}
		switch {
		case len(keywords.Values) == 0 && len(anyOf.Exprs) == 0:
		case len(anyOf.Exprs) == 0:
			return keywords
		case len(keywords.Values) > 0:
			anyOf.Exprs = append(anyOf.Exprs, keywords)
			return anyOf
		default:
			return anyOf
		}
	case yaml.ScalarNode:
		if !scalarNull(n) {
			return &sigma.Item{Values: []sigma.Value{p.sigmaValue(n)}, Span: span, FieldSpan: span}
		}
	}
	p.errorf(n, "", "the search is empty")
	return &sigma.AllOf{Span: span}
}

// item reads an entry of a search.
func (p *params) item(pair pair, depth int) *sigma.Item {
	span := p.span(pair.key)
	parts := strings.Split(pair.name(), "|")
	item := &sigma.Item{Field: parts[0], FieldSpan: span, Span: span}
	if scalarNull(pair.key) {
		item.Field = ""
	}
	for _, name := range parts[1:] {
		name = strings.TrimSpace(name)
		if sigma.FindModifier(name) == nil {
			p.list.Add(diag.Diagnostic{Code: "unknown-modifier", Span: span, Message: fmt.Sprintf("modifier %q is not defined", name)})
		}
		item.Modifiers = append(item.Modifiers, sigma.Modifier{Name: name, Span: span})
	}
	nodes := []*yaml.Node{pair.value}
	if pair.value.Kind == yaml.SequenceNode {
		nodes = p.children(pair.value, depth+1)
	}
	for _, n := range nodes {
		if n.Kind != yaml.ScalarNode {
			p.errorf(n, "", "expected a value, found %s", kindOf(n))
			continue
		}
		item.Values = append(item.Values, p.sigmaValue(n))
	}
	if len(item.Values) == 0 {
		p.errorf(pair.value, "write null for a field without a value", "the field has no values")
	}
	return item
}

// sigmaValue converts a scalar to a value of a rule.
func (p *params) sigmaValue(n *yaml.Node) sigma.Value {
	v := sigma.Value{Kind: sigma.StringValue, Text: n.Value, Span: p.span(n)}
	switch scalar(n).(type) {
	case nil:
		v.Kind, v.Text = sigma.NullValue, ""
	case bool:
		v.Kind, v.Text = sigma.BoolValue, strings.ToLower(n.Value)
	case int64, float64:
		v.Kind = sigma.NumberValue
	}
	return v
}

func (c *addCondition) apply(r *run) {
	if r.rule == nil {
		return
	}
	detection := &r.rule.Detection
	added := &sigma.Search{Name: c.name, Expr: sigma.CloneSearch(c.search), Span: r.step.span}
	sigma.WalkSearch(added.Expr, func(e sigma.SearchExpr) bool {
		if item, ok := e.(*sigma.Item); ok {
			if r.step.id != "" {
				sigma.MarkApplied(&item.Applied, r.step.id)
			}
			if c.template {
				for i := range item.Values {
					if v := &item.Values[i]; v.Kind == sigma.StringValue {
						v.Text = fillTemplate(v.Text, &r.rule.LogSource)
					}
				}
			}
		}
		return true
	})
	if c.name == "" {
		added.Name = r.freeName("_cond_")
	}
	same := func(s *sigma.Search) bool { return s.Name == added.Name }
	if i := slices.IndexFunc(detection.Searches, same); i >= 0 {
		detection.Searches[i] = added
	} else {
		detection.Searches = append(detection.Searches, added)
	}
	for _, condition := range detection.Conditions {
		var name sigma.ConditionExpr = &sigma.IdentifierExpr{Name: added.Name, Span: condition.Span}
		if c.negated {
			name = &sigma.NotExpr{Operand: name, Span: condition.Span}
		}
		condition.Expr = &sigma.AndExpr{Operands: []sigma.ConditionExpr{name, condition.Expr}, Span: condition.Span}
	}
	r.mark()
}

// freeName returns a name that begins with a prefix and that no search has.
func (r *run) freeName(prefix string) string {
	for {
		r.added++
		name := fmt.Sprintf("%s%d", prefix, r.added)
		if !slices.ContainsFunc(r.rule.Detection.Searches, func(s *sigma.Search) bool { return s.Name == name }) {
			return name
		}
	}
}

// templateName is a reference of Python's string.Template: $name or ${name}, or $$ for a dollar sign.
var templateName = lazyre.New(`\$(?:\$|\{([_a-zA-Z][_a-zA-Z0-9]*)\}|([_a-zA-Z][_a-zA-Z0-9]*))`)

// fillTemplate replaces the references to the log source. A part that the log source lacks is None, as in pySigma; unknown
// names stay.
func fillTemplate(text string, l *sigma.LogSource) string {
	return templateName.ReplaceAllStringFunc(text, func(found string) string {
		if found == "$$" {
			return "$"
		}
		var part string
		switch strings.Trim(found, "${}") {
		case "category":
			part = l.Category
		case "product":
			part = l.Product
		case "service":
			part = l.Service
		default:
			return found
		}
		if part == "" {
			return "None"
		}
		return part
	})
}
