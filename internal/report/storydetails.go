package report

import (
	"fmt"
	"slices"
	"strings"

	"github.com/egret-hunt/egret/diag"
	"github.com/egret-hunt/egret/internal/story"
	"github.com/egret-hunt/egret/internal/term"
)

// details prints the rest of an intrusion.
func (t *storyText) details(i int) {
	in := &t.s.Intrusions[i]
	fmt.Fprintf(t.b, "\n%s\n", t.o.paint("1", fmt.Sprintf("Intrusion %d in detail", i+1)))
	t.line("found", term.Plural(in.Findings, "finding")+" of "+term.Plural(in.Events, "event"))
	m := merged{counts: in.Outcomes.Counts, errors: in.Outcomes.Errors}
	t.line("calls", m.outcome())
	began := safe(in.WayIn.Finding)
	if in.WayIn.Address != "" {
		began += "  from " + safe(in.WayIn.Address)
	}
	if in.WayIn.Agent != "" { // not every log has agents
		began += "  with " + shorten(safe(in.WayIn.Agent), 70)
	}
	t.line("began", began)
	t.line("actors", textList(in.Actors, 20))
	t.line("keys", textList(in.Sessions, 20))
	t.line("agents", textList(shortened(in.Agents, 60), 5))
	t.line("regions", textList(in.Regions, 20))
	if len(in.Chain) > 0 {
		t.b.WriteString("chain of identities\n")
		for j := range in.Chain {
			t.b.WriteString(term.Wrap("  ", "    ", t.hop(in, &in.Chain[j]), t.o.Width) + "\n")
		}
		if in.MoreChain > 0 {
			fmt.Fprintf(t.b, "  and %d more links\n", in.MoreChain)
		}
	}
	t.b.WriteString("steps\n")
	for j := range in.Steps {
		t.step(in, &in.Steps[j])
	}
	if len(in.Made) > 0 {
		t.b.WriteString("made\n")
		for j := range in.Made {
			m := &in.Made[j]
			text := clock(t.o, in.First, m.Time) + "  " + safe(m.Text) + "  "
			if m.Stands() {
				text += t.o.paint("1", t.standing())
			} else {
				text += "removed " + clock(t.o, in.First, m.Removed) + " by " + safe(nameOf(m.RemovedBy))
			}
			t.b.WriteString(term.Wrap("  ", "    ", text, t.o.Width) + "\n")
		}
		if in.MoreMade > 0 {
			fmt.Fprintf(t.b, "  and %d more\n", in.MoreMade)
		}
	}
	if len(in.Do) > 0 {
		t.b.WriteString("what to do now (commands are printed, never run; read them before you paste them)\n")
		for j := range in.Do {
			a := &in.Do[j]
			t.b.WriteString(term.Wrap(fmt.Sprintf("  %d. ", j+1), "     ", safe(a.Text), t.o.Width) + "\n")
			if a.Command != "" {
				t.b.WriteString("     " + safeLine(a.Command) + "\n") // one line, so that it can be copied
			}
		}
		if in.MoreDo > 0 {
			fmt.Fprintf(t.b, "  and %d more\n", in.MoreDo)
		}
	}
}

// hop describes a link in words.
func (t *storyText) hop(in *story.Intrusion, h *story.Hop) string {
	from := nameOf(h.From)
	if h.FromKey != "" {
		from = "key " + h.FromKey + " of " + from
	}
	to := nameOf(h.To)
	switch h.Kind {
	case story.TookRole:
		to = "session of " + to
	case story.MadeKey:
		to = "made a key of user " + strings.TrimPrefix(to, "user ")
	case story.MadeUser:
		to = "made user " + strings.TrimPrefix(to, "user ")
	case story.MadeRole:
		to = "made role " + strings.TrimPrefix(to, "role ")
	case story.SetPass:
		to = "set the password of user " + strings.TrimPrefix(to, "user ")
	case story.SetTrust:
		to = "changed the trust of role " + strings.TrimPrefix(to, "role ")
	case story.RanMachine:
		to = "launched " + to
	case story.SignedIn:
		to = "signed in as " + to
	}
	text := clock(t.o, in.First, h.Time) + "  " + safe(from) + " → " + safe(to)
	if len(h.Keys.List) > 0 {
		text += "  " + textList(h.Keys, 4)
	}
	if h.Count > 1 {
		text += fmt.Sprintf("  ×%d", h.Count)
	}
	if h.Automation != "" {
		text += "  by " + safe(h.Automation)
	}
	return text
}

