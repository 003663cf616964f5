// Package diag defines diagnostics about rules and other texts that egret reads. A diagnostic has a code, a severity, a
// message and a position. A list of diagnostics is printed for people, with the source line and an underline, or
// written as JSON.
//
// Parsers and passes return their result together with a List. The package writes no files and does not exit the
// process. Diagnostics hold byte spans only; line and column are computed on printing.
package diag

import (
	"cmp"
	"slices"

	"github.com/egret-hunt/egret/source"
)

// Severity is the effect of a diagnostic. The zero value is Error.
type Severity uint8

// An Error rejects the rule, or the part of it, that the diagnostic is about. A Warning is about something that egret
// may read differently than the author expects. A Note is about style.
const (
	Error Severity = iota
	Warning
	Note
)

// String returns the severity as printed: error, warning or note.
func (s Severity) String() string {
	switch s {
	case Error:
		return "error"
	case Warning:
		return "warning"
	case Note:
	}
	return "note"
}

// A Diagnostic is one message about a text.
type Diagnostic struct {
	// Code is a kebab-case word from Codes, for programs to compare.
	Code     string
	Severity Severity
	// Word is printed for people instead of the severity; "" prints the severity.
	Word string
	// Message says in one line without a full stop what was found and what was expected. It may quote text verbatim:
	// control characters are escaped on printing.
	Message string
	// Span is the position; it is the zero span if there is none, for example for a folder without rules.
	Span source.Span
	// Labels are further positions, such as the first of two equal keys.
	Labels []Label
	// Help suggests a correction, "" for none.
	Help string
	// Fix is an edit that corrects the fault, nil unless it is certain to be right.
	Fix *Fix
}

// A Label is a further position of a diagnostic with a remark.
type Label struct {
	Span source.Span
	Text string
}

// A Fix replaces the text of a span.
type Fix struct {
	Span source.Span
	Text string
}

// A List holds diagnostics in the order in which they were found; nil is the empty list.
type List []Diagnostic

// Add appends diagnostics to the list.
func (l *List) Add(diagnostics ...Diagnostic) { *l = append(*l, diagnostics...) }

// HasErrors reports whether any diagnostic is an error.
func (l List) HasErrors() bool {
	return slices.ContainsFunc(l, func(d Diagnostic) bool { return d.Severity == Error })
}

// Count returns the number of diagnostics with a severity.
func (l List) Count(severity Severity) int {
	count := 0
	for i := range l {
		if l[i].Severity == severity {
			count++
		}
	}
	return count
}

// Sort orders the list by file name and offset; diagnostics without a position come first. Diagnostics at the same
// position keep their order.
func (l List) Sort() {
	slices.SortStableFunc(l, func(a, b Diagnostic) int {
		return cmp.Or(cmp.Compare(fileName(a.Span), fileName(b.Span)), cmp.Compare(a.Span.Start, b.Span.Start))
	})
}

func fileName(span source.Span) string {
	if span.File == nil {
		return ""
	}
	return span.File.Name
}
