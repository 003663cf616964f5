package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/egret-hunt/egret/diag"
	"github.com/egret-hunt/egret/internal/cli/command"
	"github.com/egret-hunt/egret/internal/cli/textcli"
	"github.com/egret-hunt/egret/internal/convert"
	"github.com/egret-hunt/egret/internal/memlimit"
	"github.com/egret-hunt/egret/internal/outfile"
	"github.com/egret-hunt/egret/internal/pipeline"
	"github.com/egret-hunt/egret/internal/setup"
	"github.com/egret-hunt/egret/internal/term"
	"github.com/egret-hunt/egret/internal/textgen"
)

// textFlags are the flags of convert for text targets alone.
type textFlags struct {
	flags                             *pflag.FlagSet
	filters, folders                  []string
	method, encoding, outputDir, name string
	indent                            int
	exact, verbose, comments          bool
}

// onlyText are the names of these flags.
var onlyText = []string{"correlation-method", "filter", "encoding", "json-indent", "exact", "comments", "output-dir", "output-filename-template"}

// onlySQL are the flags of convert for SQL targets alone.
var onlySQL = []string{"layout", "schema-folder", "types", "lake", "table", "account", "region", "from", "to", "last", "unmapped", "pack"}

func (f *textFlags) register(cmd *cobra.Command) {
	flags := cmd.Flags()
	f.flags = flags
	flags.StringArrayVarP(&f.filters, "filter", "", nil, "filters of this `FILE` or folder too; repeatable")
	flags.StringArrayVar(&f.folders, "backend-folder", nil, "text targets of specs in this `DIR` or file too (docs/backends/format.md); repeatable")
	flags.StringVarP(&f.method, "correlation-method", "c", "", "`METHOD` for correlations (egret list correlation-methods TARGET)")
	flags.StringVarP(&f.encoding, "encoding", "e", "utf-8", "`ENCODING` of the output of text targets")
	flags.IntVarP(&f.indent, "json-indent", "j", 0, "`N` blanks for each level of JSON documents; 0 is one line each")
	flags.BoolVar(&f.exact, "exact", false, "text targets: write what the rule means or refuse it; by default the query is that of sigma-cli")
	flags.BoolVar(&f.comments, "comments", false, "text targets: title, id, author and licence of each rule as comments before its query, where the format has comments")
	flags.StringVar(&f.outputDir, "output-dir", "", "one file a rule in `DIR` (also -od)")
	flags.StringVar(&f.name, "output-filename-template", "", "`TEMPLATE` for their names (also -ot): {path}, {stem}, {index}; default: "+textcli.DefaultTemplate)
	flags.BoolVarP(&f.verbose, "verbose", "v", false, "accepted for users of sigma-cli; egret always says all it knows")
	command.CompleteWith(cmd, "correlation-method", func() []string {
		target, _ := flags.GetString("target")
		return methodNames(target)
	})
	command.Complete(cmd, "encoding", []string{"utf-8", "utf-16", "latin1"})
}

// target returns the text target with a name: an embedded one, or one of the user's specs. It is nil if there is none.
func (a *app) textTarget(f *convertFlags) (*textgen.Target, error) {
	if t := textgen.FindFormat(f.target, f.format); t != nil || f.target == "" {
		return t, nil
	}
	c, err := a.loadConfig(f.config)
	if err != nil {
		return nil, err
	}
	targets, err := setup.Targets(c, f.text.folders)
	if err != nil {
		return nil, err
	}
	for _, t := range targets {
		if t.Name == f.target || slices.Contains(t.Aliases, f.target) {
			return t, nil
		}
	}
	return nil, nil
}

// given returns the first flag for text targets that was given, "" for none.
func (f *textFlags) given() string { return firstChanged(f.flags, onlyText) }

func firstChanged(flags *pflag.FlagSet, names []string) string {
	for _, name := range names {
		if flag := flags.Lookup(name); flag != nil && flag.Changed {
			return name
		}
	}
	return ""
}

// formatNames returns the formats of a target, those of SQL for a target that is not a text target.
func formatNames(target string) []string {
	if t := textgen.FindTarget(target); t != nil {
		if b, err := t.Backend(textgen.Options{}); err == nil {
			return b.Spec.FormatNames()
		}
	}
	names := convert.FormatNames()
	for _, t := range textgen.FormatsOf(target) {
		names = append(names, formatNames(t.Name)...)
	}
	return names
}

// methodNames returns the methods of a target for correlations.
func methodNames(target string) []string {
	if t := textgen.FindTarget(target); t != nil {
		if b, err := t.Backend(textgen.Options{}); err == nil {
			return b.Spec.Methods()
		}
	}
	return nil
}

