package cli

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/egret-hunt/egret/internal/cli/command"
	"github.com/egret-hunt/egret/internal/finding"
	"github.com/egret-hunt/egret/internal/lake"
	"github.com/egret-hunt/egret/internal/report"
	"github.com/egret-hunt/egret/internal/search"
	"github.com/egret-hunt/egret/internal/setup"
	"github.com/egret-hunt/egret/internal/term"
)

// tallyLake counts the events of a lake's tables for a job. Its statements are not kept in a journal: there is one for each
// table, whose rows are the answer.
func (a *app) tallyLake(ctx context.Context, f *huntFlags, p *huntPlan, inLake *lakeHunt, l *setup.RuleSet, bar progress) error {
	if f.lake.resume != "" {
		return command.Usage("leave it out; --budget stops a query that reads too much", fmt.Errorf("egret %s has no --resume", f.job.Name))
	}
	bar.asking()
	every, _ := (&search.Terms{}).Set(f.schemas, nil) // for the checks of tables and time range
	if err := a.openHunt(ctx, f, inLake, every); err != nil {
		return err
	}
	if cannot := inLake.lake.CannotRun(); len(cannot) > 0 {
		return command.Usage("egret table check shows what differs", fmt.Errorf("the tables cannot be counted: %s", cannot[0].Reason))
	}
	if f.lake.dryRun {
		bar.Stop()
		return a.printTally(f, inLake.lake)
	}
	counts, err := inLake.lake.RunTally(ctx, f.job.Tally)
	bar.Stop()
	if refused := refusedTally(err); refused != nil {
		return refused
	}
	if err != nil && ctx.Err() == nil {
		return command.EngineFailure(err)
	}
	ledger := &finding.Ledger{Version: version(), Command: a.command()}
	l.Account(ledger)
	inLake.lake.AccountTally(ledger, counts)
	code := command.ExitClean
	if err != nil {
		ledger.Partial, ledger.Stopped, code = true, "stopped by a signal", command.ExitStopped
	}
	if err := f.describe(ledger); err != nil {
		return err
	}
	failed := a.writeObserved(ctx, f, p, ledger)
	people := report.Options{Location: p.report.Location, Color: a.colors(a.stderr), Width: term.Columns(a.stderr)}
	if err := a.writeLedger(ctx, f, p, ledger, people); failed != nil || err != nil {
		return &command.ExitError{Code: max(code, command.ExitInput), Err: errors.Join(failed, err)}
	}
	if !f.exitZero {
		a.code = code
	}
	return nil
}

// refusedTally returns the error of a table that cannot be counted exactly, nil for other errors.
func refusedTally(err error) error {
	var refused *lake.RefusedError
	if !errors.As(err, &refused) {
		return nil
	}
	help := refused.Reason.Help
	if refused.Reason.Code == "unmapped-field" {
		help = "egret table check shows what the table has"
	}
	return command.Usage(help, err)
}

// printTally prints the statements that a job would run.
func (a *app) printTally(f *huntFlags, l *lake.Lake) error {
	statements, err := l.TallyStatements(f.job.Tally)
	if err != nil {
		return refusedTally(err)
	}
	for _, s := range statements {
		if _, err := fmt.Fprintf(a.stdout, "-- %s\n%s;\n", s.Table, strings.TrimSpace(s.SQL)); err != nil {
			return err
		}
	}
	return nil
}
