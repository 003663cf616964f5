package pivot

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/spf13/cobra"

	"github.com/egret-hunt/egret/internal/finding"
	"github.com/egret-hunt/egret/internal/hunt"
	"github.com/egret-hunt/egret/internal/ir"
	"github.com/egret-hunt/egret/internal/lake"
	"github.com/egret-hunt/egret/internal/report"
	"github.com/egret-hunt/egret/internal/ruleset"
	"github.com/egret-hunt/egret/internal/schema"
	"github.com/egret-hunt/egret/internal/setup"
	"github.com/egret-hunt/egret/internal/sqlgen"
	"github.com/egret-hunt/egret/internal/tally"
	"github.com/egret-hunt/egret/internal/timetext"
	"github.com/egret-hunt/egret/internal/value"
)

// usualTop is how many rows the text lists by default.
const usualTop = 20

func summaryCommand(host Host) *cobra.Command {
	var order string
	var top int
	cmd := &cobra.Command{
		Use:   "summary PATH... | --lake NAME",
		Short: "Tell what each principal did",
		Long: `Read logs as egret hunt does and tell, for each principal, when it was first and last seen, how its calls ended, which
services it used, which calls it made a single time, from which addresses and with which agents, in which regions, which
sessions it opened, which identities and credentials it made, and which errors it got. No rules run.

Text lists the most frequent values; json and csv have more of them, and all principals. With --lake or --engine the engine
counts, in one statement for each table, which --dry-run prints.

Exit codes: 0 done, 3 usage or configuration, 4 an input failed, 5 stopped early.`,
		Example: `  egret summary logs/
  egret summary logs/ --last 7d --sort refused --top 5
  egret summary logs/ --format csv -o principals.csv
  egret summary s3://my-logs/AWSLogs/ --from 2023-07-10 --to 2023-07-11 --format json
  egret summary --lake prod --last 24h`,
	}
	flags := cmd.Flags()
	flags.SortFlags = false
	flags.StringVar(&order, "sort", tally.Orders[0], "`ORDER` of the principals: "+strings.Join(tally.Orders, ", "))
	flags.IntVar(&top, "top", usualTop, "text lists the first `N` principals; 0 is all")
	run := host.Reading(cmd, report.TallyFormats)
	words(cmd, "sort", tally.Orders)
	cmd.Args = needsPath(cmd, "summary")
	cmd.RunE = func(_ *cobra.Command, args []string) error {
		if !slices.Contains(tally.Orders, order) {
			return setup.UsageError("it takes "+strings.Join(tally.Orders, ", "), fmt.Errorf("--sort does not take %q", order))
		}
		if top < 0 {
			return setup.UsageError("0 is all of them", fmt.Errorf("--top: %d is not a number of principals", top))
		}
		job := observing("summary", "what each principal did")
		var all workers[*tally.Summarizer]
		job.Observe = &hunt.Observe{Fields: tally.SummaryFields, New: func() hunt.Observer { return all.add(tally.NewSummarizer()) }}
		grouped := tally.NewSummarizer()
		job.Tally = &lake.Tally{Unmapped: sqlgen.DropUnmapped, Fields: summaryFields, Row: func(s *schema.Schema, missing []string, r *lake.TallyRow) error {
			grouped.Group(s, r.Values, missing, r.Events, momentOf(r.First, r.Timed), momentOf(r.Last, r.Timed))
			return nil
		}}
		job.Write = func(w io.Writer, format string, l *finding.Ledger, o report.Options) error {
			s := tally.Merge(append(all.list, grouped))
			if err := s.Sort(order); err != nil {
				return err
			}
			return report.WriteSummaryOf(w, format, s, top, l, o)
		}
		return run(args, job)
	}
	return cmd
}

