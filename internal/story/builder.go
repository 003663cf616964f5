package story

import (
	"slices"
	"strings"
	"time"

	"github.com/egret-hunt/egret/internal/finding"
	"github.com/egret-hunt/egret/internal/schema"
)

// Limits of what is kept while findings are added up. Logs are not trusted: invented keys must not fill the memory.
const (
	// maxPause is how far apart findings and links of one intrusion may be.
	maxPause = int64(3 * 24 * time.Hour)
	// maxGroups and maxNodes limit the groups of findings, and the keys and places by which findings find their group.
	maxGroups = 5_000
	maxNodes  = 200_000
	// maxTexts limits the lists of a group, maxSessions those of its keys and sessions.
	maxTexts, maxSessions = 100, 1_000
	// maxPerRule limits the targets and facts of one rule in a group.
	maxPerRule = 30
	// maxKept limits the gifts and changes of a group.
	maxKept = 300
)

// A Builder adds up findings. It is not safe for concurrent use.
type Builder struct {
	schemas map[string]*schema.Schema
	groups  []*group
	// nodes has the groups for a key, or for a principal at an address, the latest last.
	nodes map[string][]*group
	// told are the numbers of intrusions by their groups, once the story is told.
	told map[*group]int
	// rest has what no group was left for.
	rest int
}

// NewBuilder returns a builder for findings of some log sources; nil means those built into egret.
func NewBuilder(schemas []*schema.Schema) *Builder {
	if schemas == nil {
		schemas = schema.All()
	}
	b := &Builder{schemas: map[string]*schema.Schema{}, nodes: map[string][]*group{}}
	for _, s := range schemas {
		b.schemas[s.Name] = s
	}
	return b
}

var noTrace = &schema.Trace{}

// group adds up the findings of one actor within some days.
type group struct {
	// into is the group that this one was merged into, nil if it was not.
	into *group
	// tool is the name of the automation, "" for people.
	tool     string
	level    finding.Level
	findings int
	events   int
	when     period
	outcomes finding.Outcomes

	principals, sessions, addresses, agents, regions, accounts seen
	// pairs are principals with their addresses, actors with their sessions, each joined by a zero byte.
	pairs, actors seen
	// machines are the targets that were reached and have sessions of their own.
	machines seen
	rules    map[*finding.Rule]*ruleSum
	gifts    []Gift
	changes  []Change
	more     struct{ gifts, changes int }
	trace    *schema.Trace
	opening  opening
	// origins are what is known of addresses.
	origins map[string]finding.Origin
}

// opening is the first finding of a group.
type opening struct {
	nanos                                     int64
	title, principal, session, address, agent string
}

// ruleSum adds up the findings of a rule in a group.
type ruleSum struct {
	// level is the highest level of a finding, since the level follows the outcome.
	level          finding.Level
	findings       int
	when           period
	outcomes       [4]int
	targets, facts seen
}

// root returns the group that stands for this one now.
func (g *group) root() *group {
	for g.into != nil {
		g = g.into
	}
	return g
}

// Add adds a finding. Findings must come in their order. It keeps no reference to the finding but to its rule.
func (b *Builder) Add(f *finding.Finding) {
	t := b.traceOf(f)
	tool := toolOf(t, f)
	nodes := nodesOf(t, f, tool)
	var into *group
	when := periodOf(f)
	for _, node := range nodes {
		g := b.find(node, when)
		switch {
		case g == nil || g == into:
		case into == nil:
			into = g
		default:
			into.absorb(g)
		}
	}
	if into == nil {
		if len(b.groups) >= maxGroups {
			b.rest++
			return
		}
		into = &group{tool: tool, trace: t, rules: map[*finding.Rule]*ruleSum{}}
		b.groups = append(b.groups, into)
	}
	into.add(f, when)
	for _, node := range nodes {
		if b.find(node, when) == nil && (len(b.nodes[node]) > 0 || len(b.nodes) < maxNodes) {
			b.nodes[node] = append(b.nodes[node], into)
		}
	}
}

// find returns the group of a node near a time, nil if there is none.
func (b *Builder) find(node string, when period) *group {
	list := b.nodes[node]
	for i := len(list) - 1; i >= 0; i-- {
		if g := list[i].root(); g.when.near(when) {
			return g
		}
	}
	return nil
}

// periodOf returns the time of a finding's events.
func periodOf(f *finding.Finding) period {
	when := period{}
	when.widen(f.First)
	when.widen(f.Last)
	return when
}

// IntrusionOf returns the index in Story.Intrusions of the intrusion that a finding belongs to, -1 if it stands apart. It may
// be called once Story has returned.
func (b *Builder) IntrusionOf(f *finding.Finding) int {
	t := b.traceOf(f)
	for _, node := range nodesOf(t, f, toolOf(t, f)) {
		if g := b.find(node, periodOf(f)); g != nil {
			if i, ok := b.told[g]; ok {
				return i
			}
		}
	}
	return -1
}

