package cli

import (
	"context"
	"errors"
	"fmt"
	"syscall"

	"github.com/egret-hunt/egret/internal/cli/command"
	"github.com/egret-hunt/egret/internal/finding"
	"github.com/egret-hunt/egret/internal/hunt"
	"github.com/egret-hunt/egret/internal/report"
	"github.com/egret-hunt/egret/internal/term"
)

// write prints findings, summary and ledger, in this order, after the error of a hunt that read nothing. It prints the
// ledger even if the findings cannot be written.
func (a *app) write(ctx context.Context, f *huntFlags, p *huntPlan, result *hunt.Result, errorColors bool) error {
	if text := report.NothingRead(&result.Ledger); text != "" {
		a.complain(errors.New(text))
	}
	people := p.report
	people.Color, people.Width = errorColors, term.Columns(a.stderr)
	failed := a.writeFindings(ctx, f, p, result, people)
	return errors.Join(failed, a.writeLedger(ctx, f, p, &result.Ledger, people))
}

// writeLedger prints the ledger.
func (a *app) writeLedger(ctx context.Context, f *huntFlags, p *huntPlan, ledger *finding.Ledger, people report.Options) error {
	if !f.quiet && (p.format.ForPeople || term.IsTerminal(a.stderr)) {
		fmt.Fprintln(a.stderr)
	}
	err := report.WriteLedgerText(a.stderr, ledger, people)
	if p.report.Story != nil && !f.quiet && (f.output == "" || f.output == "-") && term.Rows(a.stdout) > 0 {
		// The first lines have scrolled off: what a tired reader needs must be on the screen that is left.
		err = errors.Join(err, report.WriteAnswerAgain(a.stdout, p.report.Story, p.report, term.Rows(a.stdout)))
	}
	if err != nil || f.ledger == "" {
		return err
	}
	file, err := command.OpenOutput(ctx, f.ledger, a.stdout)
	if err != nil {
		return err
	}
	if err := report.WriteLedger(file, ledger); err != nil {
		return errors.Join(err, file.Abandon())
	}
	return file.Close()
}

// writeFindings prints the findings and the summary. On a terminal the summary is part of the output; if stdout is a
// pipe, it gets only the findings.
func (a *app) writeFindings(ctx context.Context, f *huntFlags, p *huntPlan, result *hunt.Result, people report.Options) error {
	if f.observes() {
		return a.writeObserved(ctx, f, p, &result.Ledger)
	}
	out, err := command.OpenOutput(ctx, f.output, a.stdout)
	if err != nil {
		return err
	}
	if p.format.Story {
		if p.report.Story, err = result.Story(context.WithoutCancel(ctx)); err != nil {
			return unwritten(out, &result.Ledger, err)
		}
	}
	if a.screen.Pager() && p.format.ForPeople && p.format.Name != "table" && f.output == "" { // a pager scrolls tables sideways, but cuts words
		p.report.Width = people.Width
	}
	writer := p.format.New(out, p.report)
	// The findings of a stopped hunt are written too.
	summary, err := result.Each(context.WithoutCancel(ctx), f.maxFindings, &result.Ledger.Findings, writer.Finding)
	result.Ledger.Notes = append(result.Ledger.Notes, p.options.Origins.Notes()...)
	if err == nil {
		err = writer.Close(&summary, &result.Ledger)
	}
	if err != nil {
		return unwritten(out, &result.Ledger, err)
	}
	wanted := p.format.ForPeople && !f.quiet
	toTerminal := term.IsTerminal(a.stdout) && (f.output == "" || f.output == "-")
	if wanted && toTerminal {
		if summary.Findings > 0 {
			fmt.Fprintln(out)
		}
		if err := f.summarize(out, &summary, &result.Ledger, p.report); err != nil {
			return unwritten(out, &result.Ledger, err)
		}
	}
	if err := out.Close(); err != nil {
		return unwritten(out, &result.Ledger, err)
	}
	if wanted && !toTerminal {
		return f.summarize(a.stderr, &summary, &result.Ledger, people)
	}
	return nil
}

// unwritten records in the ledger that not all findings could be written, and why. It returns other errors, such as
// unreadable evidence, unchanged.
func unwritten(out *command.Output, ledger *finding.Ledger, err error) error {
	switch {
	case out.Settled():
	case out.Flush() != nil:
		err = errors.Join(command.Unwritable(err), out.Abandon())
	default:
		err = errors.Join(err, out.Abandon())
	}
	if out.IsFile() {
		ledger.Findings.Written = 0
	}
	ledger.Findings.WriteError = err.Error()
	return err
}

func errStoppedBefore() error {
	return &command.ExitError{Code: command.ExitStopped, Err: errors.New("stopped by a signal before anything was read")}
}

// huntFailure returns an error that cannot be recorded in the ledger.
func huntFailure(err error) error {
	switch {
	case command.FailureOf(err) != nil:
		return err
	case errors.Is(err, syscall.ENOSPC):
		return &command.ExitError{Code: command.ExitInput, Err: err, Help: "TMPDIR names the folder of temporary files"}
	}
	return &command.ExitError{Code: command.ExitInput, Err: err}
}