func metricsCommand(host Host) *cobra.Command {
	var by []string
	var overText string
	var top int
	cmd := &cobra.Command{
		Use:   "metrics PATH... | --lake NAME",
		Short: "Count events by fields and over time",
		Long: `Read logs as egret hunt does and count events by the values of fields, by periods of time, or by both. No rules run.

Fields have the names that Sigma rules use, such as eventName or requestParameters.bucketName; principal, key, address, action,
service, error, agent, region, account and type stand for the fields that hold these in each log source. An event with several values in a
field counts for each of them, one without the field as (none). Periods begin at multiples of their length in UTC. With --lake or
--engine the engine counts.

Exit codes: 0 done, 3 usage or configuration, 4 an input failed, 5 stopped early.`,
		Example: `  egret metrics logs/ --by eventName
  egret metrics logs/ --by principal,errorCode --top 50
  egret metrics logs/ --by sourceIPAddress --over 1h
  egret metrics logs/ --over 1d --format csv -o days.csv
  egret metrics --lake prod --last 7d --by eventName,errorCode`,
	}
	flags := cmd.Flags()
	flags.SortFlags = false
	flags.StringSliceVar(&by, "by", nil, "count by this `FIELD`; several with commas, or repeated")
	flags.StringVar(&overText, "over", "", "also, or only, for each period of this `DURATION`, such as 10m or 1d")
	flags.IntVar(&top, "top", usualTop, "text lists the first `N` rows; 0 is all")
	run := host.Reading(cmd, report.TallyFormats)
	words(cmd, "by", tally.Words)
	cmd.Args = needsPath(cmd, "metrics")
	cmd.RunE = func(_ *cobra.Command, args []string) error {
		var over time.Duration
		if overText != "" {
			d, err := timetext.Duration(overText)
			if err != nil || d < time.Second {
				return setup.UsageError(timetext.DurationHelp+"; at least 1s", fmt.Errorf("--over: invalid duration %q", overText))
			}
			over = d
		}
		switch {
		case len(by) == 0 && over == 0:
			return setup.UsageError("as in: egret metrics logs/ --by eventName   or: egret metrics logs/ --over 1h", errors.New("egret metrics needs --by or --over"))
		case top < 0:
			return setup.UsageError("0 is all of them", fmt.Errorf("--top: %d is not a number of rows", top))
		}
		fields := &tally.Fields{Names: by}
		job := observing("metrics", fields.Describe(overText))
		job.Rules = func(schemas []*schema.Schema) (*ruleset.Set, error) {
			if near, err := fields.Check(schemas); err != nil {
				return nil, setup.UsageError(near, err)
			}
			return &ruleset.Set{}, nil
		}
		var all workers[*tally.Counter]
		job.Observe = &hunt.Observe{Fields: fields.Of, New: func() hunt.Observer { return all.add(tally.NewCounter(len(by), over)) }}
		grouped := tally.NewCounter(len(by), over)
		job.Tally = &lake.Tally{
			Period: over, Fields: func(s *schema.Schema) []sqlgen.TallyField { return tallyFields(by, fields.Of(s), false) },
			Row: func(_ *schema.Schema, _ []string, r *lake.TallyRow) error {
				grouped.Group(r.Values, r.Period, r.Timed, r.Events)
				return nil
			},
			Total: func(r *lake.TallyRow) { grouped.Total(r.Period, r.Timed, r.Events) },
		}
		job.Check = func(l *finding.Ledger) error {
			if near, err := fields.CheckSeen(l.Records.Schemas); err != nil {
				return setup.UsageError(near, err)
			}
			return nil
		}
		job.Write = func(w io.Writer, format string, l *finding.Ledger, o report.Options) error {
			return report.WriteMetrics(w, format, tally.MergeCounters(append(all.list, grouped), by, over), top, l, o)
		}
		return run(args, job)
	}
	return cmd
}

// observing returns a job without rules.
func observing(name, title string) *Job {
	return &Job{
		Name:    name,
		Rules:   func([]*schema.Schema) (*ruleset.Set, error) { return &ruleset.Set{}, nil },
		Account: func(l *finding.Ledger) { l.Search = title },
	}
}

