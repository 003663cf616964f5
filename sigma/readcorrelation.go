package sigma

import (
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"

	"github.com/egret-hunt/egret/source"
)

// operators are the comparison operators of a correlation's condition.
var operators = []string{"gt", "gte", "lt", "lte", "eq", "neq"}

var correlationKeys = []string{"aliases", "condition", "generate", "group-by", "rules", "timespan", "type"}

// correlation reads a correlation rule.
func (r *reader) correlation(root *yaml.Node, pairs []pair) *Correlation {
	c := &Correlation{}
	sections := r.meta(&c.Meta, root, pairs)
	section := r.resolve(sections.correlation)
	whole := r.nodeSpan(sections.correlation)
	if section.Kind != yaml.MappingNode {
		r.add(wrongCorrelation(r.visible(whole)))
		return nil
	}
	if sections.generate != nil { // the JSON schema puts it at the top level, pySigma inside the section
		c.Generate = r.boolean("generate", sections.generate)
	}
	var condition *yaml.Node
	for _, p := range r.uniquePairs(section, true) {
		switch key := p.key.Value; key {
		case "type":
			t := r.placed(key, p.value)
			c.Type, c.TypeSpan = t.Value, t.Span
		case "rules":
			c.Rules = r.references(key, p.value)
		case "group-by":
			c.GroupBy = r.texts(key, p.value)
		case "timespan":
			t := r.placed(key, p.value)
			c.TimespanText, c.TimespanSpan = t.Value, t.Span
			if t.Value != "" {
				c.Timespan = r.timespan(t)
			}
		case "condition":
			condition = p.value
		case "aliases":
			c.Aliases = r.aliases(p.value)
		case "generate":
			c.Generate = r.boolean(key, p.value)
		default:
			c.Extra = append(c.Extra, Unknown{key, r.anyValue(p.value, 0), r.nodeSpan(p.key)})
			if near := nearOf(key, correlationKeys); near != "" {
				r.add(unknownKey(r.nodeSpan(p.key), key, near))
			}
		}
	}
	if !strings.HasPrefix(c.Type, "temporal_ordered") { // in the ordered types, a rule that is listed twice is two steps
		c.Rules = r.once(c.Rules)
	}
	r.correlationCondition(c, condition)
	r.checkCorrelation(c, whole, condition)
	return c
}

// correlationCondition reads the condition: a map of bounds or, in the extended temporal types, an expression over
// rules.
func (r *reader) correlationCondition(c *Correlation, n *yaml.Node) {
	if n == nil {
		return
	}
	resolved := r.resolve(n)
	switch {
	case resolved.Kind == yaml.MappingNode:
		c.Condition = r.bounds(n, resolved)
	case resolved.Kind == yaml.ScalarNode && scalarKind(resolved) == StringValue:
		if !strings.HasPrefix(c.Type, "temporal") {
			r.add(wrongCondition(r.nodeSpan(n), c.Type))
			return
		}
		if c.Type == "temporal" || c.Type == "temporal_ordered" {
			c.Type += "_extended"
		}
		c.Extended, _ = r.condition(n, true)
	default:
		r.add(wrongCondition(r.nodeSpan(n), c.Type))
	}
}

// bounds reads the map of a condition.
func (r *reader) bounds(n, m *yaml.Node) *CorrelationCondition {
	condition := &CorrelationCondition{Span: r.nodeSpan(n)}
	for _, p := range r.uniquePairs(m, true) {
		switch key := p.key.Value; {
		case slices.Contains(operators, key):
			value := r.text(key, p.value)
			if !isDecimal(value) {
				r.add(notANumber(r.nodeSpan(p.value), key, value))
				continue
			}
			span := covering(r.nodeSpan(p.key), r.nodeSpan(p.value))
			condition.Bounds = append(condition.Bounds, Bound{key, value, span})
		case key == "field":
			condition.Fields = r.texts(key, p.value)
		case key == "percentile":
			value := r.text(key, p.value)
			rank, err := strconv.ParseFloat(value, 64)
			if !isDecimal(value) || err != nil || rank < 0 || rank > 100 {
				r.add(invalidPercentile(r.nodeSpan(p.value), value))
				continue
			}
			condition.Percentile, condition.HasPercentile = rank, true
		default:
			r.add(unknownOperator(r.nodeSpan(p.key), key, nearOf(key, append([]string{"field", "percentile"}, operators...))))
		}
	}
	return condition
}

// checkCorrelation reports missing and unused parts of a correlation.
func (r *reader) checkCorrelation(c *Correlation, whole source.Span, condition *yaml.Node) {
	at := r.span(whole.Start, whole.Start)
	if c.Type == "" {
		r.add(missingInCorrelation(at, "type"))
		return
	}
	if !slices.Contains(CorrelationTypes, c.Type) {
		r.add(unknownCorrelationType(c.TypeSpan, c.Type, nearOf(c.Type, CorrelationTypes)))
		return
	}
	if c.Extended != nil {
		r.checkExtended(c)
	} else if strings.HasSuffix(c.Type, "_extended") && condition == nil {
		r.add(missingInCorrelation(at, "condition"))
	} else if strings.HasSuffix(c.Type, "_extended") && c.Condition != nil {
		r.add(wrongCondition(c.Condition.Span, c.Type))
	}
	if len(c.Rules) == 0 {
		r.add(missingInCorrelation(at, "rules"))
	}
	if c.TimespanSpan.IsZero() {
		r.add(missingInCorrelation(at, "timespan"))
	}
	if len(c.GroupBy) == 0 {
		r.add(noGroupBy(whole))
	}
	listed := textSet(c.Rules)
	for _, alias := range c.Aliases {
		for _, rule := range alias.Rules {
			if !listed[rule.Value] {
				r.add(unknownAliasRule(rule.Span, alias.Name, rule.Value, c.Rules))
			}
		}
	}
	temporal := strings.HasPrefix(c.Type, "temporal")
	switch {
	case condition == nil && !temporal:
		r.add(missingInCorrelation(at, "condition"))
	case c.Condition != nil:
		r.checkBounds(c)
	}
}

