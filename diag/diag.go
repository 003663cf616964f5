// Package diag holds what egret says about a rule or another text it reads: a diagnostic has a code, a severity, a
// message and the place it speaks of. Lists of diagnostics are printed for people with the source line and an
// underline, or written as JSON.
//
// Parsers and passes return what they could build beside a List. The package writes no files and ends no process; a
// diagnostic never carries more than byte spans, line and column are computed when it is printed.
package diag

import (
	"cmp"
	"slices"

	"github.com/egret-hunt/egret/source"
)

// Severity says what a diagnostic means for the thing it speaks of. The zero value is Error.
type Severity uint8

// The severities. An Error drops the rule (or the part) that it speaks of, a Warning tells of something that is read
// in a way the author may not expect, a Note of something that only a tidy author cares for.
const (
	Error Severity = iota
	Warning
	Note
)

// String is the severity as printed: error, warning or note.
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

// Diagnostic is one statement about a text.
type Diagnostic struct {
	// Code is one kebab-case word of the catalogue Codes; it is what programs look at.
	Code     string
	Severity Severity
	// Message says what was found and what was expected, in one line without a full stop. It may quote the text it
	// speaks of as it stands: printing neutralises control characters.
	Message string
	// Span is the place; the zero span where there is none (a folder without rules).
	Span source.Span
	// Labels are further places, such as the first of two keys that are the same.
	Labels []Label
	// Help says how to mend it, "" if there is nothing to say.
	Help string
	// Fix is an edit that mends it, nil if there is none that is sure.
	Fix *Fix
}

// Label is a further place of a diagnostic with a remark.
type Label struct {
	Span source.Span
	Text string
}

// Fix replaces the text of a span.
type Fix struct {
	Span source.Span
	Text string
}

// List is a list of diagnostics in the order in which they were found; nil is the empty list.
type List []Diagnostic

// Add appends diagnostics.
func (l *List) Add(diagnostics ...Diagnostic) { *l = append(*l, diagnostics...) }

// HasErrors tells whether any diagnostic is an error.
func (l List) HasErrors() bool {
	return slices.ContainsFunc(l, func(d Diagnostic) bool { return d.Severity == Error })
}

// Count is the number of diagnostics of a severity.
func (l List) Count(severity Severity) int {
	count := 0
	for i := range l {
		if l[i].Severity == severity {
			count++
		}
	}
	return count
}

// Sort orders the list by file name and offset, those without a place first. Diagnostics of the same place keep their
// order.
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