// workers collects the observers of workers.
type workers[T hunt.Observer] struct {
	mutex sync.Mutex
	list  []T
}

func (w *workers[T]) add(one T) T {
	w.mutex.Lock()
	defer w.mutex.Unlock()
	w.list = append(w.list, one)
	return one
}

// needsPath checks the arguments of a command that reads paths or a lake.
func needsPath(cmd *cobra.Command, name string) cobra.PositionalArgs {
	return func(_ *cobra.Command, args []string) error {
		switch {
		case len(args) > 0 && inLake(cmd):
			return setup.UsageError("leave out the PATH, or --lake and --engine", fmt.Errorf("egret %s reads either files or a lake", name))
		case len(args) == 0 && !inLake(cmd):
			return setup.UsageError(fmt.Sprintf("as in: egret %s logs/   or, from a pipe: egret %s -", name, name), fmt.Errorf("egret %s needs a PATH or a lake", name))
		}
		return nil
	}
}

// words registers the words for completing a flag.
func words(cmd *cobra.Command, flag string, list []string) {
	if err := cmd.RegisterFlagCompletionFunc(flag, cobra.FixedCompletions(list, cobra.ShellCompDirectiveNoFileComp)); err != nil {
		panic("egret bug: " + err.Error()) // the flag is not registered
	}
}

// summaryFields returns the fields of a summary for tables. Those that only some calls have count in events of these.
func summaryFields(s *schema.Schema) []sqlgen.TallyField {
	list := tallyFields(nil, tally.SummaryFields(s), true)
	for _, d := range tally.Details(s) {
		field := tallyFields(nil, []schema.Paths{d.Paths}, true)[0]
		field.When = ofCalls(s, d.Calls)
		list = append(list, field)
	}
	return list
}

// ofCalls returns a predicate that holds for the events of some calls, nil for all.
func ofCalls(s *schema.Schema, calls []schema.Selection) ir.Expr {
	if calls == nil {
		return nil
	}
	any := &ir.OrExpr{}
	for i := range calls {
		all := &ir.AndExpr{}
		for _, part := range []struct {
			paths    schema.Paths
			patterns []schema.Pattern
		}{{s.Service, calls[i].Services}, {s.Action, calls[i].Actions}} {
			if part.patterns == nil || len(part.paths) == 0 {
				continue
			}
			one := &ir.OrExpr{}
			for j := range part.patterns {
				text, before, after := part.patterns[j].Parts()
				op := ir.Equal
				switch {
				case before && after:
					op = ir.Contains
				case before:
					op = ir.EndsWith
				case after:
					op = ir.StartsWith
				}
				one.Operands = append(one.Operands, &ir.StringExpr{
					Field: ir.Field{Name: part.paths[0].Text, Paths: part.paths}, Op: op, Pattern: ir.Pattern{{Kind: ir.Literal, Text: text}},
				})
			}
			all.Operands = append(all.Operands, one)
		}
		if len(all.Operands) == 0 {
			return nil
		}
		any.Operands = append(any.Operands, all)
	}
	return any
}

// tallyFields returns fields for tables; those without a name get the text of their first path.
func tallyFields(names []string, paths []schema.Paths, first bool) []sqlgen.TallyField {
	list := make([]sqlgen.TallyField, len(paths))
	for i, p := range paths {
		list[i] = sqlgen.TallyField{First: first, Field: ir.Field{Paths: p}}
		switch {
		case i < len(names):
			list[i].Field.Name = names[i]
		case len(p) > 0:
			list[i].Field.Name = p[0].Text
		}
	}
	return list
}

// momentOf returns a time of a table.
func momentOf(nanos int64, timed bool) value.Time {
	if !timed {
		return finding.NoTime
	}
	t := value.Time{Nanos: nanos}
	for unit := int64(time.Second); nanos%unit != 0 && t.Digits < 9; unit /= 1000 {
		t.Digits += 3
	}
	return t
}
