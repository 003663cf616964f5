package story

import (
	"cmp"
	"slices"
	"strings"

	"github.com/egret-hunt/egret/internal/facts"
	"github.com/egret-hunt/egret/internal/finding"
	"github.com/egret-hunt/egret/internal/schema"
	"github.com/egret-hunt/egret/internal/value"
)

// Limits of a story.
const (
	maxIntrusions, maxApart   = 20, 50
	maxChain, maxDeeds        = 100, 30
	maxShown                  = 20
	maxGifts, maxChanges      = 100, 100
	maxActions, maxHopKeys    = 100, 50
	maxStoryThings, maxTitles = 200, 20
)

// cluster is a group of findings with the links that belong to it.
type cluster struct {
	group      *group
	links      []*facts.Record
	things     []*Thing
	moreThings int
	// gone are the keys, users and roles that were removed, see owners.
	gone map[string]bool
}

// Story returns what the findings so far mean together. The ledger of the hunt tells where the log ends and has gaps; it may
// be nil.
func (b *Builder) Story(r Records, ledger *finding.Ledger) (*Story, error) {
	g, err := b.followed(&r)
	if err != nil {
		return nil, err
	}
	g.tie()
	s := &Story{NotFollowed: r.Missing, LogEnd: finding.NoTime}
	if r.Links == nil && s.NotFollowed == "" {
		s.NotFollowed = "there are no records of identities"
	}
	if s.NotFollowed == "" && !slices.ContainsFunc(b.groups, func(g *group) bool { return g.trace != nil && len(g.trace.Links) > 0 }) && len(b.groups) > 0 {
		s.NotFollowed = "egret does not know what ties identities in this log"
	}
	if g.more > 0 && s.NotFollowed == "" {
		s.NotFollowed = "there are too many links between identities to follow all"
	}
	if ledger != nil {
		s.LogEnd = ledger.Last.Time
		if r.Last != (value.Time{}) && (s.LogEnd == finding.NoTime || r.Last.Nanos > s.LogEnd.Nanos) {
			s.LogEnd = r.Last
		}
	}
	var worst, apart []*cluster
	for _, c := range g.clusters() {
		if c.group.isIntrusion() {
			worst = append(worst, c)
		} else {
			apart = append(apart, c)
		}
	}
	slices.SortStableFunc(worst, compareClusters)
	slices.SortStableFunc(apart, compareClusters)
	for _, c := range worst[min(len(worst), maxIntrusions):] {
		s.MoreIntrusions++
		s.MoreFindings += c.group.findings
	}
	for _, c := range apart[min(len(apart), maxApart):] {
		s.MoreApart++
		s.MoreApartFindings += c.group.findings
	}
	s.MoreApartFindings += b.rest
	worst, apart = worst[:min(len(worst), maxIntrusions)], apart[:min(len(apart), maxApart)]
	if err := newOwners(worst).things(&r); err != nil {
		return nil, err
	}
	b.told = map[*group]int{}
	for i, c := range worst {
		b.told[c.group.root()] = i
		s.Intrusions = append(s.Intrusions, c.tell(ledger))
	}
	for _, c := range apart {
		s.Apart = append(s.Apart, c.apart())
	}
	return s, nil
}

// own returns the keys and sessions of the intrusion: those of findings, those that opened its sessions, and those that it
// reached. Who made one of its users earlier does not belong to it.
func (c *cluster) own() map[string]bool {
	own := map[string]bool{}
	for _, key := range c.group.sessions.sorted() {
		own[key] = true
	}
	for range maxPasses {
		before := len(own)
		for _, r := range c.links {
			if toolOfRecord(r) != "" {
				continue
			}
			took := HopKind(r.Link.Kind) == TookRole
			if took && r.From == "" && r.Session != "" && (r.Key == "" || own[r.Key]) {
				own[r.Session] = true
			}
			if r.Key != "" && (r.From != "" || r.Session == "" || own[r.Session]) {
				own[r.Key] = true
			}
		}
		if len(own) == before {
			break
		}
	}
	return own
}

// clusters returns the groups of findings with their links.
func (g *graph) clusters() []*cluster {
	var list []*cluster
	of := map[*group]*cluster{}
	for _, v := range g.all {
		if v.group == nil {
			continue
		}
		root := v.group.root()
		if of[root] == nil {
			of[root] = &cluster{group: root}
			list = append(list, of[root])
		}
	}
	for _, v := range g.all {
		if v.into != nil || v.group == nil {
			continue
		}
		c := of[v.group.root()]
		links := slices.Clone(v.links)
		slices.Sort(links)
		for _, i := range slices.Compact(links) {
			c.links = append(c.links, &g.links[i])
		}
	}
	return list
}