// checkBounds reports conditions that do not fit the type.
func (r *reader) checkBounds(c *Correlation) {
	condition := c.Condition
	if len(condition.Bounds) == 0 && !r.faulty() {
		r.add(conditionWithoutBound(condition.Span))
	}
	values := strings.HasPrefix(c.Type, "value_")
	switch n := len(condition.Fields); {
	case values && n == 0:
		r.add(missingField(condition.Span, c.Type))
	case values && n > 1 && c.Type != "value_count":
		r.add(tooManyFields(condition.Fields[1].Span, c.Type))
	case !values && n > 0:
		r.add(unusedInCondition(condition.Fields[0].Span, "field", c.Type))
	}
	switch {
	case c.Type == "value_percentile" && !condition.HasPercentile && !r.faulty():
		r.add(missingPercentile(condition.Span))
	case c.Type != "value_percentile" && condition.HasPercentile:
		r.add(unusedInCondition(condition.Span, "percentile", c.Type))
	}
}

// faulty reports whether this document already has an error; errors that follow from it are not reported.
func (r *reader) faulty() bool { return r.errors > r.documentErrors }

// checkExtended compares the rules of an extended condition with `rules`, and fills `rules` if it is absent.
func (r *reader) checkExtended(c *Correlation) {
	var named []Text
	collectNames(c.Extended.Expr, &named)
	if len(c.Rules) == 0 {
		seen := map[string]bool{}
		for _, t := range named {
			if !seen[t.Value] {
				seen[t.Value] = true
				c.Rules = append(c.Rules, t)
			}
		}
		return
	}
	listed := textSet(c.Rules)
	for _, t := range named {
		if !listed[t.Value] {
			r.add(ruleNotListed(t.Span, t.Value, c.Rules))
		}
	}
	inCondition := textSet(named)
	for _, t := range c.Rules {
		if !inCondition[t.Value] {
			r.add(ruleNotInCondition(t.Span, t.Value))
		}
	}
}

func textSet(list []Text) map[string]bool {
	set := make(map[string]bool, len(list))
	for _, t := range list {
		set[t.Value] = true
	}
	return set
}

// collectNames lists the identifiers of a condition in order of appearance.
func collectNames(expr ConditionExpr, names *[]Text) {
	switch e := expr.(type) {
	case *AndExpr:
		for _, operand := range e.Operands {
			collectNames(operand, names)
		}
	case *OrExpr:
		for _, operand := range e.Operands {
			collectNames(operand, names)
		}
	case *NotExpr:
		collectNames(e.Operand, names)
	case *IdentifierExpr:
		*names = append(*names, Text{e.Name, e.Span})
	}
}

// aliases reads `aliases`: alias → rule → field.
func (r *reader) aliases(n *yaml.Node) []Alias {
	resolved := r.resolve(n)
	if resolved.Kind != yaml.MappingNode {
		r.add(wrongAliases(r.nodeSpan(n)))
		return nil
	}
	var out []Alias
	for _, p := range r.uniquePairs(resolved, true) {
		mapping := r.resolve(p.value)
		if mapping.Kind != yaml.MappingNode {
			r.add(wrongAliases(r.nodeSpan(p.value)))
			continue
		}
		alias := Alias{Name: p.key.Value, Span: r.nodeSpan(p.key)}
		for _, q := range r.uniquePairs(mapping, true) {
			field := r.placed(p.key.Value, q.value)
			if field.Value == "" {
				r.add(wrongAliases(r.nodeSpan(q.value)))
				continue
			}
			alias.Rules = append(alias.Rules, Text{q.key.Value, r.nodeSpan(q.key)})
			alias.Fields = append(alias.Fields, field)
		}
		out = append(out, alias)
	}
	return out
}

// boolean reads true or false; anything else gives false and a warning.
func (r *reader) boolean(key string, n *yaml.Node) bool {
	resolved := r.resolve(n)
	if resolved.Kind != yaml.ScalarNode || scalarKind(resolved) != BoolValue {
		r.add(wrongType(r.nodeSpan(n), key, "true or false"))
		return false
	}
	return equalFold(resolved.Value, "true")
}

// timeUnits are the units of a timespan. The specification has s, m, h and d; pySigma adds weeks, months and years,
// the last two as averages of the Gregorian calendar.
var timeUnits = []struct {
	letter   string
	length   time.Duration
	standard bool
}{
	{"s", time.Second, true},
	{"m", time.Minute, true},
	{"h", time.Hour, true},
	{"d", 24 * time.Hour, true},
	{"w", 7 * 24 * time.Hour, false},
	{"M", 2_629_746 * time.Second, false},
	{"y", 31_556_952 * time.Second, false},
}

// timespan reads a duration such as 15m. It returns 0 after an error.
func (r *reader) timespan(t Text) time.Duration {
	for _, unit := range timeUnits {
		number, found := strings.CutSuffix(t.Value, unit.letter)
		if !found {
			continue
		}
		count, err := strconv.ParseUint(number, 10, 63)
		if err != nil || count == 0 || count > math.MaxInt64/uint64(unit.length) {
			break
		}
		if !unit.standard {
			r.add(unusualTimeUnit(t.Span, unit.letter, time.Duration(count)*unit.length))
		}
		return time.Duration(count) * unit.length
	}
	r.add(invalidTimespan(t.Span, t.Value))
	return 0
}
