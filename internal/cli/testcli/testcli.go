// Package testcli has the command egret test.
package testcli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"

	"github.com/spf13/cobra"

	"github.com/egret-hunt/egret/diag"
	"github.com/egret-hunt/egret/internal/cli/command"
	"github.com/egret-hunt/egret/internal/engine"
	"github.com/egret-hunt/egret/internal/engine/duckdb"
	"github.com/egret-hunt/egret/internal/outfile"
	"github.com/egret-hunt/egret/internal/ruletest"
	"github.com/egret-hunt/egret/internal/schema"
	"github.com/egret-hunt/egret/internal/setup"
	"github.com/egret-hunt/egret/internal/term"
)

// A Host is the command line that the command belongs to.
type Host interface {
	// Found gives the command the exit code of findings.
	Found()
	// Colors reports whether a stream gets colours.
	Colors(stream io.Writer) bool
	// Diagnose prints diagnostics to stderr.
	Diagnose(list diag.List) error
	// Bar returns what shows progress on the terminal.
	Bar() *term.Progress
	// Schemas returns the built-in log sources and those of a folder, "" for none, and of a configuration, "" for the nearest.
	Schemas(folder, config string) ([]*schema.Schema, error)
	// Config returns the configuration at a path, "" for the nearest.
	Config(path string) (*setup.Config, error)
	// UntilSignal returns a context that ends with Ctrl-C.
	UntilSignal(ctx context.Context) (context.Context, func())
	// Version is the version of egret.
	Version() string
}

// flags are the flags of egret test.
type flags struct {
	format, output, junit string
	config, schemaFolder  string
	pattern               string
	cover, quiet, native  bool
	watch, dryRun         bool
	// logs and tables are the logs of a backtest.
	logs   []string
	tables lakeFlags
	// noSQL says why SQL was not compared, "" if it was or should not be.
	noSQL string
}

var formats = []string{"text", "json"}

// Command returns egret test.
func Command(host Host) *cobra.Command {
	f := flags{}
	cmd := &cobra.Command{
		Use:   "test [PATH...]",
		Short: "Run the tests of rules",
		Long: `Run the tests of rules. PATH is a file or folder of rules, or a file of tests beside a rule. Without a path the rules of
egret.yaml are tested.

A test has events and says what a rule finds in them. Tests of rule.yml are in rule.test.yaml beside it, under the key tests in the
rule itself (or Tests, as Panther has it), in rule.events.json, and in SigmaHQ's regression data if the rule names them. The guide
docs/guide/test.md describes the files.

PATH may also be the spec of a text language or a processing pipeline, whose tests in NAME.test.yaml beside it say which queries
rules become, or a folder of them (docs/backends/format.md).

With DuckDB built in, the rules also run as SQL on all events of the tests, and a test fails if SQL matches other events.

With --watch tests run again when a file below PATH changes, until Ctrl-C. With --backtest or --lake no tests run: the rules run on
real logs, in files or in the tables of a lake, and their findings a day are printed and kept for egret rules list --noise.

Exit codes: 0 all tests passed, 1 a test failed, 2 a rule or a test cannot be read, 3 usage, 4 there are no tests.`,
		Example: `  egret test rules/
  egret test rules/root-login.test.yaml
  egret test rules/ --junitxml tests.xml
  egret test rules/ --cover                which rules and predicates no test covers
  egret test backends/tiny.yaml            test the queries of a text language of your own
  egret test rules/ --watch                test again after each change
  egret test rules/ --backtest logs/       how many findings a day rules have in real logs
  egret test rules/ --lake prod --last 7d  the same in the tables of a lake`,
		Args: cobra.ArbitraryArgs,
		RunE: func(cmd *cobra.Command, args []string) error { return run(cmd, &f, args, host) },
	}
	set := cmd.Flags()
	set.SortFlags = false
	set.StringVar(&f.format, "format", "text", "`FORMAT`: "+strings.Join(formats, ", "))
	set.StringVarP(&f.output, "output", "o", "", "`FILE` for the result instead of stdout")
	set.StringVar(&f.junit, "junitxml", "", "`FILE` for a JUnit report, in addition to the result")
	set.BoolVar(&f.native, "native", false, "do not run the rules as SQL in DuckDB too")
	set.BoolVar(&f.cover, "cover", false, "list rules without tests, and predicates that no test of their rule made true, or false")
	set.BoolVar(&f.watch, "watch", false, "test again whenever a file below PATH changes, until Ctrl-C")
	set.StringArrayVar(&f.logs, "backtest", nil, "count the findings of the rules in `LOGS` instead: files, folders or - for stdin; repeatable")
	f.tables.register(cmd)
	set.BoolVar(&f.dryRun, "no-keep", false, "do not keep what --backtest or --lake measured")
	set.BoolVar(&f.quiet, "quiet", false, "print failed tests only, and no progress")
	set.StringVarP(&f.pattern, "file-pattern", "P", "", "`PATTERN` for the names of rule files in folders, such as *.yml")
	set.StringVar(&f.config, "config", "", "`FILE` to read instead of the nearest egret.yaml")
	set.StringVar(&f.schemaFolder, "schema-folder", "", "`DIR` with schemas of your own")
	_ = cmd.RegisterFlagCompletionFunc("format", cobra.FixedCompletions(formats, cobra.ShellCompDirectiveNoFileComp)) // the flag exists
	return cmd
}

