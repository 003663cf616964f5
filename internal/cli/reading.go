package cli

import (
	"context"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/egret-hunt/egret/internal/cli/command"
	"github.com/egret-hunt/egret/internal/finding"
	"github.com/egret-hunt/egret/internal/inquiry"
	"github.com/egret-hunt/egret/internal/report"
	"github.com/egret-hunt/egret/internal/setup"
)

// Reading implements the Host of package pivot: a command that reads what a hunt reads, without rules of its user.
func (a *app) Reading(cmd *cobra.Command, formats []report.Format) func(paths []string, job *inquiry.Job) error {
	f := &huntFlags{formats: formats}
	names := report.NamesOf(formats)
	flags := cmd.Flags()
	flags.StringVar(&f.from, "from", "", "only events from `TIME` on; without a zone it is UTC")
	flags.StringVar(&f.to, "to", "", "only events before `TIME`; a date is its midnight")
	flags.StringVar(&f.last, "last", "", "only events of the `DURATION` before now, such as 24h or 7d")
	flags.StringVar(&f.config, "config", "", "`FILE` to read instead of the nearest egret.yaml")
	flags.StringVar(&f.format, "format", "", "`FORMAT` of the results: "+strings.Join(names, ", ")+"; default: by the name of -o, else "+names[0])
	flags.StringVarP(&f.output, "output", "o", "", "write the results to `FILE`; it appears once it is complete")
	flags.StringVar(&f.ledger, "ledger", "", "also write the ledger as JSON to `FILE`")
	if formats[0].New != nil {
		flags.IntVar(&f.maxFindings, "max-events", 0, "write at most `N` events; all are counted")
	}
	flags.StringVar(&f.zone, "tz", "UTC", "time `ZONE` of the formats for people and of csv: local, +02:00, Europe/Berlin")
	flags.IntVar(&f.threads, "threads", 0, "work with `N` threads; 0 is one for each processor")
	flags.StringArrayVar(&f.geoip, "geoip", nil, "show the country, city or network of addresses from this database: `FILE`.mmdb; repeatable")
	f.s3.register(flags)
	flags.BoolVar(&f.exitZero, "exit-zero", false, "exit with 0 whatever was found or failed, except for wrong usage")
	flags.BoolVarP(&f.quiet, "quiet", "q", false, "no progress, no warnings and no summary; errors and the ledger stay")
	f.lake.register(cmd, host{a})
	command.Complete(cmd, "format", names)
	return func(paths []string, job *inquiry.Job) error {
		if !f.lake.asked() {
			if err := misplaced(flags); err != nil {
				return err
			}
		}
		f.job, f.lake.command = job, job.Name
		return a.hunt(cmd, f, paths)
	}
}

// rulesOf returns the rules that a hunt runs, or those of its job.
func (a *app) rulesOf(ctx context.Context, f *huntFlags) (*setup.RuleSet, error) {
	if f.job == nil {
		return a.loadRules(ctx, &f.ruleFlags)
	}
	c, err := a.loadConfig(f.config)
	if err != nil {
		return nil, err
	}
	set, err := f.job.Rules(f.schemas)
	if err != nil {
		return nil, err
	}
	return &setup.RuleSet{Set: set, Config: c.Place}, nil
}

// summarize prints the summary of findings, or of a job's results.
func (f *huntFlags) summarize(w io.Writer, s *finding.Summary, l *finding.Ledger, o report.Options) error {
	if f.job != nil {
		return f.job.Summary(w, s, l, o)
	}
	return report.WriteSummary(w, s, l, o)
}

// observes reports whether a job sees all events and runs no rules.
func (f *huntFlags) observes() bool { return f.job != nil && f.job.Observe != nil }

// describe says in the ledger what a job did. It returns an error if its results mean nothing.
func (f *huntFlags) describe(l *finding.Ledger) error {
	if f.job == nil {
		return nil
	}
	f.job.Account(l)
	if f.job.Check != nil {
		return f.job.Check(l)
	}
	return nil
}

// writeObserved prints the results of a job that sees all events.
func (a *app) writeObserved(ctx context.Context, f *huntFlags, p *huntPlan, l *finding.Ledger) error {
	out, err := command.OpenOutput(ctx, f.output, a.stdout)
	if err != nil {
		return err
	}
	if err := f.job.Write(out, p.format.Name, l, p.report); err != nil {
		return unwritten(out, l, err)
	}
	if err := out.Close(); err != nil {
		return unwritten(out, l, err)
	}
	return nil
}
