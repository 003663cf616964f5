package testkit

import (
	"errors"
	"fmt"
	"path"
	"strings"

	"github.com/egret-hunt/egret/sigma"
)

// Options complete a rule.
type Options struct {
	// Placeholders has the values of `expand`, which are Sigma strings with wildcards. A rule with a placeholder that
	// has no value does not compile (ErrUnresolvedPlaceholder).
	Placeholders map[string][]string
	// JSONField says which fields contain JSON in a string, by path from the root; nil means none.
	JSONField func(path string) JSONKind
	// Strict demands of ordered correlations that the times of their steps increase.
	Strict bool
	// Spans makes the events of correlations last until BaseEvent.Last.
	Spans bool
}

// ErrUnresolvedPlaceholder is wrapped by the error for a rule with an unresolved placeholder; hunts skip such rules.
var ErrUnresolvedPlaceholder = errors.New("unresolved placeholder")

// Naive is a rule compiled for the naive evaluator, which follows the table of predicates in docs/meaning.md row by row
// and aims only at being obviously correct. It ignores the log source.
type Naive struct {
	conditions []expr
}

// expr is a predicate over an event.
type expr func(e *Event) bool

// CompileNaive compiles a rule. It returns an error for a rule that docs/meaning.md rejects; its text is for people.
func CompileNaive(rule *sigma.Rule, options Options) (*Naive, error) {
	return compileDetection(&rule.Detection, options)
}

// CompileNaiveFilter compiles the detection of a filter: an event is kept if both the rule and the filter match it.
func CompileNaiveFilter(filter *sigma.Filter, options Options) (*Naive, error) {
	return compileDetection(&filter.Detection, options)
}

func compileDetection(detection *sigma.Detection, options Options) (*Naive, error) {
	if len(detection.Conditions) == 0 {
		return nil, errors.New("no condition")
	}
	searches := map[string]expr{}
	var names []string
	for _, search := range detection.Searches {
		e, err := compileSearch(search.Expr, options)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", search.Name, err)
		}
		searches[search.Name] = e
		names = append(names, search.Name)
	}
	n := &Naive{}
	for _, condition := range detection.Conditions {
		e, err := compileCondition(condition.Expr, names, searches)
		if err != nil {
			return nil, err
		}
		n.conditions = append(n.conditions, e)
	}
	return n, nil
}

// Match reports whether the rule matches the event: whether any of its conditions holds.
func (n *Naive) Match(e *Event) bool {
	for _, condition := range n.conditions {
		if condition(e) {
			return true
		}
	}
	return false
}

func anyOf(exprs []expr) expr {
	return func(e *Event) bool {
		for _, x := range exprs {
			if x(e) {
				return true
			}
		}
		return false
	}
}

func allOf(exprs []expr) expr {
	return func(e *Event) bool {
		for _, x := range exprs {
			if !x(e) {
				return false
			}
		}
		return true
	}
}

func compileSearch(search sigma.SearchExpr, options Options) (expr, error) {
	switch search := search.(type) {
	case *sigma.Item:
		return compileItem(search, options)
	case *sigma.AnyOf:
		exprs, err := compileSearches(search.Exprs, options)
		return anyOf(exprs), err
	case *sigma.AllOf:
		exprs, err := compileSearches(search.Exprs, options)
		return allOf(exprs), err
	}
	return nil, fmt.Errorf("unknown search %T", search)
}

func compileSearches(searches []sigma.SearchExpr, options Options) ([]expr, error) {
	var exprs []expr
	for _, search := range searches {
		e, err := compileSearch(search, options)
		if err != nil {
			return nil, err
		}
		exprs = append(exprs, e)
	}
	return exprs, nil
}

func compileCondition(c sigma.ConditionExpr, names []string, searches map[string]expr) (expr, error) {
	switch c := c.(type) {
	case *sigma.AndExpr:
		exprs, err := compileConditions(c.Operands, names, searches)
		return allOf(exprs), err
	case *sigma.OrExpr:
		exprs, err := compileConditions(c.Operands, names, searches)
		return anyOf(exprs), err
	case *sigma.NotExpr:
		operand, err := compileCondition(c.Operand, names, searches)
		return func(e *Event) bool { return !operand(e) }, err
	case *sigma.IdentifierExpr:
		if search, ok := searches[c.Name]; ok {
			return search, nil
		}
		return nil, fmt.Errorf("unknown search identifier %q", c.Name)
	case *sigma.SelectorExpr:
		var chosen []expr
		for _, name := range selected(c.Pattern, names) {
			chosen = append(chosen, searches[name])
		}
		least := c.Count
		if c.All {
			least = len(chosen)
		}
		if least == 0 {
			return nil, fmt.Errorf("no search identifier is %q", c.Pattern)
		}
		return func(e *Event) bool {
			count := 0
			for _, x := range chosen {
				if x(e) {
					count++
				}
			}
			return count >= least
		}, nil
	}
	return nil, fmt.Errorf("unknown condition %T", c)
}

func compileConditions(cs []sigma.ConditionExpr, names []string, searches map[string]expr) ([]expr, error) {
	var exprs []expr
	for _, c := range cs {
		e, err := compileCondition(c, names, searches)
		if err != nil {
			return nil, err
		}
		exprs = append(exprs, e)
	}
	return exprs, nil
}

// selected lists the identifiers that match a selector's pattern. As in pySigma, identifiers that begin with an
// underscore match only a pattern that does, too.
func selected(pattern string, names []string) []string {
	if pattern == "them" {
		pattern = "*"
	}
	// path.Match has more special characters than the star, so these are escaped; names contain no slash.
	glob := strings.NewReplacer(`\`, `\\`, `[`, `\[`, `?`, `\?`).Replace(pattern)
	var chosen []string
	for _, name := range names {
		if strings.HasPrefix(name, "_") && !strings.HasPrefix(pattern, "_") {
			continue
		}
		if ok, _ := path.Match(glob, strings.ReplaceAll(name, "/", "|")); ok {
			chosen = append(chosen, name)
		}
	}
	return chosen
}
