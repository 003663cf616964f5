package cli

import "errors"

// The exit codes; the highest that applies wins (docs/exit-codes.md).
const (
	exitClean    = 0 // nothing found
	exitFindings = 1
	exitRules    = 2 // rules not loaded
	exitUsage    = 3 // usage or configuration
	exitInput    = 4 // an engine or an input failed
	exitStopped  = 5 // stopped early
)

// failure is an error with its exit code and what to do about it.
type failure struct {
	code int
	err  error
	help string // "" if there is nothing to say
}

func (f *failure) Error() string { return f.err.Error() }

func (f *failure) Unwrap() error { return f.err }

// usage makes an error of the command line or configuration.
func usage(help string, err error) error { return &failure{exitUsage, err, help} }

// exitCode is the code of an error, exitClean for nil. Errors that carry none come from parsing the command line.
func exitCode(err error) int {
	if err == nil {
		return exitClean
	}
	var f *failure
	if errors.As(err, &f) {
		return f.code
	}
	return exitUsage
}
