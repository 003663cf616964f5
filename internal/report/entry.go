package report

import (
	"fmt"
	"strings"

	"github.com/egret-hunt/egret/internal/finding"
	"github.com/egret-hunt/egret/internal/term"
)

// further is the indentation of lines that continue an entry.
const further = "      "

// maxGroupValue is the maximum number of characters of a group value in an entry: a user agent can be long.
const maxGroupValue = 80

// printEntry writes an entry: time, level and rule; then principal, address and action; then how to find the events.
func (t *timeline) printEntry(e *entry) {
	if e.nearby {
		t.printNearby(e)
		return
	}
	o := &t.options
	out := &t.out
	t.near = e.key.principal
	title := o.paint(term.Bold, safe(e.key.rule.Title))
	if e.findings > 1 {
		title += fmt.Sprintf("  ×%s until %s", term.Count(e.findings), o.until(e.time, e.last))
	}
	out.WriteString(term.Wrap(o.moment(e.time)+"  "+o.level(e.key.level)+"  ", further, title, o.Width) + "\n")
	who := []string{}
	if e.key.principal != "" {
		who = append(who, o.paint(term.Bold, safe(t.speaker.name(e.key.principal, e.key.account))))
	}
	if len(e.facts.addresses) > 0 {
		who = append(who, "from "+e.facts.from(o))
		t.from[e.key.principal] = e.facts.addresses[0]
	}
	if labels := e.facts.agentLabels(); len(labels) > 0 {
		who = append(who, "agent of "+some(labels, 3))
	}
	if len(e.hosts) > 0 {
		who = append(who, "on "+some(e.hosts, 3))
	}
	if place := strings.TrimSpace(safe(e.key.account) + " " + some(e.facts.regions, 3)); place != "" {
		who = append(who, "in "+place)
	}
	t.line(strings.Join(who, "  "))
	what := []string{}
	if len(e.facts.actions) > 0 {
		what = append(what, some(e.facts.actions, 5))
	}
	if outcome := e.facts.outcome(); outcome != "" {
		style := term.Bold
		if e.facts.counts[finding.Succeeded] == 0 {
			style = "31"
		}
		what = append(what, o.paint(style, outcome))
	}
	if targets := e.facts.targetGroups(e.key.account); len(targets) > 0 {
		what = append(what, targets...)
	} else if len(e.details) > 0 {
		what = append(what, some(e.details, 4))
	}
	if len(e.key.rule.Techniques) > 0 {
		what = append(what, o.paint(term.Dim, some(e.key.rule.Techniques, 8)))
	}
	t.line(strings.Join(what, "  "))
	if facts := e.facts.factGroups(e.key.account); len(facts) > 0 {
		for i := range facts {
			facts[i] = o.paint("33", facts[i])
		}
		t.line(strings.Join(facts, "  "))
	}
	if threat := &e.key.rule.Threat; threat.ID != "" && !strings.HasPrefix(e.key.rule.Title, threat.Title) {
		t.line("threat: " + safe(threat.Title)) // the titles of rules that a threat document makes begin with it
	}
	if len(e.also) > 0 {
		t.line("also: " + e.alsoText())
	}
	t.line(t.burst(e))
	id := ""
	if len(e.first.EventIDs) > 0 {
		id = safe(e.first.EventIDs[0])
	}
	if more := e.events - 1; more > 0 {
		id += fmt.Sprintf(" and %s", term.Plural(more, "more event"))
	}
	t.line(o.paint(term.Dim, "event "+id))
}

// maxAlso is how many folded rules an entry names.
const maxAlso = 6

// alsoText names the rules that are folded under an entry, with the number of findings that an entry of its own would show.
func (e *entry) alsoText() string {
	var texts []string
	for _, a := range e.also[:min(maxAlso, len(e.also))] {
		text := safe(a.Rule.Title)
		if a.Count > 1 {
			text += " ×" + term.Count(a.Count)
		}
		texts = append(texts, text)
	}
	if more := len(e.also) - maxAlso; more > 0 {
		texts = append(texts, term.Count(more)+" more")
	}
	return strings.Join(texts, ", ")
}

// burst describes the window of a correlation: the count, the end and the values of the group that the entry does not show
// anyway; "" if there is nothing to say.
func (t *timeline) burst(e *entry) string {
	var parts []string
	if e.first.Count > 1 {
		text := "count " + term.Count(e.first.Count)
		if e.first.Last != e.time {
			text += " until " + t.options.until(e.time, e.first.Last)
		}
		parts = append(parts, text)
	}
	for _, pair := range e.first.Group {
		switch pair.Value {
		case e.key.principal, e.key.account, e.first.Address:
			continue
		}
		parts = append(parts, safe(pair.Name)+"="+shorten(safe(shortSession(pair.Value, e.key.principal, e.key.account)), maxGroupValue))
	}
	return strings.Join(parts, "  ")
}

func (t *timeline) line(text string) {
	if text != "" {
		t.out.WriteString(term.Wrap("    ", further, text, t.options.Width) + "\n")
	}
}
