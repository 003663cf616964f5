// Package textconvert converts a loaded set of rules to queries of a text language, with one result per rule.
//
// It joins the loaded set, whose rules keep their trees, with the back ends of package textgen. Filters are added to a rule
// before it is read, so that its query has them. Rules that only feed correlations are converted for these alone.
package textconvert

import (
	"context"
	"maps"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/egret-hunt/egret/diag"
	"github.com/egret-hunt/egret/internal/convert"
	"github.com/egret-hunt/egret/internal/ir"
	"github.com/egret-hunt/egret/internal/pipeline"
	"github.com/egret-hunt/egret/internal/ruleset"
	"github.com/egret-hunt/egret/internal/schema"
	"github.com/egret-hunt/egret/internal/sqlgen"
	"github.com/egret-hunt/egret/internal/stixmap"
	"github.com/egret-hunt/egret/internal/textgen"
	"github.com/egret-hunt/egret/internal/textrule"
	"github.com/egret-hunt/egret/sigma"
	"github.com/egret-hunt/egret/source"
)

// Options configure a conversion.
type Options struct {
	// Context ends the conversion early, which then has no results for the rest; nil does not.
	Context context.Context
	Backend *textgen.Backend
	Format  *textgen.Format
	// Method is the method for correlations, "" for the default of the back end.
	Method string
	// Placeholders maps names to values for the modifier expand.
	Placeholders map[string][]string
	// Mappings are the objects of log sources for the target stix; nil means stixmap.All.
	Mappings []*stixmap.Mapping
	// Mapped are the log sources of Mappings; nil means schema.All.
	Mapped []*schema.Schema
	// Processed is what pipelines made of the rules, nil without pipelines.
	Processed *pipeline.Results
	// Indent is the number of blanks for each level of JSON documents; 0 prints each on one line.
	Indent int
}

// All converts a set that was loaded with the diagnostics of list. It has a result for each rule, as convert.All.
func All(set *ruleset.Set, list diag.List, opt Options) *convert.Outcome {
	c := &conversion{set: set, opt: opt, rules: make([]converted, len(set.Rules)), correlations: map[int]*converted{}}
	c.filters()
	var next atomic.Int64
	var group sync.WaitGroup
	for range min(runtime.GOMAXPROCS(0), len(set.Rules)) {
		group.Go(func() {
			for {
				i := int(next.Add(1)) - 1
				if i >= len(set.Rules) || opt.Context != nil && opt.Context.Err() != nil {
					return
				}
				c.rules[i] = c.rule(i)
			}
		})
	}
	group.Wait()
	var results []convert.Result
	for i, rule := range set.Rules {
		if rule.Reports || opt.Backend.Spec.Tree {
			results = append(results, c.result(rule.Info, ir.Reference{Index: i}, &c.rules[i]))
		}
	}
	for i, correlation := range set.Correlations {
		made := c.correlation(i)
		if correlation.Reports || opt.Backend.Spec.Tree {
			results = append(results, c.result(correlation.Info, ir.Reference{Index: i, Correlation: true}, made))
		}
	}
	return convert.Complete(set, list, results, sqlgen.Options{Layout: schema.Generic().Layouts()[0]})
}

// A conversion is one run of All.
type conversion struct {
	set *ruleset.Set
	opt Options
	// byRule has the filters of each rule, by its id.
	byRule map[string][]*sigma.Filter
	rules  []converted
	// correlations are those that were converted, by index.
	correlations map[int]*converted
}

// converted is a converted rule or correlation.
type converted struct {
	queries []textgen.Query
	list    diag.List
	tree    *textrule.Rule
}

// filters collects the filters of each rule.
func (c *conversion) filters() {
	c.byRule = map[string][]*sigma.Filter{}
	for i := range c.set.Filters {
		filter, ok := c.set.Filters[i].Tree.(*sigma.Filter)
		if !ok {
			continue // a front end other than Sigma has no filters
		}
		for _, id := range c.set.Filters[i].Rules {
			c.byRule[id] = append(c.byRule[id], filter)
		}
	}
}

func (c *conversion) rule(index int) converted {
	info := &c.set.Rules[index].Info
	tree, ok := info.Tree.(*sigma.Rule)
	if !ok {
		return converted{list: diag.List{foreign(info)}}
	}
	processed := c.opt.Processed.Of(tree)
	if c.opt.Backend.Spec.Tree {
		return c.sigmaRule(info, textrule.Filtered(tree, c.byRule[info.ID]), processed)
	}
	if c.opt.Backend.Spec.STIX {
		return c.stixRule(c.set.Rules[index], processed)
	}
	options := textrule.Options{Placeholders: c.opt.Placeholders}
	if processed != nil {
		options.Expressions = map[string]textrule.Query{}
		for name, e := range processed.Expressions {
			options.Expressions[name] = textrule.Query{Text: e.Format, ID: e.ID}
		}
	}
	rule, list := textrule.FromRule(textrule.Filtered(tree, c.byRule[info.ID]), options)
	if rule == nil {
		return converted{list: list}
	}
	if rule.ID == "" {
		rule.ID = info.ID
	}
	if processed != nil {
		rule.State = processed.State
		if rule.Attributes == nil {
			rule.Attributes = map[string]any{}
		}
		maps.Copy(rule.Attributes, processed.Attributes)
	}
	queries, departures := c.opt.Backend.Rule(rule, c.opt.Format)
	made := converted{queries: queries, list: append(list, departures...), tree: rule}
	made.postprocess(processed)
	return made
}

