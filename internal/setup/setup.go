// Package setup turns the configuration and the user's options into the parts of a run: tuned rules, log sources, and
// a lake with its tables.
//
// Its input is egret.yaml and the names of rules, schemas, lakes and tables. Its output is a ruleset.Set, schemas,
// and a Lake that can be opened. Diagnostics are returned with the parts that could be read; errors carry a
// suggestion for the user. The package prints nothing, keeps no state and does not change the process. Relative paths
// start at the working directory, those of the configuration at its folder.
package setup

// Kind is the cause of an Error.
type Kind int

// The kinds of errors.
const (
	// Usage is an error in the user's options or in the configuration.
	Usage Kind = iota
	// Input is an error reading a file or stream.
	Input
	// Rules is an error that keeps all rules from loading.
	Rules
)

// Error is an error with its kind and a suggestion.
type Error struct {
	Kind Kind
	Err  error
	// Help suggests a solution; it may be empty.
	Help string
}

// Error returns the text of the cause.
func (e *Error) Error() string { return e.Err.Error() }

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// UsageError returns an error in the user's options, with a suggestion, which may be empty.
func UsageError(help string, err error) error { return &Error{Usage, err, help} }

// unreadable returns an error for a file or stream that cannot be read.
func unreadable(err error) error { return &Error{Kind: Input, Err: err} }
