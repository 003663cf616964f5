package story

import (
	"slices"
	"strings"

	"github.com/egret-hunt/egret/internal/facts"
	"github.com/egret-hunt/egret/internal/finding"
	"github.com/egret-hunt/egret/internal/schema"
)

const (
	// maxPasses is how many links away from findings identities are followed.
	maxPasses = 8
	// maxLinks limits the links that are kept.
	maxLinks = 20_000
)

// graph ties groups of findings together by the links between their identities.
type graph struct {
	// wanted are the nodes of identities of findings and those reached from them.
	wanted map[string]bool
	links  []facts.Record
	more   int // links left out
	nodes  map[string][]*vertex
	all    []*vertex
	// tools are the vertices of automation's groups by their keys.
	tools map[string][]*vertex
	// reached is when a machine was first reached, by its node.
	reached map[string]int64
}

// vertex is a group of findings, or an identity without findings. Joined vertices have one root.
type vertex struct {
	into  *vertex
	group *group // nil for an identity without findings
	when  period
	// keys are the keys and sessions, made the users, reached by links.
	links []int // indexes in graph.links
}

func (v *vertex) root() *vertex {
	for v.into != nil {
		v = v.into
	}
	return v
}

// The nodes of a graph: a key or session, a user, a machine, a principal at an address, a role that others were let into.
// Their first byte says which.
const keyPrefix, userPrefix, machinePrefix, placePrefix = 'k', 'u', 'm', 'p'

func keyNode(key string) string { return string(keyPrefix) + key }
func userNode(account, name string) string {
	return string(userPrefix) + pair(account, schema.ShortName(name))
}
func machineNode(account, name string) string {
	return string(machinePrefix) + pair(account, schema.ShortName(name))
}
func placeNode(principal, address string) string {
	return string(placePrefix) + pair(principal, address)
}

// followed returns the graph of the groups' identities.
func (b *Builder) followed(r *Records) (*graph, error) {
	g := &graph{wanted: map[string]bool{}, nodes: map[string][]*vertex{}, tools: map[string][]*vertex{}, reached: map[string]int64{}}
	var when period
	for _, group := range b.groups {
		if group.into != nil {
			continue
		}
		v := &vertex{group: group, when: group.when}
		g.all = append(g.all, v)
		when.merge(group.when)
		sessions := group.sessions.sorted()
		if group.tool != "" {
			for _, key := range sessions {
				g.tools[key] = append(g.tools[key], v)
			}
			continue
		}
		for _, key := range sessions {
			g.want(keyNode(key), v)
		}
		for _, principal := range group.principals.sorted() {
			g.want(userNode(accountOf(principal), principal), nil)
		}
		for _, p := range group.pairs.sorted() {
			principal, address, _ := strings.Cut(p, "\x00")
			if !schema.MatchesAny(group.trace.Shared, []byte(principal)) {
				g.want(placeNode(principal, address), v)
			}
		}
		for _, machine := range group.machines.sorted() {
			account, name, _ := strings.Cut(machine, "\x00")
			node := machineNode(account, name)
			g.want(node, v)
			if at, ok := g.reached[node]; !ok || group.machines.first[machine] < at {
				g.reached[node] = group.machines.first[machine]
			}
		}
	}
	if r.Links == nil {
		return g, nil
	}
	kept := map[facts.Record]bool{}
	for range maxPasses {
		before := len(g.wanted)
		for record, err := range r.Links() {
			if err != nil {
				return nil, err
			}
			if record.Outcome == finding.Refused || record.Outcome == finding.Failed || !within(when, record) || kept[*record] {
				continue
			}
			from, to := ends(record)
			if !g.wanted[from] && !g.wanted[placeNode(record.Principal, record.Address)] && !slices.ContainsFunc(to, func(n string) bool { return g.wanted[n] }) {
				continue
			}
			if len(g.links) >= maxLinks {
				g.more++
				continue
			}
			kept[*record] = true
			g.links = append(g.links, *record)
			if toolOfRecord(record) == "" && HopKind(record.Link.Kind) == TookRole {
				g.wanted[from] = true // who made a user is followed only if it has findings or was reached itself
			}
			for _, node := range to {
				g.wanted[node] = true
			}
		}
		if len(g.wanted) == before {
			break
		}
	}
	slices.SortStableFunc(g.links, func(a, b facts.Record) int { return compareNanos(a.Time, b.Time) })
	return g, nil
}

