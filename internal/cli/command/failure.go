// Package command has what all commands share: exit codes, errors with a suggestion, checks of arguments and flags,
// completion of flags, and output files.
//
// Its input is what the user typed or an error of another package; its output is an error or a file. The package prints
// nothing and knows no command.
package command

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/egret-hunt/egret/diag"
	"github.com/egret-hunt/egret/internal/engine"
	"github.com/egret-hunt/egret/internal/outfile"
	"github.com/egret-hunt/egret/internal/setup"
)

// The exit codes. If several apply, the highest is used (docs/exit-codes.md).
const (
	ExitClean    = 0 // nothing found
	ExitFindings = 1
	ExitRules    = 2 // rules not loaded
	ExitUsage    = 3 // usage or configuration
	ExitInput    = 4 // an engine or an input failed
	ExitStopped  = 5 // stopped early
)

// ExitError is an error with its exit code and a suggestion.
type ExitError struct {
	Code int
	Err  error
	// Help is what the user can do about it, empty if nothing is known.
	Help string
}

func (f *ExitError) Error() string { return f.Err.Error() }

func (f *ExitError) Unwrap() error { return f.Err }

// Usage returns an error in the command line or configuration.
func Usage(help string, err error) error { return &ExitError{ExitUsage, err, help} }

// setupCodes maps the error kinds of package setup to exit codes.
var setupCodes = map[setup.Kind]int{setup.Usage: ExitUsage, setup.Input: ExitInput, setup.Rules: ExitRules}

// FailureOf returns the exit code and the help of an error, nil if it has none.
func FailureOf(err error) *ExitError {
	var f *ExitError
	if errors.As(err, &f) {
		return f
	}
	var s *setup.Error
	if errors.As(err, &s) {
		return &ExitError{Code: setupCodes[s.Kind], Err: err, Help: s.Help}
	}
	var c *outfile.ConflictError
	if errors.As(err, &c) {
		return &ExitError{Code: ExitUsage, Err: err, Help: c.Help}
	}
	return nil
}

// ExitCode returns the exit code of an error, ExitClean for nil. Errors without a code come from parsing the command
// line.
func ExitCode(err error) int {
	if err == nil {
		return ExitClean
	}
	if f := FailureOf(err); f != nil {
		return f.Code
	}
	return ExitUsage
}

// EngineFailure adds the exit code and help to an engine's error. It returns nil for nil.
func EngineFailure(err error) error {
	if err == nil || FailureOf(err) != nil {
		return err
	}
	if errors.Is(err, context.Canceled) {
		return &ExitError{Code: ExitStopped, Err: errors.New("stopped by a signal")}
	}
	var setting *engine.SettingError
	if errors.As(err, &setting) {
		return Usage(setting.Help, err)
	}
	f := &ExitError{Code: ExitInput, Err: err}
	var e *engine.Error
	if errors.As(err, &e) {
		f.Help = e.Help
		switch e.Kind { //nolint:exhaustive // all others are failures of the engine
		case engine.Misconfigured:
			f.Code = ExitUsage
		case engine.OverLimit, engine.Cancelled:
			f.Code = ExitStopped
		case engine.Expired:
			f.Help = cmp.Or(f.Help, "log in again, or set AWS_PROFILE or the variables that the lake names")
		}
	}
	return f
}

// Unwritable returns the error for a failed write, the same in all commands.
func Unwritable(err error) error {
	if FailureOf(err) != nil {
		return err
	}
	code := ExitInput
	if errors.Is(err, outfile.ErrNoReader) {
		code = ExitStopped
	}
	return &ExitError{Code: code, Err: fmt.Errorf("cannot write: %w", err)}
}

// SafeLines escapes control characters of a text but keeps its line breaks.
func SafeLines(text string) string {
	lines := strings.Split(text, "\n")
	for i, line := range lines {
		lines[i] = diag.Safe(line)
	}
	return strings.Join(lines, "\n")
}
