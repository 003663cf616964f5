package pipeline

import (
	"slices"
	"strings"

	"github.com/egret-hunt/egret/sigma"
)

// fieldTransformations change field names: of items, of fields that values name, of the rule's `fields`, and of correlations.
var fieldTransformations = []Kind{
	{Name: "field_name_mapping", Help: "replace field names; several new names become alternatives", Params: []Param{
		{Name: "mapping", Type: "mapping", Required: true, Help: "new names by old name; the null key stands for keywords, whose texts may then be anywhere in the field"},
	}, build: func(p *params) any {
		m := p.mapping(true)
		return &mapFields{keyword: m.keyword, to: func(field string) (target, bool) {
			t, ok := m.targets[field]
			return t, ok
		}}
	}},
	{Name: "field_name_prefix_mapping", Help: "replace the beginning of field names; the first that fits counts", Params: []Param{
		{Name: "mapping", Type: "mapping", Required: true, Help: "new beginnings by old one"},
	}, build: func(p *params) any {
		m := p.mapping(false)
		return &mapFields{to: m.prefix}
	}},
	{Name: "field_name_prefix", Help: "add a text before field names", Params: []Param{
		{Name: "prefix", Type: "text", Required: true, Help: "the text"},
	}, build: func(p *params) any {
		prefix := p.text("prefix", "")
		return &mapFields{to: func(field string) (target, bool) { return target{names: []string{prefix + field}}, true }}
	}},
	{Name: "field_name_suffix", Help: "add a text after field names", Params: []Param{
		{Name: "suffix", Type: "text", Required: true, Help: "the text"},
	}, build: func(p *params) any {
		suffix := p.text("suffix", "")
		return &mapFields{to: func(field string) (target, bool) { return target{names: []string{field + suffix}}, true }}
	}},
	{Name: "field_name_transform", Help: "needs a function in Python; egret refuses it", Params: []Param{
		{Name: "mapping", Type: "mapping", Help: "new names by old name"},
		{Name: "transform_func", Type: "text", Help: "the function"},
		{Name: "apply_keyword", Type: "boolean", Default: "false", Help: "also for keywords"},
	}, build: func(p *params) any {
		p.errorf(p.node, "write the names with field_name_mapping, or use field_name_prefix and field_name_suffix",
			"field_name_transform needs a function in Python, which a YAML file cannot contain")
		return nil
	}},
}

// prefix maps a name by the first key that it begins with.
func (m *mapping) prefix(field string) (target, bool) {
	for _, key := range m.keys {
		rest, ok := strings.CutPrefix(field, key)
		if !ok {
			continue
		}
		t := target{list: m.targets[key].list}
		for _, name := range m.targets[key].names {
			t.names = append(t.names, name+rest)
		}
		return t, true
	}
	return target{}, false
}

// mapFields maps field names.
type mapFields struct {
	// to returns the names for a field, false if it stays.
	to func(field string) (target, bool)
	// keyword are the fields for keywords, nil if they stay keywords.
	keyword *target
}

func (c *mapFields) apply(r *run) {
	var fields []string
	for _, field := range r.meta.Fields {
		fields = append(fields, c.name(r, field)...)
	}
	r.meta.Fields = fields
	if r.counted != nil {
		c.correlation(r)
	}
	r.eachDetectionItem(func(item *sigma.Item) (sigma.SearchExpr, bool) { return c.item(r, item) })
}

// name maps a name that stands alone and records which step made the new ones.
func (c *mapFields) name(r *run, field string) []string {
	t, ok := c.to(field)
	if !ok || !r.matchesName(field) {
		return []string{field}
	}
	if !slices.Equal(t.names, []string{field}) {
		ids := slices.Clone(r.scope.fields[field])
		if r.step.id != "" {
			ids = append(ids, r.step.id)
		}
		delete(r.scope.fields, field)
		for _, name := range t.names {
			r.scope.fields[name] = slices.Clone(ids)
		}
	}
	return t.names
}

// single maps a name in a place that takes only one.
func (c *mapFields) single(r *run, text *sigma.Text, where string) {
	names := c.name(r, text.Value)
	if len(names) != 1 {
		r.failAtf(text.Span, "pipeline-step", "map it to one name", "%s takes one field, but %s is mapped to %d", where, text.Value, len(names))
		return
	}
	text.Value = names[0]
}

// correlation maps the names of a correlation: aliases, groups and counted fields.
func (c *mapFields) correlation(r *run) {
	aliases := map[string]bool{}
	for i := range r.counted.Aliases {
		alias := &r.counted.Aliases[i]
		aliases[alias.Name] = true
		for j := range alias.Fields {
			c.single(r, &alias.Fields[j], "an alias")
		}
	}
	var groups []sigma.Text
	for _, group := range r.counted.GroupBy {
		names := []string{group.Value}
		if !aliases[group.Value] {
			names = c.name(r, group.Value)
		}
		for _, name := range names {
			groups = append(groups, sigma.Text{Value: name, Span: group.Span})
		}
	}
	r.counted.GroupBy = groups
	if condition := r.counted.Condition; condition != nil {
		for i := range condition.Fields {
			c.single(r, &condition.Fields[i], "the condition of a correlation")
		}
	}
}

// item maps the field of an item, and the fields that its values name.
func (c *mapFields) item(r *run, item *sigma.Item) (sigma.SearchExpr, bool) {
	changed := false
	if hasModifier(item, "fieldref") {
		var values []sigma.Value
		for _, v := range item.Values {
			if !r.matchesName(v.Text) {
				values = append(values, v)
				continue
			}
			changed = true
			for _, name := range c.name(r, v.Text) {
				values = append(values, sigma.Value{Kind: sigma.StringValue, Text: name, Span: v.Span})
			}
		}
		item.Values = values
	}
	t, ok := target{}, false
	if item.Field != "" {
		t, ok = c.to(item.Field)
	} else if c.keyword != nil {
		t, ok = *c.keyword, true
	}
	if !ok {
		return item, changed
	}
	r.scope.mapped[item.Field] = true
	for _, name := range t.names {
		r.scope.mapped[name] = true
	}
	if !r.matchesName(item.Field) {
		return item, changed
	}
	if len(t.names) == 0 {
		r.failAtf(item.FieldSpan, "pipeline-step", "use drop_detection_item to remove items", "the mapping of %s has no name", item.Field)
		return item, false
	}
	var base sigma.SearchExpr = item
	if item.Field == "" {
		base = r.anywhere(item)
	}
	exprs := make([]sigma.SearchExpr, len(t.names))
	negated := false
	for i, name := range t.names {
		exprs[i] = sigma.CloneSearch(base)
		sigma.WalkSearch(exprs[i], func(e sigma.SearchExpr) bool {
			if item, ok := e.(*sigma.Item); ok {
				item.Field = name
				negated = negated || hasModifier(item, "neq")
			}
			return true
		})
	}
	switch {
	case len(exprs) == 1:
		return exprs[0], true
	case negated: // none of the fields may match
		return &sigma.AllOf{Exprs: exprs, Span: item.Span}, true
	}
	return &sigma.AnyOf{Exprs: exprs, Span: item.Span}, true
}

// anywhere returns a keyword item whose texts may be anywhere in a field.
func (r *run) anywhere(item *sigma.Item) sigma.SearchExpr {
	values, f := r.valuesOf(item)
	for i := range values {
		if v := &values[i]; v.kind == textValue {
			v.pattern = openStart(openEnd(v.pattern))
		}
	}
	return rebuilt(item, values, f)
}
