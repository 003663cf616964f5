package origin

import (
	"net/netip"
	"strings"

	"github.com/egret-hunt/egret/internal/netset"
)

// Known are the networks and user agents of one's own with their labels. It is not changed once a Finder uses it.
type Known struct {
	networks netset.Set[string]
	agents   []knownAgent
}

type knownAgent struct {
	parts []string // of the pattern, between its stars, in lower case
	label string
}

// AddNetwork adds a network, see netset.Set.Add.
func (k *Known) AddNetwork(network netip.Prefix, label string) { k.networks.Add(network, label) }

// AddAgent adds a pattern of user agents: letters of either case, and * for any characters. The first that fits counts.
func (k *Known) AddAgent(pattern, label string) {
	k.agents = append(k.agents, knownAgent{strings.Split(strings.ToLower(pattern), "*"), label})
}

// network returns the label of the smallest network with an address, "" if there is none.
func (k *Known) network(at netip.Addr) string {
	if k == nil {
		return ""
	}
	label, _ := k.networks.Find(at)
	return label
}

func (k *Known) agent(agent string) string {
	if k == nil || len(k.agents) == 0 || agent == "" {
		return ""
	}
	agent = strings.ToLower(agent)
	for i := range k.agents {
		if k.agents[i].fits(agent) {
			return k.agents[i].label
		}
	}
	return ""
}

// fits reports whether the whole text has the form of the pattern.
func (a *knownAgent) fits(text string) bool {
	first, last := a.parts[0], a.parts[len(a.parts)-1]
	if len(a.parts) == 1 {
		return text == first
	}
	text, ok := strings.CutPrefix(text, first)
	if !ok {
		return false
	}
	for _, part := range a.parts[1 : len(a.parts)-1] {
		_, after, found := strings.Cut(text, part)
		if !found {
			return false
		}
		text = after
	}
	return strings.HasSuffix(text, last)
}
