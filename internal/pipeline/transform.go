package pipeline

import (
	"maps"
	"slices"
	"strings"

	"github.com/egret-hunt/egret/diag"
	"github.com/egret-hunt/egret/sigma"
)

// transformations are all transformations, sorted by name.
var transformations []Kind

func init() { //nolint:gochecknoinits // the kinds refer to the list
	transformations = slices.Concat(fieldTransformations, ruleTransformations, addConditionKinds, overrideKinds, lokiKinds, valueTransformations, placeholderTransformations, itemTransformations)
	slices.SortFunc(transformations, func(a, b Kind) int { return strings.Compare(a.Name, b.Name) })
}

// Transformations returns all transformations, sorted by name. The caller must not change them.
func Transformations() []Kind { return transformations }

// A ConditionList names the conditions of one level.
type ConditionList struct {
	// Level is rule, detection item or field name; Key the key of a step that takes them.
	Level, Key string
	Kinds      []Kind
}

// Conditions returns all conditions by level. The caller must not change them.
func Conditions() []ConditionList {
	return []ConditionList{
		{"rule", "rule_conditions", ruleConditions},
		{"detection item", "detection_item_conditions", itemConditions},
		{"field name", "field_name_conditions", fieldConditions},
	}
}

// eachDetectionItem replaces the items for which the conditions of the step hold by the result of change, nil to remove one. change
// returns the item itself if nothing changes. Changed items are marked.
func (r *run) eachDetectionItem(change func(item *sigma.Item) (sigma.SearchExpr, bool)) {
	r.mark()
	if r.rule == nil {
		return
	}
	count, size := 0, 0
	for _, search := range r.rule.Detection.Searches {
		if search.Expr == nil {
			continue
		}
		search.Expr = sigma.RewriteSearch(search.Expr, func(e sigma.SearchExpr) sigma.SearchExpr {
			item, ok := e.(*sigma.Item)
			if !ok || r.failed || !r.works(item) || !r.matchesItem(item) || r.failed {
				return e
			}
			out, changed := change(item)
			if r.failed || !changed {
				return e
			}
			if out != nil {
				sigma.WalkSearch(out, func(e sigma.SearchExpr) bool {
					if item, ok := e.(*sigma.Item); ok {
						count += 1 + len(item.Values)
						for _, v := range item.Values {
							size += len(v.Text)
						}
						if r.step.id != "" {
							sigma.MarkApplied(&item.Applied, r.step.id)
						}
					}
					return true
				})
			}
			switch {
			case count > maxItems:
				r.failf("pipeline-limits", "", "the step makes more than %d detection items and values of one rule", maxItems)
			case size > maxRuleText:
				r.failf("pipeline-limits", "", "the step makes texts of more than %d bytes of one rule", maxRuleText)
			}
			return out
		})
	}
}

// works counts an item that a step looks at. It returns false if the steps look at too many in one rule.
func (r *run) works(item *sigma.Item) bool {
	if r.work += 1 + len(item.Values)/8; r.work > maxWork {
		r.failf("pipeline-limits", "", "the steps of the pipelines look at more than %d detection items of one rule", maxWork)
	}
	return !r.failed
}

