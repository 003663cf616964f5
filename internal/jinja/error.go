package jinja

import (
	"fmt"
	"strings"
)

// Cause is the class of a fault.
type Cause int

// The classes of faults.
const (
	// Syntax: the template cannot be parsed, or uses what this package does not support.
	Syntax Cause = iota
	// Runtime: an operation failed, such as a sum of a text and a number, or an attribute of an undefined value.
	Runtime
	// Security: the template reads an attribute that is not for templates, or a file outside of its folder.
	Security
	// Limit: the template is too large, runs too long or prints too much.
	Limit
)

// Error is a fault of a template and its place.
type Error struct {
	Cause Cause
	// Name is the name of the template, as given to Parse or include.
	Name string
	// Line and Column count from 1; Column counts bytes.
	Line, Column int
	// Offset and End are the bytes of the template that the fault is about.
	Offset, End int
	Message     string
}

// Error returns `name:line:column: message`.
func (e *Error) Error() string {
	return fmt.Sprintf("%s:%d:%d: %s", e.Name, e.Line, e.Column, e.Message)
}

func newError(cause Cause, name, source string, start, end int, format string, args ...any) *Error {
	start = min(max(start, 0), len(source))
	end = min(max(end, start), len(source))
	before := source[:start]
	return &Error{
		Cause: cause, Name: name, Offset: start, End: end, Message: fmt.Sprintf(format, args...),
		Line: 1 + strings.Count(before, "\n"), Column: start - strings.LastIndexByte(before, '\n'),
	}
}
