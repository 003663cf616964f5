package textconvert

import (
	"errors"
	"slices"
	"strings"

	"github.com/egret-hunt/egret/diag"
	"github.com/egret-hunt/egret/internal/lower"
	"github.com/egret-hunt/egret/internal/pipeline"
	"github.com/egret-hunt/egret/internal/ruleset"
	"github.com/egret-hunt/egret/internal/schema"
	"github.com/egret-hunt/egret/internal/stixmap"
	"github.com/egret-hunt/egret/internal/textgen"
	"github.com/egret-hunt/egret/source"
	"github.com/egret-hunt/egret/stix"
)

// stixRule writes a rule as a pattern: one pair of brackets for each mapping of its log source, joined by OR. A mapping without what the rule
// needs is refused, since the pattern would miss events.
func (c *conversion) stixRule(rule *ruleset.Rule, processed *pipeline.Result) converted {
	info := &rule.Info
	if processed != nil && len(processed.Expressions) > 0 {
		return converted{list: diag.List{noPattern(info, source.Span{}, "a pipeline puts query expressions into it, which only other targets have")}}
	}
	if list := lower.Runnable(rule.Query.Where, nil); list.HasErrors() {
		return converted{list: list}
	}
	var brackets []stix.ObservationExpr
	for _, m := range c.mappings() {
		for _, s := range c.mapped() {
			if m.Rows || !slices.Contains(m.Schemas, s.Name) {
				continue
			}
			query := rule.BoundQuery(ruleset.NewPaths(s))
			if query == nil {
				continue
			}
			condition, err := m.Write(query.Where, s)
			if err != nil {
				span := source.Span{}
				var place *stixmap.UnwrittenError
				if errors.As(err, &place) {
					span = place.Span
				}
				return converted{list: diag.List{noPattern(info, span, err.Error()+" ("+m.Title+")")}}
			}
			brackets = append(brackets, &stix.Observation{Comparison: condition})
		}
	}
	switch len(brackets) {
	case 0:
		return converted{list: diag.List{noPattern(info, source.Span{}, "no mapping describes the objects of its log source")}}
	case 1:
		return c.pattern(brackets[0], processed)
	}
	return c.pattern(&stix.ObservationOperator{Operator: "OR", Operands: brackets}, processed)
}

func (c *conversion) mappings() []*stixmap.Mapping {
	if c.opt.Mappings != nil {
		return c.opt.Mappings
	}
	return stixmap.All()
}

func (c *conversion) mapped() []*schema.Schema {
	if c.opt.Mapped != nil {
		return c.opt.Mapped
	}
	return schema.All()
}

// pattern returns a pattern as the query of a rule.
func (c *conversion) pattern(expr stix.ObservationExpr, processed *pipeline.Result) converted {
	text := (&stix.Pattern{Expr: expr}).String()
	made := converted{queries: []textgen.Query{{Text: text, Value: text}}}
	made.postprocess(processed)
	return made
}

// noPattern says that a rule cannot be written as a pattern.
func noPattern(info *ruleset.Info, at source.Span, why string) diag.Diagnostic {
	if at.IsZero() {
		at = info.Origin.Place()
	}
	return diag.Diagnostic{Code: "unsupported-by-target", Span: at, Message: "the rule cannot be written as a pattern: " + strings.TrimSuffix(why, ".")}
}
