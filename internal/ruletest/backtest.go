package ruletest

import (
	"cmp"
	"context"
	"io"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/egret-hunt/egret/internal/finding"
	"github.com/egret-hunt/egret/internal/hunt"
	"github.com/egret-hunt/egret/internal/ir"
	"github.com/egret-hunt/egret/internal/parquetrow"
	"github.com/egret-hunt/egret/internal/ruleset"
	"github.com/egret-hunt/egret/internal/schema"
)

// Backtest is what rules find in real logs.
type Backtest struct {
	// Rules has the rules and correlations with findings of their own whose log source is in the logs, the noisiest first.
	Rules []Noise
	// Unmeasured are those whose log source is not in the logs, or that cannot run there, by title.
	Unmeasured []*ruleset.Info
	// CannotRun is the number of those in Unmeasured whose log source is in the logs.
	CannotRun int
	// Ledger is that of the hunt.
	Ledger finding.Ledger
	// Failed says that an input could not be read completely, or that there was none.
	Failed bool
	// Days is how long the logs are, from the first to the last evaluated record, and at least one day.
	Days float64
}

// Noise is how often a rule has findings.
type Noise struct {
	Info     *ruleset.Info
	Findings int64
	// PerDay is Findings through the days of the logs.
	PerDay float64
	// Busiest is the largest number of findings on one day in UTC, and On that day, "" without findings that have a time.
	Busiest int64
	On      string
}

// BacktestOptions say what is read.
type BacktestOptions struct {
	Paths    []string
	Stdin    io.Reader
	Schemas  []*schema.Schema
	Progress func(now func() hunt.Progress)
}

// counter counts the findings of one rule by day.
type counter struct {
	all  int64
	days map[string]int64
}

// RunBacktest counts the findings of rules in logs. Each rule counts by itself: findings are not shown under others. When ctx
// ends, the ledger is marked as partial.
func RunBacktest(ctx context.Context, set *ruleset.Set, o BacktestOptions) (*Backtest, error) {
	result, err := hunt.Run(ctx, hunt.Options{
		Set: set, Schemas: o.Schemas, Source: &hunt.Files{Paths: o.Paths, Stdin: o.Stdin, Parquet: parquetrow.Reader},
		Threads: runtime.GOMAXPROCS(0), Unfolded: true, Progress: o.Progress,
	})
	if err != nil {
		return nil, err
	}
	defer func() { _ = result.Close() }() // what is measured is complete before
	return Measure(ctx, result, set, MeasureOptions{Schemas: o.Schemas, Read: func(s *schema.Schema) bool { return result.Ledger.Records.Schemas[s.Name] > 0 }})
}

// MeasureOptions say what the result of a hunt covers.
type MeasureOptions struct {
	Schemas []*schema.Schema
	// Read reports whether logs of a log source were read.
	Read func(s *schema.Schema) bool
	// CannotRun are rules and correlations that did not run although their logs were read.
	CannotRun []ir.Reference
	// Days is how long the logs are, 0 for the time from the first to the last evaluated record.
	Days float64
}

// Measure counts the findings of a hunt with rules whose findings stand each for itself.
func Measure(ctx context.Context, result *hunt.Result, set *ruleset.Set, o MeasureOptions) (*Backtest, error) {
	counters := map[[2]string]*counter{}
	_, err := result.Each(ctx, 0, nil, func(f *finding.Finding) error {
		key := [2]string{f.Rule.ID, f.Rule.Title}
		c := counters[key]
		if c == nil {
			c = &counter{days: map[string]int64{}}
			counters[key] = c
		}
		c.all++
		if f.Time != finding.NoTime {
			c.days[f.Time.UTC().Format(time.DateOnly)]++
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	b := &Backtest{Ledger: result.Ledger, Failed: result.InputFailed, Days: o.Days}
	if b.Days <= 0 {
		b.Days = daysOf(&result.Ledger)
	}
	m := measure{set: set, MeasureOptions: o}
	anyway := m
	anyway.CannotRun = nil
	for _, info := range reportingInfos(set) {
		if !m.info(info) {
			b.Unmeasured = append(b.Unmeasured, info)
			if anyway.info(info) {
				b.CannotRun++
			}
			continue
		}
		n := Noise{Info: info}
		if c := counters[[2]string{info.ID, info.Title}]; c != nil {
			n.Findings, n.PerDay = c.all, float64(c.all)/b.Days
			// Iteration order does not matter: the result is the largest count, and of several days the first.
			for day, count := range c.days {
				if count > n.Busiest || count == n.Busiest && day < n.On {
					n.Busiest, n.On = count, day
				}
			}
		}
		b.Rules = append(b.Rules, n)
	}
	slices.SortStableFunc(b.Rules, func(x, y Noise) int {
		return cmp.Or(cmp.Compare(y.Findings, x.Findings), strings.Compare(x.Info.Title, y.Info.Title), strings.Compare(x.Info.ID, y.Info.ID))
	})
	slices.SortStableFunc(b.Unmeasured, func(x, y *ruleset.Info) int { return strings.Compare(x.Title, y.Title) })
	return b, nil
}

// daysOf returns the length of the logs in days, at least 1.
func daysOf(l *finding.Ledger) float64 {
	if l.First.Time == finding.NoTime || l.Last.Time == finding.NoTime {
		return 1
	}
	return max(1, l.Last.UTC().Sub(l.First.UTC()).Hours()/24)
}

// reportingInfos returns the rules and correlations that have findings of their own.
func reportingInfos(set *ruleset.Set) []*ruleset.Info {
	var list []*ruleset.Info
	for _, r := range set.Rules {
		if r.Reports {
			list = append(list, &r.Info)
		}
	}
	for _, c := range set.Correlations {
		if c.Reports {
			list = append(list, &c.Info)
		}
	}
	return list
}

// measure finds out whether the log source of a rule was read.
type measure struct {
	MeasureOptions

	set *ruleset.Set
}

// info reports whether a rule could have had findings: of a correlation, one of the rules that it counts.
func (m measure) info(info *ruleset.Info) bool {
	for i, c := range m.set.Correlations {
		if &c.Info == info {
			return m.reference(ir.Reference{Correlation: true, Index: i})
		}
	}
	for i, r := range m.set.Rules {
		if &r.Info == info {
			return m.reference(ir.Reference{Index: i})
		}
	}
	return false
}

func (m measure) reference(ref ir.Reference) bool {
	if slices.Contains(m.CannotRun, ref) {
		return false
	}
	if ref.Correlation {
		return slices.ContainsFunc(m.set.Correlations[ref.Index].IR.Bases, func(base ir.Base) bool {
			return m.reference(ir.Reference{Correlation: base.Correlation, Index: base.Index})
		})
	}
	return slices.ContainsFunc(m.Schemas, func(s *schema.Schema) bool {
		return m.Read(s) && s.Serves(m.set.Rules[ref.Index].LogSource)
	})
}
