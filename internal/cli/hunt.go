package cli

import (
	"errors"
	"fmt"
	"os"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/egret-hunt/egret/diag"
	"github.com/egret-hunt/egret/internal/finding"
	"github.com/egret-hunt/egret/internal/hunt"
	"github.com/egret-hunt/egret/internal/report"
	"github.com/egret-hunt/egret/internal/ruleset"
	"github.com/egret-hunt/egret/internal/schema"
	"github.com/egret-hunt/egret/internal/scratch"
)

type huntFlags struct {
	ruleFlags
	lake                                                  huntLakeFlags
	s3                                                    s3Flags
	from, to, last, context, format, output, zone, ledger string
	threads, maxFindings                                  int
	exitZero, strict, quiet                               bool
}

func (a *app) huntCommand() *cobra.Command {
	var f huntFlags
	cmd := &cobra.Command{
		Use:   "hunt PATH... | --lake NAME",
		Short: "Run rules over log files or a lake and print what they find",
		Long: `Read log files, run Sigma rules over them, and print the findings as a timeline.

PATH is a file, a folder, a glob, or - for stdin; with s3:// in front, an object, a folder, a glob or a prefix in a
bucket. CloudTrail as S3 delivers it, JSON lines, arrays, exports of CloudWatch Logs and of SIEMs, and Windows events as
JSON are read, also in gzip, zstd, zip and tar; the content of a file decides, not its name. Without --rules the embedded
starter pack runs.

With --lake or --engine the rules are asked of tables instead, at the price of about one scan: a plan of few statements
brings the events that rules may hold for, and the rules decide on these here. A lake asks for a time range, shows with
--dry-run what a hunt would read, stops at --budget, and goes on with --resume where it was stopped or killed.

Findings go to stdout, everything else to stderr. Every hunt closes with the ledger: what was read, what was not and
why, and where logs are missing.

Exit codes: 0 nothing found, 1 findings, 2 rules not loaded, 3 usage or configuration, 4 an input failed, 5 stopped
early. The highest that applies wins.`,
		Example: `  egret hunt logs/
  egret hunt logs/ --from 2023-07-10T12:00 --to 2023-07-10T13:00 --min-level medium
  egret hunt logs/ --last 24h --rules starter --rules ~/sigma/rules/cloud/aws
  egret hunt AWSLogs/ --format jsonl -o findings.jsonl --ledger ledger.json
  egret hunt logs/ --include initial-access --include T1078 --context 5m
  egret hunt s3://my-logs/AWSLogs/ --last 7d
  zcat events.json.gz | egret hunt - --format csv > findings.csv
  egret hunt --lake prod --last 24h --dry-run
  egret hunt --lake prod --from 2026-02-01 --to 2026-02-08 --budget 200GB
  egret hunt --resume latest
  egret hunt --engine duckdb --table 'logs/*.parquet' --schema cloudtrail/security-lake-v2`,
		Args: func(cmd *cobra.Command, args []string) error {
			switch {
			case len(args) > 0 && f.lake.asked():
				return usage("leave out the PATH, or --lake, --engine and --resume", errors.New("a hunt is either in files or in a lake"))
			case f.lake.asked():
				return nil
			}
			if err := misplaced(cmd.Flags()); err != nil {
				return err
			}
			if len(args) == 0 {
				return usage("as in: egret hunt logs/   or, from a pipe: egret hunt -   or, in a lake: egret hunt --lake prod --last 24h",
					errors.New("egret hunt needs a PATH or a lake"))
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error { return a.hunt(cmd, &f, args) },
	}
	flags := cmd.Flags()
	flags.SortFlags = false
	flags.StringArrayVar(&f.rules, "rules", nil, "rules to run: a `DIR|FILE`, or starter for the embedded pack; repeatable")
	flags.StringVar(&f.from, "from", "", "only events from `TIME` on; without a zone it is UTC")
	flags.StringVar(&f.to, "to", "", "only events before `TIME`; a date is its midnight")
	flags.StringVar(&f.last, "last", "", "only events of the `DURATION` before now, such as 24h or 7d")
	f.ruleFlags.register(flags)
	flags.StringVar(&f.context, "context", "", "also other events of the same principal within `DURATION` of a finding, such as 5m")
	flags.StringVar(&f.format, "format", "", "`FORMAT` of the findings: "+strings.Join(report.Names(), ", ")+"; default: by the name of -o, else timeline")
	flags.StringVarP(&f.output, "output", "o", "", "write the findings to `FILE`; it appears once it is whole")
	flags.StringVar(&f.ledger, "ledger", "", "also write the ledger as JSON to `FILE`")
	flags.IntVar(&f.maxFindings, "max-findings", 0, "write at most `N` findings; all are counted")
	flags.StringVar(&f.zone, "tz", "UTC", "time `ZONE` of timeline, table and csv: local, +02:00, Europe/Berlin")
	flags.IntVar(&f.threads, "threads", 0, "work with `N` threads; 0 is one for each processor")
	f.s3.register(flags)
	flags.BoolVar(&f.strict, "strict", false, "skipped rules count as rules not loaded (exit code 2)")
	flags.BoolVar(&f.exitZero, "exit-zero", false, "exit with 0 whatever was found or failed, except for wrong usage")
	flags.BoolVar(&a.noColor, "no-color", false, "the same as --color never")
	flags.BoolVarP(&f.quiet, "quiet", "q", false, "no progress, no warnings and no summary; errors and the ledger stay")
	f.lake.register(cmd)
	complete(cmd, "format", report.Names())
	complete(cmd, "min-level", finding.Levels)
	complete(cmd, "status", statuses)
	a.completeRules(cmd, &f.ruleFlags)
	return cmd
}

// huntPlan is what the flags mean.
type huntPlan struct {
	options hunt.Options
	format  report.Format
	report  report.Options
	guard   *outputGuard
}

// plan checks the flags, before anything is read.
func (a *app) plan(f *huntFlags, paths []string) (*huntPlan, error) {
	p := &huntPlan{options: hunt.Options{Paths: paths, Stdin: a.stdin, Threads: f.threads}}
	format, clash, err := formatFor(f.format, f.output)
	if err != nil {
		return nil, err
	}
	if clash != "" && !f.quiet {
		a.warn(clash)
	}
	f.format = format
	p.format, _ = report.Lookup(f.format)
	if err := f.ruleFlags.check(); err != nil {
		return nil, err
	}
	if err := f.times(&p.options, time.Now().Truncate(time.Second)); err != nil { // whole seconds are what people and SQL read
		return nil, err
	}
	zone, err := parseZone(f.zone)
	if err != nil {
		return nil, usage("write it as local, UTC, +02:00 or Europe/Berlin", fmt.Errorf("--tz: %w", err))
	}
	switch {
	case f.threads < 0:
		return nil, usage("0 is one for each processor", fmt.Errorf("--threads: %d is no number of threads", f.threads))
	case f.maxFindings < 0:
		return nil, usage("0 is no limit", fmt.Errorf("--max-findings: %d is no number of findings", f.maxFindings))
	case f.threads == 0:
		p.options.Threads = runtime.GOMAXPROCS(0)
	}
	if p.guard, err = a.guardHunt(f, paths); err != nil {
		return nil, err
	}
	p.options.Guard = p.guard.file
	for _, path := range []string{f.output, f.ledger} {
		if err := tryOutput(path); err != nil {
			return nil, err
		}
	}
	if dashes := len(paths) - len(slices.DeleteFunc(slices.Clone(paths), func(path string) bool { return path == "-" })); dashes > 1 {
		return nil, usage("", errors.New("stdin (-) can be read only once"))
	}
	p.report = report.Options{Location: zone}
	if f.output == "" || f.output == "-" {
		p.report.Color, p.report.Width = a.colors(a.stdout), width(a.stdout)
	}
	return p, nil
}

// times reads --from, --to, --last and --context.
func (f *huntFlags) times(options *hunt.Options, now time.Time) error {
	var err error
	if options.From, options.To, err = timeRange(f.from, f.to, f.last, now); err != nil {
		return err
	}
	if f.context != "" {
		d, err := parseDuration(f.context)
		if err != nil {
			return usage(durationHelp, fmt.Errorf("--context: %w", err))
		}
		options.Context = d
	}
	return nil
}

// hunt runs the command. Its error is one that no ledger can tell; what the ledger tells is in a.code.
func (a *app) hunt(cmd *cobra.Command, f *huntFlags, paths []string) (err error) {
	scratch.Sweep(os.TempDir()) // what killed hunts left there
	inLake := &lakeHunt{}
	defer func() { err = errors.Join(err, inLake.close()) }()
	if f.lake.resume != "" {
		if err := f.lake.resumeJournal(cmd.Flags(), inLake); err != nil {
			return err
		}
	}
	p, err := a.plan(f, paths)
	if err != nil {
		return err
	}
	if inLake.journal != nil {
		p.options.From, p.options.To = inLake.from, inLake.to
	}
	ctx, stop := a.untilSignal(cmd.Context())
	defer stop()
	a.evidence = evidenceOf(f, paths)
	f.schemas, _, err = untilDone(ctx, 0, func() ([]*schema.Schema, error) { return a.loadSchemas(f.lake.choice.schemaFolder, f.config) })
	if ctx.Err() != nil {
		return errStoppedBefore()
	}
	if err != nil {
		return err
	}
	p.options.Schemas, f.lake.choice.schemas = f.schemas, f.schemas
	l, err := a.loadRules(ctx, &f.ruleFlags)
	if ctx.Err() != nil {
		return errStoppedBefore()
	}
	if err != nil {
		return err
	}
	errorColors := a.colors(a.stderr)
	if err := l.diagnostics(f.quiet).Write(a.stderr, diag.Options{Color: errorColors}); err != nil {
		return err
	}
	if !f.quiet {
		for _, hint := range l.unmatched(&f.ruleFlags) {
			a.warn(hint)
		}
	}
	code := exitClean
	if l.set.Failed > 0 || f.strict && l.strictlySkipped() {
		code = exitRules
	}
	noRules := len(l.set.Rules)+len(l.set.Correlations) == 0
	if noRules {
		code = max(code, exitRules)
		p.options.Paths = nil // reading would find nothing; the ledger says why no rule runs
	}
	if err := p.guard.rules(l.set, l.configPath); err != nil {
		return err
	}
	p.options.Set = l.set
	if p.options.Remote, err = f.s3.remote(ctx, paths); err != nil {
		return err
	}
	bar := a.progress(f.quiet)
	defer bar.stop()
	p.options.Progress = bar.files
	if f.lake.asked() && !noRules {
		inLake.from, inLake.to = p.options.From, p.options.To
		bar.asking()
		defer limitMemory(lakeMemory)() // planning takes the most memory of all
		if err := a.openHunt(ctx, f, inLake, l.set); err != nil {
			return err
		}
		if f.lake.dryRun {
			return a.outline(ctx, f, inLake, bar.stop)
		}
		if err := f.lake.openJournal(a, cmd.Flags(), inLake); err != nil {
			return err
		}
		defer frequentGC(lakeGC)()
		p.options.Lake, p.options.From, p.options.To = inLake.lake, inLake.from, inLake.to
		bar.lake(inLake.lake)
	}
	if p.options.Lake == nil {
		defer limitMemory(filesMemory)()
	}
	result, err := hunt.Run(ctx, p.options)
	bar.stop()
	if err != nil {
		return huntFailure(err)
	}
	ledger := &result.Ledger
	l.account(ledger)
	ledger.Version, ledger.Command = version(), a.command()
	if inLake.temporary != nil {
		ledger.Lake.Hunt = "" // its journal is about to be removed
	}
	if ctx.Err() != nil {
		ledger.Stopped = "stopped by a signal"
	}
	if ledger.Partial && inLake.lake == nil {
		code = max(code, exitStopped)
	}
	switch {
	case noRules:
		ledger.Notes = []string{"no rule runs, so the input was not read"}
	case ledger.Lake != nil && ledger.Lake.Slices == 0 && !ledger.Partial:
		ledger.Notes = []string{"no rule can run on these tables, so nothing was asked; egret table check names what is missing"}
		code = max(code, exitRules)
	case result.InputFailed:
		code = max(code, exitInput)
	case gaveNothing(ledger):
		ledger.Notes = append(ledger.Notes, "the tables gave no row for any rule; if that is a surprise, see whether they have rows of the time range, and the columns of the schema")
	}
	for _, path := range l.passedOver {
		ledger.Notes = append(ledger.Notes, passedOverNote(path))
	}
	if f.strict && ledger.Lake != nil && ledger.Lake.CannotRun.Total > 0 {
		code = max(code, exitRules)
	}
	if result.Findings() > 0 {
		code = max(code, exitFindings)
	}
	code = max(code, inLake.code(ledger, ctx.Err() != nil))
	err = a.write(ctx, f, p, result, errorColors)
	if err = errors.Join(err, result.Close()); err != nil {
		code = max(code, exitInput)
		if ctx.Err() != nil {
			code = exitStopped
		}
		return &failure{code: code, err: err}
	}
	if err := a.finish(inLake, ledger); err != nil {
		return &failure{code: exitInput, err: err}
	}
	if !f.exitZero {
		a.code = code
	}
	return nil
}

// gaveNothing tells whether a whole hunt in a lake brought no row: a quiet time, or tables that are not what their schema says.
func gaveNothing(l *finding.Ledger) bool {
	return l.Lake != nil && !l.Partial && l.Lake.Left.Total == 0 && l.Lake.Rows == 0 && l.Lake.Resumed == 0
}

// diagnostics are those to print: of a folder of other people's rules the notes are left out, and in quiet the warnings.
func (l *loaded) diagnostics(quiet bool) diag.List {
	return slices.DeleteFunc(slices.Clone(l.list), func(d diag.Diagnostic) bool {
		return d.Severity == diag.Note || quiet && d.Severity != diag.Error
	})
}

// unmatched are the choices of --include, --exclude and egret.yaml that no rule answers to.
func (l *loaded) unmatched(f *ruleFlags) []string {
	var infos []*ruleset.Info
	for _, rule := range l.set.Rules {
		infos = append(infos, &rule.Info)
	}
	for _, correlation := range l.set.Correlations {
		infos = append(infos, &correlation.Info)
	}
	var hints []string
	for _, path := range l.passedOver {
		hints = append(hints, passedOverNote(path))
	}
	for _, choice := range f.include {
		if !slices.ContainsFunc(infos, func(info *ruleset.Info) bool { return info.Answers(choice) }) {
			hints = append(hints, fmt.Sprintf("--include %s: no rule that runs has that id, name or tag", choice))
		}
	}
	excluded := slices.ContainsFunc(l.set.Skipped, func(s ruleset.Skipped) bool { return s.Reason == ruleset.Excluded })
	if len(f.exclude) > 0 && !excluded {
		hints = append(hints, fmt.Sprintf("--exclude %s: no rule has that id, name or tag", strings.Join(f.exclude, ", ")))
	}
	if n := len(l.strangers); n > 0 {
		shown := l.strangers[:min(n, 3)]
		text := fmt.Sprintf("%s: no rule has the id %s", l.configPath, strings.Join(shown, ", "))
		if n > len(shown) {
			text += fmt.Sprintf(" and %d more", n-len(shown))
		}
		hints = append(hints, text)
	}
	return hints
}

// ownChoices are the reasons that come from the user's flags and configuration, and the one that only follows from why
// another rule is left out, which counts there.
var ownChoices = []ruleset.Reason{ruleset.BaseOnly, ruleset.Disabled, ruleset.Excluded, ruleset.NotIncluded, ruleset.BelowLevel}

// strictlySkipped tells whether rules are left out for another reason than the user's own choice.
func (l *loaded) strictlySkipped() bool {
	return len(l.set.LeftOut) > 0 || slices.ContainsFunc(l.set.Skipped, func(s ruleset.Skipped) bool { return !slices.Contains(ownChoices, s.Reason) })
}

// account fills in the ledger's part about rules.
func (l *loaded) account(ledger *finding.Ledger) {
	c := &ledger.Rules
	c.Folders = l.names
	c.Loaded, c.Correlations, c.Filters = len(l.set.Rules)+len(l.set.Correlations), len(l.set.Correlations), len(l.set.Filters)
	c.Tuned = l.tuning
	for _, skipped := range l.set.Skipped {
		if skipped.Reason != ruleset.Invalid { // those have an error below
			c.Skipped.Add(string(skipped.Reason), ruleExample(skipped))
		}
	}
	for _, left := range l.set.LeftOut {
		c.Skipped.Add("left-out-file", left.Path+": "+left.Reason)
	}
	// A file counts once, under its first error.
	failed := map[string]bool{}
	for _, d := range l.list {
		if d.Severity != diag.Error || d.Span.File == nil || failed[d.Span.File.Name] {
			continue
		}
		failed[d.Span.File.Name] = true
		position := d.Span.File.Position(d.Span.Start)
		c.Failed.Add(d.Code, fmt.Sprintf("%s:%d:%d: %s", d.Span.File.Name, position.Line, position.Column, d.Message))
	}
	c.Skipped.Sort()
	c.Failed.Sort()
	c.SHA256 = l.set.Fingerprint()
}

func ruleExample(skipped ruleset.Skipped) string {
	text := skipped.Path + ": " + skipped.Title
	if skipped.Detail != "" {
		text += " (" + skipped.Detail + ")"
	}
	return text
}
