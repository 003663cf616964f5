package pipeline

import (
	"regexp"
	"slices"

	"github.com/egret-hunt/egret/internal/ir"
	"github.com/egret-hunt/egret/internal/lower"
	"github.com/egret-hunt/egret/sigma"
)

var condParam = Param{Name: "cond", Type: "text", Required: true, Choices: []string{"any", "all"}, Help: "whether any or all values of the item must satisfy the condition"}

// newCond returns whether all values must satisfy a condition.
func newCond(p *params) bool { return p.choice("cond", "", "any", "all") == "all" }

// A valueCondition tests the values of an item.
type valueCondition struct {
	all   bool
	match func(v *value) bool
}

func (c *valueCondition) matchItem(r *run, item *sigma.Item) bool {
	values, _ := r.valuesOf(item)
	for i := range values {
		if c.match(&values[i]) != c.all {
			return !c.all
		}
	}
	return c.all
}

func hasWildcard(p ir.Pattern) bool { return hasKind(p, ir.AnyRun, ir.AnyOne) }

func newMatchString(p *params) any {
	re := p.regex("pattern")
	if re != nil {
		re = fromStart(re)
	}
	negate := p.boolean("negate", false)
	return &valueCondition{all: newCond(p), match: func(v *value) bool {
		return (v.isText() && re.MatchString(plainText(v.pattern))) != negate
	}}
}

// fromStart returns an expression that matches only at the start of a text, as Python's re.match.
func fromStart(re *regexp.Regexp) *regexp.Regexp {
	return regexp.MustCompile(`\A(?:` + re.String() + `)`)
}

func newMatchValue(p *params) any {
	want := p.value("value")
	return &valueCondition{all: newCond(p), match: func(v *value) bool { return v.equals(want) }}
}

// equals compares a value with a decoded one. The types must agree; a text is compared with its wildcards.
func (v *value) equals(want any) bool {
	switch want := want.(type) {
	case string:
		return v.isText() && slices.Equal(v.pattern, lower.ParsePattern(want))
	case bool:
		return v.kind == boolValue && (v.text == "true") == want
	case int64, float64:
		a, ok := parseNumber(v.text)
		b, _ := asNumber(want)
		return v.kind == numberValue && ok && a == b
	case nil:
		return v.kind == nullValue
	}
	return false
}

// containsItem is the condition contains_detection_item.
type containsItem struct {
	field string
	value any
}

func newContainsItem(p *params) any {
	return &containsItem{p.text("field", ""), p.value("value")}
}

func (c *containsItem) match(r *run) bool {
	return r.anyItem(func(item *sigma.Item) bool {
		if item.Field == "" || item.Field != c.field {
			return false
		}
		values, _ := r.valuesOf(item)
		return slices.ContainsFunc(values, func(v value) bool { return v.equals(c.value) })
	})
}

var includeParams = []Param{
	{Name: "fields", Type: "texts", Required: true, Help: "names of fields, or regular expressions that match from the beginning"},
	{Name: "mode", Type: "text", Default: "plain", Choices: []string{"plain", "re"}, Help: "plain for names, re for regular expressions"},
}

// include is include_fields or, with exclude, exclude_fields.
type include struct {
	fields   []string
	patterns []*regexp.Regexp // nil for plain names
	exclude  bool
}

func newInclude(p *params, exclude bool) any {
	c := &include{fields: p.texts("fields"), exclude: exclude}
	if p.choice("mode", "plain", "plain", "re") == "re" {
		c.patterns = []*regexp.Regexp{}
		for _, field := range c.fields {
			if re := p.compile("fields", p.nodeOf("fields"), field); re != nil {
				c.patterns = append(c.patterns, fromStart(re))
			}
		}
	}
	return c
}

func (c *include) matchName(_ *run, field string) bool {
	if field == "" {
		return c.exclude
	}
	if c.patterns != nil {
		return slices.ContainsFunc(c.patterns, func(re *regexp.Regexp) bool { return re.MatchString(field) }) != c.exclude
	}
	return slices.Contains(c.fields, field) != c.exclude
}

func (c *include) matchField(r *run, item *sigma.Item) bool {
	return c.matchName(r, item.Field) || slices.ContainsFunc(referenced(item), func(field string) bool { return c.matchName(r, field) })
}

// A stateCondition is processing_state on all levels.
type stateCondition struct {
	key string
	val any
	op  string
}

func stateKind(build func(*stateCondition) any) Kind {
	ops := attributeOps[:6]
	return Kind{Name: "processing_state", Help: "a value of the state compares with a value; a missing key never does", Params: []Param{
		{Name: "key", Type: "text", Required: true, Help: "key that set_state wrote"},
		{Name: "val", Type: "value", Required: true, Help: "text, number or boolean"},
		{Name: "op", Type: "text", Default: "eq", Choices: ops, Help: "comparison"},
	}, build: func(p *params) any {
		return build(&stateCondition{p.text("key", ""), p.value("val"), p.choice("op", "eq", ops...)})
	}}
}

func (c *stateCondition) match(r *run) bool {
	have, ok := r.scope.state[c.key]
	if !ok {
		return false
	}
	switch c.op {
	case "eq":
		return looseEqual(have, c.val)
	case "ne":
		return !looseEqual(have, c.val)
	}
	order, ok := looseCompare(have, c.val)
	if !ok {
		r.failf("pipeline-step", "", "state %s: %v and %v cannot be compared with %s", c.key, have, c.val, c.op)
		return false
	}
	return ordered(c.op, order)
}

func (c *stateCondition) matchItem(r *run, _ *sigma.Item) bool  { return c.match(r) }
func (c *stateCondition) matchName(r *run, _ string) bool       { return c.match(r) }
func (c *stateCondition) matchField(r *run, _ *sigma.Item) bool { return c.match(r) }
