package cli

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/egret-hunt/egret/diag"
	"github.com/egret-hunt/egret/internal/cli/command"
	"github.com/egret-hunt/egret/internal/cli/lakeflags"
	"github.com/egret-hunt/egret/internal/cli/pipelines"
	"github.com/egret-hunt/egret/internal/convert"
	"github.com/egret-hunt/egret/internal/finding"
	"github.com/egret-hunt/egret/internal/memlimit"
	"github.com/egret-hunt/egret/internal/pipeline"
	"github.com/egret-hunt/egret/internal/schema"
	"github.com/egret-hunt/egret/internal/setup"
	"github.com/egret-hunt/egret/internal/sqlgen"
	"github.com/egret-hunt/egret/internal/textgen"
)

type convertFlags struct {
	accounts []string
	ruleFlags
	pipelines                                             pipelines.Flags
	target, layout, schemaFolder, table, region, unmapped string
	from, to, last, format, output                        string
	options                                               []string
	// text are the flags for text targets alone.
	text                    textFlags
	skip, json, quiet, pack bool
	// lake is the lake that has the rules' table. types is a file with the columns of a table.
	lake, types string
	// known are all log sources; the rules are converted for one of them.
	known []*schema.Schema
	// timeField and timeFormat come from -O; tableRegion and tableVersion too, for pipelines.
	timeField, timeFormat     string
	tableRegion, tableVersion string
}

func (a *app) convertCommand() *cobra.Command {
	var f convertFlags
	cmd := &cobra.Command{
		Use:   "convert RULE... -t TARGET",
		Short: "Write rules as queries for SIEMs and data lakes",
		Long: `Write Sigma rules as SQL that returns exactly the events which hunt finds.

RULE is a rule file, a folder of them, - for stdin, or starter for the embedded pack. --layout says how the logs are
stored: which columns the table has, where the fields of a rule live in them, and how it is partitioned. Without it
fields are taken for columns of the same names.

Queries go to stdout or -o, everything else to stderr. A rule that the target or the table cannot take exactly is
refused with the place and the reason, never approximated.

Exit codes: 0 all rules converted, 2 rules refused or not loaded, 3 usage or configuration, 4 the output cannot be
written.`,
		Example: `  egret convert rule.yml -t athena --layout cloudtrail/athena
  egret convert sigma/rules/cloud/aws -t athena --layout cloudtrail/athena --table logs.trail --last 7d
  egret convert starter -t athena --layout cloudtrail/security-lake-v2 --region eu-west-1 -o queries/
  egret convert starter -t athena --layout cloudtrail/athena --last 24h --pack -o nightly.sql
  egret convert rule.yml --lake prod --last 24h
  egret convert rule.yml -t trino --table logs.windows --types columns.txt
  egret convert rule.yml -t trino -p ecs_windows -p own.yml
  egret convert rule.yml -t duckdb -O table=events -O time_field=ts --from 2026-03-10 --json`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) == 0 {
				return command.Usage("as in: egret convert rule.yml -t athena   or, for the embedded rules: egret convert starter -t athena",
					errors.New("egret convert needs a RULE"))
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error { return a.convert(cmd.Context(), &f, args) },
	}
	flags := cmd.Flags()
	flags.SortFlags = false
	flags.StringVarP(&f.target, "target", "t", "", "`TARGET` to write for: "+strings.Join(targetNames(), ", "))
	flags.StringVar(&f.layout, "layout", "", "`LAYOUT` of the table, such as cloudtrail/athena (egret list layouts); default: generic")
	flags.StringVar(&f.schemaFolder, "schema-folder", "", command.SchemaFolderHelp)
	flags.StringVar(&f.types, "types", "", "`FILE` with the table's columns and types: "+typesHelp)
	flags.StringVar(&f.lake, "lake", "", "write for a table of the lake of this `NAME`, with the columns and types that it has")
	flags.StringVar(&f.table, "table", "", "`NAME` of the table, as in database.table, or a file for duckdb; default: the layout's")
	flags.StringArrayVar(&f.accounts, "account", nil, "only the partitions of the account of this `ID`; repeatable")
	flags.StringVar(&f.region, "region", "", "`REGION` of a table that is kept by region, such as eu-west-1")
	flags.StringVar(&f.from, "from", "", "only events from `TIME` on; without a zone it is UTC")
	flags.StringVar(&f.to, "to", "", "only events before `TIME`; a date is its midnight")
	flags.StringVar(&f.last, "last", "", "only events of the `DURATION` before now, such as 24h or 7d")
	flags.StringVar(&f.unmapped, "unmapped", unmappedWays[0], "fields without a column in the table, `HOW`: fail, or treat them as missing: warn, drop")
	flags.StringVarP(&f.format, "format", "f", convert.Formats[0].Name, "`FORMAT` of the queries: for SQL "+strings.Join(convert.FormatNames(), ", ")+"; for others see egret list formats TARGET")
	flags.BoolVar(&f.pack, "pack", false, "combine rules of one table into one statement, up to "+strconv.Itoa(sqlgen.MaxPacked)+" in each: the table is read once")
	flags.BoolVar(&f.json, "json", false, "write one JSON object a rule and line instead; so does -o to a .json or .jsonl file")
	flags.StringVarP(&f.output, "output", "o", "", "write to `FILE`, or one file a rule and manifest.json to a folder (DIR/)")
	flags.StringArrayVarP(&f.options, "option", "O", nil, "`KEY=VALUE` for the target: "+strings.Join(optionKeys(), ", ")+"; repeatable")
	flags.BoolVarP(&f.skip, "skip-unsupported", "s", false, "rules that cannot be converted are warnings (exit code 0)")
	flags.StringVarP(&f.pattern, "file-pattern", "P", "", "of folders only files whose names match `PATTERN`, such as 'aws_*.yml'")
	f.pipelines.Register(cmd, ownPipelineNames)
	f.ruleFlags.register(flags)
	flags.BoolVarP(&f.quiet, "quiet", "q", false, "no warnings and no summary; errors stay")
	f.text.register(cmd)
	command.CompleteWith(cmd, "target", allTargetNames)
	command.CompleteWith(cmd, "format", func() []string { return formatNames(f.target) })
	command.Complete(cmd, "unmapped", unmappedWays)
	command.Complete(cmd, "min-level", finding.Levels)
	command.Complete(cmd, "status", statuses)
	command.CompleteWith(cmd, "layout", func() []string { return layoutNames(f.schemaFolder, f.config) })
	command.CompleteWith(cmd, "lake", func() []string { return (&lakeflags.Choice{Config: f.config}).Names() })
	a.completeRules(cmd, &f.ruleFlags)
	cmd.ValidArgsFunction = completePlaces
	return cmd
}

