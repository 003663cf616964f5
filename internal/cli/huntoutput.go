package cli

import (
	"context"
	"errors"
	"fmt"
	"syscall"

	"github.com/egret-hunt/egret/internal/finding"
	"github.com/egret-hunt/egret/internal/hunt"
	"github.com/egret-hunt/egret/internal/report"
)

// write prints findings, summary and ledger, in this order. The ledger comes also when the findings cannot be written.
func (a *app) write(ctx context.Context, f *huntFlags, p *huntPlan, result *hunt.Result, errorColors bool) error {
	people := p.report
	people.Color, people.Width = errorColors, width(a.stderr)
	failed := a.writeFindings(ctx, f, p, result, people)
	if !f.quiet && (p.format.ForPeople || isTerminal(a.stderr)) {
		fmt.Fprintln(a.stderr)
	}
	if err := report.WriteLedgerText(a.stderr, &result.Ledger, people); err != nil {
		return errors.Join(failed, err)
	}
	if f.ledger == "" {
		return failed
	}
	file, err := openOutput(ctx, f.ledger, a.stdout)
	if err != nil {
		return errors.Join(failed, err)
	}
	if err := report.WriteLedger(file, &result.Ledger); err != nil {
		return errors.Join(failed, err, file.abandon())
	}
	return errors.Join(failed, file.close())
}

// writeFindings prints the findings, and the summary for people: on a terminal it is part of what is read; in a pipe
// stdout has the findings and nothing else.
func (a *app) writeFindings(ctx context.Context, f *huntFlags, p *huntPlan, result *hunt.Result, people report.Options) error {
	out, err := openOutput(ctx, f.output, a.stdout)
	if err != nil {
		return err
	}
	writer := p.format.New(out, p.report)
	summary, err := result.Each(f.maxFindings, writer.Finding)
	if err == nil {
		err = writer.Close(&summary, &result.Ledger)
	}
	if err != nil {
		return unwritten(out, &result.Ledger, err)
	}
	wanted := p.format.ForPeople && !f.quiet
	toTerminal := isTerminal(a.stdout) && (f.output == "" || f.output == "-")
	if wanted && toTerminal {
		if result.Findings() > 0 {
			fmt.Fprintln(out)
		}
		if err := report.WriteSummary(out, &summary, &result.Ledger, p.report); err != nil {
			return unwritten(out, &result.Ledger, err)
		}
	}
	if err := out.close(); err != nil {
		return unwritten(out, &result.Ledger, err)
	}
	if wanted && !toTerminal {
		return report.WriteSummary(a.stderr, &summary, &result.Ledger, people)
	}
	return nil
}

// unwritten notes in the ledger that findings could not all be written, and why. An error that the output did not give, such
// as evidence that cannot be read again, stays as it is.
func unwritten(out *output, ledger *finding.Ledger, err error) error {
	switch {
	case out.settled:
	case out.Flush() != nil:
		err = errors.Join(unwritable(err), out.abandon())
	default:
		err = errors.Join(err, out.abandon())
	}
	if out.path != "" {
		ledger.Findings.Written = 0
	}
	ledger.Findings.WriteError = err.Error()
	return err
}

func errStoppedBefore() error {
	return &failure{code: exitStopped, err: errors.New("stopped by a signal before anything was read")}
}

// huntFailure is the error of a hunt that no ledger can tell.
func huntFailure(err error) error {
	var known *failure
	switch {
	case errors.As(err, &known):
		return err
	case errors.Is(err, syscall.ENOSPC):
		return &failure{code: exitInput, err: err, help: "TMPDIR names the folder of temporary files"}
	}
	return &failure{code: exitInput, err: err}
}
