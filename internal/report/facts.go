package report

import (
	"fmt"
	"slices"
	"strings"

	"github.com/egret-hunt/egret/internal/finding"
	"github.com/egret-hunt/egret/internal/term"
)

// maxMerged limits what merged keeps of each kind of value.
const maxMerged = 200

// merged has the facts of several findings.
type merged struct {
	counts                               [4]int // by finding.Outcome
	errors                               []finding.ErrorCount
	actions                              []string
	addresses, agents, sessions, regions []string
	targets                              []finding.Target
	facts                                []finding.Fact
	// origins say what is known of addresses, known has the labels of agents of one's own; both by their texts.
	origins map[string]finding.Origin
	known   map[string]string
	// ordered means that the addresses are those of one finding, in the order in which they came; cut that there are more
	// targets.
	ordered, cut bool
}

// add merges the facts of a finding.
func (m *merged) add(f *finding.Finding) {
	m.ordered = m.counts == [4]int{}
	for i, n := range f.Facts.Outcomes.Counts {
		m.counts[i] += n
	}
	for _, e := range f.Facts.Outcomes.Errors {
		i := slices.IndexFunc(m.errors, func(o finding.ErrorCount) bool { return o.Code == e.Code && o.Outcome == e.Outcome })
		switch {
		case i >= 0:
			m.errors[i].Count += e.Count
		case len(m.errors) < maxMerged:
			m.errors = append(m.errors, e)
		}
	}
	remember(&m.actions, f.Action)
	remember(&m.addresses, f.Address)
	remember(&m.regions, f.Region)
	for _, list := range []struct {
		to   *[]string
		from []string
	}{{&m.actions, f.Facts.Actions}, {&m.addresses, f.Facts.Addresses}, {&m.agents, f.Facts.Agents}, {&m.regions, f.Facts.Regions}} {
		for _, text := range list.from {
			remember(list.to, text)
		}
	}
	m.addOrigins(&f.Facts)
	for i := range f.Facts.Actors {
		remember(&m.sessions, f.Facts.Actors[i].Session)
	}
	for _, t := range f.Facts.Targets {
		i := slices.IndexFunc(m.targets, func(o finding.Target) bool {
			return o.Type == t.Type && o.Name == t.Name && o.Account == t.Account && o.Outcome == t.Outcome
		})
		switch {
		case i >= 0:
			m.targets[i].Count += t.Count
		case len(m.targets) < maxMerged:
			m.targets = append(m.targets, t)
		default:
			m.cut = true
		}
	}
	for _, n := range f.Facts.Notable {
		i := slices.IndexFunc(m.facts, func(o finding.Fact) bool { return o.Name == n.Name && o.Value == n.Value && o.Outcome == n.Outcome })
		switch {
		case i >= 0:
			m.facts[i].Count += n.Count
		case len(m.facts) < maxMerged:
			m.facts = append(m.facts, n)
		}
	}
}

// outcome describes how the calls ended: "succeeded" for one call, "2 succeeded, 1 failed (NoSuchBucket)" for more; "" if no
// outcome is known.
func (m *merged) outcome() string {
	total := 0
	for _, n := range m.counts {
		total += n
	}
	if m.counts[finding.Unknown] == total {
		return ""
	}
	var parts []string
	for _, o := range []finding.Outcome{finding.Succeeded, finding.Refused, finding.Failed, finding.Unknown} {
		n := m.counts[o]
		if n == 0 {
			continue
		}
		text := o.String()
		if total > 1 {
			text = term.Count(n) + " " + text
		}
		var codes []string
		for _, e := range m.errors {
			if e.Outcome == o {
				codes = append(codes, e.Code)
			}
		}
		if len(codes) > 0 {
			text += " (" + some(codes, 3) + ")"
		}
		parts = append(parts, text)
	}
	return strings.Join(parts, ", ")
}

// shownTargets lists each target once, with its best outcome.
func (m *merged) shownTargets() []finding.Target {
	slices.SortStableFunc(m.targets, func(a, b finding.Target) int { return rank(a.Outcome) - rank(b.Outcome) })
	type key struct{ kind, name string }
	seen := map[key]bool{}
	var list []finding.Target
	for _, t := range m.targets {
		if k := (key{t.Type, t.Name}); !seen[k] {
			seen[k] = true
			list = append(list, t)
		}
	}
	return list
}

// targetTexts lists each target in full. One that no call reached carries the outcome, unless no call succeeded at all.
func (m *merged) targetTexts() []string {
	var texts []string
	for _, t := range m.shownTargets() {
		texts = append(texts, t.Type+" "+t.Name+m.attempt(t.Outcome))
	}
	return texts
}

// shownFacts lists each fact once, with its best outcome.
func (m *merged) shownFacts() []finding.Fact {
	slices.SortStableFunc(m.facts, func(a, b finding.Fact) int { return rank(a.Outcome) - rank(b.Outcome) })
	type key struct{ name, value string }
	seen := map[key]bool{}
	var list []finding.Fact
	for _, f := range m.facts {
		if k := (key{f.Name, f.Value}); !seen[k] {
			seen[k] = true
			list = append(list, f)
		}
	}
	return list
}

// factTexts lists each fact in full. One that no call achieved carries the outcome.
func (m *merged) factTexts() []string {
	var texts []string
	for _, f := range m.shownFacts() {
		texts = append(texts, f.Text()+attempt(f.Outcome))
	}
	return texts
}

// rank orders outcomes: what was done comes before what was tried, and makes a try of the same thing not worth showing.
func rank(o finding.Outcome) int {
	order := [...]int{finding.Succeeded: 0, finding.Unknown: 1, finding.Refused: 2, finding.Failed: 3}
	return order[o]
}

// attempt marks what a call asked for and did not get.
func attempt(o finding.Outcome) string {
	if o == finding.Refused || o == finding.Failed {
		return " (" + o.String() + ")"
	}
	return ""
}

// from describes the addresses. Those of one finding are in the order in which they came; a second one is often what the
// finding is about.
func (m *merged) from(o *Options) string {
	texts := m.addressTexts()
	if m.ordered && len(texts) > 1 {
		return safe(texts[0]) + ", then " + o.paint("1;33", some(texts[1:], 3))
	}
	return some(texts, 3)
}

// allOf joins the values of a list, with the number of those beyond finding.ListLimit.
func allOf(values []string) string {
	text := strings.Join(values[:min(finding.ListLimit, len(values))], "; ")
	if more := len(values) - finding.ListLimit; more > 0 {
		text += fmt.Sprintf("; and %d more", more)
	}
	return text
}