// ruleFiles returns the paths of rules: a file of tests stands for the rule beside it.
func ruleFiles(args []string) ([]string, error) {
	var paths []string
	for _, arg := range args {
		lower := strings.ToLower(arg)
		stem := ""
		for _, end := range []string{".test.yaml", ".test.yml", ".events.json"} {
			if strings.HasSuffix(lower, end) {
				stem = arg[:len(arg)-len(end)]
			}
		}
		if stem == "" {
			paths = append(paths, arg)
			continue
		}
		i := slices.IndexFunc([]string{".yml", ".yaml"}, func(end string) bool {
			_, err := os.Stat(stem + end)
			return err == nil
		})
		if i < 0 {
			return nil, &setup.Error{Kind: setup.Input, Err: fmt.Errorf("%s: there is no rule %s.yml beside it", arg, filepath.Base(stem))}
		}
		paths = append(paths, stem+[]string{".yml", ".yaml"}[i])
	}
	return paths, nil
}

func run(cmd *cobra.Command, f *flags, args []string, host Host) error {
	if err := command.OneOf("format", f.format, formats); err != nil {
		return err
	}
	if fault := f.conflict(); fault != "" {
		return setup.UsageError("leave one of them out", errors.New(fault))
	}
	ctx, stop := host.UntilSignal(cmd.Context())
	defer stop()
	if !f.watch {
		return f.once(ctx, cmd, args, host)
	}
	config, err := host.Config(f.config)
	if err != nil {
		return err
	}
	paths := args
	if len(paths) == 0 {
		paths = setup.RulePaths(config)
	}
	watch(ctx, paths, cmd.OutOrStdout(), watchEvery,
		func() error { return f.once(ctx, cmd, args, watchHost{host}) },
		func(err error) { fmt.Fprintf(cmd.ErrOrStderr(), "error: %s\n", diag.Safe(err.Error())) })
	return nil
}

// conflict says which flags exclude or need one another, "" if none do.
func (f *flags) conflict() string {
	const together = " do not go together"
	measured := "" // the flag that names real logs
	if f.tables.lake != "" {
		measured = "--lake"
	}
	if len(f.logs) > 0 {
		measured = "--backtest"
	}
	switch {
	case f.watch && measured != "":
		return "--watch and " + measured + together
	case f.watch && (f.output != "" || f.junit != "" || f.format != "text"):
		return "--watch and --output, --junitxml or --format" + together
	case measured != "" && (f.junit != "" || f.cover):
		return measured + " and --junitxml or --cover" + together
	case len(f.logs) > 0 && f.tables.lake != "":
		return "--backtest and --lake" + together
	case f.tables.lake == "" && f.tables.asked():
		return "--from, --to, --last, --all-time and --budget need --lake"
	case f.dryRun && measured == "":
		return "--no-keep needs --backtest or --lake"
	}
	return ""
}

// ruleOptions are the options for rules, except for their places and log sources.
func (f *flags) ruleOptions() setup.RuleOptions {
	return setup.RuleOptions{Pattern: f.pattern, Statuses: []string{"deprecated", "unsupported"}}
}

// faultsOf returns the errors in rules.
func faultsOf(loaded *setup.RuleSet) diag.List {
	return slices.DeleteFunc(slices.Clone(loaded.Diagnostics), func(d diag.Diagnostic) bool { return d.Severity != diag.Error })
}

// watchHost is a host whose exit code does not follow from tests, since people end the command.
type watchHost struct{ Host }

// Found does nothing.
func (watchHost) Found() {}

