package match

import (
	"github.com/egret-hunt/egret/internal/ir"
	"github.com/egret-hunt/egret/internal/netset"
)

// list is a compiled ir.List. The fields of a program that are compared with one list share it.
type list struct {
	texts    map[string]struct{} // in lower case
	networks netset.Set[struct{}]
}

// list compiles a list, or returns the one that was compiled before.
func (c *compiler) list(l *ir.List) *list {
	if compiled := c.lists[l.Sum]; compiled != nil {
		return compiled
	}
	compiled := &list{texts: make(map[string]struct{}, len(l.Texts))}
	for _, text := range l.Texts {
		compiled.texts[lowerString(text)] = struct{}{}
	}
	for _, network := range l.Networks {
		compiled.networks.Add(network, struct{}{})
	}
	if c.lists == nil {
		c.lists = map[string]*list{}
	}
	c.lists[l.Sum] = compiled
	return compiled
}

// inList reports whether a text of the slot is in the list, or an address within one of its networks.
func (m *Matcher) inList(n *node) bool {
	if len(n.list.texts) > 0 {
		state := m.folded(n.slot)
		start := 0
		for _, end := range state.ends {
			if _, ok := n.list.texts[string(state.texts[start:end])]; ok {
				return true
			}
			start = end
		}
	}
	if n.list.networks.Len() == 0 {
		return false
	}
	for _, leaf := range m.leaves(n.slot) {
		if m.testLeaf(n, leaf) {
			return true
		}
	}
	return false
}