// isIntrusion reports whether the findings are those of a person and serious together: one of level high, or several rules of
// level medium in more than one tactic.
func (g *group) isIntrusion() bool {
	if g.tool != "" {
		return false
	}
	_, high, medium := g.weights()
	if high > 0 || medium < manyMedium {
		return high > 0
	}
	var tactics []int
	// Iteration order does not matter: different tactics are counted.
	for rule, sum := range g.rules {
		if t := tacticOf(rule); sum.level >= finding.Medium && !slices.Contains(tactics, t) {
			tactics = append(tactics, t)
		}
	}
	return len(tactics) > 1
}

// manyMedium is how many rules of level medium make an intrusion.
const manyMedium = 3

// weights counts the rules with findings of level critical, of high and above, and of medium and above.
func (g *group) weights() (critical, high, medium int) {
	// Iteration order does not matter: rules are counted.
	for _, sum := range g.rules {
		switch {
		case sum.level >= finding.Critical:
			critical++
			fallthrough
		case sum.level >= finding.High:
			high++
			fallthrough
		case sum.level >= finding.Medium:
			medium++
		}
	}
	return critical, high, medium
}

// compareClusters orders the worst first.
func compareClusters(a, b *cluster) int {
	ac, ah, am := a.group.weights()
	bc, bh, bm := b.group.weights()
	return cmp.Or(cmp.Compare(bc, ac), cmp.Compare(bh, ah), cmp.Compare(bm, am), cmp.Compare(b.group.findings, a.group.findings),
		cmp.Compare(a.group.when.first.Nanos, b.group.when.first.Nanos), strings.Compare(a.group.opening.principal, b.group.opening.principal))
}

// apart returns the findings of a cluster that is no intrusion.
func (c *cluster) apart() Group {
	g := c.group
	out := Group{Principal: g.opening.principal, Automation: g.tool, Addresses: g.addresses.texts(), Level: g.level, Findings: g.findings}
	out.First, out.Last = g.when.ends()
	var titles []string
	for _, rule := range g.sortedRules() {
		titles = append(titles, rule.Title)
	}
	out.Titles = bounded(titles, maxTitles, 0)
	return out
}

// sortedRules returns the rules with findings, the most severe first.
func (g *group) sortedRules() []*finding.Rule {
	var rules []*finding.Rule
	// Iteration order does not matter: the list is sorted.
	for rule := range g.rules {
		rules = append(rules, rule)
	}
	slices.SortFunc(rules, func(a, b *finding.Rule) int {
		return cmp.Or(cmp.Compare(g.rules[b].level, g.rules[a].level), compareNanos(g.rules[a].when.first, g.rules[b].when.first), strings.Compare(a.Title, b.Title), strings.Compare(a.ID, b.ID))
	})
	return rules
}

// tell returns the intrusion of a cluster.
func (c *cluster) tell(ledger *finding.Ledger) Intrusion {
	g := c.group
	in := Intrusion{
		Actors: g.principals.texts(), Sessions: g.sessions.texts(), Addresses: g.addresses.texts(),
		Agents: g.agents.texts(), Regions: g.regions.texts(), Accounts: g.accounts.texts(),
		Level: g.level, Findings: g.findings, Events: g.events, Outcomes: g.outcomes,
	}
	if len(in.Accounts.List) > 0 {
		in.Account = in.Accounts.List[0]
	}
	for _, address := range in.Addresses.List {
		if o, ok := g.origins[address]; ok {
			in.Origins = append(in.Origins, o)
		}
	}
	in.First, in.Last = g.when.ends()
	c.begin(&in)
	c.chain(&in)
	in.Steps = g.steps()
	c.made(&in)
	c.given(&in)
	c.logging(&in, ledger)
	c.do(&in)
	return in
}

// begin finds how the intrusion began: with the first actor whose key no link of the intrusion leads to.
func (c *cluster) begin(in *Intrusion) {
	g := c.group
	reached := map[string]bool{}
	for _, r := range c.links {
		if r.Key != "" && r.Key != r.Session {
			reached[r.Key] = true
		}
	}
	type start struct {
		principal, key string
		nanos          int64
	}
	var first *start
	try := func(principal, key string, nanos int64) {
		if !reached[key] && (first == nil || nanos < first.nanos) {
			first = &start{principal, key, nanos}
		}
	}
	for _, actor := range g.actors.sorted() {
		principal, key, _ := strings.Cut(actor, "\x00")
		try(principal, key, g.actors.first[actor])
	}
	for _, r := range c.links {
		if toolOfRecord(r) == "" && r.From == "" && r.Time != finding.NoTime && (HopKind(r.Link.Kind) == TookRole || r.Session != "" && g.sessions.has(r.Session)) {
			try(r.Principal, r.Session, r.Time.Nanos)
		}
	}
	if first == nil {
		first = &start{g.opening.principal, g.opening.session, g.opening.nanos}
	}
	in.Principal = first.principal
	var keys []string
	for _, actor := range g.actors.sorted() {
		if principal, key, _ := strings.Cut(actor, "\x00"); principal == first.principal && key != "" && !reached[key] {
			keys = append(keys, key)
		}
	}
	if len(keys) == 0 && first.key != "" {
		keys = []string{first.key}
	}
	in.Keys = bounded(keys, maxShown, 0)
	in.WayIn = WayIn{
		Identity: first.principal, Key: first.key, Address: g.opening.address, Agent: g.opening.agent, Time: in.First, Finding: g.opening.title,
	}
	for _, r := range c.links {
		if r.Principal == first.principal && r.Session == first.key && r.Time != finding.NoTime && r.Time.Nanos <= in.WayIn.Time.Nanos {
			in.WayIn.Address, in.WayIn.Agent, in.WayIn.Time = r.Address, r.Agent, r.Time
		}
	}
	in.WayIn.Kind = c.wayIn(first.principal, first.key)
}