func (b *Builder) traceOf(f *finding.Finding) *schema.Trace {
	if s := b.schemas[f.Schema]; s != nil {
		return s.Trace()
	}
	return noTrace
}

// toolOf returns the tool that made all calls of a finding, "" if people made some or it is not known.
func toolOf(t *schema.Trace, f *finding.Finding) string {
	if len(f.Facts.Addresses) > 0 && !slices.ContainsFunc(f.Facts.Addresses, func(a string) bool { return !isService(t, a) }) {
		return "AWS service"
	}
	tool := ""
	for _, agent := range f.Facts.Agents {
		name := t.Tool(agent)
		if name == "" {
			return ""
		}
		tool = name
	}
	return tool
}

func isService(t *schema.Trace, address string) bool {
	return schema.MatchesAny(t.Services, []byte(address))
}

// nodesOf returns by what a finding finds its group: its keys, and its principals at their addresses. A principal that
// several people use counts with its user agent.
func nodesOf(t *schema.Trace, f *finding.Finding, tool string) []string {
	prefix := ""
	if tool != "" {
		prefix = "tool " + tool + "\x00"
	}
	var nodes []string
	actors := f.Facts.Actors
	if len(actors) == 0 {
		actors = []finding.Actor{{Principal: f.Principal, Session: f.Session}}
	}
	for _, a := range actors {
		if a.Session != "" {
			nodes = append(nodes, prefix+"k"+a.Session)
		}
		if len(actors) > 1 && len(f.Facts.Addresses) > 1 {
			continue // it is not known who came from where
		}
		for _, address := range f.Facts.Addresses {
			if isService(t, address) {
				continue
			}
			node := prefix + "p" + a.Principal + "\x00" + address
			if schema.MatchesAny(t.Shared, []byte(a.Principal)) {
				if len(f.Facts.Agents) != 1 {
					continue
				}
				node += "\x00" + f.Facts.Agents[0]
			}
			nodes = append(nodes, node)
		}
	}
	if len(nodes) == 0 {
		nodes = append(nodes, prefix+"p"+f.Account+"\x00"+f.Principal)
	}
	return nodes
}

// pair joins two texts.
func pair(a, b string) string { return a + "\x00" + b }

// add adds a finding to a group.
func (g *group) add(f *finding.Finding, when period) {
	nanos := f.First.Nanos
	g.findings++
	g.events += len(f.EventIDs)
	g.level = max(g.level, f.Level)
	g.when.merge(when)
	facts := &f.Facts
	addOutcomes(&g.outcomes, &facts.Outcomes)
	opens := g.findings == 1 || nanos < g.opening.nanos
	if opens {
		g.opening = opening{
			nanos: nanos, title: f.Rule.Title, principal: strings.Clone(f.Principal), session: strings.Clone(f.Session),
			address: strings.Clone(f.Address),
		}
		for _, agent := range facts.Agents {
			if g.opening.agent == "" || g.trace.Tool(g.opening.agent) != "" && g.trace.Tool(agent) == "" {
				g.opening.agent = strings.Clone(agent)
			}
		}
	}
	actors := facts.Actors
	if len(actors) == 0 {
		actors = []finding.Actor{{Principal: f.Principal, Session: f.Session}}
	}
	for _, a := range actors {
		g.principals.add(a.Principal, nanos, maxTexts)
		g.sessions.add(a.Session, nanos, maxSessions)
		g.actors.add(pair(a.Principal, a.Session), nanos, maxSessions)
		if len(actors) == 1 || len(facts.Addresses) == 1 {
			for _, address := range facts.Addresses {
				if !isService(g.trace, address) {
					g.pairs.add(pair(a.Principal, address), nanos, maxSessions)
				}
			}
		}
	}
	for _, list := range []struct {
		to   *seen
		from []string
	}{{&g.addresses, facts.Addresses}, {&g.agents, facts.Agents}, {&g.regions, facts.Regions}, {&g.accounts, facts.Accounts}} {
		for _, text := range list.from {
			list.to.add(text, nanos, maxTexts)
		}
	}
	for _, o := range facts.Origins {
		g.addOrigin(o)
	}
	sum := g.rules[f.Rule]
	if sum == nil {
		sum = &ruleSum{}
		g.rules[f.Rule] = sum
	}
	sum.findings++
	sum.level = max(sum.level, f.Level)
	sum.when.merge(when)
	for i, n := range facts.Outcomes.Counts {
		sum.outcomes[i] += n
	}
	for _, t := range facts.Targets {
		sum.targets.add(t.Type+" "+t.Name+attempt(t.Outcome), nanos, maxPerRule)
		if t.Outcome == finding.Succeeded && f.Level >= finding.Medium && slices.Contains(g.trace.Machines, t.Type) {
			g.machines.add(pair(t.Account, schema.ShortName(t.Name)), nanos, maxTexts)
		}
	}
	g.addFacts(f, sum)
}

func (g *group) addOrigin(o finding.Origin) {
	if g.origins == nil {
		g.origins = map[string]finding.Origin{}
	}
	if len(g.origins) < maxTexts {
		g.origins[o.Address] = o
	}
}