// want marks a node and, with a vertex, says that it belongs to it.
func (g *graph) want(node string, v *vertex) {
	g.wanted[node] = true
	if v != nil {
		g.nodes[node] = append(g.nodes[node], v)
	}
}

// within reports whether a link is within days of the findings.
func within(when period, r *facts.Record) bool {
	var at period
	at.widen(r.Time)
	return when.near(at)
}

func toolOfRecord(r *facts.Record) string {
	t := r.Schema.Trace()
	if isService(t, r.Address) && r.From == "" {
		return "AWS service"
	}
	return t.Tool(r.Agent)
}

// ends returns the node of who acts in a link, and those that it leads to.
func ends(r *facts.Record) (from string, to []string) {
	switch {
	case isMachine(r):
		from = machineNode(r.Account, r.From)
	case r.From != "":
		from = placeNode(r.From, r.Address)
	case r.Session != "":
		from = keyNode(r.Session)
	default:
		from = placeNode(r.Principal, r.Address)
	}
	switch {
	case r.Key != "":
		to = append(to, keyNode(r.Key))
	case r.From != "" && r.Session != "": // the session that acts is the one that was reached
		to = append(to, keyNode(r.Session))
	}
	switch HopKind(r.Link.Kind) {
	case MadeUser, SetPass:
		to = append(to, userNode(account(r.Identity, r.Account), r.Identity))
	case RanMachine:
		to = append(to, machineNode(account(r.Identity, r.Account), r.Identity))
	case TookRole, MadeKey, MadeRole, SetTrust, SignedIn:
	}
	return from, to
}

// isMachine reports whether a machine acts in a link.
func isMachine(r *facts.Record) bool { return r.From != "" && !strings.HasPrefix(r.From, "arn:") }

// accountOf returns the account in an ARN, "" if there is none.
func accountOf(arn string) string {
	parts := strings.SplitN(arn, ":", 6)
	if len(parts) < 6 || parts[0] != "arn" {
		return ""
	}
	return parts[4]
}

// account returns the account of a name: that of an ARN, or the event's.
func account(name, own string) string {
	if of := accountOf(name); of != "" {
		return of
	}
	return own
}

// vertexOf returns the vertex of a node near a time, a new one if there is none.
func (g *graph) vertexOf(node string, at period) *vertex {
	for _, v := range g.nodes[node] {
		if v = v.root(); v.when.near(at) {
			return v
		}
	}
	v := &vertex{when: at}
	g.nodes[node] = append(g.nodes[node], v)
	g.all = append(g.all, v)
	return v
}

// known returns the vertex of a node near a time, nil if there is none.
func (g *graph) known(node string, at period) *vertex {
	for _, v := range g.nodes[node] {
		if v = v.root(); v.when.near(at) {
			return v
		}
	}
	return nil
}

// join joins two vertices if they are near in time.
func (g *graph) join(a, b *vertex) *vertex {
	a, b = a.root(), b.root()
	if a == b || !a.when.near(b.when) {
		return a
	}
	if a.group == nil && b.group != nil {
		a, b = b, a
	}
	b.into = a
	a.when.merge(b.when)
	a.links = append(a.links, b.links...)
	if b.group != nil {
		a.group.root().absorb(b.group.root())
	}
	return a
}