func (c *cluster) wayIn(principal, key string) string {
	for _, r := range c.links {
		if HopKind(r.Link.Kind) == SignedIn && r.Principal == principal {
			return "console sign-in"
		}
	}
	for i := range c.group.trace.Contain {
		t := &c.group.trace.Contain[i]
		if t.Kind == "key" && schema.MatchesAny(t.Keys, []byte(key)) {
			return "access key"
		}
	}
	switch {
	case key == "" && strings.Contains(strings.ToLower(c.group.opening.title), "sign-in"):
		return "console sign-in"
	case key == "":
		return "identity"
	case schema.MatchesAny(c.group.trace.Shared, []byte(principal)):
		return "session of a role"
	}
	return "session"
}

// chain lists the links, equal ones once.
func (c *cluster) chain(in *Intrusion) {
	type key struct {
		kind         HopKind
		from, to, by string
	}
	at := map[key]int{}
	var keys []seen
	for _, r := range c.links {
		hop := Hop{
			Kind: HopKind(r.Link.Kind), From: r.Principal, FromKey: r.Session, To: r.Identity, Key: r.Key, Address: r.Address, Agent: r.Agent,
			Time: r.Time, Count: 1, Automation: toolOfRecord(r),
		}
		if r.From != "" {
			hop.From, hop.FromKey, hop.Machine = r.From, "", isMachine(r)
		}
		if hop.To == "" {
			hop.To = r.Principal
		}
		k := key{hop.Kind, hop.From, hop.To, hop.FromKey}
		i, ok := at[k]
		if !ok {
			if len(in.Chain) >= maxChain {
				in.MoreChain++
				continue
			}
			i = len(in.Chain)
			at[k] = i
			in.Chain, keys = append(in.Chain, hop), append(keys, seen{})
		} else {
			in.Chain[i].Count++
		}
		keys[i].add(r.Key, r.Time.Nanos, maxSessions)
	}
	for i := range in.Chain {
		list := keys[i].sorted()
		// Keys that were used in findings come first.
		slices.SortStableFunc(list, func(a, b string) int { return used(c, a) - used(c, b) })
		if len(list) > 0 {
			in.Chain[i].Key = list[0]
		}
		in.Chain[i].Keys = bounded(list, maxHopKeys, keys[i].more)
	}
}

func used(c *cluster, key string) int {
	if c.group.sessions.has(key) {
		return 0
	}
	return 1
}

// steps returns the findings by tactic.
func (g *group) steps() []Step {
	by := make([]Step, len(tactics))
	when := make([]period, len(tactics))
	rules := g.sortedRules()
	slices.SortStableFunc(rules, func(a, b *finding.Rule) int { return compareNanos(g.rules[a].when.first, g.rules[b].when.first) })
	for _, rule := range rules {
		sum, i := g.rules[rule], tacticOf(rule)
		step := &by[i]
		step.Tactic = tactics[i].title
		step.Findings += sum.findings
		step.Level = max(step.Level, sum.level)
		when[i].merge(sum.when)
		for o, n := range sum.outcomes {
			step.Outcomes[o] += n
		}
		if len(step.Deeds) >= maxDeeds {
			step.MoreDeeds++
			continue
		}
		deed := Deed{
			Title: rule.Title, Level: sum.level, Findings: sum.findings, Outcomes: sum.outcomes,
			Targets: sum.targets.texts(), Facts: sum.facts.texts(),
		}
		deed.First, deed.Last = sum.when.ends()
		step.Deeds = append(step.Deeds, deed)
	}
	for i := range by {
		by[i].First, by[i].Last = when[i].ends()
	}
	return slices.DeleteFunc(by, func(s Step) bool { return s.Findings == 0 })
}
