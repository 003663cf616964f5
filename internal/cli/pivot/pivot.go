// Package pivot has the commands that look at events without rules: search lists those of a principal, key, address or
// resource, summary tells what each principal did, metrics counts.
//
// A command reads its own flags and makes a Job of them. The Host, which is the command line around it, adds the flags that
// egret hunt has too, reads files or a lake, and closes with the ledger. So all commands read the same inputs in the
// same way.
package pivot

import (
	"io"

	"github.com/spf13/cobra"

	"github.com/egret-hunt/egret/internal/engine"
	"github.com/egret-hunt/egret/internal/finding"
	"github.com/egret-hunt/egret/internal/hunt"
	"github.com/egret-hunt/egret/internal/lake"
	"github.com/egret-hunt/egret/internal/report"
	"github.com/egret-hunt/egret/internal/ruleset"
	"github.com/egret-hunt/egret/internal/schema"
)

// A Host is the command line that the commands belong to.
type Host interface {
	// Reading adds the flags of egret hunt that choose what is read and where results go. The returned function runs a
	// job on what the flags and paths name, after they were parsed.
	Reading(cmd *cobra.Command, formats []report.Format) func(paths []string, job *Job) error
}

// A Job is what a command does with the logs that are read. It either has rules, whose matches are its results, or it observes
// all events.
type Job struct {
	// Name is the name of the command.
	Name string
	// Rules returns the rules to run on log sources.
	Rules func(schemas []*schema.Schema) (*ruleset.Set, error)
	// Fit, if not nil, returns the rules again for tables of a lake, which may lack columns. live are the tables as the engine
	// reports them, in the same order.
	Fit func(schemas []*schema.Schema, tables []lake.Table, live []*engine.Table) *ruleset.Set
	// Account adds to the ledger what was looked for.
	Account func(l *finding.Ledger)
	// Observe sees every event, nil for a job with rules. Its results are what Write prints; Check, which may be nil, is called
	// before and returns an error if there are none that mean anything.
	Observe *hunt.Observe
	Check   func(l *finding.Ledger) error
	Write   func(w io.Writer, format string, l *finding.Ledger, o report.Options) error
	// Tally counts what Observe sees in a lake's tables instead.
	Tally *lake.Tally
	// Summary prints a summary of the results for people.
	Summary func(w io.Writer, s *finding.Summary, l *finding.Ledger, o report.Options) error
}

// Commands returns the commands.
func Commands(host Host) []*cobra.Command {
	return []*cobra.Command{searchCommand(host), summaryCommand(host), metricsCommand(host)}
}
