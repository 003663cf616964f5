package pipeline

import (
	"fmt"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/egret-hunt/egret/diag"
	"github.com/egret-hunt/egret/sigma"
)

// Results are what a chain made of the rules and correlations of several files. It is safe for concurrent reading.
type Results struct {
	rules        map[*sigma.Rule]*Result
	correlations map[*sigma.Correlation]*Result
	last         *Result
}

// Of returns the result for a document, which is a *sigma.Rule or *sigma.Correlation; nil if there is none.
func (s *Results) Of(document any) *Result {
	if s == nil {
		return nil
	}
	switch document := document.(type) {
	case *sigma.Rule:
		return s.rules[document]
	case *sigma.Correlation:
		return s.correlations[document]
	}
	return nil
}

// Last returns the result of the last rule or correlation, whose state finalizers see; nil if there is none.
func (s *Results) Last() *Result {
	if s == nil {
		return nil
	}
	return s.last
}

// Recording returns Collections as a hook of loading, and a function that returns what it made, after loading. Both do nothing
// for a nil chain: the hook is nil, and so are the results.
func (c *Chain) Recording() (transform func(files []*sigma.Collection) []diag.List, made func() *Results) {
	var results *Results
	made = func() *Results { return results }
	if c == nil {
		return nil, made
	}
	return func(files []*sigma.Collection) []diag.List {
		var lists []diag.List
		results, lists = c.Collections(files)
		return lists
	}, made
}

// Collections applies the chain to the documents of several files in place, on all processors. First it adds the searches
// and conditions of filters to the rules that they apply to, so that the steps see them, and removes these filters. It
// removes documents that the chain refuses. The lists have the diagnostics of each file.
func (c *Chain) Collections(files []*sigma.Collection) (*Results, []diag.List) {
	lists := make([]diag.List, len(files))
	if len(c.steps) > 0 {
		mergeFilters(files)
	}
	results := &Results{rules: map[*sigma.Rule]*Result{}, correlations: map[*sigma.Correlation]*Result{}}
	made := make([][]*Result, len(files))
	var next atomic.Int64
	var group sync.WaitGroup
	for range min(runtime.GOMAXPROCS(0), len(files)) {
		group.Go(func() {
			for i := int(next.Add(1)) - 1; i < len(files); i = int(next.Add(1)) - 1 {
				made[i] = make([]*Result, len(files[i].Rules))
				for j, rule := range files[i].Rules {
					var list diag.List
					made[i][j], list = c.Rule(rule)
					lists[i].Add(list...)
				}
			}
		})
	}
	group.Wait()
	named := map[string]any{}
	for i, file := range files {
		for j, rule := range file.Rules {
			name(named, &rule.Meta, rule)
			if made[i][j] != nil {
				results.rules[rule], results.last = made[i][j], made[i][j]
			}
		}
		for _, correlation := range file.Correlations {
			name(named, &correlation.Meta, correlation)
		}
	}
	lookup := func(reference string) any {
		if found := named[strings.ToLower(reference)]; found != nil {
			return found
		}
		return named[reference]
	}
	for i, file := range files {
		for _, correlation := range file.Correlations {
			result, list := c.Correlation(correlation, lookup)
			lists[i].Add(list...)
			if result != nil {
				results.correlations[correlation], results.last = result, result
			}
		}
		file.Rules = slices.DeleteFunc(file.Rules, func(r *sigma.Rule) bool { return results.rules[r] == nil })
		file.Correlations = slices.DeleteFunc(file.Correlations, func(c *sigma.Correlation) bool { return results.correlations[c] == nil })
	}
	return results, lists
}

// name registers a document by its id in lower case and by its name. The first one counts.
func name(named map[string]any, meta *sigma.Meta, document any) {
	for _, key := range []string{strings.ToLower(meta.ID), meta.Name} {
		if key != "" && named[key] == nil {
			named[key] = document
		}
	}
}

// mergeFilters adds filters to the rules that they apply to. Filters that apply to no rule stay in their collections.
func mergeFilters(files []*sigma.Collection) {
	count := 0
	for _, file := range files {
		file.Filters = slices.DeleteFunc(file.Filters, func(filter *sigma.Filter) bool {
			applied := false
			for _, other := range files {
				for _, rule := range other.Rules {
					if applies(filter, rule) {
						count++
						applied = true
						merge(rule, filter, fmt.Sprintf("_filt_%d_", count))
					}
				}
			}
			return applied
		})
	}
}

// applies reports whether a filter applies to a rule: it names the rule or any, and its log source includes the rule's.
func applies(filter *sigma.Filter, rule *sigma.Rule) bool {
	l := &filter.LogSource
	if !(logSource{l.Category, l.Product, l.Service}).includes(&rule.LogSource) {
		return false
	}
	id := rule.ID
	if rule.Base {
		id = strings.TrimSuffix(id, "/base")
	}
	return filter.Any || slices.ContainsFunc(filter.Rules, func(t sigma.Text) bool {
		return id != "" && strings.EqualFold(t.Value, id) || rule.Name != "" && t.Value == rule.Name
	})
}

// merge adds the searches of a filter with a prefix, and its condition.
func merge(rule *sigma.Rule, filter *sigma.Filter, prefix string) {
	added := filter.Detection.Clone()
	for _, search := range added.Searches {
		search.Name = prefix + search.Name
	}
	rule.Detection.Searches = append(rule.Detection.Searches, added.Searches...)
	var conditions []sigma.ConditionExpr
	for _, condition := range added.Conditions {
		conditions = append(conditions, sigma.RewriteCondition(condition.Expr, func(e sigma.ConditionExpr) sigma.ConditionExpr {
			switch e := e.(type) {
			case *sigma.IdentifierExpr:
				e.Name = prefix + e.Name
			case *sigma.SelectorExpr:
				if e.Pattern == "them" {
					e.Pattern = "*"
				}
				e.Pattern = prefix + e.Pattern
			}
			return e
		}))
	}
	if len(conditions) == 0 {
		return
	}
	where := conditions[0]
	if len(conditions) > 1 {
		where = &sigma.OrExpr{Operands: conditions, Span: added.Span}
	}
	for _, condition := range rule.Detection.Conditions {
		condition.Expr = &sigma.AndExpr{Operands: []sigma.ConditionExpr{condition.Expr, sigma.CloneCondition(where)}, Span: condition.Span}
	}
}
