package pivot

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/egret-hunt/egret/internal/inquiry"
	"github.com/egret-hunt/egret/internal/report"
	"github.com/egret-hunt/egret/internal/setup"
	"github.com/egret-hunt/egret/internal/tally"
	"github.com/egret-hunt/egret/internal/timetext"
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
		return run(args, inquiry.Summary(order, top))
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
		return run(args, inquiry.Metrics(by, over, overText, top))
	}
	return cmd
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
