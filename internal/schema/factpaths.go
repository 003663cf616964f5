package schema

import (
	"maps"
	"slices"
	"strings"
)

// Calls describe events by service and action. Nil stands for every service or action.
type Calls struct{ Services, Actions []Pattern }

// FactPaths returns the paths that outcomes, targets, facts, links and things read from the root of events among the given calls,
// each once, in the order of the descriptions. It includes the paths of the actor's type, the agent and the error.
func (s *Schema) FactPaths(of Calls) Paths {
	f := s.Facts()
	var list factPaths
	list.add(s.ActorType, s.Error, s.Agent)
	for i := range f.Results {
		if r := &f.Results[i]; r.On.among(of) {
			list.selection(&r.On)
			list.add(r.Code)
		}
	}
	for i := range f.Targets {
		if r := &f.Targets[i]; r.On.among(of) {
			list.selection(&r.On)
			list.add(r.Paths)
		}
	}
	for i := range f.Notable {
		r := &f.Notable[i]
		if !r.On.among(of) {
			continue
		}
		list.selection(&r.On)
		list.add(r.Each, r.Count)
		for _, name := range slices.Sorted(maps.Keys(r.Parts)) { // parts are also looked for in the event
			list.add(r.Parts[name])
		}
		if r.Each == nil {
			list.add(r.Paths, r.Conditions, r.Ports[0], r.Ports[1], r.Ports[2])
			list.tests(r.Where)
		}
	}
	trace := s.Trace()
	for i := range trace.Links {
		if l := &trace.Links[i]; l.On.among(of) {
			list.selection(&l.On)
			list.add(l.Identity, l.Key, l.From)
		}
	}
	for i := range trace.Things {
		for _, e := range append([]ThingEvent{trace.Things[i].Made}, trace.Things[i].Removed...) {
			if e.On.among(of) {
				list.selection(&e.On)
				list.add(e.Name, e.Part)
			}
		}
	}
	return list.paths
}

// among reports whether a selection may choose one of the calls.
func (on *Selection) among(of Calls) bool {
	return overlap(on.Services, of.Services) && overlap(on.Actions, of.Actions)
}

// overlap reports whether a text may fit both lists. Nil stands for every text.
func overlap(a, b []Pattern) bool {
	return a == nil || b == nil || slices.ContainsFunc(a, func(p Pattern) bool {
		return slices.ContainsFunc(b, func(q Pattern) bool { return p.overlaps(&q) })
	})
}

// overlaps reports whether a text may fit both patterns. For patterns that begin with a star it may be wrong to say so.
func (p *Pattern) overlaps(q *Pattern) bool {
	switch {
	case !p.before && !p.after:
		return q.Matches([]byte(p.text))
	case !q.before && !q.after:
		return p.Matches([]byte(q.text))
	case p.before || q.before:
		return true
	}
	n := min(len(p.text), len(q.text))
	return strings.EqualFold(p.text[:n], q.text[:n])
}

// factPaths collects paths without duplicates.
type factPaths struct {
	paths Paths
	seen  map[string]bool
}

func (l *factPaths) add(lists ...Paths) {
	if l.seen == nil {
		l.seen = map[string]bool{}
	}
	for _, paths := range lists {
		for _, path := range paths {
			if name := path.String(); !l.seen[name] {
				l.seen[name] = true
				l.paths = append(l.paths, path)
			}
		}
	}
}

func (l *factPaths) selection(on *Selection) {
	l.tests(on.When)
	l.tests(on.Unless)
}

func (l *factPaths) tests(tests []Test) {
	for i := range tests {
		l.add(tests[i].Paths)
	}
}
