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
	"github.com/egret-hunt/egret/internal/cli/command"
	"github.com/egret-hunt/egret/internal/finding"
	"github.com/egret-hunt/egret/internal/hunt"
	"github.com/egret-hunt/egret/internal/inquiry"
	"github.com/egret-hunt/egret/internal/memlimit"
	"github.com/egret-hunt/egret/internal/outfile"
	"github.com/egret-hunt/egret/internal/parquetrow"
	"github.com/egret-hunt/egret/internal/report"
	"github.com/egret-hunt/egret/internal/schema"
	"github.com/egret-hunt/egret/internal/scratch"
	"github.com/egret-hunt/egret/internal/setup"
	"github.com/egret-hunt/egret/internal/term"
	"github.com/egret-hunt/egret/internal/timetext"
)

type huntFlags struct {
	ruleFlags
	lake                                                  huntLakeFlags
	s3                                                    s3Flags
	from, to, last, context, format, output, zone, ledger string
	geoip                                                 []string
	threads, maxFindings                                  int
	exitZero, strict, quiet, noFold, firstSeen            bool
	// formats are those of the results, nil for those of findings. job is what runs instead of rules, nil for a hunt.
	formats []report.Format
	job     *inquiry.Job
}

func (a *app) huntCommand() *cobra.Command {
	var f huntFlags
	cmd := &cobra.Command{
		Use:   "hunt PATH... | --lake NAME",
		Short: "Run rules over log files or a lake and print what they find",
		Long: `Read log files, run Sigma rules over them, and tell who did what, what still stands and what to do now; then the
findings as a timeline. In a pipe or a file the timeline alone is the default.

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
  egret hunt logs/ --format story | less
  egret hunt logs/ -o report.md
  egret hunt AWSLogs/ --format jsonl -o findings.jsonl --ledger ledger.json
  egret hunt AWSLogs/ -o report.html
  egret hunt logs/ --include initial-access --include T1078 --context 5m
  egret hunt logs/ --geoip GeoLite2-City.mmdb --geoip GeoLite2-ASN.mmdb
  egret hunt logs/ --ioc case12.txt --include ioc
  egret hunt logs/ --stix "[ipv4-addr:value = '192.0.2.1']"
  egret hunt logs/ --indicators bundle.json
  egret hunt s3://my-logs/AWSLogs/ --last 7d
  egret hunt vpcflowlogs/ --flow-format "srcaddr dstaddr dstport protocol bytes start action"
  zcat events.json.gz | egret hunt - --format csv > findings.csv
  egret hunt --lake prod --last 24h --dry-run
  egret hunt --lake prod --from 2026-02-01 --to 2026-02-08 --budget 200GB
  egret hunt --resume latest
  egret hunt --engine duckdb --table 'logs/*.parquet' --layout cloudtrail/security-lake-v2`,
		Args: func(cmd *cobra.Command, args []string) error {
			switch {
			case len(args) > 0 && f.lake.asked():
				return command.Usage("leave out the PATH, or --lake, --engine and --resume", errors.New("a hunt reads either files or a lake"))
			case f.firstSeen && f.lake.asked():
				return command.Usage("a lake returns only the events that rules may match", errors.New("--first-seen goes with files"))
			case f.lake.asked():
				return nil
			}
			if err := misplaced(cmd.Flags()); err != nil {
				return err
			}
			if len(args) == 0 {
				return command.Usage("as in: egret hunt logs/   or, from a pipe: egret hunt -   or, in a lake: egret hunt --lake prod --last 24h",
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
	f.ruleFlags.registerSTIX(flags)
	flags.StringVar(&f.context, "context", "", "also other events of the same principal within `DURATION` of a finding, such as 5m")
	flags.StringVar(&f.format, "format", "", "`FORMAT` of the findings: "+strings.Join(report.Names(), ", ")+"; default: by the name of -o, else story on a terminal and timeline elsewhere")
	flags.StringVarP(&f.output, "output", "o", "", "write the findings to `FILE`; it appears once it is complete")
	flags.StringVar(&f.ledger, "ledger", "", "also write the ledger as JSON to `FILE`")
	flags.IntVar(&f.maxFindings, "max-findings", 0, "write at most `N` findings; all are counted")
	flags.BoolVar(&f.noFold, "no-fold", false, "list findings apart that else are shown as \"also\" with another finding of the same events")
	flags.StringVar(&f.zone, "tz", "UTC", "time `ZONE` of timeline, table and csv: local, +02:00, Europe/Berlin")
	flags.IntVar(&f.threads, "threads", 0, "work with `N` threads; 0 is one for each processor")
	flags.StringArrayVar(&f.geoip, "geoip", nil, "show the country, city or network of addresses from this database: `FILE`.mmdb; repeatable")
	flags.BoolVar(&f.firstSeen, "first-seen", false, "mark what a principal had not used before: address, network, agent, region, API")
	f.s3.register(flags)
	flags.BoolVar(&f.strict, "strict", false, "skipped rules count as rules not loaded (exit code 2)")
	flags.BoolVar(&f.exitZero, "exit-zero", false, "exit with 0 whatever was found or failed, except for wrong usage")
	flags.BoolVar(&a.noColor, "no-color", false, "the same as --color never")
	flags.BoolVarP(&f.quiet, "quiet", "q", false, "no progress, no warnings and no summary; errors and the ledger stay")
	f.lake.register(cmd, host{a})
	command.Complete(cmd, "format", report.Names())
	command.Complete(cmd, "min-level", finding.Levels)
	command.Complete(cmd, "status", statuses)
	a.completeRules(cmd, &f.ruleFlags)
	return cmd
}

// huntPlan is the validated form of the flags.
type huntPlan struct {
	options hunt.Options
	files   *hunt.Files
	format  report.Format
	report  report.Options
	guard   *outfile.Guard
}

// plan checks the flags before anything is read.
func (a *app) plan(f *huntFlags, paths []string) (*huntPlan, error) {
	p := &huntPlan{options: hunt.Options{Threads: f.threads, Unfolded: f.noFold}, files: &hunt.Files{Paths: paths, Stdin: a.stdin, Parquet: parquetrow.Reader}}
	if f.formats == nil {
		f.formats = report.Formats
	}
	format, clash, err := formatFor(f.formats, f.format, f.output, term.IsTerminal(a.stdout))
	if err != nil {
		return nil, err
	}
	if clash != "" && !f.quiet {
		a.warn(clash)
	}
	f.format = format.Name
	p.format = format
	if p.format.ForFile && (f.output == "" || f.output == "-") && term.IsTerminal(a.stdout) {
		return nil, command.Usage("write it to a file: -o report."+f.format, fmt.Errorf("--format %s is not for a terminal", f.format))
	}
	p.options.Trace = p.format.Story
	if err := f.ruleFlags.check(); err != nil {
		return nil, err
	}
	if f.minLevel != "" {
		p.options.MinLevel, _ = finding.ParseLevel(f.minLevel)
	}
	if err := f.times(&p.options, time.Now().Truncate(time.Second)); err != nil { // users and SQL work with whole seconds
		return nil, err
	}
	zone, err := timetext.Zone(f.zone)
	if err != nil {
		return nil, command.Usage("write it as local, UTC, +02:00 or Europe/Berlin", fmt.Errorf("--tz: %w", err))
	}
	switch {
	case f.threads < 0:
		return nil, command.Usage("0 is one for each processor", fmt.Errorf("--threads: %d is not a number of threads", f.threads))
	case f.maxFindings < 0:
		return nil, command.Usage("0 is no limit", fmt.Errorf("--max-findings: %d is not a number of findings", f.maxFindings))
	case f.threads == 0:
		p.options.Threads = runtime.GOMAXPROCS(0)
	}
	if p.guard, err = a.guardHunt(f, paths); err != nil {
		return nil, err
	}
	p.files.Guard = p.guard.File
	for _, path := range []string{f.output, f.ledger} {
		if err := command.TryOutput(path); err != nil {
			return nil, err
		}
	}
	if dashes := len(paths) - len(slices.DeleteFunc(slices.Clone(paths), func(path string) bool { return path == "-" })); dashes > 1 {
		return nil, command.Usage("", errors.New("stdin (-) can be read only once"))
	}
	p.report = report.Options{Location: zone, Context: p.options.Context}
	if f.output == "" || f.output == "-" {
		p.report.Color, p.report.Width = a.colors(a.stdout), term.Columns(a.stdout)
	}
	return p, nil
}

// times parses --from, --to, --last and --context.
func (f *huntFlags) times(options *hunt.Options, now time.Time) error {
	var err error
	if options.From, options.To, err = setup.TimeRange(f.from, f.to, f.last, now); err != nil {
		return err
	}
	if f.context != "" {
		d, err := timetext.Duration(f.context)
		if err != nil {
			return command.Usage(timetext.DurationHelp, fmt.Errorf("--context: %w", err))
		}
		options.Context = d
	}
	return nil
}

// hunt runs the command. It returns errors that cannot be recorded in the ledger; a.code has the exit code of those
// in the ledger.
func (a *app) hunt(cmd *cobra.Command, f *huntFlags, paths []string) (err error) {
	scratch.Sweep(os.TempDir()) // leftovers of killed hunts
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
	a.evidence, f.inLake = evidenceOf(f, paths), f.lake.asked()
	f.schemas, _, err = outfile.Await(ctx, 0, func() ([]*schema.Schema, error) { return a.loadSchemas(f.lake.choice.SchemaFolder, f.config) })
	if ctx.Err() != nil {
		return errStoppedBefore()
	}
	if err != nil {
		return err
	}
	p.options.Schemas, f.lake.choice.Schemas = f.schemas, f.schemas
	l, err := a.rulesOf(ctx, f)
	if ctx.Err() != nil {
		return errStoppedBefore()
	}
	if err != nil {
		return err
	}
	errorColors := a.colors(a.stderr)
	if err := printed(l, f.quiet).Write(a.stderr, diag.Options{Color: errorColors}); err != nil {
		return err
	}
	if !f.quiet {
		options := f.ruleFlags.options()
		for _, hint := range l.Unmatched(&options) {
			a.warn(hint)
		}
	}
	code := command.ExitClean
	if l.Set.Failed > 0 || l.STIX != nil && l.STIX.Broken > 0 || f.strict && l.HasFaults() {
		code = command.ExitRules
	}
	noRules := len(l.Set.Rules)+len(l.Set.Correlations) == 0 && !f.observes()
	if noRules {
		code = max(code, command.ExitRules)
		p.files.Paths = nil // reading would find nothing; the ledger reports why no rule runs
	}
	if err := guardRules(p.guard, l); err != nil {
		return err
	}
	p.options.Set, p.options.Indicators, p.options.FirstSeen = l.Set, l.Indicators, f.firstSeen
	if p.options.Origins, err = setup.Origins(a.configs[f.config], f.geoip); err != nil {
		return err
	}
	p.report.Origin = p.options.Origins.Of
	defer func() { err = errors.Join(err, p.options.Origins.Close()) }()
	if p.files.Remote, err = f.s3.remote(ctx, paths); err != nil {
		return err
	}
	if p.files.TextColumns, err = f.s3.columns(f.schemas, paths); err != nil {
		return err
	}
	bar := a.progress(f.quiet)
	defer bar.Stop()
	p.options.Source, p.options.Progress = p.files, bar.hunt
	if f.observes() {
		p.options.Observe = f.job.Observe
	}
	if f.lake.asked() && f.observes() {
		inLake.from, inLake.to = p.options.From, p.options.To
		return a.tallyLake(ctx, f, p, inLake, l, bar)
	}
	if f.lake.asked() && !noRules {
		inLake.from, inLake.to = p.options.From, p.options.To
		bar.asking()
		defer memlimit.Limit(memlimit.LakeMemory)() // planning takes the most memory
		if err := a.openHunt(ctx, f, inLake, l.Set); err != nil {
			return err
		}
		if f.lake.dryRun {
			return a.outline(ctx, f, inLake, bar.Stop)
		}
		if err := f.lake.openJournal(a, cmd.Flags(), inLake); err != nil {
			return err
		}
		defer memlimit.CollectOften(memlimit.LakeGC)()
		p.options.Source, p.options.From, p.options.To = hunt.Tables(inLake.lake), inLake.from, inLake.to
	} else {
		memory := int64(memlimit.FilesMemory)
		if l.STIX != nil {
			memory += int64(min(l.STIX.Used, memlimit.MostIndicators)) * memlimit.Indicator
		}
		defer memlimit.Limit(memory)()
		defer memlimit.CollectSeldom(memlimit.FilesGC)()
	}
	result, err := hunt.Run(ctx, p.options)
	bar.Stop()
	if err != nil {
		return huntFailure(err)
	}
	ledger := &result.Ledger
	l.Account(ledger)
	ledger.Version, ledger.Command = version(), a.command()
	if inLake.temporary != nil {
		ledger.Lake.Hunt = "" // its journal is about to be removed
	}
	if ctx.Err() != nil {
		ledger.Stopped = "stopped by a signal"
	}
	if ledger.Partial && inLake.lake == nil {
		code = max(code, command.ExitStopped)
	}
	switch {
	case noRules:
		ledger.Notes = []string{"no rule runs, so the input was not read"}
	case ledger.Lake != nil && ledger.Lake.Chunks == 0 && !ledger.Partial:
		ledger.Notes = []string{"no rule can run on these tables, so no query was run; egret table check shows what is missing"}
		code = max(code, command.ExitRules)
	case result.InputFailed:
		code = max(code, command.ExitInput)
	case gaveNothing(ledger):
		ledger.Notes = append(ledger.Notes, "the tables returned no rows for any rule; check that they have rows in the time range and the columns of the schema")
	}
	if err := f.describe(ledger); err != nil {
		return errors.Join(err, result.Close())
	}
	p.report.Schemas, p.report.Mappings = f.schemas, l.Mappings
	if l.STIX != nil {
		p.report.Indicator = l.STIX.Indicator
		ledger.Notes = append(ledger.Notes, l.STIX.Notes()...)
	}
	for _, path := range l.Config.PassedOver {
		ledger.Notes = append(ledger.Notes, setup.PassedOverNote(path))
	}
	if f.strict && ledger.Lake != nil && ledger.Lake.CannotRun.Total > 0 {
		code = max(code, command.ExitRules)
	}
	code = max(code, inLake.code(ledger, ctx.Err() != nil))
	err = a.write(ctx, f, p, result, errorColors)
	if ledger.Findings.Total > 0 {
		code = max(code, command.ExitFindings)
	}
	if err = errors.Join(err, result.Close()); err != nil {
		code = max(code, command.ExitInput)
		if ctx.Err() != nil {
			code = command.ExitStopped
		}
		return &command.ExitError{Code: code, Err: err}
	}
	if err := a.finish(inLake, ledger); err != nil {
		return &command.ExitError{Code: command.ExitInput, Err: err}
	}
	if !f.exitZero {
		a.code = code
	}
	return nil
}

// gaveNothing reports whether a complete lake hunt returned no rows: either nothing happened, or the tables do not
// match their layouts.
func gaveNothing(l *finding.Ledger) bool {
	return l.Lake != nil && !l.Partial && l.Lake.Left.Total == 0 && l.Lake.Rows == 0 && l.Lake.Resumed == 0
}