// postprocess applies the post-processing of pipelines to queries.
func (c *converted) postprocess(processed *pipeline.Result) {
	if processed == nil {
		return
	}
	for i, q := range c.queries {
		changed, list := processed.Query(q.Value)
		c.list.Add(list...)
		if list.HasErrors() {
			c.queries = nil
			return
		}
		c.queries[i].Value = changed
	}
}

// correlation converts a correlation, after the correlations that it counts.
func (c *conversion) correlation(index int) *converted {
	if made := c.correlations[index]; made != nil {
		return made
	}
	made := &converted{}
	c.correlations[index] = made
	correlation := c.set.Correlations[index]
	tree, ok := correlation.Tree.(*sigma.Correlation)
	if !ok {
		made.list.Add(foreign(&correlation.Info))
		return made
	}
	if c.opt.Backend.Spec.Tree {
		text, err := sigma.PrintCorrelation(tree)
		*made = c.sigmaText(&correlation.Info, text, err, c.opt.Processed.Of(tree))
		return made
	}
	if c.opt.Backend.Spec.STIX {
		made.list.Add(noPattern(&correlation.Info, source.Span{}, "a pattern knows no groups of events with equal values"))
		return made
	}
	bases := make([]*textrule.Base, len(correlation.IR.Bases))
	for i, base := range correlation.IR.Bases {
		var from *converted
		var info *ruleset.Info
		b := &textrule.Base{Correlation: base.Correlation}
		if base.Correlation {
			from, info = c.correlation(base.Index), &c.set.Correlations[base.Index].Info
			b.Fields = c.set.Correlations[base.Index].Fields
		} else {
			from, info = &c.rules[base.Index], &c.set.Rules[base.Index].Info
			b.Fields = c.set.Rules[base.Index].Fields
		}
		b.ID, b.Name, b.Title = info.ID, info.Name, info.Title
		if from.tree != nil {
			b.State = from.tree.State
		}
		if len(from.queries) == 0 {
			made.list.Add(baseFault(&correlation.Info, info, from.list))
			return made
		}
		for _, q := range from.queries {
			b.Queries = append(b.Queries, q.Text)
		}
		made.list = append(made.list, from.list...)
		bases[i] = b
	}
	same := func(reference string, base int) bool {
		return strings.EqualFold(reference, bases[base].ID) || reference == bases[base].Name
	}
	cor := textrule.FromCorrelation(tree, bases, same)
	processed := c.opt.Processed.Of(tree)
	if processed != nil {
		cor.State = processed.State
	}
	queries, list := c.opt.Backend.Correlation(cor, c.opt.Format, c.opt.Method)
	made.queries, made.list = queries, append(made.list, list...)
	made.postprocess(processed)
	return made
}

// result returns the result of a rule.
func (c *conversion) result(info ruleset.Info, reference ir.Reference, from *converted) convert.Result {
	r := convert.Result{Info: info, Reference: reference, Diagnostics: from.list}
	if from.tree != nil {
		r.Fields = fieldsOf(from.tree)
	}
	var texts []string
	for _, q := range from.queries {
		r.Values = append(r.Values, q.Value)
		texts = append(texts, c.opt.Format.Query(q.Value, c.opt.Indent))
	}
	r.Query = strings.Join(texts, *c.opt.Format.Output.Separator)
	return r
}

// fieldsOf returns the fields that a rule tests, in its order.
func fieldsOf(rule *textrule.Rule) []string {
	var fields []string
	seen := map[string]bool{}
	var walk func(n textrule.Node)
	walk = func(n textrule.Node) {
		switch n := n.(type) {
		case *textrule.And:
			for _, arg := range n.Args {
				walk(arg)
			}
		case *textrule.Or:
			for _, arg := range n.Args {
				walk(arg)
			}
		case *textrule.Not:
			walk(n.Arg)
		case *textrule.Match:
			if !n.Keyword && !seen[n.Field] {
				seen[n.Field] = true
				fields = append(fields, n.Field)
			}
		}
	}
	for _, n := range rule.Conditions {
		walk(n)
	}
	return fields
}

func foreign(info *ruleset.Info) diag.Diagnostic {
	return diag.Diagnostic{
		Code: "unsupported-by-target", Span: info.Origin.Place(),
		Message: "the rule is not written in Sigma, and text targets convert only Sigma rules",
	}
}

// baseFault says that a correlation cannot be converted because of a rule that it counts.
func baseFault(info, base *ruleset.Info, list diag.List) diag.Diagnostic {
	d := diag.Diagnostic{
		Code: "base-skipped", Span: info.Origin.Place(), Message: "the correlation counts a rule that cannot be converted: " + base.Title,
	}
	for _, fault := range list {
		if fault.Severity == diag.Error {
			d.Labels = append(d.Labels, diag.Label{Span: fault.Span, Text: fault.Message})
			break
		}
	}
	return d
}