// unmappedWays are the values of --unmapped, by sqlgen.Unmapped.
var unmappedWays = []string{"fail", "warn", "drop"}

func targetNames() []string {
	var names []string
	for _, d := range sqlgen.Dialects() {
		names = append(names, d.Name)
	}
	names = append(names, textgen.TargetNames()...)
	slices.Sort(names)
	return names
}

// convertPlan is the validated form of the flags.
type convertPlan struct {
	sql    sqlgen.Options
	format convert.Format
	// lake has the table, nil if flags name it.
	lake *setup.Lake
	// chain are the pipelines, nil for none.
	chain *pipeline.Chain
	// folder receives one file for each rule, "" for a single stream.
	folder string
}

// plan checks the flags before anything is read.
func (a *app) planConvert(f *convertFlags, now time.Time) (*convertPlan, error) {
	p := &convertPlan{}
	if f.target == "" && f.lake == "" {
		return nil, command.Usage("the targets are "+strings.Join(targetNames(), ", "), errors.New("egret convert needs a --target (-t)"))
	}
	if err := f.applyOptions(); err != nil {
		return nil, err
	}
	if f.target != "" {
		dialect, err := sqlTarget(f.target)
		if err != nil {
			return nil, err
		}
		p.sql.Dialect, f.target = dialect, dialect.Name
	}
	if err := command.OneOf("format", f.format, convert.FormatNames()); err != nil {
		return nil, err
	}
	p.format = convert.Formats[slices.Index(convert.FormatNames(), f.format)]
	if err := command.OneOf("unmapped", f.unmapped, unmappedWays); err != nil {
		return nil, err
	}
	p.sql.Unmapped = sqlgen.Unmapped(slices.Index(unmappedWays, f.unmapped))
	if err := f.ruleFlags.check(); err != nil {
		return nil, err
	}
	if err := checkPattern(f.pattern); err != nil {
		return nil, err
	}
	var err error
	if f.known, err = a.loadSchemas(f.schemaFolder, f.config); err != nil {
		return nil, err
	}
	if p.sql.Layout, err = setup.Layout(f.known, f.layout); err != nil {
		return nil, err
	}
	if f.types != "" && f.lake == "" {
		if p.sql.Layout, err = typed(p.sql.Layout, f.types); err != nil {
			return nil, err
		}
	}
	if p.sql.From, p.sql.To, err = setup.TimeRange(f.from, f.to, f.last, now.Truncate(time.Second)); err != nil {
		return nil, err
	}
	if f.lake != "" {
		p.lake, err = a.planLake(f)
	} else {
		err = f.checkTable(p)
	}
	if err != nil {
		return nil, err
	}
	if p.folder, err = f.checkOutput(); err != nil {
		return nil, err
	}
	if err := a.usePipelines(&f.pipelines, f.config); err != nil {
		return nil, err
	}
	if p.chain, err = f.pipelines.Chain(a, f.target, pipeline.TargetVars(f.target, f.format, f.options)); err != nil {
		return nil, err
	}
	return p, p.checkChain(f)
}