// ruleTransformations change the rule as a whole.
var ruleTransformations = []Kind{
	{Name: "change_logsource", Help: "replace the log source; parts that are not given become empty", Params: logSourceParams, build: func(p *params) any {
		c := changeLogSource(readLogSource(p))
		if c == (changeLogSource{}) {
			p.errorf(p.node, "", "a log source needs category, product or service")
		}
		return c
	}},
	{Name: "add_field", Help: "add names to the rule's fields", Params: []Param{
		{Name: "field", Type: "texts", Required: true, Help: "names to add"},
	}, build: func(p *params) any { return &listFields{add: p.texts("field")} }},
	{Name: "remove_field", Help: "remove names from the rule's fields, each once", Params: []Param{
		{Name: "field", Type: "texts", Required: true, Help: "names to remove"},
	}, build: func(p *params) any { return &listFields{remove: p.texts("field")} }},
	{Name: "set_field", Help: "replace the rule's fields", Params: []Param{
		{Name: "fields", Type: "texts", Required: true, Help: "the new list"},
	}, build: func(p *params) any { return &listFields{set: true, add: p.texts("fields")} }},
	{Name: "set_state", Help: "store a value for later conditions, templates and the back end, which reads index, table, schema and others", Params: []Param{
		{Name: "key", Type: "text", Required: true, Help: "name of the value"},
		{Name: "val", Type: "any", Required: true, Help: "usually a text, number or boolean"},
	}, build: func(p *params) any { return &setState{p.text("key", ""), p.anyValue("val")} }},
	{Name: "set_custom_attribute", Help: "store a custom attribute of the rule, for conditions, templates and formats", Params: []Param{
		{Name: "attribute", Type: "text", Required: true, Help: "name of the attribute"},
		{Name: "value", Type: "any", Required: true, Help: "usually a text, number or boolean"},
	}, build: func(p *params) any { return &setAttribute{p.text("attribute", ""), p.anyValue("value")} }},
	{Name: "rule_failure", Help: "refuse the rule", Params: []Param{
		{Name: "message", Type: "text", Required: true, Help: "the reason"},
	}, build: func(p *params) any { return ruleFailure(p.text("message", "")) }},
	{Name: "strict_field_mapping_failure", Help: "refuse a rule with fields that no earlier step mapped", Params: []Param{
		{Name: "mode", Type: "text", Default: "fail", Choices: []string{"fail", "warn", "drop"}, Help: "fail refuses the rule, warn keeps the fields, drop removes their items; warn and drop are extensions of egret"},
	}, build: func(p *params) any { return strictMapping(p.choice("mode", "fail", "fail", "warn", "drop")) }},
	{Name: "nest", Help: "run a list of steps with a state of its own, which is added to that of the pipeline", Params: []Param{
		{Name: "items", Type: "steps", Required: true, Help: "the steps"},
	}, build: func(p *params) any {
		return &nest{p.steps(p.values["items"], p.depth+1, p.nesting+1)}
	}},
}

type changeLogSource logSource

func (c changeLogSource) apply(r *run) {
	r.mark()
	if r.rule != nil {
		l := &r.rule.LogSource
		l.Category, l.Product, l.Service = c.category, c.product, c.service
	}
}

// listFields changes the rule's list of fields.
type listFields struct {
	set         bool
	add, remove []string
}

func (c *listFields) apply(r *run) {
	r.mark()
	if c.set {
		r.meta.Fields = nil
	}
	for _, field := range c.remove {
		if i := slices.Index(r.meta.Fields, field); i >= 0 {
			r.meta.Fields = slices.Delete(slices.Clone(r.meta.Fields), i, i+1)
		}
	}
	r.meta.Fields = append(slices.Clip(r.meta.Fields), c.add...)
}

type setState struct {
	key string
	val any
}

func (c *setState) apply(r *run) {
	r.mark()
	r.scope.state[c.key] = c.val
}

type setAttribute struct {
	name  string
	value any
}

func (c *setAttribute) apply(r *run) {
	r.mark()
	if _, set := r.out.Attributes[c.name]; !set {
		r.out.attributeNames = append(r.out.attributeNames, c.name)
	}
	r.out.Attributes[c.name] = c.value
}

type ruleFailure string

func (c ruleFailure) apply(r *run) { r.failAtf(r.place(), "pipeline-failure", "", "%s", string(c)) }

type nest struct{ steps []*step }

func (c *nest) apply(r *run) {
	r.mark()
	outer := r.scope
	r.scope = newScope(nil)
	r.depth++
	r.steps(c.steps)
	r.depth--
	inner := r.scope
	r.scope = outer
	for id := range inner.applied {
		outer.applied[id] = true
	}
	maps.Copy(outer.fields, inner.fields)
	for field := range inner.mapped {
		outer.mapped[field] = true
	}
	maps.Copy(outer.state, inner.state)
}

type strictMapping string

func (c strictMapping) apply(r *run) {
	r.mark()
	var unmapped []string
	r.eachItem(func(item *sigma.Item) bool {
		if item.Field != "" && !r.scope.mapped[item.Field] && !slices.Contains(unmapped, item.Field) {
			unmapped = append(unmapped, item.Field)
		}
		return true
	})
	if len(unmapped) == 0 {
		return
	}
	text := "no step maps " + joinWords(unmapped)
	switch c {
	case "fail":
		r.failAtf(r.fieldSpan(unmapped[0]), "pipeline-failure", "add the fields to a mapping of the pipeline", "%s", text)
	case "warn":
		r.list.Add(diag.Diagnostic{Code: "pipeline-unmapped", Severity: diag.Warning, Span: r.fieldSpan(unmapped[0]), Message: text})
	case "drop":
		r.list.Add(diag.Diagnostic{Code: "pipeline-unmapped", Severity: diag.Warning, Span: r.fieldSpan(unmapped[0]), Message: text + "; the pipeline drops the items"})
		r.eachDetectionItem(func(item *sigma.Item) (sigma.SearchExpr, bool) {
			return nil, slices.Contains(unmapped, item.Field)
		})
	}
}
