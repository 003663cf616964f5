package testcli

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"github.com/egret-hunt/egret/internal/hunt"
	"github.com/egret-hunt/egret/internal/inquiry"
	"github.com/egret-hunt/egret/internal/ir"
	"github.com/egret-hunt/egret/internal/ruletest"
	"github.com/egret-hunt/egret/internal/schema"
	"github.com/egret-hunt/egret/internal/setup"
)

// lakeFlags are the flags of a backtest in the tables of a lake.
type lakeFlags struct {
	lake           string
	from, to, last string
	allTime        bool
	limits         setup.Limits
}

func (f *lakeFlags) register(cmd *cobra.Command) {
	set := cmd.Flags()
	set.StringVar(&f.lake, "lake", "", "count the findings of the rules in the tables of a lake of egret.yaml instead: its `NAME`")
	set.StringVar(&f.from, "from", "", "with --lake: only events from `TIME` on; without a zone it is UTC")
	set.StringVar(&f.to, "to", "", "with --lake: only events before `TIME`")
	set.StringVar(&f.last, "last", "", "with --lake: only events of the `DURATION` before now, such as 24h or 7d")
	set.BoolVar(&f.allTime, "all-time", false, "with --lake: events of all times, even if that is expensive")
	set.StringVar(&f.limits.Budget, "budget", "", "with --lake: stop at this `AMOUNT`: 200GB, 5USD; default: the lake's")
}

// asked reports whether a flag besides the lake's name was given.
func (f *lakeFlags) asked() bool {
	return f.from != "" || f.to != "" || f.last != "" || f.allTime || f.limits.Budget != ""
}

// run counts the findings of rules in the tables of the lake.
func (f *lakeFlags) run(ctx context.Context, names []string, config *setup.Config, schemas []*schema.Schema, o setup.RuleOptions, host Host, progress func(func() hunt.Progress)) (*ruletest.Backtest, error) {
	now := time.Now().UTC().Truncate(time.Second)
	from, to, err := setup.TimeRange(f.from, f.to, f.last, now)
	if err != nil {
		return nil, err
	}
	f.limits.AllTime = f.allTime
	places := &inquiry.Places{
		Lake: f.lake, Limits: f.limits, Rules: names, Config: config, Schemas: schemas, Threads: runtime.GOMAXPROCS(0), Version: host.Version(), Now: func() time.Time { return now },
	}
	found, list, err := setup.FindLake(setup.LakeOptions{Lake: f.lake, Schemas: schemas}, func() (*setup.Config, error) { return config, nil })
	if err != nil {
		return nil, err
	}
	if list.HasErrors() {
		return nil, setup.UsageError("egret table check --lake "+f.lake, errors.New(list[0].Message))
	}
	answer, err := places.Run(ctx, inquiry.Question{Rules: o, From: from, To: to, Unfolded: true, InLake: true, Progress: progress})
	if err != nil {
		return nil, err
	}
	defer func() { _ = answer.Close() }() // what is measured is complete before
	if err := host.Diagnose(faultsOf(answer.Rules)); err != nil {
		return nil, err
	}
	options := ruletest.MeasureOptions{Schemas: schemas, Days: daysBetween(from, to, now), Read: func(s *schema.Schema) bool {
		return slices.ContainsFunc(found.Tables, func(t setup.Table) bool { return t.Layout.Schema.Name == s.Name })
	}}
	for _, c := range answer.CannotRun {
		if !c.Elsewhere {
			options.CannotRun = append(options.CannotRun, ir.Reference{Index: c.Index, Correlation: c.Correlation})
		}
	}
	b, err := ruletest.Measure(ctx, answer.Result, answer.Rules.Set, options)
	if err != nil {
		return nil, err
	}
	b.Failed = b.Failed || answer.Ledger.Lake.Left.Total > 0
	if answer.Fault != nil && b.Ledger.Records.Evaluated == 0 {
		return nil, fmt.Errorf("lake %s: %w", f.lake, answer.Fault)
	}
	return b, nil
}

// daysBetween returns the days of a range, at least one: until now if it has no end, 0 if it has no start.
func daysBetween(from, to, now time.Time) float64 {
	if from.IsZero() {
		return 0
	}
	if to.IsZero() {
		to = now
	}
	return max(1, to.Sub(from).Hours()/24)
}