// checkChain refuses flags that do not go with what the pipelines do to queries.
func (p *convertPlan) checkChain(f *convertFlags) error {
	switch {
	case f.pack && p.chain.PostProcesses():
		return command.Usage("leave --pack out", errors.New("--pack does not go with pipelines that change the query of each rule (postprocessing)"))
	case p.folder != "" && p.chain.Finalizes():
		return command.Usage("write to a file, as in -o queries.txt", errors.New("-o to a folder does not go with pipelines that write one output (finalizers)"))
	}
	return nil
}

// checkTable checks the flags for the table and its time range.
func (f *convertFlags) checkTable(p *convertPlan) error { return f.tableOptions().Apply(&p.sql) }

// checkTimes checks the flags for the times of events.
func (f *convertFlags) checkTimes(p *convertPlan) error { return f.tableOptions().ApplyTimes(&p.sql) }

func (f *convertFlags) tableOptions() setup.TableOptions {
	return setup.TableOptions{Table: f.table, Region: f.region, Accounts: f.accounts, TimeField: f.timeField, TimeFormat: f.timeFormat}
}

// convert runs the command.
func (a *app) convert(ctx context.Context, f *convertFlags, rules []string) error {
	if target, err := a.textTarget(f); target != nil || err != nil {
		if err != nil {
			return err
		}
		return a.convertText(ctx, f, target, rules)
	}
	if name := f.text.given(); name != "" {
		return command.Usage("leave it out, or name a text target with --target", fmt.Errorf("--%s is for text targets, such as splunk", name))
	}
	p, err := a.planConvert(f, time.Now()) //nolint:contextcheck // trying the output waits for nothing
	if err != nil {
		return err
	}
	ctx, stop := a.untilSignal(ctx)
	defer stop()
	f.rules, f.stdin = rules, a.stdin
	transform, processed := p.chain.Recording()
	f.transform = transform
	f.schemas = []*schema.Schema{p.sql.Layout.Schema}
	if p.lake != nil {
		f.schemas = nil
		for i := range p.lake.Tables {
			f.schemas = append(f.schemas, p.lake.Tables[i].Layout.Schema)
		}
	}
	defer memlimit.CollectSeldom(2400)() // what is converted is written at once
	l, err := a.loadRules(ctx, &f.ruleFlags)
	if ctx.Err() != nil {
		return &command.ExitError{Code: command.ExitStopped, Err: errors.New("stopped by a signal before anything was written")}
	}
	if err != nil {
		return err
	}
	if p.folder == "" {
		if err := f.guard(l, f.output); err != nil {
			return err
		}
	}
	if p.lake != nil {
		if err := a.describeTable(ctx, f, p, p.lake, l); err != nil {
			return err
		}
	}
	outcome := convert.All(l.Set, l.Diagnostics, p.sql, f.pack, processed())
	if len(outcome.Results)+len(outcome.LeftOut) == 0 {
		return &command.ExitError{Code: command.ExitRules, Err: fmt.Errorf("no rules in %s", strings.Join(l.Names, ", ")), Help: "rule files end in .yml or .yaml"}
	}
	if err := a.tellOutcome(f, l, outcome); err != nil {
		return err
	}
	if err := a.writeOutcome(ctx, f, p, l, outcome, processed()); err != nil {
		return command.Unwritable(err)
	}
	if !f.quiet {
		fmt.Fprintln(a.stderr, diag.Safe(outcome.Summary(&p.sql)))
	}
	a.code = outcomeCode(f, outcome)
	return nil
}

// outcomeCode returns the exit code of a conversion.
func outcomeCode(f *convertFlags, outcome *convert.Outcome) int {
	if len(outcome.Results) == 0 {
		return command.ExitRules
	}
	for i := range outcome.Results {
		r := &outcome.Results[i]
		if r.NotLoaded || r.Query == "" && !f.skip {
			return command.ExitRules
		}
	}
	return command.ExitClean
}
