package sigma

import (
	"fmt"
	"strings"

	"github.com/egret-hunt/egret/source"
)

// aggregation is the part of an old condition (Sigma before 2.0) after the pipe: `| count(field) by group > 5`.
type aggregation struct {
	function string
	field    Text
	groupBy  []Text
	bound    Bound
	span     source.Span
}

// aggregationFunctions maps an old function to the correlation with the same meaning. min and max become the
// percentiles 0 and 100; count with a field becomes value_count.
var aggregationFunctions = []struct {
	name, correlation string
	percentile        float64
}{
	{"avg", "value_avg", 0},
	{"count", "event_count", 0},
	{"max", "value_percentile", 100},
	{"min", "value_percentile", 0},
	{"sum", "value_sum", 0},
}

var comparisonSigns = []struct{ sign, op string }{
	{">", "gt"}, {">=", "gte"}, {"<", "lt"}, {"<=", "lte"}, {"=", "eq"}, {"==", "eq"}, {"!=", "neq"},
}

// aggregation parses the aggregation from the pipe to the end of the condition. It returns nil after an error.
func (p *conditionParser) aggregation() *aggregation {
	start := p.at
	p.at++
	a := &aggregation{function: p.peek(0)}
	if equalFold(a.function, "near") {
		p.fail(p.at, nearAggregation)
		return nil
	}
	if !knownFunction(a.function) {
		p.fail(p.at, unknownAggregation)
		return nil
	}
	p.at++
	if !p.take("(") {
		return nil
	}
	if p.peek(0) != ")" {
		a.field = p.name()
	} else if a.function != "count" {
		p.fail(p.at, aggregationWithoutField)
	}
	if !p.take(")") {
		return nil
	}
	if equalFold(p.peek(0), "by") {
		p.at++
		a.groupBy = append(a.groupBy, p.name())
		for p.peek(0) == "," {
			p.at++
			a.groupBy = append(a.groupBy, p.name())
		}
	}
	a.bound = p.bound()
	if p.at < len(p.tokens) {
		p.fail(p.at, unexpectedInAggregation)
	}
	if p.fault != nil {
		return nil
	}
	a.span = p.span(start)
	return a
}

func knownFunction(name string) bool {
	for _, f := range aggregationFunctions {
		if f.name == name {
			return true
		}
	}
	return false
}

// take consumes the next token if it is text; otherwise it reports an error and returns false.
func (p *conditionParser) take(text string) bool {
	if p.peek(0) != text {
		p.fail(p.at, unexpectedInAggregation)
		return false
	}
	p.at++
	return true
}

// name reads a field name.
func (p *conditionParser) name() Text {
	switch word := p.peek(0); {
	case word == "", strings.IndexByte("()|,<>=!", word[0]) >= 0:
		p.fail(p.at, unexpectedInAggregation)
		return Text{}
	default:
		p.at++
		return Text{word, p.span(p.at - 1)}
	}
}

// bound reads a comparison operator and a number.
func (p *conditionParser) bound() Bound {
	start := p.at
	for _, c := range comparisonSigns {
		if c.sign != p.peek(0) {
			continue
		}
		number := p.peek(1)
		if !isDecimal(number) {
			p.fail(p.at+1, unexpectedInAggregation)
			return Bound{}
		}
		p.at += 2
		return Bound{Op: c.op, Value: number, Span: p.span(start)}
	}
	p.fail(p.at, unexpectedInAggregation)
	return Bound{}
}

// aggregated splits a rule with an old aggregation. The rule becomes the base rule that finds the events. The
// returned correlation counts them and takes over the title, the id and the other metadata.
func (r *reader) aggregated(rule *Rule, a *aggregation) *Correlation {
	c := &Correlation{Meta: rule.Meta, FromRule: rule, TypeSpan: a.span, GroupBy: a.groupBy}
	for _, f := range aggregationFunctions {
		if f.name == a.function {
			c.Type = f.correlation
			c.Condition = &CorrelationCondition{Bounds: []Bound{a.bound}, Span: a.span}
			if c.Type == "value_percentile" {
				c.Condition.Percentile, c.Condition.HasPercentile = f.percentile, true
			}
		}
	}
	if a.field.Value != "" {
		c.Condition.Fields = []Text{a.field}
		if c.Type == "event_count" {
			c.Type = "value_count" // the old count(field) counts distinct values
		}
	}
	timeframe := rule.Detection.Timeframe
	if timeframe.Value == "" {
		r.add(missingTimeframe(a.span))
		return nil
	}
	c.TimespanText, c.TimespanSpan = timeframe.Value, timeframe.Span
	c.Timespan = r.timespan(timeframe)
	if len(c.GroupBy) == 0 {
		r.add(noGroupBy(a.span))
	}
	rule.Base = true
	rule.Name = r.baseName(rule)
	rule.ID, rule.SharedID = rule.Name, false
	c.Rules = []Text{{rule.Name, a.span}}
	return c
}

// baseName returns the name of a base rule. It begins with the id, name or title of the rule; the file and the
// document number make it unique where several rules share these.
func (r *reader) baseName(rule *Rule) string {
	for _, name := range []string{rule.ID, rule.Name} {
		if name != "" && !rule.SharedID {
			return name + "/base"
		}
	}
	return fmt.Sprintf("%s#%d/base", r.file.Name, rule.Document)
}

// aggregationNames returns the names of the old functions, for suggestions.
func aggregationNames() []string {
	names := make([]string, 0, len(aggregationFunctions)+1)
	for _, f := range aggregationFunctions {
		names = append(names, f.name)
	}
	return append(names, "near")
}
