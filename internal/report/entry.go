package report

import (
	"fmt"
	"strings"
)

// printEntry writes an entry: when, how serious and what rule; then who, from where, doing what; then where to look.
func (t *timeline) printEntry(e *entry) {
	if e.context != nil {
		t.printContext(e)
		return
	}
	o := &t.options
	out := &t.out
	fmt.Fprintf(out, "%s  %s  %s", o.moment(e.time), o.level(e.key.rule.Level), o.paint(bold, safe(e.key.rule.Title)))
	if e.findings > 1 {
		fmt.Fprintf(out, "  ×%s until %s", number(e.findings), o.until(e.time, e.last))
	}
	out.WriteByte('\n')
	who := []string{}
	if e.key.principal != "" {
		who = append(who, o.paint(bold, safe(e.key.principal)))
	}
	if len(e.addresses) > 0 {
		who = append(who, "from "+some(e.addresses, 3))
	}
	if len(e.hosts) > 0 {
		who = append(who, "on "+some(e.hosts, 3))
	}
	if place := strings.TrimSpace(safe(e.key.account) + " " + some(e.regions, 3)); place != "" {
		who = append(who, "in "+place)
	}
	t.line(strings.Join(who, "  "))
	what := []string{}
	if len(e.actions) > 0 {
		what = append(what, some(e.actions, 5))
	}
	if len(e.errors) > 0 {
		what = append(what, o.paint("31", "error "+some(e.errors, 3)))
	}
	if len(e.details) > 0 {
		what = append(what, some(e.details, 4))
	}
	if len(e.key.rule.Techniques) > 0 {
		what = append(what, o.paint(dim, some(e.key.rule.Techniques, 8)))
	}
	t.line(strings.Join(what, "  "))
	if len(e.first.Group) > 0 || e.first.Count > 1 {
		t.line(t.burst(e))
	}
	id := ""
	if len(e.first.EventIDs) > 0 {
		id = safe(e.first.EventIDs[0])
	}
	if more := e.events - 1; more > 0 {
		id += fmt.Sprintf(" and %s", plural(more, "more event"))
	}
	t.line(o.paint(dim, "event "+id))
}

// burst describes the window of a correlation: how much, from when, of which group.
func (t *timeline) burst(e *entry) string {
	text := "count " + number(e.first.Count)
	if e.first.First != e.time {
		text += " since " + t.options.until(e.time, e.first.First)
	}
	for _, pair := range e.first.Group {
		text += "  " + safe(pair.Name) + "=" + safe(pair.Value)
	}
	return text
}

func (t *timeline) line(text string) {
	if text != "" {
		t.out.WriteString("    " + text + "\n")
	}
}

// printContext writes an event around a finding on one dimmed line.
func (t *timeline) printContext(e *entry) {
	c := e.context
	parts := []string{"·  " + safe(c.Action)}
	if len(c.Details) > 0 {
		detail := c.Details[0]
		parts = append(parts, safe(detail.Name)+"="+safe(detail.Value))
	}
	if c.Error != "" {
		parts = append(parts, "error "+safe(c.Error))
	}
	parts = append(parts, "by "+safe(e.key.principal))
	if c.Address != "" {
		parts = append(parts, "from "+safe(c.Address))
	}
	parts = append(parts, "event "+safe(c.ID))
	t.out.WriteString(t.options.paint(dim, t.options.moment(c.Time)+"  "+strings.Join(parts, "  ")) + "\n")
}
