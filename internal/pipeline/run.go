package pipeline

import (
	"fmt"
	"slices"

	"github.com/egret-hunt/egret/diag"
	"github.com/egret-hunt/egret/sigma"
	"github.com/egret-hunt/egret/source"
)

// A Result is what a chain made of one rule or correlation, besides the changed tree. It is immutable after Chain.Rule or
// Chain.Correlation, except by Query, and not safe for concurrent use.
type Result struct {
	// Rule or Correlation is the changed document; the other is nil.
	Rule        *sigma.Rule
	Correlation *sigma.Correlation
	// State is what the steps set_state stored. Back ends read index, table, schema and others. Values are as package pyprint has
	// them, usually nil, bool, int64, float64 or string.
	State map[string]any
	// Attributes are the custom attributes of set_custom_attribute, with values like those of State.
	Attributes map[string]any
	// Expressions are the query expressions that stand for placeholders, by the name of the placeholder in the rule. A value
	// with such a placeholder consists of nothing else.
	Expressions map[string]Expression
	// Trace has an entry for each step, if Chain.Trace was used.
	Trace []Trace

	chain  *Chain
	lookup Lookup
	scope  *scope
	// attributeNames are the names in Attributes, in the order in which they were set first.
	attributeNames []string
}

// An Expression is a piece of query text for a placeholder: Format with {field} and {id} replaced.
type Expression struct {
	Format, ID string
}

// A Trace describes one step for one rule.
type Trace struct {
	// Kind and ID are those of the step; Span is its type.
	Kind, ID string
	Span     source.Span
	// Conditions are the conditions on the rule, and Held whether each held. Joined says how they are joined: all, any, an
	// expression or their negation, "" for a single one. Applied is set if the step ran.
	Conditions []string
	Held       []bool
	Joined     string
	Applied    bool
	// After is the rule after the step, "" if the step did not change it. State is the state after the step, as text.
	After, State string
	// Depth is 0 for a step of a pipeline, 1 for a step in a nest, and so on.
	Depth int
}

// A scope holds what a list of steps shares: that of the chain, or that of a nest.
type scope struct {
	vars    map[string]any
	state   map[string]any
	applied map[string]bool
	// fields maps names in `fields` and similar places to the ids of the steps that made them.
	fields map[string][]string
	// mapped are all names that a mapping of detection items read or wrote.
	mapped map[string]bool
}

func newScope(vars map[string]any) *scope {
	return &scope{vars: vars, state: map[string]any{}, applied: map[string]bool{}, fields: map[string][]string{}, mapped: map[string]bool{}}
}

// A run applies the steps to one document.
type run struct {
	out     *Result
	rule    *sigma.Rule        // nil for a correlation
	counted *sigma.Correlation // nil for a rule
	meta    *sigma.Meta
	// rules finds the documents that a correlation refers to; it may be nil.
	rules Lookup
	scope *scope
	step  *step
	list  diag.List
	// failed is set by the first error: the other steps are skipped.
	failed bool
	trace  bool
	depth  int
	// work is the number of items that steps looked at, and added the number of searches that they added.
	work, added int
}

// A Lookup finds the document that a correlation refers to by id or name: a *sigma.Rule, a *sigma.Correlation or nil.
type Lookup func(reference string) any

// failf adds an error of the current step about the rule.
func (r *run) failf(code, help, format string, args ...any) {
	r.failAtf(r.place(), code, help, format, args...)
}

// failAtf adds an error of the current step about a part of the rule. A part that a step added gives the place of the rule.
func (r *run) failAtf(span source.Span, code, help, format string, args ...any) {
	if r.failed {
		return
	}
	r.failed = true
	if span.File != r.meta.Span.File {
		span = r.place()
	}
	r.list.Add(diag.Diagnostic{
		Code: code, Span: span, Help: help, Message: fmt.Sprintf(format, args...),
		Labels: []diag.Label{{Span: r.step.span, Text: "the step of the pipeline"}},
	})
}

// Rule applies the chain to a rule in place. The result is nil if the list contains an error; the rule is then unusable.
func (c *Chain) Rule(rule *sigma.Rule) (*Result, diag.List) {
	return c.document(&run{rule: rule, meta: &rule.Meta})
}

// Correlation applies the chain to a correlation in place, as Rule does. rules finds the rules that it counts, to which the chain
// must have been applied before.
func (c *Chain) Correlation(correlation *sigma.Correlation, rules Lookup) (*Result, diag.List) {
	return c.document(&run{counted: correlation, meta: &correlation.Meta, rules: rules})
}

// Trace is like Rule or Correlation and also fills Result.Trace. Exactly one of rule and correlation must be set. The result is never nil; after
// an error it has the steps up to the one that failed.
func (c *Chain) Trace(rule *sigma.Rule, correlation *sigma.Correlation, rules Lookup) (*Result, diag.List) {
	r := &run{rule: rule, counted: correlation, rules: rules, trace: true}
	if rule != nil {
		r.meta = &rule.Meta
	} else {
		r.meta = &correlation.Meta
	}
	_, list := c.document(r)
	return r.out, list
}

