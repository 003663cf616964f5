package report

import (
	"cmp"
	"strings"

	"github.com/egret-hunt/egret/internal/finding"
)

// Address returns an address with what is known of it, for people: "203.0.113.7 (new address; office; Dublin, IE; AS64500 Example)".
// The text is not yet safe to print.
func Address(o *finding.Origin) string {
	var notes []string
	if o.New != "" {
		notes = append(notes, "new "+o.New)
	}
	for _, note := range []string{o.Known, o.Place(), o.Network()} {
		if note != "" {
			notes = append(notes, note)
		}
	}
	if len(notes) == 0 {
		return o.Address
	}
	return o.Address + " (" + strings.Join(notes, "; ") + ")"
}

// whence returns the address of an event with what is known of it.
func whence(f *finding.Finding) string {
	o := f.Facts.OriginOf(f.Address)
	return Address(&o)
}

// whence returns an address of which only the text is known with what Options.Origin says.
func (o *Options) whence(address string) string {
	if o.Origin == nil {
		return address
	}
	of := o.Origin(address)
	return Address(&of)
}

// Agent returns a user agent with its label, for people. The text is not yet safe to print.
func Agent(agent, label string) string {
	if label == "" {
		return agent
	}
	return agent + " (" + label + ")"
}

// addOrigins remembers what is known of the addresses and agents of a finding.
func (m *merged) addOrigins(f *finding.Facts) {
	for _, o := range f.Origins {
		if _, ok := m.origins[o.Address]; ok || len(m.origins) >= maxMerged {
			continue
		}
		if m.origins == nil {
			m.origins = map[string]finding.Origin{}
		}
		m.origins[o.Address] = o
	}
	for _, a := range f.KnownAgents {
		if _, ok := m.known[a.Agent]; ok || len(m.known) >= maxMerged {
			continue
		}
		if m.known == nil {
			m.known = map[string]string{}
		}
		m.known[a.Agent] = a.Label
	}
}

// origin returns what is known of an address.
func (m *merged) origin(address string) finding.Origin {
	if o, ok := m.origins[address]; ok {
		return o
	}
	return finding.Origin{Address: address}
}

// addressTexts returns the addresses with what is known of them.
func (m *merged) addressTexts() []string {
	texts := make([]string, len(m.addresses))
	for i, address := range m.addresses {
		o := m.origin(address)
		texts[i] = Address(&o)
	}
	return texts
}

// agentTexts returns the agents with their labels.
func (m *merged) agentTexts() []string {
	texts := make([]string, len(m.agents))
	for i, agent := range m.agents {
		texts[i] = Agent(agent, m.known[agent])
	}
	return texts
}

// agentLabels returns the different labels of the agents.
func (m *merged) agentLabels() []string {
	var labels []string
	for _, agent := range m.agents {
		remember(&labels, m.known[agent])
	}
	return labels
}

// each returns one value for each address, nil if no address has one.
func (m *merged) each(of func(o *finding.Origin) string) []string {
	values := make([]string, len(m.addresses))
	some := false
	for i, address := range m.addresses {
		o := m.origin(address)
		values[i] = of(&o)
		some = some || values[i] != ""
	}
	if !some {
		return nil
	}
	return values
}

// country returns the code of the country, or else its name.
func country(o *finding.Origin) string { return cmp.Or(o.Country, o.CountryName) }
