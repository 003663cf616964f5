package engine

import (
	"errors"
	"strings"
)

// Kind classifies errors by what can be done about them.
type Kind uint8

// The kinds of errors.
const (
	// Other is any other error: the statement fails permanently.
	Other Kind = iota
	// Transient errors may disappear: throttled, overloaded, unreachable, connection lost. See Error.Retried.
	Transient
	// TooComplex means that the statement must be split.
	TooComplex
	// Denied means that a permission is missing.
	Denied
	// Expired means that the credentials have expired or are missing.
	Expired
	// Missing means that a table, database, bucket, workgroup or query does not exist.
	Missing
	// Misconfigured means that a setting cannot work: a region, an address, a location of results.
	Misconfigured
	// Invalid means that the engine does not understand the statement.
	Invalid
	// OverLimit means that the engine ended the query at a limit: of bytes (Statement.MaxBytes or the workgroup's), or
	// of time.
	OverLimit
	// Cancelled means that the query was stopped on request.
	Cancelled
	// BadValue means that the statement is valid, but failed on a value of a row that an expression cannot handle.
	BadValue
)

// String returns the kind's name for messages.
func (k Kind) String() string {
	return [...]string{"failed", "transient", "too complex", "permission denied", "no valid credentials", "not found", "misconfigured", "invalid statement", "over a limit", "stopped", "a value that the statement cannot handle"}[k]
}

// Error is an error of an engine. Neither it nor what it wraps contains a secret.
type Error struct {
	Kind   Kind
	Engine string
	// Thing is the subject of the error: "table security.cloudtrail", "workgroup hunting"; "" if unknown.
	Thing string
	// Permission is the missing permission, as "athena:StartQueryExecution"; "" if unknown.
	Permission string
	// Retried reports that the engine has already retried the call behind a Transient error as often as is useful, so
	// the caller should not retry it now. Without it the engine has answered that a query failed, which may succeed
	// when run again.
	Retried bool
	// Query is the id of the query, "" if there is none.
	Query string
	// Help is advice on what to do, "" if there is none.
	Help string
	Err  error
}

// Error returns the engine, the subject, the kind, the permission, the query and the cause.
func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString(e.Engine)
	if e.Thing != "" && (e.Kind != Expired || e.Thing != "credentials") { // the kind names credentials
		b.WriteString(": " + e.Thing)
	}
	if e.Kind != Other && e.Kind != Transient {
		b.WriteString(": " + e.Kind.String())
	}
	if e.Permission != "" {
		b.WriteString(": " + e.Permission + " is needed")
	}
	if e.Query != "" {
		b.WriteString(" (query " + e.Query + ")")
	}
	if e.Err != nil {
		b.WriteString(": " + e.Err.Error())
	}
	return b.String()
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// Retried reports whether the engine has already retried the call behind an error as often as is useful.
func Retried(err error) bool {
	var e *Error
	return errors.As(err, &e) && e.Retried
}

// KindOf returns the kind of an error, Other if it is not an engine's.
func KindOf(err error) Kind {
	var e *Error
	if errors.As(err, &e) {
		return e.Kind
	}
	return Other
}