// addFacts adds the facts of a finding.
func (g *group) addFacts(f *finding.Finding, sum *ruleSum) {
	var targets []string
	for _, t := range f.Facts.Targets[:min(len(f.Facts.Targets), 3)] {
		targets = append(targets, t.Type+" "+t.Name)
	}
	what := strings.Join(targets, ", ")
	if more := len(f.Facts.Targets) - 3; more > 0 {
		what += ", …"
	}
	by := f.Principal
	if len(f.Facts.Actors) > 0 {
		by = f.Facts.Actors[0].Principal
		if slices.ContainsFunc(f.Facts.Actors, func(a finding.Actor) bool { return a.Principal != by }) {
			by = ""
		}
	}
	for i := range f.Facts.Notable {
		n := &f.Facts.Notable[i]
		sum.facts.add(n.Text()+attempt(n.Outcome), f.First.Nanos, maxPerRule)
		if g.trace.IsAbout(schema.Sharing, n.Name) {
			g.addGift(Gift{What: what, How: n.Name, To: n.Value, By: strings.Clone(by), Outcome: n.Outcome, Time: f.First, Undone: finding.NoTime})
		}
		if g.trace.IsAbout(schema.Logging, n.Name) {
			g.addChange(Change{What: n.Text(), Targets: Texts{List: targets}, Outcome: n.Outcome, Time: f.First, Count: n.Count})
		}
	}
}

func (g *group) addGift(gift Gift) {
	if slices.ContainsFunc(g.gifts, func(o Gift) bool {
		return o.What == gift.What && o.How == gift.How && o.To == gift.To && o.Outcome == gift.Outcome
	}) {
		return
	}
	if len(g.gifts) >= maxKept {
		g.more.gifts++
		return
	}
	g.gifts = append(g.gifts, gift)
}

func (g *group) addChange(c Change) {
	i := slices.IndexFunc(g.changes, func(o Change) bool {
		return o.What == c.What && o.Outcome == c.Outcome && slices.Equal(o.Targets.List, c.Targets.List)
	})
	switch {
	case i >= 0:
		g.changes[i].Count += c.Count
	case len(g.changes) >= maxKept:
		g.more.changes++
	default:
		g.changes = append(g.changes, c)
	}
}

// attempt marks what a call asked for and did not get.
func attempt(o finding.Outcome) string {
	if o == finding.Refused || o == finding.Failed {
		return " (" + o.String() + ")"
	}
	return ""
}

func addOutcomes(to, from *finding.Outcomes) {
	for i, n := range from.Counts {
		to.Counts[i] += n
	}
	for _, e := range from.Errors {
		i := slices.IndexFunc(to.Errors, func(o finding.ErrorCount) bool { return o.Code == e.Code && o.Outcome == e.Outcome })
		switch {
		case i >= 0:
			to.Errors[i].Count += e.Count
		case len(to.Errors) < maxTexts:
			to.Errors = append(to.Errors, e)
		}
	}
}

// absorb merges another group into this one.
func (g *group) absorb(o *group) {
	o.into = g
	g.level, g.findings, g.events = max(g.level, o.level), g.findings+o.findings, g.events+o.events
	g.when.merge(o.when)
	addOutcomes(&g.outcomes, &o.outcomes)
	if o.findings > 0 && (g.findings == o.findings || o.opening.nanos < g.opening.nanos) {
		g.opening = o.opening
	}
	for _, lists := range [][2]*seen{
		{&g.principals, &o.principals}, {&g.addresses, &o.addresses}, {&g.agents, &o.agents}, {&g.regions, &o.regions},
		{&g.accounts, &o.accounts}, {&g.machines, &o.machines},
	} {
		lists[0].merge(lists[1], maxTexts)
	}
	for _, lists := range [][2]*seen{{&g.sessions, &o.sessions}, {&g.pairs, &o.pairs}, {&g.actors, &o.actors}} {
		lists[0].merge(lists[1], maxSessions)
	}
	// Iteration order does not matter: sums are added up, and each rule has its own.
	for rule, sum := range o.rules {
		have := g.rules[rule]
		if have == nil {
			g.rules[rule] = sum
			continue
		}
		have.findings += sum.findings
		have.level = max(have.level, sum.level)
		have.when.merge(sum.when)
		for i, n := range sum.outcomes {
			have.outcomes[i] += n
		}
		have.targets.merge(&sum.targets, maxPerRule)
		have.facts.merge(&sum.facts, maxPerRule)
	}
	// Iteration order does not matter: each address has one origin, and all are kept unless there are too many.
	for _, origin := range o.origins {
		g.addOrigin(origin)
	}
	for _, gift := range o.gifts {
		g.addGift(gift)
	}
	for _, c := range o.changes {
		g.addChange(c)
	}
	g.more.gifts, g.more.changes = g.more.gifts+o.more.gifts, g.more.changes+o.more.changes
	*o = group{into: g}
}
