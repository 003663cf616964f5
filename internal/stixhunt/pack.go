package stixhunt

import (
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"strings"
	"sync"

	"github.com/egret-hunt/egret/internal/ir"
	"github.com/egret-hunt/egret/internal/netset"
	"github.com/egret-hunt/egret/internal/stixmap"
	"github.com/egret-hunt/egret/internal/stixmatch"
	"github.com/egret-hunt/egret/stix"
)

// A pack is the table of the values that many indicators ask for.
type pack struct {
	groups []*group
	// loose is Options.Loose; texts are folded then.
	loose bool
	// lists are those of union, by the groups whose values they have; mutex guards them.
	mutex sync.Mutex
	lists map[string]*ir.List
}

// A group has the values of one object path.
type group struct {
	path stix.Path
	// texts are the items that ask for a text.
	texts map[string][]int
	// networks have the items that ask for a part of a network. Networks may contain one another, so all lengths are looked up.
	networks map[netip.Prefix][]int
	lengths  [2][]int // of networks of IPv4 and IPv6
}

// A want is a value that an indicator asks for.
type want struct {
	path    *stix.Path
	text    string
	network bool
}

// wants returns the values of a condition that holds if an event has one of them; false if it asks for something else.
func wants(expr stix.ComparisonExpr) ([]want, bool) {
	switch expr := expr.(type) {
	case *stix.ComparisonOperator:
		if expr.Operator != "OR" {
			return nil, false
		}
		var list []want
		for _, operand := range expr.Operands {
			more, ok := wants(operand)
			if !ok {
				return nil, false
			}
			list = append(list, more...)
		}
		return list, true
	case *stix.Comparison:
		if expr.Not || stixmatch.Bytes(&expr.Path) {
			return nil, false
		}
		var list []want
		for i := range expr.Values {
			l := &expr.Values[i]
			switch {
			case l.Kind != stix.String:
				return nil, false
			case expr.Operator == "=" || expr.Operator == "IN":
				list = append(list, want{path: &expr.Path, text: l.Text})
			case expr.Operator == "ISSUBSET":
				if n, ok := netset.Parse(l.Text); !ok || n.Addr().Is4In6() || strings.Contains(strings.ToLower(l.Text), "::ffff:") {
					return nil, false
				}
				list = append(list, want{path: &expr.Path, text: l.Text, network: true})
			default:
				return nil, false
			}
		}
		return list, len(list) > 0
	case *stix.Exists:
	}
	return nil, false
}

// group returns the group of a path.
func (p *pack) group(path *stix.Path) *group {
	for _, g := range p.groups {
		if g.path.Type == path.Type && slices.Equal(g.path.Steps, path.Steps) {
			return g
		}
	}
	g := &group{path: *path, texts: map[string][]int{}, networks: map[netip.Prefix][]int{}}
	p.groups = append(p.groups, g)
	return g
}

// add adds a value that an item asks for.
func (p *pack) add(w want, item int) {
	g := p.group(w.path)
	if !w.network {
		if p.loose {
			w.text = stixmatch.Fold(w.text)
		}
		g.texts[w.text] = append(g.texts[w.text], item)
		return
	}
	network, ok := netset.Parse(w.text)
	if !ok {
		return
	}
	g.networks[network] = append(g.networks[network], item)
	family := 0
	if network.Addr().Is6() {
		family = 1
	}
	if !slices.Contains(g.lengths[family], network.Bits()) {
		g.lengths[family] = append(g.lengths[family], network.Bits())
	}
}

// find appends the items whose values an event has, each once.
func (p *pack) find(dst []int, e *eventDecider, seen *stixmatch.Observation) []int {
	from := len(dst)
	for _, g := range p.groups {
		for _, v := range seen.Values(&g.path) {
			text, ok := v.(string)
			if p.loose {
				text, ok = stixmatch.LooseText(v)
				text = stixmatch.Fold(text)
			}
			if !ok {
				continue
			}
			dst = append(dst, g.texts[text]...)
			if len(g.networks) > 0 {
				dst = g.within(dst, text)
			}
		}
	}
	found := dst[from:]
	slices.Sort(found)
	found = slices.Compact(found)
	found = slices.DeleteFunc(found, func(n int) bool {
		out := !e.in(e.items[n].valid)
		if out {
			e.invalid.Add(1)
		}
		return out
	})
	return dst[:from+len(found)]
}

// within appends the items of networks that a text is an address or network of.
func (g *group) within(dst []int, text string) []int {
	network, ok := netset.Parse(text)
	if !ok {
		return dst
	}
	family := 0
	if network.Addr().Is6() {
		family = 1
	}
	for _, length := range g.lengths[family] {
		if length > network.Bits() {
			continue
		}
		if larger, err := network.Addr().Prefix(length); err == nil {
			dst = append(dst, g.networks[larger]...)
		}
	}
	return dst
}

