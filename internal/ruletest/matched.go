package ruletest

import (
	"context"
	"slices"

	"github.com/egret-hunt/egret/internal/ir"
	"github.com/egret-hunt/egret/internal/ruleset"
	"github.com/egret-hunt/egret/internal/schema"
)

// A Matched says what the tests of a rule come to.
type Matched struct {
	// Events is the number of events of its tests, and Matching how many of them the rule matches. Both are 0 for a correlation.
	Events, Matching int
	// Tests, Failed and Skipped are numbers of tests.
	Tests, Failed, Skipped int
}

// Count runs tests of a set and returns what they come to for each rule that they are about. A test of several rules counts for each.
// The error is that of the context or of a hunt.
func Count(ctx context.Context, set *ruleset.Set, cases []*Case, schemas []*schema.Schema) (map[ir.Reference]Matched, error) {
	r := newRunner(set, schemas, cases)
	out := map[ir.Reference]Matched{}
	for _, c := range cases {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		res := &Result{Case: c}
		if err := r.run(ctx, res); err != nil {
			return nil, err
		}
		for _, ref := range c.Rules {
			m := out[ref]
			m.Tests++
			if len(res.Failures) > 0 {
				m.Failed++
			} else if c.Skip != "" {
				m.Skipped++
			}
			if !ref.Correlation && c.Skip == "" {
				events, matching := r.matches(c, ref)
				m.Events += events
				m.Matching += matching
			}
			out[ref] = m
		}
	}
	return out, nil
}

// matches returns how many of the events of a test a rule matches. Events that cannot be read are left out.
func (r *runner) matches(c *Case, ref ir.Reference) (events, matching int) {
	for _, text := range c.Events {
		records, err := r.recordsOf(text, r.set.Rules[ref.Index])
		if err != nil {
			continue
		}
		events++
		for _, rec := range records {
			if slices.Contains(rec.matched, r.index[ref.Index]) {
				matching++
				break
			}
		}
	}
	return events, matching
}