// once runs the tests, or the backtest, one time.
func (f *flags) once(ctx context.Context, cmd *cobra.Command, args []string, host Host) error {
	queries, rest, err := ruletest.QueryFiles(args)
	if err != nil {
		return &setup.Error{Kind: setup.Input, Err: err, Help: "docs/backends/format.md describes such tests"}
	}
	paths, err := ruleFiles(rest)
	if err != nil {
		return err
	}
	config, err := host.Config(f.config)
	if err != nil {
		return err
	}
	if len(queries) > 0 {
		if len(rest) > 0 {
			return setup.UsageError("run them one after the other", errors.New("tests of queries and of rules do not go together"))
		}
		return f.queries(ctx, cmd, queries, host)
	}
	if len(paths) == 0 && len(config.Settings.Rules) == 0 {
		return setup.UsageError("such as: egret test rules/", errors.New("want a path, or rules in egret.yaml"))
	}
	schemas, err := host.Schemas(f.schemaFolder, f.config)
	if err != nil {
		return err
	}
	if f.tables.lake != "" {
		return f.inLake(ctx, cmd, paths, config, schemas, host)
	}
	// The generic log source serves the rules of logs that egret does not know.
	of := f.ruleOptions()
	of.Names, of.Schemas = paths, append(slices.Clone(schemas), schema.Generic())
	loaded, err := setup.LoadRules(ctx, config, of)
	if err != nil {
		return err
	}
	faults := faultsOf(loaded)
	if len(f.logs) > 0 {
		if err := host.Diagnose(faults); err != nil {
			return err
		}
		return f.backtest(ctx, cmd.InOrStdin(), cmd.OutOrStdout(), cmd.ErrOrStderr(), loaded.Set, schemas, host)
	}
	tests, err := ruletest.Find(ctx, loaded.Set, schemas)
	if err != nil {
		return err
	}
	faults = append(faults, tests.Diagnostics...)
	if err := host.Diagnose(faults); err != nil {
		return err
	}
	var done atomic.Int64
	bar := host.Bar()
	if f.quiet {
		bar = &term.Progress{}
	}
	bar.Start(false, func() term.State {
		return term.State{Text: fmt.Sprintf("Testing: %s of %s", term.Count(done.Load()), term.Plural(len(tests.Cases), "test")), Done: done.Load(), Total: int64(len(tests.Cases))}
	})
	defer bar.Stop()
	options := ruletest.Options{Schemas: schemas, Cover: f.cover, Progress: func(n int) { done.Store(int64(n)) }}
	switch {
	case f.native:
	case duckdb.Built:
		options.SQL = openDuckDB
	default:
		f.noSQL = "SQL was not compared: DuckDB is not built in"
	}
	report, err := ruletest.Run(ctx, loaded.Set, tests.Cases, options)
	bar.Stop()
	if err != nil {
		return err
	}
	if err := f.write(ctx, cmd.OutOrStdout(), append(tests.Files, loaded.Set.Paths...), report, host); err != nil {
		return err
	}
	if _, failed, _ := report.Count(); failed > 0 {
		host.Found()
	}
	switch {
	case faults.HasErrors():
		return &setup.Error{Kind: setup.Rules, Err: fmt.Errorf("%s in rules and tests", term.Plural(faults.Count(diag.Error), "error"))}
	case len(tests.Cases) == 0 && !f.cover:
		return &setup.Error{Kind: setup.Input, Err: errors.New("the rules have no tests"), Help: "tests of rule.yml are in rule.test.yaml beside it"}
	}
	return nil
}

// queries runs tests of text languages and pipelines.
func (f *flags) queries(ctx context.Context, cmd *cobra.Command, files []ruletest.QueryFile, host Host) error {
	if f.cover || len(f.logs) > 0 {
		return setup.UsageError("leave it out", errors.New("--cover, --backtest and --lake are for rules"))
	}
	report, faults, err := ruletest.RunQueries(ctx, files)
	if err != nil {
		return err
	}
	if err := host.Diagnose(faults); err != nil {
		return err
	}
	var inputs []string
	for _, file := range files {
		inputs = append(inputs, file.Path, file.Tested)
	}
	if err := f.write(ctx, cmd.OutOrStdout(), inputs, report, host); err != nil {
		return err
	}
	if _, failed, _ := report.Count(); failed > 0 {
		host.Found()
	}
	if faults.HasErrors() {
		return &setup.Error{Kind: setup.Rules, Err: fmt.Errorf("%s in tests", term.Plural(faults.Count(diag.Error), "error"))}
	}
	return nil
}

// openDuckDB opens DuckDB on files of events. They are few, so that more threads would only wait for one another.
func openDuckDB(ctx context.Context, tables map[string]*schema.Layout) (engine.Engine, error) {
	e, err := duckdb.Open(ctx, duckdb.Options{Tables: tables, Threads: 1})
	if err != nil {
		return nil, err
	}
	return e, nil
}

// write writes the result to where the flags say. No output may replace an input.
func (f *flags) write(ctx context.Context, stdout io.Writer, inputs []string, report *ruletest.Report, host Host) error {
	guard, err := outfile.NewGuard([2]string{"-o", f.output}, [2]string{"--junitxml", f.junit})
	if err != nil {
		return err
	}
	for _, path := range inputs {
		if err := guard.Files(path); err != nil {
			return err
		}
	}
	if f.junit != "" {
		if err := setup.WriteOutput(ctx, f.junit, stdout, func(w io.Writer) error { return writeJUnit(w, report) }); err != nil {
			return err
		}
	}
	return setup.WriteOutput(ctx, f.output, stdout, func(w io.Writer) error {
		if f.format == "json" {
			return writeJSON(w, report)
		}
		return f.writeText(w, report, f.output == "" && host.Colors(stdout))
	})
}
