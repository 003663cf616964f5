package pipeline

import (
	"regexp"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/egret-hunt/egret/sigma"
)

var overrideKinds = []Kind{{
	Name: "override", Help: "replace conditions by one field and value of the target's schema that means the same; an extension of egret", Params: []Param{
		{Name: "field", Type: "text", Required: true, Help: "the field of the schema"},
		{Name: "value", Type: "value", Required: true, Help: "its value"},
		{Name: "patterns", Type: "patterns", Required: true, Help: "what is replaced: a field with a value (text with wildcards) or a regular expression; any with a list of which an OR has at least two; all with a list that an AND has; not with a pattern"},
	}, build: newOverride,
}}

// A shape is a pattern of a condition: a leaf with a field, or any, all or not.
type shape struct {
	op    string // "", any, all or not
	parts []*shape

	fields []string
	value  any
	// hasValue is set if the value counts, and re if an expression does.
	hasValue bool
	re       *regexp.Regexp
}

// override is the transformation override.
type override struct {
	shapes []*shape
	item   sigma.Item
}

func newOverride(p *params) any {
	c := &override{item: sigma.Item{Field: p.text("field", ""), FieldSpan: p.at("field"), Span: p.at("field")}}
	if n := p.values["value"]; n.Kind != yaml.ScalarNode {
		p.errorf(n, "", "value: expected a value, found %s", kindOf(n))
	} else {
		c.item.Values = []sigma.Value{p.sigmaValue(n)}
	}
	n := p.values["patterns"]
	if n.Kind != yaml.SequenceNode || len(n.Content) == 0 {
		p.errorf(n, "", "patterns: expected a list, found %s", kindOf(n))
		return nil
	}
	for _, child := range p.children(n, p.depth+1) {
		c.shapes = append(c.shapes, p.shape(child, p.depth+2))
	}
	return c
}

// shape reads a pattern.
func (p *params) shape(n *yaml.Node, depth int) *shape {
	s := &shape{}
	if n.Kind != yaml.MappingNode {
		p.errorf(n, "as in {field: event.outcome, value: failure}", "patterns: expected a map, found %s", kindOf(n))
		return s
	}
	for _, pair := range p.pairs(n, depth) {
		switch name := pair.name(); name {
		case "field":
			s.fields = p.textsAt(name, pair.value)
		case "value":
			s.value, s.hasValue = p.anyScalar(pair.value), true
		case "regex":
			if re := p.compile("regex", pair.value, pair.value.Value); re != nil {
				s.re = fromStart(re)
			}
		case "any", "all":
			s.op = name
			if pair.value.Kind != yaml.SequenceNode || len(pair.value.Content) < 2 {
				p.errorf(pair.value, "", "%s: expected a list of at least two patterns", name)
				continue
			}
			for _, child := range p.children(pair.value, depth+1) {
				part := p.shape(child, depth+2)
				if part.op == "any" || part.op == "all" {
					p.errorf(child, "", "%s: the patterns in it are fields, or not with a field", name)
				}
				s.parts = append(s.parts, part)
			}
		case "not":
			s.op, s.parts = name, []*shape{p.shape(pair.value, depth+1)}
		default:
			p.errorf(pair.key, "the keys are field, value, regex, any, all and not", "a pattern has no key %q", name)
		}
	}
	if s.op == "" && len(s.fields) == 0 {
		p.errorf(n, "", "a pattern needs field, any, all or not")
	}
	return s
}

// anyScalar returns the value of a scalar.
func (p *params) anyScalar(n *yaml.Node) any {
	if n.Kind != yaml.ScalarNode {
		p.errorf(n, "", "expected a value, found %s", kindOf(n))
		return nil
	}
	return scalar(n)
}

func (c *override) apply(r *run) {
	r.mark()
	if r.rule == nil {
		return
	}
	for _, s := range c.shapes {
		o := &overriding{run: r, override: c, shape: s}
		detection := &r.rule.Detection
		before := o.used()
		for _, search := range slices.Clone(detection.Searches) {
			if search.Expr != nil {
				search.Expr = o.search(search.Expr)
			}
		}
		for _, condition := range detection.Conditions {
			condition.Expr = sigma.RewriteCondition(condition.Expr, o.condition)
		}
		// Searches that only replaced conditions used are gone.
		after := o.used()
		detection.Searches = slices.DeleteFunc(detection.Searches, func(s *sigma.Search) bool { return before[s.Name] && !after[s.Name] })
	}
}

