package report

import (
	"fmt"
	"strings"
	"unicode"

	"github.com/egret-hunt/egret/internal/finding"
	"github.com/egret-hunt/egret/internal/term"
	"github.com/egret-hunt/egret/internal/value"
)

// maxNearName is the maximum number of columns of the name of a target of calls near findings.
const maxNearName = 48

// readingVerbs begin the names of calls that only read, as most cloud providers name them.
var readingVerbs = []string{"Get", "List", "Describe", "Head", "Lookup", "BatchGet", "Search", "Query", "Scan", "Decrypt", "Encrypt"}

// reads reports whether the name of a call says that it only reads.
func reads(action string) bool {
	for _, verb := range readingVerbs {
		if rest, ok := strings.CutPrefix(action, verb); ok && (rest == "" || unicode.IsUpper(rune(rest[0]))) {
			return true
		}
	}
	return false
}

// printNearby writes calls near findings, dimmed. Calls that only read, up to the next finding, share one entry for each
// principal. Of what does not change from call to call an entry says only what is not known yet: who the principal is in
// full, and the address.
func (t *timeline) printNearby(e *entry) {
	if reads(e.key.action) {
		t.printReads(e)
		return
	}
	action := "·  " + safe(e.key.action)
	if e.findings > 1 {
		action += fmt.Sprintf(" ×%s", term.Count(e.findings))
		if e.last != e.time {
			action += " until " + t.options.until(e.time, e.last)
		}
	}
	parts := append([]string{action}, t.by(e)...)
	if e.facts.counts[finding.Succeeded] < e.findings {
		if outcome := e.facts.outcome(); outcome != "" {
			parts = append(parts, outcome)
		}
	}
	if target := e.facts.firstTarget(e.key.account); target != "" {
		parts = append(parts, target)
	} else if len(e.details) > 0 {
		parts = append(parts, shorten(some(e.details, 1), maxNearName))
	}
	t.dimmed(e.time, parts)
}

// by says who made the calls of an entry, and from where, unless the line before said the same.
func (t *timeline) by(e *entry) []string {
	var parts []string
	if e.key.principal != t.near {
		parts = append(parts, "by "+safe(t.speaker.name(e.key.principal, e.key.account)))
		t.near = e.key.principal
	}
	if a := e.facts.addresses; len(a) > 0 && (len(a) > 1 || t.from[e.key.principal] != a[0]) {
		parts = append(parts, "from "+some(a, 3))
		t.from[e.key.principal] = a[len(a)-1]
	}
	return parts
}

// firstTarget returns the first target of calls near findings and the number of the others.
func (m *merged) firstTarget(account string) string {
	targets := m.shownTargets()
	if len(targets) == 0 {
		return ""
	}
	first := targets[0]
	text := safe(first.Type) + " " + shorten(safe(shortName(first.Type, first.Name, account)), maxNearName)
	if more := len(targets) - 1; more > 0 {
		text += fmt.Sprintf(" and %s more", term.Count(more))
	}
	return text
}

// printReads writes the calls of an entry that only read, with those of the same principal that wait behind it, up to the
// next finding.
func (t *timeline) printReads(e *entry) {
	last, who := e.last, t.by(e)
	list := []string{callText(e)}
	rest := t.open[:0:0]
	for i, next := range t.open {
		if !next.nearby {
			rest = append(rest, t.open[i:]...)
			break
		}
		if next.key.principal != e.key.principal || next.key.account != e.key.account || !reads(next.key.action) {
			rest = append(rest, next)
			continue
		}
		if t.keys[next.key] == next {
			delete(t.keys, next.key)
		}
		list = append(list, callText(next))
		if next.last.Nanos > last.Nanos {
			last = next.last
		}
	}
	t.open = rest
	if len(list) > 1 && last != e.time {
		who = append(who, "until "+t.options.until(e.time, last))
	}
	t.dimmed(e.time, append([]string{"·  " + strings.Join(list, ", ")}, who...))
}

// callText describes the calls of an entry: the action, their number, and those that did not succeed.
func callText(e *entry) string {
	text := safe(e.key.action)
	if e.findings > 1 {
		text += " ×" + term.Count(e.findings)
	}
	var parts []string
	for _, o := range []finding.Outcome{finding.Refused, finding.Failed} {
		if n := e.facts.counts[o]; n > 0 {
			parts = append(parts, term.Count(n)+" "+o.String())
		}
	}
	if len(parts) > 0 {
		text += " (" + strings.Join(parts, ", ") + ")"
	}
	return text
}

// dimmed writes a dimmed entry.
func (t *timeline) dimmed(when value.Time, parts []string) {
	text := term.Wrap(t.options.moment(when)+"  ", further, strings.Join(parts, "  "), t.options.Width)
	t.out.WriteString(t.options.paint(term.Dim, text) + "\n")
}
