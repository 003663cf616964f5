// Package coveragecli has the command egret coverage.
package coveragecli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/egret-hunt/egret/diag"
	"github.com/egret-hunt/egret/internal/attack"
	"github.com/egret-hunt/egret/internal/cli/command"
	"github.com/egret-hunt/egret/internal/coverage"
	"github.com/egret-hunt/egret/internal/outfile"
	"github.com/egret-hunt/egret/internal/setup"
	"github.com/egret-hunt/egret/internal/term"
	"github.com/egret-hunt/egret/sigma"
)

// A Host is the command line that the command belongs to.
type Host interface {
	// Found gives the command the exit code of findings.
	Found()
	// Colors reports whether a stream gets colours.
	Colors(stream io.Writer) bool
	// Diagnose prints diagnostics to stderr.
	Diagnose(list diag.List) error
	// Config returns the configuration at a path, "" for the nearest.
	Config(path string) (*setup.Config, error)
	// UntilSignal returns a context that ends with Ctrl-C.
	UntilSignal(ctx context.Context) (context.Context, func())
}

// flags are the flags of egret coverage.
type flags struct {
	format, output, score, config string
	attack                        int
	parents, suricata             bool
	minLevel, minStatus           string
	findings, compare             string
	gaps                          bool
	mismatch, by                  string
	failUnder                     float64
	name, minColor, maxColor      string
	maxScore                      int
	pattern                       string
	// Those of S2AN.
	dir, matrix     string
	noComment, warn bool
}

var (
	formats    = []string{"text", "layer", "html", "json"}
	mismatches = []string{"tags", "s2an"}
	groupings  = []string{"logsource", "logsource-full"}
)

// Command returns egret coverage.
func Command(host Host) *cobra.Command {
	f := flags{}
	cmd := &cobra.Command{
		Use:   "coverage [PATH...]",
		Short: "Show which techniques of ATT&CK rules cover, and write layers for the ATT&CK Navigator",
		Long: `Show which techniques of MITRE ATT&CK the tags of rules cover: as a heat map, a layer for the ATT&CK Navigator, a page for
a browser, or JSON. PATH is a file or folder of Sigma rules, starter for the embedded pack, or - for stdin; with --suricata
of Suricata's signatures. Without a path the rules of egret.yaml count.

A technique without sub-techniques of its own counts as covered if it or one of its sub-techniques is. Scores are those of
sigma analyze attack.

S2AN's flags are understood, so that its users change one word: -d, -o, -n, -w, -s, and -c, which is not needed.

Exit codes: 0 done, 1 --fail-under or --mismatch found something, 3 usage or an input that cannot be read.`,
		Example: `  egret coverage rules/
  egret coverage starter --format layer -o layer.json
  egret coverage rules/ --gaps
  egret coverage rules/ --findings findings.jsonl --format html -o seen.html
  egret coverage rules-new/ --compare rules-old/
  egret coverage rules/ --mismatch --fail-under 25`,
		Args: cobra.ArbitraryArgs,
		RunE: func(cmd *cobra.Command, args []string) error { return run(cmd, &f, args, host) },
	}
	set := cmd.Flags()
	set.SortFlags = false
	set.StringVar(&f.format, "format", "text", "`FORMAT`: "+strings.Join(formats, ", "))
	set.StringVarP(&f.output, "output", "o", "", "`FILE` for the result instead of stdout; .html and .json imply html and layer")
	set.StringVar(&f.score, "score", string(coverage.ByCount), "`FUNCTION` that makes scores of rules: "+strings.Join(coverage.Scores, ", "))
	set.IntVar(&f.attack, "attack", int(attack.Current), "`VERSION` of ATT&CK: 17 or 19")
	set.BoolVarP(&f.parents, "no-subtechniques", "S", false, "count sub-techniques as their techniques")
	set.StringVarP(&f.minLevel, "min-level", "L", "", "lowest `LEVEL` of rules that count; rules without a level count as informational")
	set.StringVarP(&f.minStatus, "min-status", "T", "", "lowest `STATUS` of rules that count: "+strings.Join(statuses, ", "))
	set.BoolVarP(&f.suricata, "suricata", "s", false, "read Suricata's signatures (.rules) instead of Sigma rules")
	set.StringVar(&f.findings, "findings", "", "`FILE` of a hunt (--format jsonl): mark what was seen")
	set.StringVar(&f.compare, "compare", "", "`PATH` of other rules: print what changed from these to those of PATH...")
	set.BoolVar(&f.gaps, "gaps", false, "print the techniques without a rule")
	set.StringVar(&f.mismatch, "mismatch", "", "print techniques that do not belong to the rule's tactics: tags (the default), or s2an, by the order of tags")
	set.Lookup("mismatch").NoOptDefVal = mismatches[0]
	set.StringVar(&f.by, "by", "", "count rules by `PART`: logsource (its category, as sigma analyze logsource does) or logsource-full")
	set.Float64Var(&f.failUnder, "fail-under", 0, "exit code 1 if less than this `PERCENT` of techniques is covered")
	set.StringVar(&f.name, "name", "egret coverage", "`NAME` of the layer or page")
	set.StringVar(&f.minColor, "min-color", "", "`COLOR` of the lowest score in a layer (default #ffffff00)")
	set.StringVar(&f.maxColor, "max-color", "", "`COLOR` of the highest score in a layer (default #ff0000)")
	set.IntVarP(&f.maxScore, "max-score", "m", 0, "`SCORE` that gets the highest colour in a layer (default: the highest one)")
	set.BoolVarP(&f.noComment, "no-comment", "n", false, "leave the titles of rules out of the layer's comments")
	set.StringVarP(&f.pattern, "file-pattern", "P", "", "`PATTERN` for the names of files in folders, such as *.yml")
	set.StringVar(&f.config, "config", "", "`FILE` to read instead of the nearest egret.yaml")
	set.StringVarP(&f.dir, "rules-directory", "d", "", "as S2AN: `DIR` of rules; writes a layer")
	set.BoolVarP(&f.warn, "warning", "w", false, "as S2AN: print mismatches too")
	set.StringVarP(&f.matrix, "category-url", "c", "", "as S2AN: ignored, since ATT&CK is embedded")
	for _, name := range []string{"rules-directory", "warning", "category-url"} {
		_ = set.MarkHidden(name) // the flags exist
	}
	command.Complete(cmd, "format", formats)
	command.Complete(cmd, "score", coverage.Scores)
	command.Complete(cmd, "attack", []string{"17", "19"})
	command.Complete(cmd, "min-level", sigma.Levels)
	command.Complete(cmd, "min-status", statuses)
	command.Complete(cmd, "mismatch", mismatches)
	command.Complete(cmd, "by", groupings)
	return cmd
}

