package facts

import (
	"slices"

	"github.com/egret-hunt/egret/internal/finding"
)

// A Gatherer collects the facts of the events of one finding. The zero value is ready to use. It is not safe for
// concurrent use.
type Gatherer struct {
	examined                                      int
	counts                                        finding.Outcomes
	actions, addresses, agents, regions, accounts distinct[string]
	actors                                        distinct[finding.Actor]
	errors                                        distinct[finding.ErrorCount]
	targets                                       distinct[finding.Target]
	notable                                       distinct[finding.Fact]
}

// Add adds an event of the schema of x.
func (g *Gatherer) Add(x *Extractor, e *Event) {
	x.begin(e)
	a := x.applicable()
	outcome, code := x.outcomeOf(a)
	x.outcome = outcome
	g.examined++
	g.counts.Counts[outcome]++
	if code != "" && outcome != finding.Succeeded {
		g.errors.add(finding.ErrorCount{Code: bounded(code), Outcome: outcome})
	}
	s := e.Subject
	addText(&g.actions, s.Action)
	addText(&g.addresses, s.Address)
	addText(&g.agents, e.Agent)
	addText(&g.regions, s.Region)
	addText(&g.accounts, s.Account)
	if actor := (finding.Actor{Principal: bounded(s.Principal), Session: bounded(s.Session), Type: bounded(e.ActorType)}); actor != (finding.Actor{}) {
		g.actors.add(actor)
	}
	x.targets(a, func(t finding.Target) { g.targets.add(t) })
	x.facts(a, func(f finding.Fact) { g.notable.add(f) })
	x.shown(func(f finding.Fact) { g.notable.add(f) })
}

func addText(to *distinct[string], text string) {
	if text != "" {
		to.add(bounded(text))
	}
}

// Note adds a fact that does not come from the description of a log source.
func (g *Gatherer) Note(f finding.Fact) {
	f.Name, f.Value = bounded(f.Name), bounded(f.Value)
	g.notable.add(f)
}

// Facts returns the facts of all events since the last call, and forgets them.
func (g *Gatherer) Facts() finding.Facts {
	out := finding.Facts{
		Examined: g.examined, Outcomes: g.counts, Actors: g.actors.list, Addresses: g.addresses.list, Agents: g.agents.list,
		Regions: g.regions.list, Accounts: g.accounts.list, Actions: g.actions.list, Targets: g.targets.list, Notable: g.notable.list,
	}
	out.Outcomes.Errors = g.errors.list
	for i := range out.Outcomes.Errors {
		out.Outcomes.Errors[i].Count = g.errors.counts[i]
	}
	for i := range out.Targets {
		out.Targets[i].Count = g.targets.counts[i]
	}
	for i := range out.Notable {
		out.Notable[i].Count = g.notable.counts[i]
	}
	slices.SortStableFunc(out.Targets, func(a, b finding.Target) int { return rank(a.Outcome) - rank(b.Outcome) })
	slices.SortStableFunc(out.Notable, func(a, b finding.Fact) int { return rank(a.Outcome) - rank(b.Outcome) })
	*g = Gatherer{}
	return out
}

// rank orders outcomes: what was done comes before what was tried.
func rank(o finding.Outcome) int {
	switch o {
	case finding.Succeeded:
		return 0
	case finding.Unknown:
		return 1
	case finding.Refused, finding.Failed:
	}
	return 2
}

// distinct is a list of different values in the order in which they came, each with how often it came.
type distinct[T comparable] struct {
	list   []T
	counts []int
	index  map[T]int // nil while the list is short
}

// short is the length up to which a list is searched without an index.
const short = 8

// add counts a value. Beyond maxKept values a new one is left out.
func (d *distinct[T]) add(v T) {
	i, ok := d.index[v]
	if d.index == nil {
		i = slices.Index(d.list, v)
		ok = i >= 0
	}
	switch {
	case ok:
		d.counts[i]++
		return
	case len(d.list) >= maxKept:
		return
	}
	d.list, d.counts = append(d.list, v), append(d.counts, 1)
	switch {
	case d.index != nil:
		d.index[v] = len(d.list) - 1
	case len(d.list) == short:
		d.index = make(map[T]int, 2*short)
		for i, v := range d.list {
			d.index[v] = i
		}
	}
}