// An overriding applies one pattern to a rule.
type overriding struct {
	*run
	override *override
	shape    *shape
	// name is the search that stands for the override in conditions, "" before it is needed.
	name string
}

// used returns the names of the searches that the conditions use.
func (o *overriding) used() map[string]bool {
	used := map[string]bool{}
	for _, condition := range o.rule.Detection.Conditions {
		sigma.WalkCondition(condition.Expr, func(e sigma.ConditionExpr) bool {
			switch e := e.(type) {
			case *sigma.IdentifierExpr:
				used[e.Name] = true
			case *sigma.SelectorExpr:
				for _, s := range o.rule.Detection.Select(e.Pattern) {
					used[s.Name] = true
				}
			}
			return true
		})
	}
	return used
}

// made returns the item that replaces conditions.
func (o *overriding) made() *sigma.Item {
	item := o.override.item.Clone()
	if o.step.id != "" {
		sigma.MarkApplied(&item.Applied, o.step.id)
	}
	return item
}

// reference returns a reference to a search that has the item, for conditions.
func (o *overriding) reference(at sigma.ConditionExpr) sigma.ConditionExpr {
	detection := &o.rule.Detection
	if o.name == "" {
		o.name = o.freeName("_override_")
		detection.Searches = append(detection.Searches, &sigma.Search{
			Name: o.name, Expr: &sigma.AllOf{Exprs: []sigma.SearchExpr{o.made()}, Span: detection.Span}, Span: at.Pos(),
		})
	}
	return &sigma.IdentifierExpr{Name: o.name, Span: at.Pos()}
}

// condition replaces a node of a condition whose operands are already done.
func (o *overriding) condition(e sigma.ConditionExpr) sigma.ConditionExpr {
	switch e := e.(type) {
	case *sigma.NotExpr:
		if o.shape.op == "not" && o.matches(e, o.shape) {
			return o.reference(e)
		}
	case *sigma.OrExpr:
		if o.shape.op == "any" {
			return o.joined(e, e.Operands, false)
		}
	case *sigma.AndExpr:
		if o.shape.op == "all" {
			return o.joined(e, e.Operands, true)
		}
	case *sigma.SelectorExpr:
		if o.shape.op == "any" && !e.All && e.Count == 1 || o.shape.op == "all" && e.All {
			var operands []sigma.ConditionExpr
			for _, s := range o.rule.Detection.Select(e.Pattern) {
				operands = append(operands, &sigma.IdentifierExpr{Name: s.Name, Span: e.Span})
			}
			return o.joined(e, operands, e.All)
		}
	case *sigma.IdentifierExpr:
		if o.shape.op == "" && o.matches(e, o.shape) && e.Name != o.name {
			return o.reference(e)
		}
	}
	return e
}

// joined replaces the operands of an AND or OR that the parts of the pattern match. Of an OR at least two must match, of an AND
// each part at least one.
func (o *overriding) joined(e sigma.ConditionExpr, operands []sigma.ConditionExpr, and bool) sigma.ConditionExpr {
	matched := make([]bool, len(operands))
	for i, operand := range operands {
		matched[i] = slices.ContainsFunc(o.shape.parts, func(part *shape) bool { return o.matches(operand, part) })
	}
	if !o.enough(len(operands), matched, func(i int, part *shape) bool { return o.matches(operands[i], part) }) {
		return e
	}
	var rest []sigma.ConditionExpr
	for i, operand := range operands {
		switch {
		case !matched[i]:
			rest = append(rest, operand)
		case i == slices.Index(matched, true):
			rest = append(rest, o.reference(e))
		}
	}
	switch {
	case len(rest) == 1:
		return rest[0]
	case and:
		return &sigma.AndExpr{Operands: rest, Span: e.Pos()}
	}
	return &sigma.OrExpr{Operands: rest, Span: e.Pos()}
}

