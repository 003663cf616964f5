package pipeline

import (
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/egret-hunt/egret/internal/ir"
	"github.com/egret-hunt/egret/sigma"
)

// LokiSelection is the custom attribute with the log stream selector of a rule for Loki.
const LokiSelection = "logsource_loki_selection"

var lokiKinds = []Kind{{
	Name: "set_custom_log_source", Help: "make the log stream selector of a query for Loki", Params: []Param{
		{Name: "selection", Type: "map", Required: true, Help: "labels with values, regular expressions (label|re), or fields of the rule whose values to take (label|fieldref)"},
		{Name: "case_insensitive", Type: "boolean", Default: "false", Help: "ignore case in what becomes a regular expression"},
		{Name: "template", Type: "boolean", Default: "false", Help: "replace $category, $product and $service by the log source of the rule"},
	}, build: newLokiSource,
}}

// lokiSource is the transformation set_custom_log_source.
type lokiSource struct {
	items                []*sigma.Item
	ignoreCase, template bool
}

func newLokiSource(p *params) any {
	c := &lokiSource{ignoreCase: p.boolean("case_insensitive", false), template: p.boolean("template", false)}
	n := p.values["selection"]
	if n.Kind != yaml.MappingNode {
		p.errorf(n, "", "selection: expected a map, found %s", kindOf(n))
		return nil
	}
	seen := map[string]bool{}
	for _, pair := range p.pairs(n, p.depth+1) {
		item := p.item(pair, p.depth+1)
		if seen[item.Field] {
			p.errorf(pair.key, "", "selection: the label %s is there twice", item.Field)
		}
		seen[item.Field] = true
		for _, v := range item.Values {
			if v.Kind != sigma.StringValue {
				p.errorf(pair.value, "put it in quotes", "selection: labels are texts")
			}
		}
		c.items = append(c.items, item)
	}
	return c
}

func (c *lokiSource) apply(r *run) {
	r.mark()
	if r.rule == nil {
		return
	}
	var selectors []string
	for _, item := range c.items {
		values, _ := r.valuesOf(item)
		negated := false
		if hasModifier(item, "fieldref") {
			var ok bool
			if values, negated, ok = r.valuesOfField(item.Values[0].Text); !ok {
				continue
			}
		}
		operator, text := c.selector(values, negated)
		selectors = append(selectors, lokiLabel(item.Field)+operator+text)
	}
	selection := "{" + strings.Join(selectors, ",") + "}"
	if c.template {
		selection = fillTemplate(selection, &r.rule.LogSource)
	}
	(&setAttribute{LokiSelection, selection}).apply(r)
}

// selector returns the operator and the value of a label.
func (c *lokiSource) selector(values []value, negated bool) (operator, text string) {
	if v := values[0]; len(values) == 1 && v.kind != regexValue && !hasWildcard(v.pattern) {
		literal := plainText(v.pattern)
		if strings.Contains(literal, "`") {
			literal = `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(literal) + `"`
		} else {
			literal = "`" + literal + "`"
		}
		if negated {
			return "!=", literal
		}
		return "=", literal
	}
	ignoreCase := false
	var parts []string
	for i := range values {
		v := &values[i]
		if v.kind == regexValue {
			flag := strings.HasPrefix(v.text, "(?i)") || slices.ContainsFunc(v.modifiers, func(m sigma.Modifier) bool { return m.Name == "i" })
			ignoreCase = ignoreCase || flag
			parts = append(parts, strings.TrimPrefix(v.text, "(?i)"))
			continue
		}
		ignoreCase = ignoreCase || c.ignoreCase && !v.cased
		var part strings.Builder
		for _, p := range v.pattern {
			switch p.Kind {
			case ir.AnyRun:
				part.WriteString(".*")
			case ir.AnyOne:
				part.WriteByte('.')
			default:
				for _, r := range p.Text {
					part.WriteString(escapeRune(r))
				}
			}
		}
		parts = append(parts, part.String())
	}
	text = strings.Join(parts, "|")
	if ignoreCase {
		text = "(?i)" + text
	}
	if strings.Contains(text, "`") {
		text = `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(text) + `"`
	} else {
		text = "`" + text + "`"
	}
	if negated {
		return "!~", text
	}
	return "=~", text
}

// lokiLabel returns a name with the characters that labels may have.
func lokiLabel(name string) string {
	name = strings.TrimSpace(name)
	if name != "" && name[0] >= '0' && name[0] <= '9' {
		name = "_" + name
	}
	return strings.Map(func(r rune) rune {
		if r < 0x80 && nameByte(byte(r)) && r != '-' {
			return r
		}
		return '_'
	}, name)
}

// valuesOfField returns the texts and regular expressions that the conditions of the rule compare a field with, and whether
// they are negated. It returns false if there are none, or if some are negated and others are not.
func (r *run) valuesOfField(field string) (values []value, negated, ok bool) {
	mixed := false
	take := func(search *sigma.Search, not bool) {
		if search.Expr == nil {
			return
		}
		sigma.WalkSearch(search.Expr, func(e sigma.SearchExpr) bool {
			item, isItem := e.(*sigma.Item)
			if !isItem || item.Field != field {
				return true
			}
			found, _ := r.valuesOf(item)
			for _, v := range found {
				if !v.isText() && v.kind != regexValue {
					continue
				}
				negates := not != hasModifier(item, "neq")
				mixed = mixed || len(values) > 0 && negates != negated
				negated = negates
				values = append(values, v)
			}
			return true
		})
	}
	var walk func(e sigma.ConditionExpr, not bool)
	walk = func(e sigma.ConditionExpr, not bool) {
		switch e := e.(type) {
		case *sigma.AndExpr:
			for _, operand := range e.Operands {
				walk(operand, not)
			}
		case *sigma.OrExpr:
			for _, operand := range e.Operands {
				walk(operand, not)
			}
		case *sigma.NotExpr:
			walk(e.Operand, !not)
		case *sigma.IdentifierExpr:
			for _, s := range r.rule.Detection.Searches {
				if s.Name == e.Name {
					take(s, not)
				}
			}
		case *sigma.SelectorExpr:
			for _, s := range r.rule.Detection.Select(e.Pattern) {
				take(s, not)
			}
		}
	}
	for _, condition := range r.rule.Detection.Conditions {
		walk(condition.Expr, false)
	}
	return values, negated, len(values) > 0 && !mixed
}
