package facts

import (
	"maps"
	"slices"

	"github.com/egret-hunt/egret/internal/schema"
	"github.com/egret-hunt/egret/internal/value"
)

// Lacks say what cannot be decided about events that are rows of a table, because the rows lack columns: a missing value
// then does not mean that the event has none. nil means that events are whole. Lacks are immutable.
type Lacks struct {
	paths                   map[string]bool
	errors                  bool
	results, targets, facts []bool
}

// LacksOf returns what events lack that have only the paths for which has returns true, nil if nothing is missing.
func LacksOf(s *schema.Schema, has func(path string) bool) *Lacks {
	l := &Lacks{paths: map[string]bool{}}
	for _, path := range s.FactPaths(schema.Calls{}) {
		if !has(path.Text) {
			l.paths[path.Text] = true
		}
	}
	if len(l.paths) == 0 {
		return nil
	}
	f := s.Facts()
	l.errors = l.all(s.Error)
	for i := range f.Results {
		l.results = append(l.results, l.undecided(&f.Results[i].On))
	}
	for i := range f.Targets {
		l.targets = append(l.targets, l.undecided(&f.Targets[i].On))
	}
	for i := range f.Notable {
		r := &f.Notable[i]
		l.facts = append(l.facts, l.undecided(&r.On) || r.Each == nil && l.all(r.Conditions))
	}
	return l
}

// all reports whether all of some paths are missing.
func (l *Lacks) all(paths schema.Paths) bool {
	return len(paths) > 0 && !slices.ContainsFunc(paths, func(p value.Path) bool { return !l.paths[p.Text] })
}

// undecided reports whether a test of a selection cannot be made.
func (l *Lacks) undecided(on *schema.Selection) bool {
	if l == nil {
		return false
	}
	lacking := func(t schema.Test) bool { return l.all(t.Paths) }
	return slices.ContainsFunc(on.When, lacking) || slices.ContainsFunc(on.Unless, lacking)
}

// Equal reports whether the same is missing.
func (l *Lacks) Equal(o *Lacks) bool {
	if l == nil || o == nil {
		return l == o
	}
	return maps.Equal(l.paths, o.paths)
}

func (l *Lacks) noError() bool     { return l != nil && l.errors }
func (l *Lacks) result(i int) bool { return l != nil && l.results[i] }
func (l *Lacks) target(i int) bool { return l != nil && l.targets[i] }
func (l *Lacks) fact(i int) bool   { return l != nil && l.facts[i] }

// sure reports whether a text is the first one of paths in the event at hand: no path before it is missing.
func (x *Extractor) sure(paths schema.Paths, text string) bool {
	if x.event.Lacks == nil {
		return true
	}
	for i := range paths {
		if x.event.Lacks.paths[paths[i].Text] {
			return false
		}
		if x.first(paths[i:i+1]) == text {
			return true
		}
	}
	return true
}
