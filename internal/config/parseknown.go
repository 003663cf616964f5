package config

import (
	"net/netip"
	"strconv"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"

	"github.com/egret-hunt/egret/diag"
	"github.com/egret-hunt/egret/internal/netset"
	"github.com/egret-hunt/egret/internal/yamlword"
)

// Known are networks and user agents of one's own under one label.
type Known struct {
	Label Text
	// Networks are masked; single addresses are networks of full length.
	Networks []KnownNetwork
	// Agents are patterns in which * stands for any characters.
	Agents []Text
}

// A KnownNetwork is a network with its position in the file.
type KnownNetwork struct {
	Prefix netip.Prefix
	Text
}

// knownKeys are the keys below a label of known.
var knownKeys = []string{"agents", "networks"}

// maxLabel is the maximum number of characters of a label, which reports print beside addresses.
const maxLabel = 40

// known reads networks and agents by their labels. A list in place of the keys has networks.
func (p *parser) known(n *yaml.Node) {
	if n.Kind != yaml.MappingNode {
		p.fault(n, "config-value", "expected `label: {networks: […], agents: […]}`, found "+yamlword.Kind(n), "")
		return
	}
	seen := map[netip.Prefix]Text{}
	p.each(n, "known", func(key, value *yaml.Node) {
		label, ok := p.text(key, "a label such as office")
		if !ok {
			return
		}
		if utf8.RuneCountInString(label.Value) > maxLabel {
			p.fault(key, "config-value", "expected a label of at most "+strconv.Itoa(maxLabel)+" characters", "")
			return
		}
		known := Known{Label: label}
		if value.Kind != yaml.MappingNode {
			known.Networks = p.networks(value, seen)
			p.config.Known = append(p.config.Known, known)
			return
		}
		p.each(value, "known", func(key, value *yaml.Node) {
			switch key.Value {
			case "networks":
				known.Networks = p.networks(value, seen)
			case "agents":
				known.Agents = p.texts(value, "a user agent, with * for any characters")
			default:
				p.unknownKey(key, knownKeys)
			}
		})
		p.config.Known = append(p.config.Known, known)
	})
}

// networks reads networks. seen are those of the labels before.
func (p *parser) networks(n *yaml.Node, seen map[netip.Prefix]Text) []KnownNetwork {
	var networks []KnownNetwork
	for _, item := range p.items(n) {
		text, ok := p.text(item, "a network such as 192.0.2.0/24")
		if !ok {
			continue
		}
		prefix, ok := netset.Parse(text.Value)
		if !ok {
			p.fault(item, "config-value", "expected a network or an address, found "+yamlword.Value(item), "such as 192.0.2.0/24, 2001:db8::/32 or 192.0.2.7")
			continue
		}
		if first, again := seen[prefix]; again {
			d := p.diagnostic(item, "config-value", "network "+strconv.Quote(text.Value)+" appears twice", "")
			d.Labels = []diag.Label{{Span: first.Span, Text: "first used here"}}
			p.list.Add(d)
			continue
		}
		seen[prefix] = text
		networks = append(networks, KnownNetwork{prefix, text})
	}
	return networks
}
