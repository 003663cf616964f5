package match

import (
	"github.com/egret-hunt/egret/internal/ir"
	"github.com/egret-hunt/egret/internal/netset"
	"github.com/egret-hunt/egret/internal/value"
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
	for _, leaf := range m.leaves(n.slot) {
		if m.listed(n, leaf) {
			return true
		}
	}
	return false
}

// listed is inList for one value. Results are cached as those of anchors are.
func (m *Matcher) listed(n *node, leaf value.Leaf) bool {
	text := m.text(leaf)
	if len(text) > maxRecent {
		return m.lookUp(n.list, text)
	}
	r := m.recentLists[n.recent].of(text)
	if !r.known || string(r.text) != string(text) {
		r.known, r.text = true, append(r.text[:0], text...)
		r.listed = m.lookUp(n.list, text)
	}
	return r.listed
}

// lookUp reports whether a text is in a list, or is an address in one of its networks. The texts of other values than strings are no
// addresses.
func (m *Matcher) lookUp(l *list, text []byte) bool {
	if len(l.texts) > 0 {
		m.lowered = appendLower(m.lowered[:0], text)
		if _, ok := l.texts[string(m.lowered)]; ok {
			return true
		}
	}
	if l.networks.Len() == 0 {
		return false
	}
	address, ok := parseAddress(text)
	if ok {
		_, ok = l.networks.Find(address)
	}
	return ok
}
