package report

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/egret-hunt/egret/internal/finding"
	"github.com/egret-hunt/egret/internal/story"
	"github.com/egret-hunt/egret/internal/term"
	"github.com/egret-hunt/egret/internal/value"
)

// answer prints what a responder must know first of an intrusion. Where it would be longer than some lines, the longest
// lists are cut, and say how much more there is.
func (t *storyText) answer(i, lines int) {
	in := &t.s.Intrusions[i]
	// The first of equally long lists is cut first.
	lists := []struct {
		limit, least int
		print        func(to *storyText, limit int)
		text         string
	}{
		{6, 2, func(to *storyText, limit int) { to.lines("gave", to.gave(in, limit)) }, ""},
		{6, 2, func(to *storyText, limit int) { to.line("logging", to.logging(in, limit)) }, ""},
		{5, 2, func(to *storyText, limit int) { to.line("stands", to.stands(in, limit)) }, ""},
		{5, 2, func(to *storyText, limit int) { to.lines("do now", to.doNow(in, limit)) }, ""},
		{8, 2, func(to *storyText, limit int) { to.line("made", to.made(in, limit)) }, ""},
		{8, 2, func(to *storyText, limit int) { to.lines("roles", to.took(in, limit)) }, ""},
	}
	render := func(print func(to *storyText)) string {
		var b strings.Builder
		print(&storyText{b: &b, o: t.o, s: t.s})
		return b.String()
	}
	total := strings.Count(render(func(to *storyText) { to.head(i) }), "\n")
	for j := range lists {
		l := &lists[j]
		l.text = render(func(to *storyText) { l.print(to, l.limit) })
		total += strings.Count(l.text, "\n")
	}
	for total > lines {
		longest := -1
		for j := range lists {
			if l := &lists[j]; l.limit > l.least && (longest < 0 || strings.Count(l.text, "\n") > strings.Count(lists[longest].text, "\n")) {
				longest = j
			}
		}
		if longest < 0 {
			break
		}
		l := &lists[longest]
		l.limit--
		total -= strings.Count(l.text, "\n")
		l.text = render(func(to *storyText) { l.print(to, l.limit) })
		total += strings.Count(l.text, "\n")
	}
	t.head(i)
	for _, j := range []int{5, 4, 0, 1, 2, 3} { // in the order in which they are read
		t.b.WriteString(lists[j].text)
	}
}

// head prints the first lines of an answer.
func (t *storyText) head(i int) {
	in := &t.s.Intrusions[i]
	title := fmt.Sprintf("INTRUSION %d of %d", i+1, len(t.s.Intrusions)+t.s.MoreIntrusions)
	head := fmt.Sprintf("%s  %s  %s to %s", t.o.paint("1", title), strings.TrimSpace(t.o.level(in.Level)), t.o.moment(in.First), t.o.until(in.First, in.Last))
	if in.Account != "" {
		head += "  in " + textList(in.Accounts, 2)
	}
	t.b.WriteString(term.Wrap("", "  ", head, t.o.Width) + "\n")
	t.line("who", t.who(in))
	t.line("way in", t.wayIn(in)+"; calls: "+t.calls(in))
}

func (t *storyText) who(in *story.Intrusion) string {
	parts := []string{safe(nameOf(in.Principal))}
	if len(in.Keys.List) > 0 {
		parts = append(parts, "key "+textList(in.Keys, 2))
	}
	if len(in.Addresses.List) > 0 {
		parts = append(parts, "from "+textList(placed(in), 3))
	}
	return strings.Join(parts, " ")
}

// placed returns the addresses of an intrusion with what is known of them.
func placed(in *story.Intrusion) story.Texts {
	list := slices.Clone(in.Addresses.List)
	for i, address := range list {
		for j := range in.Origins {
			if in.Origins[j].Address == address {
				list[i] = Address(&in.Origins[j])
			}
		}
	}
	return story.Texts{List: list, More: in.Addresses.More}
}

func (t *storyText) wayIn(in *story.Intrusion) string {
	w := &in.WayIn
	text := safe(w.Kind)
	if w.Time != finding.NoTime {
		text += " from " + clock(t.o, in.First, w.Time)
	}
	return text
}

