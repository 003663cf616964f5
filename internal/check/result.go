package check

import (
	"cmp"
	"slices"

	"github.com/egret-hunt/egret/source"
)

// result puts together what was found: what comments and the configuration silence is left out, and the rest is sorted.
func (r *run) result(files []checked, found [][]*Diagnostic) *Result {
	out := &Result{Own: r.Own, Files: len(files), Sources: map[string]*source.File{}}
	byFile := make(map[*source.File]*checked, len(files))
	for i := range files {
		byFile[files[i].file] = &files[i]
		out.Documents += len(files[i].documents)
		out.Cases = append(out.Cases, files[i].cases()...)
	}
	for _, list := range found {
		for _, d := range list {
			f := byFile[d.Span.File]
			f.out = append(f.out, d)
		}
	}
	for i := range files {
		f := &files[i]
		for _, d := range f.out {
			if f.silenced(d) || r.Excluded[""][d.Check] || d.Rule != "" && r.Excluded[lowerID(d.Rule)][d.Check] {
				out.Suppressed++
				continue
			}
			out.Diagnostics = append(out.Diagnostics, d)
		}
		out.Diagnostics = append(out.Diagnostics, r.comments(f)...)
	}
	slices.SortStableFunc(out.Diagnostics, func(a, b *Diagnostic) int {
		return cmp.Or(cmp.Compare(a.Span.File.Name, b.Span.File.Name), cmp.Compare(a.Span.Start, b.Span.Start),
			cmp.Compare(a.Check.ID, b.Check.ID), cmp.Compare(a.Message, b.Message))
	})
	out.Diagnostics = slices.CompactFunc(out.Diagnostics, func(a, b *Diagnostic) bool {
		return a.Check == b.Check && a.Span == b.Span && a.Message == b.Message
	})
	for _, d := range out.Diagnostics {
		if len(d.Fixes) > 0 {
			out.Sources[d.Span.File.Name] = d.Span.File
		}
	}
	return out
}

// cases returns the documents of a file, or the file itself if it has none.
func (f *checked) cases() []Case {
	if len(f.documents) == 0 {
		return []Case{{Path: f.file.Name}}
	}
	var list []Case
	for _, d := range f.documents {
		list = append(list, Case{f.file.Name, d.ID, d.Title})
	}
	return list
}

// A Summary counts diagnostics.
type Summary struct {
	// Errors are those of level error that are not about conditions, Conditions those that are, and Issues all others.
	Errors, Conditions, Issues int
	// Checks are the checks that report something, the most frequent first.
	Checks []Count
	// Levels has the number of diagnostics of each level.
	Levels [Error + 1]int
}

// A Count is the number of diagnostics of a check at a level.
type Count struct {
	Check *Check
	Level Level
	Count int
}

// Summary counts the diagnostics.
func (r *Result) Summary() Summary {
	var s Summary
	type key struct {
		check *Check
		level Level
	}
	counts := map[key]int{}
	for _, d := range r.Diagnostics {
		counts[key{d.Check, d.Level}]++
		s.Levels[d.Level]++
		switch {
		case d.Level < Error:
			s.Issues++
		case d.Condition:
			s.Conditions++
		default:
			s.Errors++
		}
	}
	for k, n := range counts { // sorted below
		s.Checks = append(s.Checks, Count{k.check, k.level, n})
	}
	slices.SortFunc(s.Checks, func(a, b Count) int {
		return cmp.Or(cmp.Compare(b.Count, a.Count), cmp.Compare(b.Level, a.Level), cmp.Compare(a.Check.ID, b.Check.ID))
	})
	return s
}

// Worst returns the highest level among the diagnostics, and false if there are none.
func (r *Result) Worst() (Level, bool) {
	worst, any := Informational, false
	for _, d := range r.Diagnostics {
		worst, any = max(worst, d.Level), true
	}
	return worst, any
}