func (c *Chain) document(r *run) (*Result, diag.List) {
	r.scope = newScope(c.vars)
	r.out = &Result{
		Rule: r.rule, Correlation: r.counted, State: r.scope.state, Attributes: map[string]any{}, Expressions: map[string]Expression{},
		chain: c, lookup: r.rules, scope: r.scope,
	}
	r.steps(c.steps)
	if r.rule != nil && !r.failed {
		r.prune()
	}
	if r.failed {
		return nil, r.list
	}
	return r.out, r.list
}

// steps applies a list of steps in the current scope.
func (r *run) steps(steps []*step) {
	for _, s := range steps {
		if r.failed {
			return
		}
		r.step = s
		t := r.begin(s)
		applies := s.rule.holds(func(c ruleCondition) bool { return c.match(r) })
		if applies && !r.failed {
			s.do.apply(r)
			r.step = s // a nest changes it
			if s.id != "" {
				r.scope.applied[s.id] = true
			}
		}
		r.end(t, applies)
	}
}

// mark records that the current step ran for the document.
func (r *run) mark() {
	if r.step.id != "" {
		sigma.MarkApplied(&r.meta.Applied, r.step.id)
	}
}

// begin starts the trace of a step, nil without tracing.
func (r *run) begin(s *step) *traced {
	if !r.trace {
		return nil
	}
	t := &traced{index: len(r.out.Trace), before: r.text()}
	entry := Trace{Kind: s.kind, ID: s.id, Span: s.span, Conditions: s.rule.texts, Joined: s.rule.joining(), Depth: r.depth}
	for _, c := range s.rule.list {
		entry.Held = append(entry.Held, c.match(r))
	}
	r.out.Trace = append(r.out.Trace, entry)
	return t
}

type traced struct {
	index  int
	before string
}

func (r *run) end(t *traced, applied bool) {
	if t == nil {
		return
	}
	entry := &r.out.Trace[t.index]
	entry.Applied = applied
	if after := r.text(); after != t.before && !r.failed {
		entry.After = after
	}
	entry.State = printMap(r.scope.state)
}

// text returns the document as YAML.
func (r *run) text() string {
	if r.rule == nil {
		return r.counted.String()
	}
	copied := r.rule.Clone()
	copied.Detection.Searches = slices.DeleteFunc(copied.Detection.Searches, func(s *sigma.Search) bool { return s.Expr == nil })
	return copied.String()
}

// prune removes what dropped items left of conditions. Departure: pySigma writes no query for a rule without items and
// reports nothing; here the rule is refused.
func (r *run) prune() {
	detection := &r.rule.Detection
	if !slices.ContainsFunc(detection.Searches, func(s *sigma.Search) bool { return s.Expr == nil }) {
		return
	}
	var conditions []*sigma.Condition
	for _, condition := range detection.Conditions {
		if e := r.pruned(condition.Expr); e != nil {
			condition.Expr = e
			conditions = append(conditions, condition)
		}
	}
	if len(conditions) == 0 {
		r.failed = true
		r.list.Add(diag.Diagnostic{
			Code: "pipeline-empty", Span: detection.Span, Message: "the pipeline drops all items of the rule, so that nothing is left to search for",
			Help: "give the steps that drop items narrower conditions",
		})
		return
	}
	detection.Conditions = conditions
	detection.Searches = slices.DeleteFunc(detection.Searches, func(s *sigma.Search) bool { return s.Expr == nil })
}

// pruned returns a condition without references to empty searches, nil if nothing is left.
func (r *run) pruned(e sigma.ConditionExpr) sigma.ConditionExpr {
	detection := &r.rule.Detection
	operands := func(list []sigma.ConditionExpr) []sigma.ConditionExpr {
		var out []sigma.ConditionExpr
		for _, operand := range list {
			if operand = r.pruned(operand); operand != nil {
				out = append(out, operand)
			}
		}
		return out
	}
	switch e := e.(type) {
	case *sigma.AndExpr:
		return joined(operands(e.Operands), func(list []sigma.ConditionExpr) sigma.ConditionExpr {
			return &sigma.AndExpr{Operands: list, Span: e.Span}
		})
	case *sigma.OrExpr:
		return joined(operands(e.Operands), func(list []sigma.ConditionExpr) sigma.ConditionExpr {
			return &sigma.OrExpr{Operands: list, Span: e.Span}
		})
	case *sigma.NotExpr:
		if operand := r.pruned(e.Operand); operand != nil {
			return &sigma.NotExpr{Operand: operand, Span: e.Span}
		}
		return nil
	case *sigma.IdentifierExpr:
		for _, s := range detection.Searches {
			if s.Name == e.Name && s.Expr == nil {
				return nil
			}
		}
	case *sigma.SelectorExpr:
		selected := detection.Select(e.Pattern)
		if len(selected) > 0 && !slices.ContainsFunc(selected, func(s *sigma.Search) bool { return s.Expr != nil }) {
			return nil
		}
	}
	return e
}

func joined(list []sigma.ConditionExpr, join func([]sigma.ConditionExpr) sigma.ConditionExpr) sigma.ConditionExpr {
	switch len(list) {
	case 0:
		return nil
	case 1:
		return list[0]
	}
	return join(list)
}

// warnf adds a warning about a part of the rule.
func (r *run) warnf(span source.Span, code, format string, args ...any) {
	r.list.Add(diag.Diagnostic{
		Code: code, Severity: diag.Warning, Span: span, Message: fmt.Sprintf(format, args...),
		Labels: []diag.Label{{Span: r.step.span, Text: "the step of the pipeline"}},
	})
}
