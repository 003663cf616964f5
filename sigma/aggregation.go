package sigma

import (
	"fmt"
	"strings"

	"github.com/egret-hunt/egret/source"
)

// aggregation is what stands behind the pipe of a condition of Sigma before 2.0: `| count(field) by group > 5`.
type aggregation struct {
	function string
	field    Text
	groupBy  []Text
	bound    Bound
	span     source.Span
}

// aggregationFunctions maps an old function to the correlation that means the same. min and max are the percentiles
// 0 and 100; count is value_count where it has a field.
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

// aggregation reads from the pipe to the end; nil after a fault.
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

// take passes over an expected token.
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

// bound reads a comparison with a number.
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

// aggregated splits a rule with an old aggregation: the rule becomes the base that finds the events, the correlation
// that is returned counts them and keeps everything by which people know the rule.
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
	c.TimespanSpan = timeframe.Span
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

// baseName is the name of a base rule. It begins with the id (or name, or title) of the rule; file and document make it
// unique where several rules have the same.
func (r *reader) baseName(rule *Rule) string {
	for _, name := range []string{rule.ID, rule.Name} {
		if name != "" && !rule.SharedID {
			return name + "/base"
		}
	}
	return fmt.Sprintf("%s#%d/base", r.file.Name, rule.Document)
}

// aggregationNames are the names of the functions, for near names.
func aggregationNames() []string {
	names := make([]string, 0, len(aggregationFunctions)+1)
	for _, f := range aggregationFunctions {
		names = append(names, f.name)
	}
	return append(names, "near")
}