// took lists the sessions that the intrusion opened or used.
func (t *storyText) took(in *story.Intrusion, limit int) []string {
	var list []string
	more := 0
	var hops []*story.Hop
	for i := range in.Chain {
		if h := &in.Chain[i]; h.Kind == story.TookRole && h.Automation == "" {
			hops = append(hops, h)
		}
	}
	// Sessions of machines come last, unless findings have them.
	slices.SortStableFunc(hops, func(a, b *story.Hop) int { return machineHop(in, a) - machineHop(in, b) })
	for _, h := range hops {
		if len(list) >= limit {
			more++
			continue
		}
		text := safe(strings.TrimPrefix(nameOf(h.To), "role "))
		if h.Key != "" {
			text += " " + safe(h.Key)
			if n := len(h.Keys.List) + h.Keys.More; n > 1 {
				text += fmt.Sprintf("+%d", n-1)
			}
		}
		list = append(list, text)
	}
	if more > 0 {
		list[len(list)-1] += fmt.Sprintf(" (%d more)", more)
	}
	return list
}

// machineHop is 1 for sessions of a machine that no finding has, else 0.
func machineHop(in *story.Intrusion, h *story.Hop) int {
	if h.Machine && !slices.Contains(in.Sessions.List, h.Key) {
		return 1
	}
	return 0
}

// made lists the users and keys that the intrusion made.
func (t *storyText) made(in *story.Intrusion, limit int) string {
	type user struct {
		name  string
		parts []string
	}
	var users []*user
	of := func(name string) *user {
		for _, u := range users {
			if u.name == name {
				return u
			}
		}
		users = append(users, &user{name: name})
		return users[len(users)-1]
	}
	for i := range in.Chain {
		h := &in.Chain[i]
		if h.Automation != "" {
			continue
		}
		u := nameOf(h.To)
		u = strings.TrimPrefix(u, "user ")
		switch h.Kind {
		case story.MadeUser:
			of(u)
		case story.MadeKey:
			of(u).parts = append(of(u).parts, "key "+h.Key)
		case story.SetPass:
			of(u).parts = append(of(u).parts, "password set")
		case story.SetTrust:
			of("role " + u).parts = append(of("role "+u).parts, "trust changed")
		case story.TookRole, story.MadeRole, story.RanMachine, story.SignedIn:
		}
	}
	var list []string
	for i, u := range users {
		if i >= limit {
			list = append(list, fmt.Sprintf("%d more", len(users)-limit))
			break
		}
		name := u.name
		if !strings.HasPrefix(name, "role ") {
			name = "user " + name
		}
		if len(u.parts) > 0 {
			name += " (" + strings.Join(u.parts, ", ") + ")"
		}
		list = append(list, safe(name))
	}
	return strings.Join(list, ", ")
}

// calls counts the calls by outcome.
func (t *storyText) calls(in *story.Intrusion) string {
	m := merged{counts: in.Outcomes.Counts}
	if text := m.outcome(); text != "" {
		return text
	}
	return "outcome not known"
}

// gave lists what was shared, by recipient: first what an account got and still has.
func (t *storyText) gave(in *story.Intrusion, limit int) []string {
	type recipient struct {
		to    string
		what  []string
		kept  int
		until value.Time
	}
	var list []*recipient
	for i := range in.Given {
		g := &in.Given[i]
		to := g.Recipient()
		if g.Outcome == finding.Refused || g.Outcome == finding.Failed {
			to += " (" + g.Outcome.String() + ")"
		}
		at := slices.IndexFunc(list, func(r *recipient) bool { return r.to == to })
		if at < 0 {
			at = len(list)
			list = append(list, &recipient{to: to, until: finding.NoTime})
		}
		r := list[at]
		if g.Undone == finding.NoTime {
			r.kept++
		} else if r.until == finding.NoTime || g.Undone.Nanos > r.until.Nanos {
			r.until = g.Undone
		}
		r.what = append(r.what, safe(shortTargets(g.What)))
	}
	slices.SortStableFunc(list, func(a, b *recipient) int {
		return cmp.Or(cmp.Compare(outside(b.to), outside(a.to)), cmp.Compare(min(b.kept, 1), min(a.kept, 1)))
	})
	var out []string
	for _, r := range list[:min(limit, len(list))] {
		width := 48
		if len(r.what) > 1 {
			width = 26
		}
		for j := range r.what {
			if term.Width(r.what[j]) > width+8 { // else cutting saves too little
				r.what[j] = middle(r.what[j], width)
			}
		}
		text := safe(strings.TrimSuffix(r.to, " (outside)")) + ": " + some(r.what, 3)
		switch {
		case r.kept == 0:
			text += "; undone " + clock(t.o, in.First, r.until)
		case r.kept < len(r.what):
			text += fmt.Sprintf(", %d of %d undone", len(r.what)-r.kept, len(r.what))
		}
		out = append(out, text)
	}
	if more := len(list) - len(out) + in.MoreGiven; more > 0 {
		out[len(out)-1] += fmt.Sprintf("  and %d more", more)
	}
	return out
}

