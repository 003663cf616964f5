package pipeline

import (
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/egret-hunt/egret/diag"
	"github.com/egret-hunt/egret/source"
)

// A transformation changes a rule. It uses the current step of the run for the conditions on items and fields.
type transformation interface{ apply(r *run) }

// A step is one entry of `transformations`.
type step struct {
	id   string // "" if the pipeline gives none
	kind string
	span source.Span
	// rule decides whether the step runs for a rule, item and field what it changes.
	rule  group[ruleCondition]
	item  group[itemCondition]
	field group[fieldCondition]
	do    transformation
}

// A group is a list of conditions with the way in which they are joined.
type group[C any] struct {
	list []C
	// texts describe the conditions for explanations.
	texts []string
	expr  *expr // nil without an expression
	// join is the expression as written, "" for none.
	join string
	any  bool // any of the list instead of all
	not  bool
}

// holds evaluates the group. A group without conditions always holds.
func (g *group[C]) holds(match func(C) bool) bool {
	if len(g.list) == 0 {
		return true
	}
	var result bool
	if g.expr != nil {
		result = g.expr.eval(func(i int) bool { return match(g.list[i]) })
	} else {
		result = !g.any
		for _, c := range g.list {
			if match(c) {
				result = result || g.any
			} else {
				result = result && g.any
			}
		}
	}
	return result != g.not
}

// joining says how the conditions are joined, "" for a single one that must hold.
func (g *group[C]) joining() string {
	how := g.join
	switch {
	case len(g.list) == 0:
		return ""
	case how != "":
	case len(g.list) > 1 && g.any:
		how = "any"
	case len(g.list) > 1:
		how = "all"
	}
	if g.not {
		how = strings.TrimSpace("not " + how)
	}
	return how
}

// stepKeys are the keys of a step that do not belong to its kind.
var stepKeys = []string{
	"id", "rule_conditions", "rule_cond_expr", "rule_cond_op", "rule_cond_not", "detection_item_conditions", "detection_item_cond_expr",
	"detection_item_cond_op", "detection_item_cond_not", "field_name_conditions", "field_name_cond_expr", "field_name_cond_op",
	"field_name_cond_not",
}

// postKeys are those of a post-processing step.
var postKeys = stepKeys[:5]

// steps reads a list of steps.
func (r *reader) steps(n *yaml.Node, depth, nesting int) []*step {
	var out []*step
	for _, child := range r.entries(n, "steps", depth, nesting) {
		if s := r.step(child, depth+1, nesting); s != nil {
			out = append(out, s)
		}
	}
	return out
}

// entries returns the entries of a list of maps.
func (r *reader) entries(n *yaml.Node, what string, depth, nesting int) []*yaml.Node {
	switch {
	case nesting > maxNesting:
		r.errorf(n, "", "%s are nested more than %d deep", what, maxNesting)
		return nil
	case n.Kind == yaml.SequenceNode:
		return r.children(n, depth)
	case n.Kind == yaml.ScalarNode && scalar(n) == nil:
		return nil
	}
	r.errorf(n, "begin each entry with a hyphen", "expected a list of %s, found %s", what, kindOf(n))
	return nil
}

func (r *reader) step(n *yaml.Node, depth, nesting int) *step {
	if r.stepCount++; r.stepCount > maxSteps {
		if r.stepCount == maxSteps+1 {
			r.errorf(n, "", "the pipeline has more than %d steps", maxSteps)
		}
		return nil
	}
	r.nesting = nesting
	built, kind, values := r.readKind(n, transformations, "transformation", stepKeys, depth)
	r.nesting = nesting
	if kind == nil {
		return nil
	}
	s := &step{kind: kind.Name, span: r.span(values["type"]), do: built.(transformation)} //nolint:errcheck // the kinds build nothing else
	s.id = r.id(values)
	s.rule = readGroup[ruleCondition](r, values, "rule_condition", "rule_cond", "rule condition", ruleConditions, depth+1)
	s.item = readGroup[itemCondition](r, values, "detection_item_condition", "detection_item_cond", "detection item condition", itemConditions, depth+1)
	s.field = readGroup[fieldCondition](r, values, "field_name_condition", "field_name_cond", "field name condition", fieldConditions, depth+1)
	return s
}

