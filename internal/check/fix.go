package check

import (
	"cmp"
	"slices"
	"strings"

	"github.com/egret-hunt/egret/diag"
	"github.com/egret-hunt/egret/source"
)

// Fixed returns the text of a file with the fixes of its diagnostics, and how many diagnostics it mends. Everything else stays as it
// is, with comments and order. Of diagnostics whose edits overlap the first one counts; another run mends the others.
func Fixed(file *source.File, list []*Diagnostic) (text string, mended int) {
	var edits []diag.Fix
	for _, d := range list {
		if d.Span.File != file || len(d.Fixes) == 0 || slices.ContainsFunc(d.Fixes, func(f diag.Fix) bool {
			return f.Span.File != file || slices.ContainsFunc(edits, func(e diag.Fix) bool { return overlap(e, f) })
		}) {
			continue
		}
		edits = append(edits, d.Fixes...)
		mended++
	}
	if mended == 0 {
		return file.Text, 0
	}
	slices.SortStableFunc(edits, func(a, b diag.Fix) int { return cmp.Compare(a.Span.Start, b.Span.Start) })
	var out strings.Builder
	at := 0
	for _, e := range edits {
		out.WriteString(file.Text[at:e.Span.Start])
		out.WriteString(e.Text)
		at = e.Span.End
	}
	out.WriteString(file.Text[at:])
	return out.String(), mended
}

// overlap reports whether two edits touch the same text. Two insertions at one place do too, since their order would matter.
func overlap(a, b diag.Fix) bool {
	return a.Span.Start < b.Span.End && b.Span.Start < a.Span.End || a.Span.Start == b.Span.Start
}

// maxRounds limits how often the fixes of a file are repeated; each round mends what the one before has left.
const maxRounds = 10

// Fix mends one file until nothing is left to mend, and returns its text with the number of diagnostics that it mends. The checks over
// several files do not count. What would make a file unreadable is not done.
func Fix(run func(file *source.File) []*Diagnostic, file *source.File) (text string, mended int) {
	current := file
	list := run(current)
	for range maxRounds {
		fixed, n := Fixed(current, list)
		if n == 0 || fixed == current.Text {
			break
		}
		next := source.NewFile(file.Name, fixed)
		after := run(next)
		if worse(list, after) {
			break
		}
		current, list, mended = next, after, mended+n
	}
	return current.Text, mended
}

// worse reports whether a fix has broken a rule that could be read.
func worse(before, after []*Diagnostic) bool {
	count := func(list []*Diagnostic) (n int) {
		for _, d := range list {
			if d.Level == Error {
				n++
			}
		}
		return n
	}
	return count(after) > count(before)
}
