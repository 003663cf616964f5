// Package checkcli has the command egret check.
package checkcli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime/debug"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/egret-hunt/egret/internal/attack"
	"github.com/egret-hunt/egret/internal/check"
	"github.com/egret-hunt/egret/internal/check/output"
	"github.com/egret-hunt/egret/internal/cli/command"
	"github.com/egret-hunt/egret/internal/outfile"
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
	// Version is the version of egret.
	Version() string
	// Bar returns what shows progress on the terminal.
	Bar() *term.Progress
	// Schemas returns the built-in log sources and those of a folder, "" for none, and of a configuration, "" for the nearest.
	Schemas(folder, config string) ([]*schema.Schema, error)
	// Config returns the configuration at a path, "" for the nearest.
	Config(path string) (*setup.Config, error)
	// OwnChecks returns the ids of checks of the configuration and of plug-ins, for completion.
	OwnChecks() []string
	// UntilSignal returns a context that ends with Ctrl-C.
	UntilSignal(ctx context.Context) (context.Context, func())
}

// flags are the flags of egret check.
type flags struct {
	format, junit, output, failOn string
	selected, ignored, excluded   []string
	validation, config            string
	schema, schemaFolder, pattern string
	attack                        int
	fix, diff, quiet              bool
	failOnIssues, passOnIssues    bool
	failOnError, passOnError      bool
}

// failOn are the values of --fail-on.
var failOn = append(slices.Clone(check.Levels), "never")

// Command returns egret check.
func Command(host Host) *cobra.Command {
	f := flags{}
	cmd := &cobra.Command{
		Use:   "check [PATH...]",
		Short: "Check rules: whether they can be read, follow the specification, and find what they mean",
		Long: `Check Sigma rules, correlations and filters. PATH is a file, a folder that is read with all folders below it, starter
for the embedded pack, or - for stdin. Without a path the rules of egret.yaml are checked.

Each diagnostic names its check; egret list checks prints all of them, and docs/checks has a page for each. The levels
are error (the rule breaks the specification and tools refuse it), high, medium, low and informational.

A comment "# egret:ignore check-id reason" silences a check: behind a line for that line, on a line of its own for the
next line, and above the first line of a document for the whole document.

The exit code is 1 if a diagnostic has the level of --fail-on or a higher one.`,
		Example: `  egret check rules/
  egret check rules/ --ignore sigmahq --fail-on medium
  egret check rules/ --format sarif -o check.sarif
  egret check rules/ --fix --diff                  show what --fix would change
  egret check rules/ -c sigma-validation.yml       with pySigma's configuration`,
		RunE: func(cmd *cobra.Command, args []string) error { return run(cmd, &f, args, host) },
		Args: cobra.ArbitraryArgs,
	}
	set := cmd.Flags()
	set.SortFlags = false
	set.StringSliceVar(&f.selected, "select", nil, "`CHECKS` to run: ids, groups ("+groupNames()+"), or names of pySigma's validators")
	set.StringSliceVar(&f.ignored, "ignore", nil, "`CHECKS` to leave out, named as those of --select")
	set.StringVar(&f.failOn, "fail-on", "error", "lowest `LEVEL` that gives exit code 1: "+strings.Join(failOn, ", "))
	set.StringVar(&f.format, "format", "text", "`FORMAT`: "+strings.Join(output.Names(), ", "))
	set.StringVarP(&f.output, "output", "o", "", "`FILE` for the result instead of stdout")
	set.StringVar(&f.junit, "junitxml", "", "`FILE` for a JUnit report, in addition to the result")
	set.BoolVar(&f.fix, "fix", false, "mend what can be mended safely, in the files")
	set.BoolVar(&f.diff, "diff", false, "print what --fix would change, and change nothing")
	set.StringVarP(&f.validation, "validation-config", "c", "", "`FILE` with a validation configuration of pySigma")
	set.StringVar(&f.config, "config", "", "`FILE` to read instead of the nearest egret.yaml")
	set.StringVar(&f.schema, "schema", "", "`SCHEMA` of the log source whose fields the rules may use, instead of each rule's own")
	set.StringVar(&f.schemaFolder, "schema-folder", "", "`DIR` with schemas of your own")
	set.IntVar(&f.attack, "attack", int(attack.Current), "`VERSION` of ATT&CK that tags follow: 17 or 19")
	set.StringVarP(&f.pattern, "file-pattern", "P", "", "`PATTERN` for the names of files in folders, such as *.yml")
	set.BoolVar(&f.quiet, "quiet", false, "print one line for each diagnostic, no summary and no progress")
	set.StringArrayVarP(&f.excluded, "exclude", "x", nil, "`VALIDATOR` to leave out, as sigma check has it")
	set.BoolVarP(&f.failOnIssues, "fail-on-issues", "i", false, "the same as --fail-on informational")
	set.BoolVarP(&f.passOnIssues, "pass-on-issues", "I", false, "the same as --fail-on error")
	set.BoolVarP(&f.failOnError, "fail-on-error", "e", false, "the same as --fail-on error")
	set.BoolVarP(&f.passOnError, "pass-on-error", "E", false, "the same as --fail-on never")
	for _, name := range []string{"exclude", "fail-on-issues", "pass-on-issues", "fail-on-error", "pass-on-error"} {
		_ = set.MarkHidden(name) // the flags of sigma check; they exist above
	}
	command.Complete(cmd, "format", output.Names())
	command.Complete(cmd, "fail-on", failOn)
	for _, name := range []string{"select", "ignore"} {
		command.CompleteWith(cmd, name, func() []string { return append(words(), host.OwnChecks()...) })
	}
	command.Complete(cmd, "attack", []string{"17", "19"})
	return cmd
}

