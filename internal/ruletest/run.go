package ruletest

import (
	"context"

	"github.com/egret-hunt/egret/internal/ruleset"
	"github.com/egret-hunt/egret/internal/schema"
)

// Options configure Run.
type Options struct {
	// Schemas are the log sources that events may belong to.
	Schemas []*schema.Schema
	// SQL, if not nil, opens the engine whose SQL must match the same events.
	SQL Opener
	// Cover asks for Report.Cover.
	Cover bool
	// Progress, if not nil, is called with the number of tests that were run.
	Progress func(done int)
}

// A Report is what tests of a set came to.
type Report struct {
	// Results are in the order of the tests.
	Results []*Result
	// SQL is nil without an engine.
	SQL *SQL
	// Cover says what the tests do not test; nil unless it is asked for.
	Cover *Cover
}

// Count returns the numbers of tests that passed, failed and were skipped.
func (r *Report) Count() (passed, failed, skipped int) {
	for _, res := range r.Results {
		switch {
		case len(res.Failures) > 0:
			failed++
		case res.Skip != "":
			skipped++
		default:
			passed++
		}
	}
	return passed, failed, skipped
}

// Run runs tests of a set, in their order. The error is that of the context, of a hunt, or of the engine.
func Run(ctx context.Context, set *ruleset.Set, cases []*Case, opt Options) (*Report, error) {
	r := newRunner(set, opt.Schemas, cases)
	results := make([]*Result, len(cases))
	for i, c := range cases {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		results[i] = &Result{Case: c}
		if err := r.run(ctx, results[i]); err != nil {
			return nil, err
		}
		if opt.Progress != nil {
			opt.Progress(i + 1)
		}
	}
	report := &Report{Results: results}
	if opt.SQL != nil && len(r.records) > 0 {
		var err error
		if report.SQL, err = r.compareSQL(ctx, opt.SQL); err != nil {
			return nil, err
		}
	}
	if opt.Cover {
		report.Cover = r.cover(cases)
	}
	return report, nil
}
