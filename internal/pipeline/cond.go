package pipeline

import (
	"slices"

	"github.com/egret-hunt/egret/sigma"
)

// A ruleCondition is a condition on a rule or correlation.
type ruleCondition interface{ match(r *run) bool }

// An itemCondition is a condition on a detection item.
type itemCondition interface {
	matchItem(r *run, item *sigma.Item) bool
}

// A fieldCondition is a condition on a field name. field is "" for keywords.
type fieldCondition interface {
	// matchName is for a name alone, such as one of `fields`.
	matchName(r *run, field string) bool
	// matchField is for the field of an item, or the fields that its values name.
	matchField(r *run, item *sigma.Item) bool
}

// matchesItem evaluates the conditions of the current step on items and fields for an item.
func (r *run) matchesItem(item *sigma.Item) bool {
	holds := r.step.item.holds(func(c itemCondition) bool { return c.matchItem(r, item) })
	return r.step.field.holds(func(c fieldCondition) bool { return c.matchField(r, item) }) && holds
}

// matchesName evaluates the conditions on fields for a name.
func (r *run) matchesName(field string) bool {
	return r.step.field.holds(func(c fieldCondition) bool { return c.matchName(r, field) })
}

// referenced returns the fields that the values of an item name.
func referenced(item *sigma.Item) []string {
	if !hasModifier(item, "fieldref") {
		return nil
	}
	var out []string
	for _, v := range item.Values {
		out = append(out, v.Text)
	}
	return out
}

func hasModifier(item *sigma.Item, name string) bool {
	return slices.ContainsFunc(item.Modifiers, func(m sigma.Modifier) bool { return m.Name == name })
}

// eachItem calls visit for all items of the rule, also in searches that no condition uses, until it returns false.
func (r *run) eachItem(visit func(*sigma.Item) bool) {
	if r.rule == nil {
		return
	}
	goes := true
	for _, search := range r.rule.Detection.Searches {
		if search.Expr == nil {
			continue
		}
		sigma.WalkSearch(search.Expr, func(e sigma.SearchExpr) bool {
			if item, ok := e.(*sigma.Item); ok && goes {
				goes = r.works(item) && visit(item)
			}
			return goes
		})
	}
}

// anyItem reports whether any item of the rule satisfies a predicate.
func (r *run) anyItem(holds func(*sigma.Item) bool) bool {
	found := false
	r.eachItem(func(item *sigma.Item) bool {
		found = holds(item)
		return !found
	})
	return found
}

// ruleConditions are the conditions on rules, sorted by name.
var ruleConditions []Kind

// itemConditions are the conditions on detection items, sorted by name.
var itemConditions []Kind

// fieldConditions are the conditions on field names, sorted by name.
var fieldConditions []Kind

// The lists are filled here, because the kinds of some refer to lists that contain them.
func init() { //nolint:gochecknoinits // as above
	ruleConditions = []Kind{
		{Name: "contains_detection_item", Help: "an item has the field and, among its values, the value", Params: []Param{
			{Name: "field", Type: "text", Required: true, Help: "name of the field"},
			{Name: "value", Type: "value", Required: true, Help: "text (with wildcards as in rules), number or boolean; the type counts"},
		}, build: newContainsItem},
		{Name: "contains_field", Help: "an item has the field", Params: []Param{
			{Name: "field", Type: "text", Required: true, Help: "name of the field"},
		}, build: func(p *params) any { return containsField(p.text("field", "")) }},
		{Name: "is_sigma_correlation_rule", Help: "the document is a correlation", build: func(*params) any { return isCorrelation{} }},
		{Name: "is_sigma_rule", Help: "the document is a detection rule", build: func(*params) any { return isRule{} }},
		{Name: "logsource", Help: "the log source of the rule, or of a rule that the correlation counts, has these parts", Params: logSourceParams, build: newLogSource},
		appliedKind("the step was applied to the rule", func(id string) any { return ruleApplied(id) }),
		stateKind(func(c *stateCondition) any { return c }),
		{Name: "rule_attribute", Help: "an attribute of the rule compares with a value", Params: []Param{
			{Name: "attribute", Type: "text", Required: true, Help: "a key of the rule such as level, status, date, tags or author, or a custom one"},
			{Name: "value", Type: "value", Required: true, Help: "what to compare with; a level, status or date as text"},
			{Name: "op", Type: "text", Default: "eq", Choices: attributeOps, Help: "comparison; in and not_in are for lists"},
		}, build: newAttribute},
		{Name: "tag", Help: "the rule has the tag", Params: []Param{
			{Name: "tag", Type: "text", Required: true, Help: "tag with its namespace, such as attack.execution"},
		}, build: newTag},
	}
	itemConditions = []Kind{
		{Name: "contains_wildcard", Help: "values contain wildcards", Params: []Param{condParam}, build: func(p *params) any {
			return &valueCondition{all: newCond(p), match: func(v *value) bool { return v.isText() && hasWildcard(v.pattern) }}
		}},
		{Name: "is_null", Help: "values are null", Params: []Param{condParam}, build: func(p *params) any {
			return &valueCondition{all: newCond(p), match: func(v *value) bool { return v.kind == nullValue }}
		}},
		{Name: "match_string", Help: "values are texts that a regular expression matches from their beginning", Params: []Param{
			condParam,
			{Name: "pattern", Type: "text", Required: true, Help: "regular expression (RE2)"},
			{Name: "negate", Type: "boolean", Default: "false", Help: "values that do not match, or are no texts"},
		}, build: newMatchString},
		{Name: "match_value", Help: "values equal a value", Params: []Param{
			condParam,
			{Name: "value", Type: "value", Required: true, Help: "text (with wildcards as in rules), number or boolean"},
		}, build: newMatchValue},
		appliedKind("the step changed the item", func(id string) any { return itemApplied(id) }),
		stateKind(func(c *stateCondition) any { return c }),
	}
	fieldConditions = []Kind{
		{Name: "exclude_fields", Help: "the field is not one of these", Params: includeParams, build: func(p *params) any { return newInclude(p, true) }},
		{Name: "include_fields", Help: "the field is one of these", Params: includeParams, build: func(p *params) any { return newInclude(p, false) }},
		appliedKind("the step made the field name", func(id string) any { return fieldApplied(id) }),
		stateKind(func(c *stateCondition) any { return c }),
	}
}

// appliedKind returns the kind processing_item_applied of one of the lists.
func appliedKind(help string, build func(id string) any) Kind {
	return Kind{Name: "processing_item_applied", Help: help, Params: []Param{
		{Name: "processing_item_id", Type: "text", Required: true, Help: "id of the step"},
	}, build: func(p *params) any { return build(p.text("processing_item_id", "")) }}
}

type ruleApplied string

func (c ruleApplied) match(r *run) bool { return slices.Contains(r.meta.Applied, string(c)) }

type itemApplied string

func (c itemApplied) matchItem(_ *run, item *sigma.Item) bool {
	return slices.Contains(item.Applied, string(c))
}

type fieldApplied string

func (c fieldApplied) matchName(r *run, field string) bool {
	return field != "" && slices.Contains(r.scope.fields[field], string(c))
}

func (c fieldApplied) matchField(_ *run, item *sigma.Item) bool {
	return slices.Contains(item.Applied, string(c))
}

type containsField string

func (c containsField) match(r *run) bool {
	return r.anyItem(func(item *sigma.Item) bool { return item.Field != "" && item.Field == string(c) })
}

type isRule struct{}

func (isRule) match(r *run) bool { return r.rule != nil }

type isCorrelation struct{}

func (isCorrelation) match(r *run) bool { return r.rule == nil }
