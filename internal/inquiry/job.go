// Package inquiry has what front ends ask of logs besides running rules: a search for events, a summary of principals, counts of
// events; and it runs one inquiry, with rules or without, over the files or the lake that a server was started with.
//
// It takes the Places that may be read and a Question, and returns an Answer, which any format of package report can print. Only
// Places name files: no text of a Question is ever taken for a path. The package prints nothing and knows no flags.
package inquiry

import (
	"io"

	"github.com/egret-hunt/egret/internal/engine"
	"github.com/egret-hunt/egret/internal/finding"
	"github.com/egret-hunt/egret/internal/hunt"
	"github.com/egret-hunt/egret/internal/lake"
	"github.com/egret-hunt/egret/internal/report"
	"github.com/egret-hunt/egret/internal/ruleset"
	"github.com/egret-hunt/egret/internal/schema"
)

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

// observes reports whether a job sees all events and has no rules; it may be nil.
func (j *Job) observes() bool { return j != nil && j.Observe != nil }