// words are the words that --select completes.
func words() []string {
	list := []string{"all"}
	for _, g := range check.Groups {
		list = append(list, string(g.Name))
	}
	for _, c := range check.All() {
		list = append(list, c.ID)
	}
	return list
}

func groupNames() string {
	var names []string
	for _, g := range check.Groups {
		names = append(names, string(g.Name))
	}
	return strings.Join(names, ", ")
}

// check validates the flags and settles those that sigma check has.
func (f *flags) check(cmd *cobra.Command) error {
	switch {
	case f.passOnError:
		f.failOn = "never"
	case f.failOnIssues:
		f.failOn = check.Informational.String()
	}
	f.ignored = append(f.ignored, f.excluded...)
	if err := command.OneOf("format", f.format, output.Names()); err != nil {
		return err
	}
	if err := command.OneOf("fail-on", f.failOn, failOn); err != nil {
		return err
	}
	if f.attack != int(attack.V17) && f.attack != int(attack.V19) {
		return setup.UsageError("it takes 17 or 19", fmt.Errorf("--attack does not take %d", f.attack))
	}
	if f.validation != "" && (cmd.Flags().Changed("select") || cmd.Flags().Changed("ignore")) {
		return setup.UsageError("the configuration selects checks itself", errors.New("-c does not go with --select and --ignore"))
	}
	return nil
}

func run(cmd *cobra.Command, f *flags, args []string, host Host) error {
	if err := f.check(cmd); err != nil {
		return err
	}
	if _, err := setup.UseAttack(); err != nil {
		return err
	}
	options, args, err := f.options(cmd, args, host)
	if err != nil {
		return err
	}
	files, err := setup.FindRules(args, f.pattern, cmd.InOrStdin(), "egret check rules/")
	if err != nil {
		return err
	}
	var inputs []check.Input
	for _, file := range files {
		inputs = append(inputs, check.Input(file))
	}
	ctx, stop := host.UntilSignal(cmd.Context())
	defer stop()
	bar := host.Bar()
	if f.quiet {
		bar = &term.Progress{}
	}
	result, err := checked(ctx, inputs, *options, bar)
	if err != nil {
		return err
	}
	if f.fix || f.diff {
		if result, err = f.mend(ctx, cmd.OutOrStdout(), inputs, *options, result); err != nil || f.diff {
			return err
		}
	}
	if err := f.write(ctx, cmd.OutOrStdout(), result, host); err != nil {
		return err
	}
	if level, ok := check.ParseLevel(f.failOn); ok {
		if worst, any := result.Worst(); any && worst >= level {
			host.Found()
		}
	}
	return nil
}

// Up to fewFiles files fit into fewMemory bytes without collecting garbage more than once or twice, which would take a third of the
// time of a run.
const (
	fewFiles  = 5000
	fewMemory = 190 << 20
)

// checked runs the checks and shows how far they are.
func checked(ctx context.Context, inputs []check.Input, options check.Options, bar *term.Progress) (*check.Result, error) {
	var state progress
	options.Progress = state.set
	if len(inputs) <= fewFiles {
		defer debug.SetGCPercent(debug.SetGCPercent(-1))
		defer debug.SetMemoryLimit(debug.SetMemoryLimit(fewMemory))
	}
	bar.Start(false, state.show)
	defer bar.Stop()
	return check.Run(ctx, inputs, options)
}

// options returns the options of the run, and the paths to check.
func (f *flags) options(cmd *cobra.Command, args []string, host Host) (*check.Options, []string, error) {
	config, err := host.Config(f.config)
	if err != nil {
		return nil, nil, err
	}
	options := &check.Options{Today: today(), Attack: attack.Version(f.attack)}
	if args, err = f.configured(cmd, config, options, args); err != nil {
		return nil, nil, err
	}
	if options.On == nil {
		if options.On, err = check.Choose(f.selected, f.ignored, options.Own); err != nil {
			return nil, nil, setup.UsageError("egret list checks prints their ids", err)
		}
	}
	if f.validation != "" {
		text, err := os.ReadFile(f.validation)
		if err != nil {
			return nil, nil, &setup.Error{Kind: setup.Input, Err: err}
		}
		if err := check.ApplyValidation(text, options); err != nil {
			return nil, nil, setup.UsageError("", fmt.Errorf("%s: %w", f.validation, err))
		}
	}
	if options.Schemas, err = host.Schemas(f.schemaFolder, f.config); err != nil {
		return nil, nil, err
	}
	if f.schema != "" {
		i := slices.IndexFunc(options.Schemas, func(s *schema.Schema) bool { return s.Name == f.schema })
		if i < 0 {
			return nil, nil, setup.UsageError("egret list layouts prints their names", fmt.Errorf("there is no schema %q", f.schema))
		}
		options.Schema = options.Schemas[i]
	}
	return options, args, nil
}

// today is the day on which the command runs.
func today() time.Time { return time.Now() }

// write writes the result to where the flags say.
func (f *flags) write(ctx context.Context, stdout io.Writer, result *check.Result, host Host) error {
	guard, err := outfile.NewGuard([2]string{"-o", f.output}, [2]string{"--junitxml", f.junit})
	if err != nil {
		return err
	}
	for _, c := range result.Cases {
		if err := guard.Files(c.Path); err != nil {
			return err
		}
	}
	o := output.Options{Version: host.Version(), Quiet: f.quiet, Color: f.output == "" && host.Colors(stdout)}
	if f.junit != "" {
		err := setup.WriteOutput(ctx, f.junit, stdout, func(w io.Writer) error { return output.WriteJUnit(w, result, o) })
		if err != nil {
			return err
		}
	}
	return setup.WriteOutput(ctx, f.output, stdout, func(w io.Writer) error { return output.Find(f.format).Write(w, result, o) })
}