// partValues is how many comparisons a part of a pack has at most in a lake: fewer than a statement may have. A comparison with a
// network counts as networkValues: it may be several texts of a list in SQL.
const (
	partValues    = 1500
	networkValues = 2
)

// supersets returns queries, of which one holds for each event that has a value of the pack; none if the mapping has none of its paths.
// With parts there are several with few comparisons each, so that statements of tables can be divided among them. It may be called
// by several goroutines.
func (p *pack) supersets(m *stixmap.Mapping, name string, parts bool) []ir.Expr {
	if parts {
		return p.parts(m, name)
	}
	// Most fields have the values as they are written, so that fields of all mappings share the lists of them.
	byField := map[string][]int{}
	var fields []string
	var rest, operands []ir.Expr
	for i, g := range p.groups {
		names, networks, ok := m.Written(&g.path)
		if !ok || p.loose || len(g.networks) > 0 && !networks {
			rest = append(rest, g.lowered(m, p.loose)...)
			continue
		}
		for _, field := range names {
			if byField[field] == nil {
				fields = append(fields, field)
			}
			byField[field] = append(byField[field], i)
		}
	}
	for _, field := range fields {
		operands = append(operands, &ir.ListExpr{Field: ir.Field{Name: field}, List: p.union(byField[field], name)})
	}
	if len(rest) > 0 {
		operands = append(operands, gathered(&ir.OrExpr{Operands: rest}, name))
	}
	switch len(operands) {
	case 0:
		return nil
	case 1:
		return operands
	}
	return []ir.Expr{&ir.OrExpr{Operands: operands}}
}

// union returns the list of the values of some groups, which are given by their indexes.
func (p *pack) union(groups []int, name string) *ir.List {
	key := fmt.Sprint(groups)
	p.mutex.Lock()
	defer p.mutex.Unlock()
	if list := p.lists[key]; list != nil {
		return list
	}
	var texts []string
	var networks []netip.Prefix
	for _, i := range groups {
		g := p.groups[i]
		texts = slices.AppendSeq(texts, maps.Keys(g.texts))
		networks = append(networks, sortedNetworks(g.networks)...)
	}
	slices.Sort(texts)
	list := ir.NewList(name, slices.Compact(texts), networks)
	p.lists[key] = list
	return list
}

// lowered returns comparisons, of which one holds for each event that has a value of the group.
func (g *group) lowered(m *stixmap.Mapping, loose bool) []ir.Expr {
	var list []ir.Expr
	g.each(max(1, len(g.texts)), func(c *stix.Comparison) {
		if e, _ := m.Lower(c, loose); e != nil {
			list = append(list, listed(e)...)
		}
	})
	return list
}

// each yields comparisons for the values of the group: with texts, at most atOnce in one, and with networks, one by one.
func (g *group) each(atOnce int, yield func(*stix.Comparison)) {
	values := make([]stix.Literal, 0, len(g.texts))
	for _, text := range sortedTexts(g.texts) {
		values = append(values, stix.Literal{Kind: stix.String, Text: text})
	}
	for some := range slices.Chunk(values, atOnce) {
		yield(&stix.Comparison{Path: g.path, Operator: "IN", Values: some})
	}
	for _, network := range sortedNetworks(g.networks) {
		yield(&stix.Comparison{Path: g.path, Operator: "ISSUBSET", Values: []stix.Literal{{Kind: stix.String, Text: network.String()}}})
	}
}

// textsAtOnce is how many texts the parts of a pack grow by at most.
const textsAtOnce = 100

// parts are the supersets for tables.
func (p *pack) parts(m *stixmap.Mapping, name string) []ir.Expr {
	var list []ir.Expr
	var operands []ir.Expr
	size := 0 // of operands, in values
	flush := func() {
		if len(operands) > 0 {
			list = append(list, gathered(&ir.OrExpr{Operands: operands}, name))
		}
		operands, size = nil, 0
	}
	for _, g := range p.groups {
		if !m.Has(&g.path) {
			continue
		}
		g.each(textsAtOnce, func(c *stix.Comparison) {
			e, _ := m.Lower(c, p.loose)
			if e == nil {
				return
			}
			weight := 1
			if c.Operator == "ISSUBSET" {
				weight = networkValues
			}
			more := listed(e)
			if size+weight*len(more) > partValues {
				flush()
			}
			operands, size = append(operands, more...), size+weight*len(more)
		})
	}
	flush()
	return list
}