// tie joins the vertices that links tie together.
func (g *graph) tie() {
	opened := map[string]*vertex{} // roles whose trust was changed
	var weak []int
	for i := range g.links {
		r := &g.links[i]
		var at period
		at.widen(r.Time)
		from, to := ends(r)
		kind := HopKind(r.Link.Kind)
		if toolOfRecord(r) != "" || kind == SetPass || kind == TookRole && r.From == "" {
			weak = append(weak, i)
			if toolOfRecord(r) != "" {
				continue
			}
		}
		if g.tooEarly(from, r) {
			continue
		}
		v := g.known(placeNode(r.Principal, r.Address), at)
		if v == nil || r.From != "" {
			v = g.vertexOf(from, at)
		} else if r.From == "" {
			v = g.join(v, g.vertexOf(from, at))
		}
		v.when.merge(at)
		// A user that the intrusion made acts, whatever its key.
		if made := g.known(userNode(accountOf(r.Principal), r.Principal), at); made != nil && r.From == "" {
			v = g.join(v, made)
		}
		v.root().links = append(v.root().links, i)
		role := pair(account(r.Identity, r.Account), schema.ShortName(r.Identity))
		switch HopKind(r.Link.Kind) {
		case SetTrust:
			opened[role] = v
		case TookRole:
			if by := opened[role]; by != nil && accountOf(r.Principal) != r.Account {
				v = g.join(by, v)
			}
		case SetPass:
			continue
		case MadeKey, MadeUser, MadeRole, RanMachine, SignedIn:
		}
		for _, node := range to {
			reached := g.vertexOf(node, at)
			if HopKind(r.Link.Kind) != TookRole && v.root().group == nil {
				// Whoever makes many users and keys, and has no finding, ties them to none of the others.
				reached.root().links = append(reached.root().links, i)
				continue
			}
			v = g.join(v, reached)
		}
	}
	g.tieMade()
	g.tieWeak(weak)
	g.tieTools()
}

// tooEarly reports whether a machine got a session before the intrusion reached it. An earlier one counts if it was used in
// findings, since the machine may have kept it.
func (g *graph) tooEarly(from string, r *facts.Record) bool {
	at, ok := g.reached[from]
	if !ok || !isMachine(r) || r.Time == finding.NoTime || r.Time.Nanos >= at {
		return false
	}
	return r.Key == "" || !slices.ContainsFunc(g.nodes[keyNode(r.Key)], func(v *vertex) bool { return v.root().group != nil })
}

// tieMade joins findings of users that were made.
func (g *graph) tieMade() {
	for _, v := range slices.Clone(g.all) {
		if v.group == nil || v.group.tool != "" {
			continue
		}
		for _, principal := range v.root().group.root().principals.sorted() {
			if made := g.known(userNode(accountOf(principal), principal), v.when); made != nil {
				g.join(made, v)
			}
		}
	}
}

// tieWeak joins the findings of users that automation made with the same key, of users that got a password, and of other
// sessions of roles that were taken: only if they came from an address of the intrusion, since others may use these
// identities as well. Logs may lack the key of a session.
func (g *graph) tieWeak(links []int) {
	for _, i := range links {
		r := &g.links[i]
		kind := HopKind(r.Link.Kind)
		if r.Identity == "" || kind != MadeUser && kind != SetPass && kind != MadeKey && kind != TookRole {
			continue
		}
		var at period
		at.widen(r.Time)
		from, _ := ends(r)
		v := g.known(from, at)
		if v == nil || v.group == nil {
			continue
		}
		name := userNode(account(r.Identity, r.Account), r.Identity)
		for _, o := range slices.Clone(g.all) {
			if o.group == nil || o.group.root().tool != "" || o.root() == v.root() {
				continue
			}
			them, us := o.root().group.root(), v.root().group.root()
			if slices.ContainsFunc(them.principals.sorted(), func(p string) bool { return userNode(accountOf(p), p) == name }) &&
				slices.ContainsFunc(them.addresses.sorted(), us.addresses.has) {
				v = g.join(v, o)
				if kind != TookRole && kind != SetPass {
					v.links = append(v.links, i) // the others are there already
				}
			}
		}
	}
}

// tieTools joins findings of automation with a key that people of an intrusion made.
func (g *graph) tieTools() {
	for i := range g.links {
		r := &g.links[i]
		if r.Key == "" || toolOfRecord(r) != "" {
			continue
		}
		var at period
		at.widen(r.Time)
		v := g.known(keyNode(r.Key), at)
		if v == nil || v.group == nil {
			continue
		}
		for _, tool := range g.tools[r.Key] {
			g.join(v, tool)
		}
	}
}