// enough reports whether the matched operands are enough to replace them.
func (o *overriding) enough(count int, matched []bool, matches func(i int, part *shape) bool) bool {
	if o.shape.op == "any" {
		found := 0
		for _, m := range matched {
			if m {
				found++
			}
		}
		return found >= 2
	}
	for _, part := range o.shape.parts {
		if !slices.ContainsFunc(slices.Collect(indexes(count)), func(i int) bool { return matches(i, part) }) {
			return false
		}
	}
	return true
}

// indexes yields the numbers from 0 to n-1.
func indexes(n int) func(yield func(int) bool) {
	return func(yield func(int) bool) {
		for i := range n {
			if !yield(i) {
				return
			}
		}
	}
}

// matches reports whether a condition as a whole has a shape: a reference to a search with one item, or its negation.
func (o *overriding) matches(e sigma.ConditionExpr, s *shape) bool {
	if s.op == "not" {
		not, ok := e.(*sigma.NotExpr)
		return ok && o.matches(not.Operand, s.parts[0])
	}
	switch e := e.(type) {
	case *sigma.IdentifierExpr:
		for _, search := range o.rule.Detection.Searches {
			if search.Name == e.Name && search.Expr != nil {
				return o.matchesSearch(search.Expr, s)
			}
		}
	case *sigma.SelectorExpr:
		selected := o.rule.Detection.Select(e.Pattern)
		return len(selected) == 1 && selected[0].Expr != nil && o.matchesSearch(selected[0].Expr, s)
	}
	return false
}

// matchesSearch reports whether a search as a whole is an item with the shape of a leaf.
func (o *overriding) matchesSearch(e sigma.SearchExpr, s *shape) bool {
	switch e := e.(type) {
	case *sigma.AllOf:
		return len(e.Exprs) == 1 && o.matchesSearch(e.Exprs[0], s)
	case *sigma.AnyOf:
		return len(e.Exprs) == 1 && o.matchesSearch(e.Exprs[0], s)
	case *sigma.Item:
		return s.op == "" && !hasModifier(e, "neq") && o.leaf(e, s)
	}
	return false
}

// leaf reports whether all values of an item have the shape of a leaf.
func (o *overriding) leaf(item *sigma.Item, s *shape) bool {
	if !slices.Contains(s.fields, item.Field) || !o.matchesItem(item) {
		return false
	}
	values, _ := o.valuesOf(item)
	return !slices.ContainsFunc(values, func(v value) bool {
		return s.hasValue && !v.equals(s.value) || s.re != nil && !(v.isText() && s.re.MatchString(strings.TrimSpace(plainText(v.pattern))))
	})
}

// search replaces parts of a search.
func (o *overriding) search(e sigma.SearchExpr) sigma.SearchExpr {
	return sigma.RewriteSearch(e, func(e sigma.SearchExpr) sigma.SearchExpr {
		switch e := e.(type) {
		case *sigma.Item:
			switch {
			case o.shape.op == "" && !hasModifier(e, "neq") && o.leaf(e, o.shape):
				return o.made()
			case o.shape.op == "not" && hasModifier(e, "neq") && o.shape.parts[0].op == "" && o.leaf(e, o.shape.parts[0]):
				return o.made()
			}
		case *sigma.AnyOf:
			if o.shape.op == "any" {
				e.Exprs = o.joinedSearch(e.Exprs)
			}
		case *sigma.AllOf:
			if o.shape.op == "all" {
				e.Exprs = o.joinedSearch(e.Exprs)
			}
		}
		return e
	})
}

// joinedSearch replaces the operands of a search that the parts of the pattern match, as joined does.
func (o *overriding) joinedSearch(operands []sigma.SearchExpr) []sigma.SearchExpr {
	matched := make([]bool, len(operands))
	for i, operand := range operands {
		matched[i] = slices.ContainsFunc(o.shape.parts, func(part *shape) bool { return o.matchesSearch(operand, part) })
	}
	if !o.enough(len(operands), matched, func(i int, part *shape) bool { return o.matchesSearch(operands[i], part) }) {
		return operands
	}
	var rest []sigma.SearchExpr
	for i, operand := range operands {
		switch {
		case !matched[i]:
			rest = append(rest, operand)
		case i == slices.Index(matched, true):
			rest = append(rest, o.made())
		}
	}
	return rest
}