func (r *reader) id(values map[string]*yaml.Node) string {
	n := values["id"]
	if n == nil {
		return ""
	}
	if n.Kind != yaml.ScalarNode {
		r.errorf(n, "", "id: expected a text, found %s", kindOf(n))
	}
	return n.Value
}

// readGroup reads the conditions of one level, whose list is at plural(list) and whose other keys begin with prefix.
func readGroup[C any](r *reader, values map[string]*yaml.Node, list, prefix, what string, kinds []Kind, depth int) group[C] {
	g := group[C]{}
	names := map[string]int{}
	add := func(n *yaml.Node) {
		built, kind, _ := r.readKind(n, kinds, what, nil, depth+1)
		if kind != nil {
			g.list = append(g.list, built.(C)) //nolint:errcheck // the kinds build nothing else
			g.texts = append(g.texts, r.describe(kind, n))
		}
	}
	conditions := values[list+"s"]
	isMap := false
	if conditions != nil && scalarNull(conditions) {
		conditions = nil
	}
	if conditions != nil {
		switch conditions.Kind {
		case yaml.SequenceNode:
			for _, child := range r.children(conditions, depth) {
				add(child)
			}
		case yaml.MappingNode:
			isMap = true
			for _, p := range r.pairs(conditions, depth) {
				names[p.name()] = len(g.list)
				add(p.value)
			}
		default:
			r.errorf(conditions, "", "%ss: expected a list or a map, found %s", list, kindOf(conditions))
		}
	}
	if op := values[prefix+"_op"]; op != nil {
		g.any = op.Value == "or"
		if op.Kind != yaml.ScalarNode || op.Value != "or" && op.Value != "and" {
			r.errorf(op, "write and, or", "%s_op: expected and or or, found %s", prefix, kindOf(op))
		}
	}
	if not := values[prefix+"_not"]; not != nil {
		value, ok := scalar(not).(bool)
		if !ok || not.Kind != yaml.ScalarNode {
			r.errorf(not, "", "%s_not: expected true or false, found %s", prefix, kindOf(not))
		}
		g.not = value
	}
	if text := values[prefix+"_expr"]; text != nil && !scalarNull(text) {
		switch {
		case text.Kind != yaml.ScalarNode:
			r.errorf(text, "", "%s_expr: expected a text, found %s", prefix, kindOf(text))
		case values[prefix+"_op"] != nil:
			r.errorf(text, "remove one of the two", "%s_expr and %s_op exclude one another", prefix, prefix)
		case !isMap:
			r.errorf(text, "give each condition a name", "%s_expr needs a map of conditions in %ss", prefix, list)
		case r.list.HasErrors():
		default:
			g.expr, g.join = r.expression(text, conditions, prefix, names), text.Value
		}
	}
	return g
}

func scalarNull(n *yaml.Node) bool { return n.Kind == yaml.ScalarNode && scalar(n) == nil }

// expression parses an expression over the named conditions of a map, all of which it must use.
func (r *reader) expression(text, conditions *yaml.Node, prefix string, names map[string]int) *expr {
	e, used, fault := parseExpr(text.Value, names)
	if fault != nil {
		span := r.span(text)
		if quote := strings.Index(span.Text(), text.Value); quote >= 0 {
			span.End = span.Start + quote + fault.end
			span.Start += quote + fault.at
		}
		r.list.Add(diag.Diagnostic{Code: "pipeline-value", Span: span, Message: prefix + "_expr: " + fault.message})
		return nil
	}
	for i := 0; i+1 < len(conditions.Content); i += 2 {
		if key := conditions.Content[i]; key.Tag != "!!merge" && !used[key.Value] {
			r.errorf(key, "remove the condition", "%s_expr does not use the condition %q", prefix, key.Value)
		}
	}
	return e
}

// describe returns a condition as one line: the kind and its parameters.
func (r *reader) describe(kind *Kind, n *yaml.Node) string {
	var text strings.Builder
	text.WriteString(kind.Name)
	for i := 0; i+1 < len(n.Content) && i < 20; i += 2 {
		if key := n.Content[i]; key.Value != "type" {
			value := strings.TrimSpace(n.Content[i+1].Value)
			if len(n.Content[i+1].Content) > 0 {
				value = "…"
			}
			text.WriteString(" " + key.Value + "=" + value)
		}
	}
	return text.String()
}
