package cli

import (
	"errors"

	"github.com/egret-hunt/egret/internal/outfile"
	"github.com/egret-hunt/egret/internal/setup"
)

// The exit codes. If several apply, the highest is used (docs/exit-codes.md).
const (
	exitClean    = 0 // nothing found
	exitFindings = 1
	exitRules    = 2 // rules not loaded
	exitUsage    = 3 // usage or configuration
	exitInput    = 4 // an engine or an input failed
	exitStopped  = 5 // stopped early
)

// Found sets the exit code of a command that found what it was asked for.
func (a *app) Found() { a.code = max(a.code, exitFindings) }

// failure is an error with its exit code and a suggestion.
type failure struct {
	code int
	err  error
	help string // may be empty
}

func (f *failure) Error() string { return f.err.Error() }

func (f *failure) Unwrap() error { return f.err }

// usage returns an error in the command line or configuration.
func usage(help string, err error) error { return &failure{exitUsage, err, help} }

// setupCodes maps the error kinds of package setup to exit codes.
var setupCodes = map[setup.Kind]int{setup.Usage: exitUsage, setup.Input: exitInput, setup.Rules: exitRules}

// failureOf returns the exit code and the help of an error, nil where it has none.
func failureOf(err error) *failure {
	var f *failure
	if errors.As(err, &f) {
		return f
	}
	var s *setup.Error
	if errors.As(err, &s) {
		return &failure{code: setupCodes[s.Kind], err: err, help: s.Help}
	}
	var c *outfile.ConflictError
	if errors.As(err, &c) {
		return &failure{code: exitUsage, err: err, help: c.Help}
	}
	return nil
}

// exitCode returns the exit code of an error, exitClean for nil. Errors without a code come from parsing the command
// line.
func exitCode(err error) int {
	if err == nil {
		return exitClean
	}
	if f := failureOf(err); f != nil {
		return f.code
	}
	return exitUsage
}