// outside is 1 for a recipient that is another account, 0 for others.
func outside(to string) int {
	if strings.Contains(to, "(outside)") {
		return 1
	}
	return 0
}

// logging lists what was done to logging by outcome, what was done first.
func (t *storyText) logging(in *story.Intrusion, limit int) string {
	var list []string
	for _, outcome := range []finding.Outcome{finding.Succeeded, finding.Unknown, finding.Failed, finding.Refused} {
		var parts []string
		gap, more := 0, 0
		last := ""
		for i := range in.Logging {
			c := &in.Logging[i]
			if c.Outcome != outcome {
				continue
			}
			gap = max(gap, c.GapHours)
			what, target := safe(c.What), ""
			if c.Count > 1 {
				what += fmt.Sprintf(" ×%d", c.Count)
			}
			if len(c.Targets.List) > 0 {
				name := shortTargets(c.Targets.List[0])
				target = middle(safe(name[strings.LastIndexByte(name, ' ')+1:]), 28)
			}
			switch {
			case target != "" && target == last: // another fact of the same change
			case len(parts) >= limit:
				more++
			default:
				parts = append(parts, strings.TrimSpace(what+" "+target))
				last = target
			}
		}
		if len(parts) == 0 {
			continue
		}
		text := outcome.String() + ": " + strings.Join(parts, ", ")
		if more > 0 {
			text += fmt.Sprintf(", %d more", more)
		}
		if gap > 0 {
			text += fmt.Sprintf(", then %s without logs", term.Plural(gap, "hour"))
		}
		list = append(list, text)
	}
	if in.MoreLogging > 0 && len(list) > 0 {
		list[len(list)-1] += fmt.Sprintf(", %d more", in.MoreLogging)
	}
	return strings.Join(list, "; ")
}

// middle shortens a text in its middle, since the ends of names tell them apart.
func middle(text string, width int) string {
	if term.Width(text) <= width {
		return text
	}
	head := (width - 1) / 2
	return term.Head(text, head) + "…" + term.Tail(text, width-1-head)
}

func (t *storyText) stands(in *story.Intrusion, limit int) string {
	var parts []string
	gone := 0
	for i := range in.Made {
		m := &in.Made[i]
		if !m.Stands() {
			gone++
			continue
		}
		parts = append(parts, safe(m.Text))
	}
	doubt := ""
	if t.s.NotFollowed != "" {
		doubt = "; what else was made or removed is unknown: " + safe(t.s.NotFollowed)
	}
	switch {
	case len(parts) == 0 && gone == 0 && doubt != "":
		return "unknown: " + safe(t.s.NotFollowed)
	case len(parts) == 0 && gone == 0:
		return "nothing that egret knows was made"
	case len(parts) == 0:
		return fmt.Sprintf("nothing of %s made or granted at the end of the log%s", term.Plural(gone, "thing"), t.end(in)) + doubt
	}
	text := strings.Join(parts[:min(limit, len(parts))], "; ")
	if more := len(parts) - limit + in.MoreMade; more > 0 && len(parts) > limit {
		text += fmt.Sprintf("; %d more", more)
	}
	text += " at the end of the log" + t.end(in)
	if gone > 0 {
		text += fmt.Sprintf(", %d of %d made are gone", gone, gone+len(parts))
	}
	return text + doubt
}

// doNow lists the first actions.
func (t *storyText) doNow(in *story.Intrusion, limit int) []string {
	var list []string
	for i := range in.Do {
		if len(list) >= limit {
			break
		}
		list = append(list, fmt.Sprintf("%d. %s", i+1, safe(in.Do[i].Text)))
	}
	if more := len(in.Do) - len(list) + in.MoreDo; more > 0 && len(list) > 0 {
		list[len(list)-1] += fmt.Sprintf("  and %d more", more)
	}
	return list
}

// end says when the log ends.
func (t *storyText) end(in *story.Intrusion) string {
	if t.s.LogEnd == finding.NoTime {
		return ""
	}
	return " (" + clock(t.o, in.First, t.s.LogEnd) + ")"
}
