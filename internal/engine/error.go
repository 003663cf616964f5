package engine

import (
	"errors"
	"strings"
)

// Kind tells errors apart by what can be done about them.
type Kind uint8

// The kinds of errors.
const (
	// Other is what no other kind fits: the statement fails for good.
	Other Kind = iota
	// Transient may be gone at the next try: throttled, overloaded, unreachable, cut off.
	Transient
	// TooComplex is a statement that is to be split.
	TooComplex
	// Denied is a permission that is missing.
	Denied
	// Expired are credentials that hold no more, or none.
	Expired
	// Missing is a table, database, bucket, workgroup or query that is not there.
	Missing
	// Misconfigured is a setting that cannot work: a region, an address, a place of results.
	Misconfigured
	// Invalid is a statement that the engine does not understand.
	Invalid
	// OverLimit is a query that the engine ended at a limit: of bytes (Statement.MaxBytes or the workgroup's), or of time.
	OverLimit
	// Cancelled is a query that somebody stopped.
	Cancelled
	// BadValue is a statement that was understood, and failed on a value of a row that one of its expressions cannot take.
	BadValue
)

// String is the kind's name for people.
func (k Kind) String() string {
	return [...]string{"failed", "transient", "too complex", "permission denied", "no valid credentials", "not found", "misconfigured", "invalid statement", "over a limit", "stopped", "a value that the statement cannot take"}[k]
}

// Error is an error of an engine. Neither it nor what it wraps holds a secret.
type Error struct {
	Kind   Kind
	Engine string
	// Thing is what it is about: "table security.cloudtrail", "workgroup hunting"; "" if that is not known.
	Thing string
	// Permission is the one that is missing, as "athena:StartQueryExecution"; "" if that is not known.
	Permission string
	// Query is the id of the query, "" if there is none.
	Query string
	// Help says what to do about it, "" if there is nothing to say.
	Help string
	Err  error
}

// Error names the engine, the thing, the permission and the cause.
func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString(e.Engine)
	if e.Thing != "" && (e.Kind != Expired || e.Thing != "credentials") { // which the kind says
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

// Unwrap gives the cause.
func (e *Error) Unwrap() error { return e.Err }

// KindOf is the kind of an error, Other for errors of no engine.
func KindOf(err error) Kind {
	var e *Error
	if errors.As(err, &e) {
		return e.Kind
	}
	return Other
}