// LogsourceCommand returns egret analyze logsource, which is egret coverage --by logsource.
func LogsourceCommand(host Host) *cobra.Command {
	f := flags{format: "text", score: string(coverage.ByCount), attack: int(attack.Current), name: "egret coverage"}
	full := false
	cmd := &cobra.Command{
		Use:   "logsource PATH...",
		Short: "Count rules by log source and level, as sigma analyze logsource does",
		Long:  `Count rules by the category of their log source, and by level: egret coverage --by logsource.`,
		Example: `  egret analyze logsource rules/
  egret analyze logsource --full rules/`,
		Args: cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			f.by = groupings[0]
			if full {
				f.by = groupings[1]
			}
			return run(cmd, &f, args, host)
		},
	}
	set := cmd.Flags()
	set.BoolVar(&full, "full", false, "count by category, product and service")
	set.StringVarP(&f.pattern, "file-pattern", "P", "", "`PATTERN` for the names of files in folders, such as *.yml")
	set.StringVar(&f.config, "config", "", "`FILE` to read instead of the nearest egret.yaml")
	return cmd
}

// statuses are the statuses of rules from the least to the most reliable one, as sigma-cli orders them.
var statuses = []string{"unsupported", "deprecated", "experimental", "test", "stable"}

// check validates the flags, and settles those of S2AN.
func (f *flags) check(cmd *cobra.Command) error {
	set := cmd.Flags()
	if f.dir != "" && !set.Changed("format") {
		f.format = "layer"
		if f.output == "" {
			f.output = "sigma-coverage.json"
			if f.suricata {
				f.output = "suricata-coverage.json"
			}
		}
	}
	if f.output != "" && !set.Changed("format") {
		switch strings.ToLower(filepath.Ext(f.output)) {
		case ".json":
			f.format = "layer"
		case ".html", ".htm":
			f.format = "html"
		}
	}
	for _, c := range []struct {
		flag, value string
		words       []string
	}{
		{"format", f.format, formats}, {"score", f.score, coverage.Scores}, {"min-level", f.minLevel, sigma.Levels}, {"min-status", f.minStatus, statuses},
		{"mismatch", f.mismatch, mismatches}, {"by", f.by, groupings},
	} {
		if c.value != "" && !slices.Contains(c.words, c.value) {
			return setup.UsageError("it takes "+strings.Join(c.words, ", "), fmt.Errorf("--%s does not take %q", c.flag, c.value))
		}
	}
	if f.attack != int(attack.V17) && f.attack != int(attack.V19) {
		return setup.UsageError("it takes 17 or 19", fmt.Errorf("--attack does not take %d", f.attack))
	}
	if f.failUnder < 0 || f.failUnder > 100 {
		return setup.UsageError("it takes 0 to 100", fmt.Errorf("--fail-under does not take %g", f.failUnder))
	}
	ask := 0
	for _, on := range []bool{f.gaps, f.mismatch != "", f.by != "", f.compare != ""} {
		if on {
			ask++
		}
	}
	if ask > 1 || ask > 0 && f.format != "text" {
		return setup.UsageError("give one of them, without --format", errors.New("--gaps, --mismatch, --by and --compare print a text of their own"))
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
	ctx, stop := host.UntilSignal(cmd.Context())
	defer stop()
	if f.dir != "" {
		args = append([]string{f.dir}, args...)
	}
	config, err := host.Config(f.config)
	if err != nil {
		return err
	}
	if len(args) == 0 {
		args = setup.RulePaths(config)
	}
	compared, err := config.ResolvePackages([]string{f.compare})
	if err != nil {
		return err
	}
	if args, err = config.ResolvePackages(args); err != nil {
		return err
	}
	r := reader{flags: f, host: host, stdin: cmd.InOrStdin()}
	marks, err := r.marks(ctx, args)
	if err != nil {
		return err
	}
	o := coverage.Options{Version: attack.Version(f.attack), Score: coverage.Score(f.score), Parents: f.parents}
	m := coverage.NewMatrix(marks, o)
	if f.findings != "" {
		seen, err := r.findings(f.findings)
		if err != nil {
			return err
		}
		m.Seen = coverage.NewMatrix(seen, o)
	}
	var other *coverage.Matrix
	if f.compare != "" {
		before, err := r.marks(ctx, compared)
		if err != nil {
			return err
		}
		other = coverage.NewMatrix(before, o)
	}
	if err := f.write(ctx, cmd.OutOrStdout(), r.paths, func(w io.Writer) error { return f.print(w, m, marks, other, host) }); err != nil {
		return err
	}
	if f.warn {
		if err := coverage.WriteMismatches(cmd.OutOrStdout(), coverage.MismatchesByOrder(marks, o.Version), o.Version); err != nil {
			return err
		}
	}
	if covered, all := m.Share(); 100*float64(covered) < f.failUnder*float64(all) {
		fmt.Fprintf(cmd.ErrOrStderr(), "%d of %d techniques are covered, less than %g %%\n", covered, all, f.failUnder)
		host.Found()
	}
	return nil
}

// print writes what the flags ask for.
func (f *flags) print(w io.Writer, m *coverage.Matrix, marks []*coverage.Mark, other *coverage.Matrix, host Host) error {
	v := m.Options.Version
	switch {
	case f.gaps:
		return m.WriteGaps(w)
	case f.by != "":
		return coverage.WriteGroups(w, coverage.Groups(marks, f.by != groupings[0]))
	case other != nil:
		return coverage.WriteChanges(w, coverage.Compare(other, m))
	case f.mismatch != "":
		list := coverage.Mismatches(marks, v)
		if f.mismatch == mismatches[1] {
			list = coverage.MismatchesByOrder(marks, v)
		}
		if len(list) > 0 {
			host.Found()
		}
		return coverage.WriteMismatches(w, list, v)
	}
	switch f.format {
	case "layer":
		return m.WriteLayer(w, coverage.LayerOptions{
			Name: f.name, NoComments: f.noComment, MinColor: f.minColor, MaxColor: f.maxColor, Top: f.maxScore,
			Description: fmt.Sprintf("%s; score: %s.", term.Plural(m.Marks, "rule"), f.score),
		})
	case "html":
		return m.WriteHTML(w, f.name)
	case "json":
		return m.WriteJSON(w)
	}
	return m.WriteText(w, cmp.Or(term.Columns(w), 100), f.output == "" && host.Colors(w))
}

// write writes to the output, which must not be one of the inputs.
func (f *flags) write(ctx context.Context, stdout io.Writer, inputs []string, print func(io.Writer) error) error {
	guard, err := outfile.NewGuard([2]string{"-o", f.output})
	if err != nil {
		return err
	}
	for _, path := range append(inputs, f.findings) {
		if path == "" {
			continue
		}
		if err := guard.Files(path); err != nil {
			return err
		}
	}
	return setup.WriteOutput(ctx, f.output, stdout, print)
}
