package story

import (
	"cmp"
	"slices"
	"strings"

	"github.com/egret-hunt/egret/internal/finding"
	"github.com/egret-hunt/egret/internal/schema"
)

// do lists what to do now: stop the identities, then undo what stands, then look at what no command undoes.
func (c *cluster) do(in *Intrusion) {
	var list []Action
	add := func(a Action) {
		if !slices.ContainsFunc(list, func(o Action) bool {
			return o.Text == a.Text && o.Command == a.Command || a.Command != "" && o.Command == a.Command
		}) {
			list = append(list, a)
		}
	}
	for _, actor := range c.identities() {
		principal, key, _ := strings.Cut(actor, "\x00")
		c.contain(principal, key, add)
	}
	standing := slices.DeleteFunc(slices.Clone(c.things), func(t *Thing) bool { return !t.Stands() })
	slices.SortStableFunc(standing, func(a, b *Thing) int {
		return cmp.Or(cmp.Compare(a.rule.Urgency, b.rule.Urgency), compareNanos(a.Time, b.Time))
	})
	for _, t := range standing {
		text := "undo " + t.Text
		if t.rule.Advice != "" {
			text += ": " + filled(t.rule.Advice, map[string]string{"name": shortName(t.Name), "part": shortName(t.Part)})
		}
		add(Action{Kind: RemoveThing, Text: text, Command: t.Command})
	}
	for _, change := range in.Logging {
		if change.Outcome == finding.Succeeded && (strings.Contains(change.What, "deleted") || strings.Contains(change.What, "turned off")) {
			add(Action{Kind: Look, Text: "set up again: " + change.What + " (" + strings.Join(change.Targets.List, ", ") + ")"})
		}
	}
	slices.SortStableFunc(list, func(a, b Action) int { return cmp.Compare(a.Kind, b.Kind) })
	if more := len(list) - maxActions; more > 0 {
		list, in.MoreDo = list[:maxActions], more
	}
	in.Do = list
}

// identities returns principals and keys of the intrusion, joined by a zero byte, in order of time: those of findings, those
// that links lead to, and last those of machines.
func (c *cluster) identities() []string {
	var all, machines seen
	// Iteration order does not matter: the set is sorted.
	for actor, nanos := range c.group.actors.first {
		all.add(actor, nanos, 2*maxSessions)
	}
	own := c.own()
	for _, r := range c.links {
		if toolOfRecord(r) != "" || HopKind(r.Link.Kind) != TookRole {
			continue
		}
		if r.From == "" && own[r.Session] {
			all.add(pair(r.Principal, r.Session), r.Time.Nanos, 2*maxSessions)
		}
		if r.Identity != "" && (r.Key == "" || own[r.Key]) {
			to := &all
			if isMachine(r) && !c.group.sessions.has(r.Key) {
				to = &machines
			}
			to.add(pair(r.Identity, r.Key), r.Time.Nanos, 2*maxSessions)
		}
	}
	return append(all.sorted(), machines.sorted()...)
}

// contain adds what stops one identity.
func (c *cluster) contain(principal, key string, add func(Action)) {
	name := principal[strings.LastIndexAny(principal, ":/")+1:]
	values := map[string]string{"name": name, "key": key}
	for i := range c.group.trace.Contain {
		t := &c.group.trace.Contain[i]
		if !schema.MatchesAny(t.Principals, []byte(principal)) || t.Keys != nil && !schema.MatchesAny(t.Keys, []byte(key)) {
			continue
		}
		kind := RevokeSessions
		if t.Kind == "key" {
			kind = DisableKey
			if c.gone[pair(thingKey, key)] {
				continue
			}
		} else if c.lasting(key) {
			continue // a key of its own, not a session
		}
		if c.gone[pair(thingUser, name)] || c.gone[pair(thingRole, name)] {
			continue
		}
		text := filled(t.Text, values)
		if of := accountOf(principal); of != "" && len(c.group.accounts.first) > 0 && !c.group.accounts.has(of) {
			text += " (in account " + of + ")"
		}
		add(Action{Kind: kind, Text: text, Command: command(t.Command, values)})
	}
}

// lasting reports whether a key is an access key and not that of a session.
func (c *cluster) lasting(key string) bool {
	for i := range c.group.trace.Contain {
		if t := &c.group.trace.Contain[i]; t.Kind == "key" && schema.MatchesAny(t.Keys, []byte(key)) {
			return true
		}
	}
	return false
}
