package ruletest

import (
	"cmp"
	"slices"
	"strings"

	"github.com/egret-hunt/egret/internal/ir"
	"github.com/egret-hunt/egret/internal/match"
	"github.com/egret-hunt/egret/internal/ruleset"
	"github.com/egret-hunt/egret/internal/schema"
	"github.com/egret-hunt/egret/internal/value"
	"github.com/egret-hunt/egret/source"
)

// Cover says what tests leave out.
type Cover struct {
	// Rules is the number of rules and correlations that have findings, and Untested are those of them without a test that runs.
	Rules    int
	Untested []*ruleset.Info
	// Predicates is the number of predicates of tested rules, and Uncovered are those that no test of the rule made true, or false.
	Predicates int
	Uncovered  []Uncovered
}

// An Uncovered predicate never had one of its results in the tests of its rule.
type Uncovered struct {
	Rule *ruleset.Info
	// Span is the predicate in the rule.
	Span source.Span
	// Text is the predicate as egret explain prints it.
	Text string
	// True and False report which results it had.
	True, False bool
}

// predicate is what is known of a place in a rule. A place may have several predicates, one for each of its values.
type predicate struct {
	span            source.Span
	text            string
	isTrue, isFalse bool
}

// cover returns what the tests leave out.
func (r *runner) cover(cases []*Case) *Cover {
	c := &Cover{}
	tested := map[ir.Reference]bool{}
	for _, one := range cases {
		if one.Skip == "" && one.Broken == "" {
			for _, ref := range one.Rules {
				tested[ref] = true
			}
		}
	}
	for _, ref := range r.set.References() {
		info := r.set.Info(ref)
		if !info.Reports {
			continue
		}
		if c.Rules++; !tested[ref] {
			c.Untested = append(c.Untested, info)
		}
	}
	for i, rule := range r.tested.Rules {
		if len(r.seen[i]) > 0 {
			c.predicates(&rule.Info, r.predicates(i))
		}
	}
	return c
}

func (c *Cover) predicates(info *ruleset.Info, list []*predicate) {
	for _, p := range list {
		if c.Predicates++; !p.isTrue || !p.isFalse {
			c.Uncovered = append(c.Uncovered, Uncovered{Rule: info, Span: p.span, Text: p.text, True: p.isTrue, False: p.isFalse})
		}
	}
}

// predicates evaluates the predicates of a rule on the records of its tests.
func (r *runner) predicates(rule int) []*predicate {
	bySchema := map[*schema.Schema][]*record{}
	var schemas []*schema.Schema
	for _, rec := range r.seen[rule] {
		if _, known := bySchema[rec.schema]; !known {
			schemas = append(schemas, rec.schema)
		}
		bySchema[rec.schema] = append(bySchema[rec.schema], rec)
	}
	known := map[[2]int]*predicate{}
	for _, s := range schemas {
		p := r.plan(s)
		query, ok := p.query[rule]
		if !ok {
			continue
		}
		leaves := leavesOf(p.compiled.Queries[query], nil)
		matcher := match.Compile(leaves, nil).NewMatcher()
		places := make([]*predicate, len(leaves))
		for i, leaf := range leaves {
			span := leaf.Pos()
			if span.IsZero() {
				continue // of the log source, not of the rule
			}
			key := [2]int{span.Start, span.End}
			if known[key] == nil {
				known[key] = &predicate{span: span, text: strings.TrimSpace(ir.Format(leaf))}
			}
			places[i] = known[key]
		}
		for _, rec := range bySchema[s] {
			var parser value.Parser
			doc, err := parser.Parse(rec.text)
			if err != nil {
				continue // it has been parsed before
			}
			held := matcher.Match(doc)
			for i, place := range places {
				switch {
				case place == nil:
				case slices.Contains(held, i):
					place.isTrue = true
				default:
					place.isFalse = true
				}
			}
		}
	}
	var list []*predicate
	for _, p := range known { // sorted below
		list = append(list, p)
	}
	slices.SortFunc(list, func(a, b *predicate) int {
		return cmp.Or(cmp.Compare(a.span.Start, b.span.Start), cmp.Compare(a.span.End, b.span.End))
	})
	return list
}

// leavesOf appends the predicates of an expression.
func leavesOf(e ir.Expr, dst []ir.Expr) []ir.Expr {
	switch e := e.(type) {
	case *ir.AndExpr:
		for _, operand := range e.Operands {
			dst = leavesOf(operand, dst)
		}
	case *ir.OrExpr:
		for _, operand := range e.Operands {
			dst = leavesOf(operand, dst)
		}
	case *ir.NotExpr:
		dst = leavesOf(e.Operand, dst)
	default:
		dst = append(dst, e)
	}
	return dst
}