// step prints what happened in a tactic.
func (t *storyText) step(in *story.Intrusion, s *story.Step) {
	fmt.Fprintf(t.b, "  %s  %s to %s  %s\n", t.o.paint("1", s.Tactic), clock(t.o, in.First, s.First), clock(t.o, s.First, s.Last), term.Plural(s.Findings, "finding"))
	for i := range s.Deeds {
		d := &s.Deeds[i]
		m := merged{counts: d.Outcomes}
		text := clock(t.o, in.First, d.First) + "  " + safe(d.Title)
		if outcome := m.outcome(); outcome != "" {
			text += "  " + outcome
		}
		if len(d.Targets.List) > 0 {
			short := slices.Clone(d.Targets.List)
			for j := range short {
				short[j] = shortTargets(short[j])
			}
			text += "  " + textList(story.Texts{List: short, More: d.Targets.More}, 2)
		}
		if len(d.Facts.List) > 0 {
			text += "  " + textList(d.Facts, 3)
		}
		t.b.WriteString(term.Wrap("    ", "      ", text, t.o.Width) + "\n")
	}
	if s.MoreDeeds > 0 {
		fmt.Fprintf(t.b, "    and %d more rules\n", s.MoreDeeds)
	}
}

// apart prints the findings that belong to no intrusion.
func (t *storyText) apart() {
	s := t.s
	if s.NotFollowed != "" && len(s.Intrusions) > 0 {
		t.b.WriteString("\n" + term.Wrap("", "", "Identities were not followed through the whole log: "+safe(s.NotFollowed)+".", t.o.Width) + "\n")
	}
	if len(s.Apart) == 0 && s.MoreApart == 0 && s.MoreIntrusions == 0 {
		return
	}
	fmt.Fprintf(t.b, "\n%s\n", t.o.paint("1", "Findings that stand apart"))
	for i := range s.Apart {
		g := &s.Apart[i]
		text := t.o.level(g.Level) + " " + safe(nameOf(g.Principal))
		if g.Automation != "" {
			text += " through " + safe(g.Automation)
		}
		if len(g.Addresses.List) > 0 {
			text += "  from " + textList(g.Addresses, 2)
		}
		text += "  " + t.o.moment(g.First) + "  " + term.Plural(g.Findings, "finding") + ": " + textList(g.Titles, 3)
		t.b.WriteString(term.Wrap("  ", "    ", text, t.o.Width) + "\n")
	}
	if s.MoreApart > 0 || s.MoreApartFindings > 0 {
		fmt.Fprintf(t.b, "  and %s of %s\n", term.Plural(s.MoreApartFindings, "more finding"), term.Plural(s.MoreApart, "more actor"))
	}
	if s.MoreIntrusions > 0 {
		fmt.Fprintf(t.b, "  and %s with %s\n", term.Plural(s.MoreIntrusions, "more intrusion"), term.Plural(s.MoreFindings, "finding"))
	}
}

// safeLine makes a command harmless to print without shortening it.
func safeLine(text string) string { return diag.Safe(text) }

// shortened shortens the texts of a list in their middle.
func shortened(list story.Texts, width int) story.Texts {
	short := make([]string, len(list.List))
	for i, text := range list.List {
		short[i] = middle(safe(text), width)
	}
	return story.Texts{List: short, More: list.More}
}

// standing says that no removal of a thing was seen.
func (t *storyText) standing() string {
	if t.s.NotFollowed != "" {
		return "not seen removed"
	}
	return "still stands"
}
