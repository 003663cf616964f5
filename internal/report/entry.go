package report

import (
	"fmt"
	"strings"
)

// further is the start of lines that continue an entry.
const further = "      "

// maxGroupValue is how many characters of a group value an entry shows: a user agent can be long.
const maxGroupValue = 80

// printEntry writes an entry: when, how serious and what rule; then who, from where, doing what; then where to look.
func (t *timeline) printEntry(e *entry) {
	if e.context != nil {
		t.printContext(e)
		return
	}
	o := &t.options
	out := &t.out
	title := o.paint(bold, safe(e.key.rule.Title))
	if e.findings > 1 {
		title += fmt.Sprintf("  ×%s until %s", number(e.findings), o.until(e.time, e.last))
	}
	out.WriteString(wrap(o.moment(e.time)+"  "+o.level(e.key.rule.Level)+"  ", further, title, o.Width) + "\n")
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
		text += "  " + safe(pair.Name) + "=" + shorten(safe(pair.Value), maxGroupValue)
	}
	return text
}

func (t *timeline) line(text string) {
	if text != "" {
		t.out.WriteString(wrap("    ", further, text, t.options.Width) + "\n")
	}
}

// printContext writes an event around a finding, dimmed.
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
	text := wrap(t.options.moment(c.Time)+"  ", further, strings.Join(parts, "  "), t.options.Width)
	t.out.WriteString(t.options.paint(dim, text) + "\n")
}