// convertText converts rules to a text language.
func (a *app) convertText(ctx context.Context, f *convertFlags, target *textgen.Target, rules []string) error {
	if name := firstChanged(f.text.flags, onlySQL); name != "" {
		return command.Usage("leave it out", fmt.Errorf("--%s is for SQL targets, and %s is a text target", name, target.Name))
	}
	if err := f.ruleFlags.check(); err != nil {
		return err
	}
	if err := checkPattern(f.pattern); err != nil {
		return err
	}
	f.rules, f.stdin = rules, a.stdin
	flags := &textcli.Flags{
		Target: target, Format: f.format, Method: f.text.method, Encoding: f.text.encoding, Options: f.options, Filters: f.text.filters,
		Output: f.output, OutputDir: f.text.outputDir, Template: f.text.name, Indent: f.text.indent, Exact: f.text.exact, Comments: f.text.comments, Skip: f.skip,
		JSON: f.json, Quiet: f.quiet, WithoutPipeline: f.text.flags.Changed("without-pipeline"), Rules: f.ruleFlags.options(), Config: f.config,
	}
	var err error
	f.pipelines.Own = target.Pipeline
	if err := a.usePipelines(&f.pipelines, f.config); err != nil {
		return err
	}
	name := target.Name
	if f.target == target.FormatsOf {
		name = f.target
	}
	if flags.Chain, err = f.pipelines.Chain(a, name, pipeline.TargetVars(name, f.format, f.options)); err != nil {
		return err
	}
	if isFolder(f.output) {
		flags.Output, flags.OutputDir = "", f.output
	} else if err := command.TryOutput(f.output); err != nil { //nolint:contextcheck // it opens a file and returns
		return err
	}
	ctx, stop := a.untilSignal(ctx)
	defer stop()
	// Nearly all memory is that of the rules, which stay until they are written.
	defer memlimit.Limit(textMemory)()
	defer memlimit.CollectSeldom(textGC)()
	outcome, err := textcli.Convert(ctx, a, flags)
	if ctx.Err() != nil {
		return &command.ExitError{Code: command.ExitStopped, Err: errors.New("stopped by a signal before anything was written")}
	}
	if err == nil && outcome == textcli.Refused {
		a.code = command.ExitRules
	}
	return err
}

// textGC and textMemory keep a conversion of all public rules below 150 MB, see package memlimit.
const (
	textGC     = 400
	textMemory = 100 << 20
)

// isFolder reports whether -o names a folder.
func isFolder(output string) bool {
	if output == "" || output == "-" {
		return false
	}
	info, err := os.Stat(output)
	return strings.HasSuffix(output, "/") || strings.HasSuffix(output, string(os.PathSeparator)) || err == nil && info.IsDir()
}

// Load implements textcli.Host.
func (a *app) Load(ctx context.Context, o setup.RuleOptions, config string) (*setup.RuleSet, error) {
	l, _, err := outfile.Await(ctx, 0, func() (*setup.RuleSet, error) {
		c, err := a.loadConfig(config)
		if err != nil {
			return nil, err
		}
		return setup.LoadRules(ctx, c, o)
	})
	return l, err
}

// Tell implements textcli.Host.
func (a *app) Tell(kind, text string) {
	styles := map[string]string{"note": term.Note, "warning": term.Warning}
	if style, ok := styles[kind]; ok {
		fmt.Fprintf(a.stderr, "%s: ", a.paintErr(style, kind))
	}
	fmt.Fprintln(a.stderr, diag.Safe(text))
}

// WriteOne implements textcli.Host.
func (a *app) WriteOne(ctx context.Context, l *setup.RuleSet, path string, text []byte) error {
	g, err := outfile.NewGuard([2]string{"-o", path})
	if err == nil {
		err = guardRules(g, l)
	}
	if err != nil {
		return err
	}
	out, err := command.OpenOutput(ctx, path, a.stdout)
	if err != nil {
		return err
	}
	if _, err := out.Write(text); err != nil {
		return command.Unwritable(errors.Join(err, out.Abandon()))
	}
	return out.Close()
}

// WriteFolder implements textcli.Host.
func (a *app) WriteFolder(ctx context.Context, l *setup.RuleSet, folder string, each func(func(string, []byte) error) error) error {
	var outputs []*command.Output
	err := each(func(name string, text []byte) error {
		path := filepath.Join(folder, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return err
		}
		g, err := outfile.NewGuard([2]string{"--output-dir", path})
		if err == nil {
			err = guardRules(g, l)
		}
		if err != nil {
			return err
		}
		out, err := command.OpenOutput(ctx, path, nil)
		if err != nil {
			return err
		}
		outputs = append(outputs, out)
		if _, err := out.Write(text); err != nil {
			return err
		}
		return out.Settle()
	})
	for _, out := range outputs {
		if err == nil {
			err = out.Close()
		} else {
			err = errors.Join(err, out.Abandon())
		}
	}
	if err != nil {
		return command.Unwritable(err)
	}
	return nil
}

// twoLetterFlags are flags of sigma-cli with two letters, which the flag library would read as -o with a value.
var twoLetterFlags = map[string]string{"-od": "--output-dir", "-ot": "--output-filename-template"}

// longFlags replaces two-letter flags in the arguments of convert.
func longFlags(args []string) []string {
	if len(args) == 0 || !slices.Contains(args, "convert") {
		return args
	}
	out := slices.Clone(args)
	for i, arg := range out {
		if arg == "--" {
			break
		}
		name, value, hasValue := strings.Cut(arg, "=")
		if long, ok := twoLetterFlags[name]; ok {
			out[i] = long
			if hasValue {
				out[i] += "=" + value
			}
		}
	}
	return out
}
